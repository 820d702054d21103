//! Who is believed to be the registry: verifiers of its certificate.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::VerifierBuilderError;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::certificate::name;
use super::roots::{Given, Roots};

/// A chain that ends in nobody this host trusts, with the name that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untrusted {
    /// The authority that would have to be trusted.
    pub(crate) authority: String,
    /// Whether the server's certificate is its own authority.
    pub(crate) is_self_signed: bool,
    /// The files of authorities that were given, none of which signed the chain.
    pub(crate) given: Vec<Given>,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not trusted", self.authority)
    }
}

impl std::error::Error for Untrusted {}

impl Untrusted {
    /// What is missing for the chain of `end_entity` and `intermediates`.
    fn of(
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        given: &[Given],
    ) -> Option<Self> {
        let (_, mut top) = X509Certificate::from_der(end_entity).ok()?;
        let is_self_signed = top.subject().as_raw() == top.issuer().as_raw();
        // Each step up needs another certificate, so a ring of them ends as well.
        for _ in intermediates {
            let issuer = intermediates.iter().find_map(|der| {
                let (_, parsed) = X509Certificate::from_der(der).ok()?;
                (parsed.subject().as_raw() == top.issuer().as_raw()).then_some(parsed)
            });
            match issuer {
                Some(issuer) => top = issuer,
                None => break,
            }
        }
        Some(Self {
            authority: name(top.issuer()),
            is_self_signed,
            given: given.to_vec(),
        })
    }
}

/// The usual rules, with the missing authority named where it is one that is missing.
#[derive(Debug)]
pub(super) struct Explaining {
    judge: Arc<WebPkiServerVerifier>,
    given: Vec<Given>,
}

impl Explaining {
    pub(super) fn new(
        roots: &Roots,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let store = Arc::new(roots.store());
        let judge = WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider));
        Ok(Self {
            judge: judge.build()?,
            given: roots.given(),
        })
    }
}

impl ServerCertVerifier for Explaining {
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
                .verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        verified.map_err(|error| {
            let unknown = match &error {
                Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
                // An authority that serves its own certificate.
                Error::InvalidCertificate(other) => other.to_string().contains("CaUsedAsEndEntity"),
                _ => false,
            };
            match Untrusted::of(end_entity, intermediates, &self.given) {
                Some(untrusted) if unknown => Error::InvalidCertificate(CertificateError::Other(
                    OtherError(Arc::new(untrusted)),
                )),
                _ => error,
            }
        })
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

/// Takes any certificate, for `insecure-skip-tls-verify`.
#[derive(Debug)]
pub(super) struct Anything(Vec<SignatureScheme>);

impl Anything {
    pub(super) fn new(provider: &CryptoProvider) -> Self {
        let algorithms = provider.signature_verification_algorithms;
        Self(algorithms.supported_schemes())
    }
}

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

/// What a server showed in a handshake.
#[derive(Debug, Default)]
struct Noted {
    chain: Vec<CertificateDer<'static>>,
    verdict: Option<Error>,
    asked: bool,
}

/// Notes what a server shows and what another verifier says to it, and lets the handshake
/// go on, so that the rest of it can be seen. Nothing may be sent on such a connection.
#[derive(Debug)]
pub(crate) struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    noted: Arc<Mutex<Noted>>,
}

impl Witness {
    pub(super) fn new(judge: Arc<dyn ServerCertVerifier>) -> Self {
        Self {
            judge,
            noted: Arc::default(),
        }
    }

    /// The certificates that were shown, the server's own first.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.note(|noted| noted.chain.clone())
    }

    /// Why they would not have been taken.
    pub(crate) fn verdict(&self) -> Option<Error> {
        self.note(|noted| noted.verdict.clone())
    }

    /// Whether the server asked for a certificate of ours.
    pub(crate) fn asked(&self) -> bool {
        self.note(|noted| noted.asked)
    }

    /// `resolver`, overheard.
    pub(super) fn listening(
        &self,
        resolver: Arc<dyn ResolvesClientCert>,
    ) -> Arc<dyn ResolvesClientCert> {
        Arc::new(Overheard {
            resolver,
            noted: Arc::clone(&self.noted),
        })
    }

    fn note<T>(&self, work: impl FnOnce(&mut Noted) -> T) -> T {
        work(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn signature(
        &self,
        verified: Result<HandshakeSignatureValid, Error>,
    ) -> HandshakeSignatureValid {
        if let Err(error) = verified {
            self.note(|noted| noted.verdict.get_or_insert(error).clone());
        }
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Witness {
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
                .verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        self.note(|noted| {
            noted.chain = std::iter::once(end_entity)
                .chain(intermediates)
                .map(|der| der.clone().into_owned())
                .collect();
            noted.verdict = verified.err();
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.signature(self.judge.verify_tls12_signature(message, cert, dss)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(self.signature(self.judge.verify_tls13_signature(message, cert, dss)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// Notes that the server asked for a certificate.
#[derive(Debug)]
struct Overheard {
    resolver: Arc<dyn ResolvesClientCert>,
    noted: Arc<Mutex<Noted>>,
}

impl ResolvesClientCert for Overheard {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .asked = true;
        self.resolver.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        self.resolver.has_certs()
    }
}
