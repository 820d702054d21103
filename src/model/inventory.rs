//! Rows of the inventory, as the store hands them to screens, queries and exports.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Class, Decisions, Digest, Failure, Image, ImageFacts, Opened, Outcome, Platform, RegistryId,
    RegistrySpec, RepositoryName, Stage, Tag, Timestamp, Traffic,
};

/// What is known of a list: of a registry's repositories, of a repository's tags.
/// *Empty* is `Listed` with a count of nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListState {
    /// No crawl has asked yet.
    #[default]
    NotCrawled,
    /// It was listed whole.
    Listed,
    /// The registry said no.
    Refused(String),
    /// It could not be had.
    Failed(String),
}

impl ListState {
    /// The state that a failure leaves behind in a repository.
    pub fn after(failure: &Failure) -> Self {
        Self::because(failure, failure.message.clone())
    }

    /// The state that a failure leaves behind in a registry, with the stage that failed:
    /// `tls: the certificate of …`.
    pub fn after_stage(failure: &Failure) -> Self {
        // Whichever request it was, a way that does not lead there is the stage of its own.
        let stage = match failure.class {
            Class::Resolve => Stage::Resolve,
            Class::Connect => Stage::Connect,
            Class::Tls => Stage::Tls,
            Class::Proxy => Stage::Proxy,
            _ => failure.stage,
        };
        Self::because(failure, format!("{stage}: {}", failure.message))
    }

    fn because(failure: &Failure, why: String) -> Self {
        match failure.class {
            Class::Authentication | Class::Denied => Self::Refused(why),
            _ => Self::Failed(why),
        }
    }
}

/// A repository's own state, and since when it could not be confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryState {
    /// Its list of tags.
    pub list: ListState,
    /// When its tags were last listed whole.
    pub listed_at: Option<Timestamp>,
    /// Since when it could not be confirmed; `None` where it is current.
    pub stale_since: Option<Timestamp>,
}

/// A registry with what the inventory holds of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistryRow {
    /// Its number.
    pub id: RegistryId,
    /// Its settings.
    pub spec: RegistrySpec,
    /// Its list of repositories.
    pub list: ListState,
    /// Repositories known.
    pub repositories: u64,
    /// Tags known.
    pub tags: u64,
    /// Images known.
    pub images: u64,
    /// Indexes whose children are not all read.
    pub unread: u64,
    /// Decisions kept, also about what is gone.
    pub decisions: u64,
    /// What the last crawl that opened it saw.
    pub opened: Option<Opened>,
    /// Its latest crawl, running or ended.
    pub last_crawl: Option<CrawlRecord>,
}

/// A repository with what the inventory holds of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepositoryRow {
    /// The registry it is in.
    pub registry: RegistryId,
    /// Its name.
    pub name: RepositoryName,
    /// Its state.
    pub state: RepositoryState,
    /// Tags known.
    pub tags: u64,
    /// Images known.
    pub images: u64,
    /// When a crawl first saw it.
    pub first_seen: Timestamp,
    /// What its images are together; `None` where no crawl has summed them up yet.
    pub summary: Option<RepositorySummary>,
}

/// What the images of a repository are together, as far as they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositorySummary {
    /// Bytes of all images whose size is known.
    pub size: u64,
    /// Images whose size is not known.
    pub unread: u64,
    /// When the newest was built, where any says so.
    pub newest: Option<Timestamp>,
    /// The processor architectures that they are for, sorted, each once.
    pub architectures: Vec<Box<str>>,
    /// What the registry's last crawl changed there; nothing where that was its first, to
    /// which everything is new.
    pub changed: RepositoryChanges,
}

/// How many tags of a repository one crawl found different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryChanges {
    /// Tags that were not there before.
    pub appeared: u64,
    /// Tags that name another image than before.
    pub moved: u64,
    /// Tags that are there no more.
    pub gone: u64,
}

impl RepositoryChanges {
    /// All of them.
    pub fn count(&self) -> u64 {
        self.appeared + self.moved + self.gone
    }
}

/// Builders that hide when they built put the beginning of a calendar there: a year before
/// 1980 is no answer.
pub const FIRST_BUILT: i64 = 10 * 365 * 86_400;

/// An image with everything the outputs say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRow {
    /// The registry it is in.
    pub registry: RegistryId,
    /// Its repository.
    pub repository: RepositoryName,
    /// Its digest.
    pub digest: Digest,
    /// What its manifest says.
    pub image: Image,
    /// The tags that name it, sorted; none of an image that only a registry's own list
    /// names.
    pub tags: Vec<Tag>,
    /// Its platforms, sorted.
    pub platforms: Vec<Platform>,
    /// What the registry's own listing tells of it.
    pub facts: ImageFacts,
    /// The crawl that first saw it.
    pub first_seen: Timestamp,
    /// The crawl that last confirmed it.
    pub last_seen: Timestamp,
    /// The latest crawl that saw a tag move to it.
    pub moved: Option<Timestamp>,
    /// Since when it could not be confirmed.
    pub stale_since: Option<Timestamp>,
    /// What was decided about it and its tags.
    pub decisions: Decisions,
    /// Whether it stands beneath the image that it hangs on, in a list that has both.
    pub beneath: bool,
}

impl ImageRow {
    /// The crawl that first saw it, or last saw a tag move to it.
    pub fn changed(&self) -> Timestamp {
        self.moved.unwrap_or(self.first_seen).max(self.first_seen)
    }

    /// Since when it is there, as well as is known: when it was built, else when it was
    /// pushed, else when a crawl first saw it.
    pub fn dated(&self) -> Timestamp {
        let built = self.image.created;
        let built = built.filter(|at| at.as_second() > FIRST_BUILT);
        built.or(self.facts.pushed).unwrap_or(self.first_seen)
    }
}

/// A crawl as it is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrawlRecord {
    /// Its number in the registry, from 1.
    pub number: u64,
    /// When it began.
    pub started: Timestamp,
    /// How long it took; `None` while it runs, and where it was killed.
    pub elapsed: Option<Duration>,
    /// How it ended; `None` while it runs, and where it was killed.
    pub outcome: Option<Outcome>,
    /// Whether some process is at it now.
    pub running: bool,
    /// Images that were not there before.
    pub new: u64,
    /// Images that are no longer there.
    pub gone: u64,
    /// Tags that name another digest than before.
    pub moved: u64,
    /// Changes recorded.
    pub changes: u64,
    /// Failures recorded.
    pub failures: u64,
    /// Images that a full crawl found to differ from what was kept of them.
    pub mismatched: u64,
    /// When it can go on, where the registry's quota ended it.
    pub resume_at: Option<Timestamp>,
    /// What went over the wire.
    pub traffic: Traffic,
    /// Whose failures it read again; `None` of a crawl of the whole registry.
    pub retry_of: Option<Retried>,
    /// What there was to say of how it listed ([`Summary::notes`](super::Summary::notes)).
    pub notes: Vec<String>,
}

/// The crawl of a whole registry whose failures another one read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// Its number in the registry.
    pub number: u64,
    /// When it began.
    pub started: Timestamp,
}

impl CrawlRecord {
    /// When the whole registry was last crawled, as of this crawl: one that only reads again
    /// what failed makes the rest no younger.
    pub fn whole_since(&self) -> Timestamp {
        self.retry_of.map_or(self.started, |whole| whole.started)
    }
}
