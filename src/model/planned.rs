//! Decisions as a plan: each with what it is about now, and what carrying it out would free.

use super::{Decision, Digest, RegistryId, RepositoryName, Subject, Tag, Timestamp};
use serde::{Deserialize, Serialize};

/// What a decision is about, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedPlace {
    /// The registry.
    pub registry: RegistryId,
    /// The repository, which may be gone.
    pub repository: RepositoryName,
    /// The image or tag, which may be gone.
    pub subject: Subject,
}

/// A decision with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// What it is about.
    pub place: PlannedPlace,
    /// What was decided.
    pub decision: Decision,
    /// What became of it since.
    pub since: Since,
    /// The image, or that which the tag names now; `None` where there is none.
    pub image: Option<PlannedImage>,
    /// What would be free if it were deleted.
    pub frees: Frees,
}

/// What a plan says of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags, sorted.
    pub tags: Vec<Tag>,
    /// Since when it is there: see [`ImageRow::dated`](super::ImageRow::dated).
    pub dated: Timestamp,
    /// When it was last pulled, where the registry tells.
    pub pulled: Option<Timestamp>,
}

/// What became of something since it was decided about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// It is as it was.
    Same,
    /// The tag names another image now; then it named this one.
    Moved {
        /// The image.
        from: Digest,
    },
    /// These tags named the image then and do so no more.
    Left(Vec<Tag>),
    /// It is there no more.
    Gone,
}

/// What would be free if something were deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Frees {
    /// Nothing: it stays, another tag names it, or it is gone.
    Nothing,
    /// No more than so many bytes: other images may have some of its layers.
    UpTo(u64),
    /// How much is not known: the image was not read.
    Unread,
}

/// What a plan can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanColumn {
    /// The decision: delete, look, keep.
    #[default]
    Decision,
    /// The name of the registry.
    Registry,
    /// The name of the repository, in natural order.
    Repository,
    /// The tags, or the digest of an image without one.
    Subject,
    /// Since when the image is there.
    Age,
    /// When it was last pulled.
    Pulled,
    /// What would be free.
    Frees,
    /// The note.
    Note,
}

impl PlanColumn {
    /// Every column.
    pub const ALL: [Self; 8] = [
        Self::Decision,
        Self::Registry,
        Self::Repository,
        Self::Subject,
        Self::Age,
        Self::Pulled,
        Self::Frees,
        Self::Note,
    ];

    /// The column in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Subject => "tag",
            Self::Age => "age",
            Self::Pulled => "last pull",
            Self::Frees => "what it frees",
            Self::Note => "note",
        }
    }

    /// What stands above it.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Decision => "DECISION",
            Self::Registry => "REGISTRY",
            Self::Repository => "REPOSITORY",
            Self::Subject => "TAGS/DIGEST",
            Self::Age => "AGE",
            Self::Pulled => "LAST PULL",
            Self::Frees => "FREES UP TO",
            Self::Note => "NOTE",
        }
    }
}
