//! How long a server's certificate is good, noted in the handshakes that take place anyway.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::model::Timestamp;

/// When a certificate ends; `None` before any handshake.
#[derive(Clone, Debug, Default)]
pub(super) struct Term(Arc<Mutex<Option<Timestamp>>>);

impl Term {
    /// The end of the certificate that was taken last.
    pub(super) fn end(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, certificate: &CertificateDer<'_>) {
        let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
            return;
        };
        let end = parsed.validity().not_after.timestamp();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Timestamp::from_second(end).ok();
    }
}

/// Another verifier, with a note of the certificates of one host that it takes. Token
/// servers and storage are other hosts.
#[derive(Debug)]
pub(super) struct Noting {
    judge: Arc<dyn ServerCertVerifier>,
    host: String,
    term: Term,
}

impl Noting {
    pub(super) fn new(judge: Arc<dyn ServerCertVerifier>, host: &str, term: Term) -> Self {
        Self {
            judge,
            host: host.trim_matches(['[', ']']).to_owned(),
            term,
        }
    }
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.judge
                .verify_server_cert(end_entity, intermediates, server_name, ocsp, now)?;
        if server_name.to_str().eq_ignore_ascii_case(&self.host) {
            self.term.note(end_entity);
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
