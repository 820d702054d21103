//! TLS against a real server. The certificates in `pem/` are for these tests alone: an
//! authority, and a key with certificates for loopback, for another name, and expired.

use std::io::{Read, Write};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::sockets::{attempt, check, spec};
use super::*;

const AUTHORITY: &[u8] = include_bytes!("pem/authority.pem");
pub(super) const AUTHORITY_FILE: &str = "authority.pem";
pub(super) const KEY: &[u8] = include_bytes!("pem/server.key");
pub(super) const LOOPBACK: &[u8] = include_bytes!("pem/server.pem");
pub(super) const OTHER: &[u8] = include_bytes!("pem/other.pem");
const EXPIRED: &[u8] = include_bytes!("pem/expired.pem");

/// A server that shows `certificate` and answers one request; with `ask`, it wants a
/// certificate of ours.
fn server(certificate: &[u8], ask: bool) -> RegistrySpec {
    super::super::tls::install_provider();
    let builder = ServerConfig::builder();
    let builder = if ask {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(AUTHORITY).unwrap())
            .unwrap();
        let verifier = rustls::server::WebPkiClientVerifier::builder(Arc::new(roots));
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let config = builder
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let mut buffer = [0; 4096];
        if stream.read(&mut buffer).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
        // The client must find the alert before the connection is cut.
        let _ = connection.write_tls(&mut socket);
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let _ = socket.read(&mut buffer);
    });
    let mut spec = spec(&format!("https://{address}"));
    spec.limits.read_timeout = Duration::from_secs(10);
    spec
}

pub(super) fn file(name: &str) -> std::path::PathBuf {
    let pem = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/tests/pem");
    pem.join(name)
}

#[tokio::test]
async fn an_authority_that_nobody_knows() {
    let error = attempt(&server(LOOPBACK, false)).await.unwrap_err();
    check(&error, Class::Tls, "does not trust", "ca-file");
}

/// A CA file is set, and holds another authority: that is told, and not to set one.
#[tokio::test]
async fn an_authority_that_the_ca_file_lacks() {
    let mut spec = server(LOOPBACK, false);
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.pem");
    let mut parameters = rcgen::CertificateParams::default();
    let name = &mut parameters.distinguished_name;
    name.push(rcgen::DnType::CommonName, "Another Root");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(&other, parameters.self_signed(&key).unwrap().pem()).unwrap();
    spec.tls.ca_file = Some(other.clone());
    let error = attempt(&spec).await.unwrap_err();
    let holds = format!("the CA file `{}` holds `CN=Another Root`", other.display());
    check(&error, Class::Tls, "does not trust", &holds);
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("none of it signed this chain: get that authority's"),
        "{hint}"
    );
    assert!(!hint.contains("`ca-file`"), "{hint}");
}

#[tokio::test]
async fn an_authority_in_the_ca_file() {
    let mut spec = server(LOOPBACK, false);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    assert_eq!(attempt(&spec).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_certificate_that_is_not_verified() {
    let mut spec = server(EXPIRED, false);
    spec.tls.skip_verify = true;
    assert_eq!(attempt(&spec).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_certificate_that_has_expired() {
    let mut spec = server(EXPIRED, false);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    let error = attempt(&spec).await.unwrap_err();
    check(&error, Class::Tls, "has expired", "renew");
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let mut spec = server(OTHER, false);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    let error = attempt(&spec).await.unwrap_err();
    check(
        &error,
        Class::Tls,
        "not for `127.0.0.1`, but for hub.example",
        "use the name",
    );
}

#[tokio::test]
async fn a_server_that_asks_who_we_are() {
    let mut spec = server(LOOPBACK, true);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    let error = attempt(&spec).await.unwrap_err();
    check(&error, Class::Tls, "client certificate", "client-cert");

    let mut spec = server(LOOPBACK, true);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    spec.tls.client_cert = Some(file("server.pem"));
    spec.tls.client_key = Some(file("server.key"));
    assert_eq!(attempt(&spec).await.unwrap().status, 200);
}

mod handshakes {
    use super::super::super::line::Handshake;
    use super::*;

    async fn handshake(spec: &RegistrySpec) -> Result<Handshake, HttpError> {
        let http = Http::new(spec).unwrap();
        let address = (spec.endpoint.host().to_string(), spec.endpoint.port());
        let line = tokio::net::TcpStream::connect(address).await.unwrap();
        http.handshake(Box::new(line)).await.unwrap()
    }

    #[tokio::test]
    async fn shows_what_was_agreed_on_and_whom_it_ends_in() {
        let mut spec = server(LOOPBACK, false);
        spec.tls.ca_file = Some(file("authority.pem"));
        let seen = handshake(&spec).await.unwrap();
        assert_eq!(seen.version, "TLS 1.3");
        assert!(seen.cipher.starts_with("TLS_"), "{}", seen.cipher);
        assert_eq!(seen.alpn, None);
        assert_eq!(seen.chain.len(), 1);
        assert!(seen.chain[0].names.contains(&"127.0.0.1".to_owned()));
        let root = seen.trust.unwrap().unwrap();
        assert!(
            root.starts_with('`') && root.contains("from the CA file"),
            "{root}"
        );
        assert!(!seen.asks_for_certificate && seen.shows.is_none());
    }

    #[tokio::test]
    async fn a_chain_that_is_not_trusted_is_seen_whole_and_named() {
        let seen = handshake(&server(LOOPBACK, false)).await.unwrap();
        let error = seen.trust.unwrap_err();
        let authority = &seen.chain[0].issuer;
        assert!(error.to_string().contains(authority), "{error}");
        assert!(error.hint().unwrap().contains("ca-file"));
        assert_eq!(seen.version, "TLS 1.3");

        let mut spec = server(EXPIRED, false);
        spec.tls.ca_file = Some(file("authority.pem"));
        let seen = handshake(&spec).await.unwrap();
        assert!(seen.chain[0].expires_in_days < 0);
        let error = seen.trust.unwrap_err();
        assert!(error.to_string().contains("has expired"), "{error}");
    }

    #[tokio::test]
    async fn a_certificate_of_ours_that_is_asked_for() {
        let mut spec = server(LOOPBACK, true);
        spec.tls.ca_file = Some(file("authority.pem"));
        let seen = handshake(&spec).await.unwrap();
        assert!(seen.asks_for_certificate && seen.shows.is_none());

        let mut spec = server(LOOPBACK, true);
        spec.tls.ca_file = Some(file("authority.pem"));
        spec.tls.client_cert = Some(file("server.pem"));
        spec.tls.client_key = Some(file("server.key"));
        let seen = handshake(&spec).await.unwrap();
        assert!(seen.asks_for_certificate);
        assert!(seen.shows.unwrap().ends_with("server.pem"));
    }

    #[tokio::test]
    async fn the_requests_themselves_name_the_authority_too() {
        let error = attempt(&server(LOOPBACK, false)).await.unwrap_err();
        let seen = handshake(&server(LOOPBACK, false)).await.unwrap();
        assert!(error.to_string().contains(&seen.chain[0].issuer), "{error}");
    }
}
