//! A certificate as people read it (RFC 5280).

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

use crate::model::text;

/// Longest name shown, in characters.
const SHOWN: usize = 160;

/// What a certificate says of itself, made harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// The host names and addresses it is good for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// The end of its validity, in whole days from now; negative where that is past.
    pub expires_in_days: i64,
    /// Whether it signed itself.
    pub is_self_signed: bool,
}

impl Certificate {
    /// Reads one; `None` where the bytes are none. `now` is in seconds since 1970.
    pub(in crate::http) fn read(der: &CertificateDer<'_>, now: i64) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let names = parsed
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|found| found.value.general_names.iter().filter_map(host).collect())
            .unwrap_or_default();
        let left = parsed.validity().not_after.timestamp() - now;
        Some(Self {
            subject: name(parsed.subject()),
            names,
            issuer: name(parsed.issuer()),
            expires_in_days: left.div_euclid(86_400),
            is_self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
        })
    }
}

/// A distinguished name, as RFC 4514 writes it.
pub(super) fn name(name: &X509Name<'_>) -> String {
    let shown = name.to_string();
    if shown.is_empty() {
        return "an empty name".to_owned();
    }
    text::quote(&shown, SHOWN)
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(text::quote(name, SHOWN)),
        GeneralName::IPAddress(bytes) => {
            let address = match bytes.len() {
                4 => IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?),
                16 => IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?),
                _ => return None,
            };
            Some(address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn a_certificate_is_read() {
        let pem = include_bytes!("../tests/pem/server.pem");
        let der = CertificateDer::from_pem_slice(pem).unwrap();
        let read = Certificate::read(&der, 0).unwrap();
        assert!(!read.is_self_signed);
        assert!(read.names.contains(&"127.0.0.1".to_owned()), "{read:?}");
        assert!(read.expires_in_days > 0);
        let far = i64::from(u32::MAX) * 100;
        assert!(Certificate::read(&der, far).unwrap().expires_in_days < 0);
        assert!(Certificate::read(&CertificateDer::from(vec![1, 2]), 0).is_none());
    }
}
