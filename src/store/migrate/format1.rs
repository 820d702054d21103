//! Tables and rows as format 1 wrote them. Frozen: nothing here changes any more.

use redb::TableDefinition;
use serde::Deserialize;

use crate::model::{Class, ListState, Outcome, Stage};

type Bytes = &'static [u8];
type Definition = TableDefinition<'static, Bytes, Bytes>;

pub(super) const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
pub(in crate::store) const REGISTRIES: TableDefinition<'_, u32, Bytes> =
    TableDefinition::new("registries");
pub(super) const REPOSITORIES: Definition = TableDefinition::new("repositories");
pub(super) const TAGS: Definition = TableDefinition::new("tags");
pub(super) const IMAGES: Definition = TableDefinition::new("images");
pub(super) const CHILDREN: Definition = TableDefinition::new("children");
pub(super) const CRAWLS: Definition = TableDefinition::new("crawls");
pub(super) const FAILURES: Definition = TableDefinition::new("failures");

/// A setting of the registry's row that is what a crawl remembered.
pub(super) const SIGN_IN: &str = "crawl.sign-in";
/// Another one: there where a loss was not believed.
pub(super) const WITHHELD: &str = "crawl.withheld";

#[derive(Deserialize)]
pub(super) struct Registry {
    pub(super) settings: Vec<(String, String)>,
    pub(super) password: String,
    pub(super) list: List,
    pub(super) next_repository: u32,
    pub(super) last_crawl: u64,
    /// Counts of repositories, tags and images, which are counted anew.
    _totals: (u64, u64, u64),
}

#[derive(Deserialize)]
pub(super) enum List {
    NotCrawled,
    Listed,
    Refused(String),
    Failed(String),
}

impl From<List> for ListState {
    fn from(list: List) -> Self {
        match list {
            List::NotCrawled => Self::NotCrawled,
            List::Listed => Self::Listed,
            List::Refused(why) => Self::Refused(why),
            List::Failed(why) => Self::Failed(why),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) id: u32,
    pub(super) list: List,
    pub(super) listed_at: Option<i64>,
    pub(super) stale_since: Option<i64>,
    pub(super) first_seen: i64,
    /// Counts of tags and images, which are counted anew.
    _totals: (u64, u64),
}

#[derive(Deserialize)]
pub(super) struct Tag<'b> {
    pub(super) digest: &'b [u8],
    pub(super) stale: Option<(i64, i64)>,
}

#[derive(Deserialize)]
pub(super) struct Image {
    pub(super) kind: Kind,
    pub(super) media_type: MediaType,
    pub(super) artifact_type: Option<String>,
    pub(super) platforms: Vec<String>,
    pub(super) size: Option<u64>,
    pub(super) created: Option<i64>,
    pub(super) first_seen: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    Image,
    Index,
    Artifact,
}

#[derive(Deserialize)]
pub(super) enum MediaType {
    OciIndex,
    OciManifest,
    DockerList,
    DockerManifest,
    OciArtifact,
    Other(String),
}

#[derive(Deserialize)]
pub(super) struct Child<'b> {
    pub(super) digest: &'b [u8],
    pub(super) platform: Option<String>,
    pub(super) accessory: bool,
}

#[derive(Deserialize)]
pub(super) struct Crawl {
    pub(super) started: i64,
    pub(super) elapsed_ms: Option<u64>,
    pub(super) outcome: Option<Ended>,
    pub(super) new: u64,
    pub(super) gone: u64,
    pub(super) moved: u64,
    pub(super) failures: u64,
    pub(super) requests: u64,
    pub(super) bytes_received: u64,
    pub(super) retries: u64,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) enum Ended {
    Complete,
    Partial,
    Cancelled,
    Failed,
}

impl From<Ended> for Outcome {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Complete => Self::Complete,
            Ended::Partial => Self::Partial,
            Ended::Cancelled => Self::Cancelled,
            Ended::Failed => Self::Failed,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) class: Class,
    pub(super) repository: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}
