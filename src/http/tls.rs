//! Trust and identity of a connection: system store, CA file, client certificate.

use std::path::Path;
use std::sync::Once;

use reqwest::{Certificate, ClientBuilder, Identity};

use super::error::HttpError;
use crate::model::TlsChoice;

static PROVIDER: Once = Once::new();

/// Chooses ring for all TLS of this process; without a choice building a client panics.
pub(super) fn install_provider() {
    PROVIDER.call_once(|| {
        // An error says that somebody chose before us, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Where trust comes from beside the CA file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// The system's store.
    System,
    /// The roots compiled in, for hosts without a store.
    Bundled,
}

/// What a client needs of `choice`, its files read and checked once.
pub(super) struct Trust {
    skip_verify: bool,
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
}

impl Trust {
    pub(super) fn read(choice: &TlsChoice) -> Result<Self, HttpError> {
        let authorities = match &choice.ca_file {
            Some(path) => authorities(path)?,
            None => Vec::new(),
        };
        let identity = match (&choice.client_cert, &choice.client_key) {
            (Some(cert), Some(key)) => Some(identity(cert, key)?),
            _ => None,
        };
        Ok(Self {
            skip_verify: choice.skip_verify,
            authorities,
            identity,
        })
    }

    pub(super) fn apply(&self, builder: ClientBuilder, roots: Roots) -> ClientBuilder {
        let mut builder = builder.tls_danger_accept_invalid_certs(self.skip_verify);
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        match roots {
            Roots::System if self.authorities.is_empty() => builder,
            Roots::System => builder.tls_certs_merge(self.authorities.iter().cloned()),
            Roots::Bundled => {
                let bundled = webpki_root_certs::TLS_SERVER_ROOT_CERTS
                    .iter()
                    .filter_map(|der| Certificate::from_der(der).ok());
                builder.tls_certs_only(bundled.chain(self.authorities.iter().cloned()))
            }
        }
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, HttpError> {
    let hint = "`ca-file` names a file of PEM certificates (`-----BEGIN CERTIFICATE-----`)";
    let pem = read(path, "ca-file")?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(HttpError::local(
            format!("the CA file `{}` holds no PEM certificate", path.display()),
            hint,
        )),
        Err(_) => Err(HttpError::local(
            format!("the CA file `{}` is not PEM", path.display()),
            hint,
        )),
    }
}

fn identity(cert: &Path, key: &Path) -> Result<Identity, HttpError> {
    let mut pem = read(cert, "client-cert")?;
    pem.push(b'\n');
    pem.extend(read(key, "client-key")?);
    Identity::from_pem(&pem).map_err(|_| {
        HttpError::local(
            format!(
                "`{}` and `{}` are no PEM certificate and key",
                cert.display(),
                key.display()
            ),
            "`client-cert` takes a PEM certificate chain, `client-key` its unencrypted PEM key",
        )
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

    fn error(choice: &TlsChoice) -> String {
        Trust::read(choice).err().unwrap().to_string()
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("notes.txt");
        std::fs::write(&text, "hello").unwrap();
        let missing = TlsChoice {
            ca_file: Some(dir.path().join("nosuch.pem")),
            ..TlsChoice::default()
        };
        assert!(error(&missing).contains("nosuch.pem` cannot be read"));
        let plain = TlsChoice {
            ca_file: Some(text.clone()),
            ..TlsChoice::default()
        };
        assert!(error(&plain).contains("notes.txt` holds no PEM"));
        let pair = TlsChoice {
            client_cert: Some(text.clone()),
            client_key: Some(text),
            ..TlsChoice::default()
        };
        assert!(error(&pair).contains("no PEM certificate and key"));
    }

    #[test]
    fn a_client_can_be_built_without_a_system_store() {
        install_provider();
        let trust = Trust::read(&TlsChoice::default()).unwrap();
        let builder = trust.apply(reqwest::Client::builder(), Roots::Bundled);
        assert!(builder.build().is_ok());
    }
}
