//! Rows that are known again: what they are known by, and how wide their names are.

use crate::model::{CrawlRecord, Digest, ImageRow, RegistryId, RegistryRow, RepositoryName};
use crate::query::Branch;

/// A row that is known again after a reload.
pub trait Keyed {
    /// What it is known by.
    type Key: PartialEq;
    /// What this one is known by.
    fn key(&self) -> Self::Key;
    /// Whether this one is known by the same as another.
    fn is(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
    /// Whether it can be marked.
    fn can_be_marked(&self) -> bool {
        true
    }
    /// Cells that the name of the repository takes that it is in.
    fn place_width(&self) -> usize {
        0
    }
    /// Cells that its name takes.
    fn width(&self) -> usize {
        0
    }
}

impl Keyed for RegistryRow {
    type Key = RegistryId;
    fn key(&self) -> RegistryId {
        self.id
    }
    fn width(&self) -> usize {
        self.spec.name.as_str().len()
    }
}

impl Keyed for CrawlRecord {
    /// Its number in its registry.
    type Key = u64;
    fn key(&self) -> u64 {
        self.number
    }
}

impl Keyed for Branch {
    /// Whether it is a folder: one may be called as a repository is.
    type Key = (RegistryId, RepositoryName, bool);
    fn key(&self) -> Self::Key {
        (
            self.row.registry,
            self.row.name.clone(),
            self.folder.is_some(),
        )
    }
    fn is(&self, other: &Self) -> bool {
        self.row.registry == other.row.registry
            && self.row.name == other.row.name
            && self.folder.is_some() == other.folder.is_some()
    }
    fn can_be_marked(&self) -> bool {
        self.folder.is_none()
    }
    fn width(&self) -> usize {
        // Names are ASCII (OCI distribution-spec, "Pulling manifests"). In a tree a sign and
        // a slash stand around them.
        let label = self.row.name.as_str().len() - self.label;
        self.depth.map_or(label, |depth| label + 2 * depth + 3)
    }
}

impl Keyed for ImageRow {
    type Key = (RegistryId, RepositoryName, Digest);
    fn key(&self) -> Self::Key {
        (self.registry, self.repository.clone(), self.digest.clone())
    }
    fn is(&self, other: &Self) -> bool {
        self.digest == other.digest
            && self.repository == other.repository
            && self.registry == other.registry
    }
    fn place_width(&self) -> usize {
        self.repository.as_str().len()
    }
    fn width(&self) -> usize {
        if self.beneath {
            return BENEATH;
        }
        let tags = self.tags.iter();
        tags.map(|tag| tag.as_str().len() + 1).sum()
    }
}

/// Cells that what hangs on an image is named in.
const BENEATH: usize = 14;
