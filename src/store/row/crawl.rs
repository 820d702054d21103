//! Rows of crawls. Their failures lie beside them as they are.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{decode, decode_first, encode, timestamp};
use crate::model::{CrawlRecord, Held, Outcome, Retried, Traffic};
use crate::store::error::InnerError;
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
    /// The number of the next failure that is recorded one by one, and the sum of their
    /// rows.
    pub(in crate::store) recorded: u32,
    pub(in crate::store) failures_sum: Sum,
    /// What stands behind all this.
    #[serde(skip)]
    pub(in crate::store) added: CrawlAdded,
}

/// What rows of crawls have behind what they had at first: absent in older ones, and not read
/// by older versions, so that both do with one format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct CrawlAdded {
    /// The crawl of the whole registry whose failures this one reads again, by its number and
    /// when it began.
    pub(in crate::store) retry_of: Option<(u64, i64)>,
    /// What there was to say of how it listed.
    pub(in crate::store) notes: Vec<String>,
}

impl CrawlRow {
    pub(in crate::store) fn new(started: i64) -> Self {
        Self {
            started,
            ..Self::default()
        }
    }

    pub(in crate::store) fn to_bytes(&self) -> Result<Vec<u8>, InnerError> {
        let mut bytes = encode("crawls", self)?;
        bytes.extend(encode("crawls", &self.added)?);
        Ok(bytes)
    }

    pub(in crate::store) fn from_bytes(bytes: &[u8]) -> Result<Self, InnerError> {
        let (mut row, behind): (Self, _) = decode_first("crawls", bytes)?;
        if !behind.is_empty() {
            row.added = decode("crawls", behind)?;
        }
        Ok(row)
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
            retry_of: self.added.retry_of.map(|(number, started)| Retried {
                number,
                started: timestamp(started),
            }),
            notes: self.added.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_before_is_read_and_what_was_added_comes_back() {
        let mut row = CrawlRow::new(1000);
        row.recorded = 3;
        let before = encode("crawls", &row).unwrap();
        assert_eq!(CrawlRow::from_bytes(&before).unwrap(), row);
        row.added = CrawlAdded {
            retry_of: Some((7, 900)),
            notes: vec!["listed by V2".into()],
        };
        let bytes = row.to_bytes().unwrap();
        assert_eq!(CrawlRow::from_bytes(&bytes).unwrap(), row);
        // A version that knows nothing of it reads what it knows.
        let read: CrawlRow = decode("crawls", &bytes).unwrap();
        assert_eq!((read.started, read.recorded), (1000, 3));
        assert!(CrawlRow::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }
}
