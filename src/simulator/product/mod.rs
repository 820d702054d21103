//! The products that the simulator can be: one file a product.
//!
//! A product is plain values (its users, its options) that a test sets, and what it says
//! to a request. It says that with what all registries share, which is in
//! [`super::registry`]: content, pages of lists, manifests, blobs, tokens. It counts and
//! remembers nothing itself; what has to be remembered is there too.
//!
//! A new product is one file or folder here with an implementation of [`Personality`], one
//! variant of [`Product`], and a file in `tests/it/personalities/` that holds it to the
//! product by a client which others wrote. Where nobody knows what the product says, an
//! option lets a test try each answer.

mod acr;
mod artifact_registry;
mod artifactory;
mod distribution;
mod docker_hub;
mod ecr;
#[cfg(test)]
mod fixture;
mod gitea;
mod gitflic;
mod gitlab;
mod harbor;
mod nexus;
mod quay;
mod user;
mod zot;

pub use acr::Acr;
pub use artifact_registry::{ArtifactRegistry, GoogleAccount};
pub use artifactory::{
    Artifactory, ArtifactoryAql, ArtifactoryCatalogue, ArtifactoryCursor, ArtifactoryKey,
    ArtifactoryKind, ArtifactoryView,
};
pub use docker_hub::DockerHub;
pub use ecr::{Ecr, EcrKey};
pub use gitea::Gitea;
pub use gitflic::{Gitflic, GitflicCatalogue};
pub use gitlab::{Gitlab, GitlabProject, GitlabToken, GitlabTokenKind};
pub use harbor::{Harbor, Project, Proxy};
pub use nexus::{Nexus, NexusKind, NexusRepository, NexusVersion, NexusView};
pub use quay::{Quay, QuayToken};
pub use user::User;
pub use zot::Zot;

use std::collections::BTreeSet;

use hyper::HeaderMap;

use super::answer::Answer;
use super::asked::{Asked, Origin};
use super::content::Content;
use super::quota::Quota;
use super::registry::{Registry, Reply};
use super::route::Route;
use crate::model::Digest;
use user::is_below;

pub(super) use distribution::Distribution;

/// Which product a simulated registry is.
#[derive(Clone, Debug, Default)]
pub enum Product {
    /// CNCF Distribution 2.8, as the other values of the behaviour say.
    #[default]
    Distribution,
    /// Harbor 2.
    Harbor(Harbor),
    /// Sonatype Nexus Repository 3.
    Nexus(Nexus),
    /// JFrog Artifactory.
    Artifactory(Artifactory),
    /// GitFlic.
    Gitflic(Gitflic),
    /// GitLab with its container registry.
    Gitlab(Gitlab),
    /// Google Artifact Registry, or Container Registry.
    ArtifactRegistry(ArtifactRegistry),
    /// Amazon ECR.
    Ecr(Ecr),
    /// Gitea or Forgejo.
    Gitea(Gitea),
    /// Azure Container Registry.
    Acr(Acr),
    /// Quay.
    Quay(Quay),
    /// Docker Hub.
    DockerHub(DockerHub),
    /// zot 2.
    Zot(Zot),
}

impl Product {
    pub(super) fn personality(&self) -> &dyn Personality {
        match self {
            Self::Distribution => &Distribution,
            Self::Harbor(harbor) => harbor,
            Self::Nexus(nexus) => nexus,
            Self::Artifactory(artifactory) => artifactory,
            Self::Gitflic(gitflic) => gitflic,
            Self::Gitlab(gitlab) => gitlab,
            Self::ArtifactRegistry(registry) => registry,
            Self::Ecr(ecr) => ecr,
            Self::Gitea(gitea) => gitea,
            Self::Acr(acr) => acr,
            Self::Quay(quay) => quay,
            Self::DockerHub(hub) => hub,
            Self::Zot(zot) => zot,
        }
    }
}

/// What a product says.
pub(super) trait Personality {
    /// Whether its own API and its token service are at an origin of their own.
    fn has_api_origin(&self) -> bool {
        false
    }

    /// How much of its own API may be asked in a while; `None` where nobody counts.
    fn api_quota(&self) -> Option<Quota> {
        None
    }

    /// The action that a request asks for, where its path does not tell it.
    fn action<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let _ = headers;
        None
    }

    /// What a path asks for. Faults choose by this, so that they hit a product's ways to
    /// say the same thing too.
    fn route(&self, origin: Origin, path: &str) -> Route {
        let _ = origin;
        Route::parse(path)
    }

    /// Puts the product's own headers on an answer, whether it was the product's or that
    /// of a fault in its place.
    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer);

    /// What it says, but for its headers.
    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply;
}

/// A digest without its algorithm, as some products write it.
fn hex(digest: &Digest) -> String {
    let text = digest.to_string();
    text.split_once(':')
        .map_or(text.clone(), |(_, hex)| hex.to_owned())
}

/// The first components of all names that have several, sorted.
fn first_components(content: &Content) -> BTreeSet<String> {
    let names = content.names().into_iter();
    names
        .filter_map(|name| Some(name.split_once('/')?.0.to_owned()))
        .collect()
}

/// What comes after a name in those below it, sorted.
fn images_below(content: &Content, above: &str) -> Vec<String> {
    let names = content.below(above).into_iter();
    let mut images: Vec<String> = names
        .filter_map(|name| Some(name.strip_prefix(above)?.strip_prefix('/')?.to_owned()))
        .collect();
    images.sort_unstable();
    images
}

/// Whether a user may read anything below a name.
fn sees(user: &User, above: &str) -> bool {
    user.may_read(above) || user.reads.iter().any(|name| is_below(name, above))
}
