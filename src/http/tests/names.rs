//! What the server is told: protocol versions, names, and bodies within their caps.

use std::io::Write;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Answers, Server};
use super::sockets::spec;
use super::tls::{AUTHORITY_FILE, KEY, LOOPBACK, OTHER, file};
use super::*;
use crate::model::{AddressOverride, HttpVersion};

async fn tls_server(certificate: &[u8], protocols: &[&str]) -> Server {
    super::super::tls::install_provider();
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    Server::start_tls(Answers::default(), config).await
}

fn patient(address: &str) -> RegistrySpec {
    let mut spec = spec(address);
    spec.limits.read_timeout = Duration::from_secs(30);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    spec
}

async fn ask(spec: &RegistrySpec, cap: usize) -> Result<Response, HttpError> {
    let url = spec.endpoint.join("v2/").parse().unwrap();
    let http = Http::new(spec).unwrap().without_retries();
    http.send(Request::get(url, cap)).await
}

#[tokio::test]
async fn http_versions_are_those_that_were_chosen() {
    use HttpVersion::{Auto, Http1, Http2};
    // What is chosen, what the server speaks, what is offered to it, what is spoken.
    for (chosen, speaks, offered, spoken) in [
        (
            Auto,
            &["h2", "http/1.1"][..],
            &["h2", "http/1.1"][..],
            "HTTP/2.0",
        ),
        (Auto, &["http/1.1"], &["h2", "http/1.1"], "HTTP/1.1"),
        (Auto, &[], &["h2", "http/1.1"], "HTTP/1.1"),
        (Http1, &["h2", "http/1.1"], &["http/1.1"], "HTTP/1.1"),
        (Http2, &["h2", "http/1.1"], &["h2"], "HTTP/2.0"),
    ] {
        let server = tls_server(LOOPBACK, speaks).await;
        let mut spec = patient(&format!("https://{}", server.address));
        spec.http_version = chosen;
        assert_eq!(ask(&spec, 16).await.unwrap().status, 200, "{chosen:?}");
        let seen = server.seen();
        assert_eq!(seen.hellos[0].1, offered, "{chosen:?}");
        assert_eq!(seen.asked[0].version, spoken, "{chosen:?}");
    }
    // Without TLS nothing is negotiated.
    for (chosen, spoken) in [(Auto, "HTTP/1.1"), (Http1, "HTTP/1.1"), (Http2, "HTTP/2.0")] {
        let server = Server::start(Answers::default()).await;
        let mut spec = patient(&format!("http://{}", server.address));
        spec.http_version = chosen;
        assert_eq!(ask(&spec, 16).await.unwrap().status, 200, "{chosen:?}");
        assert_eq!(server.seen().asked[0].version, spoken, "{chosen:?}");
    }
}

#[tokio::test]
async fn an_address_override_leaves_the_name_as_it_is() {
    let here = |host: &str| AddressOverride {
        host: host.to_owned(),
        address: [127, 0, 0, 1].into(),
    };
    let server = Server::start(Answers::default()).await;
    let name = format!("nosuch.invalid:{}", server.address.port());
    let mut spec = patient(&format!("http://{name}"));
    spec.resolve = vec![here("other.invalid"), here("nosuch.invalid")];
    ask(&spec, 16).await.unwrap();
    assert_eq!(server.seen().asked[0].host, name);

    // The certificate is for `hub.example`, and is held to that.
    for protocols in [&["http/1.1"][..], &["h2"]] {
        let server = tls_server(OTHER, protocols).await;
        let name = format!("hub.example:{}", server.address.port());
        let mut spec = patient(&format!("https://{name}"));
        spec.resolve = vec![here("hub.example")];
        ask(&spec, 16).await.unwrap();
        let seen = server.seen();
        assert_eq!(seen.hellos[0].0.as_deref(), Some("hub.example"));
        assert_eq!(seen.asked[0].host, name);
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(plain).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn bodies_are_read_up_to_their_caps() {
    const MIB: usize = 1 << 20;
    let plain = Vec::new();
    let packed = vec![("content-encoding", "gzip")];
    for (status, headers, sent, cap, kept) in [
        (200, &plain, vec![b'x'; MIB], MIB, Some(MIB)),
        (200, &plain, vec![b'x'; MIB + 1], MIB, None),
        (200, &packed, gzip(&vec![b'x'; MIB]), MIB, Some(MIB)),
        (200, &packed, gzip(&vec![b'x'; MIB + 1]), MIB, None),
        // A bomb: 256 MiB in some 260 KiB.
        (200, &packed, gzip(&vec![0; 256 * MIB]), MIB, None),
        // Of an error the beginning is kept, whatever else comes.
        (404, &plain, vec![b'x'; MIB], 16, Some(64 << 10)),
        (500, &packed, gzip(&vec![0; 64 * MIB]), 16, Some(64 << 10)),
    ] {
        let answers = Answers {
            status,
            headers: headers.clone(),
            body: sent.into(),
            ..Answers::default()
        };
        let server = Server::start(answers).await;
        let spec = patient(&format!("http://{}", server.address));
        let answer = ask(&spec, cap).await;
        if let Some(kept) = kept {
            assert_eq!(answer.unwrap().body.len(), kept);
        } else {
            let error = answer.unwrap_err();
            assert_eq!(error.class(), Class::TooLarge, "{error}");
            assert!(
                error.to_string().contains("larger than 1048576 bytes"),
                "{error}"
            );
        }
        let encodings = server.seen().asked[0].headers["accept-encoding"].clone();
        assert_eq!(encodings, "gzip");
    }
}
