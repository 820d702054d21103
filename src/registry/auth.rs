//! Signing in: which header goes along, and what a refusal means.
//!
//! Requests begin anonymous, unless it is known better; a 401 is followed by what its
//! challenge asks for. Credentials that were refused once are never sent again, and until
//! they were taken once only one request at a time carries them: a wrong password is one
//! failed attempt, however many callers there are.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;

use super::SignedIn;
use super::challenge::{Challenge, challenges};
use super::error::{Attempt, Standing};
use super::grant::TokenDetails;
use super::realm;
use super::token::{Scope, Token, TokenEndpoint, Tokens, parse_reply};
use crate::http::header::{ACCEPT, AUTHORIZATION};
use crate::http::{HeaderValue, Http, Request, Response, StatusCode, Url, redacted, same_origin};
use crate::model::{AuthType, Class, Credentials, Failure, Stage};

/// Most bytes read of a token endpoint's reply.
const TOKEN_CAP: usize = 64 * 1024;

/// How a request signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Anonymous,
    Basic,
    Bearer(TokenEndpoint),
}

struct State {
    way: Way,
    /// The catalogue takes Basic where everything else takes tokens (Harbor).
    catalogue_by_basic: bool,
    /// Whether the credentials were ever taken.
    proven: bool,
    /// The failure that refused the credentials.
    refused: Option<Failure>,
}

pub(super) struct Auth {
    http: Http,
    mode: AuthType,
    credentials: Option<Credentials>,
    state: Mutex<State>,
    tokens: Tokens,
    first_use: tokio::sync::Mutex<()>,
}

impl Auth {
    pub(super) fn new(http: Http, mode: AuthType, credentials: Option<Credentials>) -> Self {
        let credentials = credentials.filter(|_| mode != AuthType::Anonymous);
        let way = match mode {
            AuthType::Basic if credentials.is_some() => Way::Basic,
            _ => Way::Anonymous,
        };
        Self {
            http,
            mode,
            credentials,
            state: Mutex::new(State {
                way,
                catalogue_by_basic: false,
                proven: false,
                refused: None,
            }),
            tokens: Tokens::default(),
            first_use: tokio::sync::Mutex::new(()),
        }
    }

    /// Sends `request` with what is known to be needed for `scope`, and once more with
    /// what a 401 asks for. The answer may still be a 401, which is then final.
    pub(super) async fn send(
        &self,
        attempt: &Attempt,
        scope: &Scope,
        request: Request,
    ) -> Result<(Response, Standing), Failure> {
        let began = crate::http::now();
        let mut way = self.way_for(scope);
        let mut tried: Vec<Way> = Vec::new();
        let mut renewed = false;
        loop {
            let (response, standing, token) = self.send_by(&way, attempt, scope, &request).await?;
            if response.status != StatusCode::UNAUTHORIZED {
                if way == Way::Anonymous && self.may_see_more(&response, &request) {
                    // An open registry may show more to those it knows, and never asks.
                    let offered = challenges(&response.headers);
                    let asked = self.choose(attempt, &offered, &response.url, &[Way::Anonymous]);
                    way = asked.ok().flatten().unwrap_or(Way::Basic);
                    self.set_way(&way);
                    tried.push(Way::Anonymous);
                    continue;
                }
                if way == Way::Basic && *scope == Scope::Catalogue && response.status.is_success() {
                    let mut state = self.state();
                    state.catalogue_by_basic = matches!(state.way, Way::Bearer(_));
                }
                return Ok((response, standing));
            }
            // A 401 from where a redirect led is not the registry's, and gets nothing.
            if !same_origin(&response.url, &request.url) {
                return Err(elsewhere(attempt, &response));
            }
            if let (Way::Bearer(endpoint), Some(token)) = (&way, &token) {
                self.tokens.forget(endpoint, scope, token).await;
                if !renewed && token.obtained < began {
                    renewed = true;
                    continue;
                }
            }
            tried.push(way.clone());
            let offered = challenges(&response.headers);
            match self.choose(attempt, &offered, &response.url, &tried)? {
                Some(next) => {
                    let mut state = self.state();
                    if state.way == Way::Anonymous {
                        state.way = next.clone();
                    }
                    way = next;
                }
                None => return Ok((response, standing)),
            }
        }
    }

    /// Whether an answer that came to nobody may be another for those who sign in: the
    /// user gave credentials to be used, and a list cut to what everybody may see would
    /// pass for the whole.
    fn may_see_more(&self, response: &Response, request: &Request) -> bool {
        self.mode == AuthType::Auto
            && self.credentials.is_some()
            && response.status.is_success()
            && same_origin(&response.url, &request.url)
    }

    /// Signs in as the challenges of a ping ask for, and says how.
    pub(super) async fn sign_in(
        &self,
        ping: &Url,
        offered: &[Challenge],
    ) -> Result<SignedIn, Failure> {
        let request = Request::get(ping.clone(), TOKEN_CAP).staying();
        let attempt = Attempt::new(Stage::Token, &request);
        let current = self.way_for(&Scope::Ping);
        let way = match current {
            Way::Anonymous => {
                let at_challenge = Attempt::new(Stage::Challenge, &request);
                self.choose(&at_challenge, offered, ping, &[Way::Anonymous])?
                    .unwrap_or(Way::Anonymous)
            }
            known => known,
        };
        match &way {
            Way::Anonymous => Err(nothing_to_sign_in_with(&attempt, offered)),
            Way::Basic => {
                self.set_way(&way);
                let (response, standing, _) =
                    self.send_by(&way, &attempt, &Scope::Ping, &request).await?;
                if response.status == StatusCode::UNAUTHORIZED {
                    return Err(attempt.refused(&response, standing));
                }
                Ok(SignedIn::Basic)
            }
            Way::Bearer(endpoint) => {
                self.set_way(&way);
                let token = self.token(endpoint, &Scope::Ping, &attempt).await?;
                Ok(if token.signed_in {
                    SignedIn::Bearer(token.lifetime)
                } else {
                    SignedIn::Anonymous(token.lifetime)
                })
            }
        }
    }

    /// Whether there are credentials to send.
    pub(super) fn has_credentials(&self) -> bool {
        self.credentials.is_some()
    }

    /// Whether the registry was seen to ask for a sign-in.
    pub(super) fn was_challenged(&self) -> bool {
        self.state().way != Way::Anonymous
    }

    /// What is known of the token that requests of `scope` carry; `None` where there is none.
    pub(super) async fn granted(&self, scope: &Scope) -> Option<TokenDetails> {
        match self.way_for(scope) {
            Way::Bearer(endpoint) => self.tokens.details(&endpoint, scope).await,
            Way::Anonymous | Way::Basic => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_way(&self, way: &Way) {
        self.state().way = way.clone();
    }

    fn way_for(&self, scope: &Scope) -> Way {
        let state = self.state();
        if *scope == Scope::Catalogue && state.catalogue_by_basic {
            Way::Basic
        } else {
            state.way.clone()
        }
    }

    async fn send_by(
        &self,
        way: &Way,
        attempt: &Attempt,
        scope: &Scope,
        request: &Request,
    ) -> Result<(Response, Standing, Option<Token>), Failure> {
        let unanswered = |error| attempt.unanswered(&error);
        match way {
            Way::Anonymous => {
                let response = self.http.send(request.clone()).await.map_err(unanswered)?;
                Ok((response, Standing::Anonymous, None))
            }
            Way::Basic => {
                let (response, proven) = self.send_basic(attempt, request.clone()).await?;
                let standing = if proven {
                    Standing::SignedIn
                } else {
                    Standing::Unproven
                };
                Ok((response, standing, None))
            }
            Way::Bearer(endpoint) => {
                let token = self.token(endpoint, scope, attempt).await?;
                let signed = request
                    .clone()
                    .with_header(AUTHORIZATION, token.header.clone());
                let response = self.http.send(signed).await.map_err(unanswered)?;
                let standing = if token.signed_in {
                    Standing::SignedIn
                } else {
                    Standing::Anonymous
                };
                Ok((response, standing, Some(token)))
            }
        }
    }

    /// Sends `request` with user name and password, and learns from the answer whether
    /// they are taken. Returns whether they were taken, now or before.
    async fn send_basic(
        &self,
        attempt: &Attempt,
        request: Request,
    ) -> Result<(Response, bool), Failure> {
        let Some(credentials) = &self.credentials else {
            let response = self.http.send(request).await;
            return response
                .map(|response| (response, false))
                .map_err(|error| attempt.unanswered(&error));
        };
        // Until they are proven, one request at a time carries them.
        let _first = if self.state().proven {
            None
        } else {
            Some(self.first_use.lock().await)
        };
        if let Some(refused) = &self.state().refused {
            return Err(refused.clone());
        }
        let signed = request.with_header(AUTHORIZATION, basic(credentials));
        let response = self
            .http
            .send(signed.clone())
            .await
            .map_err(|error| attempt.unanswered(&error))?;
        let mut state = self.state();
        if response.status == StatusCode::UNAUTHORIZED {
            if state.proven {
                return Ok((response, true));
            }
            let failure = self.refusal(attempt, &response);
            state.refused = Some(failure.clone());
            return Err(failure);
        }
        // A throttled or failing registry has not looked at them.
        let looked = response.status.is_success() || response.status == StatusCode::NOT_MODIFIED;
        state.proven |= looked && same_origin(&response.url, &signed.url);
        Ok((response, state.proven))
    }

    fn refusal(&self, attempt: &Attempt, response: &Response) -> Failure {
        let offered = challenges(&response.headers);
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
        failure.message = format!("the user name or password was refused: {}", failure.message);
        failure
    }

    async fn token(
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

    async fn fetch(
        &self,
        endpoint: &TokenEndpoint,
        scope: &Scope,
        cause: &Attempt,
    ) -> Result<Token, Failure> {
        let mut parameter = scope.parameter();
        loop {
            let request = Request::get(endpoint.request_url(parameter.as_deref()), TOKEN_CAP)
                .with_header(ACCEPT, HeaderValue::from_static("application/json"));
            let mut attempt = Attempt::new(Stage::Token, &request);
            attempt.repository.clone_from(&cause.repository);
            let (response, proven) = self.send_basic(&attempt, request).await?;
            let signed_in = self.credentials.is_some();
            if response.status.is_success() {
                return parse_reply(&response.body, signed_in).map_err(|why| {
                    attempt
                        .failure(Class::Protocol, why)
                        .with_hint("the challenge names a token endpoint that is none: check the registry's set-up")
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
            let mut failure = attempt.refused(&response, standing);
            if matches!(failure.class, Class::Missing | Class::Protocol) {
                // Never to be taken for a repository that is not there.
                failure.class = Class::Protocol;
                failure.hint = Some(
                    "the token endpoint that the challenge names does not work: check the \
                     registry's set-up"
                        .to_owned(),
                );
            }
            return Err(failure);
        }
    }

    /// The way that the challenges of a 401 open and that was not tried yet; `None`
    /// where the 401 is final.
    fn choose(
        &self,
        attempt: &Attempt,
        offered: &[Challenge],
        asked: &Url,
        tried: &[Way],
    ) -> Result<Option<Way>, Failure> {
        let can_basic = self.credentials.is_some();
        let basic_offered = offered.iter().any(Challenge::is_basic);
        let basic =
            (basic_offered && can_basic && !tried.contains(&Way::Basic)).then_some(Way::Basic);
        if self.mode == AuthType::Basic {
            return Ok(basic);
        }
        let bearer = offered.iter().find(|challenge| challenge.is_bearer());
        if let Some(challenge) = bearer {
            match realm::token_endpoint(challenge.realm.as_deref().unwrap_or_default(), asked) {
                Ok(url) => {
                    let way = Way::Bearer(TokenEndpoint {
                        url,
                        service: challenge.service.clone(),
                    });
                    let bearers = tried.iter().filter(|way| matches!(way, Way::Bearer(_)));
                    if !tried.contains(&way) && bearers.count() < 2 {
                        return Ok(Some(way));
                    }
                }
                Err(error) if basic.is_none() || self.mode == AuthType::Bearer => {
                    return Err(attempt
                        .failure(
                            Class::Protocol,
                            &format!("the challenge is not followed: {error}"),
                        )
                        .with_hint(
                            "credentials go only where they are safe: check the registry's \
                             external URL and token settings",
                        ));
                }
                Err(_) => {}
            }
        }
        if self.mode == AuthType::Bearer {
            if bearer.is_none() && basic_offered {
                return Err(attempt
                    .failure(
                        Class::Authentication,
                        "the registry takes user name and password only, and `auth` is `bearer`",
                    )
                    .with_status(401)
                    .with_hint("set `auth` to `auto` or `basic`"));
            }
            return Ok(None);
        }
        Ok(basic)
    }
}

/// The failure of a 401 from another origin than the one asked.
fn elsewhere(attempt: &Attempt, response: &Response) -> Failure {
    attempt
        .failure(
            Class::Authentication,
            &format!(
                "it leads to `{}`, which asks for a sign-in, and nothing is sent there",
                redacted(&response.url)
            ),
        )
        .with_status(response.status.as_u16())
        .with_hint("if that is the registry, set its address to it, with the right scheme")
}

fn nothing_to_sign_in_with(attempt: &Attempt, offered: &[Challenge]) -> Failure {
    if offered.iter().any(Challenge::is_basic) {
        return attempt
            .failure(
                Class::Authentication,
                "the registry asks for user name and password, and none are set",
            )
            .with_status(401)
            .with_hint("set `username` and a password");
    }
    let shown = match offered {
        [] => "it says 401 without a challenge".to_owned(),
        [first, ..] => format!("it asks for `{}`", first.shown()),
    };
    attempt
        .failure(
            Class::Authentication,
            &format!("there is no way to sign in: {shown}"),
        )
        .with_status(401)
        .with_hint("this program signs in with Basic and Bearer")
}

fn basic(credentials: &Credentials) -> HeaderValue {
    let pair = zeroize::Zeroizing::new(format!(
        "{}:{}",
        credentials.username,
        credentials.password.expose()
    ));
    let encoded = zeroize::Zeroizing::new(format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
    ));
    // Base64 is always a valid header value.
    let mut header =
        HeaderValue::from_str(&encoded).unwrap_or_else(|_| HeaderValue::from_static("Basic"));
    header.set_sensitive(true);
    header
}
