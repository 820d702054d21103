//! Name, connection, proxy: what comes before the first byte of TLS or HTTP.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Run, unanswered, verdict};
use crate::http::{Http, Line, Url};
use crate::model::{Class, Failure, Host, ProxyChoice, Stage};

/// Addresses of one name that are shown and tried.
const MAX_ADDRESSES: usize = 8;

/// How long the other addresses are waited for once one has answered.
const GRACE: Duration = Duration::from_secs(1);

impl Run<'_> {
    /// Resolves, connects, goes through the proxy. `Err` is the stage that stands in the
    /// way.
    pub(super) async fn network(&mut self, http: Option<&Http>) -> Result<Line, Stage> {
        if let Some(http) = http
            && let Some(proxy) = http.proxy()
        {
            return self.by_proxy(http, &proxy).await;
        }
        let result = self.direct().await;
        self.skip(
            Stage::Proxy,
            match self.spec.proxy {
                ProxyChoice::Off => "switched off by `proxy`",
                _ => "none is configured for this address",
            },
        );
        result.map(|line| Box::new(line) as Line)
    }

    async fn by_proxy(&mut self, http: &Http, proxy: &str) -> Result<Line, Stage> {
        self.skip(
            Stage::Resolve,
            format!("the proxy `{proxy}` resolves the name"),
        );
        self.skip(Stage::Connect, format!("the proxy `{proxy}` connects"));
        let limit = self.patience();
        let mut facts = Vec::new();
        let (result, elapsed) = self
            .bounded(Stage::Proxy, async {
                let (address, line) = reach_proxy(proxy, limit, &mut facts).await?;
                let line = timeout(limit, http.tunnel(line)).await.map_err(|_| {
                    Failure::new(
                        Stage::Proxy,
                        Class::Timeout,
                        format!(
                            "the proxy `{proxy}` opened no way to the registry within {limit:?}"
                        ),
                    )
                    .with_hint(
                        "check with whoever runs the proxy that it lets this host reach the \
                         registry; a slow proxy needs a higher `connect-timeout`",
                    )
                })?;
                let line = line.map_err(|error| unanswered(Stage::Proxy, &error))?;
                Ok((address, line))
            })
            .await;
        let said = verdict(&result, |(address, _)| {
            if http.is_tunnelled() {
                format!("`{proxy}` at {address} opens a way to the registry")
            } else {
                format!("`{proxy}` answers at {address}; it passes each request on")
            }
        });
        self.add_seen(Stage::Proxy, said, elapsed, facts);
        result.map(|(_, line)| line).map_err(|_| Stage::Proxy)
    }

    async fn direct(&mut self) -> Result<TcpStream, Stage> {
        let limit = self.patience();
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
        let mut facts = Vec::new();
        let (result, elapsed) = self
            .bounded(
                Stage::Connect,
                connect(&found.addresses, limit, Stage::Connect, &mut facts),
            )
            .await;
        self.add_seen(
            Stage::Connect,
            verdict(&result, |(address, _)| format!("{address} answers")),
            elapsed,
            facts,
        );
        result.map(|(_, line)| line).map_err(|_| Stage::Connect)
    }

    /// How long one connection is waited for: a little less than the stage has, so that
    /// it is this limit that is named.
    pub(super) fn patience(&self) -> Duration {
        let stage = (self.budget / 2).saturating_sub(Duration::from_millis(100));
        self.spec.limits.connect_timeout.min(stage)
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
        Ok(Found {
            said: format!("`{name}` is {}", shown(&addresses)),
            addresses,
        })
    }
}

struct Found {
    addresses: Vec<SocketAddr>,
    said: String,
}

fn shown(addresses: &[SocketAddr]) -> String {
    let listed: Vec<String> = addresses
        .iter()
        .take(MAX_ADDRESSES)
        .map(|address| address.ip().to_string())
        .collect();
    match addresses.len().saturating_sub(MAX_ADDRESSES) {
        0 => listed.join(", "),
        more => format!("{}, and {more} more", listed.join(", ")),
    }
}

/// Tries all of `addresses` at once, and takes the first that answers. With more than one,
/// `facts` says how each did: a dead IPv6 address beside a living IPv4 one makes every
/// connection slow, and shows nowhere else.
async fn connect(
    addresses: &[SocketAddr],
    limit: Duration,
    stage: Stage,
    facts: &mut Vec<String>,
) -> Result<(SocketAddr, TcpStream), Failure> {
    let addresses = &addresses[..addresses.len().min(MAX_ADDRESSES)];
    let mut tries: FuturesUnordered<_> = addresses
        .iter()
        .enumerate()
        .map(async |(at, address)| {
            let began = Instant::now();
            let result = timeout(limit, TcpStream::connect(address)).await;
            (at, result, began.elapsed())
        })
        .collect();
    let mut seen: Vec<String> = addresses
        .iter()
        .map(|address| format!("{address}: no answer yet"))
        .collect();
    let mut first = None;
    let mut failure: Option<(usize, Failure)> = None;
    let mut until = Instant::now() + limit + GRACE;
    while let Ok(Some((at, result, elapsed))) = timeout_at(until, tries.next()).await {
        let address = addresses[at];
        let error = match result {
            Ok(Ok(line)) => {
                seen[at] = format!("{address}: answers after {} ms", elapsed.as_millis());
                if first.is_none() {
                    first = Some((address, line));
                    until = Instant::now() + GRACE;
                }
                continue;
            }
            Ok(Err(error)) => refused(stage, address, &error),
            Err(_) => Failure::new(
                stage,
                Class::Timeout,
                format!("{address} took no connection within {limit:?}"),
            )
            .with_hint(
                "check address, port and firewalls; a slow network needs a higher `connect-timeout`",
            ),
        };
        seen[at] = error
            .message
            .replacen(&address.to_string(), &format!("{address}:"), 1);
        // What is said is what befell the address that is asked first.
        if failure.as_ref().is_none_or(|(other, _)| at < *other) {
            failure = Some((at, error));
        }
    }
    if addresses.len() > 1 {
        *facts = seen;
    }
    match (first, failure) {
        (Some(first), _) => Ok(first),
        (None, Some((_, failure))) => Err(failure),
        (None, None) => Err(Failure::new(stage, Class::Connect, "there is no address")),
    }
}

fn refused(stage: Stage, address: SocketAddr, error: &io::Error) -> Failure {
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
    Failure::new(stage, Class::Connect, format!("{address} {why}")).with_hint(hint)
}

/// Connects to the proxy itself.
async fn reach_proxy(
    proxy: &str,
    limit: Duration,
    facts: &mut Vec<String>,
) -> Result<(SocketAddr, TcpStream), Failure> {
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
    let usual = match url.scheme() {
        "https" => 443,
        scheme if scheme.starts_with("socks") => 1080,
        _ => 80,
    };
    let port = url.port().unwrap_or(usual);
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => match timeout(limit, lookup_host((bare, port))).await {
            Ok(Ok(found)) => found.collect(),
            _ => return fail(format!("cannot be found: the name `{bare}` has no address")),
        },
    };
    match connect(&addresses, limit, Stage::Proxy, facts).await {
        Ok(reached) => Ok(reached),
        Err(failure) => fail(format!("does not answer: {}", failure.message)),
    }
}
