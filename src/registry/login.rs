//! Signing in at an API that gives a token for the registry's credentials first, and takes
//! nothing but that token afterwards.

use std::sync::Arc;
use std::time::Duration;

use super::auth::Auth;
use super::error::{Attempt, Standing, has_oauth_error};
use super::origin;
use super::token::{self, Token};
use crate::http::header::AUTHORIZATION;
use crate::http::{Http, Request, Response, StatusCode, Url};
use crate::model::{Class, Credentials, Failure, Stage};

/// How an API's token is asked for. One implementation a product.
pub(super) trait Login: Send + Sync {
    /// What asks for a token, with what signs in to the registry. `place` is the endpoint
    /// where there is one, or else the API's own origin; nowhere else may it be asked for.
    ///
    /// # Errors
    ///
    /// These credentials cannot ask for one; why, in words for people.
    fn ask(&self, place: &Url, known: &Credentials) -> Result<Request, String>;

    /// Where the token is asked for, where that is not at the API's own origin: what the
    /// credentials themselves name, never what an answer does.
    fn endpoint(&self) -> Option<&Url> {
        None
    }

    /// How long a token is used that does not say how long it lives.
    fn lifetime(&self) -> Option<Duration> {
        None
    }
}

/// What was given, for as long as it lives.
pub(super) struct Session {
    login: Arc<dyn Login>,
    /// The token, and whoever fetches it: the others wait.
    kept: tokio::sync::Mutex<Option<Token>>,
}

impl Session {
    pub(super) fn new(login: Arc<dyn Login>) -> Self {
        Self {
            login,
            kept: tokio::sync::Mutex::default(),
        }
    }

    /// Sends `request` with the token, and once more with a fresh one where a token that was
    /// kept from before is refused. Nobody signs in where `auth` has no credentials.
    pub(super) async fn send(
        &self,
        http: &Http,
        auth: &Auth,
        origin: &Url,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, Standing), Failure> {
        let began = crate::http::now();
        let unanswered = |error| attempt.unanswered(&error);
        let Some(known) = &auth.credentials else {
            let response = http.send(request).await.map_err(unanswered)?;
            return Ok((response, Standing::Anonymous));
        };
        loop {
            let token = self.token(http, auth, origin, known).await?;
            let signed = request
                .clone()
                .with_header(AUTHORIZATION, token.header.clone());
            let response = http.send(signed).await.map_err(unanswered)?;
            if response.status == StatusCode::UNAUTHORIZED && token.obtained < began {
                self.forget(&token).await;
                continue;
            }
            return Ok((response, Standing::SignedIn));
        }
    }

    async fn forget(&self, token: &Token) {
        let mut kept = self.kept.lock().await;
        if kept
            .as_ref()
            .is_some_and(|kept| kept.header == token.header)
        {
            *kept = None;
        }
    }

    async fn token(
        &self,
        http: &Http,
        auth: &Auth,
        origin: &Url,
        known: &Credentials,
    ) -> Result<Token, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.clone());
        }
        let place = self.login.endpoint().unwrap_or(origin);
        let request = self
            .login
            .ask(place, known)
            .map_err(|why| Failure::new(Stage::Token, Class::Authentication, why))?;
        let request = request.staying();
        let attempt = Attempt::new(Stage::Token, &request, http.cover());
        origin::check(&request.url, place, http.cover())
            .map_err(|error| attempt.failure(Class::Protocol, &error.to_string()))?;
        let response = {
            let _turn = auth.turn().await;
            auth.send_secret(http, &attempt, |_| request).await?.0
        };
        if !response.status.is_success() {
            let mut failure = attempt.refused(&response, Standing::Unproven);
            // RFC 6749 §5.2: what was sent is wrong, over or withdrawn.
            if has_oauth_error(&response, "invalid_grant") {
                failure.class = Class::Authentication;
                failure = failure.with_hint(
                    "the key is deleted, switched off or of another account: make another; \
                     nothing is tried again with this",
                );
                auth.state().refused.get_or_insert_with(|| failure.clone());
            }
            return Err(failure);
        }
        let token = token::parse_reply(&response.body, http.cover())
            .map(|reply| reply.living(self.login.lifetime()))
            .and_then(|reply| reply.into_token(None, true, http.cover()))
            .map_err(|why| attempt.failure(Class::Protocol, why))?;
        *kept = Some(token.clone());
        Ok(token)
    }
}
