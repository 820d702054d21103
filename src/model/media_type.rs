//! Media types of manifests and indexes, the usual ones as values
//! (OCI image-spec, media-types.md).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The media type of a manifest or index. The order of the variants is part of the
/// inventory's format.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaType {
    /// `application/vnd.oci.image.index.v1+json`.
    OciIndex,
    /// `application/vnd.oci.image.manifest.v1+json`.
    OciManifest,
    /// `application/vnd.docker.distribution.manifest.list.v2+json`.
    DockerList,
    /// `application/vnd.docker.distribution.manifest.v2+json`.
    DockerManifest,
    /// `application/vnd.oci.artifact.manifest.v1+json`.
    OciArtifact,
    /// Any other, as it was written.
    Other(Box<str>),
}

/// The types that have a variant of their own, with their names.
const NAMED: [(MediaType, &str); 5] = [
    (
        MediaType::OciIndex,
        "application/vnd.oci.image.index.v1+json",
    ),
    (
        MediaType::OciManifest,
        "application/vnd.oci.image.manifest.v1+json",
    ),
    (
        MediaType::DockerList,
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ),
    (
        MediaType::DockerManifest,
        "application/vnd.docker.distribution.manifest.v2+json",
    ),
    (
        MediaType::OciArtifact,
        "application/vnd.oci.artifact.manifest.v1+json",
    ),
];

impl MediaType {
    /// Whether it is that of an index.
    pub fn is_index(&self) -> bool {
        matches!(self, Self::OciIndex | Self::DockerList)
    }

    /// The type as registries write it.
    pub fn as_str(&self) -> &str {
        if let Self::Other(text) = self {
            return text;
        }
        NAMED
            .iter()
            .find(|(known, _)| known == self)
            .map_or("", |(_, name)| name)
    }
}

impl From<&str> for MediaType {
    fn from(text: &str) -> Self {
        NAMED
            .into_iter()
            .find(|(_, name)| *name == text)
            .map_or_else(|| Self::Other(text.into()), |(known, _)| known)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_keeps_its_name() {
        for (known, name) in NAMED {
            assert_eq!(MediaType::from(name), known);
            assert_eq!(known.as_str(), name);
        }
        let odd = MediaType::from("application/vnd.odd");
        assert_eq!(odd.to_string(), "application/vnd.odd");
    }
}
