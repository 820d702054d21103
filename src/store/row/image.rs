//! Rows of tags, images, their children and layers.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::timestamp;
use crate::model::{ConfigKey, Digest, Image, Layer, Timestamp};

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct TagRow<'b> {
    /// The digest it names, compact.
    #[serde(with = "bytes")]
    pub(in crate::store) digest: &'b [u8],
    /// Since when it could not be read, and when it last was.
    pub(in crate::store) stale: Option<(i64, i64)>,
    /// The crawl that first saw it.
    pub(in crate::store) first_seen: i64,
    /// The crawl that last saw it name another image than before.
    pub(in crate::store) moved: Option<i64>,
}

/// An image. Its digest is in the key, its tags in theirs. While nothing about it is
/// stale, it was last seen when its repository was last listed, so that a crawl that
/// finds nothing new writes one row a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct ImageRow {
    pub(in crate::store) image: Image,
    /// Its layers, by their keys; of an index none.
    pub(in crate::store) layers: Vec<LayerKey>,
    pub(in crate::store) first_seen: i64,
    /// When it was pushed and last pulled, where the registry says so.
    pub(in crate::store) pushed: Option<i64>,
    pub(in crate::store) pulled: Option<i64>,
    /// Whether the registry lists it itself, so that it stays without a tag.
    pub(in crate::store) listed: bool,
    /// Its configuration, where it is known which it is.
    pub(in crate::store) config: Option<ConfigKey>,
}

/// What a manifest that an index lists holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct ContentsRow {
    pub(in crate::store) size: u64,
    pub(in crate::store) layers: Vec<LayerKey>,
    pub(in crate::store) built: Built,
    /// Its configuration, where it is known which it is.
    pub(in crate::store) config: Option<ConfigKey>,
}

/// When the manifest of a child was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum Built {
    /// Its configuration was not read.
    Unread,
    /// Its configuration does not say.
    Unsaid,
    /// Then, in seconds since 1970.
    At(i64),
}

impl ContentsRow {
    pub(in crate::store) fn created(&self) -> Option<Timestamp> {
        match self.built {
            Built::At(seconds) => Some(timestamp(seconds)),
            Built::Unread | Built::Unsaid => None,
        }
    }
}

/// What a layer is known by in rows: shorter than its digest, and unlike a number that
/// counts up, found without a second table.
pub(in crate::store) type LayerKey = [u8; 8];

/// A layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct LayerRow {
    pub(in crate::store) digest: Digest,
    pub(in crate::store) size: u64,
}

impl From<&Layer> for LayerRow {
    fn from(layer: &Layer) -> Self {
        Self {
            digest: layer.digest.clone(),
            size: layer.size,
        }
    }
}

impl From<LayerRow> for Layer {
    fn from(row: LayerRow) -> Self {
        Self {
            digest: row.digest,
            size: row.size,
        }
    }
}

/// Layers that may share one key before something is wrong: a second is met once in some
/// hundred thousand years.
pub(in crate::store) const LAYER_TRIES: u64 = 16;

/// The key of a layer, unless another one has it already: then the next that is free.
pub(in crate::store) fn layer_key(layer: &Layer, tries: u64) -> LayerKey {
    let mut bytes = layer.digest.to_bytes();
    bytes.extend_from_slice(&layer.size.to_le_bytes());
    xxh3_64(&bytes).wrapping_add(tries).to_be_bytes()
}

/// Byte strings as such: a sequence of numbers would cost a call for each.
mod bytes {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'de [u8], D::Error> {
        <&[u8]>::deserialize(from)
    }
}
