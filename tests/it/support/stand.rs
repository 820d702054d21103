//! A stand-in for whatever may answer at an address: fixed answers by path, over plain TCP
//! or TLS, on loopback.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers by the beginning of the request line, with `anonymous ` before it for who does
/// not sign in. `{self}` in one is the stand's address, `{authorization}` what was sent.
pub(crate) type Routes = Vec<(&'static str, String)>;

/// An answer with a status line, headers and a body.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text
}

/// An answer with a JSON body.
pub(crate) fn json(body: &str) -> String {
    answer("200 OK", &["content-type: application/json"], body)
}

/// Listens, and answers everybody until the runtime ends. What no route is for is 404.
pub(crate) async fn stand(tls: Option<Arc<ServerConfig>>, routes: Routes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let own = address.clone();
    let routes = Arc::new(routes);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (routes, own, tls) = (Arc::clone(&routes), own.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => serve(socket, &routes, &own).await,
                    Some(config) => {
                        let acceptor = tokio_rustls::TlsAcceptor::from(config);
                        if let Ok(stream) = acceptor.accept(socket).await {
                            serve(stream, &routes, &own).await;
                        }
                    }
                }
            });
        }
    });
    address
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, routes: &Routes, own: &str) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|part| part == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            // A TLS handshake, spoken to a server that speaks none.
            Ok(read) if read > 0 && head.is_empty() && buffer[0] == 0x16 => {
                let refusal = answer("400 Bad Request", &[], "");
                let _ = stream.write_all(refusal.as_bytes()).await;
                return;
            }
            Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let asked = String::from_utf8_lossy(&head);
    let authorization = asked
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map_or("", |(_, value)| value);
    let found = routes.iter().find(|(start, _)| {
        let open = start.strip_prefix("anonymous ");
        asked.starts_with(open.unwrap_or(start)) && (open.is_none() || authorization.is_empty())
    });
    let text = found.map_or_else(
        || answer("404 Not Found", &[], ""),
        |(_, answer)| {
            let text = answer.replace("{self}", own);
            text.replace("{authorization}", authorization)
        },
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
    // What the other side still sends must not turn our answer into a reset.
    while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {}
}

/// An authority of the tests.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate and its key, in PEM, issued by this authority, or by itself.
    pub(crate) fn issue(&self, leaf: &Leaf<'_>) -> (String, String) {
        let (certificate, key) = self.leaf(leaf);
        (certificate.pem(), key.serialize_pem())
    }

    fn leaf(&self, leaf: &Leaf<'_>) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(
            leaf.names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        )
        .unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "registry.test");
        (params.not_before, params.not_after) = (
            rcgen::date_time_ymd(leaf.years.0, 1, 1),
            rcgen::date_time_ymd(leaf.years.1, 1, 1),
        );
        let key = KeyPair::generate().unwrap();
        let certificate = if leaf.signs_itself {
            params.self_signed(&key)
        } else {
            params.signed_by(&key, &self.0)
        };
        (certificate.unwrap(), key)
    }

    /// A server of this certificate.
    pub(crate) fn server(&self, leaf: &Leaf<'_>) -> Arc<ServerConfig> {
        let (certificate, key) = self.leaf(leaf);
        let builder =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap();
        let builder = if leaf.wants_certificate {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(self.0.der().clone()).unwrap();
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(roots),
                Arc::new(rustls::crypto::ring::default_provider()),
            );
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Arc::new(
            builder
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap(),
        )
    }
}

/// What a server's certificate says.
pub(crate) struct Leaf<'a> {
    pub(crate) names: &'a [&'a str],
    /// First and last year of its validity.
    pub(crate) years: (i32, i32),
    pub(crate) signs_itself: bool,
    /// Whether the server wants a certificate of the client's.
    pub(crate) wants_certificate: bool,
}

impl Default for Leaf<'_> {
    fn default() -> Self {
        Self {
            names: &["127.0.0.1", "localhost"],
            years: (2020, 2090),
            signs_itself: false,
            wants_certificate: false,
        }
    }
}
