//! A count of the manifests that were read, as Docker Hub keeps one: `GET` counts, `HEAD`
//! does not, and both tell what is left.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::header::HeaderName;
use hyper::{Method, StatusCode};

use super::answer::{self, Answer};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const SOURCE: HeaderName = HeaderName::from_static("docker-ratelimit-source");

/// How many manifests may be read, or how much of a product's own API may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// In one window.
    pub limit: u64,
    /// How long a window is, by the headers. No time passes by itself.
    pub window: Duration,
}

/// What was read of a quota.
#[derive(Debug)]
pub(super) struct Counter {
    quota: Quota,
    used: AtomicU64,
}

impl Counter {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota,
            used: AtomicU64::new(0),
        }
    }

    /// Another window begins.
    pub(super) fn renew(&self) {
        self.used.store(0, Ordering::Relaxed);
    }

    /// Manifests read in this window.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// What may be read in one window.
    pub(super) fn limit(&self) -> u64 {
        self.quota.limit
    }

    /// How long a window is.
    pub(super) fn window(&self) -> Duration {
        self.quota.window
    }

    /// Counts one more. Whether there was one left.
    pub(super) fn take(&self) -> bool {
        self.used.fetch_add(1, Ordering::Relaxed) < self.quota.limit
    }

    /// What `read` answers to a request for a manifest, or that it is too much.
    pub(super) fn counted(&self, method: &Method, read: impl FnOnce() -> Answer) -> Answer {
        let limit = self.quota.limit;
        let mut used = self.used();
        let may = *method == Method::HEAD || {
            let count = |used| (used < limit).then_some(used + 1);
            let order = Ordering::Relaxed;
            let counted = self.used.fetch_update(order, order, count);
            used = counted.map_or(limit, |before| before + 1);
            counted.is_ok()
        };
        let mut answer = if may {
            read()
        } else {
            answer::error(
                StatusCode::TOO_MANY_REQUESTS,
                "TOOMANYREQUESTS",
                "You have reached your pull rate limit. You may increase the limit by \
                 authenticating and upgrading: https://www.docker.com/increase-rate-limits",
                None,
            )
        };
        let window = self.quota.window.as_secs();
        answer::set(&mut answer, LIMIT, &format!("{limit};w={window}"));
        let remaining = limit - used.min(limit);
        answer::set(&mut answer, REMAINING, &format!("{remaining};w={window}"));
        answer::set(&mut answer, SOURCE, "192.0.2.1");
        answer
    }
}
