//! What a registry's own listing tells of an image beside its manifest: a digest never
//! changes, and these do.

use super::{Tag, Timestamp};
use serde::{Deserialize, Serialize};

/// What a registry tells of one image in one of its repositories. Whatever it does not tell is
/// `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// When it was pushed.
    pub pushed: Option<Timestamp>,
    /// When it was last pulled.
    pub pulled: Option<Timestamp>,
    /// How often it was pulled.
    pub pulls: Option<u64>,
    /// The tags of it that the registry lets nobody move or delete, sorted, each once.
    pub immutable: Vec<Tag>,
    /// Whether the registry lets nobody delete the image itself.
    pub locked: Option<bool>,
    /// What a scan of it found.
    pub vulnerabilities: Option<Vulnerabilities>,
    /// When the registry lets the last of its tags end, where each of them has an end.
    pub expires: Option<Timestamp>,
}

/// What the registry's scanner found in an image, counted by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerabilities {
    /// Those called critical.
    pub critical: u64,
    /// Those called high.
    pub high: u64,
    /// Those called medium.
    pub medium: u64,
    /// Those called low, or less than that.
    pub low: u64,
    /// Those of which the scanner does not say how severe they are.
    pub unknown: u64,
    /// When it was scanned.
    pub scanned: Option<Timestamp>,
}

impl ImageFacts {
    /// The same as the inventory keeps it: times in whole seconds, tags sorted, each once. Two
    /// that are equal so tell the same.
    #[must_use]
    pub fn kept(mut self) -> Self {
        let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at);
        self.pushed = self.pushed.map(whole);
        self.pulled = self.pulled.map(whole);
        self.expires = self.expires.map(whole);
        if let Some(found) = &mut self.vulnerabilities {
            found.scanned = found.scanned.map(whole);
        }
        self.immutable.sort_unstable();
        self.immutable.dedup();
        self
    }

    /// Takes over what `other` tells more of the same image.
    pub fn join(&mut self, other: Self) {
        self.pushed = self.pushed.max(other.pushed);
        self.pulled = self.pulled.max(other.pulled);
        self.pulls = self.pulls.max(other.pulls);
        self.immutable.extend(other.immutable);
        self.locked = self.locked.or(other.locked);
        self.vulnerabilities = self.vulnerabilities.take().or(other.vulnerabilities);
        // A tag without an end keeps the image, whatever becomes of the others.
        self.expires = self
            .expires
            .zip(other.expires)
            .map(|(one, other)| one.max(other));
    }

    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Vulnerabilities {
    /// What was found, in words, the worst first.
    pub fn words(&self) -> String {
        let counts = [
            (self.critical, "critical"),
            (self.high, "high"),
            (self.medium, "medium"),
            (self.low, "low"),
            (self.unknown, "of unknown severity"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, severity)| format!("{count} {severity}"))
            .collect();
        if counts.is_empty() {
            "none found".to_owned()
        } else {
            counts.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_compared_as_it_is_kept() {
        let told = |at: &str, tags: [&str; 3]| ImageFacts {
            pulled: Some(at.parse().unwrap()),
            immutable: tags.map(|tag| tag.parse().unwrap()).to_vec(),
            vulnerabilities: Some(Vulnerabilities {
                scanned: Some(at.parse().unwrap()),
                ..Vulnerabilities::default()
            }),
            ..ImageFacts::default()
        };
        let one = told("2026-10-01T12:00:00.25Z", ["b", "a", "b"]).kept();
        assert_eq!(one, told("2026-10-01T12:00:00Z", ["a", "a", "b"]).kept());
        assert_ne!(one, told("2026-10-01T12:00:01Z", ["a", "a", "b"]).kept());
        let found = Vulnerabilities {
            critical: 2,
            unknown: 1,
            ..Vulnerabilities::default()
        };
        assert_eq!(found.words(), "2 critical, 1 of unknown severity");
        assert_eq!(Vulnerabilities::default().words(), "none found");
        assert!(!one.is_empty() && ImageFacts::default().kept().is_empty());
    }
}
