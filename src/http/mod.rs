//! One origin, politely: transport, turns, retries, redirects.
//!
//! Owns how a request gets out and an answer comes back, in what order and how often.
//! Knows HTTP, not registries. The only room that names reqwest. Its clock is tokio's, so
//! that tests can pause it.

mod classify;
mod error;
mod gate;
mod message;
mod no_proxy;
mod phase;
mod proxy;
mod redirect;
mod retry;
mod safe_url;
#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;
mod tls;
mod traffic;
mod transport;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode, Url};

pub use error::HttpError;
pub use message::{Request, Response};
pub use redirect::{is_link_local, same_origin};
pub use safe_url::{path_and_query, redacted};

use crate::model::{Limits, RegistrySpec, Timestamp, Traffic};
use error::Cause;
use gate::Gate;
use traffic::Counters;
use transport::{ReqwestTransport, Transport};

/// What time it is, for rooms that have no clock of their own: tokens age.
pub fn now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// The way to one registry. Clones share connections, turns and counters.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
    tries: usize,
}

struct Inner {
    transport: Box<dyn Transport>,
    gate: Gate,
    counters: Counters,
    limits: Limits,
    /// Whether anything was ever received: until then an address that does not answer
    /// is a wrong one.
    reached: AtomicBool,
    proxy: Option<String>,
}

impl Http {
    /// The way to the registry of `spec`, its certificate files read now.
    pub fn new(spec: &RegistrySpec) -> Result<Self, HttpError> {
        let transport = ReqwestTransport::new(spec)?;
        let proxy = spec
            .endpoint
            .join("")
            .parse()
            .ok()
            .and_then(|url| transport.proxies().on_the_way_to(&url));
        Ok(Self::over(Box::new(transport), &spec.limits, proxy))
    }

    fn over(transport: Box<dyn Transport>, limits: &Limits, proxy: Option<String>) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                gate: Gate::new(limits),
                counters: Counters::default(),
                limits: limits.clone(),
                reached: AtomicBool::new(false),
                proxy,
            }),
            tries: retry::TRIES,
        }
    }

    /// The same way, on which nothing is tried twice.
    pub fn without_retries(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            tries: 1,
        }
    }

    /// The proxy on the way to the registry, without credentials.
    pub fn proxy(&self) -> Option<&str> {
        self.inner.proxy.as_deref()
    }

    /// What went over the wire since this way was made.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            held_for: self.inner.gate.held_for(),
            ..self.inner.counters.sample()
        }
    }

    /// Sends `request`, follows redirects, and tries again what may fare better. An
    /// answer of any status is `Ok`, also 429 and 5xx once the tries are used up.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut current = request;
        for _ in 0..=redirect::MAX {
            let response = self.try_often(&current).await?;
            match redirect::follow(&current, &response)? {
                Some(next) => current = next,
                None => return Ok(response),
            }
        }
        Err(HttpError::new(&current, Cause::Redirects(redirect::MAX)))
    }

    async fn try_often(&self, request: &Request) -> Result<Response, HttpError> {
        let inner = &*self.inner;
        let tries = if request.is_idempotent() {
            self.tries
        } else {
            1
        };
        let mut delays = retry::delays(tries);
        loop {
            let reached_before = inner.reached.load(Ordering::Relaxed);
            let outcome = self.try_once(request).await;
            let mut pause = None;
            let transient = match &outcome {
                Ok(response) => {
                    let transient = retry::is_transient(response.status);
                    if transient {
                        pause = retry::retry_after(&response.headers, Timestamp::now());
                    }
                    transient
                }
                Err(error) => error.is_transient(reached_before),
            };
            if !transient {
                return outcome;
            }
            // The pause concerns everybody, also when this request gives up.
            if let Some(pause) = pause {
                inner.gate.hold(pause);
            }
            let Some(delay) = delays.next() else {
                return outcome;
            };
            tracing::debug!(request = %request.shown(), ?delay, ?pause, "tried again");
            inner.counters.retry();
            if pause.is_none() {
                tokio::time::sleep(delay).await;
            }
        }
    }

    async fn try_once(&self, request: &Request) -> Result<Response, HttpError> {
        let inner = &*self.inner;
        let turn = inner.gate.enter().await.map_err(|waited_for| {
            let limit = inner.limits.pool_timeout;
            HttpError::new(request, Cause::NoTurn { waited_for, limit })
        })?;
        let in_flight = inner.counters.begin();
        let outcome = inner.transport.send(request.clone()).await;
        drop(in_flight);
        drop(turn);
        match &outcome {
            Ok(response) => tracing::trace!(
                request = %request.shown(),
                status = response.status.as_u16(),
                bytes = response.body.len(),
                "answered"
            ),
            Err(error) => tracing::debug!(%error, "not answered"),
        }
        if let Ok(response) = &outcome {
            inner.reached.store(true, Ordering::Relaxed);
            inner.counters.received(response.body.len());
        }
        outcome
    }
}

/// An in-memory way, for tests of this and other rooms.
#[cfg(test)]
pub(crate) fn scripted(script: scripted::Script, limits: &Limits) -> Http {
    Http::over(Box::new(script), limits, None)
}
