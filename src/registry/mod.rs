//! The Registry V2 protocol: ping, sign-in, lists, manifests, configurations
//! (OCI distribution-spec 1.1).
//!
//! Owns what is asked of a registry and what its answers mean. Leaves connections, turns
//! and retries to `http`; knows nothing of crawls, stores or screens.

mod advice;
mod allowance;
mod api;
mod auth;
mod aws;
mod challenge;
mod choice;
mod configuration;
mod deletion;
mod document;
mod entra;
mod error;
mod fetch;
mod grant;
mod head;
mod identity;
mod lenient;
mod list;
mod login;
mod manifest;
mod open;
mod origin;
mod ping;
mod place;
mod presence;
mod product;
mod proof;
mod quota;
mod reading;
mod realm;
mod referrers;
mod service_account;
mod survey;
#[cfg(test)]
mod tests;
mod token;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use allowance::Spent;
pub use challenge::Challenge;
pub use configuration::Configuration;
pub use deletion::Deletion;
pub use document::{ManifestFacts, configuration_facts, manifest_facts};
pub use grant::{Grant, GrantedScope, TokenDetails};
pub use head::TagDigest;
pub use identity::Identity;
pub use list::{Contents, End, Entry, Listed, Open, Page, Pages, Proof, Repositories, Told};
pub use manifest::{Descriptor, Manifest};
pub use ping::{Ping, SignedIn};
pub use presence::Presence;
pub use quota::Quota;
pub use referrers::Referrers;
pub use survey::Survey;
pub use token::Scope;

use crate::http::{Cover, Http, Request, Response, StatusCode, Url, Watcher, same_origin};
use crate::model::{
    AuthType, AwsAccess, AwsKeys, AwsSource, Class, CredentialKind, Credentials, Digest, Failure,
    Product, RegistrySpec, RepositoryName, Secret, Secrets, Stage, Tag, Traffic,
};
use allowance::Allowance;
use api::{Api, NoApi};
use auth::Auth;
use error::{Attempt, Standing};
use head::Head;
use list::{Field, List, Listing, Source};
use place::Layout;

/// What a manifest is asked by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// A tag.
    Tag(Tag),
    /// A digest.
    Digest(Digest),
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => write!(f, "{tag}"),
            Self::Digest(digest) => write!(f, "{digest}"),
        }
    }
}

/// One registry. Clones share connections, tokens and what was learnt of it.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    base: Url,
    /// Where repositories are; not set where one base holds all.
    layout: OnceLock<Layout>,
    auth: Auth,
    spec: RegistrySpec,
    /// The API that lists, chosen once it is known what answers.
    api: OnceLock<Result<Api, NoApi>>,
    /// What the API is signed in to with, where that is something of its own.
    api_token: Option<Secret>,
    listing: Listing,
    /// Whether `v2/` right below the address was answered as a registry does; 0 is not known.
    speaks_v2: AtomicU8,
    found_product: OnceLock<Product>,
    /// Answers whose headers were looked at for the product.
    looks: AtomicU64,
    /// Who we are to the registry.
    sign_in: String,
    /// What was learnt of each kind of list, for each store behind the address.
    sources: Mutex<HashMap<(Field, String), Arc<Source>>>,
    /// Whether a list was seen to be cut.
    cut: AtomicBool,
    /// Whether anything was ever answered but lists of names that everybody may see.
    answered: AtomicBool,
    head: Head,
    quota: Mutex<Option<Quota>>,
    allowance: Allowance,
    /// The version of CNCF Distribution that the ping hints at.
    hint: OnceLock<&'static str>,
    /// Whether it ever answered anything.
    heard: AtomicBool,
    /// The version that headers tell everybody.
    version: OnceLock<String>,
}

impl Registry {
    /// The registry of `spec`. Reads certificate files; sends nothing.
    pub fn new(spec: &RegistrySpec, secrets: impl Into<Secrets>) -> Result<Self, Failure> {
        Self::watched(spec, secrets, None)
    }

    /// The same, with somebody who is told of every request.
    pub fn watched(
        spec: &RegistrySpec,
        secrets: impl Into<Secrets>,
        watcher: Option<Watcher>,
    ) -> Result<Self, Failure> {
        let http = Http::watched(spec, watcher).map_err(|error| {
            let mut failure = Failure::new(Stage::Connect, error.class(), error.to_string());
            failure.hint = error.hint();
            failure
        })?;
        Self::over(http, spec, secrets)
    }

    /// The registry of `spec`, reached by `http`.
    pub fn over(
        http: Http,
        spec: &RegistrySpec,
        secrets: impl Into<Secrets>,
    ) -> Result<Self, Failure> {
        let Secrets {
            credentials,
            api_token,
            aws,
        } = secrets.into();
        if let Some(token) = &api_token {
            http.cover().learn_token(token.expose());
        }
        let credentials = credentials.map(|known| product::as_keys(spec, known));
        let sign_in = match &credentials {
            Some(known) if spec.auth != AuthType::Anonymous => known.name(),
            _ => "anonymous".to_owned(),
        };
        let base = Url::parse(&spec.endpoint.join("")).map_err(|error| {
            Failure::new(
                Stage::Resolve,
                Class::Local,
                format!("`{}` is no URL: {error}", spec.endpoint),
            )
        })?;
        // What is found where AWS's own tools look is what it is said to be.
        let is_key = |known: &&Credentials| known.kind == CredentialKind::AwsKeys;
        let keys = credentials.as_ref().filter(is_key).map(|known| {
            aws.unwrap_or_else(|| AwsAccess {
                source: AwsSource::Keys(AwsKeys {
                    id: known.username.clone(),
                    secret: known.password.clone(),
                    session: api_token.clone(),
                    ends: None,
                }),
                region: None,
                sts: None,
            })
        });
        let mut auth = Auth::new(http.clone(), spec.auth, credentials);
        if let Some(keys) = keys {
            auth = auth.with_aws(api::aws(spec, &base, &http, keys));
        }
        let registry = Self {
            inner: Arc::new(Inner {
                auth,
                api_token,
                http,
                base,
                layout: OnceLock::new(),
                spec: spec.clone(),
                api: OnceLock::new(),
                listing: Listing::default(),
                speaks_v2: AtomicU8::new(0),
                found_product: OnceLock::new(),
                looks: AtomicU64::new(0),
                sign_in,
                sources: Mutex::default(),
                cut: AtomicBool::new(false),
                answered: AtomicBool::new(false),
                head: Head::default(),
                quota: Mutex::new(None),
                allowance: Allowance::default(),
                hint: OnceLock::new(),
                heard: AtomicBool::new(false),
                version: OnceLock::new(),
            }),
        };
        if let Some(product) = spec.product {
            registry.heed_limits(product);
        }
        Ok(registry)
    }

    /// Who the registry is asked as: `anonymous`, or the kind and name of the sign-in.
    pub fn sign_in_name(&self) -> String {
        self.inner.sign_in.clone()
    }

    /// What the secret is that signs in, once it is known what the registry is.
    pub fn credential_kind(&self) -> Option<CredentialKind> {
        self.inner.auth.kind()
    }

    /// The secret of the product's own API, where it was given one of its own.
    pub fn api_token(&self) -> Option<&Secret> {
        self.inner.api_token.as_ref()
    }

    /// What is secret on the way to it, which it has learnt: it makes text of answers fit
    /// to be shown, and tells names that hold a secret.
    pub fn cover(&self) -> &Cover {
        self.inner.http.cover()
    }

    /// Sends nothing more until [`resume`](Self::resume); what is in flight is finished.
    pub fn pause(&self) {
        self.inner.http.pause();
    }

    /// Goes on where [`pause`](Self::pause) stopped.
    pub fn resume(&self) {
        self.inner.http.resume();
    }

    /// Whether it was paused and does not go on yet.
    pub fn is_paused(&self) -> bool {
        self.inner.http.is_paused()
    }

    /// What there is to say where another product answers than the settings name.
    pub fn mismatch(&self) -> Option<String> {
        let set = self.inner.spec.product?;
        let found = *self.inner.found_product.get()?;
        let differ = set != Product::Generic && !product::is_same(set, found);
        differ.then(|| {
            format!(
                "the type is set to `{set}`, and what answers looks like `{found}`: set it to that, \
                 or to `auto`"
            )
        })
    }

    /// What there is to say of how it was listed.
    pub fn notes(&self) -> Vec<String> {
        self.inner.listing.notes()
    }

    /// What went over the wire so far.
    pub fn traffic(&self) -> Traffic {
        self.inner.http.traffic()
    }

    async fn send(
        &self,
        attempt: &Attempt,
        scope: &Scope,
        request: Request,
    ) -> Result<(Response, Standing), Failure> {
        let request = match scope {
            Scope::Pull(repository) => request.in_group(group(repository)),
            Scope::Ping | Scope::Catalogue => request,
        };
        let (response, standing) = match (scope, self.inner.layout.get()) {
            // Tokens are for the name on the wire.
            (Scope::Pull(repository), Some(Layout::Stores(_))) => {
                let scope = Scope::Pull(self.place(repository).name.into_owned());
                self.inner.auth.send(attempt, &scope, request).await?
            }
            _ => self.inner.auth.send(attempt, scope, request).await?,
        };
        if same_origin(&response.url, &self.inner.base) {
            self.learn(&response, &challenge::challenges(response.headers()));
            if response.status.is_success() && scope.is_content() {
                self.was_answered();
            }
        }
        if response.status == StatusCode::UNAUTHORIZED {
            return Err(attempt.refused(&response, standing));
        }
        Ok((response, standing))
    }

    /// Notes that the sign-in was answered with more than lists of names.
    fn was_answered(&self) {
        self.inner.answered.store(true, Ordering::Relaxed);
    }

    /// What is learnt of lists like `list`.
    fn source(&self, list: &List) -> Arc<Source> {
        let store = match list {
            List::Catalogue(store) => store.clone().unwrap_or_default(),
            List::Tags(name) => product::store_of(self.product(), name).to_owned(),
        };
        let cut = self.cut_of(list.field());
        let size = cut.map_or(self.inner.spec.limits.page_size, |cut| cut.at);
        let mut sources = self
            .inner
            .sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let source = sources
            .entry((list.field(), store))
            .or_insert_with(|| Arc::new(Source::new(size)));
        Arc::clone(source)
    }

    /// Where the product cuts such lists without a word.
    fn cut_of(&self, field: list::Field) -> Option<product::Cut> {
        product::cut(self.product()?, field)
    }

    /// Whether the administrator says that lists at a usual cap are whole.
    fn lists_whole(&self) -> bool {
        self.inner.spec.lists_whole
    }

    /// Whether any list was seen to be cut short without a word.
    pub fn has_cut(&self) -> bool {
        self.inner.cut.load(Ordering::Relaxed)
    }

    fn saw_cut(&self) {
        self.inner.cut.store(true, Ordering::Relaxed);
    }

    /// Whether an empty first page is a list, or a way to say no.
    fn check_empty(
        &self,
        list: &List,
        attempt: &Attempt,
        standing: Standing,
        has_more: bool,
    ) -> Result<(), Failure> {
        let challenged = self.inner.auth.was_challenged();
        let hidden = self.product().is_some_and(product::hides_catalogue)
            || (challenged && standing == Standing::Anonymous);
        if matches!(list, List::Catalogue(_)) && hidden && !has_more {
            return Err(attempt
                .failure(
                    Class::Denied,
                    "the list of repositories is empty, which this registry says to those who \
                     may not see any",
                )
                .with_status(200)
                .with_hint(
                    "sign in as somebody who may list repositories, or name those to load",
                ));
        }
        Ok(())
    }
}

/// Requests for one repository are refused and given up as one group.
fn group(repository: &RepositoryName) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    repository.hash(&mut hasher);
    hasher.finish()
}

/// What fuzz targets reach of this room.
#[cfg(any(fuzzing, test))]
pub mod fuzz {
    use crate::http::{Cover, HeaderMap, HeaderValue, Headers, header};

    fn headers(name: crate::http::HeaderName, value: &[u8]) -> Option<HeaderMap> {
        let value = HeaderValue::from_bytes(value).ok()?;
        Some(HeaderMap::from_iter([(name, value)]))
    }

    /// Reads a `WWW-Authenticate` header.
    ///
    /// # Panics
    ///
    /// When a challenge has no scheme, or is shown with control characters.
    pub fn challenge(value: &[u8]) {
        let Some(headers) = headers(header::WWW_AUTHENTICATE, value) else {
            return;
        };
        let cover = Cover::default();
        for challenge in super::challenge::challenges(Headers::new(&headers, &cover)) {
            assert!(!challenge.scheme.is_empty());
            let shown = challenge.shown(&cover);
            assert!(!shown.as_str().contains(char::is_control));
        }
    }

    /// Reads a `Link` header.
    ///
    /// # Panics
    ///
    /// When there is white space around the target.
    pub fn link(value: &[u8]) {
        if let Some(headers) = headers(header::LINK, value) {
            let target = super::list::next_link(Headers::new(&headers, &Cover::default()));
            assert!(target.is_none_or(|target| target.trim() == target));
        }
    }
}
