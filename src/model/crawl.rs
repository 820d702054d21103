//! What a crawl hands on: findings in batches, progress in samples, a summary at the end.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Blobs, Digest, Failure, Image, ImageFacts, Opened, RepositoryName, Tag, Timestamp};

/// One thing a crawl found out. Findings of one repository come in the order they were
/// made; `Listed` or `Unlisted` closes a repository.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The registry has this repository: it was in the catalogue, or its tags were read.
    Repository(RepositoryName),
    /// A manifest or index was read, or a list of the registry's tells what is in it
    /// ([`Level::Listed`](super::Level::Listed)). Comes before the first tag that names it.
    Image {
        /// The repository it was read from.
        repository: RepositoryName,
        /// The digest of the exact bytes received, or the one that the list states.
        digest: Digest,
        /// What it says.
        image: Box<Image>,
        /// Its configuration and layers; none of an index.
        blobs: Blobs,
    },
    /// What the registry's listing tells of an image beside its manifest: all of it, in the
    /// place of what an earlier one told. Comes after the image.
    Facts {
        /// The repository it is in.
        repository: RepositoryName,
        /// Its digest.
        digest: Digest,
        /// What is told.
        facts: Box<ImageFacts>,
    },
    /// A manifest that some index lists was read. Comes when all tags are read.
    Contents {
        /// Its digest.
        digest: Digest,
        /// What it holds.
        contents: Contents,
    },
    /// The children of an index were read, or are known. Comes after their contents.
    Children {
        /// The repository of the index.
        repository: RepositoryName,
        /// The index.
        digest: Digest,
        /// The bytes of its children, of those that could be read.
        sizes: Vec<(Digest, u64)>,
        /// What the index is by them; `None` where some could not be read.
        index: Option<IndexFacts>,
    },
    /// A tag names this digest. Sent only where the inventory said otherwise or nothing.
    Tag {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// The digest it names now.
        digest: Digest,
    },
    /// A tag is listed and could not be read: what was known of it stays, stale.
    Unread {
        /// The repository.
        repository: RepositoryName,
        /// The tag.
        tag: Tag,
        /// Why; `None` where one failure tells it of many.
        failure: Option<Failure>,
    },
    /// The list of a repository's tags was had: tags in it that no `Unread` named have been
    /// confirmed. What is not in it stays, stale, until a `Gone` names it.
    Listed {
        /// The repository.
        repository: RepositoryName,
        /// Every tag in the list.
        tags: Vec<Tag>,
        /// Every image that the registry says it has here, tagged or not; `None` where it
        /// does not say, as the Registry V2 API does not.
        images: Option<Vec<Digest>>,
    },
    /// These tags are proven to be gone.
    Gone {
        /// The repository.
        repository: RepositoryName,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// The list of a repository's tags could not be had, whole: all that was known of it
    /// stays, stale.
    Unlisted {
        /// The repository.
        repository: RepositoryName,
        /// Why. `Class::Missing` says that the registry has no such repository any more.
        failure: Failure,
    },
    /// The list of repositories was had. What is missing of those known stays, stale, until
    /// `GoneRepositories` names it.
    Catalogue {
        /// The repositories known before that are not in it.
        missing: Vec<RepositoryName>,
    },
    /// These repositories are proven to be gone, with all that is in them.
    GoneRepositories(Vec<RepositoryName>),
    /// The list of repositories could not be had, whole: repositories stay, stale unless
    /// they were listed themselves.
    Uncatalogued {
        /// Why.
        failure: Failure,
    },
    /// The registry was not asked for its list: the repositories the user named are all
    /// that is wanted. Nothing goes on this word.
    Scope,
    /// A failure that leaves no mark of its own on the inventory.
    Failed(Failure),
}

/// What a manifest that an index lists holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Bytes of its configuration and layers, as stored (compressed).
    pub size: u64,
    /// When it was built, where its configuration was read.
    pub created: Option<Timestamp>,
    /// Whether its configuration was read.
    pub is_dated: bool,
    /// Its configuration and layers.
    pub blobs: Blobs,
}

/// What an index is by its children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexFacts {
    /// Bytes of their configurations and layers, each layer once.
    pub size: u64,
    /// When the first of them was built, where it says so.
    pub created: Option<Timestamp>,
}

/// An index whose children are not all read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadIndex {
    /// Its repository.
    pub repository: RepositoryName,
    /// Its digest.
    pub digest: Digest,
    /// Its children that are platforms, in its order, with what is known of them.
    pub children: Vec<(Digest, Option<Contents>)>,
}

/// Findings that are written in one transaction.
pub type Batch = Vec<Finding>;

/// What the inventory held of one repository when its crawl began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRepository {
    /// Which digest each tag named.
    pub tags: HashMap<Tag, Digest>,
    /// The tags that were stale: not seen, or not read, when they were last looked for.
    pub stale: HashSet<Tag>,
    /// The images whose manifests have been read.
    pub images: HashSet<Digest>,
    /// The images of which less than the manifest was read: most are known by a list alone.
    pub listed: HashSet<Digest>,
    /// What the registry's listing told of its images, of those that it told anything of.
    pub facts: HashMap<Digest, ImageFacts>,
}

/// A repository that the inventory held when a crawl began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownName {
    /// Its name.
    pub name: RepositoryName,
    /// Its tags, counted.
    pub tags: u64,
    /// Whether it was stale.
    pub is_stale: bool,
}

/// What one crawl leaves for the next to compare itself with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Who the registry was asked as: `anonymous`, or the kind and name of the sign-in;
    /// empty where no crawl has said so yet.
    pub sign_in: String,
    /// Whether a loss was not believed: the next crawl that finds the same believes it.
    pub withheld: bool,
}

/// Which failures of a registry's last crawl are read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// All of them; where it was more than single repositories that failed, the whole
    /// registry.
    All,
    /// Those in these repositories.
    Of(BTreeSet<RepositoryName>),
}

/// How a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Everything was listed and read.
    Complete,
    /// Something failed; each failure is recorded.
    Partial,
    /// The user stopped it.
    Cancelled,
    /// Nothing could be listed at all.
    Failed,
}

impl Outcome {
    /// The outcome as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// What a running crawl is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Getting the first answer: connecting.
    #[default]
    Connecting,
    /// Listing repositories and their tags, and already reading those listed: how much there
    /// is nobody knows yet.
    Listing,
    /// All lists have been read, and what there is is known; reading tags and manifests.
    Reading,
    /// All tags are read; reading the children of indexes.
    Children,
    /// Asked to stop; finishing what is in flight.
    Stopping,
}

/// What went over the wire since a crawl or check began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests sent, retries and tokens included.
    pub requests: u64,
    /// Bytes of answers' bodies, decompressed.
    pub bytes_received: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Requests in flight now.
    pub in_flight: u32,
    /// What is left of a pause that the registry asked for.
    pub held_for: Option<Duration>,
    /// How long everybody stood still.
    pub held: Held,
}

/// How long all requests stood still, and for what: wall-clock time, counted once however
/// many waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The registry was away.
    pub away: Duration,
    /// The registry was there and refused everybody, or asked for a pause.
    pub refused: Duration,
    /// The status that everybody was refused with last.
    pub refused_with: Option<u16>,
}

impl Held {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.away + self.refused
    }
}

/// A sample of a running crawl.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Repositories found so far.
    pub repositories_found: u64,
    /// Repositories whose list of tags was read, or failed.
    pub repositories_listed: u64,
    /// Repositories whose tags are all read, or that failed.
    pub repositories_done: u64,
    /// Tags found so far.
    pub tags_found: u64,
    /// Tags read or confirmed, or that failed.
    pub tags_done: u64,
    /// Indexes whose children are to be read.
    pub indexes_found: u64,
    /// Indexes whose children are read, or that failed.
    pub indexes_done: u64,
    /// Failures recorded so far.
    pub failures: u64,
    /// The wire.
    pub traffic: Traffic,
    /// Items read a minute over the last seconds; `None` where there is too little to tell.
    pub per_minute: Option<u64>,
}

/// A crawl that has ended, as the engine saw it. What it changed, the store says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// The last sample of its progress.
    pub progress: Progress,
    /// Every failure, in the order they happened, up to [`Summary::MAX_FAILURES`].
    pub failures: Vec<Failure>,
    /// How long it took.
    pub elapsed: Duration,
    /// What the next crawl is to know of this one; `None` where it saw no list.
    pub memory: Option<Memory>,
    /// Whether the registry was seen to cut lists.
    pub cut: bool,
    /// What was learnt of the registry itself; `None` where it never answered.
    pub opened: Option<Opened>,
    /// What there is to say of how it listed, where that was not as it should be: an API that
    /// refused, what was done instead.
    pub notes: Vec<String>,
    /// When the registry lets the rest be read, where it lets no more be read for now.
    pub resume_at: Option<Timestamp>,
}

impl Summary {
    /// Failures kept one by one; the count in `progress` goes on.
    pub const MAX_FAILURES: usize = 10_000;
}
