//! A crawl or a check that is asked to stop: what was read is kept, and it says so.

use std::time::Duration;

use serde_json::Value;
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use crate::support::program::Program;

/// A registry whose crawl takes some ten seconds.
#[cfg(unix)]
async fn slow_registry(seed: u64) -> (Simulator, Program) {
    let shape = Shape {
        repositories: 60,
        tags_per_repository: 20..=20,
        ..Shape::default()
    };
    let content = Content::generate(seed, &shape);
    let behaviour = Behaviour {
        latency: Duration::from_millis(60),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    (simulator, program)
}

#[cfg(unix)]
fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Waits until the crawl has read something that can be kept.
#[cfg(unix)]
async fn until_something_is_read(program: &Program) {
    while program.images("hub").is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_to_stop_keeps_and_records_what_was_read() {
    use rustix::process::Signal;

    let (simulator, program) = slow_registry(21).await;
    for (kind, name) in [
        (Signal::INT, "SIGINT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "SIGHUP"),
    ] {
        let child = program
            .command(&["crawl", "hub", "--format", "json"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        until_something_is_read(&program).await;
        let asked = std::time::Instant::now();
        signal(&child, kind);
        let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
        let took = asked.elapsed();
        assert_eq!(ran.code, 130, "{name}: {ran:#?}");
        let line: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(line["outcome"], "cancelled", "{name}");
        let stopping_is_no_failure = serde_json::json!([]);
        assert_eq!(line["failures"], stopping_is_no_failure, "{name}");
        let said = format!("stopped by {name}: what was read is kept");
        assert_eq!(ran.stderr.matches(&said).count(), 1, "{}", ran.stderr);
        assert!(!program.images("hub").is_empty());
        let listed = program.done(&["registry", "list", "--format", "ndjson"]);
        assert_eq!(listed.lines()[0]["last_outcome"], "cancelled", "{name}");
        // A second, and what this machine's other work takes.
        assert!(took < Duration::from_secs(5), "{name}: {took:?}");
        println!("{name}: stopped after {took:?}");
        program.done(&["registry", "remove", "hub", "--yes"]);
        program.done(&["registry", "add", "hub", &simulator.address()]);
    }
}

/// A terminal that is closed takes nothing more, and may be told of twice.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_whose_terminal_is_gone_is_recorded() {
    use rustix::process::Signal;

    let (_simulator, program) = slow_registry(22).await;
    let mut child = program
        .command(&["crawl", "hub"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    until_something_is_read(&program).await;
    drop((child.stdout.take(), child.stderr.take()));
    signal(&child, Signal::HUP);
    signal(&child, Signal::HUP);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let listed = program.done(&["registry", "list", "--format", "ndjson"]);
    assert_eq!(listed.lines()[0]["last_outcome"], "cancelled");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_that_shall_outlive_its_terminal_does() {
    use rustix::process::Signal;

    let content = Content::generate(23, &Shape::plain(20, 10));
    let behaviour = Behaviour {
        latency: Duration::from_millis(60),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let child = program
        .by_shell("trap '' HUP", &["crawl", "hub", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    until_something_is_read(&program).await;
    signal(&child, Signal::HUP);
    let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:#?}");
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["outcome"], "complete");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_is_stopped_says_so() {
    use rustix::process::Signal;

    // It takes connections and says nothing.
    let program = Program::new();
    for (kind, name) in [
        (Signal::INT, "SIGINT"),
        (Signal::TERM, "SIGTERM"),
        (Signal::HUP, "SIGHUP"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let child = program
            .command(&["check", &address, "--timeout", "5m"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let connection = listener.accept().await.unwrap();
        signal(&child, kind);
        let ran = crate::support::program::Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 130, "{name}: {ran:#?}");
        assert!(
            ran.stderr.contains(&format!("stopped by {name}: ")),
            "{}",
            ran.stderr
        );
        drop(connection);
    }
}
