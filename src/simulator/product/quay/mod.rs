//! Quay (the sources of Red Hat Quay 3): users, robots, OAuth access tokens.
//!
//! What `/v2` says is in [`v2`], what `/api/v1` says in [`api`]. The API knows access tokens
//! only, and takes whoever brings a wrong one for a stranger, without saying so.

mod api;
#[cfg(test)]
mod tests;

mod v2;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hyper::header::{ETAG, HeaderName, WWW_AUTHENTICATE};

use super::Personality;
use super::user::{Account, User, basic, is_below};
use crate::model::Timestamp;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::quota::Quota;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;

const API: &str = "/api/v1/";
const AUTH: &str = "/v2/auth";
/// The user name by which the registry takes an access token as password.
const BY_OAUTH: &str = "$oauthtoken";
/// Entries of a page at most, of every list.
const MOST: usize = 100;

/// A Quay.
#[derive(Clone, Debug, Default)]
pub struct Quay {
    /// Who signs in to the registry: people, and robots (`org+name`). What they may read are
    /// namespaces and repositories.
    pub users: Vec<User>,
    /// The OAuth access tokens.
    pub tokens: Vec<QuayToken>,
    /// The namespaces and repositories that everybody may read.
    pub public: Vec<String>,
    /// Tags that end by themselves: repository, tag, and when.
    pub ends: Vec<(String, String, Timestamp)>,
    /// Tags that ended, which the history still has: repository and tag.
    pub dead: Vec<(String, String)>,
    /// How many requests of the API are answered in a while; `None` for all.
    pub limit: Option<Quota>,
}

/// An OAuth access token.
#[derive(Clone, Debug)]
pub struct QuayToken {
    /// Whom it stands for, its secret, and what is open to that user.
    pub user: User,
    /// Whether it may read repositories (`repo:read`).
    pub reads_repositories: bool,
    /// Whether it may say who that user is (`user:read`).
    pub reads_user: bool,
}

impl QuayToken {
    /// One that may read both repositories and who its user is.
    pub fn new(user: User) -> Self {
        Self {
            user,
            reads_repositories: true,
            reads_user: true,
        }
    }
}

impl Quay {
    /// Who signs in to the registry by `Authorization: Basic`.
    fn account(&self, authorization: Option<&str>) -> Account<'_> {
        match basic(authorization) {
            Some((name, secret)) if name == BY_OAUTH => self
                .token(&secret)
                .map_or(Account::Wrong, |token| Account::Known(&token.user)),
            _ => Account::by_basic(&self.users, authorization),
        }
    }

    /// The access token of this secret, while it is valid.
    fn token(&self, secret: &str) -> Option<&QuayToken> {
        let fits = |token: &&QuayToken| token.user.secret.expose() == secret && !token.user.expired;
        self.tokens.iter().find(fits)
    }

    /// Who has this name among all that sign in.
    fn user(&self, name: &str) -> Option<&User> {
        let of_tokens = self.tokens.iter().map(|token| &token.user);
        let mut all = self.users.iter().chain(of_tokens);
        all.find(|user| user.name == name)
    }

    fn is_public(&self, repository: &str) -> bool {
        self.public.iter().any(|above| is_below(repository, above))
    }

    fn may_read(&self, user: Option<&User>, repository: &str) -> bool {
        self.is_public(repository) || user.is_some_and(|user| user.may_read(repository))
    }
}

/// The cursor of a page, which nobody reads but who made it.
fn cursor(from: usize) -> String {
    format!("gAAAA{}", URL_SAFE.encode(format!("behind {from}")))
}

/// Where the page of a cursor begins; what is none is the first page.
fn behind(cursor: Option<String>) -> usize {
    let read = || {
        let text = cursor?;
        let bytes = URL_SAFE.decode(text.strip_prefix("gAAAA")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix("behind ")?.parse().ok()
    };
    read().unwrap_or(0)
}

impl Personality for Quay {
    fn api_quota(&self) -> Option<Quota> {
        self.limit
    }

    fn route(&self, _origin: Origin, path: &str) -> Route {
        match path {
            AUTH => Route::Token,
            "/auth/token" => Route::Other,
            _ if path.starts_with(API) => Route::Api(api::repository(path)),
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, registry: &Registry, answer: &mut Answer) {
        answer::set(answer, HeaderName::from_static("server"), "nginx");
        if asked.path.starts_with("/v2/") {
            let version = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, version, "registry/2.0");
            answer.headers_mut().remove(ETAG);
            // Also where all is well (endpoints/v2, v2_support_enabled).
            if asked.route == Route::Ping {
                let challenge = v2::challenge(registry, None);
                answer::set(answer, WWW_AUTHENTICATE, &challenge);
            }
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match asked.route {
            Route::Token => self.auth(asked, registry),
            Route::Api(_) => self.api(asked, registry).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}

/// How long a token of the registry lives; its answer does not say it.
const LIFETIME: Duration = Duration::from_hours(1);
