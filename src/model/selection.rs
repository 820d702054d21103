//! The selection of the `images` command: each part given must hold.

use super::{Choice, DigestStart, Glob, Kind, PlatformStart, Timestamp};

/// Which images are wanted. Parts that are not given let everything through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageSelection {
    /// A glob over the names of repositories.
    pub repository: Option<Glob>,
    /// A glob that one of the tags must match.
    pub tag: Option<Glob>,
    /// A platform, or the beginning of one.
    pub platform: Option<PlatformStart>,
    /// The beginning of a digest, of the image or of one that an index lists.
    pub digest: Option<DigestStart>,
    /// A kind.
    pub kind: Option<Kind>,
    /// Whether only those are wanted that no tag names.
    pub untagged: bool,
    /// More bytes than these.
    pub larger_than: Option<u64>,
    /// Older than this: see [`ImageRow::dated`](super::ImageRow::dated).
    pub older_than: Option<Timestamp>,
    /// What was decided about the image or one of its tags.
    pub decision: Option<DecisionWanted>,
}

/// Which decision is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionWanted {
    /// This one.
    Is(Choice),
    /// Any.
    Some,
    /// None at all.
    None,
}

impl ImageSelection {
    /// Whether it lets everything through.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether names of repositories or tags alone rule most images out.
    pub fn is_narrow(&self) -> bool {
        self.repository.is_some() || self.tag.is_some()
    }

    /// Whether a wanted image may be in this repository.
    pub fn may_be_in(&self, repository: &str) -> bool {
        let glob = self.repository.as_ref();
        glob.is_none_or(|glob| glob.is_match(repository))
    }

    /// Whether only images with a certain tag are wanted.
    pub fn needs_tag(&self) -> bool {
        self.tag.is_some()
    }

    /// Whether a wanted image may have this tag.
    pub fn may_be_tagged(&self, tag: &str) -> bool {
        let glob = self.tag.as_ref();
        glob.is_none_or(|glob| glob.is_match(tag))
    }
}
