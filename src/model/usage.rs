//! What images take of a registry's storage, as far as manifests tell it.

use super::{RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};

/// What the images of a registry, or of one of its repositories, take. Every blob (a
/// configuration, a layer) counts once, however many images have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The registry.
    pub registry: RegistryId,
    /// The repository; `None` for the whole registry.
    pub repository: Option<RepositoryName>,
    /// Images.
    pub images: u64,
    /// Tags.
    pub tags: u64,
    /// Bytes of their blobs, as stored (compressed).
    pub bytes: u64,
    /// Bytes of those of them that nothing else in the registry has.
    pub exclusive: u64,
    /// Images of which not all blobs are known: they count with those that are.
    pub unknown: u64,
}
