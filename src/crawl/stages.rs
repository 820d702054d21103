//! Repositories on their way through a crawl: named, listed, read. Lists go ahead of the
//! reading, so that it is known early how much there is; who is listed is read beside the
//! others, each with its share of the places.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::repository::{self, Listing};
use super::{Crawl, broke_off};
use crate::model::{KnownRepository, Phase, RepositoryName};

/// Repositories asked for at once from [`Known`](super::Known).
const CHUNK: usize = 64;

/// Lists and reads every repository that `found` brings, until it ends and all are read.
pub(super) async fn work(crawl: &Arc<Crawl>, mut found: mpsc::Receiver<Vec<RepositoryName>>) {
    let at_once = crawl.plan.repositories;
    let mut named: VecDeque<RepositoryName> = VecDeque::new();
    let mut listing: JoinSet<Listing> = JoinSet::new();
    // The tags of all repositories that wait to be read: some tens of bytes each.
    let mut listed: VecDeque<Listing> = VecDeque::new();
    // What is known of a repository is much more, and is had for some at a time.
    let mut ready: VecDeque<(Listing, KnownRepository)> = VecDeque::new();
    let mut reading: JoinSet<()> = JoinSet::new();
    let mut is_catalogued = false;
    loop {
        while listing.len() < at_once
            && let Some(name) = named.pop_front()
        {
            let crawl = Arc::clone(crawl);
            listing.spawn(async move { repository::list(&crawl, name).await });
        }
        if is_catalogued && listing.is_empty() {
            crawl.counters.enter(Phase::Reading);
        }
        while reading.len() < at_once {
            if ready.is_empty() {
                ready = with_known(crawl, &mut listed).await;
            }
            let Some((listing, known)) = ready.pop_front() else {
                break;
            };
            let crawl = Arc::clone(crawl);
            // Boxed: it is large, and each spawn would copy it.
            let read = async move { Box::pin(repository::read(&crawl, listing, known)).await };
            reading.spawn(read);
        }
        tokio::select! {
            page = found.recv(), if !is_catalogued => match page {
                Some(page) => named.extend(page),
                None => is_catalogued = true,
            },
            Some(result) = listing.join_next() => {
                listed.extend(joined(crawl, result).await);
            }
            Some(result) = reading.join_next() => {
                joined(crawl, result).await;
            }
            else => return,
        }
    }
}

/// The next listed repositories with what is known of them.
async fn with_known(
    crawl: &Crawl,
    listed: &mut VecDeque<Listing>,
) -> VecDeque<(Listing, KnownRepository)> {
    let count = listed.len().min(CHUNK);
    let next: Vec<Listing> = listed.drain(..count).collect();
    if next.is_empty() {
        return VecDeque::new();
    }
    let names = next.iter().map(|listing| listing.name.clone()).collect();
    let mut known = crawl.known.of(names).await;
    if crawl.plan.full {
        // Which tags there were still tells what is gone.
        for known in &mut known {
            known.images.clear();
            known.listed.clear();
        }
    }
    next.into_iter().zip(known).collect()
}

/// A task that broke takes its repository's list with it and nothing else.
async fn joined<T>(crawl: &Crawl, result: Result<T, JoinError>) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(error) => {
            let what = format!("reading a repository broke off inside supercargo: {error}");
            crawl.fail(broke_off(what)).await;
            None
        }
    }
}
