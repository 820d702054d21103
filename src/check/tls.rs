//! The TLS handshake: what was agreed on, who the registry says it is, and whether that is
//! believed.

use tokio::time::timeout;

use super::{Run, unanswered};
use crate::http::{Certificate, Handshake, Http, Line};
use crate::model::{Class, Failure, Scheme, Stage, Verdict};

/// Days before its end from which a certificate is a matter of concern.
const SOON: i64 = 21;

/// Names of a certificate that are shown.
const MAX_NAMES: usize = 6;

impl Run<'_> {
    /// Shakes hands over `line`. `Err` where the registry must not be talked to.
    pub(super) async fn tls(&mut self, http: Option<&Http>, line: Line) -> Result<(), Stage> {
        if self.spec.endpoint.scheme() != Scheme::Https {
            self.skip(Stage::Tls, "the address is `http://`: nothing is encrypted");
            return Ok(());
        }
        // Settings that cannot be used are told of by whoever wanted to use them.
        let Some(http) = http else {
            return Ok(());
        };
        let limit = self.patience();
        let (result, elapsed) = self
            .bounded(Stage::Tls, async {
                match timeout(limit, http.handshake(line)).await {
                    Ok(Some(Ok(handshake))) => Ok(Some(handshake)),
                    Ok(Some(Err(error))) => Err(unanswered(Stage::Tls, &error)),
                    Ok(None) => Ok(None),
                    Err(_) => Err(Failure::new(
                        Stage::Tls,
                        Class::Timeout,
                        format!("the TLS handshake was not answered within {limit:?}"),
                    )
                    .with_hint(
                        "check the port: what listens there may not speak TLS; a slow registry \
                         needs a higher `connect-timeout`",
                    )),
                }
            })
            .await;
        match result {
            Err(failure) => {
                self.add(Stage::Tls, Verdict::Failed(failure), elapsed);
                Err(Stage::Tls)
            }
            Ok(None) => Ok(()),
            Ok(Some(handshake)) => {
                let failure = distrust(&handshake);
                let facts = facts(&handshake);
                let is_trusted = failure.is_none();
                let verdict = match failure {
                    Some(failure) => Verdict::Failed(failure),
                    None => Verdict::Passed(said(&handshake)),
                };
                self.add_seen(Stage::Tls, verdict, elapsed, facts);
                if is_trusted { Ok(()) } else { Err(Stage::Tls) }
            }
        }
    }
}

/// Why the registry is not believed to be itself.
fn distrust(handshake: &Handshake) -> Option<Failure> {
    let error = handshake.trust.as_ref().err()?;
    let mut failure = unanswered(Stage::Tls, error);
    if failure.class != Class::Tls {
        failure.class = Class::Tls;
    }
    Some(failure)
}

fn said(handshake: &Handshake) -> String {
    let mut said = agreed(handshake);
    said.push_str(match handshake {
        Handshake {
            is_unverified: true,
            ..
        } => "; the certificate is not verified (`insecure-skip-tls-verify`)",
        _ => "; the certificate is trusted",
    });
    said
}

fn agreed(handshake: &Handshake) -> String {
    let protocol = match handshake.alpn.as_deref() {
        Some("h2") => "HTTP/2",
        Some("http/1.1") => "HTTP/1.1",
        Some(other) => other,
        None => "no protocol agreed on (ALPN)",
    };
    format!("{}, {}, {protocol}", handshake.version, handshake.cipher)
}

fn facts(handshake: &Handshake) -> Vec<String> {
    let mut facts = Vec::new();
    if handshake.trust.is_err() {
        facts.push(agreed(handshake));
    }
    for (at, certificate) in handshake.chain.iter().enumerate() {
        facts.push(described(certificate, at == 0));
    }
    match &handshake.trust {
        Ok(Some(root)) if !handshake.is_unverified => facts.push(format!("it ends in {root}")),
        _ => {}
    }
    match (handshake.asks_for_certificate, &handshake.shows) {
        (true, Some(file)) => facts.push(format!(
            "the registry asks for a client certificate, and is shown `{file}`"
        )),
        (true, None) => {
            facts.push("the registry asks for a client certificate, and none is set".to_owned());
        }
        (false, Some(file)) => facts.push(format!(
            "the client certificate `{file}` is set, and the registry asks for none"
        )),
        (false, None) => {}
    }
    facts
}

fn described(certificate: &Certificate, is_own: bool) -> String {
    let mut text = format!("`{}`", certificate.subject);
    if is_own {
        let names = &certificate.names;
        let listed: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
        match names.len().saturating_sub(MAX_NAMES) {
            _ if names.is_empty() => text.push_str(" for no name at all"),
            0 => text.push_str(&format!(" for {}", listed.join(", "))),
            more => text.push_str(&format!(" for {} and {more} more", listed.join(", "))),
        }
    }
    if certificate.is_self_signed {
        text.push_str(", signed by itself");
    } else {
        text.push_str(&format!(", signed by `{}`", certificate.issuer));
    }
    let days = certificate.expires_in_days;
    text.push_str(&match days {
        i64::MIN..0 => format!(", expired {} ago", count(-days)),
        0..=SOON => format!(", expires in {}: renew it", count(days)),
        _ => format!(", expires in {}", count(days)),
    });
    text
}

fn count(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        _ => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_described() {
        let mut certificate = Certificate {
            subject: "CN=hub".into(),
            names: vec!["hub.corp".into(), "10.0.0.1".into()],
            issuer: "CN=Corp Root".into(),
            expires_in_days: 90,
            is_self_signed: false,
        };
        assert_eq!(
            described(&certificate, true),
            "`CN=hub` for hub.corp, 10.0.0.1, signed by `CN=Corp Root`, expires in 90 days"
        );
        certificate.expires_in_days = 1;
        assert!(described(&certificate, false).ends_with("expires in 1 day: renew it"));
        certificate.expires_in_days = -3;
        certificate.is_self_signed = true;
        certificate.names.clear();
        assert_eq!(
            described(&certificate, true),
            "`CN=hub` for no name at all, signed by itself, expired 3 days ago"
        );
        certificate.names = (0..9).map(|n| format!("h{n}")).collect();
        assert!(described(&certificate, true).contains("h5 and 3 more"));
    }
}
