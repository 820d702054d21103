//! A transport in memory: a table of replies, delays on the paused clock, and a record of
//! what was asked. For tests of http, registry, check and crawl.
//!
//! A rule is `METHOD /path`, `METHOD /path?query` or the same with a whole URL in place of
//! the path. Without a query it takes any. Rules for one use come first, in their order;
//! of the others the one given last.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::error::{Cause, HttpError};
use super::message::{Request, Response};
use super::transport::Transport;

/// What the scripted server answers.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    delay: Duration,
    fault: Option<Cause>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            fault: None,
        }
    }

    /// 200 with a body of JSON.
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers
            .append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The answer comes this long after the request.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn fault(cause: Cause) -> Self {
        Self {
            fault: Some(cause),
            ..Self::status(0)
        }
    }

    /// The connection is refused.
    pub(crate) fn refused() -> Self {
        Self::fault(Cause::Refused("scripted".into()))
    }

    /// The certificate is of an authority that nobody trusts.
    pub(crate) fn untrusted() -> Self {
        Self::fault(Cause::Tls(super::error::Tls::UnknownIssuer {
            authority: None,
            given: Vec::new(),
        }))
    }

    /// The connection breaks before the answer is whole.
    pub(crate) fn broken() -> Self {
        Self::fault(Cause::Broken)
    }
}

/// A request as it was received.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) request: Request,
    pub(crate) at: Instant,
}

impl Recorded {
    /// `METHOD URL`, whole.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.request.method, self.request.url)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

type Answer = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

struct Rule {
    what: String,
    answer: Answer,
    once: bool,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    recorded: Vec<Recorded>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The table. Clones share it, so a test keeps one to look at.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// `what` is always answered so.
    pub(crate) fn reply(&self, what: &str, reply: Reply) -> &Self {
        self.answer(what, move |_| reply.clone())
    }

    /// `what` is always answered by `answer`.
    pub(crate) fn answer(
        &self,
        what: &str,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> &Self {
        self.rule(what, Arc::new(answer), false)
    }

    /// `what` is answered so once, before any standing rule.
    pub(crate) fn once(&self, what: &str, reply: Reply) -> &Self {
        self.rule(what, Arc::new(move |_: &Request| reply.clone()), true)
    }

    fn rule(&self, what: &str, answer: Answer, once: bool) -> &Self {
        self.0.lock().unwrap().rules.push(Rule {
            what: what.to_owned(),
            answer,
            once,
        });
        self
    }

    /// Everything asked so far.
    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        self.0.lock().unwrap().recorded.clone()
    }

    /// Everything asked so far, as `METHOD URL`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.recorded().iter().map(Recorded::line).collect()
    }

    /// How often a rule's `METHOD /path` was asked.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.recorded()
            .iter()
            .filter(|recorded| matches(what, &recorded.request))
            .count()
    }

    /// The most requests that were in flight at one time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.0.lock().unwrap().most_in_flight
    }

    fn take(&self, request: &Request) -> Option<Answer> {
        let state = &mut *self.0.lock().unwrap();
        let rules = &mut state.rules;
        if let Some(at) = rules
            .iter()
            .position(|rule| rule.once && matches(&rule.what, request))
        {
            return Some(rules.remove(at).answer);
        }
        rules
            .iter()
            .rev()
            .find(|rule| matches(&rule.what, request))
            .map(|rule| rule.answer.clone())
    }
}

fn matches(what: &str, request: &Request) -> bool {
    let Some((method, target)) = what.split_once(' ') else {
        return false;
    };
    let url = &request.url;
    let full = url.as_str();
    let path = &full[url[..url::Position::BeforePath].len()..];
    let strip = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    let asked = if target.starts_with('/') { path } else { full };
    if let Some(beginning) = target.strip_suffix('*') {
        return method == request.method.as_str() && asked.starts_with(beginning);
    }
    method == request.method.as_str()
        && (asked == target || (!target.contains('?') && strip(asked) == target))
}

struct Flight(Arc<Mutex<State>>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            {
                let mut state = self.0.lock().unwrap();
                state.recorded.push(Recorded {
                    request: request.clone(),
                    at: Instant::now(),
                });
                state.in_flight += 1;
                state.most_in_flight = state.most_in_flight.max(state.in_flight);
            }
            let _flight = Flight(self.0.clone());
            let reply = self.take(&request).map_or_else(
                || Reply::status(404).body("404 page not found"),
                |answer| answer(&request),
            );
            // Every exchange yields at least once, as real ones do.
            tokio::time::sleep(reply.delay).await;
            if let Some(cause) = reply.fault {
                return Err(HttpError::new(&request, cause));
            }
            if request.method != Method::HEAD
                && reply.body.len() > request.cap
                && reply.status < 300
            {
                return Err(HttpError::new(&request, Cause::TooLarge(request.cap)));
            }
            Ok(Response {
                status: StatusCode::from_u16(reply.status).unwrap(),
                headers: reply.headers,
                body: if request.method == Method::HEAD {
                    Bytes::new()
                } else {
                    reply.body
                },
                url: request.url,
                cover: request.cover,
            })
        })
    }
}
