//! Signing in: which header goes along, and what a refusal means.
//!
//! Requests begin anonymous, unless it is known better; a 401 is followed by what its
//! challenge asks for. Credentials that were refused once are never sent again, and until
//! they were taken once only one request at a time carries them: a wrong password is one
//! failed attempt, however many callers there are.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::SignedIn;
use super::aws::Aws;
use super::challenge::{Challenge, challenges};
use super::choice::{elsewhere, nothing_to_sign_in_with};
use super::error::{Attempt, Standing, is_rule};
use super::fetch;
use super::grant::TokenDetails;
use super::token::{METADATA_READ, Scope, Token, TokenEndpoint, Tokens};
use crate::http::header::AUTHORIZATION;
use crate::http::{Http, Request, Response, StatusCode, Url, same_origin};
use crate::model::{AuthType, CredentialKind, Credentials, Failure, Secret, Stage};

/// How a request signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Anonymous,
    Basic,
    /// By the registry's own token, which the user has.
    Given,
    /// By a password that AWS lends for the user's key.
    Lent,
    Bearer(TokenEndpoint),
}

pub(super) struct State {
    way: Way,
    /// The catalogue takes Basic where everything else takes tokens (Harbor).
    catalogue_by_basic: bool,
    /// Whether the credentials were ever taken.
    pub(super) proven: bool,
    /// The failure that refused the credentials.
    pub(super) refused: Option<Failure>,
    /// The identity token that came in place of the one we were given.
    pub(super) rotated: Option<Secret>,
    /// Whether the token endpoint answered the last time.
    pub(super) realm_works: bool,
    /// When and how it failed to, the last time.
    pub(super) realm_down: Option<(Instant, Failure)>,
    /// Whether the registry was seen to want `metadata_read` for reading (ACR).
    pub(super) asks_metadata: bool,
}

pub(super) struct Auth {
    pub(super) http: Http,
    pub(super) mode: AuthType,
    pub(super) credentials: Option<Credentials>,
    /// What the user's AWS key opens, where it is one; or why it does not.
    pub(super) aws: Option<Result<Aws, String>>,
    state: Mutex<State>,
    pub(super) tokens: Tokens,
    pub(super) first_use: tokio::sync::Mutex<()>,
    pub(super) realm_turn: tokio::sync::Mutex<()>,
}

impl Auth {
    pub(super) fn new(http: Http, mode: AuthType, credentials: Option<Credentials>) -> Self {
        let credentials = credentials.map(super::entra::by_name);
        if let Some(known) = &credentials {
            http.cover().learn_credentials(known);
        }
        let credentials = credentials.filter(|_| mode != AuthType::Anonymous);
        let kind = credentials.as_ref().map(|known| known.kind);
        let way = match (mode, kind) {
            (AuthType::Basic, Some(CredentialKind::Password)) => Way::Basic,
            (AuthType::Auto | AuthType::Bearer, Some(CredentialKind::RegistryToken)) => Way::Given,
            _ => Way::Anonymous,
        };
        Self {
            http,
            mode,
            credentials,
            aws: None,
            state: Mutex::new(State {
                way,
                catalogue_by_basic: false,
                proven: false,
                refused: None,
                rotated: None,
                realm_works: false,
                realm_down: None,
                asks_metadata: false,
            }),
            tokens: Tokens::default(),
            first_use: tokio::sync::Mutex::new(()),
            realm_turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The same, with what an AWS key opens, which signs in from the first request on.
    pub(super) fn with_aws(mut self, aws: Result<Aws, String>) -> Self {
        let is_used = self.kind() == Some(CredentialKind::AwsKeys);
        if is_used {
            if aws.is_ok() {
                self.set_way(&Way::Lent);
            }
            self.aws = Some(aws);
        }
        self
    }

    /// What the user's AWS key opens.
    pub(super) fn aws(&self) -> Option<&Aws> {
        self.aws.as_ref()?.as_ref().ok()
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
            if is_rule(&response) {
                return Ok((response, standing));
            }
            if response.status != StatusCode::UNAUTHORIZED {
                if way == Way::Anonymous && self.may_see_more(&response, &request) {
                    // An open registry may show more to those it knows, and never asks.
                    let offered = challenges(response.headers());
                    let asked = self.choose(attempt, &offered, &response.url, &[Way::Anonymous]);
                    let by_password =
                        (self.kind() == Some(CredentialKind::Password)).then_some(Way::Basic);
                    let Some(known) = asked.ok().flatten().or(by_password) else {
                        return Ok((response, standing));
                    };
                    way = known;
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
                if self.learns_metadata(scope, token, &challenges(response.headers())) {
                    continue;
                }
                if !renewed && token.obtained < began {
                    renewed = true;
                    continue;
                }
            }
            if matches!(way, Way::Given | Way::Lent) {
                return Ok((response, standing));
            }
            tried.push(way.clone());
            let offered = challenges(response.headers());
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

    /// Whether the challenge says that reading takes an action more, which `token` was not
    /// asked for with: others may have learnt it meanwhile. Of what a registry asks for, this
    /// one alone is harmless to have.
    fn learns_metadata(&self, scope: &Scope, token: &Token, offered: &[Challenge]) -> bool {
        let Scope::Pull(repository) = scope else {
            return false;
        };
        let prefix = format!("repository:{repository}:");
        let wants = offered.iter().any(|challenge| {
            let asked = challenge.scope.uncovered().unwrap_or_default();
            challenge.error.is("insufficient_scope")
                && asked.split(' ').any(|scope| {
                    scope
                        .strip_prefix(&prefix)
                        .is_some_and(|actions| actions.split(',').any(|a| a == METADATA_READ))
                })
        });
        self.state().asks_metadata |= wants;
        let asked = token.asked.as_deref().unwrap_or_default();
        wants && !asked.contains(METADATA_READ)
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
        let request = Request::get(ping.clone(), fetch::CAP).staying();
        let attempt = Attempt::new(Stage::Token, &request, self.http.cover());
        let current = self.way_for(&Scope::Ping);
        let way = match current {
            Way::Anonymous => {
                let at_challenge = Attempt::new(Stage::Challenge, &request, self.http.cover());
                self.choose(&at_challenge, offered, ping, &[Way::Anonymous])?
                    .unwrap_or(Way::Anonymous)
            }
            known => known,
        };
        match &way {
            Way::Anonymous => Err(nothing_to_sign_in_with(&attempt, offered)),
            Way::Basic | Way::Lent => {
                self.set_way(&way);
                let (response, standing, _) =
                    self.send_by(&way, &attempt, &Scope::Ping, &request).await?;
                if response.status == StatusCode::UNAUTHORIZED {
                    return Err(attempt.refused(&response, standing));
                }
                Ok(if way == Way::Lent {
                    SignedIn::Lent
                } else {
                    SignedIn::Basic
                })
            }
            Way::Given => {
                let (response, standing, _) =
                    self.send_by(&way, &attempt, &Scope::Ping, &request).await?;
                if response.status == StatusCode::UNAUTHORIZED {
                    return Err(attempt.refused(&response, standing));
                }
                Ok(SignedIn::Given)
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

    /// Learns from the challenges of a ping how to sign in, so that the first list need not
    /// be refused for that. What cannot be followed is left to that list to tell.
    pub(super) fn expect(&self, attempt: &Attempt, offered: &[Challenge], asked: &Url) {
        let chosen = self.choose(attempt, offered, asked, &[Way::Anonymous]);
        let mut state = self.state();
        if let (Way::Anonymous, Ok(Some(way))) = (&state.way, chosen) {
            state.way = way;
        }
    }

    /// The realm that gives tokens, where one was accepted.
    pub(super) fn realm(&self) -> Option<Url> {
        match &self.state().way {
            Way::Bearer(endpoint) => Some(endpoint.url.clone()),
            Way::Anonymous | Way::Basic | Way::Given | Way::Lent => None,
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
            Way::Bearer(endpoint) => {
                self.tokens
                    .details(&endpoint, scope, self.http.cover())
                    .await
            }
            Way::Anonymous | Way::Basic | Way::Given | Way::Lent => None,
        }
    }

    /// What kind of secret there is.
    pub(super) fn kind(&self) -> Option<CredentialKind> {
        self.credentials.as_ref().map(|known| known.kind)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
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
            Way::Basic | Way::Given => {
                let (response, proven) = if *way == Way::Basic {
                    self.send_basic(&self.http, attempt, request.clone())
                        .await?
                } else {
                    self.send_given(&self.http, attempt, request.clone())
                        .await?
                };
                let standing = if proven {
                    Standing::SignedIn
                } else {
                    Standing::Unproven
                };
                Ok((response, standing, None))
            }
            Way::Lent => {
                let Some(aws) = self.aws() else {
                    return Err(self.no_aws(attempt));
                };
                // Boxed: it is large, and is in what every request becomes.
                let sent = Box::pin(self.send_lent(&self.http, aws, attempt, request.clone()));
                let (response, standing) = sent.await?;
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
}
