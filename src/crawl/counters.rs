//! Progress: a handful of counters that workers bump and one sampler reads. The only
//! thing a crawl shares with whoever watches it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::model::{Failure, Phase, Progress, Summary, Traffic};

/// The counters of one crawl.
#[derive(Debug, Default)]
pub struct Counters {
    phase: AtomicU8,
    repositories_found: AtomicU64,
    repositories_listed: AtomicU64,
    repositories_done: AtomicU64,
    tags_found: AtomicU64,
    tags_done: AtomicU64,
    indexes_found: AtomicU64,
    indexes_done: AtomicU64,
    failures: AtomicU64,
    listed: AtomicBool,
    recorded: Mutex<Vec<Failure>>,
}

impl Counters {
    /// The numbers as they are now, beside what went over the wire.
    pub fn sample(&self, traffic: Traffic) -> Progress {
        Progress {
            phase: match self.phase.load(Relaxed) {
                0 => Phase::Connecting,
                1 => Phase::Listing,
                2 => Phase::Reading,
                3 => Phase::Children,
                _ => Phase::Stopping,
            },
            repositories_found: self.repositories_found.load(Relaxed),
            repositories_listed: self.repositories_listed.load(Relaxed),
            repositories_done: self.repositories_done.load(Relaxed),
            tags_found: self.tags_found.load(Relaxed),
            tags_done: self.tags_done.load(Relaxed),
            indexes_found: self.indexes_found.load(Relaxed),
            indexes_done: self.indexes_done.load(Relaxed),
            failures: self.failures.load(Relaxed),
            traffic,
            per_minute: None,
        }
    }

    /// Phases only go forward.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Relaxed);
    }

    pub(super) fn found_repositories(&self, count: usize) {
        self.repositories_found.fetch_add(count as u64, Relaxed);
    }

    pub(super) fn repository_listed(&self) {
        self.repositories_listed.fetch_add(1, Relaxed);
    }

    pub(super) fn repository_done(&self) {
        self.repositories_done.fetch_add(1, Relaxed);
    }

    pub(super) fn found_tags(&self, count: usize) {
        self.tags_found.fetch_add(count as u64, Relaxed);
    }

    pub(super) fn tag_done(&self) {
        self.tags_done.fetch_add(1, Relaxed);
    }

    pub(super) fn found_indexes(&self, count: u64) {
        self.indexes_found.fetch_add(count, Relaxed);
    }

    pub(super) fn index_done(&self) {
        self.indexes_done.fetch_add(1, Relaxed);
    }

    /// Some list was had whole: the registry can be read.
    pub(super) fn listed(&self) {
        self.listed.store(true, Relaxed);
    }

    pub(super) fn anything_listed(&self) -> bool {
        self.listed.load(Relaxed)
    }

    pub(super) fn failed(&self, failure: &Failure) {
        self.failures.fetch_add(1, Relaxed);
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() < Summary::MAX_FAILURES {
            recorded.push(failure.clone());
        }
    }

    pub(super) fn failures(&self) -> Vec<Failure> {
        self.recorded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
