//! One origin, politely: transport, turns, retries, redirects.
//!
//! Owns how a request gets out and an answer comes back, in what order and how often.
//! Knows HTTP, not registries. The only room that names reqwest. Its clock is tokio's, so
//! that tests can pause it.

mod attempts;
mod classify;
mod cover;
mod error;
mod exchange;
mod gate;
mod held;
mod host;
mod line;
mod message;
mod no_proxy;
mod phase;
mod proxy;
mod recent;
mod redirect;
mod retry;
mod safe_url;
#[cfg(test)]
pub(crate) mod scripted;
mod slot;
#[cfg(test)]
mod tests;
mod tls;
mod traffic;
mod transport;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use reqwest::{Method, StatusCode, Url};

pub use cover::{Cover, Shown};
pub use error::HttpError;
pub use exchange::Exchange;
pub use line::{Handshake, Line};
pub use message::{Means, Request, Response};
pub use proxy::environment_proxies;
pub use redirect::{is_link_local, same_origin};
pub use slot::Slots;
pub use tls::{Certificate, TrustStore};
pub use wire::{Headers, Wire};

use crate::model::{Limits, RegistrySpec, Timestamp, Traffic};
use error::Cause;
use gate::Gate;
use held::Ledger;
use host::{Hosts, Outcome};
use line::Steps;
use traffic::Counters;
use transport::{ReqwestTransport, Transport};

/// How requests introduce this program.
const USER_AGENT: &str = concat!("supercargo/", env!("CARGO_PKG_VERSION"));

/// Is told of every request once it is over, in the order in which they end.
pub type Watcher = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// What time it is, for rooms that have no clock of their own: tokens age.
pub fn now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

/// What time it is by this host's clock, to compare with what others say it is.
pub fn wall_clock() -> Timestamp {
    Timestamp::now()
}

/// The way to one registry. Clones share connections, turns and counters.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
    /// How much is asked at once of what this leads to, and when.
    gate: Arc<Gate>,
    tries: usize,
}

struct Inner {
    transport: Box<dyn Transport>,
    /// All gates, of which each has its own limits: a registry's, and its API's where that is
    /// another host.
    gates: Mutex<Vec<Arc<Gate>>>,
    counters: Counters,
    limits: Limits,
    hosts: Hosts,
    held: Arc<Ledger>,
    /// Whether the registry counts what an account asks for, and not what comes from here.
    counts_accounts: AtomicBool,
    /// The steps of the way by themselves; `None` where there is no real one.
    steps: Option<Steps>,
    watcher: Option<Watcher>,
    /// What is secret on this way.
    cover: Cover,
    /// Since when the user lets everybody wait.
    paused_at: Mutex<Option<tokio::time::Instant>>,
}

impl Http {
    /// The way to the registry of `spec`, its certificate files read now.
    pub fn new(spec: &RegistrySpec) -> Result<Self, HttpError> {
        Self::watched(spec, None)
    }

    /// The same, with somebody who is told of every request.
    pub fn watched(spec: &RegistrySpec, watcher: Option<Watcher>) -> Result<Self, HttpError> {
        let (transport, steps) = ReqwestTransport::new(spec)?;
        Ok(Self::over(
            Box::new(transport),
            &spec.limits,
            Some(steps),
            watcher,
        ))
    }

    fn over(
        transport: Box<dyn Transport>,
        limits: &Limits,
        steps: Option<Steps>,
        watcher: Option<Watcher>,
    ) -> Self {
        let held = Arc::new(Ledger::default());
        let cover = Cover::default();
        let proxy = steps.as_ref().and_then(|steps| steps.proxy.as_ref());
        if let Some((user, password)) = proxy.and_then(line::credentials) {
            cover.learn_password(&user, &password);
        }
        let gate = Arc::new(Gate::new(limits));
        Self {
            inner: Arc::new(Inner {
                transport,
                gates: Mutex::new(vec![Arc::clone(&gate)]),
                counters: Counters::default(),
                limits: limits.clone(),
                hosts: Hosts::new(Arc::clone(&held), limits.pool_timeout),
                held,
                counts_accounts: AtomicBool::new(false),
                steps,
                watcher,
                cover,
                paused_at: Mutex::new(None),
            }),
            gate,
            tries: retry::TRIES,
        }
    }

    /// The same way to another host, which is asked as much at once as this one, and whose
    /// refusals are its own.
    pub fn to_another_host(&self) -> Self {
        let gate = Arc::new(Gate::new(&self.inner.limits));
        if self.is_paused() {
            gate.close();
        }
        self.inner.gates().push(Arc::clone(&gate));
        Self {
            inner: self.inner.clone(),
            gate,
            tries: self.tries,
        }
    }

    /// The same way, on which nothing is tried twice.
    pub fn without_retries(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            gate: self.gate.clone(),
            tries: 1,
        }
    }

    /// What is secret on this way: it learns each credential before it is sent, and makes
    /// text of answers fit to be shown.
    pub fn cover(&self) -> &Cover {
        &self.inner.cover
    }

    /// The proxy on the way to the registry, without credentials.
    pub fn proxy(&self) -> Option<String> {
        let steps = self.inner.steps.as_ref()?;
        steps.proxy.as_ref().map(safe_url::redacted)
    }

    /// Whether the proxy is asked for a way through, rather than handed each request.
    pub fn is_tunnelled(&self) -> bool {
        self.inner.steps.as_ref().is_some_and(Steps::is_tunnelled)
    }

    /// The end of the registry's certificate, as the last handshake of a request showed it.
    pub fn certificate_end(&self) -> Option<Timestamp> {
        let steps = self.inner.steps.as_ref()?;
        steps.trust.certificate_end()
    }

    /// Asks the proxy at the other end of `line` for a way to the registry.
    pub async fn tunnel(&self, line: tokio::net::TcpStream) -> Result<Line, HttpError> {
        match &self.inner.steps {
            Some(steps) if steps.is_tunnelled() => {
                let tunnel = steps.tunnel(line).await;
                tunnel.map_err(|error| error.covered(&self.inner.cover))
            }
            _ => Ok(Box::new(line)),
        }
    }

    /// Shakes hands with the registry at the other end of `line`, whoever it shows itself
    /// to be; nothing is sent after that. `None` where there is no real way.
    pub async fn handshake(&self, line: Line) -> Option<Result<Handshake, HttpError>> {
        let steps = self.inner.steps.as_ref()?;
        Some(steps.handshake(line).await)
    }

    /// The registry's limit is the account's: whenever one request meets it (429), all do.
    pub fn limit_is_the_accounts(&self) {
        self.inner.counts_accounts.store(true, Ordering::Relaxed);
    }

    /// Sends nothing more until [`resume`](Self::resume); what is in flight is finished.
    /// Time that passes so counts neither as held nor for any timeout but those of what is
    /// in flight.
    pub fn pause(&self) {
        let closed = self
            .inner
            .gates()
            .iter()
            .filter(|gate| gate.close())
            .count();
        if closed > 0 {
            self.inner.held.pause(true);
            *self.inner.paused_at() = Some(now());
        }
    }

    /// Goes on where [`pause`](Self::pause) stopped.
    pub fn resume(&self) {
        let began = self.inner.paused_at().take();
        if let Some(began) = began {
            self.inner.held.pause(false);
            self.inner.hosts.excuse(began.elapsed());
            for gate in self.inner.gates().iter() {
                gate.open();
            }
        }
    }

    /// Whether it was paused and does not go on yet.
    pub fn is_paused(&self) -> bool {
        self.inner.paused_at().is_some()
    }

    /// What went over the wire since this way was made.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            held_for: (self.inner.gates().iter())
                .filter_map(|gate| gate.held_for())
                .max(),
            held: self.inner.held.sum(),
            ..self.inner.counters.sample()
        }
    }

    /// Sends `request`, follows redirects, and tries again what may fare better. An
    /// answer of any status is `Ok`, also 429 and 5xx once the tries are used up.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut current = request;
        current.cover = self.inner.cover.clone();
        self.inner.cover.learn_request(&current);
        for _ in 0..=redirect::MAX {
            let response = self.try_often(&current).await?;
            match redirect::follow(&current, &response)? {
                Some(next) => current = next,
                None => return Ok(response),
            }
        }
        Err(HttpError::new(&current, Cause::Redirects(redirect::MAX)))
    }

    /// Sends `request` once, for `limit` at most, and says how long it was under way. `None`
    /// where it is no longer wanted when its turn comes.
    async fn try_once(
        &self,
        request: &Request,
        limit: Option<Duration>,
        is_wanted: impl Fn() -> bool,
    ) -> Option<(Outcome, Duration)> {
        let inner = &*self.inner;
        let came = now();
        let turn = match self.gate.enter().await {
            Ok(turn) => turn,
            Err(waited_for) => {
                let limit = inner.limits.pool_timeout;
                let cause = Cause::NoTurn { waited_for, limit };
                return Some((Err(HttpError::new(request, cause)), Duration::ZERO));
            }
        };
        if !is_wanted() {
            return None;
        }
        let in_flight = inner.counters.begin();
        let began = now();
        let sent = inner.transport.send(request.clone());
        let outcome = match limit {
            None => sent.await,
            Some(limit) => tokio::time::timeout(limit, sent)
                .await
                .unwrap_or_else(|_| Err(HttpError::new(request, Cause::ReadTimeout(limit)))),
        };
        let took = began.elapsed();
        if let Some(watcher) = &inner.watcher {
            watcher(&Exchange {
                request,
                outcome: &outcome,
                elapsed: took,
                waited: began.duration_since(came),
            });
        }
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
            inner.counters.received(response.body.len());
        }
        let outcome = outcome.map(|response| request.understood(response));
        Some((outcome, took))
    }
}

impl Inner {
    fn gates(&self) -> MutexGuard<'_, Vec<Arc<Gate>>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paused_at(&self) -> MutexGuard<'_, Option<tokio::time::Instant>> {
        self.paused_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_accounts(&self) -> bool {
        self.counts_accounts.load(Ordering::Relaxed)
    }
}

impl Http {
    /// Everybody waits for `pause`, and fewer ask at once after it.
    fn hold(&self, pause: Duration, status: StatusCode) {
        // Those that were under way together are refused together, for one reason.
        if self.gate.held_for().is_none() {
            self.gate.shrink();
        }
        self.gate.hold(pause);
        self.inner.held.refused(pause, status);
    }
}

/// An in-memory way, for tests of this and other rooms.
#[cfg(test)]
pub(crate) fn scripted(script: scripted::Script, limits: &Limits) -> Http {
    Http::over(Box::new(script), limits, None, None)
}

/// What fuzz targets reach of this room.
#[cfg(any(fuzzing, test))]
pub mod fuzz {
    use super::no_proxy::NoProxy;

    /// Reads a `NO_PROXY`.
    ///
    /// # Panics
    ///
    /// When a word of letters in it does not exempt the host of that name.
    pub fn no_proxy(text: &str) {
        let read = NoProxy::read(text);
        for word in text.split([',', ' ', '\t', '\n']) {
            let is_name = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            if let (true, Ok(url)) = (is_name, format!("https://{word}/").parse()) {
                assert!(read.covers(&url), "{word}");
            }
        }
    }
}
