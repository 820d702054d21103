//! What went wrong, said once in a form that every output can carry.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::RepositoryName;

/// The step of a check or a crawl that something happened in. The order of the variants is
/// part of the inventory's format; that of the steps is [`Stage::OF_A_CHECK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Host name to addresses.
    Resolve,
    /// A connection to one of the addresses.
    Connect,
    /// The way through a proxy.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// `GET /v2/`.
    Ping,
    /// The `WWW-Authenticate` challenge.
    Challenge,
    /// The token endpoint.
    Token,
    /// `GET /v2/_catalog`.
    Catalogue,
    /// `GET /v2/<name>/tags/list`.
    Tags,
    /// `GET /v2/<name>/manifests/<reference>`.
    Manifest,
    /// The configuration blob of a single-platform image.
    Configuration,
    /// The product's own API.
    Api,
}

impl Stage {
    /// The stages of a check, in their order.
    pub const OF_A_CHECK: [Self; 11] = [
        Self::Resolve,
        Self::Connect,
        Self::Proxy,
        Self::Tls,
        Self::Ping,
        Self::Challenge,
        Self::Token,
        Self::Api,
        Self::Catalogue,
        Self::Tags,
        Self::Manifest,
    ];

    /// The stage as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Ping => "ping",
            Self::Challenge => "challenge",
            Self::Token => "token",
            Self::Catalogue => "catalogue",
            Self::Tags => "tags",
            Self::Manifest => "manifest",
            Self::Configuration => "configuration",
            Self::Api => "api",
        }
    }
}

impl Ord for Stage {
    /// By when they come in a check; what no check does comes last.
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |stage: &Self| {
            let known = Self::OF_A_CHECK.iter().position(|at| at == stage);
            known.unwrap_or(Self::OF_A_CHECK.len())
        };
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Stage {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The kind of a failure, for exit codes, colours and counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The host name has no address.
    Resolve,
    /// No connection, or one that broke.
    Connect,
    /// The TLS handshake or the certificate.
    Tls,
    /// The proxy refused or failed.
    Proxy,
    /// A time limit of ours ran out.
    Timeout,
    /// 429, or the wait for a turn under our own limits.
    Throttled,
    /// Not signed in: no credentials, or wrong ones.
    Authentication,
    /// Signed in, and not allowed.
    Denied,
    /// The thing is not there.
    Missing,
    /// The answer is none that the specification allows.
    Protocol,
    /// Bytes that do not have the digest they should have.
    Digest,
    /// An answer larger than what is read.
    TooLarge,
    /// 5xx.
    Server,
    /// Stopped by the user.
    Cancelled,
    /// Something on this host: a secret that cannot be read, a file that is not there.
    Local,
    /// A list that nothing proves whole, or a loss that nothing proves.
    Unproven,
    /// The registry counts what is read over hours, and no more may be read for now.
    Quota,
}

impl Class {
    /// The class as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Authentication => "authentication",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Protocol => "protocol",
            Self::Digest => "digest",
            Self::TooLarge => "too-large",
            Self::Server => "server",
            Self::Cancelled => "cancelled",
            Self::Local => "local",
            Self::Unproven => "unproven",
            Self::Quota => "quota",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A failure: where, of what kind, what was attempted, and what to do next.
/// Holds no secret and no text that a terminal would obey.
///
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The step that failed.
    pub stage: Stage,
    /// Its kind.
    pub class: Class,
    /// The repository concerned, if any.
    pub repository: Option<RepositoryName>,
    /// The tag or digest concerned, if any.
    pub reference: Option<String>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What was attempted and what happened, one line.
    pub message: String,
    /// What to do next, one line.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure of `stage` with a one-line message.
    pub fn new(stage: Stage, class: Class, message: impl Into<String>) -> Self {
        Self {
            stage,
            class,
            repository: None,
            reference: None,
            status: None,
            message: message.into(),
            hint: None,
        }
    }

    /// With what to do next.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the HTTP status of the answer.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With the repository concerned.
    pub fn in_repository(mut self, repository: &RepositoryName) -> Self {
        self.repository = Some(repository.clone());
        self
    }

    /// With the tag or digest concerned.
    pub fn at_reference(mut self, reference: impl fmt::Display) -> Self {
        self.reference = Some(reference.to_string());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.stage)?;
        if let Some(repository) = &self.repository {
            write!(f, "{repository}")?;
            if let Some(reference) = &self.reference {
                let between = if reference.contains(':') { "@" } else { ":" };
                write!(f, "{between}{reference}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}
