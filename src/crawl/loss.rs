//! What the inventory knows and a list lacks: whether it is gone.
//!
//! A list that this crawl saw end shows that what it lacks is gone. Of any other list each
//! missing thing is asked for by itself, or a sample of them: where one is there, the list
//! was cut, and nothing that was not asked for goes. Nothing goes where the sign-in has
//! changed, nor where most of a registry is missing, until the next crawl finds the same.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Mutex;

use futures_util::{StreamExt as _, stream};

use super::{Crawl, lock};
use crate::model::{Class, Failure, Finding, Memory, RepositoryName, Stage, Tag};

/// Missing things of one list that are all asked for; of more, so many.
const ALL: usize = 50;
const SAMPLE: usize = 20;

/// A thing that is gone, by what the registry said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lost<T> {
    pub(super) thing: T,
    /// Whether the inventory had it as stale before this crawl.
    pub(super) was_stale: bool,
    /// Whether a list was seen to end without it; otherwise a 404 said so, which is worth
    /// nothing from a registry that answers nothing else.
    pub(super) by_list: bool,
}

/// What may go when the crawl ends.
#[derive(Default)]
pub(super) struct Losses(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    tags: Vec<(RepositoryName, Vec<Lost<Tag>>)>,
    repositories: Vec<Lost<RepositoryName>>,
}

impl Losses {
    pub(super) fn of_tags(&self, repository: &RepositoryName, tags: Vec<Lost<Tag>>) {
        if !tags.is_empty() {
            lock(&self.0).tags.push((repository.clone(), tags));
        }
    }

    pub(super) fn of_repositories(&self, repositories: Vec<Lost<RepositoryName>>) {
        lock(&self.0).repositories.extend(repositories);
    }
}

/// What came of asking for one missing thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    There,
    Gone,
    Unknown,
}

/// What is known of the things that one list lacks.
pub(super) struct Verdict<T> {
    pub(super) gone: Vec<T>,
    pub(super) there: Vec<T>,
    /// Neither: they were not asked for, or the answer proved nothing.
    pub(super) unknown: Vec<T>,
}

impl<T> Verdict<T> {
    /// Whether the list lacks things that are there.
    pub(super) fn is_cut(&self) -> bool {
        !self.there.is_empty()
    }
}

/// Asks for `missing`, all of them or a sample, and judges them all.
pub(super) async fn judge<T: Clone, F: Future<Output = Asked>>(
    missing: Vec<T>,
    at_once: usize,
    ask: impl Fn(T) -> F,
) -> Verdict<T> {
    let is_sample = missing.len() > ALL;
    let step = if is_sample {
        missing.len().div_ceil(SAMPLE)
    } else {
        1
    };
    let (sample, rest): (Vec<_>, Vec<_>) = missing
        .into_iter()
        .enumerate()
        .partition(|(at, _)| at % step == 0);
    let ask = &ask;
    let answers: Vec<(T, Asked)> = stream::iter(sample)
        .map(|(_, thing)| async move { (thing.clone(), ask(thing).await) })
        .buffer_unordered(at_once)
        .collect()
        .await;
    let rest: Vec<T> = rest.into_iter().map(|(_, thing)| thing).collect();
    let mut verdict = Verdict {
        gone: Vec::new(),
        there: Vec::new(),
        unknown: Vec::new(),
    };
    for (thing, asked) in answers {
        match asked {
            Asked::There => verdict.there.push(thing),
            Asked::Gone => verdict.gone.push(thing),
            Asked::Unknown => verdict.unknown.push(thing),
        }
    }
    if verdict.there.is_empty() && verdict.unknown.is_empty() {
        verdict.gone.extend(rest);
    } else {
        verdict.unknown.extend(rest);
    }
    verdict
}

/// Lets go what is proven to be gone, and says what the next crawl is to know.
pub(super) async fn settle(crawl: &Crawl) -> Memory {
    let before = crawl.known.memory().await;
    let mut memory = if crawl.plan.only.is_some() {
        // It compares itself with what the last look at the whole registry left, and leaves
        // that to the next.
        before.clone()
    } else {
        Memory {
            sign_in: crawl.registry.sign_in_name(),
            withheld: false,
        }
    };
    let mut pending = std::mem::take(&mut *lock(&crawl.losses.0));
    if !crawl.registry.is_answered() {
        let unproven = pending.retain(|by_list, _| by_list);
        if unproven > 0 {
            crawl.fail(unanswered(unproven)).await;
        }
    }
    if crawl.registry.gave_up_api() && !pending.repositories.is_empty() {
        // The list that lacks them was found to be wrong meanwhile.
        let count = pending.repositories.len();
        pending.repositories.clear();
        crawl.fail(disbelieved(count)).await;
    }
    if pending.is_empty() {
        return memory;
    }
    let known = crawl.known.repositories().await;
    let sign_in = crawl.registry.sign_in_name();
    let has_changed = !before.sign_in.is_empty() && before.sign_in != sign_in;
    let failure = if has_changed {
        Some(changed(crawl, &before.sign_in, &sign_in))
    } else {
        let gone: HashSet<&RepositoryName> = pending
            .repositories
            .iter()
            .map(|lost| &lost.thing)
            .collect();
        let rows = known.iter().filter(|row| gone.contains(&row.name));
        let in_gone: u64 = rows.map(|row| row.tags).sum();
        let tags = in_gone
            + pending
                .tags
                .iter()
                .map(|(_, t)| t.len() as u64)
                .sum::<u64>();
        let known_tags: u64 = known.iter().map(|row| row.tags).sum();
        let repositories = pending.repositories.len();
        if tags * 2 > known_tags {
            Some(most_missing(tags, known_tags, "tags"))
        } else if repositories * 2 > known.len() {
            let (missing, known) = (repositories as u64, known.len() as u64);
            Some(most_missing(missing, known, "repositories"))
        } else {
            None
        }
    };
    if let Some(failure) = failure {
        let was_withheld = before.withheld && !has_changed;
        let withheld = pending.retain(|_, was_stale| was_withheld && was_stale);
        if withheld > 0 {
            memory.withheld = true;
            crawl.fail(failure).await;
        }
    }
    let mut batch: Vec<Finding> = Vec::new();
    for (repository, tags) in pending.tags {
        let tags: Vec<Tag> = tags.into_iter().map(|lost| lost.thing).collect();
        if !tags.is_empty() {
            batch.push(Finding::Gone { repository, tags });
        }
    }
    if !pending.repositories.is_empty() {
        let gone = pending.repositories.into_iter().map(|lost| lost.thing);
        batch.push(Finding::GoneRepositories(gone.collect()));
    }
    crawl.send(batch).await;
    memory
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.repositories.is_empty()
    }

    /// Keeps what `keep` says (by a list? was it stale?), and counts what it does not.
    fn retain(&mut self, keep: impl Fn(bool, bool) -> bool) -> usize {
        let mut dropped = 0;
        for (_, tags) in &mut self.tags {
            let count = tags.len();
            tags.retain(|lost| keep(lost.by_list, lost.was_stale));
            dropped += count - tags.len();
        }
        self.tags.retain(|(_, tags)| !tags.is_empty());
        let count = self.repositories.len();
        self.repositories
            .retain(|lost| keep(lost.by_list, lost.was_stale));
        dropped + count - self.repositories.len()
    }
}

fn disbelieved(count: usize) -> Failure {
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "{count} known repositories are missing from the list of the product's API, which was \
             found to be wrong: they stay, stale"
        ),
    )
    .with_hint("set `v2-only`, or find out why the API and the registry differ; then crawl again")
}

fn unanswered(count: usize) -> Failure {
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "the registry says of {count} known things that they are not there, and shows \
             nothing else either: they stay"
        ),
    )
    .with_hint("check who the sign-in is and what it may see; nothing is let go on this word")
}

fn changed(crawl: &Crawl, before: &str, now: &str) -> Failure {
    let shown = |who: &str| crawl.registry.cover().show(who, 80);
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "known things are missing, and the sign-in is another than that of the crawl before \
             (`{}`, now `{}`): they stay, stale",
            shown(before),
            shown(now)
        ),
    )
    .with_hint("sign in as before; to crawl again as now lets go what this sign-in does not see")
}

fn most_missing(missing: u64, known: u64, what: &str) -> Failure {
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "{missing} of {known} known {what} are missing, most of the registry: they stay, \
             stale, until the next crawl finds the same"
        ),
    )
    .with_hint("crawl again if they were deleted; otherwise look at the registry's storage")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn judged(count: usize, ask: impl Fn(usize) -> Asked) -> (Verdict<usize>, usize) {
        let asked = AtomicUsize::new(0);
        let verdict = judge((0..count).collect(), 4, |thing| {
            asked.fetch_add(1, Ordering::Relaxed);
            std::future::ready(ask(thing))
        })
        .await;
        (verdict, asked.into_inner())
    }

    #[tokio::test]
    async fn a_few_missing_things_are_all_asked_for_and_many_by_sample() {
        let (verdict, asked) = judged(50, |_| Asked::Gone).await;
        assert_eq!((verdict.gone.len(), asked), (50, 50));
        let (verdict, asked) = judged(1000, |_| Asked::Gone).await;
        assert_eq!((verdict.gone.len(), asked), (1000, 20));
        let (verdict, asked) = judged(51, |_| Asked::Gone).await;
        assert!(verdict.gone.len() == 51 && asked <= 20);
    }

    #[tokio::test]
    async fn one_that_is_there_keeps_all_that_was_not_asked_for() {
        let there = |thing| {
            if thing == 0 {
                Asked::There
            } else {
                Asked::Gone
            }
        };
        let (verdict, asked) = judged(1000, there).await;
        assert!(verdict.is_cut());
        assert_eq!(verdict.gone.len(), asked - 1);
        assert_eq!(verdict.unknown.len(), 1000 - asked);
        let unknown = |thing| {
            if thing == 0 {
                Asked::Unknown
            } else {
                Asked::Gone
            }
        };
        let (verdict, _) = judged(1000, unknown).await;
        assert!(!verdict.is_cut());
        assert_eq!(verdict.gone.len() + verdict.unknown.len(), 1000);
        assert!(verdict.unknown.len() > 900);
    }
}
