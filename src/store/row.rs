//! Rows as they lie in the file: postcard, fields in the order of their declaration.
//! A change of any of them is a new [`super::schema::FORMAT`].

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::InnerError;
use crate::model::{
    Child, Class, CrawlRecord, Digest, Failure, Image, Kind, ListState, Outcome, Platform,
    RepositoryState, Stage, Timestamp, Traffic,
};

/// Encodes a row.
pub(super) fn encode<T: Serialize>(table: &'static str, row: &T) -> Result<Vec<u8>, InnerError> {
    postcard::to_stdvec(row).map_err(|error| InnerError::Row {
        table,
        reason: error.to_string(),
    })
}

/// Decodes a row.
pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    bytes: &[u8],
) -> Result<T, InnerError> {
    postcard::from_bytes(bytes).map_err(|error| InnerError::Row {
        table,
        reason: error.to_string(),
    })
}

/// Seconds since 1970: what crawls need, in few bytes.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.as_second()
}

/// The inverse of [`seconds`].
pub(super) fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RegistryRow {
    /// Settings by key, as text: a setting that is unknown here is left alone.
    pub(super) settings: Vec<(String, String)>,
    /// Where the password is kept, as text.
    pub(super) password: String,
    /// The state of its list of repositories.
    pub(super) list: ListRow,
    /// The next repository's number.
    pub(super) next_repository: u32,
    /// The latest crawl's number, 0 for none.
    pub(super) last_crawl: u64,
    pub(super) repositories: u64,
    pub(super) tags: u64,
    pub(super) images: u64,
}

/// The state of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ListRow {
    #[default]
    NotCrawled,
    Listed,
    Refused(String),
    Failed(String),
}

impl From<&ListState> for ListRow {
    fn from(state: &ListState) -> Self {
        match state {
            ListState::NotCrawled => Self::NotCrawled,
            ListState::Listed => Self::Listed,
            ListState::Refused(why) => Self::Refused(why.clone()),
            ListState::Failed(why) => Self::Failed(why.clone()),
        }
    }
}

impl From<ListRow> for ListState {
    fn from(row: ListRow) -> Self {
        match row {
            ListRow::NotCrawled => Self::NotCrawled,
            ListRow::Listed => Self::Listed,
            ListRow::Refused(why) => Self::Refused(why),
            ListRow::Failed(why) => Self::Failed(why),
        }
    }
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RepositoryRow {
    pub(super) id: u32,
    pub(super) list: ListRow,
    pub(super) listed_at: Option<i64>,
    pub(super) stale_since: Option<i64>,
    pub(super) first_seen: i64,
    pub(super) tags: u64,
    pub(super) images: u64,
}

impl RepositoryRow {
    pub(super) fn state(&self) -> RepositoryState {
        RepositoryState {
            list: self.list.clone().into(),
            listed_at: self.listed_at.map(timestamp),
            stale_since: self.stale_since.map(timestamp),
        }
    }
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TagRow {
    /// The digest it names, compact.
    #[serde(with = "bytes")]
    pub(super) digest: Vec<u8>,
    /// Since when it could not be read, and when it last was.
    pub(super) stale: Option<(i64, i64)>,
}

/// An image. Its digest is in the key, its tags in theirs. While nothing about it is
/// stale, it was last seen when its repository was last listed, so that a crawl that
/// finds nothing new writes one row a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImageRow {
    pub(super) kind: KindRow,
    pub(super) media_type: MediaTypeRow,
    pub(super) artifact_type: Option<String>,
    /// Its platforms, sorted.
    pub(super) platforms: Vec<String>,
    pub(super) size: Option<u64>,
    pub(super) created: Option<i64>,
    pub(super) first_seen: i64,
}

/// The kind of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KindRow {
    Image,
    Index,
    Artifact,
}

impl From<Kind> for KindRow {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Image => Self::Image,
            Kind::Index => Self::Index,
            Kind::Artifact => Self::Artifact,
        }
    }
}

impl From<KindRow> for Kind {
    fn from(row: KindRow) -> Self {
        match row {
            KindRow::Image => Self::Image,
            KindRow::Index => Self::Index,
            KindRow::Artifact => Self::Artifact,
        }
    }
}

/// A media type: one byte for the usual ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum MediaTypeRow {
    OciIndex,
    OciManifest,
    DockerList,
    DockerManifest,
    OciArtifact,
    Other(String),
}

const MEDIA_TYPES: [(MediaTypeRow, &str); 5] = [
    (
        MediaTypeRow::OciIndex,
        "application/vnd.oci.image.index.v1+json",
    ),
    (
        MediaTypeRow::OciManifest,
        "application/vnd.oci.image.manifest.v1+json",
    ),
    (
        MediaTypeRow::DockerList,
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ),
    (
        MediaTypeRow::DockerManifest,
        "application/vnd.docker.distribution.manifest.v2+json",
    ),
    (
        MediaTypeRow::OciArtifact,
        "application/vnd.oci.artifact.manifest.v1+json",
    ),
];

impl From<&str> for MediaTypeRow {
    fn from(text: &str) -> Self {
        MEDIA_TYPES
            .into_iter()
            .find(|(_, name)| *name == text)
            .map_or_else(|| Self::Other(text.to_owned()), |(row, _)| row)
    }
}

impl MediaTypeRow {
    pub(super) fn into_text(self) -> String {
        if let Self::Other(text) = self {
            return text;
        }
        MEDIA_TYPES
            .into_iter()
            .find(|(row, _)| *row == self)
            .map_or_else(String::new, |(_, name)| name.to_owned())
    }
}

impl ImageRow {
    /// Whether its configuration was read, where it has one.
    pub(super) fn is_whole(&self) -> bool {
        self.kind != KindRow::Image || !self.platforms.is_empty() || self.created.is_some()
    }

    pub(super) fn new(image: &Image, first_seen: i64) -> Self {
        Self {
            kind: image.kind.into(),
            media_type: image.media_type.as_str().into(),
            artifact_type: image.artifact_type.clone(),
            platforms: image.platforms().iter().map(Platform::to_string).collect(),
            size: image.size,
            created: image.created.map(seconds),
            first_seen,
        }
    }
}

/// A manifest that an index lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChildRow {
    #[serde(with = "bytes")]
    digest: Vec<u8>,
    platform: Option<String>,
    accessory: bool,
}

impl From<&Child> for ChildRow {
    fn from(child: &Child) -> Self {
        Self {
            digest: child.digest.to_bytes(),
            platform: child.platform.as_ref().map(Platform::to_string),
            accessory: child.accessory,
        }
    }
}

impl ChildRow {
    pub(super) fn into_child(self) -> Result<Child, InnerError> {
        Ok(Child {
            digest: digest("children", &self.digest)?,
            platform: self.platform.and_then(|text| text.parse().ok()),
            accessory: self.accessory,
        })
    }
}

/// A digest from its compact form.
pub(super) fn digest(table: &'static str, bytes: &[u8]) -> Result<Digest, InnerError> {
    Digest::from_bytes(bytes).ok_or_else(|| InnerError::Row {
        table,
        reason: "a digest is not as this version writes it".to_owned(),
    })
}

/// A crawl.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CrawlRow {
    pub(super) started: i64,
    pub(super) elapsed_ms: Option<u64>,
    pub(super) outcome: Option<OutcomeRow>,
    pub(super) new: u64,
    pub(super) gone: u64,
    pub(super) moved: u64,
    pub(super) failures: u64,
    pub(super) requests: u64,
    pub(super) bytes_received: u64,
    pub(super) retries: u64,
}

/// How a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OutcomeRow {
    Complete,
    Partial,
    Cancelled,
    Failed,
}

impl From<Outcome> for OutcomeRow {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Complete,
            Outcome::Partial => Self::Partial,
            Outcome::Cancelled => Self::Cancelled,
            Outcome::Failed => Self::Failed,
        }
    }
}

impl From<OutcomeRow> for Outcome {
    fn from(row: OutcomeRow) -> Self {
        match row {
            OutcomeRow::Complete => Self::Complete,
            OutcomeRow::Partial => Self::Partial,
            OutcomeRow::Cancelled => Self::Cancelled,
            OutcomeRow::Failed => Self::Failed,
        }
    }
}

impl CrawlRow {
    pub(super) fn into_record(self, number: u64, running: bool) -> CrawlRecord {
        CrawlRecord {
            number,
            started: timestamp(self.started),
            elapsed: self.elapsed_ms.map(std::time::Duration::from_millis),
            outcome: self.outcome.map(Outcome::from),
            running,
            new: self.new,
            gone: self.gone,
            moved: self.moved,
            failures: self.failures,
            traffic: Traffic {
                requests: self.requests,
                bytes_received: self.bytes_received,
                retries: self.retries,
                ..Traffic::default()
            },
        }
    }
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FailureRow {
    stage: Stage,
    class: Class,
    repository: Option<String>,
    reference: Option<String>,
    status: Option<u16>,
    message: String,
    hint: Option<String>,
}

impl From<&Failure> for FailureRow {
    fn from(failure: &Failure) -> Self {
        Self {
            stage: failure.stage,
            class: failure.class,
            repository: failure.repository.as_ref().map(ToString::to_string),
            reference: failure.reference.clone(),
            status: failure.status,
            message: failure.message.clone(),
            hint: failure.hint.clone(),
        }
    }
}

impl From<FailureRow> for Failure {
    fn from(row: FailureRow) -> Self {
        Self {
            stage: row.stage,
            class: row.class,
            repository: row.repository.and_then(|name| name.parse().ok()),
            reference: row.reference,
            status: row.status,
            message: row.message,
            hint: row.hint,
        }
    }
}

/// Byte strings as such: a sequence of numbers would cost a call for each.
mod bytes {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        from.deserialize_bytes(Bytes)
    }
}
