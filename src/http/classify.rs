//! reqwest's errors → ours. The whole chain of sources is read, because the outer ones
//! say only that something failed.

use std::error::Error;
use std::io;

use reqwest::Url;
use rustls::{AlertDescription, CertificateError};

use super::error::{Cause, Tls, Trouble};
use super::safe_url::redacted;
use super::tls::Untrusted;
use crate::model::{HostTrouble, Limits, text};

/// Why `error` happened on the way to `url`. `proxy` is the one on that way, if any.
pub(super) fn cause(
    error: &reqwest::Error,
    url: &Url,
    limits: &Limits,
    proxy: Option<&Url>,
) -> Cause {
    let chain = chain(error);
    let host = authority(url);
    // A connection is an open file; whoever has no more of them reaches nobody.
    let out_of_files = chain.iter().find_map(|layer| {
        let error = layer.downcast_ref::<io::Error>()?;
        let trouble = HostTrouble::of(error);
        trouble.is_out_of_files().then_some((error, trouble))
    });
    if let Some((error, trouble)) = out_of_files {
        return Cause::Local {
            message: format!("this host opens no more connections: {error}"),
            hint: trouble.hint().to_owned(),
        };
    }
    if let Some(tls) = find::<rustls::Error>(&chain) {
        return Cause::Tls(tls_cause(tls, url));
    }
    let innermost = chain.last().map_or_else(String::new, ToString::to_string);
    // Long enough that no secret is cut in it: the error covers what it shows.
    let why = text::quote(&innermost, 4000);
    let says = |words: &[&str]| {
        chain.iter().skip(1).any(|layer| {
            let layer = layer.to_string().to_ascii_lowercase();
            words.iter().any(|word| layer.contains(word))
        })
    };
    if let Some(proxy) = proxy
        && (error.is_connect() || says(&["tunnel", "socks"]))
    {
        let why = if error.is_timeout() {
            format!("no connection within {:?}", limits.connect_timeout)
        } else {
            why
        };
        return Cause::Proxy {
            proxy: format!("`{}`", text::quote(&redacted(proxy), 300)),
            trouble: if says(&[
                "proxy authorization required",
                "proxy authentication required",
            ]) {
                match proxy.username() {
                    "" => Trouble::AsksForPassword,
                    _ => Trouble::RefusesPassword,
                }
            } else if says(&["unsuccessful tunnel", "tunnel error: unsuccessful"]) {
                Trouble::NoWay
            } else {
                Trouble::Failed(why)
            },
        };
    }
    if error.is_builder() {
        return Cause::Local {
            message: format!("the request cannot be made: {why}"),
            hint: "check the registry's settings".to_owned(),
        };
    }
    if error.is_dns() || says(&["dns error", "failed to lookup"]) {
        return Cause::Resolve(text::quote(url.host_str().unwrap_or_default(), 253));
    }
    let io = find::<io::Error>(&chain).map(io::Error::kind);
    if error.is_connect() {
        return match io {
            // The kernel bounds the first packets by the same option as all others.
            Some(io::ErrorKind::TimedOut) if limits.write_timeout < limits.connect_timeout => {
                Cause::WriteTimeout(limits.write_timeout)
            }
            _ if error.is_timeout() => Cause::ConnectTimeout(limits.connect_timeout),
            Some(io::ErrorKind::TimedOut) => Cause::ConnectTimeout(limits.connect_timeout),
            Some(io::ErrorKind::ConnectionRefused) => Cause::Refused(host),
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                Cause::Unreachable(host)
            }
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe,
            ) if url.scheme() == "https" => {
                Cause::Tls(Tls::Handshake("the connection was cut".to_owned()))
            }
            _ => Cause::NoConnection(host, why),
        };
    }
    if let Some(hyper) = find::<hyper::Error>(&chain) {
        if hyper.is_parse_too_large() {
            return Cause::HeadersTooLarge;
        }
        if hyper.is_parse() {
            return Cause::NotHttp {
                tls: url.scheme() == "https",
            };
        }
        if hyper.is_incomplete_message() {
            return Cause::Broken;
        }
    }
    // HTTP/2 ends the stream, or with far too much the connection, on our side.
    if says(&[
        "stream error detected: refused stream",
        "header_list_way_too_large",
        "too_many_continuations",
    ]) {
        return Cause::HeadersTooLarge;
    }
    match io {
        // The kernel gave up on what it could not deliver.
        Some(io::ErrorKind::TimedOut) => Cause::WriteTimeout(limits.write_timeout),
        Some(
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected,
        ) => Cause::Broken,
        _ if says(&[
            "connection closed",
            "end of file",
            "connection error",
            "reset",
        ]) =>
        {
            Cause::Broken
        }
        // HTTP/2 streams that the server ends without an answer.
        _ if says(&["refused_stream", "goaway", "go away", "stream error"]) => Cause::Broken,
        _ => Cause::Protocol(why),
    }
}

/// Host and port of `url`, the port always.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The error and everything behind it. `io::Error` hides what it wraps from `source`.
fn chain(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut found: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        found.push(error);
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(|io| io.get_ref())
            .map(|inner| inner as &(dyn Error + 'static));
        next = wrapped.or_else(|| error.source());
    }
    found
}

fn find<'a, E: Error + 'static>(chain: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    chain
        .iter()
        .rev()
        .find_map(|error| error.downcast_ref::<E>())
}

pub(super) fn tls_cause(error: &rustls::Error, url: &Url) -> Tls {
    use rustls::Error as E;
    let host = || text::quote(url.host_str().unwrap_or_default(), 253);
    match error {
        E::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => Tls::UnknownIssuer {
                authority: None,
                given: Vec::new(),
            },
            CertificateError::Other(other) => match other.0.downcast_ref::<Untrusted>() {
                Some(untrusted) if untrusted.is_self_signed => Tls::SelfSigned {
                    subject: untrusted.authority.clone(),
                    given: untrusted.given.clone(),
                },
                Some(untrusted) => Tls::UnknownIssuer {
                    authority: Some(untrusted.authority.clone()),
                    given: untrusted.given.clone(),
                },
                None => Tls::BadCertificate(text::quote(&other.to_string(), 160)),
            },
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Tls::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Tls::NotYetValid
            }
            CertificateError::NotValidForName => Tls::WrongName {
                host: host(),
                for_names: Vec::new(),
            },
            CertificateError::NotValidForNameContext { presented, .. } => Tls::WrongName {
                host: host(),
                for_names: presented.iter().map(|name| readable(name)).collect(),
            },
            CertificateError::Revoked => Tls::Revoked,
            other => Tls::BadCertificate(text::quote(&other.to_string(), 160)),
        },
        E::InvalidMessage(_) => Tls::PlainText,
        E::AlertReceived(AlertDescription::CertificateRequired) => Tls::ClientCertificate,
        E::AlertReceived(alert) => Tls::Refused(text::quote(&format!("{alert:?}"), 60)),
        other => Tls::Handshake(text::quote(&other.to_string(), 160)),
    }
}

/// webpki presents names as `DnsName("hub.example")`.
fn readable(presented: &str) -> String {
    presented
        .split_once('"')
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or(presented)
        .to_owned()
}
