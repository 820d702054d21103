//! Trust and identity of a connection: the system's roots, the CA file, client
//! certificates, and what container tools keep in their `certs.d`.
//!
//! One configuration serves the requests and the handshake of a check, so that a check
//! sees what a crawl will meet.

mod certificate;
mod certs_d;
mod roots;
mod term;
mod verify;

use std::path::Path;
use std::sync::{Arc, Once};

use reqwest::Url;
use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use certificate::Certificate;
pub use roots::TrustStore;
pub(super) use roots::{Given, Root};
pub(super) use verify::{Untrusted, Witness};

use super::error::HttpError;
use crate::model::{HttpVersion, Timestamp, TlsChoice};
use roots::Roots;
use term::{Noting, Term};

static PROVIDER: Once = Once::new();

/// Chooses ring for all TLS of this process; without a choice building a client panics.
pub(super) fn install_provider() {
    PROVIDER.call_once(|| {
        // An error says that somebody chose before us, which serves as well.
        let _ = ring::default_provider().install_default();
    });
}

/// A client certificate and where it came from.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    file: String,
}

/// What connections to one registry trust, and what they show; its files read once.
pub(super) struct Trust {
    skip_verify: bool,
    roots: Roots,
    identity: Option<Identity>,
    provider: Arc<CryptoProvider>,
    /// The registry's host, as URLs name it.
    host: String,
    term: Term,
}

impl Trust {
    /// Reads what `choice` names, and what `certs.d` holds for the host of `url`.
    pub(super) fn read(choice: &TlsChoice, url: &Url) -> Result<Self, HttpError> {
        Self::with_directories(choice, url, &certs_d::directories())
    }

    fn with_directories(
        choice: &TlsChoice,
        url: &Url,
        directories: &[std::path::PathBuf],
    ) -> Result<Self, HttpError> {
        install_provider();
        // Plain HTTP needs no files, and must not fail for want of them.
        let kept = if url.scheme() == "https" {
            certs_d::read(directories, url)?
        } else {
            certs_d::Kept::default()
        };
        let mut roots = Roots::of_this_host();
        if let Some(path) = &choice.ca_file {
            let origin = format!("the CA file `{}`", path.display());
            roots.add(authorities(path, "ca-file")?, &origin);
        }
        for path in &kept.authorities {
            let origin = format!("`{}`", path.display());
            roots.add(authorities(path, "certs.d")?, &origin);
        }
        let files = match (&choice.client_cert, &choice.client_key) {
            (Some(cert), Some(key)) => Some((cert.clone(), key.clone())),
            _ => kept.identity,
        };
        let identity = match files {
            Some((cert, key)) => Some(identity(&cert, &key)?),
            None => None,
        };
        Ok(Self {
            skip_verify: choice.skip_verify,
            roots,
            identity,
            provider: Arc::new(ring::default_provider()),
            host: url.host_str().unwrap_or_default().to_owned(),
            term: Term::default(),
        })
    }

    /// The configuration that requests are sent with.
    pub(super) fn client_config(&self, version: HttpVersion) -> Result<ClientConfig, HttpError> {
        let noting = Noting::new(self.verifier()?, &self.host, self.term.clone());
        self.config(Arc::new(noting), alpn(version))
    }

    /// The end of the registry's own certificate, once requests have seen it.
    pub(super) fn certificate_end(&self) -> Option<Timestamp> {
        self.term.end()
    }

    /// The configuration of a TLS connection to a proxy, in which HTTP/1.1 is spoken.
    pub(super) fn proxy_config(&self) -> Result<ClientConfig, HttpError> {
        self.config(self.verifier()?, Vec::new())
    }

    /// The same as [`client_config`](Self::client_config), in which a witness notes what
    /// the server shows and lets nothing fail.
    pub(super) fn witnessed(
        &self,
        version: HttpVersion,
    ) -> Result<(ClientConfig, Arc<Witness>), HttpError> {
        let witness = Arc::new(Witness::new(self.verifier()?));
        let mut config = self.config(Arc::clone(&witness) as _, alpn(version))?;
        config.client_auth_cert_resolver =
            witness.listening(Arc::clone(&config.client_auth_cert_resolver));
        Ok((config, witness))
    }

    /// Whether any certificate is taken.
    pub(super) fn skips_verification(&self) -> bool {
        self.skip_verify
    }

    /// The file of the client certificate, where there is one to show.
    pub(super) fn shows(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| &*identity.file)
    }

    /// The root that a chain which was shown ends in, where this host has it.
    pub(super) fn root_of(&self, chain: &[CertificateDer<'_>]) -> Option<Root> {
        self.roots.end_of(chain)
    }

    fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, HttpError> {
        if self.skip_verify {
            return Ok(Arc::new(verify::Anything::new(&self.provider)));
        }
        verify::Explaining::new(&self.roots, &self.provider)
            .map(|verifier| Arc::new(verifier) as _)
            .map_err(|error| {
                cannot_be_set_up(&error, "check `ca-file` and this host's certificates")
            })
    }

    fn config(
        &self,
        verifier: Arc<dyn ServerCertVerifier>,
        alpn: Vec<Vec<u8>>,
    ) -> Result<ClientConfig, HttpError> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| cannot_be_set_up(&error, "this is a fault of the program"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|error| {
                    cannot_be_set_up(
                        &error,
                        "`client-cert` and `client-key` must belong together: the certificate \
                         is issued for that key",
                    )
                })?,
        };
        config.alpn_protocols = alpn;
        Ok(config)
    }
}

fn alpn(version: HttpVersion) -> Vec<Vec<u8>> {
    let (one, two) = (b"http/1.1".to_vec(), b"h2".to_vec());
    match version {
        HttpVersion::Auto => vec![two, one],
        HttpVersion::Http1 => vec![one],
        HttpVersion::Http2 => vec![two],
    }
}

fn cannot_be_set_up(error: &dyn std::error::Error, hint: &str) -> HttpError {
    let why = crate::model::text::quote(&error.to_string(), 200);
    HttpError::local(format!("TLS cannot be set up: {why}"), hint)
}

fn authorities(path: &Path, setting: &str) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let hint = "a CA file holds PEM certificates (`-----BEGIN CERTIFICATE-----`)";
    let pem = read(path, setting)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let complaint = match found {
        Ok(found) if found.is_empty() => "holds no PEM certificate",
        // What is no certificate inside fails when it is added to the roots.
        Ok(found) if found.iter().all(|der| roots::is_usable(der)) => return Ok(found),
        Ok(_) => "holds something that is no certificate",
        Err(_) => "is not PEM",
    };
    Err(HttpError::local(
        format!("the CA file `{}` {complaint}", path.display()),
        hint,
    ))
}

fn identity(cert: &Path, key: &Path) -> Result<Identity, HttpError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(cert, "client-cert")?)
        .filter_map(Result::ok)
        .collect();
    let key_pem = zeroize::Zeroizing::new(read(key, "client-key")?);
    if chain.is_empty() {
        return Err(HttpError::local(
            format!(
                "the client certificate `{}` is no PEM certificate",
                cert.display()
            ),
            "`client-cert` takes a PEM certificate chain (`-----BEGIN CERTIFICATE-----`)",
        ));
    }
    let Ok(private) = PrivateKeyDer::from_pem_slice(&key_pem) else {
        let encrypted = key_pem.windows(9).any(|part| part == b"ENCRYPTED");
        let (complaint, hint) = if encrypted {
            (
                "is encrypted",
                "`client-key` takes an unencrypted PEM key: `openssl pkey -in KEY -out PLAIN`",
            )
        } else {
            (
                "is no PEM key",
                "`client-key` takes an unencrypted PEM key (`-----BEGIN PRIVATE KEY-----`)",
            )
        };
        return Err(HttpError::local(
            format!("the client key `{}` {complaint}", key.display()),
            hint,
        ));
    };
    Ok(Identity {
        chain,
        key: private,
        file: cert.display().to_string(),
    })
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, HttpError> {
    std::fs::read(path).map_err(|error| {
        HttpError::local(
            format!("`{}` cannot be read: {error}", path.display()),
            format!("check the path and its permissions, or unset `{setting}`"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://hub.example/".parse().unwrap()
    }

    fn error(choice: &TlsChoice) -> String {
        let error = Trust::with_directories(choice, &url(), &[]).err().unwrap();
        format!("{error}: {}", error.hint().unwrap())
    }

    fn pem(name: &str) -> std::path::PathBuf {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/tests/pem");
        Path::new(folder).join(name)
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let notes = write("notes.txt", "hello");
        let torn = write(
            "torn.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        );
        let encrypted = write(
            "encrypted.key",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        for (ca_file, says) in [
            (dir.path().join("nosuch.pem"), "nosuch.pem` cannot be read"),
            (notes.clone(), "notes.txt` holds no PEM"),
            (torn, "torn.pem` holds something that is no certificate"),
        ] {
            let choice = TlsChoice {
                ca_file: Some(ca_file),
                ..TlsChoice::default()
            };
            assert!(error(&choice).contains(says), "{}", error(&choice));
        }
        for (cert, key, says) in [
            (
                notes.clone(),
                pem("server.key"),
                "notes.txt` is no PEM certificate",
            ),
            (pem("server.pem"), notes, "notes.txt` is no PEM key"),
            (pem("server.pem"), encrypted, "openssl pkey"),
        ] {
            let choice = TlsChoice {
                client_cert: Some(cert),
                client_key: Some(key),
                ..TlsChoice::default()
            };
            assert!(error(&choice).contains(says), "{}", error(&choice));
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_told_at_once() {
        let choice = TlsChoice {
            client_cert: Some(pem("authority.pem")),
            client_key: Some(pem("server.key")),
            ..TlsChoice::default()
        };
        let trust = Trust::with_directories(&choice, &url(), &[]).unwrap();
        let error = trust.client_config(HttpVersion::Auto).err().unwrap();
        assert!(error.hint().unwrap().contains("belong together"), "{error}");
    }

    #[test]
    fn each_http_version_is_offered_as_set() {
        let trust = Trust::with_directories(&TlsChoice::default(), &url(), &[]).unwrap();
        for (version, wanted) in [
            (HttpVersion::Auto, &["h2", "http/1.1"][..]),
            (HttpVersion::Http1, &["http/1.1"]),
            (HttpVersion::Http2, &["h2"]),
        ] {
            let offered = trust.client_config(version).unwrap().alpn_protocols;
            let offered: Vec<_> = offered
                .iter()
                .map(|name| std::str::from_utf8(name).unwrap())
                .collect();
            assert_eq!(offered, wanted);
        }
    }

    #[test]
    fn what_container_tools_keep_for_a_host_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let host = dir.path().join("hub.example");
        std::fs::create_dir(&host).unwrap();
        std::fs::copy(pem("authority.pem"), host.join("ca.crt")).unwrap();
        std::fs::copy(pem("server.pem"), host.join("client.cert")).unwrap();
        std::fs::copy(pem("server.key"), host.join("client.key")).unwrap();
        let directories = [dir.path().to_owned()];
        let none = TlsChoice::default();
        let trust = Trust::with_directories(&none, &url(), &directories).unwrap();
        assert!(trust.shows().unwrap().ends_with("hub.example/client.cert"));
        let pem = std::fs::read(pem("server.pem")).unwrap();
        let chain = [CertificateDer::from_pem_slice(&pem).unwrap()];
        let root = trust.root_of(&chain).unwrap();
        assert!(root.origin.ends_with("hub.example/ca.crt`"), "{root:?}");
        let elsewhere = "https://other.example/".parse().unwrap();
        let trust = Trust::with_directories(&none, &elsewhere, &directories).unwrap();
        assert!(trust.shows().is_none() && trust.root_of(&chain).is_none());
    }
}
