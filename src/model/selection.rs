//! The selection of the `images` command: each part given must hold.

use super::{Glob, Kind};

/// Which images are wanted. Parts that are `None` let everything through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageSelection {
    /// A glob over the names of repositories.
    pub repository: Option<Glob>,
    /// A glob that one of the tags must match.
    pub tag: Option<Glob>,
    /// A platform, or the beginning of one.
    pub platform: Option<String>,
    /// A digest, or the beginning of one, with or without `algorithm:`.
    pub digest: Option<String>,
    /// A kind.
    pub kind: Option<Kind>,
}

impl ImageSelection {
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
