//! Every way in which a connection can go wrong, and the words for it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{Answers, Server};
use super::*;

pub(super) fn spec(address: &str) -> RegistrySpec {
    let mut spec = RegistrySpec::new("test".parse().unwrap(), address.parse().unwrap());
    spec.proxy = crate::model::ProxyChoice::Off;
    spec.limits.read_timeout = Duration::from_millis(200);
    spec
}

pub(super) async fn attempt(spec: &RegistrySpec) -> Result<Response, HttpError> {
    let url = spec.endpoint.join("v2/").parse().unwrap();
    Http::new(spec)
        .unwrap()
        .without_retries()
        .send(Request::get(url, 16))
        .await
}

/// A server that gives `answer` to everybody and then does `end`.
async fn server(answer: &'static [u8], keep_open: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(answer).await;
            if keep_open {
                kept.push(socket);
            }
        }
    });
    address.to_string()
}

pub(super) fn check(error: &HttpError, class: Class, says: &str, hint: &str) {
    assert_eq!(error.class(), class, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    let found = error.hint().unwrap_or_default();
    assert!(found.contains(hint), "{error}: {found}");
    assert!(error.to_string().starts_with("`GET http"), "{error}");
}

#[tokio::test]
async fn a_whole_answer_arrives() {
    let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", false).await;
    let response = attempt(&spec(&format!("http://{address}"))).await.unwrap();
    assert_eq!(&response.body[..], b"{}");
}

#[tokio::test]
async fn a_name_without_address() {
    let error = attempt(&spec("http://nosuch.invalid")).await.unwrap_err();
    check(
        &error,
        Class::Resolve,
        "`nosuch.invalid` has no address",
        "DNS",
    );
}

#[tokio::test]
async fn an_override_stands_in_for_dns() {
    let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let port = address.rsplit_once(':').unwrap().1;
    let mut spec = spec(&format!("http://nosuch.invalid:{port}"));
    spec.resolve = vec![crate::model::AddressOverride {
        host: "nosuch.invalid".into(),
        address: [127, 0, 0, 1].into(),
    }];
    assert_eq!(attempt(&spec).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_closed_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(&error, Class::Connect, "refused the connection", "port");
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let address = server(b"", true).await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::Timeout,
        "nothing was received for 200ms",
        "read-timeout",
    );
}

#[tokio::test]
async fn a_tls_handshake_that_never_answers() {
    let address = server(b"", true).await;
    let mut spec = spec(&format!("https://{address}"));
    spec.limits.connect_timeout = Duration::from_millis(200);
    // The wait for the connection is no wait for bytes.
    spec.limits.read_timeout = Duration::from_millis(20);
    let error = attempt(&spec).await.unwrap_err();
    check(
        &error,
        Class::Timeout,
        "no connection within 200ms",
        "connect-timeout",
    );
}

#[tokio::test]
async fn a_body_cut_short() {
    let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", false).await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::Connect,
        "cut before the answer was whole",
        "try again",
    );
}

#[tokio::test]
async fn a_chunked_body_cut_short() {
    let address = server(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",
        false,
    )
    .await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::Connect,
        "cut before the answer was whole",
        "try again",
    );
}

#[tokio::test]
async fn a_connection_that_is_closed_at_once() {
    let address = server(b"", false).await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::Connect,
        "cut before the answer was whole",
        "try again",
    );
}

#[tokio::test]
async fn an_answer_that_is_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // Closing with the request unread makes the kernel send a reset.
            let _ = socket.readable().await;
            drop(socket);
        }
    });
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::Connect,
        "cut before the answer was whole",
        "try again",
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large() {
    let address = server(
        b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n01234567890123456789",
        false,
    )
    .await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(
        &error,
        Class::TooLarge,
        "larger than 16 bytes",
        "check the address",
    );
}

#[tokio::test]
async fn an_error_that_is_too_large_keeps_its_status() {
    let address = server(
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 20\r\n\r\n01234567890123456789",
        false,
    )
    .await;
    let response = attempt(&spec(&format!("http://{address}"))).await.unwrap();
    assert_eq!(response.status, 404);
    assert_eq!(response.body.len(), 20);
}

#[tokio::test]
async fn tls_spoken_to_a_plain_server() {
    let address = server(b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await;
    let error = attempt(&spec(&format!("https://{address}")))
        .await
        .unwrap_err();
    check(&error, Class::Tls, "does not speak TLS", "write `http://`");
}

#[tokio::test]
async fn plain_http_spoken_to_a_tls_server() {
    // The alert that TLS servers send to what is no handshake.
    let address = server(b"\x15\x03\x01\x00\x02\x02\x46", false).await;
    let error = attempt(&spec(&format!("http://{address}")))
        .await
        .unwrap_err();
    check(&error, Class::Protocol, "not HTTP", "write `https://`");
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut spec = spec("http://hub.example");
    spec.proxy = crate::model::ProxyChoice::Url(format!("http://{address}"));
    let error = attempt(&spec).await.unwrap_err();
    check(&error, Class::Proxy, "the proxy `http://127.0.0.1", "proxy");
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel() {
    let address = server(
        b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        false,
    )
    .await;
    let mut spec = spec("https://hub.example");
    spec.proxy = crate::model::ProxyChoice::Url(format!("http://{address}"));
    let error = attempt(&spec).await.unwrap_err();
    check(&error, Class::Proxy, "the proxy `http://127.0.0.1", "proxy");
}

#[tokio::test]
async fn what_goes_out_names_us_and_no_referer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 4096];
        let read = socket.read(&mut buffer).await.unwrap();
        let _ = socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await;
        String::from_utf8_lossy(&buffer[..read]).to_lowercase()
    });
    attempt(&spec(&format!("http://{address}"))).await.unwrap();
    let seen = seen.await.unwrap();
    assert!(seen.contains("user-agent: supercargo/"), "{seen}");
    assert!(seen.contains("accept-encoding: gzip"), "{seen}");
    assert!(!seen.contains("referer"), "{seen}");
}

#[tokio::test]
async fn headers_without_end_are_no_wrong_port() {
    let whole = |lines: usize, length: usize| -> &'static [u8] {
        let value = "x".repeat(length);
        let line = format!("x-large: {value}\r\n");
        let answer = format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(lines));
        answer.into_bytes().leak()
    };
    // One that is too long, and too many of them.
    for (lines, length) in [(1, 1 << 20), (16, 64 << 10), (500, 1)] {
        let address = server(whole(lines, length), true).await;
        let mut spec = spec(&format!("http://{address}"));
        spec.limits.read_timeout = Duration::from_secs(30);
        let error = attempt(&spec).await.unwrap_err();
        check(
            &error,
            Class::TooLarge,
            "its headers are larger",
            "what answers",
        );
        assert!(!error.to_string().contains("not HTTP"), "{error}");
    }
}

#[tokio::test]
async fn headers_without_end_over_http_2_are_told_the_same() {
    // More than is read, and so much more that the connection ends.
    for length in [64 << 10, 1 << 20] {
        let answers = Answers {
            headers: vec![("x-large", &*"x".repeat(length).leak())],
            ..Answers::default()
        };
        let server = Server::start(answers).await;
        let mut spec = spec(&format!("http://{}", server.address));
        spec.http_version = crate::model::HttpVersion::Http2;
        spec.limits.read_timeout = Duration::from_secs(30);
        let error = attempt(&spec).await.unwrap_err();
        check(
            &error,
            Class::TooLarge,
            "its headers are larger",
            "what answers",
        );
    }
}
