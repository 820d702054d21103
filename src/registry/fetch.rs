//! Getting tokens: by `GET` with user name and password or without, by `POST` with an
//! identity token (distribution docs/spec/auth/token.md and oauth.md).

use std::time::Duration;

use zeroize::Zeroizing;

use super::auth::Auth;
use super::error::{Attempt, Standing};
use super::realm;
use super::token::{Reply, Scope, Token, TokenEndpoint, parse_reply};
use crate::http::header::ACCEPT;
use crate::http::{Cover, HeaderValue, Http, Request, Response, StatusCode};
use crate::model::{Class, CredentialKind, Failure, Secret, Stage};

/// Most bytes read of a token endpoint's reply.
pub(super) const CAP: usize = 64 * 1024;

/// How long a token endpoint that failed is left alone. A crawl asks it for one token a
/// repository, and each of them would wait for the same failure.
const REST: Duration = Duration::from_secs(30);

/// What this program calls itself (oauth.md, `client_id`).
const CLIENT: &str = "supercargo";

impl Auth {
    /// The token that requests of `scope` carry.
    pub(super) async fn token(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        attempt: &Attempt,
    ) -> Result<Token, Failure> {
        self.tokens
            .get(endpoint, scope, async || {
                self.fetch(endpoint, scope, attempt).await
            })
            .await
    }

    /// Fetches a token. An endpoint that has not given any yet, or failed the last time, is
    /// asked by one caller at a time, and the others learn from what came of it. One that
    /// works is asked by all at once, each of them once: only who is alone tries again.
    async fn fetch(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        cause: &Attempt,
    ) -> Result<Token, Failure> {
        let mut tried = false;
        let _alone = loop {
            if self.state().realm_works && !tried {
                let once = self.http.without_retries();
                match self.ask(&once, endpoint, scope, cause).await {
                    Err(failure) if is_trouble(&failure) => tried = true,
                    fetched => {
                        return fetched
                            .map_err(|failure| as_named(failure, endpoint, self.http.cover()));
                    }
                }
            }
            let alone = self.realm_turn.lock().await;
            // Whoever only waited to see whether it works goes on beside all others.
            if tried || !self.state().realm_works {
                break alone;
            }
        };
        let down = self.state().realm_down.clone();
        if let Some((at, mut failure)) = down
            && at.elapsed() < REST
        {
            failure.repository.clone_from(&cause.repository);
            return Err(failure);
        }
        let fetched = self.ask(&self.http, endpoint, scope, cause).await;
        let fetched = fetched.map_err(|failure| as_named(failure, endpoint, self.http.cover()));
        let mut state = self.state();
        match &fetched {
            Err(failure) if is_trouble(failure) => {
                state.realm_works = false;
                state.realm_down = Some((crate::http::now(), failure.clone()));
            }
            // Whatever it says, it answers.
            _ => {
                state.realm_works = true;
                state.realm_down = None;
            }
        }
        drop(state);
        fetched
    }

    async fn ask(
        &self,
        http: &Http,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        cause: &Attempt,
    ) -> Result<Token, Failure> {
        let mut parameter = scope.parameter(self.state().asks_metadata);
        loop {
            // Held until `keep`: a new identity token may come with the answer.
            let _turn = match self.kind() {
                Some(CredentialKind::IdentityToken) => self.turn().await,
                _ => None,
            };
            let exchanged = self.exchange_entra(http, endpoint).await;
            exchanged.map_err(|failure| self.blame(failure, endpoint))?;
            let (attempt, outcome) = self
                .exchange(http, endpoint, parameter.as_deref(), cause)
                .await;
            let (response, proven) = outcome.map_err(|failure| self.blame(failure, endpoint))?;
            let signed_in = self.credentials.is_some();
            if response.status.is_success() {
                let reply = parse_reply(&response.body, response.cover()).map_err(|why| {
                    attempt
                        .failure(Class::Protocol, why)
                        .with_hint("the challenge names a token endpoint that is none: check the registry's set-up")
                })?;
                return self.keep(reply, parameter, signed_in).map_err(|why| {
                    attempt
                        .failure(Class::Protocol, why)
                        .with_hint("check the token server's set-up")
                });
            }
            // Some endpoints know only repositories (Quay).
            if response.status == StatusCode::BAD_REQUEST
                && *scope == Scope::Catalogue
                && parameter.take().is_some()
            {
                continue;
            }
            let standing = match (signed_in, proven) {
                (false, _) => Standing::Anonymous,
                (true, true) => Standing::SignedIn,
                (true, false) => Standing::Unproven,
            };
            return Err(self.refused_token(&attempt, &response, standing, endpoint));
        }
    }

    async fn exchange(
        &self,
        http: &Http,
        endpoint: &TokenEndpoint,
        parameter: Option<&str>,
        cause: &Attempt,
    ) -> (Attempt, Result<(Response, bool), Failure>) {
        let json = HeaderValue::from_static("application/json");
        let by_form = self.kind() == Some(CredentialKind::IdentityToken);
        let request = if by_form {
            Request::post_form(endpoint.url.clone(), CAP)
        } else {
            Request::get(endpoint.request_url(parameter), CAP)
        }
        .with_header(ACCEPT, json);
        let mut attempt = Attempt::new(Stage::Token, &request, self.http.cover());
        attempt.repository.clone_from(&cause.repository);
        let outcome = if by_form {
            let sign = |token: &Secret| request.with_body(form(endpoint, parameter, token));
            self.send_secret(http, &attempt, sign).await
        } else {
            self.send_basic(http, &attempt, request).await
        };
        (attempt, outcome)
    }

    /// The token of `reply`. An identity token that came with it takes the place of the
    /// one that was used: some servers take each of them once only.
    fn keep(
        &self,
        reply: Reply,
        asked: Option<String>,
        signed_in: bool,
    ) -> Result<Token, &'static str> {
        if self.kind() == Some(CredentialKind::IdentityToken)
            && let Some(next) = &reply.refresh
        {
            let mut state = self.state();
            let own = self.credentials.as_ref().map(|known| &known.password);
            if state.rotated.as_ref().or(own) != Some(next) {
                state.rotated = Some(next.clone());
            }
        }
        reply.into_token(asked, signed_in, self.http.cover())
    }

    fn refused_token(
        &self,
        attempt: &Attempt,
        response: &Response,
        standing: Standing,
        endpoint: &TokenEndpoint,
    ) -> Failure {
        let status = response.status.as_u16();
        if self.kind() == Some(CredentialKind::IdentityToken) && matches!(status, 404 | 405) {
            let failure = attempt
                .failure(
                    Class::Authentication,
                    &format!(
                        "the token server answers {status}: it takes no identity tokens, which \
                         are sent by `POST`"
                    ),
                )
                .with_status(status)
                .with_hint("keep a password or a personal access token instead");
            // It will not learn to, whatever it is asked for.
            self.state().refused = Some(failure.clone());
            return failure;
        }
        let failure = attempt.refused(response, standing);
        let mut failure = self.blame(failure, endpoint);
        if matches!(failure.class, Class::Missing | Class::Protocol) {
            // Never to be taken for a repository that is not there.
            failure.class = Class::Protocol;
            failure.hint = Some(
                "the token endpoint that the challenge names does not work: check the \
                 registry's set-up"
                    .to_owned(),
            );
        }
        failure
    }

    /// Says that it is the token server that failed, which may be another machine than
    /// the registry.
    fn blame(&self, mut failure: Failure, endpoint: &TokenEndpoint) -> Failure {
        if is_trouble(&failure) {
            // Scheme, host and port.
            let mut origin = endpoint.url.clone();
            origin.set_query(None);
            origin.set_path("");
            failure.message = format!(
                "the token server `{}` gives no token: {}",
                self.http.cover().show_url(&origin),
                failure.message
            );
            if failure.class == Class::Server {
                failure.hint = Some("the token server failed; its own log says why".to_owned());
            }
        }
        failure
    }
}

/// The form that asks for a token by an identity token (oauth.md, "Getting a Token").
fn form(endpoint: &TokenEndpoint, scope: Option<&str>, token: &Secret) -> Zeroizing<String> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token");
    if let Some(service) = endpoint.service.uncovered() {
        form.append_pair("service", service);
    }
    form.append_pair("client_id", CLIENT);
    if let Some(scope) = scope {
        form.append_pair("scope", scope);
    }
    form.append_pair("refresh_token", token.expose());
    Zeroizing::new(form.finish())
}

/// Whether it is the endpoint that fails, whatever it is asked for.
fn is_trouble(failure: &Failure) -> bool {
    match failure.class {
        Class::Resolve
        | Class::Connect
        | Class::Tls
        | Class::Proxy
        | Class::Timeout
        | Class::Server => true,
        // Our own limits throttle, too, and say nothing of the endpoint.
        Class::Throttled => failure.status.is_some(),
        _ => false,
    }
}

/// Says that the endpoint was asked otherwise than the challenge names it, where that may
/// be why it gives no token.
fn as_named(mut failure: Failure, endpoint: &TokenEndpoint, cover: &Cover) -> Failure {
    let Some(named) = &endpoint.named else {
        return failure;
    };
    // Whoever refuses, fails by itself or has enough of us was found.
    let may_be_why = matches!(
        failure.class,
        Class::Connect | Class::Tls | Class::Timeout | Class::Missing | Class::Protocol
    );
    if may_be_why {
        failure.message.push_str(&format!(
            "; the challenge names `{named}`, which was tried as `{}`, as the registry speaks TLS",
            realm::without_query(&endpoint.url, cover)
        ));
        failure.hint = Some(
            "let the registry name itself by `https`: set its external URL, or have the proxy \
             before it send `X-Forwarded-Proto: https`"
                .to_owned(),
        );
    }
    failure
}
