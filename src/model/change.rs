//! What a crawl found different from the crawl before.

use serde::{Deserialize, Serialize};

use super::{Digest, RegistryId, RepositoryName, Tag, Timestamp};

/// One change, by the crawl that found it.
///
/// A repository counts from its first whole listing: all that is found until then is one
/// change. When it goes, each of its tags and images is a change too, so that what it held
/// can be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// When the crawl began.
    pub at: Timestamp,
    /// The registry.
    pub registry: RegistryId,
    /// The crawl's number in the registry, from 1.
    pub crawl: u64,
    /// The repository.
    pub repository: RepositoryName,
    /// What happened in it.
    pub what: What,
}

/// Where a list of changes, read page by page, goes on. Its bytes mean something to the
/// inventory alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesPlace(pub(crate) Vec<u8>);

/// What happened in a repository, or to it.
///
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum What {
    /// It was listed for the first time.
    RepositoryAppeared {
        /// The tags it had.
        tags: u64,
        /// The images it had.
        images: u64,
    },
    /// It is no longer there.
    RepositoryGone {
        /// The tags it had.
        tags: u64,
        /// The images it had.
        images: u64,
    },
    /// A tag that was not there before.
    TagAppeared {
        /// The tag.
        tag: Tag,
        /// What it names.
        digest: Digest,
    },
    /// A tag names another image than before.
    TagMoved {
        /// The tag.
        tag: Tag,
        /// What it named.
        from: Digest,
        /// What it names.
        to: Digest,
    },
    /// A tag is no longer there.
    TagGone {
        /// The tag.
        tag: Tag,
        /// What it named.
        from: Digest,
    },
    /// An image that was not there before.
    ImageAppeared(Digest),
    /// An image is no longer there.
    ImageGone(Digest),
}

impl What {
    /// The tag that it happened to; `None` of an image and of the repository.
    pub fn tag(&self) -> Option<&Tag> {
        match self {
            Self::TagAppeared { tag, .. }
            | Self::TagMoved { tag, .. }
            | Self::TagGone { tag, .. } => Some(tag),
            Self::RepositoryAppeared { .. }
            | Self::RepositoryGone { .. }
            | Self::ImageAppeared(_)
            | Self::ImageGone(_) => None,
        }
    }
}
