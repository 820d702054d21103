//! A product's own API: where it is, how requests to it are signed, and what answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Registry;
use super::auth::Auth;
use super::aws::{Aws, Keys};
use super::error::{Attempt, Standing};
use super::list::Lister;
use super::login::{Login, Session};
use super::origin::{self, Named};
use super::product::Site;
use crate::http::header::{HeaderName, HeaderValue};
use crate::http::{Http, Request, Response, StatusCode, Url, same_origin};
use crate::model::{
    AuthType, AwsAccess, Class, CredentialKind, Credentials, Failure, RegistrySpec, Secret,
};

/// What [`Inner::speaks_v2`](super::Inner) holds once it is known.
const SPEAKS: u8 = 1;
const IS_SILENT: u8 = 2;

/// How requests of an API sign in.
#[derive(Clone)]
pub(super) enum Signing {
    /// As the registry is signed in to: by user name and password (RFC 7617), or by a token
    /// of the registry's own.
    AsRegistry,
    /// By this header, which holds the API's own token behind these words; the registry's
    /// password where no such token is kept and `or_password` allows it.
    Token {
        header: HeaderName,
        before: &'static str,
        or_password: bool,
    },
    /// By a Bearer token that is asked for first, with what signs in to the registry, and
    /// asked for anew when it is over or refused.
    Login(Arc<dyn Login>),
    /// By the registry's own secret, which is a token that the API takes as Bearer.
    AsBearer,
    /// By the user's AWS key (Signature Version 4).
    Aws,
    /// Not at all.
    Nobody,
}

/// The API of a registry.
pub(super) struct Api {
    /// Its origin: nothing is sent to another.
    pub(super) origin: Url,
    signing: Signing,
    /// The way there.
    http: Http,
    /// Who signs by a token; `None` where the registry's own sign-in does, or nobody.
    token: Option<Auth>,
    /// Who signs by a token that is asked for first.
    session: Option<Session>,
    /// What it lists.
    pub(super) lister: Arc<dyn Lister>,
}

/// What keeps a registry's API from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoApi {
    /// The product has none that lists, or is not known.
    None,
    /// The settings say so.
    Off,
    /// This, in words.
    Because(String),
}

impl Registry {
    /// Notes how `v2/` right below the address was answered.
    pub(super) fn pinged(&self, status: StatusCode) {
        let state = match status {
            StatusCode::OK | StatusCode::UNAUTHORIZED => SPEAKS,
            StatusCode::NOT_FOUND => IS_SILENT,
            _ => return,
        };
        self.inner.speaks_v2.store(state, Ordering::Relaxed);
    }

    /// The API that lists this registry, chosen once it is known what answers.
    pub(super) fn choose_api(&self) -> &Result<Api, NoApi> {
        self.inner.api.get_or_init(|| self.find_api())
    }

    /// The API, where one was chosen and not given up.
    pub(super) fn api(&self) -> Option<&Api> {
        if self.inner.listing.has_given_up() {
            return None;
        }
        self.inner.api.get()?.as_ref().ok()
    }

    fn find_api(&self) -> Result<Api, NoApi> {
        let spec = &self.inner.spec;
        let product = self.product().ok_or(NoApi::None)?;
        if super::product::wants_metadata(product) {
            self.inner.auth.state().asks_metadata = true;
        }
        let known = super::product::api(product).ok_or(NoApi::None)?;
        let realm = self.inner.auth.realm();
        let set = spec
            .api
            .as_ref()
            .and_then(|api| Url::parse(&api.join("")).ok());
        let credentials = self.inner.auth.credentials.as_ref();
        let site = Site {
            base: &self.inner.base,
            api: set.as_ref(),
            realm: realm.as_ref(),
            is_vendors: super::product::is_at_vendor(product, &self.inner.spec.endpoint),
            scope: &spec.repositories,
            everything: spec.covers_everything(),
            is_by_path: product == crate::model::Product::ArtifactoryPath,
            page_size: spec.limits.page_size,
            credentials,
            has_api_token: self.inner.api_token.is_some(),
            speaks_v2: match self.inner.speaks_v2.load(Ordering::Relaxed) {
                SPEAKS => Some(true),
                IS_SILENT => Some(false),
                _ => None,
            },
        };
        let named = match &set {
            Some(url) => Named::Setting(url.clone()),
            None => (known.place)(&site).map_err(NoApi::Because)?,
        };
        let origin = origin::of_api(&named, &self.inner.base, self.cover())
            .map_err(|error| NoApi::Because(error.to_string()))?;
        let signing = (known.signing)(&site).map_err(NoApi::Because)?;
        let lister = (known.lister)(&site, &origin).map_err(NoApi::Because)?;
        if let Some(layout) = lister.layout() {
            // It is chosen once.
            let _ = self.inner.layout.set(layout);
        }
        if spec.v2_only {
            return Err(NoApi::Off);
        }
        let http = if same_origin(&origin, &self.inner.base) {
            self.inner.http.clone()
        } else {
            self.inner.http.to_another_host()
        };
        Ok(Api {
            token: self.token_auth(&signing, http.clone()),
            session: match &signing {
                Signing::Login(login) => Some(Session::new(login.clone())),
                _ => None,
            },
            http,
            origin,
            signing,
            lister,
        })
    }

    /// Who signs by the API's own token.
    fn token_auth(&self, signing: &Signing, http: Http) -> Option<Auth> {
        let Signing::Token { or_password, .. } = signing else {
            return None;
        };
        let password = || {
            let known = self.inner.auth.credentials.as_ref()?;
            (*or_password && known.kind == CredentialKind::Password).then(|| known.password.clone())
        };
        let secret = self.inner.api_token.clone().or_else(password)?;
        let credentials = Credentials {
            kind: CredentialKind::RegistryToken,
            ..Credentials::new("", secret)
        };
        Some(Auth::new(http, AuthType::Auto, Some(credentials)))
    }

    /// Whether the sign-in was refused: it is sent to nobody any more.
    pub fn is_sign_in_refused(&self) -> bool {
        self.inner.auth.state().refused.is_some()
    }

    /// Notes that the sign-in is wrong, whatever was answered to it.
    pub(super) fn refuse_sign_in(&self, failure: &Failure) {
        let mut state = self.inner.auth.state();
        state.proven = false;
        state.refused.get_or_insert_with(|| failure.clone());
    }

    /// Notes that the API takes who signs in for a stranger: by the registry's own sign-in
    /// where the API has no token of its own, which says nothing of that one.
    pub(super) fn refuse_at_api(&self, failure: &Failure) {
        if self.inner.api_token.is_none() {
            self.refuse_sign_in(failure);
        }
    }

    /// A password that the API refuses is not tried at the registry, which never took it: that
    /// would be another failed attempt by the same secret.
    fn share_refusal(&self, api: &Api, failure: &Failure) {
        let is_shared = matches!(
            api.signing,
            Signing::Token {
                or_password: true,
                ..
            }
        ) && self.inner.api_token.is_none();
        let is_unproven = !self.inner.auth.state().proven;
        if failure.class == Class::Authentication && is_shared && is_unproven {
            self.refuse_sign_in(failure);
        }
    }

    /// Sends `request` to the API, signed; the answer is the API's own.
    ///
    /// # Errors
    ///
    /// It would go elsewhere, there is no answer, or the sign-in is refused.
    pub(super) async fn send_to_api(
        &self,
        api: &Api,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, Standing), Failure> {
        origin::check(&request.url, &api.origin, self.cover()).map_err(|error| {
            attempt
                .failure(Class::Protocol, &error.to_string())
                .with_hint("nothing is sent there: if that is the API, set `api` to it")
        })?;
        let request = request.staying();
        let auth = api.token.as_ref().unwrap_or(&self.inner.auth);
        let kind = auth.kind();
        if let Some(session) = &api.session {
            let sent = session.send(&api.http, auth, &api.origin, attempt, request);
            let (response, standing) = sent.await?;
            return answered(attempt, response, standing);
        }
        let (response, standing) = match (&api.signing, kind) {
            (Signing::Token { header, before, .. }, Some(_)) => {
                let sign = |token: &Secret| {
                    let value = zeroize::Zeroizing::new(format!("{before}{}", token.expose()));
                    request.with_header(header.clone(), super::proof::sensitive(&value))
                };
                let _turn = auth.turn().await;
                let sent = auth.send_secret(&api.http, attempt, sign).await;
                if let Err(failure) = &sent {
                    self.share_refusal(api, failure);
                }
                signed(sent?)
            }
            (Signing::AsRegistry, Some(CredentialKind::Password)) => {
                signed(auth.send_basic(&api.http, attempt, request).await?)
            }
            (Signing::Aws, _) => {
                let aws = auth.aws();
                let Some(aws) = aws.filter(|aws| same_origin(&aws.origin, &api.origin)) else {
                    return Err(auth.no_aws(attempt));
                };
                signed(Box::pin(auth.send_signed(aws, attempt, request)).await?)
            }
            (Signing::AsBearer, Some(_))
            | (Signing::AsRegistry, Some(CredentialKind::RegistryToken)) => {
                signed(auth.send_given(&api.http, attempt, request).await?)
            }
            _ => {
                let sent = api.http.send(request).await;
                let response = sent.map_err(|error| attempt.unanswered(&error))?;
                (response, Standing::Anonymous)
            }
        };
        answered(attempt, response, standing)
    }
}

/// What an AWS key opens of the registry of `spec`; or why it opens nothing.
pub(super) fn aws(
    spec: &RegistrySpec,
    base: &Url,
    http: &Http,
    access: AwsAccess,
) -> Result<Aws, String> {
    let set = spec
        .api
        .as_ref()
        .and_then(|api| Url::parse(&api.join("")).ok());
    let region = access.region.as_deref();
    let (named, region) = super::product::aws_of(spec, set.as_ref(), region)?;
    let origin = origin::of_api(&named, base, http.cover()).map_err(|error| error.to_string())?;
    let there = if same_origin(&origin, base) {
        http.clone()
    } else {
        http.to_another_host()
    };
    let keys = Keys::new(spec, http, &region, access);
    Ok(Aws::new(origin, region, there, keys))
}

/// A refusal of the sign-in is a failure, whatever was asked.
fn answered(
    attempt: &Attempt,
    response: Response,
    standing: Standing,
) -> Result<(Response, Standing), Failure> {
    if response.status == StatusCode::UNAUTHORIZED {
        return Err(attempt.refused(&response, standing));
    }
    Ok((response, standing))
}

fn signed((response, is_proven): (Response, bool)) -> (Response, Standing) {
    let standing = if is_proven {
        Standing::SignedIn
    } else {
        Standing::Unproven
    };
    (response, standing)
}

/// `Accept` of APIs that answer with JSON.
pub(super) fn json(request: Request) -> Request {
    let json = HeaderValue::from_static("application/json");
    request.with_header(crate::http::header::ACCEPT, json)
}
