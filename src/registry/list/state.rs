//! What is known of how a registry is listed, while a crawl goes on.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::listed::Entry;
use crate::model::{Class, Failure, RepositoryName};

/// Notes kept at most: the first say it all.
const MAX_NOTES: usize = 20;

/// Refusals to list a single repository after which the API is not asked for that again.
const MAX_REFUSALS: u8 = 2;

/// How a registry is listed.
#[derive(Default)]
pub(in crate::registry) struct Listing {
    by_api: AtomicBool,
    by_v2: AtomicBool,
    given_up: AtomicBool,
    /// Whether the API lists single repositories: it is asked by one caller at a time until
    /// it did once, and not any more after some refusals.
    lists_one: AtomicBool,
    refusals: AtomicU8,
    /// How often it refused to give manifests, since it last gave some.
    ungiven: AtomicU8,
    pub(super) turn: tokio::sync::Mutex<()>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The contents of repositories that came with their names.
    contents: HashMap<RepositoryName, Held>,
    costly: HashSet<String>,
    notes: Vec<String>,
}

/// What the API listed of a repository.
pub(super) struct Held {
    pub(super) entries: Vec<Entry>,
    /// What it listed that cannot be read, as messages show it.
    pub(super) dropped: Vec<String>,
    /// Whether there may be more, because some of the list cannot be read, or the server cuts
    /// it.
    pub(super) has_gaps: bool,
    /// Whether what it lacks may be there all the same.
    pub(super) is_open: bool,
}

impl Listing {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the API listed something.
    pub(super) fn by_api(&self) {
        self.by_api.store(true, Relaxed);
    }

    /// Whether the API has listed a single repository.
    pub(super) fn lists_one(&self) -> bool {
        self.lists_one.load(Relaxed)
    }

    /// Whether it has refused to so often, without ever doing it, that it is not asked again.
    pub(super) fn never_lists_one(&self) -> bool {
        !self.lists_one() && self.refusals.load(Relaxed) >= MAX_REFUSALS
    }

    /// Notes whether it listed one.
    pub(super) fn listed_one(&self, did: bool) {
        if did {
            self.lists_one.store(true, Relaxed);
        } else {
            self.refusals.fetch_add(1, Relaxed);
        }
    }

    /// Whether the API has refused manifests so often that it is not asked for them again.
    pub(super) fn gives_none(&self) -> bool {
        self.ungiven.load(Relaxed) >= MAX_REFUSALS
    }

    /// Notes whether it gave manifests.
    pub(super) fn gave(&self, did: bool) {
        if did {
            self.ungiven.store(0, Relaxed);
        } else {
            self.ungiven.fetch_add(1, Relaxed);
        }
    }

    /// Notes that the Registry V2 API listed something.
    pub(super) fn by_v2(&self) {
        self.by_v2.store(true, Relaxed);
    }

    /// Notes something that the crawl is to say of how it listed.
    pub(in crate::registry) fn note(&self, text: String) {
        let mut kept = self.kept();
        if kept.notes.len() < MAX_NOTES && !kept.notes.contains(&text) {
            kept.notes.push(text);
        }
    }

    /// Notes that `what` did not list, and why; what to do about it where that is a sign-in
    /// that the API alone refuses, as nothing else tells that.
    pub(super) fn note_refusal(&self, what: &str, failure: &Failure) {
        let message = &failure.message;
        let hint = failure
            .hint
            .as_ref()
            .filter(|_| failure.class == Class::Authentication);
        self.note(match hint {
            Some(hint) => format!("{what}: {message} ({hint})"),
            None => format!("{what}: {message}"),
        });
    }

    /// The API is not used any more in this crawl.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Relaxed);
        self.kept().contents.clear();
    }

    pub(in crate::registry) fn has_given_up(&self) -> bool {
        self.given_up.load(Relaxed)
    }

    pub(super) fn keep(&self, repository: RepositoryName, held: Held) {
        self.kept().contents.insert(repository, held);
    }

    /// The contents that came with the name of a repository.
    pub(super) fn take(&self, repository: &RepositoryName) -> Option<Held> {
        self.kept().contents.remove(repository)
    }

    pub(super) fn costs(&self, stores: Vec<String>) {
        self.kept().costly.extend(stores);
    }

    /// Whether reading a manifest of `repository` costs more than a request.
    pub(in crate::registry) fn is_costly(&self, repository: &RepositoryName) -> bool {
        let kept = self.kept();
        let store = repository.as_str().split('/').next().unwrap_or_default();
        kept.costly.contains(store)
    }

    /// What there is to say of it.
    pub(in crate::registry) fn notes(&self) -> Vec<String> {
        self.kept().notes.clone()
    }

    /// What listed, as outputs name it; `api` is the name of the API.
    pub(in crate::registry) fn listed_by(&self, api: Option<&str>) -> String {
        match (api, self.by_api.load(Relaxed), self.by_v2.load(Relaxed)) {
            (Some(api), true, false) => api.to_owned(),
            (Some(api), true, true) => format!("{api}, v2"),
            _ => "v2".to_owned(),
        }
    }
}
