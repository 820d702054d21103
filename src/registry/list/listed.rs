//! What a listing tells of an image: a name at least, all of it at best.

use crate::model::{Digest, Image, ImageFacts, Platform, Tag, Timestamp};

/// One entry of the listing of a repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The tags that name it, as far as this entry tells; none of an untagged image.
    pub tags: Vec<Tag>,
    /// Its digest; `None` where only the tag is told, as by the Registry V2 API.
    pub digest: Option<Digest>,
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

impl Listed {
    /// A tag of which nothing but the name is told.
    pub fn tag(tag: Tag) -> Self {
        Self {
            tags: vec![tag],
            digest: None,
            is_index: false,
            told: Told::Nothing,
            facts: ImageFacts::default(),
        }
    }
}
