//! The way out: the port that requests leave through, and reqwest behind it.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use reqwest::{Client, Method, StatusCode, Url};
use tokio::time::timeout;

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
            loop {
                let chunk = timeout(limit, answer.chunk()).await;
                let chunk = chunk.map_err(|_| silent())?.map_err(|error| fail(&error))?;
                let Some(mut chunk) = chunk else { break };
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
