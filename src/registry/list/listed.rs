//! What a listing tells of what a repository holds: a tag's name at least, all of an image at
//! best.

use crate::model::{Digest, Image, ImageFacts, Platform, Tag, Timestamp};

/// One entry of the listing of a repository. Many wait to be read, so that a name alone is
/// kept as one.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A tag of which nothing but the name is told, as by the Registry V2 API.
    Tag(Tag),
    /// An image.
    Image(Box<Listed>),
}

/// An image that a listing tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The tags that name it, as far as this entry tells; none of an untagged image.
    pub tags: Vec<Tag>,
    /// Its digest.
    pub digest: Digest,
    /// Whether it is told to be an index.
    pub is_index: bool,
    /// How much more is told.
    pub told: Told,
    /// What the registry knows of it beside its manifest.
    pub facts: ImageFacts,
}

/// What a listing tells of the manifest behind a digest.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Told {
    /// Nothing: the manifest is read, once.
    #[default]
    Nothing,
    /// What its configuration says, so that the manifest alone is read.
    Platform {
        /// The platform.
        platform: Platform,
        /// When it was built.
        created: Option<Timestamp>,
    },
    /// What its manifest says, so that the configuration of this digest alone is read. What
    /// has no platform there is no image, and its manifest is read.
    Manifest(Box<Image>, Digest),
    /// All that an inventory shows: nothing is read.
    Image(Box<Image>),
}

impl Entry {
    /// The tags that it names.
    pub fn tags(&self) -> &[Tag] {
        match self {
            Self::Tag(tag) => std::slice::from_ref(tag),
            Self::Image(image) => &image.tags,
        }
    }

    /// The image, where one is told.
    pub fn image(&self) -> Option<&Listed> {
        match self {
            Self::Tag(_) => None,
            Self::Image(image) => Some(image),
        }
    }
}
