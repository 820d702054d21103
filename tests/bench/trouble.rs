//! What a bad moment costs a crawl: an outage in the middle, and lone refusals that carry
//! `Retry-After`. Prints times and factors; asserts only that nothing is lost.
//!
//! `cargo bench --bench trouble`; the second part needs `haproxy`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use supercargo::job::{self, CrawlRequest};
use supercargo::model::{Outcome, Progress, RegistrySpec, Summary, Timestamp};
use supercargo::secret::{Nobody, Secrets};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, Store};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OUTAGE: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;
/// Three of a hundred requests, as often as a real proxy did it to a real crawl.
const REFUSALS: &str = "\
    http-request return status 429 hdr Retry-After 1 if { sc0_http_req_cnt,mod(100) -m int 5 61 }\n\
    http-request return status 503 hdr Retry-After 1 if { sc0_http_req_cnt,mod(100) -m int 33 }\n";

async fn crawl(address: &str, tags: u64) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let spec = RegistrySpec::new("bench".parse().unwrap(), address.parse().unwrap());
    store.add_registry(&spec).unwrap();
    let request = CrawlRequest {
        store: store.clone(),
        secrets: Secrets::new(folder.path(), Arc::new(Nobody)),
        registry: store.registry("bench").unwrap(),
        typed: supercargo::model::Typed::default(),
        full: false,
        retry: None,
        started: Timestamp::now(),
        cancel: CancellationToken::new(),
        paused: watch::channel(false).1,
        progress: watch::channel(Progress::default()).0,
        watcher: None,
    };
    let ended = Box::pin(job::crawl(request, || ())).await.unwrap();
    let failures = &ended.summary.failures;
    assert_eq!(ended.summary.outcome, Outcome::Complete, "{failures:#?}");
    assert_eq!(store.registry("bench").unwrap().tags, tags);
    ended.summary
}

/// Carries bytes between `listen` and `to`. During the outage nobody listens, and every
/// connection is cut.
async fn between(listen: SocketAddr, to: SocketAddr, outage: Option<Duration>) {
    let began = tokio::time::Instant::now();
    let mut outage = outage.map(|after| began + after);
    loop {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(listen).unwrap();
        let listener = socket.listen(1024).unwrap();
        let mut carried = JoinSet::new();
        let end = outage.unwrap_or(began + Duration::from_hours(1));
        while let Ok(Ok((mut near, _))) = tokio::time::timeout_at(end, listener.accept()).await {
            carried.spawn(async move {
                if let Ok(mut far) = TcpStream::connect(to).await {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
        drop(listener);
        drop(carried);
        tokio::time::sleep(OUTAGE).await;
        outage = None;
    }
}

/// A crawl of 1,000 tags with an outage in the middle, and the same without.
async fn outage() {
    let content = Content::generate(1, &Shape::plain(100, 10));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let to: SocketAddr = simulator
        .address()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let near = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = near.local_addr().unwrap();
    drop(near);
    let mut plain = Duration::ZERO;
    for disturbed in [false, true] {
        let proxy = tokio::spawn(between(listen, to, disturbed.then_some(plain / 2)));
        while TcpStream::connect(listen).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let began = Instant::now();
        let summary = crawl(&format!("http://{listen}"), 1000).await;
        let took = began.elapsed();
        proxy.abort();
        let _ = proxy.await;
        if disturbed {
            let lost = took.saturating_sub(plain);
            println!(
                "outage of {OUTAGE:?}: {took:.2?} instead of {plain:.2?}, {lost:.2?} lost, \
                 held {:.2?}, {} sent again",
                summary.progress.traffic.held.total(),
                summary.progress.traffic.retries,
            );
        } else {
            plain = took;
        }
    }
}

struct Proxy {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// haproxy before `upstream`; `None` where it is not installed.
async fn haproxy(upstream: &str, rules: &str) -> Option<Proxy> {
    let folder = tempfile::tempdir().unwrap();
    let near = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = near.local_addr().unwrap();
    drop(near);
    let file = folder.path().join("haproxy.cfg");
    let upstream = upstream.trim_start_matches("http://");
    let config = format!(
        "defaults\n mode http\n timeout connect 10s\n timeout client 60s\n timeout server 60s\n\
         frontend before\n bind {address}\n\
         stick-table type integer size 10 expire 1h store http_req_cnt\n\
         http-request track-sc0 int(1)\n{rules} default_backend behind\n\
         backend behind\n server registry {upstream}\n"
    );
    std::fs::write(&file, config).unwrap();
    let child = Command::new("haproxy")
        .arg("-db")
        .arg("-f")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let proxy = Proxy {
        child,
        address: format!("http://{address}"),
        _folder: folder,
    };
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Some(proxy)
}

/// The same crawl of some 2,350 requests through haproxy with and without refusals.
async fn refusals() {
    let content = Content::generate(1, &Shape::plain(60, 20));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let upstream = simulator.address();
    let (Some(plain), Some(refusing)) = (
        haproxy(&upstream, "").await,
        haproxy(&upstream, REFUSALS).await,
    ) else {
        println!("`haproxy` is not installed: nothing to say of refusals");
        return;
    };
    for _ in 0..ROUNDS {
        let without = crawl(&plain.address, 1200).await;
        let with = crawl(&refusing.address, 1200).await;
        println!(
            "refusals: {} of {} requests: {:.2?} instead of {:.2?}, factor {:.1}, held {:.2?}",
            with.progress.traffic.retries,
            with.progress.traffic.requests,
            with.elapsed,
            without.elapsed,
            with.elapsed.as_secs_f64() / without.elapsed.as_secs_f64(),
            with.progress.traffic.held.total(),
        );
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    outage().await;
    refusals().await;
}
