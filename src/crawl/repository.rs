//! One repository: its tags, then each of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use futures_util::stream;

use super::{Voyage, names_nothing, tag};
use crate::model::{Class, Failure, Finding, KnownRepository, RepositoryName, Stage, Tag};

/// What the tags of one repository share while they are read.
pub(super) struct Context {
    pub(super) name: RepositoryName,
    pub(super) known: KnownRepository,
    /// Images being read now or read before, so that two tags of one digest read its
    /// configuration once.
    pub(super) images: Mutex<HashMap<crate::model::Digest, tag::Reading>>,
}

/// Reads a repository and says whether its list was whole.
pub(super) async fn read(voyage: &Arc<Voyage>, name: RepositoryName, known: KnownRepository) {
    let (tags, unlisted) = list(voyage, &name).await;
    voyage.board.found_tags(tags.len());
    let context = Context {
        name: name.clone(),
        known,
        images: Mutex::default(),
    };
    stream::iter(&tags)
        .for_each_concurrent(voyage.plan.workers, |tag| async {
            // The semaphore is never closed.
            let Ok(_permit) = voyage.items.acquire().await else {
                return;
            };
            // Boxed: the set of those at work moves its futures, and this one is large.
            Box::pin(tag::read(voyage, &context, tag)).await;
            voyage.board.tag_done();
        })
        .await;
    let verdict = match unlisted {
        None => {
            voyage.board.listed();
            Finding::Listed {
                repository: name,
                tags,
            }
        }
        Some(failure) => {
            voyage.board.failed(&failure);
            Finding::Unlisted {
                repository: name,
                failure,
            }
        }
    };
    voyage.send(vec![verdict]).await;
    voyage.board.repository_done();
}

/// Every tag that could be listed and, where the list is not whole, why.
async fn list(voyage: &Voyage, name: &RepositoryName) -> (Vec<Tag>, Option<Failure>) {
    let mut tags = Vec::new();
    let mut pages = voyage.registry.tags(name);
    loop {
        // One page is one item at the gate.
        let Ok(permit) = voyage.items.acquire().await else {
            return (tags, None);
        };
        let page = pages.next().await;
        drop(permit);
        match page {
            None => return (tags, None),
            Some(Ok(page)) => {
                for entry in page.dropped.iter().filter(|entry| !names_nothing(entry)) {
                    voyage.fail(no_tag(name, entry)).await;
                }
                tags.extend(page.items);
            }
            Some(Err(failure)) => return (tags, Some(failure)),
        }
    }
}

fn no_tag(name: &RepositoryName, entry: &str) -> Failure {
    Failure::new(
        Stage::Tags,
        Class::Protocol,
        format!("the list of tags holds `{entry}`, which is no tag; it was passed over"),
    )
    .in_repository(name)
    .with_hint("ask the registry's administrator what it is; nothing can be read by that name")
}
