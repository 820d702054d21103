//! How a cold crawl compares with a bare load generator that asks the same server for the
//! same list of requests, in one run, turn by turn. Prints ratios; asserts nothing.
//!
//! `cargo bench --bench crawl [IMAGES]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use supercargo::job::{self, CrawlRequest};
use supercargo::model::{Outcome, Progress, RegistrySpec, Timestamp};
use supercargo::secret::{Nobody, Secrets};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, FILE_NAME, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Requests a second of a crawl, and what it left behind.
async fn crawl(address: &str, again: bool) -> (f64, f64, u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let spec = RegistrySpec::new("bench".parse().unwrap(), address.parse().unwrap());
    store.add_registry(&spec).unwrap();
    let run = async || {
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
        assert_eq!(ended.summary.outcome, Outcome::Complete);
        (ended, began.elapsed())
    };
    let (ended, took) = run().await;
    let requests = ended.summary.progress.traffic.requests;
    let images = store.registry("bench").unwrap().images;
    let bytes = std::fs::metadata(folder.path().join(FILE_NAME))
        .unwrap()
        .len();
    let mut warm = 0.0;
    if again {
        let (ended, took) = run().await;
        warm = ended.summary.progress.traffic.requests as f64 / took.as_secs_f64();
    }
    (requests as f64 / took.as_secs_f64(), warm, images, bytes)
}

/// Requests a second of a client that does nothing with the answers.
async fn bare(address: &str, paths: &[String]) -> f64 {
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(CONNECTIONS)
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap();
    let began = Instant::now();
    // Two tasks, as the machine has two cores; each keeps half of the connections busy.
    let halves: Vec<_> = paths
        .chunks(paths.len().div_ceil(2))
        .map(|half| {
            let (client, address, half) = (client.clone(), address.to_owned(), half.to_vec());
            tokio::spawn(async move {
                stream::iter(half)
                    .for_each_concurrent(CONNECTIONS / 2, |path| {
                        let request = client
                            .get(format!("{address}{path}"))
                            .header("accept", ACCEPT);
                        async move {
                            let answer = request.send().await.unwrap();
                            assert!(answer.status().is_success());
                            answer.bytes().await.unwrap();
                        }
                    })
                    .await;
            })
        })
        .collect();
    for half in halves {
        half.await.unwrap();
    }
    paths.len() as f64 / began.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wanted = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(10_000);
    let content = Content::generate(1, &Shape::plain(wanted / 20, 20));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let address = simulator.address();
    let (_, _, images, bytes) = crawl(&address, false).await;
    // What that crawl asked for is what the bare client asks for.
    let paths: Vec<String> = simulator
        .requests()
        .iter()
        .map(|request| request.path_and_query.clone())
        .collect();
    println!(
        "{images} images, {} requests, {CONNECTIONS} connections, {ROUNDS} rounds",
        paths.len()
    );
    let (mut cold, mut warm, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (first, second, _, _) = crawl(&address, true).await;
        cold.push(first);
        warm.push(second);
        plain.push(bare(&address, &paths).await);
    }
    let ratios = cold
        .iter()
        .zip(&plain)
        .map(|(crawl, bare)| crawl / bare)
        .collect();
    println!("bare client      {:>8.0} requests/s", median(plain));
    println!(
        "cold crawl       {:>8.0} requests/s, database written and durable",
        median(cold)
    );
    println!("unchanged crawl  {:>8.0} requests/s", median(warm));
    println!(
        "cold / bare      {:>8.2} (median of the rounds)",
        median(ratios)
    );
    println!(
        "inventory        {:>8.0} bytes an image",
        bytes as f64 / images as f64
    );
}
