//! Google Artifact Registry: `/v2` with Google's list of tags, the REST API and the token
//! endpoint of service accounts (googleapis google/devtools/artifactregistry/v1;
//! go-containerregistry pkg/v1/google; RFC 7523). The latter two are at another origin.

mod rest;
#[cfg(test)]
mod tests;
mod token;
mod v2;

use std::time::Duration;

use hyper::header::HeaderName;

use super::Personality;
use super::user::{User, basic};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::{Asked, Origin};
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::route::Route;
use crate::simulator::token::credentials_of;

/// The token endpoint of the registry, and that of service accounts at the other origin.
const TOKEN: &str = "/v2/token";
const GRANT: &str = "/token";

/// What access tokens of service accounts begin with.
const ACCESS: &str = "ya29.";

/// A location of Google's registries, of which names are `PROJECT/REPOSITORY/IMAGE`.
#[derive(Clone, Debug)]
pub struct ArtifactRegistry {
    /// Its location; the host is `LOCATION-docker.pkg.dev`.
    pub location: String,
    /// The host of Container Registry that it stands for, where it does: names are
    /// `PROJECT/IMAGE` then.
    pub gcr: Option<String>,
    /// Who has an access token; what they may read are projects or repositories of them.
    pub access_tokens: Vec<User>,
    /// Service accounts.
    pub accounts: Vec<GoogleAccount>,
    /// Projects and repositories that everybody may read.
    pub public: Vec<String>,
    /// Projects whose REST API is not switched on.
    pub disabled: Vec<String>,
    /// Whether the REST API tells what indexes list.
    pub tells_children: bool,
    /// Most images or tags that a list of `/v2` tells, in one answer and without a word of the
    /// others (cloud.google.com/artifact-registry/quotas, "Limit for listing images").
    pub lists_most: usize,
    /// Whether lists of `/v2` leave out what is empty, as protobuf's JSON does.
    pub leaves_out_empty: bool,
    /// How long a token lives.
    pub token_lifetime: Duration,
}

/// A service account.
#[derive(Clone, Debug)]
pub struct GoogleAccount {
    /// Its address, as its name; its key file, as its secret.
    pub user: User,
    /// The public half of its key (DER, PKCS #1).
    pub public_key: Vec<u8>,
}

impl ArtifactRegistry {
    /// In the location `us`, with these access tokens.
    pub fn new(access_tokens: Vec<User>) -> Self {
        Self {
            location: "us".to_owned(),
            gcr: None,
            access_tokens,
            accounts: Vec::new(),
            public: Vec::new(),
            disabled: Vec::new(),
            tells_children: true,
            lists_most: 10_000,
            leaves_out_empty: false,
            token_lifetime: Duration::from_hours(1),
        }
    }

    fn host(&self) -> String {
        let usual = || format!("{}-docker.pkg.dev", self.location);
        self.gcr.clone().unwrap_or_else(usual)
    }

    fn users(&self) -> impl Iterator<Item = &User> {
        let accounts = self.accounts.iter().map(|account| &account.user);
        self.access_tokens.iter().chain(accounts)
    }

    /// Whose access token this is.
    fn by_access_token(&self, registry: &Registry, token: &str) -> Option<&User> {
        let mut known = self.access_tokens.iter();
        let fits = |user: &&User| user.secret.expose() == token && !user.expired;
        known.find(fits).or_else(|| {
            let holder = token
                .starts_with(ACCESS)
                .then(|| registry.tokens().holder(token))?;
            self.users()
                .find(|user| Some(&user.name) == holder.as_ref())
        })
    }

    /// Who asks `/v2`; `None` where the secret is wrong, `Some(None)` is for nobody.
    fn who(&self, asked: &Asked<'_>, registry: &Registry) -> Result<Option<&User>, ()> {
        if let Some(token) = credentials_of(asked.authorization, "bearer") {
            if let Some(user) = self.by_access_token(registry, token) {
                return Ok(Some(user));
            }
            let holder = registry.tokens().holder(token).ok_or(())?;
            return Ok(self.users().find(|user| user.name == holder));
        }
        let Some((name, secret)) = basic(asked.authorization) else {
            return asked.authorization.map_or(Ok(None), |_| Err(()));
        };
        let found = match name.as_str() {
            "oauth2accesstoken" => self.by_access_token(registry, &secret),
            "_json_key" => self.by_key(&secret),
            "_json_key_base64" => {
                use base64::Engine as _;
                let decoded = base64::engine::general_purpose::STANDARD.decode(secret.trim());
                let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok());
                text.and_then(|text| self.by_key(&text))
            }
            _ => None,
        };
        found.map(Some).ok_or(())
    }

    /// Whose key file this is: the file may be written in another way.
    fn by_key(&self, file: &str) -> Option<&User> {
        let read = |file: &str| serde_json::from_str::<serde_json::Value>(file).ok();
        let given = read(file)?;
        let fits = |account: &&GoogleAccount| {
            let own = read(account.user.secret.expose());
            own.is_some_and(|own| own["private_key"] == given["private_key"])
                && !account.user.expired
        };
        self.accounts.iter().find(fits).map(|account| &account.user)
    }

    /// Whether something below a name is open to somebody.
    fn may_read(&self, user: Option<&User>, name: &str) -> bool {
        let is_public = |public: &String| super::is_below(name, public);
        self.public.iter().any(is_public) || user.is_some_and(|user| user.may_read(name))
    }
}

impl Personality for ArtifactRegistry {
    fn has_api_origin(&self) -> bool {
        true
    }

    fn route(&self, origin: Origin, path: &str) -> Route {
        match (origin, path) {
            (Origin::Api, GRANT) | (Origin::Registry, TOKEN) => Route::Token,
            (Origin::Api, _) => Route::Api(None),
            (_, "/auth/token") => Route::Other,
            _ => Route::parse(path),
        }
    }

    fn mark(&self, asked: &Asked<'_>, _: &Registry, answer: &mut Answer) {
        if asked.origin == Origin::Registry {
            let name = HeaderName::from_static("docker-distribution-api-version");
            answer::set(answer, name, "registry/2.0");
        }
    }

    fn answer(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        match (asked.origin, &asked.route) {
            (Origin::Api, Route::Token) => self.grant(asked, registry),
            (_, Route::Token) => self.token(asked, registry),
            (Origin::Api, _) => self.rest(asked, registry).into(),
            _ => self.v2(asked, registry).into(),
        }
    }
}
