//! An image: what a tag names, by the digest of its manifest or index.

use super::{Digest, Platform, Timestamp};

/// What the bytes behind a digest are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// A manifest that an index lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its digest.
    pub digest: Digest,
    /// Its platform; `None` for an attestation or another accessory, and where the
    /// index does not say.
    pub platform: Option<Platform>,
    /// Whether it hangs on another child (an attestation), not a platform of its own.
    pub accessory: bool,
}

/// What one manifest or index says, in one repository. The registry and repository it
/// was read from complete its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The digest of the exact bytes received.
    pub digest: Digest,
    /// What it is.
    pub kind: Kind,
    /// Its media type, as sent or, where that was no manifest type, as found out.
    pub media_type: String,
    /// The artifact type of anything that is not an image
    /// (image-spec, manifest.md, "Guidelines for Artifact Usage").
    pub artifact_type: Option<String>,
    /// The platform of a single-platform image, from its configuration.
    pub platform: Option<Platform>,
    /// What an index lists, in its order.
    pub children: Vec<Child>,
    /// Bytes of configuration and layers as stored (compressed); `None` for an index,
    /// whose children are not read.
    pub size: Option<u64>,
    /// When it was built, from its configuration.
    pub created: Option<Timestamp>,
}

impl Image {
    /// The platforms it can be run on, sorted, each once.
    pub fn platforms(&self) -> Vec<Platform> {
        let mut platforms: Vec<Platform> = self
            .platform
            .iter()
            .chain(
                self.children
                    .iter()
                    .filter(|child| !child.accessory)
                    .filter_map(|child| child.platform.as_ref()),
            )
            .cloned()
            .collect();
        platforms.sort_unstable();
        platforms.dedup();
        platforms
    }
}
