//! Azure Container Registry: its token service in three forms, `/v2`, and its own lists
//! below `/acr/v1` (Azure/acr docs/AAD-OAuth.md and Token-BasicAuth.md; Azure/acr-cli
//! docs/swagger.yaml).

mod api;
#[cfg(test)]
mod tests;
mod token;

use std::time::Duration;

use hyper::header::{HeaderName, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::Personality;
use super::user::{Account, User};
use crate::model::Digest;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::behaviour::{Cap, LinkStyle, Paging, TagPaging};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::reveal;
use crate::simulator::route::Route;
use crate::simulator::token::{Need, Scope, credentials_of};

const API: &str = "/acr/v1/";
const TOKEN: &str = "/oauth2/token";
const EXCHANGE: &str = "/oauth2/exchange";

/// Reading lists.
const METADATA: &str = "metadata_read";

/// A registry of Azure's.
#[derive(Clone, Debug)]
pub struct Acr {
    /// Its name, the first part of its host.
    pub name: String,
    /// Who signs in by name and password: the admin user and service principals, to whom all
    /// is open, and tokens with scope maps, which list no repositories.
    pub users: Vec<User>,
    /// Users whose scope map lacks `metadata/read`.
    pub pull_only: Vec<String>,
    /// Who has a refresh token already, as `az acr login --expose-token` prints it.
    pub refresh_tokens: Vec<User>,
    /// Who has an access token of Microsoft Entra ID, which is exchanged for a refresh token.
    pub entra: Vec<User>,
    /// Whether everybody may pull.
    pub anonymous_pull: bool,
    /// Repositories that a lock hides from lists.
    pub hidden: Vec<String>,
    /// Manifests that nobody may delete. A lock of a tag is none of its manifest.
    pub locked: Vec<Digest>,
    /// Repositories that were pushed to when lists told the bytes of an image's manifest in
    /// place of the image's, as they did for what indexes list until the autumn of 2021.
    pub manifest_sizes: Vec<String>,
    /// Whether a page that goes on says so.
    pub links: bool,
    /// How long a token lives.
    pub token_lifetime: Duration,
}

impl Acr {
    /// With these who sign in by name and password.
    pub fn new(users: Vec<User>) -> Self {
        Self {
            name: "contoso".to_owned(),
            users,
            pull_only: Vec::new(),
            refresh_tokens: Vec::new(),
            entra: Vec::new(),
            anonymous_pull: false,
            hidden: Vec::new(),
            locked: Vec::new(),
            manifest_sizes: Vec::new(),
            links: true,
            token_lifetime: Duration::from_mins(75),
        }
    }

    /// Its host, which is its service.
    fn service(&self) -> String {
        format!("{}.azurecr.io", self.name)
    }

    /// More than 1000 is cut to that, and a link has a key without a value.
    fn paging(&self, n: usize) -> Paging {
        let link = "<{path}?last={last}&n={n}&orderby=>; rel=\"next\"";
        Paging {
            default: n,
            cap: Cap::Clamp(1000),
            link: if self.links {
                LinkStyle::Written(link.to_owned())
            } else {
                LinkStyle::None
            },
            tags: TagPaging::Always,
            null_when_empty: true,
            ..Paging::default()
        }
    }

    /// What of a scope is open to somebody; to nobody, without one.
    fn granted(&self, user: Option<&User>, mut scope: Scope) -> Scope {
        if scope.resource == "registry:catalog" {
            let may = user.is_some_and(|user| user.administrator);
            scope.actions.retain(|action| may && action == "*");
            return scope;
        }
        let name = scope.resource.strip_prefix("repository:");
        let may = match (user, name) {
            (Some(user), Some(name)) => user.may_read(name),
            (None, Some(_)) => self.anonymous_pull,
            (_, None) => false,
        };
        let lists = user.is_none_or(|user| !self.pull_only.contains(&user.name));
        scope
            .actions
            .retain(|action| may && (action == "pull" || action == METADATA && lists));
        scope
    }

    /// What a request needs.
    fn need(asked: &Asked<'_>) -> Need {
        match &asked.route {
            Route::Tags(name) | Route::Api(Some(name)) => {
                Need::new(format!("repository:{name}"), METADATA)
            }
            Route::Api(None) => Need::of(&Route::Catalogue),
            route => Need::of(route),
        }
    }

    /// Whether a request may pass; else the error of the challenge.
    fn allowed(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        need: &Need,
    ) -> Result<(), Option<&'static str>> {
        if let Some(token) = credentials_of(asked.authorization, "bearer") {
            // A refresh token opens nothing by itself.
            let tokens = registry.tokens();
            return match tokens
                .opens(token, need)
                .filter(|_| tokens.holder(token).is_none())
            {
                Some(true) => Ok(()),
                Some(false) => Err(Some("insufficient_scope")),
                None => Err(Some("invalid_token")),
            };
        }
        // The registry takes name and password itself, too ("call the registry directly").
        match Account::by_basic(&self.users, asked.authorization) {
            Account::Known(user) => {
                let scope = need.scope().and_then(|scope| Scope::parse(&scope));
                let opens = |scope| !self.granted(Some(user), scope).actions.is_empty();
                if scope.is_none_or(opens) {
                    Ok(())
                } else {
                    Err(Some("insufficient_scope"))
                }
            }
            Account::Anonymous | Account::Wrong => Err(None),
        }
    }

    fn challenge(&self, registry: &Registry, need: &Need, error: Option<&str>) -> Answer {
        let realm = format!("{}{TOKEN}", registry.origins().registry);
        let challenge = need.challenge(&realm, &self.service(), error);
        let mut refusal = unauthorized(need);
        answer::set(&mut refusal, WWW_AUTHENTICATE, &challenge);
        refusal
    }

    fn v2(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match &asked.route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => self.catalogue(asked, registry, "/v2/_catalog"),
            Route::Tags(name) => registry.tags(&self.paging(100), name, asked.query),
            Route::Manifest(name, reference) => registry.manifest(asked, name, reference),
            Route::Blob(name, digest) => registry.blob(name, digest),
            Route::Referrers(name, digest) => reveal::referrers(registry.content(), name, digest),
            _ => answer::no_such_page(),
        }
    }

    fn catalogue(&self, asked: &Asked<'_>, registry: &Registry, path: &str) -> Answer {
        let paging = self.paging(100);
        registry.catalogue(&paging, asked.query, path, |last, limit| {
            let names = registry.content().catalogue(last, usize::MAX).into_iter();
            names
                .filter(|name| !self.hidden.contains(name))
                .take(limit)
                .collect()
        })
    }
}

/// The refusal of who is not signed in, or lacks a right: a list of what lacks.
fn unauthorized(need: &Need) -> Answer {
    let detail = need.scope().and_then(|scope| Scope::parse(&scope));
    let detail: Vec<Value> = detail
        .iter()
        .filter_map(|scope| {
            let (kind, name) = scope.resource.split_once(':')?;
            Some(json!({ "Type": kind, "Name": name, "Action": scope.actions.first() }))
        })
        .collect();
    answer::error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required, visit https://aka.ms/acr/authorization for more information.",
        Some(detail.into()),
    )
}

impl Personality for Acr {
    fn route(&self, _: Origin, path: &str) -> Route {
        match path {
            TOKEN | EXCHANGE => Route::Token,
            "/auth/token" => Route::Other,
            _ => match path.strip_prefix(API) {
                Some(below) => Route::Api(api::repository(below)),
                None => Route::parse(path),
            },
        }
    }

    fn mark(&self, _: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        let set = |answer: &mut Answer, name, value| {
            answer::set(answer, HeaderName::from_static(name), value);
        };
        set(answer, "server", "AzureContainerRegistry");
        set(answer, "docker-distribution-api-version", "registry/2.0");
        let number = "f1b0a5a4-5f3c-4a8c-8a56-6d8e0a9d1b10";
        set(answer, "x-ms-correlation-request-id", number);
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if asked.route == Route::Token {
            return self.token(asked, registry);
        }
        if asked.route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/").into();
        }
        let need = Self::need(asked);
        // What is sent to the ping has to be good for something.
        let known = match asked.route {
            Route::Ping if asked.authorization.is_none() => Err(None),
            _ => self.allowed(asked, registry, &need),
        };
        if let Err(error) = known {
            return self.challenge(registry, &need, error).into();
        }
        match &asked.route {
            Route::Api(name) => self.api(asked, registry, name.as_deref()).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}
