//! Docker Hub (docs.docker.com, "Docker Hub API", and what others' clients know of it).
//!
//! Two origins: the registry ([`v2`]), and one that stands for the token service and for
//! `hub.docker.com` ([`api`]). The quota on manifests is that of the behaviour.

mod api;
#[cfg(test)]
mod tests;
mod v2;

use std::collections::BTreeSet;
use std::time::Duration;

use hyper::header::HeaderName;

use super::Personality;
use super::user::{User, is_below};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::quota::Quota;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

/// Where the registry's tokens come from.
const TOKEN: &str = "/token";
/// Where the API's tokens come from.
const SIGN_IN: &str = "/v2/auth/token";

/// Docker Hub.
#[derive(Clone, Debug)]
pub struct DockerHub {
    /// Who signs in. What they may read, beside what is below their own name, are namespaces
    /// and repositories; those of the first are their organizations.
    pub users: Vec<User>,
    /// Who is a member of an organization that others own: user and organization.
    pub members: Vec<(String, String)>,
    /// The organizations whose access tokens may not list what is private.
    pub without_list: Vec<String>,
    /// The namespaces and repositories that everybody may read.
    pub public: Vec<String>,
    /// Tags of which the API tells no digest: repository and tag.
    pub undigested: Vec<(String, String)>,
    /// How many more than there are every list of the API says there are.
    pub count_off_by: i64,
    /// How many requests of the API are answered in a while; `None` for all.
    pub limit: Option<Quota>,
    /// How long a token of the API lives.
    pub token_lifetime: Duration,
}

impl Default for DockerHub {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            members: Vec::new(),
            without_list: Vec::new(),
            public: Vec::new(),
            undigested: Vec::new(),
            count_off_by: 0,
            limit: None,
            token_lifetime: Duration::from_mins(10),
        }
    }
}

impl DockerHub {
    fn may_read(&self, user: Option<&User>, repository: &str) -> bool {
        let is_public = self.public.iter().any(|above| is_below(repository, above));
        let may = |user: &User| user.may_read(repository) || is_below(repository, &user.name);
        is_public || user.is_some_and(may)
    }

    /// Whether it is an organization, which has an access token of its own.
    fn is_organization(user: &User) -> bool {
        user.secret.expose().starts_with("dckr_oat_")
    }

    /// The namespaces that somebody owns.
    fn owned(&self, user: &User) -> BTreeSet<String> {
        let mut all = Self::namespaces(user);
        let is_member = |name: &String| {
            let mut members = self.members.iter();
            members.any(|(who, of)| *who == user.name && of == name)
        };
        all.retain(|name| !is_member(name));
        all
    }

    /// The namespaces of somebody.
    fn namespaces(user: &User) -> BTreeSet<String> {
        let first = |name: &String| name.split('/').next().unwrap_or_default().to_owned();
        let all = user.reads.iter().map(first);
        all.chain([user.name.clone()]).collect()
    }
}

impl Personality for DockerHub {
    fn has_api_origin(&self) -> bool {
        true
    }

    fn api_quota(&self) -> Option<Quota> {
        self.limit
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match origin {
            Origin::Api if path == TOKEN || path == SIGN_IN => Route::Token,
            Origin::Api => Route::Api(api::repository(path)),
            _ if path == "/auth/token" => Route::Other,
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer) {
        let mut set = |name, value: &str| {
            answer::set(answer, HeaderName::from_static(name), value);
        };
        match asked.origin {
            Origin::Api if asked.path != TOKEN => {
                set("server", "nginx");
                if let Some(counter) = registry.api_quota() {
                    let (limit, used) = (counter.limit(), counter.used());
                    set("x-ratelimit-limit", &limit.to_string());
                    let left = limit.saturating_sub(used).to_string();
                    set("x-ratelimit-remaining", &left);
                    set("x-ratelimit-reset", "1767225600");
                }
            }
            Origin::Api => set("strict-transport-security", "max-age=31536000"),
            _ => set("docker-distribution-api-version", "registry/2.0"),
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match (asked.origin, asked.path) {
            (Origin::Api, TOKEN) => self.token(asked, registry),
            (Origin::Api, SIGN_IN) => self.sign_in(asked, registry),
            (Origin::Api, _) => self.api(asked, registry).into(),
            _ => Self::v2(asked, registry).into(),
        }
    }
}
