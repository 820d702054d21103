//! A cold crawl through 50 milliseconds of latency, as a share of the least that it can
//! take: requests × latency / connections. HTTP/1.1 and HTTP/2, 16 and 64 connections (or
//! streams). Prints shares; asserts nothing.
//!
//! `cargo bench --bench latency [IMAGES]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use supercargo::job::{self, CrawlRequest};
use supercargo::model::{HttpVersion, Outcome, Progress, RegistrySpec, Timestamp};
use supercargo::secret::{Nobody, Secrets};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LATENCY: Duration = Duration::from_millis(50);

async fn crawl(address: &str, connections: u16, version: HttpVersion) -> (Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let mut spec = RegistrySpec::new("bench".parse().unwrap(), address.parse().unwrap());
    spec.limits.max_connections = connections;
    spec.http_version = version;
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
    let began = Instant::now();
    let ended = Box::pin(job::crawl(request, || ())).await.unwrap();
    assert_eq!(
        ended.summary.outcome,
        Outcome::Complete,
        "{:?}",
        ended.summary.failures
    );
    (began.elapsed(), ended.summary.progress.traffic.requests)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let images: usize = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(2_000);
    for (connections, images) in [(16, images), (64, images * 4)] {
        let content = Content::generate(1, &Shape::plain(images / 20, 20));
        let behaviour = Behaviour {
            latency: LATENCY,
            ..Behaviour::default()
        };
        let simulator = Simulator::start(content, behaviour).await.unwrap();
        for (version, name) in [
            (HttpVersion::Http1, "HTTP/1.1"),
            (HttpVersion::Http2, "HTTP/2"),
        ] {
            let (took, requests) = crawl(&simulator.address(), connections, version).await;
            let least = LATENCY.as_secs_f64() * requests as f64 / f64::from(connections);
            println!(
                "{connections:>3} connections, {name:<8} {requests:>6} requests, {:>6.2} s, \
                 least {least:>6.2} s: {:.3}",
                took.as_secs_f64(),
                least / took.as_secs_f64()
            );
        }
    }
}
