//! Name, connection, proxy: what comes before the first byte of HTTP.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Run, verdict};
use crate::http::Url;
use crate::model::{Class, Failure, Host, ProxyChoice, Stage};

/// Addresses of one name that are shown and tried.
const MAX_ADDRESSES: usize = 8;

impl Run<'_> {
    /// Resolves, connects, looks at the proxy. `Err` is the stage that stands in the way.
    pub(super) async fn network(&mut self, proxy: Option<&str>) -> Result<(), Stage> {
        if let Some(proxy) = proxy {
            self.skip(
                Stage::Resolve,
                format!("the proxy `{proxy}` resolves the name"),
            );
            self.skip(Stage::Connect, format!("the proxy `{proxy}` connects"));
            let limit = self.spec.limits.connect_timeout;
            let (result, elapsed) = self.bounded(Stage::Proxy, reach_proxy(proxy, limit)).await;
            let said = verdict(&result, |address| format!("`{proxy}` answers at {address}"));
            self.add(Stage::Proxy, said, elapsed);
            return result.map(drop).map_err(|_| Stage::Proxy);
        }
        let result = self.direct().await;
        self.skip(
            Stage::Proxy,
            match self.spec.proxy {
                ProxyChoice::Off => "switched off by `proxy`",
                _ => "none is configured for this address",
            },
        );
        result
    }

    async fn direct(&mut self) -> Result<(), Stage> {
        let limit = self.spec.limits.connect_timeout;
        let (result, elapsed) = self.bounded(Stage::Resolve, self.resolve(limit)).await;
        self.add(
            Stage::Resolve,
            verdict(&result, |found| found.said.clone()),
            elapsed,
        );
        let Ok(found) = result else {
            self.skip(Stage::Connect, "there is no address to connect to");
            return Err(Stage::Resolve);
        };
        let (result, elapsed) = self
            .bounded(Stage::Connect, connect(&found.addresses, limit))
            .await;
        self.add(
            Stage::Connect,
            verdict(&result, |address| format!("{address} answers")),
            elapsed,
        );
        result.map(drop).map_err(|_| Stage::Connect)
    }

    async fn resolve(&self, limit: Duration) -> Result<Found, Failure> {
        let endpoint = &self.spec.endpoint;
        let port = endpoint.port();
        let name = match endpoint.host() {
            Host::Address(address) => {
                return Ok(Found {
                    addresses: vec![SocketAddr::new(*address, port)],
                    said: format!("`{address}` is an address"),
                });
            }
            Host::Name(name) => name,
        };
        if let Some(chosen) = self.spec.resolve.iter().find(|o| o.host == **name) {
            return Ok(Found {
                addresses: vec![SocketAddr::new(chosen.address, port)],
                said: format!("`{name}` is {}, as `resolve` says", chosen.address),
            });
        }
        let hint = "check the spelling and this host's DNS, or give its address with `resolve`";
        let addresses: Vec<SocketAddr> = timeout(limit, lookup_host((&**name, port)))
            .await
            .map_err(|_| {
                Failure::new(
                    Stage::Resolve,
                    Class::Timeout,
                    format!("`{name}` was not resolved within {limit:?}"),
                )
                .with_hint("check this host's DNS; slow DNS needs a higher `connect-timeout`")
            })?
            .map(Iterator::collect)
            .unwrap_or_default();
        if addresses.is_empty() {
            return Err(Failure::new(
                Stage::Resolve,
                Class::Resolve,
                format!("the name `{name}` has no address"),
            )
            .with_hint(hint));
        }
        let shown: Vec<String> = addresses
            .iter()
            .take(MAX_ADDRESSES)
            .map(|address| address.ip().to_string())
            .collect();
        Ok(Found {
            said: format!("`{name}` is {}", shown.join(", ")),
            addresses,
        })
    }
}

struct Found {
    addresses: Vec<SocketAddr>,
    said: String,
}

/// The first of `addresses` that takes a connection.
async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<SocketAddr, Failure> {
    let mut failure = Failure::new(Stage::Connect, Class::Connect, "there is no address");
    for address in addresses.iter().take(MAX_ADDRESSES) {
        failure = match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(*address),
            Ok(Err(error)) => {
                let (why, hint) = match error.kind() {
                    io::ErrorKind::ConnectionRefused => (
                        "refused the connection".to_owned(),
                        "check the port, and whether the registry runs",
                    ),
                    io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => (
                        "cannot be reached from here".to_owned(),
                        "check the network, a VPN, or whether a proxy is needed",
                    ),
                    _ => (
                        format!("takes no connection: {error}"),
                        "check address and port, and firewalls on the way",
                    ),
                };
                Failure::new(Stage::Connect, Class::Connect, format!("{address} {why}"))
                    .with_hint(hint)
            }
            Err(_) => Failure::new(
                Stage::Connect,
                Class::Timeout,
                format!("{address} took no connection within {limit:?}"),
            )
            .with_hint(
                "check address, port and firewalls; a slow network needs a higher `connect-timeout`",
            ),
        };
    }
    Err(failure)
}

async fn reach_proxy(proxy: &str, limit: Duration) -> Result<String, Failure> {
    let fail = |why: String| {
        Err(Failure::new(
            Stage::Proxy,
            Class::Proxy,
            format!("the proxy `{proxy}` {why}"),
        )
        .with_hint("check `proxy`, or `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`"))
    };
    let Ok(url) = proxy.parse::<Url>() else {
        return fail("has an address that is no URL".to_owned());
    };
    let port = url
        .port_or_known_default()
        .unwrap_or(if url.scheme().starts_with("socks") {
            1080
        } else {
            80
        });
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => match timeout(limit, lookup_host((bare, port))).await {
            Ok(Ok(found)) => found.collect(),
            _ => return fail("has a name without an address".to_owned()),
        },
    };
    match connect(&addresses, limit).await {
        Ok(address) => Ok(address.to_string()),
        Err(failure) => fail(format!("does not answer: {}", failure.message)),
    }
}
