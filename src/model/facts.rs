//! What a registry's listing tells of an image beside its manifest.

use super::{Tag, Timestamp};

/// What a registry tells of an image beside its manifest. What it does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// When it was pushed.
    pub pushed: Option<Timestamp>,
    /// When it was last pulled.
    pub pulled: Option<Timestamp>,
    /// How often it was pulled.
    pub pulls: Option<u64>,
    /// The tags that cannot be moved or deleted, sorted.
    pub immutable: Vec<Tag>,
    /// Whether it cannot be deleted.
    pub locked: Option<bool>,
    /// What a scan found.
    pub vulnerabilities: Option<Vulnerabilities>,
}

impl ImageFacts {
    /// Takes over what only `other` tells of the same image.
    pub fn join(&mut self, other: Self) {
        self.pushed = self.pushed.max(other.pushed);
        self.pulled = self.pulled.max(other.pulled);
        self.pulls = self.pulls.max(other.pulls);
        self.immutable.extend(other.immutable);
        self.immutable.sort_unstable();
        self.immutable.dedup();
        self.locked = self.locked.or(other.locked);
        self.vulnerabilities = self.vulnerabilities.take().or(other.vulnerabilities);
    }
}

/// What a scan for vulnerabilities found, counted by severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vulnerabilities {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Those of no known severity.
    pub unknown: u64,
    /// When it was scanned.
    pub scanned: Option<Timestamp>,
}
