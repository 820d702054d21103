//! What can go wrong on the way to an answer, in words an administrator understands.

use std::fmt;
use std::time::Duration;

use crate::model::{Class, text};

use super::cover::Cover;
use super::gate::NoTurn;
use super::message::Request;
use super::tls::Given;

/// Longest message, in characters.
const SHOWN: usize = 800;

/// A request that brought no answer. Its text is covered whenever it is shown: causes
/// quote servers and proxies.
#[derive(Clone, Debug)]
pub struct HttpError {
    attempted: Option<String>,
    cause: Cause,
    cover: Cover,
}

impl std::error::Error for HttpError {}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempted = self.attempted.as_ref();
        let attempted = attempted.map_or_else(String::new, |what| format!("`{what}`: "));
        let whole = format!("{attempted}{}", self.cause);
        write!(f, "{}", self.cover.show(&whole, SHOWN))
    }
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the name `{0}` has no address")]
    Resolve(String),
    #[error("`{0}` refused the connection")]
    Refused(String),
    #[error("there is no way to `{0}` from here")]
    Unreachable(String),
    #[error("no connection to `{0}`: {1}")]
    NoConnection(String, String),
    #[error("the connection was cut before the answer was whole")]
    Broken,
    #[error("{0}")]
    Tls(Tls),
    #[error("the proxy {proxy} {trouble}")]
    Proxy { proxy: String, trouble: Trouble },
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    #[error("nothing was received for {0:?}")]
    ReadTimeout(Duration),
    #[error("the answer came too slowly: {bytes} bytes in {within:?}")]
    TooSlow { bytes: usize, within: Duration },
    #[error("nothing that was sent was taken for {0:?}")]
    WriteTimeout(Duration),
    #[error("{} within {limit:?}", match .waited_for {
        NoTurn::Connection => "no connection became free",
        NoTurn::Pace => "the limit on requests a second left no room",
    })]
    NoTurn { waited_for: NoTurn, limit: Duration },
    #[error("the answer is not HTTP")]
    NotHttp { tls: bool },
    #[error("the answer breaks the rules of HTTP: {0}")]
    Protocol(String),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("its headers are larger, or more, than supercargo reads")]
    HeadersTooLarge,
    #[error("the redirect to `{target}` was not followed: {why}")]
    Redirect { why: &'static str, target: String },
    #[error("more than {0} redirects, one after another")]
    Redirects(usize),
    #[error("{message}")]
    Local { message: String, hint: String },
}

/// What a proxy says or does instead of letting us through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("asks for a user name and password")]
    AsksForPassword,
    #[error("refuses its user name or password")]
    RefusesPassword,
    #[error("answers {status} when asked for `{target}`")]
    Forbids { status: String, target: String },
    #[error("opens no way to the registry")]
    NoWay,
    #[error("failed: {0}")]
    Failed(String),
}

impl Trouble {
    fn hint(&self) -> &'static str {
        match self {
            Self::AsksForPassword => {
                "write them into the proxy's address in the environment: \
                 `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`, special characters as `%XX`"
            }
            Self::RefusesPassword => {
                "check user name and password in the environment (`HTTPS_PROXY`, `HTTP_PROXY`); \
                 special characters are written as `%XX`"
            }
            Self::Forbids { .. } => {
                "ask whoever runs the proxy to allow this address, or go past it with `NO_PROXY` \
                 or `--proxy off`"
            }
            Self::NoWay => "`supercargo check` shows what the proxy answers",
            Self::Failed(_) => {
                "check `proxy`, or `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` in the environment"
            }
        }
    }
}

/// What stands in the way of TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Tls {
    #[error("the certificate is signed by {}, which this host does not trust", authority.as_ref().map_or_else(|| "an authority".to_owned(), |a| format!("`{a}`")))]
    UnknownIssuer {
        authority: Option<String>,
        /// Files of authorities that are set, none of which signed the chain.
        given: Vec<Given>,
    },
    #[error("the certificate `{subject}` is signed by itself, and this host does not trust it")]
    SelfSigned { subject: String, given: Vec<Given> },
    #[error("the certificate has expired")]
    Expired,
    #[error("the certificate is not valid yet")]
    NotYetValid,
    #[error("the certificate is not for `{host}`{}", names(.for_names))]
    WrongName {
        host: String,
        for_names: Vec<String>,
    },
    #[error("the certificate was revoked")]
    Revoked,
    #[error("the certificate is not usable: {0}")]
    BadCertificate(String),
    #[error("the registry asks for a client certificate")]
    ClientCertificate,
    #[error("the registry does not speak TLS on this port")]
    PlainText,
    #[error("the registry ended the TLS handshake: {0}")]
    Refused(String),
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
}

fn names(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<_> = names.iter().take(4).map(String::as_str).collect();
    text::quote(&format!(", but for {}", shown.join(", ")), 200)
}

impl HttpError {
    pub(crate) fn new(request: &Request, cause: Cause) -> Self {
        Self {
            attempted: Some(request.shown()),
            cause,
            cover: request.cover.clone(),
        }
    }

    /// An error of the line itself, before any request.
    pub(super) fn before(cause: Cause) -> Self {
        Self {
            attempted: None,
            cause,
            cover: Cover::default(),
        }
    }

    /// An error before any request: a file that cannot be read, a setting that cannot be
    /// used.
    pub(super) fn local(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            attempted: None,
            cause: Cause::Local {
                message: message.into(),
                hint: hint.into(),
            },
            cover: Cover::default(),
        }
    }

    /// The same, without what `cover` knows.
    pub(super) fn covered(self, cover: &Cover) -> Self {
        let cover = cover.clone();
        Self { cover, ..self }
    }

    /// Its kind.
    pub fn class(&self) -> Class {
        match &self.cause {
            Cause::Resolve(_) => Class::Resolve,
            Cause::Refused(_) | Cause::Unreachable(_) | Cause::NoConnection(..) | Cause::Broken => {
                Class::Connect
            }
            Cause::Tls(_) => Class::Tls,
            Cause::Proxy { .. } => Class::Proxy,
            Cause::ConnectTimeout(_)
            | Cause::ReadTimeout(_)
            | Cause::TooSlow { .. }
            | Cause::WriteTimeout(_) => Class::Timeout,
            Cause::NoTurn { .. } => Class::Throttled,
            Cause::NotHttp { .. }
            | Cause::Protocol(_)
            | Cause::Redirect { .. }
            | Cause::Redirects(_) => Class::Protocol,
            Cause::TooLarge(_) | Cause::HeadersTooLarge => Class::TooLarge,
            Cause::Local { .. } => Class::Local,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.cause {
            Cause::Resolve(_) => {
                "check the spelling and this host's DNS, or give its address with `resolve`"
            }
            Cause::Refused(_) => "check the port, and whether the registry runs",
            Cause::Unreachable(_) => "check the network, a VPN, or whether a proxy is needed",
            Cause::NoConnection(..) => "check address and port, and firewalls on the way",
            Cause::Broken => "try again; if it stays so, look at the registry's or proxy's log",
            Cause::Tls(tls) => return Some(tls.hint()),
            Cause::Proxy { trouble, .. } => trouble.hint(),
            Cause::ConnectTimeout(_) => {
                "check address, port and firewalls; a slow network needs a higher `connect-timeout`"
            }
            Cause::ReadTimeout(_) => "a slow registry needs a higher `read-timeout`",
            Cause::TooSlow { .. } => {
                "look at the registry's load and at the proxies on the way: no setting helps"
            }
            Cause::WriteTimeout(_) => "a slow network needs a higher `write-timeout`",
            Cause::NoTurn {
                waited_for: NoTurn::Connection,
                ..
            } => "raise `max-connections`, or `pool-timeout` to wait longer",
            Cause::NoTurn {
                waited_for: NoTurn::Pace,
                ..
            } => "raise `max-rps`, or `pool-timeout` to wait longer",
            Cause::NotHttp { tls: false } => {
                "check the port; if the registry speaks TLS there, write `https://`"
            }
            Cause::NotHttp { tls: true } => "check the port: something else listens there",
            Cause::Protocol(_) => "check the port, and any proxy on the way",
            Cause::TooLarge(_) => "this is no answer that a registry gives: check the address",
            Cause::HeadersTooLarge => {
                "no registry sends such headers: look at what answers there, as with `curl -I`"
            }
            Cause::Redirect { .. } => {
                "give the registry's own address: the one it redirects to, if that is a registry"
            }
            Cause::Redirects(_) => "check the address: a login page or a proxy loop answers there",
            Cause::Local { hint, .. } => hint,
        };
        Some(hint.to_owned())
    }

    pub(super) fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Whether the first answer from its host can be no other: asking again would fail as
    /// this did.
    pub fn is_final(&self) -> bool {
        !self.is_transient(false)
    }

    /// Whether the same request may fare better in a moment. Before anything was ever
    /// received, an address that does not answer is a wrong address, and told at once.
    pub(super) fn is_transient(&self, reached_before: bool) -> bool {
        match self.cause() {
            Cause::Broken | Cause::TooSlow { .. } => true,
            Cause::Resolve(_)
            | Cause::Refused(_)
            | Cause::Unreachable(_)
            | Cause::NoConnection(..)
            | Cause::ConnectTimeout(_)
            | Cause::ReadTimeout(_)
            | Cause::WriteTimeout(_)
            | Cause::Proxy { .. }
            | Cause::Tls(Tls::Refused(_) | Tls::Handshake(_)) => reached_before,
            Cause::Tls(_)
            | Cause::NoTurn { .. }
            | Cause::NotHttp { .. }
            | Cause::Protocol(_)
            | Cause::TooLarge(_)
            | Cause::HeadersTooLarge
            | Cause::Redirect { .. }
            | Cause::Redirects(_)
            | Cause::Local { .. } => false,
        }
    }
}

impl HttpError {
    /// Whether it may be the host that is away, and not this request that fails.
    pub(super) fn is_away(&self) -> bool {
        self.is_unreached()
            || matches!(
                self.cause(),
                Cause::Broken | Cause::ReadTimeout(_) | Cause::WriteTimeout(_)
            )
    }

    /// Whether not even a connection stood: that is no single request's failure.
    pub(super) fn is_unreached(&self) -> bool {
        matches!(
            self.cause(),
            Cause::Resolve(_)
                | Cause::Refused(_)
                | Cause::Unreachable(_)
                | Cause::NoConnection(..)
                | Cause::ConnectTimeout(_)
                | Cause::Tls(Tls::Handshake(_))
                | Cause::Proxy {
                    trouble: Trouble::NoWay | Trouble::Failed(_),
                    ..
                }
        )
    }

    /// Whether the answer began and came too slowly.
    pub(super) fn is_slow(&self) -> bool {
        matches!(self.cause(), Cause::TooSlow { .. })
    }
}

impl Tls {
    fn hint(&self) -> String {
        let hint = match self {
            Self::UnknownIssuer { given, authority } if !given.is_empty() => {
                return signed_by_none(given, authority.as_deref(), "that authority's certificate");
            }
            Self::SelfSigned { given, subject } if !given.is_empty() => {
                return signed_by_none(given, Some(subject), "the registry's own certificate");
            }
            Self::UnknownIssuer { .. } => {
                "get that authority's certificate from whoever runs the registry, and pass its PEM \
                 file as `ca-file`"
            }
            Self::SelfSigned { .. } => {
                "get the certificate from whoever runs the registry, and pass its PEM file as `ca-file`"
            }
            Self::Expired => "renew the registry's certificate, and check this host's clock",
            Self::NotYetValid => "check this host's clock",
            Self::WrongName { .. } => "use the name that the certificate is for",
            Self::Revoked | Self::BadCertificate(_) => {
                "look at the certificate with `openssl s_client -connect HOST:PORT`"
            }
            Self::ClientCertificate => "set `client-cert` and `client-key`",
            Self::PlainText => {
                "check the port, or write `http://` if the registry is to be used without TLS"
            }
            Self::Refused(_) | Self::Handshake(_) => {
                "check the port; the registry may ask for a client certificate (`client-cert`)"
            }
        };
        hint.to_owned()
    }
}

/// What to do where files of authorities are set, and the wrong ones. Of what is said here
/// only `missing`, which is compared and not told, came from the registry.
fn signed_by_none(given: &[Given], missing: Option<&str>, what: &str) -> String {
    let held: Vec<String> = given.iter().map(Given::to_string).collect();
    let same_name = given
        .iter()
        .flat_map(|file| &file.subjects)
        .any(|subject| Some(subject.as_str()) == missing);
    let why = if same_name {
        ", and the one of that name has another key: it did not sign this chain"
    } else {
        ", and none of it signed this chain"
    };
    format!(
        "{}{why}: get {what} from whoever runs the registry, and put it into that file as PEM",
        held.join("; ")
    )
}
