//! An image: what one manifest or index says. Its digest is beside it, as its key.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{Digest, MediaType, Platform, Timestamp};

/// What the bytes behind a digest are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// An image for one platform.
    Image,
    /// An index (manifest list) of images.
    Index,
    /// Something else kept in a registry: a chart, a signature, an SBOM.
    Artifact,
}

impl Kind {
    /// Every kind, in the order people are shown them.
    pub const ALL: [Self; 3] = [Self::Image, Self::Index, Self::Artifact];

    /// The kind as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Index => "index",
            Self::Artifact => "artifact",
        }
    }
}

/// How much of an image was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Less than its manifest: by an older version of this program, or only a list names it.
    Listed,
    /// Its manifest. Its configuration, or the children of an index, are not read.
    Manifest,
    /// All there is to read of it.
    Whole,
}

/// A manifest that an index lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Its digest.
    pub digest: Digest,
    /// Its platform; `None` for an attestation or another accessory, and where the
    /// index does not say.
    pub platform: Option<Platform>,
    /// Whether it hangs on another child (an attestation), not a platform of its own.
    pub accessory: bool,
    /// Whether it is an index itself. What that lists stands beside it.
    pub is_index: bool,
    /// Bytes of its configuration and layers, once it was read.
    pub size: Option<u64>,
}

/// A layer of an image, or of an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layer {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes, as stored (compressed).
    pub size: u64,
}

/// What a configuration is told from others by: images that share one share its bytes. Short,
/// for it is kept of every image.
///
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfigKey([u8; 8]);

impl ConfigKey {
    /// The key of the configuration of this digest.
    pub fn of(config: &Digest) -> Self {
        Self(xxh3_64(&config.to_bytes()).to_be_bytes())
    }

    /// The key as a number.
    pub fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

/// The blobs that a manifest names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blobs {
    /// Its configuration.
    pub config: Option<ConfigKey>,
    /// Its layers, in their order; of an index none.
    pub layers: Vec<Layer>,
}

impl From<Vec<Layer>> for Blobs {
    fn from(layers: Vec<Layer>) -> Self {
        Self {
            config: None,
            layers,
        }
    }
}

/// What one manifest or index says. The registry, the repository and the digest it was
/// read by complete its identity.
///
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// What it is.
    pub kind: Kind,
    /// Its media type, as sent or, where that was no manifest type, as found out.
    pub media_type: MediaType,
    /// The artifact type of anything that is not an image
    /// (image-spec, manifest.md, "Guidelines for Artifact Usage").
    pub artifact_type: Option<String>,
    /// What it belongs to (distribution-spec, "Listing Referrers").
    pub subject: Option<Digest>,
    /// The platform of a single-platform image, from its configuration.
    pub platform: Option<Platform>,
    /// What an index lists, in its order.
    pub children: Vec<Child>,
    /// Bytes of configuration and layers as stored (compressed). Of an index, those of its
    /// children that are platforms, each layer once; `None` until they are read.
    pub size: Option<u64>,
    /// When it was built, from its configuration; of an index, its first platform.
    #[serde(with = "seconds")]
    pub created: Option<Timestamp>,
    /// How much of it was read.
    pub level: Level,
}

impl Image {
    /// An image of this kind and type of which nothing more is known.
    pub fn new(kind: Kind, media_type: MediaType) -> Self {
        Self {
            kind,
            media_type,
            artifact_type: None,
            subject: None,
            platform: None,
            children: Vec::new(),
            size: None,
            created: None,
            level: Level::Manifest,
        }
    }

    /// The children that are images: neither attestations nor indexes.
    pub fn runnable(&self) -> impl Iterator<Item = &Child> {
        let is_image = |child: &&Child| !child.accessory && !child.is_index;
        self.children.iter().filter(is_image)
    }

    /// The platforms it can be run on, sorted, each once.
    pub fn platforms(&self) -> Vec<Platform> {
        let children = self.runnable().filter_map(|child| child.platform.as_ref());
        let mut platforms: Vec<Platform> = self.platform.iter().chain(children).cloned().collect();
        platforms.sort_unstable();
        platforms.dedup();
        platforms
    }

    /// Takes over what is known of the children of the same index.
    pub fn adopt_children(&mut self, known: &Self) {
        let same = |(new, old): (&Child, &Child)| new.digest == old.digest;
        let pairs = || self.children.iter().zip(&known.children);
        if self.kind != Kind::Index
            || known.level == Level::Listed
            || self.children.len() != known.children.len()
            || !pairs().all(same)
        {
            return;
        }
        for (child, known) in self.children.iter_mut().zip(&known.children) {
            child.size = known.size;
        }
        if known.level == Level::Whole {
            self.size = known.size;
            self.created = known.created;
            self.level = Level::Whole;
        }
    }

    /// Takes over from `known`, which a list told of the same digest, what this one does not
    /// say: a list that tells less takes nothing away, and neither does a manifest of which
    /// the configuration is not read yet.
    pub fn adopt_listed(&mut self, known: &Self) {
        if known.level != Level::Listed || self.level == Level::Whole || self.kind != known.kind {
            return;
        }
        self.created = self.created.or(known.created);
        if self.kind == Kind::Image {
            self.platform = self.platform.take().or_else(|| known.platform.clone());
        }
        if self.level == Level::Listed {
            self.size = self.size.or(known.size);
            let artifact_type = self.artifact_type.take();
            self.artifact_type = artifact_type.or_else(|| known.artifact_type.clone());
            self.subject = self.subject.take().or_else(|| known.subject.clone());
            if self.children.is_empty() {
                self.children.clone_from(&known.children);
            }
        }
    }

    /// Whether it is an index that was read, with children that were not.
    pub fn has_unread_children(&self) -> bool {
        self.kind == Kind::Index && self.level == Level::Manifest
    }
}

/// A time as seconds since 1970, which is all that builders state.
pub(super) mod seconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::Timestamp;

    #[allow(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(in crate::model) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::as_second).serialize(to)
    }

    pub(in crate::model) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let seconds = Option::<i64>::deserialize(from)?;
        Ok(seconds.and_then(|at| Timestamp::from_second(at).ok()))
    }
}
