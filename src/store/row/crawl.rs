//! Rows of crawls. Their failures lie beside them as they are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::timestamp;
use crate::model::{CrawlRecord, Held, Outcome, Traffic};
use crate::store::sum::Sum;

/// A crawl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct CrawlRow {
    pub(in crate::store) started: i64,
    pub(in crate::store) elapsed_ms: Option<u64>,
    pub(in crate::store) outcome: Option<Outcome>,
    pub(in crate::store) new: u64,
    pub(in crate::store) gone: u64,
    pub(in crate::store) moved: u64,
    pub(in crate::store) failures: u64,
    pub(in crate::store) requests: u64,
    pub(in crate::store) bytes_received: u64,
    pub(in crate::store) retries: u64,
    /// Milliseconds in which everybody stood still.
    pub(in crate::store) held_ms: u64,
    /// When it can go on, where the registry's quota ended it.
    pub(in crate::store) resume_at: Option<i64>,
    /// Images that a full crawl found to differ from what was kept of them.
    pub(in crate::store) mismatched: u64,
    /// Changes recorded, and the sum of their rows.
    pub(in crate::store) changes: u64,
    pub(in crate::store) changes_sum: Sum,
    /// Failures recorded one by one, and the sum of their rows.
    pub(in crate::store) recorded: u32,
    pub(in crate::store) failures_sum: Sum,
}

impl CrawlRow {
    pub(in crate::store) fn new(started: i64) -> Self {
        Self {
            started,
            ..Self::default()
        }
    }

    pub(in crate::store) fn into_record(self, number: u64, running: bool) -> CrawlRecord {
        CrawlRecord {
            number,
            started: timestamp(self.started),
            elapsed: self.elapsed_ms.map(Duration::from_millis),
            outcome: self.outcome,
            running,
            new: self.new,
            gone: self.gone,
            moved: self.moved,
            changes: self.changes,
            failures: self.failures,
            mismatched: self.mismatched,
            resume_at: self.resume_at.map(timestamp),
            traffic: Traffic {
                requests: self.requests,
                bytes_received: self.bytes_received,
                retries: self.retries,
                held: Held {
                    refused: Duration::from_millis(self.held_ms),
                    ..Held::default()
                },
                ..Traffic::default()
            },
        }
    }
}
