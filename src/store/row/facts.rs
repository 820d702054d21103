//! Rows of what registries' listings tell of images. When an image was pushed and last pulled
//! stands in its own row.

use serde::{Deserialize, Serialize};

use super::{seconds, timestamp};
use crate::model::{ImageFacts, Vulnerabilities};
use crate::store::error::InnerError;

/// What a listing tells of an image, beside when it was pushed and pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct FactsRow {
    pulls: Option<u64>,
    immutable: Vec<String>,
    locked: Option<bool>,
    found: Option<FoundRow>,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FoundRow {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    unknown: u64,
    scanned: Option<i64>,
}

impl FactsRow {
    /// The row of these facts; `None` where there is nothing to put into it.
    pub(in crate::store) fn of(facts: &ImageFacts) -> Option<Self> {
        let row = Self {
            pulls: facts.pulls,
            immutable: facts.immutable.iter().map(ToString::to_string).collect(),
            locked: facts.locked,
            found: facts.vulnerabilities.map(|found| FoundRow {
                critical: found.critical,
                high: found.high,
                medium: found.medium,
                low: found.low,
                unknown: found.unknown,
                scanned: found.scanned.map(seconds),
            }),
        };
        (row != Self::default()).then_some(row)
    }

    /// The facts it holds; of when an image was pushed and pulled it knows nothing.
    pub(in crate::store) fn into_facts(self) -> Result<ImageFacts, InnerError> {
        let immutable = self.immutable.iter().map(|tag| tag.parse().ok());
        let immutable: Option<Vec<_>> = immutable.collect();
        Ok(ImageFacts {
            pushed: None,
            pulled: None,
            pulls: self.pulls,
            immutable: immutable.ok_or(InnerError::Damaged { what: "facts" })?,
            locked: self.locked,
            vulnerabilities: self.found.map(|found| Vulnerabilities {
                critical: found.critical,
                high: found.high,
                medium: found.medium,
                low: found.low,
                unknown: found.unknown,
                scanned: found.scanned.map(timestamp),
            }),
        })
    }
}
