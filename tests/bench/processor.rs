//! Processor time of a cold crawl, written and durable, beside what `wrk`, a load generator
//! in C that looks at nothing, takes a request for the same list, turn by turn. The server
//! is another process. Prints a ratio; asserts nothing.
//!
//! `cargo bench --bench processor [IMAGES]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use supercargo::job::{self, CrawlRequest};
use supercargo::model::{Children, Outcome, Progress, RegistrySpec, Timestamp};
use supercargo::secret::{Nobody, Secrets};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const SERVE: &str = "--serve";

/// Serves until its standard input is closed. Prints its address, then a path a line.
async fn serve(images: usize) {
    let content = Content::generate(1, &Shape::plain(images / 20, 20));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    println!("{}", simulator.address());
    let mut line = String::new();
    // Once for the list of what was asked, once for the end.
    std::io::stdin().read_line(&mut line).unwrap();
    for request in simulator.requests() {
        println!("{}", request.path_and_query);
    }
    println!();
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()).unwrap())
        .await
        .unwrap();
}

/// Processor time of this process and, apart, of its children that ended.
fn processor_time() -> (Duration, Duration) {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = text.rsplit_once(") ").unwrap();
    let ticks: Vec<u64> = fields
        .split(' ')
        .skip(11)
        .take(4)
        .map(|field| field.parse().unwrap())
        .collect();
    // A hundred a second, as Linux tells everybody.
    let time = |ticks: u64| Duration::from_millis(ticks * 10);
    (time(ticks[0] + ticks[1]), time(ticks[2] + ticks[3]))
}

async fn crawl(address: &str) -> (Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let mut spec = RegistrySpec::new("bench".parse().unwrap(), address.parse().unwrap());
    spec.children = Children::None;
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
    let (before, _) = processor_time();
    let ended = Box::pin(job::crawl(request, || ())).await.unwrap();
    let (after, _) = processor_time();
    assert_eq!(ended.summary.outcome, Outcome::Complete);
    (
        after.saturating_sub(before),
        ended.summary.progress.traffic.requests,
    )
}

/// A round of `wrk`: processor time, and requests.
fn wrk(address: &str, script: &std::path::Path) -> Option<(Duration, u64)> {
    let (_, before) = processor_time();
    let ran = Command::new("wrk")
        .args(["-t1", "-c16", "-d2s", "-s"])
        .arg(script)
        .arg(address)
        .output()
        .ok()?;
    let (_, after) = processor_time();
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    let requests = told.lines().find_map(|line| {
        let (count, _) = line.trim().split_once(" requests in ")?;
        count.parse().ok()
    });
    Some((after.saturating_sub(before), requests.unwrap()))
}

fn start(images: usize) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([SERVE, &images.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut address = String::new();
    lines.read_line(&mut address).unwrap();
    (child, lines, address.trim().to_owned())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let images = words
        .iter()
        .find_map(|word| word.parse().ok())
        .unwrap_or(10_000);
    if words.iter().any(|word| word == SERVE) {
        return serve(images).await;
    }
    let (mut child, mut lines, address) = start(images);
    crawl(&address).await;
    // What that crawl asked for is what `wrk` asks for, again and again.
    let mut say = child.stdin.take().unwrap();
    writeln!(say).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("paths.lua");
    let mut text = String::from("local paths = {\n");
    loop {
        let mut path = String::new();
        lines.read_line(&mut path).unwrap();
        if path.trim().is_empty() {
            break;
        }
        text.push_str(&format!("{:?},\n", path.trim()));
    }
    text.push_str(
        "}\nlocal at = 0\nrequest = function()\n  at = at % #paths + 1\n  \
         return wrk.format(\"GET\", paths[at])\nend\n",
    );
    std::fs::write(&script, text).unwrap();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let (time, requests) = crawl(&address).await;
        let Some((bare, asked)) = wrk(&address, &script) else {
            println!("`wrk` is not installed; a crawl takes {time:?} for {requests} requests");
            break;
        };
        let each = |time: Duration, count: u64| time.as_secs_f64() * 1e6 / count as f64;
        let (ours, theirs) = (each(time, requests), each(bare, asked));
        println!(
            "a request: {ours:.1} µs in a crawl, {theirs:.1} µs in wrk, {:.2}",
            ours / theirs
        );
        ratios.push(ours / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    if let Some(median) = ratios.get(ratios.len() / 2) {
        println!("median ratio {median:.2}");
    }
    drop(say);
    child.kill().unwrap();
    child.wait().unwrap();
}
