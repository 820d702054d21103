//! GitFlic: a registry with tokens, and a REST API over packages at
//! another host or below `/rest-api`.
//!
//! No source of it is public. What is known is from its documentation and from scripts that
//! use it; what is not known is an option here.

mod rest;

use std::time::Duration;

use hyper::header::HeaderName;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::Personality;
use super::user::{Account, User};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::behaviour::Paging;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::{Issued, Need, Scope, credentials_of, scopes};

/// The service of its tokens, by name.
const SERVICE: &str = "service";

/// What each of its tokens opens, besides what was asked for.
const SIGNED_IN: (&str, &str) = ("user:gitflic", "login");

/// A GitFlic server.
#[derive(Clone, Debug)]
pub struct Gitflic {
    /// Who may sign in to the registry, with their transport tokens.
    pub users: Vec<User>,
    /// Who may sign in to the REST API, with their access tokens, which are others.
    pub access_tokens: Vec<User>,
    /// Who reads public images; `None` where there are none.
    pub anonymous: Option<User>,
    /// Who may read the catalogue.
    pub catalogue: GitflicCatalogue,
    /// Whether the registry takes user name and transport token itself, without a token.
    pub basic: bool,
    /// Whether `HEAD` is answered.
    pub heads: bool,
    /// Whether a challenge names the scope that is needed.
    pub challenges_scope: bool,
    /// How the registry's lists come in pages.
    pub paging: Paging,
    /// Whether the REST API is at an address of its own, as that of the service is, and not
    /// below `/rest-api`, as that of an own server.
    pub api_elsewhere: bool,
    /// Whether a page without entries has an empty list and not none.
    pub embeds_empty: bool,
    /// Entries that a page of the REST API counts besides those that there are.
    pub claims_besides: usize,
    /// Most entries of a page of the REST API.
    pub most_on_page: usize,
    /// How long a token lives.
    pub token_lifetime: Duration,
}

/// Who may read the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitflicCatalogue {
    /// Administrators, and all of it.
    Administrators,
    /// Everybody who signs in, as far as they may read.
    Filtered,
    /// Nobody.
    Nobody,
}

impl Gitflic {
    /// As its documentation has it, with these users and no public images.
    pub fn new(users: Vec<User>, access_tokens: Vec<User>) -> Self {
        Self {
            users,
            access_tokens,
            anonymous: None,
            catalogue: GitflicCatalogue::Administrators,
            basic: false,
            heads: true,
            challenges_scope: true,
            paging: Paging::default(),
            api_elsewhere: true,
            embeds_empty: false,
            claims_besides: 0,
            most_on_page: 100,
            token_lifetime: Duration::from_mins(5),
        }
    }

    fn place<'a>(&self, origin: Origin, path: &'a str) -> Place<'a> {
        let api = if self.api_elsewhere {
            (origin == Origin::Api).then_some(path)
        } else {
            path.strip_prefix("/rest-api")
        };
        match (api, path) {
            (Some(path), _) => Place::Rest(path),
            (None, "/") => Place::Welcome,
            (None, "/v2/token") => Place::Token,
            (None, _) => Place::V2,
        }
    }

    fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let need = match asked.route {
            // Whoever has a token may know that there is a registry.
            Route::Ping => Need::new(SIGNED_IN.0.to_owned(), SIGNED_IN.1),
            ref route => Need::of(route),
        };
        let user = match self.allowed(asked, registry, &need) {
            Ok(user) => user,
            Err(error) => return self.challenge(registry, &asked.route, error),
        };
        let methods = if self.heads { "GET HEAD" } else { "GET" };
        if !methods.split(' ').any(|method| asked.method == method) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => {
                let all = self.catalogue == GitflicCatalogue::Administrators;
                let sees = |name: &String| all || user.is_some_and(|user| user.may_read(name));
                registry.catalogue(&self.paging, asked.query, "/v2/_catalog", |last, limit| {
                    let names = registry.content().catalogue(last, usize::MAX).into_iter();
                    names.filter(sees).take(limit).collect()
                })
            }
            Route::Tags(name) => registry.tags(&self.paging, name, asked.query),
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            _ => answer::no_such_page(),
        }
    }

    /// Whether a request may pass, and whose it is; else the error of the challenge.
    fn allowed<'a>(
        &'a self,
        asked: &Asked<'_>,
        registry: &Registry,
        need: &Need,
    ) -> Result<Option<&'a User>, Option<&'static str>> {
        if let Some(token) = credentials_of(asked.authorization, "bearer") {
            let tokens = registry.tokens();
            let holder = tokens.holder(token);
            return match tokens.opens(token, need) {
                Some(true) => Ok(self
                    .users
                    .iter()
                    .chain(&self.anonymous)
                    .find(|user| Some(&user.name) == holder.as_ref())),
                Some(false) => Err(Some("insufficient_scope")),
                None => Err(Some("invalid_token")),
            };
        }
        match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) if self.basic && self.opens(user, need) => Ok(Some(user)),
            _ => Err(None),
        }
    }

    fn opens(&self, user: &User, need: &Need) -> bool {
        let scope = need.scope().unwrap_or_default();
        Scope::parse(&scope).is_none_or(|scope| !self.granted(user, scope).actions.is_empty())
    }

    fn challenge(&self, registry: &Registry, route: &Route, error: Option<&str>) -> Answer {
        let need = Need::of(route);
        let realm = format!("{}/v2/token", registry.origins().registry);
        let challenge = if self.challenges_scope {
            need.challenge(&realm, SERVICE, error)
        } else {
            format!("Bearer realm=\"{realm}\",service=\"{SERVICE}\"")
        };
        answer::unauthorized(&challenge, &need)
    }

    /// A token for what was asked and may be read: without signing in, for public
    /// images. Less than was asked for is no error.
    fn token(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::GET {
            return answer::unsupported().into();
        }
        let user = match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) => Some(user),
            Account::Anonymous => self.anonymous.as_ref(),
            // An access token is the wrong kind here.
            Account::Wrong => None,
        };
        let service = asked.parameter("service");
        let (Some(user), Some(SERVICE)) = (user, service.as_deref()) else {
            let refusal = answer::error(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "authentication required",
                None,
            );
            return refusal.into();
        };
        let mut granted: Vec<Scope> = scopes(asked.query)
            .into_iter()
            .map(|scope| self.granted(user, scope))
            .collect();
        granted.push(Scope {
            resource: SIGNED_IN.0.to_owned(),
            actions: vec![SIGNED_IN.1.to_owned()],
        });
        let seed = registry.behaviour().seed;
        match registry.tokens().hand_out_to(seed, "", &user.name, granted) {
            // `token` and nothing else.
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "token": token }).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            Issued::Refused | Issued::Throttled => answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "service unavailable",
                None,
            )
            .into(),
        }
    }

    /// What of a scope is open to a user.
    fn granted(&self, user: &User, mut scope: Scope) -> Scope {
        if scope.resource == SIGNED_IN.0 {
            return scope;
        }
        if scope.resource == "registry:catalog" {
            let may = match self.catalogue {
                GitflicCatalogue::Administrators => user.administrator,
                GitflicCatalogue::Filtered => true,
                GitflicCatalogue::Nobody => false,
            };
            scope.actions.retain(|_| may);
        } else {
            let may = scope
                .resource
                .strip_prefix("repository:")
                .is_some_and(|name| user.may_read(name));
            scope.actions.retain(|action| may && action == "pull");
        }
        scope
    }
}

/// What a path is about.
enum Place<'a> {
    V2,
    Token,
    /// The REST API, and the path in it.
    Rest(&'a str),
    Welcome,
}

impl Personality for Gitflic {
    fn has_api_origin(&self) -> bool {
        self.api_elsewhere
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match self.place(origin, path) {
            Place::V2 => Route::parse(path),
            Place::Token => Route::Token,
            Place::Rest(_) => Route::Api(None),
            Place::Welcome => Route::Other,
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        if let Place::V2 = self.place(asked.origin, asked.path) {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match self.place(asked.origin, asked.path) {
            Place::V2 => self.v2(asked, registry).into(),
            Place::Token => self.token(asked, registry),
            Place::Rest(path) => self.rest(asked, registry, path).into(),
            Place::Welcome => {
                // The page for people asks them to sign in.
                answer::redirect(StatusCode::FOUND, "/auth/login").into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
