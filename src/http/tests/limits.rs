//! Setting × what the server does × what was seen on the wire: how much at once, what stays
//! open, how long each phase may take.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::server::{Answers, Server};
use super::sockets::{attempt, check, spec};
use super::*;
use crate::model::HttpVersion;

fn at(server: &Server) -> RegistrySpec {
    let mut spec = spec(&format!("http://{}", server.address));
    spec.limits.read_timeout = Duration::from_secs(30);
    spec
}

fn groups(of: usize) -> Answers {
    Answers {
        in_groups_of: of,
        ..Answers::default()
    }
}

async fn burst(http: &Http, spec: &RegistrySpec, count: usize) {
    let url: Url = spec.endpoint.join("v2/").parse().unwrap();
    let all = (0..count).map(|_| http.send(Request::get(url.clone(), 16)));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.unwrap().status, 200);
    }
}

#[tokio::test]
async fn max_connections_bounds_what_is_in_flight() {
    for (version, shown) in [
        (HttpVersion::Http1, "HTTP/1.1"),
        (HttpVersion::Http2, "HTTP/2.0"),
    ] {
        let server = Server::start(groups(3)).await;
        let mut spec = at(&server);
        spec.http_version = version;
        spec.limits.max_connections = 3;
        burst(&Http::new(&spec).unwrap(), &spec, 30).await;
        let seen = server.seen();
        assert_eq!((seen.started, seen.most_in_flight), (30, 3), "{shown}");
        assert!(seen.asked.iter().all(|asked| asked.version == shown));
        if version == HttpVersion::Http2 {
            assert_eq!(seen.opened, 1, "streams share one connection");
        }
    }
}

#[tokio::test]
async fn max_keepalive_bounds_what_stays_open() {
    for kept in [0, 2, 6] {
        let server = Server::start(groups(6)).await;
        let mut spec = at(&server);
        spec.limits.max_connections = 6;
        spec.limits.max_keepalive = kept;
        let http = Http::new(&spec).unwrap();
        burst(&http, &spec, 6).await;
        assert_eq!(server.seen().opened, 6);
        server
            .until("idle connections beyond the limit are closed", |seen| {
                seen.open == usize::from(kept)
            })
            .await;
    }
}

#[tokio::test]
async fn keepalive_expiry_closes_what_is_idle() {
    let server = Server::start(Answers::default()).await;
    let mut spec = at(&server);
    let http = Http::new(&spec).unwrap();
    burst(&http, &spec, 1).await;
    burst(&http, &spec, 1).await;
    assert_eq!(server.seen().opened, 1, "an idle connection is used again");

    spec.limits.keepalive_expiry = Duration::from_millis(50);
    let short = Http::new(&spec).unwrap();
    burst(&short, &spec, 1).await;
    assert_eq!(server.seen().opened, 2);
    server
        .until("the idle connection is closed", |seen| seen.open == 1)
        .await;
    burst(&short, &spec, 1).await;
    assert_eq!(server.seen().opened, 3);
}

/// No address is unroutable everywhere. A listener whose queue is full drops what comes:
/// for the client, nobody answers.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connect_timeout_fails_the_connection() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(connected) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        queued.push(connected.unwrap());
        assert!(queued.len() < 16, "the queue never fills");
    }
    let mut spec = spec(&format!("http://{address}"));
    spec.limits.connect_timeout = Duration::from_millis(400);
    // Neither of these counts the wait for a connection.
    spec.limits.read_timeout = Duration::from_millis(50);
    spec.limits.pool_timeout = Duration::from_millis(50);
    let error = attempt(&spec).await.unwrap_err();
    check(
        &error,
        Class::Timeout,
        "no connection within 400ms",
        "connect-timeout",
    );
    // The kernel bounds the first packets by the write timeout too: where that is what
    // ended it, that is what is named.
    spec.limits.connect_timeout = Duration::from_secs(30);
    spec.limits.write_timeout = Duration::from_millis(600);
    let error = attempt(&spec).await.unwrap_err();
    check(&error, Class::Timeout, "taken for 600ms", "write-timeout");
}

/// A server that sends `answer`, keeps the connection, and sends no more.
async fn stalls_after(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(answer).await;
            kept.push(socket);
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn read_timeout_fails_each_wait_for_bytes() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nconte",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let mut spec = spec(&stalls_after(answer).await);
        spec.limits.read_timeout = Duration::from_millis(150);
        spec.limits.connect_timeout = Duration::from_secs(30);
        let error = attempt(&spec).await.unwrap_err();
        check(
            &error,
            Class::Timeout,
            "nothing was received for 150ms",
            "read-timeout",
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn write_timeout_fails_what_is_not_taken() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(8).unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move { listener.accept().await });
    let mut spec = spec(&format!("http://{address}"));
    spec.limits.write_timeout = Duration::from_millis(500);
    spec.limits.read_timeout = Duration::from_mins(1);
    let mut request = get(&spec.endpoint.join("v2/token"));
    request.method = Method::POST;
    request.body = Some(vec![b'x'; 8 << 20].into());
    let error = Http::new(&spec).unwrap().send(request).await.unwrap_err();
    let told = error.to_string();
    assert_eq!(error.class(), Class::Timeout, "{told}");
    assert!(
        told.contains("nothing that was sent was taken for 500ms"),
        "{told}"
    );
    assert!(error.hint().unwrap().contains("`write-timeout`"));
    drop(accepting.await);
}
