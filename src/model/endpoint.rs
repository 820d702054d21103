//! Where a registry is reached: scheme, host, port and base path.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::text;

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// The scheme as it stands in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that goes without saying.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A host: a name in ASCII (punycode where needed) or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name, lower case.
    Name(Box<str>),
    /// An IPv4 or IPv6 address.
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(v4)) => write!(f, "{v4}"),
            Self::Address(IpAddr::V6(v6)) => write!(f, "[{v6}]"),
        }
    }
}

/// A registry's address. `v2/` is joined to its base path, which begins and ends with `/`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    scheme: Scheme,
    host: Host,
    port: u16,
    base: Box<str>,
}

/// Why a text is no address, and what would be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither `http://` nor `https://` in front.
    #[error("`{0}` has no scheme: write `https://{0}`, or `http://{0}` for a registry without TLS")]
    NoScheme(String),
    /// A scheme that registries do not speak.
    #[error("`{0}` cannot be reached by `{1}`: registries speak `https://` or `http://`")]
    Scheme(String, String),
    /// The port is not a number from 1 to 65535.
    #[error("the port of `{0}` is not a number from 1 to 65535: `https://registry.example:5000`")]
    Port(String),
    /// No host, or one that cannot be a host.
    #[error("`{0}` names no host: `https://registry.example` or `https://[::1]:5000`")]
    Host(String),
    /// A user name or password inside the address.
    #[error(
        "the address holds a user name or password: leave it out and set `--username` \
         and one of `--password-stdin`, `--password-env`, `--password-command`"
    )]
    Credentials,
    /// A query or fragment.
    #[error("`{0}` has a query or fragment: give scheme, host, port and base path only")]
    Query(String),
}

impl Endpoint {
    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, the scheme's own where none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The base path, `/` where none was given.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Host and port as people write them: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The URL of `path` (without a leading slash, already percent-encoded) below the
    /// base path, such as `v2/_catalog`.
    pub fn join(&self, path: &str) -> String {
        format!(
            "{}://{}{}{path}",
            self.scheme.as_str(),
            self.authority(),
            self.base
        )
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        let shown = || text::quote(text, 120);
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(if text.is_empty() {
                EndpointError::Host(shown())
            } else if text.contains('@') {
                EndpointError::Credentials
            } else {
                EndpointError::NoScheme(shown())
            });
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.contains('@') {
            return Err(EndpointError::Credentials);
        }
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(EndpointError::Scheme(shown(), text::quote(other, 20))),
        };
        let url = url::Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => EndpointError::Port(shown()),
            _ => EndpointError::Host(shown()),
        })?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Query(shown()));
        }
        let host = match url.host() {
            Some(url::Host::Domain(name)) if name.len() <= 253 => Host::Name(name.into()),
            Some(url::Host::Ipv4(v4)) => Host::Address(v4.into()),
            Some(url::Host::Ipv6(v6)) => Host::Address(v6.into()),
            _ => return Err(EndpointError::Host(shown())),
        };
        let port = url.port().unwrap_or(scheme.default_port());
        if port == 0 {
            return Err(EndpointError::Port(shown()));
        }
        let mut base = url.path().trim_end_matches('/').to_owned();
        // People paste the address of the ping; `v2/` is ours to add.
        if base == "/v2" || base.ends_with("/v2") {
            base.truncate(base.len() - "/v2".len());
        }
        base.push('/');
        Ok(Self {
            scheme,
            host,
            port,
            base: base.into(),
        })
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, EndpointError> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.to_string()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.base.trim_end_matches('/');
        write!(f, "{}://{}{base}", self.scheme.as_str(), self.authority())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_and_put_together() {
        for (text, host, port, base, shown) in [
            (
                "https://hub.example",
                "hub.example",
                443,
                "/",
                "https://hub.example",
            ),
            (
                "http://hub.example:80/",
                "hub.example",
                80,
                "/",
                "http://hub.example",
            ),
            (
                "HTTPS://Hub.Example:5000",
                "hub.example",
                5000,
                "/",
                "https://hub.example:5000",
            ),
            ("http://[::1]:5000", "[::1]", 5000, "/", "http://[::1]:5000"),
            (
                "http://127.0.0.1:5000/v2/",
                "127.0.0.1",
                5000,
                "/",
                "http://127.0.0.1:5000",
            ),
            (
                " https://h.example/artifactory/api/docker/key/ ",
                "h.example",
                443,
                "/artifactory/api/docker/key/",
                "https://h.example/artifactory/api/docker/key",
            ),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.host().to_string(), host);
            assert_eq!(endpoint.port(), port);
            assert_eq!(endpoint.base(), base);
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(shown.parse::<Endpoint>().unwrap(), endpoint);
        }
        let endpoint: Endpoint = "https://h/nexus/repository/docker".parse().unwrap();
        assert_eq!(
            endpoint.join("v2/_catalog"),
            "https://h/nexus/repository/docker/v2/_catalog"
        );
    }

    #[test]
    fn what_is_no_address_says_what_would_be_one() {
        for (text, says) in [
            ("registry.local:5000", "write `https://registry.local:5000`"),
            ("", "names no host"),
            ("https://", "names no host"),
            ("ftp://x", "cannot be reached by `ftp`"),
            ("https://x:99999", "port"),
            ("https://x:0", "port"),
            ("https://x:http", "port"),
            ("https://user:pw@x", "--password-stdin"),
            ("user:pw@x", "--password-stdin"),
            ("https://x/?a=b", "query"),
            ("https://exa mple", "names no host"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
            assert!(!error.contains("pw@"), "{error}");
        }
    }
}
