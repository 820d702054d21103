//! Which repositories there are: the registry's own list, the user's names, and, where the
//! registry does not list, what the inventory knew.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Voyage, names_nothing};
use crate::model::{Class, Failure, Finding, Phase, RepositoryName, Stage};

/// Sends every repository once, page by page, and returns what that list was worth: a
/// whole `Catalogue`, or why there is none. Without a list to ask for, only the user's
/// names are sent and nothing is said of the catalogue.
pub(super) async fn list(
    voyage: &Arc<Voyage>,
    names: mpsc::Sender<Vec<RepositoryName>>,
) -> Finding {
    let mut seen = HashSet::new();
    let named = voyage.plan.named();
    announce(voyage, &names, &mut seen, named).await;
    if !voyage.plan.list {
        // The list that was asked for is the user's own, and it is whole.
        return Finding::Scope;
    }
    let matches = voyage.plan.scope.matcher();
    let mut catalogue: Vec<RepositoryName> = seen.iter().cloned().collect();
    let mut pages = voyage.registry.repositories();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(failure) => return uncatalogued(voyage, &names, &mut seen, failure).await,
        };
        voyage.board.enter(Phase::Listing);
        for dropped in page.dropped.iter().filter(|entry| !names_nothing(entry)) {
            voyage.fail(no_name(dropped)).await;
        }
        catalogue.extend(page.items.iter().cloned());
        let wanted = page
            .items
            .into_iter()
            .filter(|name| voyage.plan.everything || matches(name))
            .collect();
        announce(voyage, &names, &mut seen, wanted).await;
    }
    voyage.board.listed();
    Finding::Catalogue {
        repositories: catalogue,
    }
}

/// Sends the names not sent before, and makes them known to the inventory first.
async fn announce(
    voyage: &Voyage,
    names: &mpsc::Sender<Vec<RepositoryName>>,
    seen: &mut HashSet<RepositoryName>,
    mut page: Vec<RepositoryName>,
) {
    page.retain(|name| seen.insert(name.clone()));
    if page.is_empty() {
        return;
    }
    voyage.board.found_repositories(page.len());
    voyage
        .send(page.iter().cloned().map(Finding::Repository).collect())
        .await;
    // The dispatcher goes away only when the crawl is stopped.
    let _ = names.send(page).await;
}

/// The list cannot be had. What was known, and what the user named, can still be read,
/// unless the registry cannot be reached or does not let us in at all.
async fn uncatalogued(
    voyage: &Voyage,
    names: &mpsc::Sender<Vec<RepositoryName>>,
    seen: &mut HashSet<RepositoryName>,
    failure: Failure,
) -> Finding {
    voyage.board.failed(&failure);
    let shut = matches!(
        failure.class,
        Class::Resolve
            | Class::Connect
            | Class::Tls
            | Class::Proxy
            | Class::Authentication
            | Class::Local
    );
    if !shut {
        let mut known = voyage.known.repositories().await;
        if !voyage.plan.everything {
            let matches = voyage.plan.scope.matcher();
            known.retain(|name| matches(name));
        }
        announce(voyage, names, seen, known).await;
    }
    Finding::Uncatalogued { failure }
}

fn no_name(entry: &str) -> Failure {
    Failure::new(
        Stage::Catalogue,
        Class::Protocol,
        format!("the catalogue lists `{entry}`, which is no repository name; it was passed over"),
    )
    .with_hint("ask the registry's administrator what it is; nothing can be read by that name")
}
