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

mod distribution;
#[cfg(test)]
mod fixture;
mod gitlab;
mod harbor;
mod user;

pub use gitlab::{Gitlab, GitlabProject, GitlabToken, GitlabTokenKind};
pub use harbor::{Harbor, Project, Proxy};
pub use user::User;

use super::answer::Answer;
use super::asked::{Asked, Origin};
use super::quota::Quota;
use super::registry::{Registry, Reply};
use super::route::Route;

pub(super) use distribution::Distribution;

/// Which product a simulated registry is.
#[derive(Clone, Debug, Default)]
pub enum Product {
    /// CNCF Distribution 2.8, as the other values of the behaviour say.
    #[default]
    Distribution,
    /// Harbor 2.
    Harbor(Harbor),
    /// GitLab with its container registry.
    Gitlab(Gitlab),
}

impl Product {
    pub(super) fn personality(&self) -> &dyn Personality {
        match self {
            Self::Distribution => &Distribution,
            Self::Harbor(harbor) => harbor,
            Self::Gitlab(gitlab) => gitlab,
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
