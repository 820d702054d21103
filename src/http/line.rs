//! The line to a registry, step by step, for who wants to see each step: through the
//! proxy, then TLS. Requests do not come this way; nothing secret is ever sent on it but
//! the proxy's own password, to the proxy.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use http_body_util::Empty;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use reqwest::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service as _;

use super::classify;
use super::error::{Cause, HttpError, Tls, Trouble};
use super::safe_url::redacted;
use super::tls::{Certificate, Trust};
use crate::model::{HttpVersion, Timestamp, text};

/// Bytes in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection as far as it got.
pub type Line = Box<dyn Stream>;

/// What a TLS handshake showed.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// `TLS 1.3`.
    pub version: String,
    /// The cipher suite, by its IANA name.
    pub cipher: String,
    /// The protocol agreed on (RFC 7301).
    pub alpn: Option<String>,
    /// The certificates shown, the registry's own first.
    pub chain: Vec<Certificate>,
    /// Whether they are taken: the root they end in, with where it came from, where it is
    /// known; or why not.
    pub trust: Result<Option<String>, HttpError>,
    /// Whether any certificate is taken.
    pub is_unverified: bool,
    /// Whether the registry asked for a certificate of ours.
    pub asks_for_certificate: bool,
    /// The file of the certificate that we can show.
    pub shows: Option<String>,
}

/// What the steps to one registry need.
pub(super) struct Steps {
    pub(super) url: Url,
    pub(super) proxy: Option<Url>,
    pub(super) trust: Trust,
    pub(super) version: HttpVersion,
    pub(super) connect_timeout: Duration,
}

impl Steps {
    /// Whether the proxy is asked for a way through, rather than handed each request.
    pub(super) fn is_tunnelled(&self) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| {
            self.url.scheme() == "https" || proxy.scheme().starts_with("socks")
        })
    }

    /// Asks the proxy at the other end of `line` for a way to the registry.
    pub(super) async fn tunnel(&self, line: TcpStream) -> Result<Line, HttpError> {
        let Some(proxy) = &self.proxy else {
            return Ok(Box::new(line));
        };
        let opened = match proxy.scheme() {
            scheme if scheme.starts_with("socks") => {
                drop(line);
                self.socks(proxy).await.map_err(Trouble::Failed)
            }
            "https" => match self.secured(proxy, line).await {
                Ok(line) => self.connect(proxy, line).await,
                Err(why) => Err(Trouble::Failed(why)),
            },
            _ => self.connect(proxy, Box::new(line)).await,
        };
        opened.map_err(|trouble| {
            HttpError::before(Cause::Proxy {
                proxy: format!("`{}`", text::quote(&redacted(proxy), 300)),
                trouble,
            })
        })
    }

    /// TLS to the proxy itself.
    async fn secured(&self, proxy: &Url, line: TcpStream) -> Result<Line, String> {
        let config = self.trust.proxy_config().map_err(|e| e.to_string())?;
        let name = server_name(proxy).ok_or("its address is no name for TLS")?;
        TlsConnector::from(Arc::new(config))
            .connect(name, line)
            .await
            .map(|line| Box::new(line) as Line)
            .map_err(|error| {
                let why = tls_error(&error).map(|error| classify::tls_cause(error, proxy));
                why.map_or_else(
                    || text::quote(&error.to_string(), 4000),
                    |why| why.to_string(),
                )
            })
    }

    /// `CONNECT` (RFC 9110 §9.3.6).
    async fn connect(&self, proxy: &Url, line: Line) -> Result<Line, Trouble> {
        let cut = |_| Trouble::Failed("it cut the connection".to_owned());
        let authority = format!(
            "{}:{}",
            self.url.host_str().unwrap_or_default(),
            self.url.port_or_known_default().unwrap_or(443)
        );
        let mut request = hyper::Request::connect(&authority)
            .header(HOST, &authority)
            .header(USER_AGENT, super::USER_AGENT)
            .body(Empty::<bytes::Bytes>::new())
            .map_err(|_| {
                Trouble::Failed("the registry's address cannot be asked for".to_owned())
            })?;
        let authorization = authorization(proxy);
        let has_password = authorization.is_some();
        if let Some(value) = authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, value);
        }
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(line))
            .await
            .map_err(cut)?;
        // Ends with the connection, which the caller holds or drops.
        tokio::spawn(connection.with_upgrades());
        let answer = sender.send_request(request).await.map_err(|error| {
            if error.is_parse() {
                Trouble::Failed("it does not speak HTTP".to_owned())
            } else {
                cut(error)
            }
        })?;
        let status = answer.status();
        if status.is_success() {
            let upgraded = hyper::upgrade::on(answer).await.map_err(cut)?;
            return Ok(Box::new(TokioIo::new(upgraded)));
        }
        Err(match status.as_u16() {
            // tinyproxy answers 401 where a proxy should answer 407.
            401 | 407 if has_password => Trouble::RefusesPassword,
            407 => Trouble::AsksForPassword,
            _ => Trouble::Forbids {
                status: status.to_string(),
                target: authority,
            },
        })
    }

    /// SOCKS 5 (RFC 1928, RFC 1929). `socks5` resolves the name here, `socks5h` there.
    async fn socks(&self, proxy: &Url) -> Result<Line, String> {
        let uri = |url: &Url| {
            let mut bare = url.clone();
            // The credentials travel in the protocol, not in the address.
            let _ = bare.set_username("");
            let _ = bare.set_password(None);
            bare.as_str().parse::<hyper::Uri>()
        };
        let no_address = |_| "its address cannot be used".to_owned();
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(self.connect_timeout));
        let mut socks = SocksV5::new(uri(proxy).map_err(no_address)?, connector)
            .local_dns(proxy.scheme() == "socks5");
        if let Some((user, password)) = credentials(proxy) {
            socks = socks.with_auth(user, password.to_string());
        }
        let target = uri(&self.url).map_err(no_address)?;
        let opened = socks.call(target).await;
        opened
            .map(|line| Box::new(TokioIo::new(line)) as Line)
            .map_err(|error| {
                let mut why = error.to_string();
                let mut source = std::error::Error::source(&error);
                while let Some(inner) = source {
                    why = format!("{why}: {inner}");
                    source = inner.source();
                }
                text::quote(&why, 4000)
            })
    }

    /// Shakes hands with the registry at the other end of `line`, whoever it shows itself
    /// to be.
    pub(super) async fn handshake(&self, line: Line) -> Result<Handshake, HttpError> {
        let (config, witness) = self.trust.witnessed(self.version)?;
        let name = server_name(&self.url)
            .ok_or_else(|| HttpError::local("the address is no name for TLS", "check it"))?;
        let failed = |cause| HttpError::before(Cause::Tls(cause));
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, line)
            .await
            .map_err(|error| match tls_error(&error) {
                Some(error) => failed(classify::tls_cause(error, &self.url)),
                None => failed(Tls::Handshake("the connection was cut".to_owned())),
            })?;
        let (_, connection) = stream.get_ref();
        let shown = witness.chain();
        let now = Timestamp::now().as_second();
        Ok(Handshake {
            version: connection
                .protocol_version()
                .and_then(|version| version.as_str())
                .map_or_else(String::new, |name| name.replace("TLSv1_", "TLS 1.")),
            cipher: connection
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                .map_or_else(String::new, |name| name.replacen("TLS13_", "TLS_", 1)),
            alpn: connection
                .alpn_protocol()
                .map(|name| text::quote(&String::from_utf8_lossy(name), 20)),
            chain: shown
                .iter()
                .filter_map(|der| Certificate::read(der, now))
                .collect(),
            trust: match witness.verdict() {
                Some(error) => Err(failed(classify::tls_cause(&error, &self.url))),
                None => Ok(self
                    .trust
                    .root_of(&shown)
                    .map(|root| format!("`{}`, from {}", root.name, root.origin))),
            },
            is_unverified: self.trust.skips_verification(),
            asks_for_certificate: witness.asked(),
            shows: self.trust.shows().map(str::to_owned),
        })
    }
}

fn server_name(url: &Url) -> Option<ServerName<'static>> {
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(bare.to_owned()).ok()
}

fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// User name and password of a proxy's URL.
pub(super) fn credentials(proxy: &Url) -> Option<(String, zeroize::Zeroizing<String>)> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    if proxy.username().is_empty() && proxy.password().is_none() {
        return None;
    }
    let password = zeroize::Zeroizing::new(decode(proxy.password().unwrap_or_default()));
    Some((decode(proxy.username()), password))
}

fn authorization(proxy: &Url) -> Option<HeaderValue> {
    let (user, password) = credentials(proxy)?;
    let pair = zeroize::Zeroizing::new(format!("{user}:{}", *password));
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
