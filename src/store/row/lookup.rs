//! Rows by which things are found that no crawl lists: repositories that were there once,
//! digests wherever they are, decisions.

use serde::{Deserialize, Serialize};

use super::change::Place;
use crate::model::{Choice, Decision};
use crate::store::row::timestamp;
use crate::store::sum::Sum;

/// What a repository that is or was there is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct NameRow {
    /// Its number, which it has again when it comes back.
    pub(in crate::store) id: u32,
    /// The latest row of its changes.
    pub(in crate::store) last: Option<Place>,
    /// Decisions in it, and the sum of their rows.
    pub(in crate::store) decisions: u64,
    pub(in crate::store) decided: Sum,
}

impl NameRow {
    pub(in crate::store) fn new(id: u32) -> Self {
        Self {
            id,
            last: None,
            decisions: 0,
            decided: Sum::default(),
        }
    }
}

/// What covers the names, digests and decisions of a registry, and what its crawls leave
/// behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct LookupRow {
    /// The sum of its names' rows.
    pub(in crate::store) names: Sum,
    /// Decisions in all its repositories.
    pub(in crate::store) decisions: u64,
    /// Rows of digests that came since all of them were made anew, the next one's number,
    /// and the sum of all.
    pub(in crate::store) loose: u32,
    pub(in crate::store) next_segment: u32,
    pub(in crate::store) digests: Sum,
    /// Images that came and went and tags that moved since the holes this leaves in the file
    /// were closed.
    pub(in crate::store) churn: u64,
}

/// A decision. What it is about is in the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct DecisionRow {
    choice: Choice,
    note: Option<String>,
    at: i64,
}

impl From<&Decision> for DecisionRow {
    fn from(decision: &Decision) -> Self {
        Self {
            choice: decision.choice,
            note: decision.note.clone(),
            at: super::seconds(decision.at),
        }
    }
}

impl From<DecisionRow> for Decision {
    fn from(row: DecisionRow) -> Self {
        Self {
            choice: row.choice,
            note: row.note,
            at: timestamp(row.at),
        }
    }
}
