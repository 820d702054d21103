//! GitHub's container registry (docs.github.com, "REST API endpoints for packages", and what
//! others' clients know of the registry).
//!
//! Two origins: the registry with its token service ([`v2`]), and GitHub's REST API
//! ([`api`]).

mod api;
#[cfg(test)]
mod tests;
mod v2;

use hyper::header::HeaderName;

use super::Personality;
use super::user::{User, is_below};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::quota::Quota;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

const TOKEN: &str = "/token";

/// GitHub with its container registry. The first component of a repository is its owner, in
/// small letters.
#[derive(Clone, Debug, Default)]
pub struct Ghcr {
    /// The access tokens.
    pub tokens: Vec<GhcrToken>,
    /// The owners that are organizations, as they are written; all others are users.
    pub organizations: Vec<String>,
    /// The owners and packages that everybody who signs in may read, and pull as nobody.
    pub public: Vec<String>,
    /// How many requests of the REST API are answered in a while; `None` for all.
    pub limit: Option<Quota>,
}

/// An access token of GitHub's.
#[derive(Clone, Debug)]
pub struct GhcrToken {
    /// Whom it stands for, its secret, and the owners and packages that this user may read.
    /// What is below the user's own name is open besides.
    pub user: User,
    /// The scopes of a classic one; `None` for a fine-grained one, which opens no packages.
    pub scopes: Option<Vec<String>>,
}

impl GhcrToken {
    /// A classic one with these scopes.
    pub fn classic(user: User, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(ToString::to_string);
        Self {
            user,
            scopes: Some(scopes.collect()),
        }
    }

    fn has(&self, wanted: &[&str]) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_some_and(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
    }

    fn reads_packages(&self) -> bool {
        self.has(&["read:packages", "write:packages", "repo"])
    }

    fn may_read(&self, repository: &str) -> bool {
        let own = self.user.name.to_lowercase();
        self.user.may_read(repository) || is_below(repository, &own)
    }
}

impl Ghcr {
    fn token(&self, secret: &str) -> Option<&GhcrToken> {
        let fits = |token: &&GhcrToken| token.user.secret.expose() == secret && !token.user.expired;
        self.tokens.iter().find(fits)
    }

    fn may_read(&self, token: Option<&GhcrToken>, repository: &str) -> bool {
        let is_public = self.public.iter().any(|above| is_below(repository, above));
        let by_token = token.filter(|token| token.reads_packages());
        is_public || by_token.is_some_and(|token| token.may_read(repository))
    }

    fn is_organization(&self, owner: &str) -> bool {
        let mut all = self.organizations.iter();
        all.any(|name| name.eq_ignore_ascii_case(owner))
    }
}

impl Personality for Ghcr {
    fn has_api_origin(&self) -> bool {
        true
    }

    fn api_quota(&self) -> Option<Quota> {
        self.limit
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match origin {
            Origin::Api => Route::Api(api::repository(path)),
            _ if path == TOKEN => Route::Token,
            _ if path == "/auth/token" => Route::Other,
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer) {
        // A fault that says how much is left says it instead.
        let mut set = |name, value: &str| {
            if !answer.headers().contains_key(name) {
                answer::set(answer, HeaderName::from_static(name), value);
            }
        };
        if asked.origin != Origin::Api {
            set("docker-distribution-api-version", "registry/2.0");
            return;
        }
        set("server", "github.com");
        set("x-github-media-type", "github.v3; format=json");
        let (limit, used) = registry
            .api_quota()
            .map_or((5000, 1), |counter| (counter.limit(), counter.used()));
        set("x-ratelimit-limit", &limit.to_string());
        set(
            "x-ratelimit-remaining",
            &limit.saturating_sub(used).to_string(),
        );
        set("x-ratelimit-reset", "1767225600");
        set("x-ratelimit-resource", "core");
        let token = api::secret(asked).and_then(|secret| self.token(secret));
        if let Some(scopes) = token.and_then(|token| token.scopes.as_ref()) {
            set("x-oauth-scopes", &scopes.join(", "));
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match (asked.origin, &asked.route) {
            (Origin::Api, _) => self.api(asked, registry).into(),
            (_, Route::Token) => self.hand_out(asked, registry),
            _ => Self::v2(asked, registry).into(),
        }
    }
}
