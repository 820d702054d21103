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

    async fn exchange(&self, request: Request) -> Result<Response, HttpError> {
        let fail = |error: &reqwest::Error| {
            let proxy = self.proxies.proxy_for(&request.url);
            HttpError::new(
                &request,
                classify::cause(error, &request.url, &self.limits, proxy),
            )
        };
        let mut outgoing = self
            .client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.clone());
        }
        let limit = self.limits.read_timeout;
        let silent = || HttpError::new(&request, Cause::ReadTimeout(limit));
        let phase = Phase::new();
        let answer = phase.watch(limit, outgoing.send()).await;
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
            let proxy = format!("`{}`", super::redacted(proxy));
            return Err(HttpError::new(&request, Cause::Proxy { proxy, trouble }));
        }
        let headers = answer.headers().clone();
        let mut body = BytesMut::new();
        if request.method != Method::HEAD {
            loop {
                let chunk = timeout(limit, answer.chunk()).await;
                let chunk = chunk.map_err(|_| silent())?.map_err(|error| fail(&error))?;
                let Some(chunk) = chunk else { break };
                if !status.is_success() {
                    let room = ERROR_BODY.saturating_sub(body.len());
                    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if room <= chunk.len() {
                        break;
                    }
                } else if body.len() + chunk.len() > request.cap {
                    return Err(HttpError::new(&request, Cause::TooLarge(request.cap)));
                } else {
                    body.extend_from_slice(&chunk);
                }
            }
        }
        Ok(Response {
            status,
            headers,
            body: Bytes::from(body),
            url: request.url,
        })
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
