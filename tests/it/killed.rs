//! A crawl killed at any moment: the next start opens the inventory, what was committed is
//! there, and the crawl that follows completes it.

use std::time::Duration;

use serde_json::Value;
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use crate::support::program::Program;

/// Kills of one crawl.
const TIMES: u64 = 20;

/// A number that looks like chance and is the same in every run.
fn chance(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

fn names(lines: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = lines
        .iter()
        .map(|line| format!("{}@{} {}", line["repository"], line["digest"], line["tags"]))
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_at_twenty_moments_loses_nothing_that_was_written() {
    let shape = Shape {
        repositories: 40,
        tags_per_repository: 6..=12,
        ..Shape::default()
    };
    let content = Content::generate(20, &shape);
    let behaviour = Behaviour {
        latency: Duration::from_millis(12),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let wanted = content.expected().len();

    // How long a whole crawl takes here and now, so that the kills fall into it.
    let timed = Program::new();
    timed.done(&["registry", "add", "hub", &simulator.address()]);
    let line = timed.crawl("hub");
    assert_eq!(line["images"], wanted);
    let whole = line["elapsed_ms"].as_u64().unwrap().max(200);
    let complete = names(&timed.images("hub"));

    let mut seen_partial = 0;
    for round in 0..TIMES {
        let program = Program::new();
        program.done(&["registry", "add", "hub", &simulator.address()]);
        let mut child = program
            .command(&["crawl", "hub"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // A moment inside the crawl, start and end included. Not a wait for anything:
        // whatever has happened by then is right.
        let moment = chance(round) % (whole + 60);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        child.kill().unwrap();
        child.wait().unwrap();

        let kept = names(&program.images("hub"));
        assert!(kept.len() <= wanted);
        if !kept.is_empty() && kept.len() < wanted {
            seen_partial += 1;
        }
        let list = program
            .done(&["registry", "list", "--format", "ndjson"])
            .lines();
        assert_ne!(list[0]["last_outcome"], "running", "round {round}");

        let line = program.crawl("hub");
        assert_eq!(line["outcome"], "complete", "round {round}: {line:#}");
        assert_eq!(line["gone"], 0, "round {round}");
        let new = usize::try_from(line["new"].as_u64().unwrap()).unwrap();
        assert!(
            new + kept.len() >= wanted,
            "round {round}: {new} new, {} kept",
            kept.len()
        );
        assert_eq!(names(&program.images("hub")), complete, "round {round}");
    }
    assert!(seen_partial > 0, "no kill fell into the middle of a crawl");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_stops_within_a_second_and_keeps_what_was_read() {
    let shape = Shape {
        repositories: 60,
        tags_per_repository: 20..=20,
        ..Shape::default()
    };
    let content = Content::generate(21, &shape);
    let behaviour = Behaviour {
        latency: Duration::from_millis(60),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let child = program
        .command(&["crawl", "hub", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Something must have been read that can be kept.
    while program.images("hub").is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let asked = std::time::Instant::now();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
    let took = asked.elapsed();
    assert_eq!(ran.code, 130, "{ran:#?}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["outcome"], "cancelled");
    assert_eq!(
        line["failures"],
        serde_json::json!([]),
        "stopping is no failure"
    );
    assert!(!program.images("hub").is_empty());
    // A second, and what this machine's other work takes.
    assert!(took < Duration::from_secs(5), "{took:?}");
    println!("stopped after {took:?}");
}
