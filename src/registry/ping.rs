//! `GET /v2/`: whether a registry answers, which one, and what it asks for.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Registry;
use super::challenge::{Challenge, challenges};
use super::error::{Attempt, Standing, html, what_came};
use super::grant::TokenDetails;
use super::product::{self, Evidence};
use super::quota::{Quota, clock_skew, quota};
use super::token::Scope;
use crate::http::{Request, Response, StatusCode, Url, Wire};
use crate::model::{Class, Failure, Product, Stage};

/// Most bytes read of a ping's answer.
pub(super) const PING_CAP: usize = 64 * 1024;

/// Answers that are looked at for signs of the product; those with a challenge always are.
const LOOKS: u64 = 32;

/// A registry's answer to a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    /// 200 or 401; 404 of a server that holds many registries and is none itself.
    pub status: u16,
    /// The product, as set or found out.
    pub product: Option<Product>,
    /// Its version, where it tells everybody.
    pub version: Option<String>,
    /// What it asks for, as sent.
    pub challenges: Vec<Challenge>,
    /// How we are signed in.
    pub signed_in: SignedIn,
    /// How far the server's clock is ahead of ours, to the second; `None` where it does
    /// not say its time.
    pub clock_skew: Option<jiff::SignedDuration>,
    /// How much it lets us ask, where it says so.
    pub quota: Option<Quota>,
    /// What answered, by its own `Server` header.
    pub server: Option<String>,
}

/// How we are signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// Not yet, and not needed for the ping.
    Open,
    /// Not, and the ping was refused: there is nothing to sign in with.
    Nobody,
    /// By a token that anybody gets, of this lifetime.
    Anonymous(Duration),
    /// By user name and password at each request.
    Basic,
    /// By a token of the registry's own, which the user has, at each request.
    Given,
    /// By a password that is lent for an AWS key, at each request.
    Lent,
    /// By a token for user name and password, or for an identity token, of this lifetime.
    Bearer(Duration),
}

impl Registry {
    /// Pings the registry and, where it asks for that, signs in.
    pub async fn ping(&self) -> Result<Ping, Failure> {
        let mut ping = self.probe().await?;
        if ping.status == 401 {
            ping.signed_in = match self.sign_in(&ping).await {
                Ok(signed_in) => signed_in,
                // Without credentials single repositories may still be open to anybody.
                Err(failure)
                    if failure.class == Class::Authentication
                        && !self.inner.auth.has_credentials() =>
                {
                    SignedIn::Nobody
                }
                Err(failure) => return Err(failure),
            };
        }
        Ok(ping)
    }

    /// Pings the registry without credentials.
    pub async fn probe(&self) -> Result<Ping, Failure> {
        let url = self.url("v2/");
        // A registry answers its ping itself; who sends elsewhere is a login page, or has
        // moved, and the address is to be mended.
        let request = Request::get(url.clone(), PING_CAP).staying();
        let attempt = Attempt::new(Stage::Ping, &request, self.cover());
        let response = self
            .inner
            .http
            .send(request)
            .await
            .map_err(|error| attempt.unanswered(&error))?;
        let challenges = challenges(response.headers());
        self.pinged(response.status);
        let is_server = response.status == StatusCode::NOT_FOUND && self.is_server(&response);
        let is_registry = response.headers().has("docker-distribution-api-version")
            || !challenges.is_empty()
            || html(&response).is_none();
        match response.status {
            StatusCode::OK | StatusCode::UNAUTHORIZED if is_registry => {}
            // No registry itself, and a server that holds many.
            StatusCode::NOT_FOUND if is_server => {}
            StatusCode::OK | StatusCode::UNAUTHORIZED => {
                return Err(no_registry(&attempt, &response, &url));
            }
            StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                return Err(attempt.refused(&response, Standing::Unproven));
            }
            status if status.is_server_error() => {
                return Err(attempt.refused(&response, Standing::Anonymous));
            }
            StatusCode::BAD_REQUEST if speaks_of_tls(&response) => {
                return Err(attempt
                    .failure(Class::Tls, "the registry speaks TLS on this port")
                    .with_status(400)
                    .with_hint("write `https://`"));
            }
            StatusCode::BAD_REQUEST if let Some(why) = speaks_of_certificate(&response) => {
                return Err(attempt
                    .failure(Class::Tls, why)
                    .with_status(400)
                    .with_hint("set `client-cert` and `client-key` to what its authority issued"));
            }
            _ => return Err(no_registry(&attempt, &response, &url)),
        }
        self.learn(&response, &challenges);
        if let Some(hint) = product::hint(&response) {
            // The first ping's answer is as good as a later one's.
            let _ = self.inner.hint.set(hint);
        }
        let now = crate::http::wall_clock();
        Ok(Ping {
            status: response.status.as_u16(),
            product: self.product(),
            version: product::version(response.headers()),
            challenges,
            signed_in: SignedIn::Open,
            clock_skew: clock_skew(response.headers(), now),
            quota: quota(response.headers(), now),
            server: response
                .header(crate::http::header::SERVER)
                .map(|server| server.show(80).into_string())
                .filter(|server| !server.is_empty()),
        })
    }

    /// Whether what answers is a server that holds many registries, each below it.
    fn is_server(&self, response: &Response) -> bool {
        self.learn(response, &[]);
        self.product().is_some_and(product::holds_many)
    }

    /// Signs in as `ping` asks for.
    pub async fn sign_in(&self, ping: &Ping) -> Result<SignedIn, Failure> {
        self.inner
            .auth
            .sign_in(&self.url("v2/"), &ping.challenges)
            .await
    }

    /// The product, as set or found out so far.
    pub fn product(&self) -> Option<Product> {
        self.inner
            .spec
            .product
            .or_else(|| self.inner.found_product.get().copied())
    }

    /// How much the registry lets us ask, as its latest answer that said so had it.
    pub fn quota(&self) -> Option<Quota> {
        *self
            .inner
            .quota
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What the token for `scope` is and opens; `None` where no token is used or none was
    /// fetched yet.
    pub async fn granted(&self, scope: &Scope) -> Option<TokenDetails> {
        self.inner.auth.granted(scope).await
    }

    /// Learns from an answer of the registry's own.
    pub(super) fn learn(&self, response: &Response, challenges: &[Challenge]) {
        self.inner.heard.store(true, Ordering::Relaxed);
        let now = crate::http::wall_clock();
        if let Some(stated) = quota(response.headers(), now) {
            self.inner.allowance.note(&stated, now);
            *self
                .inner
                .quota
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(stated);
        }
        if self.inner.found_product.get().is_some() {
            return;
        }
        // Headers that told nothing in so many answers tell nothing in the next one.
        let is_new = self.inner.looks.fetch_add(1, Ordering::Relaxed) < LOOKS;
        if !is_new && challenges.is_empty() {
            return;
        }
        let found = product::detect(&Evidence {
            endpoint: &self.inner.spec.endpoint,
            headers: response.headers(),
            challenges,
        });
        if let Some(found) = found {
            // Another caller may have found it meanwhile, and found the same.
            let _ = self.inner.found_product.set(found);
            if self.inner.spec.product.is_none() {
                self.heed_limits(found);
            }
        }
    }

    /// Some products count what an account asks for, wherever it asks.
    pub(super) fn heed_limits(&self, product: Product) {
        if product::limits_the_account(product) {
            self.inner.http.limit_is_the_accounts();
        }
    }
}

/// A plain request to a TLS port is answered in words by nginx and by Go.
fn speaks_of_tls(response: &Response) -> bool {
    let body = lowered(&response.beginning());
    body.contains("https port") || body.contains("https server")
}

/// nginx completes the handshake and refuses a client certificate, or its want, in words.
fn speaks_of_certificate(response: &Response) -> Option<&'static str> {
    let body = lowered(&response.beginning());
    if body.contains("no required ssl certificate") {
        Some("the registry asks for a client certificate")
    } else if body.contains("ssl certificate error") {
        Some("the registry does not take the client certificate that it is shown")
    } else {
        None
    }
}

fn lowered(body: &Wire<'_>) -> String {
    body.uncovered().to_ascii_lowercase()
}

fn no_registry(attempt: &Attempt, response: &Response, asked: &Url) -> Failure {
    let status = response.status.as_u16();
    let cover = response.cover();
    let (asked, led) = (cover.show_url(asked), cover.show_url(&response.url));
    let from = if led == asked {
        String::new()
    } else {
        format!(" after a redirect to `{led}`")
    };
    attempt
        .failure(
            Class::Protocol,
            &format!(
                "`{asked}` is no registry: it answers {status} with {}{from}",
                what_came(response)
            ),
        )
        .with_status(status)
        .with_hint("check host, port and base path: the registry's `v2/` must be right below it")
}
