//! Tokens: kept by endpoint, service and scope for as long as they live, and fetched by
//! one caller while the others wait (distribution docs/spec/auth/token.md).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::grant::{Grant, TokenDetails};
use super::lenient::Text;
use crate::http::{Cover, HeaderValue, Url};
use crate::model::{Failure, RepositoryName, Secret};

/// What a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nothing in particular: to see whether the sign-in works.
    Ping,
    /// The list of repositories.
    Catalogue,
    /// Pulling from one repository.
    Pull(RepositoryName),
}

impl Scope {
    /// Whether it is for the contents of a repository.
    pub(super) fn is_content(&self) -> bool {
        matches!(self, Self::Pull(_))
    }

    /// As it is sent (distribution docs/spec/auth/scope.md); with the right to read lists
    /// and manifests named beside `pull` where the registry tells them apart.
    pub(super) fn parameter(&self, with_metadata: bool) -> Option<String> {
        match self {
            Self::Ping => None,
            Self::Catalogue => Some("registry:catalog:*".to_owned()),
            Self::Pull(name) if with_metadata => {
                Some(format!("repository:{name}:pull,{METADATA_READ}"))
            }
            Self::Pull(name) => Some(format!("repository:{name}:pull")),
        }
    }
}

/// The action that Azure's registries want for lists.
pub(super) const METADATA_READ: &str = "metadata_read";

/// A token endpoint, as a challenge named it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TokenEndpoint {
    pub(super) url: Url,
    /// As the challenge named it, where that was by plain HTTP and TLS is spoken instead.
    pub(super) named: Option<String>,
    /// Whether it is at the origin whose challenge named it.
    pub(super) is_own: bool,
    pub(super) service: Text,
}

impl TokenEndpoint {
    /// The URL that asks for a token of `scope`.
    pub(super) fn request_url(&self, scope: Option<&str>) -> Url {
        let mut url = self.url.clone();
        if self.service.is_there() || scope.is_some() {
            let mut query = url.query_pairs_mut();
            if let Some(service) = self.service.uncovered() {
                query.append_pair("service", service);
            }
            if let Some(scope) = scope {
                query.append_pair("scope", scope);
            }
        }
        url
    }
}

/// A token, ready to be sent.
#[derive(Clone)]
pub(super) struct Token {
    /// `Bearer …`, marked sensitive.
    pub(super) header: HeaderValue,
    pub(super) lifetime: Duration,
    pub(super) obtained: Instant,
    /// Whether credentials were given for it.
    pub(super) signed_in: bool,
    /// The scope it was asked for.
    pub(super) asked: Option<String>,
    /// What it says it opens.
    pub(super) grant: Grant,
}

impl Token {
    /// What may be told of it.
    fn details(&self, endpoint: &TokenEndpoint, cover: &Cover) -> TokenDetails {
        let mut realm = endpoint.url.clone();
        realm.set_query(None);
        TokenDetails {
            realm: cover.show_url(&realm).into_string(),
            service: endpoint.service.show(cover, 200),
            asked: self.asked.clone(),
            lifetime: self.lifetime,
            signed_in: self.signed_in,
            grant: self.grant.clone(),
        }
    }

    /// Whether it is good for some time yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.obtained.elapsed() + EARLY < self.lifetime
    }
}

/// How long before its end a token is fetched anew.
const EARLY: Duration = Duration::from_secs(10);

/// What a lifetime that is missing or shorter counts as (docs/spec/auth/token.md).
const SHORTEST: Duration = Duration::from_mins(1);

/// Longest lifetime believed.
const LONGEST: Duration = Duration::from_hours(24);

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: serde_json::Value,
}

/// A token endpoint's reply.
pub(super) struct Reply {
    token: Secret,
    lifetime: Duration,
    /// Whether it says how long it lives.
    says_lifetime: bool,
    /// The identity token to use from now on, where one came along.
    pub(super) refresh: Option<Secret>,
}

/// Reads a token endpoint's reply; `cover` learns every token in it. `issued_at` is not
/// used: the lifetime counts from the receipt, so that clocks need not agree, and a token
/// refused early is fetched again.
pub(super) fn parse_reply(body: &[u8], cover: &Cover) -> Result<Reply, &'static str> {
    let body: Body =
        serde_json::from_slice(body).map_err(|_| "the answer is no token: it is not JSON")?;
    for token in [&body.token, &body.access_token, &body.refresh_token] {
        cover.learn_token(token.as_deref().unwrap_or_default());
    }
    let token = [body.token, body.access_token]
        .into_iter()
        .flatten()
        .find(|token| !token.is_empty())
        .map(Secret::new)
        .ok_or("the answer holds neither `token` nor `access_token`")?;
    let seconds = match &body.expires_in {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let said = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let lifetime = said.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
    Ok(Reply {
        token,
        lifetime,
        says_lifetime: said.is_some(),
        refresh: body
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(Secret::new),
    })
}

impl Reply {
    /// The same, living as long as is usual where it does not say it.
    pub(super) fn living(mut self, usual: Option<Duration>) -> Self {
        if let (Some(usual), false) = (usual, self.says_lifetime) {
            self.lifetime = usual;
        }
        self
    }

    /// The token, received now.
    pub(super) fn into_token(
        self,
        asked: Option<String>,
        signed_in: bool,
        cover: &Cover,
    ) -> Result<Token, &'static str> {
        let text = Zeroizing::new(format!("Bearer {}", self.token.expose()));
        let mut header = HeaderValue::from_str(&text)
            .map_err(|_| "the token holds characters that no header may hold")?;
        header.set_sensitive(true);
        Ok(Token {
            header,
            lifetime: self.lifetime,
            obtained: crate::http::now(),
            signed_in,
            asked,
            grant: Grant::of(self.token.expose(), cover),
        })
    }
}

type Key = (TokenEndpoint, Scope);

/// Scopes whose tokens are kept; beyond that the one not used for longest is forgotten.
const KEPT: usize = 1024;

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    failure: Option<(Instant, Failure)>,
}

struct Entry {
    slot: Arc<tokio::sync::Mutex<Slot>>,
    used: Instant,
}

/// The tokens of one registry and user.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<Key, Entry>>);

impl Tokens {
    /// The token kept for this endpoint and scope, or the one that `fetch` gets. Callers
    /// that wait for another's fetch share what it comes to, also its failure.
    pub(super) async fn get(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        fetch: impl AsyncFnOnce() -> Result<Token, Failure>,
    ) -> Result<Token, Failure> {
        let asked = crate::http::now();
        let slot = self.slot(endpoint, scope);
        let mut slot = slot.lock().await;
        if let Some(token) = slot.token.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        if let Some((at, failure)) = &slot.failure
            && *at > asked
        {
            return Err(failure.clone());
        }
        match fetch().await {
            Ok(token) => {
                slot.token = Some(token.clone());
                slot.failure = None;
                Ok(token)
            }
            Err(failure) => {
                slot.failure = Some((crate::http::now(), failure.clone()));
                Err(failure)
            }
        }
    }

    /// What is known of the token kept for this endpoint and scope, also when it is over.
    pub(super) async fn details(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        cover: &Cover,
    ) -> Option<TokenDetails> {
        let slot = self.known(endpoint, scope)?;
        let slot = slot.lock().await;
        let token = slot.token.as_ref()?;
        Some(token.details(endpoint, cover))
    }

    /// Forgets `token`, unless another has taken its place already.
    pub(super) async fn forget(&self, endpoint: &TokenEndpoint, scope: &Scope, token: &Token) {
        let slot = self.slot(endpoint, scope);
        let mut slot = slot.lock().await;
        if slot
            .token
            .as_ref()
            .is_some_and(|kept| kept.header == token.header)
        {
            slot.token = None;
        }
    }

    fn known(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
    ) -> Option<Arc<tokio::sync::Mutex<Slot>>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&(endpoint.clone(), scope.clone()))?;
        Some(entry.slot.clone())
    }

    fn slot(&self, endpoint: &TokenEndpoint, scope: &Scope) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (endpoint.clone(), scope.clone());
        if entries.len() >= KEPT && !entries.contains_key(&key) {
            let oldest = entries
                .iter()
                .filter(|(_, entry)| Arc::strong_count(&entry.slot) == 1)
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                entries.remove(&oldest);
            }
        }
        let entry = entries.entry(key).or_insert_with(|| Entry {
            slot: Arc::default(),
            used: crate::http::now(),
        });
        entry.used = crate::http::now();
        entry.slot.clone()
    }
}
