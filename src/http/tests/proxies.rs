//! Proxies, and what they are asked: a small one of our own keeps a record.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::server::{Answers, Server};
use super::sockets::{attempt, check, spec};
use super::tls::{AUTHORITY_FILE, KEY, LOOPBACK, file};
use super::*;
use crate::model::{AddressOverride, ProxyChoice};

/// A proxy that speaks HTTP and SOCKS5 and sends everybody to one address.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// All ways lead to `target`; `access` is the `user:password` it wants.
    async fn start(target: std::net::SocketAddr, access: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
        };
        let asked = proxy.asked.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let asked = asked.clone();
                tokio::spawn(async move {
                    let mut first = [0];
                    socket.peek(&mut first).await.ok()?;
                    let to = TcpStream::connect(target);
                    if first[0] == 5 {
                        socks(socket, to.await.ok()?, access, &asked).await
                    } else {
                        http(socket, to.await.ok()?, access, &asked).await
                    }
                });
            }
        });
        proxy
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn http(
    mut from: TcpStream,
    mut to: TcpStream,
    access: Option<&str>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    use base64::Engine as _;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(from.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let line = head.lines().next()?;
    let given = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization")
            .then_some(value)
    });
    let wanted = access.map(|access| {
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(access)
        )
    });
    let note = format!("{line} {}", given.unwrap_or("-"));
    asked.lock().unwrap().push(note);
    if wanted.is_some() && wanted.as_deref() != given {
        let no = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        from.write_all(no).await.ok()?;
        return None;
    }
    if line.starts_with("CONNECT ") {
        from.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    } else {
        to.write_all(head.as_bytes()).await.ok()?;
    }
    copy_bidirectional(&mut from, &mut to).await.ok()?;
    None
}

/// RFC 1928, with the user names and passwords of RFC 1929.
async fn socks(
    mut from: TcpStream,
    mut to: TcpStream,
    access: Option<&str>,
    asked: &Mutex<Vec<String>>,
) -> Option<()> {
    async fn bytes(from: &mut TcpStream, count: u8) -> Option<Vec<u8>> {
        let mut read = vec![0; usize::from(count)];
        from.read_exact(&mut read).await.ok()?;
        Some(read)
    }
    from.read_u8().await.ok()?;
    let count = from.read_u8().await.ok()?;
    let methods = bytes(&mut from, count).await?;
    let method = if access.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        asked.lock().unwrap().push(format!("socks {methods:?}"));
        from.write_all(&[5, 0xff]).await.ok()?;
        return None;
    }
    from.write_all(&[5, method]).await.ok()?;
    let mut who = "-".to_owned();
    if let Some(access) = access {
        from.read_u8().await.ok()?;
        let count = from.read_u8().await.ok()?;
        let user = String::from_utf8(bytes(&mut from, count).await?).ok()?;
        let count = from.read_u8().await.ok()?;
        let password = String::from_utf8(bytes(&mut from, count).await?).ok()?;
        who = format!("{user}:{password}");
        let right = who == access;
        from.write_all(&[1, u8::from(!right)]).await.ok()?;
        if !right {
            asked.lock().unwrap().push(format!("socks {who}"));
            return None;
        }
    }
    let request = bytes(&mut from, 4).await?;
    let host = if request[3] == 1 {
        format!("{:?}", bytes(&mut from, 4).await?)
    } else {
        let count = from.read_u8().await.ok()?;
        String::from_utf8(bytes(&mut from, count).await?).ok()?
    };
    let port = from.read_u16().await.ok()?;
    asked
        .lock()
        .unwrap()
        .push(format!("socks {host} {port} {who}"));
    from.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
    copy_bidirectional(&mut from, &mut to).await.ok()?;
    None
}

const ANN: &str = "ann:p@ss word";
/// The same in a URL, and as Basic sends it.
const ANN_URL: &str = "ann:p%40ss%20word@";
const ANN_BASIC: &str = "Basic YW5uOnBAc3Mgd29yZA==";

async fn tls_server() -> Server {
    use rustls::pki_types::pem::PemObject;
    super::super::tls::install_provider();
    let certificate = rustls::pki_types::CertificateDer::from_pem_slice(LOOPBACK).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], key).unwrap();
    Server::start_tls(Answers::default(), config).await
}

fn through(proxy: &str, address: &str) -> RegistrySpec {
    let mut spec = spec(address);
    spec.limits.read_timeout = Duration::from_secs(30);
    spec.tls.ca_file = Some(file(AUTHORITY_FILE));
    spec.proxy = ProxyChoice::Url(proxy.to_owned());
    spec
}

#[tokio::test]
async fn what_each_kind_of_proxy_is_asked() {
    let plain = Server::start(Answers::default()).await;
    let tls = tls_server().await;
    let tls_port = tls.address.port();
    // Scheme, user, registry, what the proxy is asked.
    for (scheme, access, registry, wanted) in [
        (
            "http",
            false,
            "http://hub.invalid",
            "GET http://hub.invalid/v2/ HTTP/1.1 -".to_owned(),
        ),
        (
            "http",
            true,
            "http://hub.invalid",
            format!("GET http://hub.invalid/v2/ HTTP/1.1 {ANN_BASIC}"),
        ),
        (
            "http",
            false,
            "tls",
            format!("CONNECT 127.0.0.1:{tls_port} HTTP/1.1 -"),
        ),
        (
            "http",
            true,
            "tls",
            format!("CONNECT 127.0.0.1:{tls_port} HTTP/1.1 {ANN_BASIC}"),
        ),
        (
            "socks5h",
            false,
            "http://hub.invalid",
            "socks hub.invalid 80 -".to_owned(),
        ),
        (
            "socks5h",
            true,
            "http://hub.invalid:5000",
            format!("socks hub.invalid 5000 {ANN}"),
        ),
        (
            "socks5h",
            true,
            "tls",
            format!("socks [127, 0, 0, 1] {tls_port} {ANN}"),
        ),
        // Here the name is resolved on this side.
        (
            "socks5",
            false,
            "http://here.invalid",
            "socks [127, 0, 0, 9] 80 -".to_owned(),
        ),
        (
            "socks5",
            true,
            "tls",
            format!("socks [127, 0, 0, 1] {tls_port} {ANN}"),
        ),
    ] {
        let target = if registry == "tls" { &tls } else { &plain };
        let proxy = Proxy::start(target.address, access.then_some(ANN)).await;
        let user = if access { ANN_URL } else { "" };
        let address = if registry == "tls" {
            format!("https://{}", tls.address)
        } else {
            registry.to_owned()
        };
        let mut spec = through(&format!("{scheme}://{user}{}", proxy.address), &address);
        spec.resolve = vec![AddressOverride {
            host: "here.invalid".into(),
            address: [127, 0, 0, 9].into(),
        }];
        let answer = attempt(&spec).await;
        assert_eq!(proxy.asked(), [wanted], "{scheme} {registry}");
        assert_eq!(answer.unwrap().status, 200, "{scheme} {registry}");
        // The proxy's password is for the proxy.
        let seen = target.seen();
        let headers = &seen.asked.last().unwrap().headers;
        if address.starts_with("https") || scheme != "http" {
            assert!(headers.get("proxy-authorization").is_none());
        }
    }
}

#[tokio::test]
async fn a_proxy_that_says_no_is_the_one_named() {
    let tls = tls_server().await;
    for (scheme, address) in [
        ("http", "http://hub.invalid".to_owned()),
        ("http", format!("https://{}", tls.address)),
        ("socks5h", "http://hub.invalid".to_owned()),
        ("socks5", format!("https://{}", tls.address)),
    ] {
        for user in ["", "ann:hunter2@"] {
            let proxy = Proxy::start(tls.address, Some(ANN)).await;
            let spec = through(&format!("{scheme}://{user}{}", proxy.address), &address);
            let error = attempt(&spec).await.unwrap_err();
            let named = format!("the proxy `{scheme}://{}", proxy.address);
            check(&error, Class::Proxy, &named, "");
            let hint = error.hint().unwrap().to_ascii_lowercase();
            assert!(hint.contains("proxy"), "{hint}");
            let told = format!("{error} {error:?} {:?}", error.hint());
            assert!(!told.contains("hunter2"), "{told}");
            assert!(!told.contains("ann"), "{told}");
            assert_eq!(proxy.asked().len(), 1);
        }
    }
    assert!(tls.seen().asked.is_empty());
}

#[tokio::test]
async fn off_is_off() {
    let server = Server::start(Answers::default()).await;
    let proxy = Proxy::start(server.address, None).await;
    let mut spec = through(&proxy.address, &format!("http://{}", server.address));
    attempt(&spec).await.unwrap();
    assert_eq!(proxy.asked().len(), 1);
    spec.proxy = ProxyChoice::Off;
    attempt(&spec).await.unwrap();
    assert_eq!(proxy.asked().len(), 1);
    assert_eq!(server.seen().asked.len(), 2);
}
