//! Secrets on their way out: until they were taken once, one request at a time carries
//! them, and once refused none ever does again.

use base64::Engine as _;
use tokio::sync::MutexGuard;
use zeroize::Zeroizing;

use super::auth::Auth;
use super::challenge::{Challenge, challenges};
use super::error::{Attempt, Standing, has_oauth_error, is_rule};
use crate::http::header::AUTHORIZATION;
use crate::http::{HeaderValue, Http, Request, Response, StatusCode, same_origin};
use crate::model::{AuthType, Class, CredentialKind, Credentials, Failure, Secret, Stage};

impl Auth {
    /// Sends `request` with user name and password, where there are any. Returns whether
    /// they were taken, now or before.
    pub(super) async fn send_basic(
        &self,
        http: &Http,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, bool), Failure> {
        let Some(credentials) = &self.credentials else {
            let response = http.send(request).await;
            return response
                .map(|response| (response, false))
                .map_err(|error| attempt.unanswered(&error));
        };
        let sign = |_: &Secret| request.with_header(AUTHORIZATION, basic(credentials));
        let _turn = self.turn().await;
        self.send_secret(http, attempt, sign).await
    }

    /// Sends `request` with the registry's own token, as it is.
    pub(super) async fn send_given(
        &self,
        http: &Http,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, bool), Failure> {
        let sign = |token: &Secret| request.with_header(AUTHORIZATION, bearer(token));
        let _turn = self.turn().await;
        self.send_secret(http, attempt, sign).await
    }

    /// Waits until the secret may be sent: before it was taken once, and for good where it
    /// changes with each use, one request at a time carries it. What comes back is held until
    /// all that the answer tells of the secret is kept: who is next needs to know it.
    pub(super) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        let alone = || {
            let state = self.state();
            !state.proven || state.rotated.is_some()
        };
        if !alone() {
            return None;
        }
        let turn = self.first_use.lock().await;
        // Whoever waited for the proof goes on beside all others.
        alone().then_some(turn)
    }

    /// Sends what `sign` makes of the secret, and learns from the answer whether it is
    /// taken. It is the caller's [`turn`](Self::turn).
    pub(super) async fn send_secret(
        &self,
        http: &Http,
        attempt: &Attempt,
        sign: impl FnOnce(&Secret) -> Request,
    ) -> Result<(Response, bool), Failure> {
        let signed = {
            let state = self.state();
            if let Some(refused) = &state.refused {
                return Err(refused.clone());
            }
            let own = self.credentials.as_ref().map(|known| &known.password);
            match state.rotated.as_ref().or(own) {
                Some(secret) => sign(secret),
                None => sign(&Secret::new("")),
            }
        };
        let asked = signed.url.clone();
        let response = http
            .send(signed)
            .await
            .map_err(|error| attempt.unanswered(&error))?;
        let mut state = self.state();
        // Where a redirect led it was not sent along, and nobody looked at it.
        if !same_origin(&response.url, &asked) {
            return Ok((response, state.proven));
        }
        if self.is_refused(&response) {
            // A password that was taken once is right: what lacks now is the right.
            if state.proven && self.kind() == Some(CredentialKind::Password) {
                return Ok((response, true));
            }
            let failure = self.refusal(attempt, &response);
            state.refused = Some(failure.clone());
            return Err(failure);
        }
        // A throttled or failing registry has not looked at them.
        let looked = response.status.is_success()
            || matches!(
                response.status,
                StatusCode::NOT_MODIFIED | StatusCode::UNAUTHORIZED
            );
        state.proven |= looked;
        Ok((response, state.proven))
    }

    /// Whether the answer says that the secret itself is wrong.
    fn is_refused(&self, response: &Response) -> bool {
        let unauthorized = response.status == StatusCode::UNAUTHORIZED && !is_rule(response);
        match self.kind() {
            Some(CredentialKind::RegistryToken) => unauthorized && !lacks_scope(response),
            // RFC 6749 §5.2
            Some(CredentialKind::IdentityToken) => {
                unauthorized
                    || response.status == StatusCode::BAD_REQUEST
                        && has_oauth_error(response, "invalid_grant")
            }
            Some(CredentialKind::Password | CredentialKind::AwsKeys) | None => unauthorized,
        }
    }

    pub(super) fn refusal(&self, attempt: &Attempt, response: &Response) -> Failure {
        let offered = challenges(response.headers());
        let only_bearer =
            offered.iter().any(Challenge::is_bearer) && !offered.iter().any(Challenge::is_basic);
        if self.mode == AuthType::Basic && only_bearer && attempt.stage != Stage::Token {
            return attempt
                .failure(
                    Class::Authentication,
                    "the registry takes tokens only, and `auth` is `basic`",
                )
                .with_status(response.status.as_u16())
                .with_hint("set `auth` to `auto` or `bearer`");
        }
        let mut failure = attempt.refused(response, Standing::Unproven);
        failure.class = Class::Authentication;
        let what = match self.kind() {
            Some(CredentialKind::IdentityToken) => "the identity token",
            Some(CredentialKind::RegistryToken) => "the registry token",
            Some(CredentialKind::AwsKeys) => "the AWS key",
            Some(CredentialKind::Password) | None => "the user name or password",
        };
        failure.message = format!("{what} was refused: {}", failure.message);
        if self.kind() != Some(CredentialKind::Password) {
            failure.hint = Some(
                "tokens end and are withdrawn: log in again and keep the new one; nothing is \
                 tried again with this"
                    .to_owned(),
            );
        }
        failure
    }
}

/// Whether the answer says that the token is good, for something else (RFC 6750 §3.1).
pub(super) fn lacks_scope(response: &Response) -> bool {
    challenges(response.headers())
        .iter()
        .any(|challenge| challenge.error.is("insufficient_scope"))
}

fn basic(credentials: &Credentials) -> HeaderValue {
    let pair = Zeroizing::new(format!(
        "{}:{}",
        credentials.username,
        credentials.password.expose()
    ));
    // Base64 is always a valid header value.
    sensitive(&Zeroizing::new(format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
    )))
}

fn bearer(token: &Secret) -> HeaderValue {
    sensitive(&Zeroizing::new(format!("Bearer {}", token.expose().trim())))
}

/// A header value that nothing shows; an empty one where the text is none that HTTP can
/// carry, which the registry refuses.
pub(super) fn sensitive(text: &str) -> HeaderValue {
    let mut header =
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"));
    header.set_sensitive(true);
    header
}
