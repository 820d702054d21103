//! Rows of what registries' listings tell of images. When an image was pushed and last pulled
//! stands in its own row.

use serde::{Deserialize, Serialize};

use super::{decode, decode_first, encode, seconds, timestamp};
use crate::model::{ImageFacts, Vulnerabilities};
use crate::store::error::InnerError;

/// What a listing tells of an image, beside when it was pushed and pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct FactsRow {
    pulls: Option<u64>,
    immutable: Vec<String>,
    locked: Option<bool>,
    found: Option<FoundRow>,
    #[serde(skip)]
    more: MoreRow,
}

/// What was added to the row after it was in use. It stands behind the row: rows that were
/// written before it end there, and versions that do not know it read up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct MoreRow {
    expires: Option<i64>,
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
    /// The row as it lies in the file.
    pub(in crate::store) fn encode(&self) -> Result<Vec<u8>, InnerError> {
        let mut bytes = encode("facts", self)?;
        if self.more != MoreRow::default() {
            bytes.extend(encode("facts", &self.more)?);
        }
        Ok(bytes)
    }

    /// The inverse of [`encode`](Self::encode).
    pub(in crate::store) fn decode(bytes: &[u8]) -> Result<Self, InnerError> {
        let (mut row, behind): (Self, _) = decode_first("facts", bytes)?;
        if !behind.is_empty() {
            row.more = decode("facts", behind)?;
        }
        Ok(row)
    }

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
            more: MoreRow {
                expires: facts.expires.map(seconds),
            },
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
            expires: self.more.expires.map(timestamp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn rows_of_before_are_read_and_rows_of_now_by_what_was_before() {
        let facts = ImageFacts {
            pulls: Some(17),
            expires: Timestamp::from_second(2_000_000).ok(),
            ..ImageFacts::default()
        };
        let row = FactsRow::of(&facts).unwrap();
        let bytes = row.encode().unwrap();
        let read = FactsRow::decode(&bytes).unwrap();
        assert_eq!(read.into_facts().unwrap(), facts);
        // The row as it was: pulls, no tag, not said to be locked, no scan.
        let before = [1, 17, 0, 0, 0];
        assert_eq!(bytes[..before.len()], before);
        let old = ImageFacts {
            expires: None,
            ..facts
        };
        let read = FactsRow::decode(&before).unwrap();
        assert_eq!(read.into_facts().unwrap(), old);
        assert_eq!(FactsRow::of(&old).unwrap().encode().unwrap(), before);
    }

    #[test]
    fn an_end_alone_is_worth_a_row() {
        let facts = ImageFacts {
            expires: Timestamp::from_second(2_000_000).ok(),
            ..ImageFacts::default()
        };
        assert!(FactsRow::of(&facts).is_some());
        assert!(FactsRow::decode(&[1]).is_err());
    }
}
