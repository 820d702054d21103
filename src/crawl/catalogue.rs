//! Which repositories there are: the registry's own list, the user's names, and, where the
//! registry does not list, what the inventory knew.

use std::collections::HashSet;

use tokio::sync::mpsc;

use super::loss::{self, Asked, Lost};
use super::{Crawl, lock, names_nothing};
use crate::model::{Class, Failure, Finding, KnownName, RepositoryName, Stage};
use crate::registry::{End, Presence, Repositories};

/// Sends every repository once, page by page, and returns what that list was worth: a
/// `Catalogue`, or why there is none. Without a list to ask for, only the user's names are
/// sent and nothing is said of the catalogue; where the crawl is confined to some, only those
/// and nothing at all is said. `shut` says why the registry is not asked.
pub(super) async fn list(
    crawl: &Crawl,
    names: mpsc::Sender<Vec<RepositoryName>>,
    shut: Option<Failure>,
) -> Option<Finding> {
    let mut seen = HashSet::new();
    if let Some(only) = &crawl.plan.only {
        // Each says for itself what there is to say of a registry that lets nobody in.
        announce(crawl, &names, &mut seen, only.clone()).await;
        return None;
    }
    let named = crawl.plan.named();
    announce(crawl, &names, &mut seen, named).await;
    if !crawl.plan.list {
        // The list that was asked for is the user's own, and it is whole.
        return Some(Finding::Scope);
    }
    if let Some(failure) = shut {
        return Some(uncatalogued(crawl, &names, &mut seen, failure).await);
    }
    let matches = crawl.plan.scope.matcher();
    // What the user named is read whether it is listed or not.
    let mut listed = seen.clone();
    let mut pages = crawl.registry.repositories();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(failure) => {
                return Some(uncatalogued(crawl, &names, &mut seen, failure).await);
            }
        };
        for dropped in page.dropped.iter().filter(|entry| !names_nothing(entry)) {
            crawl.fail(no_name(dropped)).await;
        }
        listed.extend(page.items.iter().cloned());
        let wanted = page
            .items
            .into_iter()
            .filter(|name| crawl.plan.everything || matches(name))
            .collect();
        announce(crawl, &names, &mut seen, wanted).await;
    }
    crawl.counters.listed();
    let mut missing = crawl.known.repositories().await;
    missing.retain(|known| !listed.contains(&known.name));
    let (missing, there) = lacking(crawl, &mut pages, missing).await;
    if let Some(End::Open(open)) = pages.end()
        && open.is_dubious()
    {
        lock(&crawl.open).push(open.clone());
    }
    let all = listed.iter().chain(&there);
    for pattern in crawl.plan.scope.unmatched(all) {
        crawl.note(format!(
            "`{pattern}` matches none of the repositories that the registry lists: there are none, \
             or its list leaves them out; one that is named in full is asked for by itself"
        ));
    }
    announce(crawl, &names, &mut seen, there).await;
    Some(Finding::Catalogue { missing })
}

/// What becomes of the known repositories that the list lacks: those that are missing, and
/// those to be read all the same.
async fn lacking(
    crawl: &Crawl,
    pages: &mut Repositories,
    missing: Vec<KnownName>,
) -> (Vec<RepositoryName>, Vec<RepositoryName>) {
    if missing.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let name = |known: &KnownName| known.name.clone();
    let lost = |known: Vec<KnownName>, by_list: bool| {
        let lost = known.into_iter().map(|known| Lost {
            was_stale: known.is_stale,
            thing: known.name,
            by_list,
        });
        crawl.losses.of_repositories(lost.collect());
    };
    if pages.shows_gone().await {
        let names = missing.iter().map(name).collect();
        lost(missing, true);
        return (names, Vec::new());
    }
    let verdict = loss::judge(missing, crawl.plan.tags, |known| async move {
        let asked = crawl.registry.repository_presence(&known.name);
        match crawl.items.run(asked).await {
            Presence::There(()) => Asked::There,
            Presence::Gone => Asked::Gone,
            Presence::Unknown => Asked::Unknown,
        }
    })
    .await;
    let mut gone: Vec<RepositoryName> = verdict.gone.iter().map(name).collect();
    let mut there: Vec<RepositoryName> = verdict.there.iter().map(name).collect();
    let unknown = verdict.unknown.iter().map(name);
    if verdict.is_cut() {
        if !pages.may_lack() {
            pages.was_cut();
            crawl.cut(cut(&there, verdict.unknown.len())).await;
        }
        // That the list lacks them is no reason not to read what is known.
        there.extend(unknown);
    } else if !verdict.unknown.is_empty() {
        crawl
            .fail(unsure(&verdict.unknown[0].name, verdict.unknown.len()))
            .await;
        gone.extend(unknown);
    }
    lost(verdict.gone, false);
    (gone, there)
}

/// Sends the names not sent before, and makes them known to the inventory first.
async fn announce(
    crawl: &Crawl,
    names: &mpsc::Sender<Vec<RepositoryName>>,
    seen: &mut HashSet<RepositoryName>,
    mut page: Vec<RepositoryName>,
) {
    page.retain(|name| seen.insert(name.clone()));
    if page.is_empty() {
        return;
    }
    crawl.counters.found_repositories(page.len());
    crawl
        .send(page.iter().cloned().map(Finding::Repository).collect())
        .await;
    // The dispatcher goes away only when the crawl is stopped.
    let _ = names.send(page).await;
}

/// The list cannot be had. What was known, and what the user named, can still be read,
/// unless the registry cannot be reached or does not let us in at all.
async fn uncatalogued(
    crawl: &Crawl,
    names: &mpsc::Sender<Vec<RepositoryName>>,
    seen: &mut HashSet<RepositoryName>,
    mut failure: Failure,
) -> Finding {
    let shut = matches!(
        failure.class,
        Class::Resolve
            | Class::Connect
            | Class::Tls
            | Class::Proxy
            | Class::Authentication
            | Class::Local
    );
    // A list that broke off came from a registry that is there.
    if !shut || seen.len() > crawl.plan.named().len() {
        let known = crawl.known.repositories().await;
        let mut known: Vec<RepositoryName> = known.into_iter().map(|known| known.name).collect();
        let named = crawl.plan.named();
        let was_listed = known.iter().any(|known| !named.contains(known));
        if was_listed
            && matches!(failure.status, Some(400..=499))
            && failure.class == Class::Protocol
        {
            // Who named those to load would lose the others.
            failure.hint = Some(
                "it listed repositories before, and those were read by name: crawl again; if this \
                 stays, see what answers at the address"
                    .to_owned(),
            );
        }
        if !crawl.plan.everything {
            let matches = crawl.plan.scope.matcher();
            known.retain(|name| matches(name));
        }
        announce(crawl, names, seen, known).await;
    }
    crawl.counters.failed(&failure);
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

fn cut(there: &[RepositoryName], unknown: usize) -> Failure {
    let one = there.first().map(ToString::to_string).unwrap_or_default();
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "the list of repositories lacks {} known ones that are there, `{one}` among them: it \
             is cut short, and there may be more that nobody knows",
            there.len() + unknown
        ),
    )
    .with_hint(
        "ask for the rights or the setting that list all; until then add what you miss with \
         `repository`, beside the list",
    )
}

fn unsure(one: &RepositoryName, count: usize) -> Failure {
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "the list of repositories lacks {count} known ones, and the registry does not say \
             that they are gone, `{one}` among them: they stay, stale"
        ),
    )
    .in_repository(one)
    .with_hint("see what the registry answers for this one: a right may be missing")
}
