//! One image in full: what its documents say, where else it is, and what the inventory
//! knows of it.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::{
    Child, Digest, Failure, ImageRow, Json, Kind, MediaType, Platform, RegistryName,
    RepositoryName, Tag, Timestamp,
};

/// A manifest, an index or a configuration: its bytes as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// What it was asked by. The bytes have this digest, but for a covered document and a
    /// signed manifest of Docker's schema 1.
    pub digest: Digest,
    /// Its bytes; of a document that holds a secret of ours with the secret covered.
    pub bytes: Vec<u8>,
    /// Whether a secret of ours was in it.
    pub is_covered: bool,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({}, {} bytes)", self.digest, self.bytes.len())
    }
}

/// Where the manifest was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadFrom {
    /// From what was kept of an earlier reading.
    Cache,
    /// From the registry, now.
    Registry,
}

impl ReadFrom {
    /// The place as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Registry => "registry",
        }
    }
}

/// An image in full. Its texts hold no secret and nothing that a terminal would obey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    /// The registry it was read from.
    pub registry: RegistryName,
    /// Its repository.
    pub repository: RepositoryName,
    /// The tag it was asked for by.
    pub tag: Option<Tag>,
    /// Its digest.
    pub digest: Digest,
    /// The index that it was chosen from by its platform.
    pub index: Option<Digest>,
    /// What it is.
    pub kind: Kind,
    /// The media type of its manifest.
    pub media_type: MediaType,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// The digest of what it is about.
    pub subject: Option<Digest>,
    /// Bytes of its configuration and layers; of an index those of its platforms, each
    /// layer once, as the inventory knows them.
    pub size: Option<u64>,
    /// Where its manifest was read.
    pub from: ReadFrom,
    /// Its manifest, whole; `None` where it is too large to be taken apart.
    pub manifest: Option<Json>,
    /// What an index lists, with the sizes that the inventory knows.
    pub children: Vec<Child>,
    /// Its layers, of an artifact its blobs, in their order.
    pub layers: Vec<LayerFacts>,
    /// What its configuration says; `None` for an index, and where it could not be read.
    pub configuration: Option<ConfigurationFacts>,
    /// The steps that built it, the first one first.
    pub history: Vec<BuildStep>,
    /// What refers to it; `None` where the registry could not be asked.
    pub referrers: Option<Vec<Referrer>>,
    /// Everywhere that the inventory has it.
    pub places: Vec<Place>,
    /// What the inventory holds of it in this repository.
    pub known: Option<ImageRow>,
}

/// A layer as its manifest states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes, as stored (compressed).
    pub size: u64,
    /// Its media type.
    pub media_type: Option<String>,
}

/// What a configuration says (OCI image-spec, config.md). A text that is not there is
/// `None`, a list that is not there empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationFacts {
    /// When the image was built.
    pub created: Option<Timestamp>,
    /// Who built it.
    pub author: Option<String>,
    /// The operating system, a GOOS name.
    pub os: Option<String>,
    /// The processor architecture, a GOARCH name.
    pub architecture: Option<String>,
    /// The processor's variant.
    pub variant: Option<String>,
    /// Whom its process runs as.
    pub user: Option<String>,
    /// Variables of its environment, `NAME=value`.
    pub env: Vec<String>,
    /// The command and its first arguments.
    pub entrypoint: Vec<String>,
    /// Further arguments, or the command where there is no entry point.
    pub cmd: Vec<String>,
    /// Where it begins.
    pub working_dir: Option<String>,
    /// Labels, by name.
    pub labels: Vec<(String, String)>,
    /// Ports, such as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Directories that hold data of their own.
    pub volumes: Vec<String>,
    /// The signal that ends it.
    pub stop_signal: Option<String>,
}

/// A step that built an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStep {
    /// When it was taken.
    pub created: Option<Timestamp>,
    /// The command.
    pub created_by: Option<String>,
    /// A remark.
    pub comment: Option<String>,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

/// Something that refers to an image: a signature, an SBOM, an attestation
/// (OCI distribution-spec 1.1, "Listing Referrers").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrer {
    /// The digest of its manifest.
    pub digest: Digest,
    /// What it is.
    pub artifact_type: Option<String>,
    /// Bytes of its manifest.
    pub size: Option<u64>,
}

/// A place of the inventory where an image is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The registry.
    pub registry: RegistryName,
    /// The repository.
    pub repository: RepositoryName,
    /// The image there; where this one is its child, the index.
    pub digest: Digest,
    /// The tags that name that image, sorted.
    pub tags: Vec<Tag>,
    /// Whether it is an index that lists this image.
    pub is_child: bool,
}

/// Something that a person should know of how an image was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Remark {
    /// Neither a tag nor a digest was given.
    LatestTaken,
    /// An index has a configuration for each platform, and this one was taken.
    PlatformTaken(Platform),
    /// An index has no configuration of its own.
    OfPlatforms(Platform),
    /// The cache has it, and the registry was not asked.
    NotAsked,
    /// The registry could not be asked, and the cache has it.
    FromCache(Failure),
    /// What the tag names is known from a crawl alone.
    TagAsOf(Tag, Timestamp),
    /// The tag names another image than at the last crawl.
    TagMoved {
        /// The tag.
        tag: Tag,
        /// What the inventory says.
        known: Digest,
        /// What it names now.
        now: Digest,
    },
    /// The inventory does not have the image.
    NotInInventory,
    /// A document that is shown held a secret of ours.
    Covered,
    /// The configuration could not be read.
    NoConfiguration(Failure),
    /// What refers to it could not be asked for.
    NoReferrers(Failure),
    /// What was read could not be kept, and why.
    NotKept(String),
}

impl Remark {
    /// Why something that was asked for is missing, where it is.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::NoConfiguration(failure) | Self::NoReferrers(failure) => Some(failure),
            _ => None,
        }
    }

    /// Whether it is not as it should be, rather than good to know.
    pub fn is_trouble(&self) -> bool {
        !matches!(
            self,
            Self::LatestTaken | Self::PlatformTaken(_) | Self::OfPlatforms(_) | Self::NotAsked
        )
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LatestTaken => f.write_str("neither a tag nor a digest was given: `latest`"),
            Self::PlatformTaken(platform) => write!(
                f,
                "this is an index: the configuration is that of `{platform}`, and `--platform` \
                 takes another"
            ),
            Self::OfPlatforms(first) => write!(
                f,
                "an index has no configuration of its own: `--platform {first}` shows that of one \
                 platform"
            ),
            Self::NotAsked => f.write_str("from the cache, without asking the registry"),
            Self::FromCache(failure) => {
                write!(
                    f,
                    "from the cache, as the registry does not answer: {failure}"
                )
            }
            Self::TagAsOf(tag, at) => {
                write!(
                    f,
                    "the tag `{tag}` is as of the last crawl that saw it, {at}"
                )
            }
            Self::TagMoved { tag, known, now } => write!(
                f,
                "the tag `{tag}` names {now} now, and {known} in the inventory: crawl again"
            ),
            Self::NotInInventory => {
                f.write_str("the inventory does not have it: not crawled yet, or gone since")
            }
            Self::Covered => f.write_str(
                "it holds a password or token of this registry, which is not shown: these are not \
                 the exact bytes, and they are not kept",
            ),
            Self::NoConfiguration(failure) => {
                write!(f, "the configuration could not be read: {failure}")
            }
            Self::NoReferrers(failure) => {
                write!(f, "what refers to it is not known: {failure}")
            }
            Self::NotKept(why) => write!(f, "it could not be kept for offline use: {why}"),
        }
    }
}
