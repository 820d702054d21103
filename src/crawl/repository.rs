//! One repository: its tags, then each of them, then what its list lacks.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use futures_util::StreamExt;
use futures_util::stream;

use super::loss::{self, Asked, Lost};
use super::{Crawl, lock, names_nothing, tag};
use crate::model::{Class, Failure, Finding, KnownRepository, RepositoryName, Stage, Tag};
use crate::registry::{End, Pages, Presence};

/// What the tags of one repository share while they are read.
pub(super) struct Context {
    pub(super) name: RepositoryName,
    pub(super) known: KnownRepository,
    /// Images being read now or read before, so that two tags of one digest read its
    /// configuration once.
    pub(super) images: Mutex<HashMap<crate::model::Digest, tag::Reading>>,
}

/// A repository whose tags were listed, as far as they could be.
pub(super) struct Listing {
    pub(super) name: RepositoryName,
    pages: Pages<Tag>,
    tags: Vec<Tag>,
    /// Why the list is not whole.
    failure: Option<Failure>,
}

/// Lists the tags of a repository.
pub(super) async fn list(crawl: &Crawl, name: RepositoryName) -> Listing {
    let mut pages = crawl.registry.tags(&name);
    let (tags, failure) = read_pages(crawl, &name, &mut pages).await;
    crawl.counters.found_tags(tags.len());
    crawl.counters.repository_listed();
    Listing {
        name,
        pages,
        tags,
        failure,
    }
}

/// Reads a repository that was listed and says what its list was worth.
pub(super) async fn read(crawl: &Crawl, listing: Listing, known: KnownRepository) {
    let Listing {
        name,
        mut pages,
        mut tags,
        failure: unlisted,
    } = listing;
    let context = Context {
        name: name.clone(),
        known,
        images: Mutex::default(),
    };
    stream::iter(&tags)
        .for_each_concurrent(crawl.plan.tags, |tag| async {
            // Boxed before it is handed on: it is large, and each hand would copy it.
            crawl
                .items
                .run(Box::pin(tag::read(crawl, &context, tag)))
                .await;
            crawl.counters.tag_done();
        })
        .await;
    let verdict = match unlisted {
        None => {
            crawl.counters.listed();
            let there = lacking(crawl, &context, &mut pages, &tags).await;
            tags.extend(there);
            if let Some(End::Open(open)) = pages.end()
                && open.is_dubious()
            {
                lock(&crawl.open).push(open.clone());
            }
            Finding::Listed {
                repository: name,
                tags,
                images: None,
            }
        }
        Some(failure) => {
            crawl.counters.failed(&failure);
            Finding::Unlisted {
                repository: name,
                failure,
            }
        }
    };
    crawl.send(vec![verdict]).await;
    crawl.counters.repository_done();
}

/// Every tag that could be listed and, where the list is not whole, why.
async fn read_pages(
    crawl: &Crawl,
    name: &RepositoryName,
    pages: &mut Pages<Tag>,
) -> (Vec<Tag>, Option<Failure>) {
    let mut tags = Vec::new();
    loop {
        match crawl.lists.run(pages.next()).await {
            None => return (tags, None),
            Some(Ok(page)) => {
                for entry in page.dropped.iter().filter(|entry| !names_nothing(entry)) {
                    crawl.fail(no_tag(name, entry)).await;
                }
                tags.extend(page.items);
            }
            Some(Err(failure)) => return (tags, Some(failure)),
        }
    }
}

/// What becomes of the known tags that the list lacks. Returns those that are there.
async fn lacking(
    crawl: &Crawl,
    context: &Context,
    pages: &mut Pages<Tag>,
    tags: &[Tag],
) -> Vec<Tag> {
    let listed: HashSet<&Tag> = tags.iter().collect();
    let known = &context.known;
    let mut missing: Vec<Tag> = known
        .tags
        .keys()
        .filter(|tag| !listed.contains(tag))
        .cloned()
        .collect();
    if missing.is_empty() {
        return missing;
    }
    missing.sort();
    let lost = |tags: Vec<Tag>, by_list: bool| {
        let lost = tags.into_iter().map(|tag| Lost {
            was_stale: known.stale.contains(&tag),
            thing: tag,
            by_list,
        });
        crawl.losses.of_tags(&context.name, lost.collect());
    };
    if pages.shows_gone().await {
        lost(missing, true);
        return Vec::new();
    }
    let verdict = loss::judge(missing, crawl.plan.tags, |tag| async move {
        let asked = crawl.registry.tag_presence(&context.name, &tag);
        match crawl.items.run(asked).await {
            Ok(Presence::There(manifest)) => {
                tag::found(crawl, context, &tag, manifest).await;
                Asked::There
            }
            Ok(Presence::Gone) => Asked::Gone,
            Ok(Presence::Unknown) => Asked::Unknown,
            Err(failure) => {
                crawl.fail(failure).await;
                Asked::Unknown
            }
        }
    })
    .await;
    if verdict.is_cut() {
        pages.was_cut();
        let failure = cut(&context.name, &verdict.there, verdict.unknown.len());
        crawl.cut(failure).await;
    }
    lost(verdict.gone, false);
    verdict.there
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

fn cut(name: &RepositoryName, there: &[Tag], unknown: usize) -> Failure {
    let one = there.first().map(ToString::to_string).unwrap_or_default();
    Failure::new(
        Stage::Tags,
        Class::Unproven,
        format!(
            "the list of tags lacks {} known ones, and `{one}` is there all the same: the list is \
             cut short, and there may be more that nobody knows",
            there.len() + unknown
        ),
    )
    .in_repository(name)
    .with_hint(
        "set another `page-size`, or ask whoever runs the registry or a proxy before it why it \
         cuts lists",
    )
}
