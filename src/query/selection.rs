//! The selection of the `images` command: each part given must hold.

use globset::GlobMatcher;

use crate::model::{ImageRow, Kind, glob};

/// Which images are wanted. Parts that are `None` let everything through.
#[derive(Clone, Debug, Default)]
pub struct ImageSelection {
    repository: Option<GlobMatcher>,
    tag: Option<GlobMatcher>,
    /// A platform, or the beginning of one.
    pub platform: Option<String>,
    /// A digest, or the beginning of one, with or without `algorithm:`.
    pub digest: Option<String>,
    /// A kind.
    pub kind: Option<Kind>,
}

impl ImageSelection {
    /// With a glob over repository names (`*` stays inside a path component, `**`
    /// crosses them).
    ///
    /// # Errors
    ///
    /// What is wrong with the glob.
    pub fn in_repository(mut self, pattern: &str) -> Result<Self, String> {
        self.repository = Some(glob(pattern)?);
        Ok(self)
    }

    /// With a glob that one of the tags must match.
    ///
    /// # Errors
    ///
    /// What is wrong with the glob.
    pub fn with_tag(mut self, pattern: &str) -> Result<Self, String> {
        self.tag = Some(glob(pattern)?);
        Ok(self)
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

    /// Whether it wants this image. An index is wanted for a digest that one of its
    /// children has.
    pub fn matches(&self, row: &ImageRow) -> bool {
        let repository = self.repository.as_ref();
        let tag = self.tag.as_ref();
        self.kind.is_none_or(|kind| kind == row.image.kind)
            && repository.is_none_or(|glob| glob.is_match(row.repository.as_str()))
            && tag.is_none_or(|glob| row.tags.iter().any(|tag| glob.is_match(tag.as_str())))
            && self
                .platform
                .as_deref()
                .is_none_or(|wanted| row.platforms.iter().any(|p| p.answers_to(wanted)))
            && self.digest.as_deref().is_none_or(|wanted| {
                has_prefix(&row.digest.to_string(), wanted)
                    || row
                        .image
                        .children
                        .iter()
                        .any(|child| has_prefix(&child.digest.to_string(), wanted))
            })
    }
}

fn has_prefix(digest: &str, wanted: &str) -> bool {
    digest.starts_with(wanted)
        || digest
            .split_once(':')
            .is_some_and(|(_, encoded)| encoded.starts_with(wanted))
}
