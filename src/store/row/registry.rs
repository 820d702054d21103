//! Rows of registries and repositories.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{SummaryRow, decode, encode, summary, timestamp};
use crate::model::{ListState, Memory, Opened, RepositoryState};
use crate::store::error::InnerError;
use crate::store::sum::Sum;

/// A registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::store) struct RegistryRow {
    /// Its number, which is its key too: the row can be told from any other wherever its
    /// bytes are found.
    pub(in crate::store) id: u32,
    /// Grows with each writing: of two copies the newer can be told.
    pub(in crate::store) revision: u64,
    /// Settings by key, as text: a setting that is unknown here is left alone.
    pub(in crate::store) settings: Vec<(String, String)>,
    /// Where the password is kept, as text.
    pub(in crate::store) password: String,
    /// The state of its list of repositories.
    pub(in crate::store) list: ListState,
    /// The next repository's number.
    pub(in crate::store) next_repository: u32,
    /// The latest crawl's number, 0 for none.
    pub(in crate::store) last_crawl: u64,
    /// The first crawl whose changes are kept.
    pub(in crate::store) first_changes: u64,
    /// Changes kept.
    pub(in crate::store) changes: u64,
    pub(in crate::store) repositories: u64,
    pub(in crate::store) tags: u64,
    pub(in crate::store) images: u64,
    /// Indexes whose children are not all read.
    pub(in crate::store) unread: u64,
    /// What the last crawl left for the next.
    pub(in crate::store) memory: Memory,
    /// What the last crawl that opened it saw.
    pub(in crate::store) opened: Option<Opened>,
    /// The sum of its repositories' rows.
    pub(in crate::store) sum: Sum,
}

/// What the row of a registry begins with, so that its settings can be found in the bytes
/// of a file that the database library cannot open any more.
pub(in crate::store) const MARK: &[u8; 8] = b"scrgreg2";

impl RegistryRow {
    pub(in crate::store) fn new(id: u32) -> Self {
        Self {
            id,
            revision: 0,
            settings: Vec::new(),
            password: String::new(),
            list: ListState::NotCrawled,
            next_repository: 1,
            last_crawl: 0,
            first_changes: 1,
            changes: 0,
            repositories: 0,
            tags: 0,
            images: 0,
            unread: 0,
            memory: Memory::default(),
            opened: None,
            sum: Sum::default(),
        }
    }

    /// Its bytes: mark, length, row, sum.
    pub(in crate::store) fn write(&self) -> Result<Vec<u8>, InnerError> {
        let row = encode("registries", self)?;
        let length = u32::try_from(row.len()).map_err(|_| InnerError::Row {
            table: "registries",
            reason: "it is too long".to_owned(),
        })?;
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&row);
        bytes.extend_from_slice(&xxh3_64(&row).to_le_bytes());
        Ok(bytes)
    }

    /// The row that begins `bytes`; `None` where there is none, or one that was damaged.
    pub(in crate::store) fn read(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.strip_prefix(MARK)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (row, rest) = rest.split_at_checked(length)?;
        let written = u64::from_le_bytes(*rest.first_chunk::<8>()?);
        if xxh3_64(row) != written {
            return None;
        }
        decode("registries", row).ok()
    }
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct RepositoryRow {
    pub(in crate::store) id: u32,
    pub(in crate::store) list: ListState,
    pub(in crate::store) listed_at: Option<i64>,
    pub(in crate::store) stale_since: Option<i64>,
    pub(in crate::store) first_seen: i64,
    pub(in crate::store) tags: u64,
    pub(in crate::store) images: u64,
    /// Indexes whose children are not all read.
    pub(in crate::store) unread: u64,
    /// The sum of its tags' and images' rows.
    pub(in crate::store) sum: Sum,
    /// What its images are together; `None` until a crawl has summed them up.
    #[serde(deserialize_with = "summary::at_end")]
    pub(in crate::store) summary: Option<SummaryRow>,
}

impl RepositoryRow {
    /// A repository that nothing is known of yet.
    pub(in crate::store) fn new(id: u32, first_seen: i64) -> Self {
        Self {
            id,
            list: ListState::NotCrawled,
            listed_at: None,
            stale_since: None,
            first_seen,
            tags: 0,
            images: 0,
            unread: 0,
            sum: Sum::default(),
            summary: Some(SummaryRow::default()),
        }
    }

    pub(in crate::store) fn state(&self) -> RepositoryState {
        RepositoryState {
            list: self.list.clone(),
            listed_at: self.listed_at.map(timestamp),
            stale_since: self.stale_since.map(timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_found_by_its_own_bytes_and_only_whole() {
        let mut row = RegistryRow::new(7);
        row.settings.push(("name".into(), "hub".into()));
        let bytes = row.write().unwrap();
        let mut page = bytes.clone();
        page.extend_from_slice(b"whatever lies behind it");
        let read = RegistryRow::read(&page).unwrap();
        assert_eq!((read.id, &read.settings), (7, &row.settings));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(RegistryRow::read(&flipped).is_none(), "{bit}");
        }
        for length in 0..bytes.len() {
            assert!(RegistryRow::read(&bytes[..length]).is_none(), "{length}");
        }
    }
}
