//! The registry products that are known by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A registry product. What is different about each on the wire is in
/// `registry/product/`, one file a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Product {
    /// Anything that speaks the Registry V2 API and is none of the others.
    Generic,
    /// Sonatype Nexus Repository 3.
    Nexus,
    /// JFrog Artifactory: the server, or one repository by its key
    /// (`/artifactory/api/docker/KEY`) or on its own host or port.
    Artifactory,
    /// JFrog Artifactory by the repository path method: names begin with the key of their
    /// repository, and the settings name the keys.
    ArtifactoryPath,
    /// GitLab container registry.
    Gitlab,
    /// Harbor 2.
    Harbor,
    /// GitFlic.
    Gitflic,
    /// Docker Hub.
    DockerHub,
    /// GitHub container registry.
    Ghcr,
    /// Quay, Red Hat Quay.
    Quay,
    /// Amazon ECR.
    Ecr,
    /// Google Artifact Registry.
    ArtifactRegistry,
    /// Azure Container Registry.
    Acr,
    /// zot.
    Zot,
    /// Gitea and Forgejo, which are one product here.
    Gitea,
}

impl Product {
    /// Every product, in the order people are shown them.
    pub const ALL: [Self; 15] = [
        Self::Generic,
        Self::Nexus,
        Self::Artifactory,
        Self::ArtifactoryPath,
        Self::Gitlab,
        Self::Harbor,
        Self::Gitflic,
        Self::DockerHub,
        Self::Ghcr,
        Self::Quay,
        Self::Ecr,
        Self::ArtifactRegistry,
        Self::Acr,
        Self::Zot,
        Self::Gitea,
    ];

    /// The product as settings and outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Nexus => "nexus",
            Self::Artifactory => "artifactory",
            Self::ArtifactoryPath => "artifactory-path",
            Self::Gitlab => "gitlab",
            Self::Harbor => "harbor",
            Self::Gitflic => "gitflic",
            Self::DockerHub => "docker-hub",
            Self::Ghcr => "ghcr",
            Self::Quay => "quay",
            Self::Ecr => "ecr",
            Self::ArtifactRegistry => "artifact-registry",
            Self::Acr => "acr",
            Self::Zot => "zot",
            Self::Gitea => "gitea",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Product {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|product| product.as_str() == text)
            .ok_or(())
    }
}
