//! The way out: the port that requests leave through, and reqwest behind it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use reqwest::{Client, Method, StatusCode, Url};
use tokio::time::{Instant, timeout};

use super::classify;
use super::error::{Cause, HttpError, Trouble};
use super::line::Steps;
use super::message::{Request, Response};
use super::phase::{Connections, Phase};
use super::proxy::Proxies;
use super::tls::Trust;
use crate::model::{HttpVersion, Limits, RegistrySpec};

/// Bytes kept of the body of an answer that is no success.
const ERROR_BODY: usize = 64 * 1024;

/// Sends one request and reads its answer: no redirects, no retries, no turns.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>>;
}

pub(super) struct ReqwestTransport {
    client: Client,
    limits: Limits,
    proxies: Proxies,
}

impl ReqwestTransport {
    /// The way out for `spec`, and its steps by themselves.
    pub(super) fn new(spec: &RegistrySpec) -> Result<(Self, Steps), HttpError> {
        let url: Url = spec.endpoint.join("").parse().map_err(|_| {
            HttpError::local(
                "the address is no URL",
                "write `https://host[:port][/path]`",
            )
        })?;
        let proxies = Proxies::new(&spec.proxy)?;
        let trust = Trust::read(&spec.tls, &url)?;
        let client = proxies
            .apply(builder(spec))
            .tls_backend_preconfigured(trust.client_config(spec.http_version)?)
            .build()
            .map_err(|error| {
                HttpError::local(
                    format!("no connection can be set up: {}", root_cause(&error)),
                    "check the registry's settings",
                )
            })?;
        let steps = Steps {
            proxy: proxies.proxy_for(&url).cloned(),
            url,
            trust,
            version: spec.http_version,
            connect_timeout: spec.limits.connect_timeout,
        };
        let transport = Self {
            client,
            limits: spec.limits.clone(),
            proxies,
        };
        Ok((transport, steps))
    }

    async fn exchange(&self, mut request: Request) -> Result<Response, HttpError> {
        let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
        *outgoing.headers_mut() = std::mem::take(&mut request.headers);
        *outgoing.body_mut() = request.body.take().map(reqwest::Body::from);
        let request = request;
        let fail = |error: &reqwest::Error| {
            let proxy = self.proxies.proxy_for(&request.url);
            HttpError::new(
                &request,
                classify::cause(error, &request.url, &self.limits, proxy),
            )
        };
        let limit = self.limits.read_timeout;
        let silent = || HttpError::new(&request, Cause::ReadTimeout(limit));
        let phase = Phase::new();
        let answer = phase.watch(limit, self.client.execute(outgoing)).await;
        let answer = answer.ok_or_else(silent)?;
        let mut answer = answer.map_err(|error| fail(&error))?;
        let status = answer.status();
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
            && let Some(proxy) = self.proxies.proxy_for(&request.url)
        {
            let trouble = match proxy.username() {
                "" => Trouble::AsksForPassword,
                _ => Trouble::RefusesPassword,
            };
            let proxy = format!("`{}`", super::safe_url::redacted(proxy));
            return Err(HttpError::new(&request, Cause::Proxy { proxy, trouble }));
        }
        let headers = std::mem::take(answer.headers_mut());
        let mut body = Body::default();
        if request.method != Method::HEAD {
            let mut pace = BodyPace::new();
            loop {
                let Ok(chunk) = timeout(pace.patience(limit), answer.chunk()).await else {
                    return Err(match pace.fault() {
                        Some(cause) => HttpError::new(&request, cause),
                        None => silent(),
                    });
                };
                let Some(mut chunk) = chunk.map_err(|error| fail(&error))? else {
                    break;
                };
                if let Some(cause) = pace.took(chunk.len()) {
                    return Err(HttpError::new(&request, cause));
                }
                if !status.is_success() {
                    let room = ERROR_BODY.saturating_sub(body.len());
                    let is_full = room <= chunk.len();
                    chunk.truncate(room);
                    body.push(chunk);
                    if is_full {
                        break;
                    }
                } else if body.len() + chunk.len() > request.cap {
                    return Err(HttpError::new(&request, Cause::TooLarge(request.cap)));
                } else {
                    body.push(chunk);
                }
            }
        }
        Ok(Response {
            status,
            headers,
            body: body.whole(),
            url: request.url,
            cover: request.cover,
        })
    }
}

/// How slowly a body may come: from its first byte on, each [`BodyPace::STEP`] bytes take
/// [`BodyPace::WITHIN`] at most.
struct BodyPace {
    /// Since when the bytes are counted; `None` before the first.
    since: Option<Instant>,
    bytes: usize,
}

impl BodyPace {
    const STEP: usize = 1024;
    const WITHIN: Duration = Duration::from_secs(30);

    fn new() -> Self {
        Self {
            since: None,
            bytes: 0,
        }
    }

    /// How long the next bytes are waited for, which are never waited for longer than
    /// `limit`.
    fn patience(&self, limit: Duration) -> Duration {
        match self.since {
            Some(since) => limit.min(Self::WITHIN.saturating_sub(since.elapsed())),
            None => limit,
        }
    }

    /// So many bytes came; what is wrong where they came too late.
    fn took(&mut self, bytes: usize) -> Option<Cause> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= Self::WITHIN {
            return self.fault();
        }
        self.bytes += bytes;
        if self.bytes >= Self::STEP {
            (self.since, self.bytes) = (Some(Instant::now()), 0);
        }
        None
    }

    /// What is wrong where the time is over.
    fn fault(&self) -> Option<Cause> {
        let is_over = self.since.is_some_and(|at| at.elapsed() >= Self::WITHIN);
        is_over.then_some(Cause::TooSlow {
            bytes: self.bytes,
            within: Self::WITHIN,
        })
    }
}

/// The chunks of a body. Most bodies are one, which is kept as it came.
#[derive(Default)]
struct Body {
    first: Bytes,
    all: BytesMut,
}

impl Body {
    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn push(&mut self, chunk: Bytes) {
        if self.len() == 0 {
            self.first = chunk;
        } else {
            let first = std::mem::take(&mut self.first);
            self.all.extend_from_slice(&first);
            self.all.extend_from_slice(&chunk);
        }
    }

    fn whole(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request))
    }
}

fn builder(spec: &RegistrySpec) -> reqwest::ClientBuilder {
    let limits = &spec.limits;
    let mut builder = Client::builder()
        .user_agent(super::USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect_timeout)
        .connector_layer(Connections)
        .pool_max_idle_per_host(usize::from(limits.max_keepalive))
        .pool_idle_timeout(limits.keepalive_expiry);
    // Elsewhere the kernel gives no limit on unacknowledged bytes.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    {
        builder = builder.tcp_user_timeout(limits.write_timeout);
    }
    builder = match spec.http_version {
        HttpVersion::Auto => builder,
        HttpVersion::Http1 => builder.http1_only(),
        HttpVersion::Http2 => builder.http2_prior_knowledge(),
    };
    for chosen in &spec.resolve {
        // Port 0 stands for the port of the URL.
        builder = builder.resolve(&chosen.host, SocketAddr::new(chosen.address, 0));
    }
    builder
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    crate::model::text::quote(&innermost.to_string(), 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of this size that come every so many seconds: when it is over, and why.
    async fn body(bytes: usize, every: u64, limit: u64) -> (Duration, Option<Cause>) {
        let began = Instant::now();
        let mut pace = BodyPace::new();
        for _ in 0..100 {
            let coming = tokio::time::sleep(Duration::from_secs(every));
            let patience = pace.patience(Duration::from_secs(limit));
            let cause = match timeout(patience, coming).await {
                Ok(()) => pace.took(bytes),
                Err(_) => return (began.elapsed(), pace.fault()),
            };
            if cause.is_some() {
                return (began.elapsed(), cause);
            }
        }
        (began.elapsed(), None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_keeps_its_pace() {
        let slow = |bytes| {
            Some(Cause::TooSlow {
                bytes,
                within: Duration::from_secs(30),
            })
        };
        // A byte a second; one in 29 s; too few; enough; and much, but rarely.
        assert_eq!(body(1, 1, 60).await, (Duration::from_secs(31), slow(30)));
        assert_eq!(body(1, 29, 60).await, (Duration::from_secs(59), slow(2)));
        assert_eq!(
            body(100, 3, 60).await,
            (Duration::from_secs(33), slow(1000))
        );
        assert_eq!(body(120, 3, 60).await.1, None);
        assert_eq!(body(4096, 25, 60).await.1, None);
        // Silence is told as silence.
        assert_eq!(body(1, 9, 5).await, (Duration::from_secs(5), None));
    }
}
