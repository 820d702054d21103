//! The command line as scripts use it: shapes, formats, exit codes, one state for several
//! processes.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use supercargo::simulator::{Behaviour, Content, Fault, RouteKind, Shape, Simulator, What};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::support::program::{Program, Ran, fed};

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

async fn filled() -> (Simulator, Program) {
    let content = Content::generate(40, &Shape::plain(6, 4));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    (simulator, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_have_the_fields_of_the_contract() {
    let (simulator, program) = filled().await;
    let image = &program.images("hub")[0];
    assert_eq!(
        keys(image),
        words(
            "registry repository digest media_type artifact_type tags platforms children size \
             created pushed pulled pulls immutable locked vulnerabilities expires first_seen last_seen \
             stale_since decision tag_decisions note"
        )
    );
    let crawl = program.crawl("hub");
    assert_eq!(
        keys(&crawl),
        words(
            "registry outcome product listed_by repositories tags images new gone moved mismatched requests \
             bytes_received retries held_ms elapsed_ms failures notes retry_of"
        )
    );
    let ran = program.done(&["check", "hub", &simulator.address(), "--format", "json"]);
    let lines = ran.lines();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(keys(line), words("registry ok stages"));
        assert_eq!(line["ok"], true, "{line:#}");
        let stages: Vec<&str> = line["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["stage"].as_str().unwrap())
            .collect();
        assert_eq!(
            stages,
            [
                "resolve",
                "connect",
                "proxy",
                "tls",
                "ping",
                "challenge",
                "token",
                "api",
                "catalogue",
                "tags",
                "manifest"
            ]
        );
        assert_eq!(keys(&line["stages"][0]), words("stage ok ms detail hint"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_prints_the_same_images() {
    let (_simulator, program) = filled().await;
    let lines = program.images("hub");
    let json: Value =
        serde_json::from_str(&program.done(&["images", "--format", "json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap(), &lines);
    let csv = program.done(&["images", "--format", "csv"]).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap().get(2), Some("digest"));
    let digests: Vec<String> = reader
        .records()
        .map(|record| record.unwrap()[2].to_owned())
        .collect();
    let wanted: Vec<String> = lines
        .iter()
        .map(|line| line["digest"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(digests, wanted);
    let table = program.done(&["images", "--format", "table"]).stdout;
    assert_eq!(table.lines().count(), lines.len() + 1);
    assert!(table.starts_with("REGISTRY"), "{table}");
    // Where nobody looks, NDJSON is the default.
    assert_eq!(program.done(&["images"]).lines(), lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_are_selected_by_every_flag() {
    let content = Content::generate(41, &Shape::demo());
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    let all = program.images("hub");
    let some = |flags: &[&str]| {
        let mut arguments = vec!["images", "--format", "ndjson"];
        arguments.extend(flags);
        program.done(&arguments).lines()
    };
    let check = |flags: &[&str], is: &dyn Fn(&Value) -> bool| {
        let found = some(flags);
        let wanted: Vec<Value> = all.iter().filter(|line| is(line)).cloned().collect();
        assert!(
            !wanted.is_empty() && wanted.len() < all.len(),
            "{flags:?} tells nothing"
        );
        assert_eq!(found, wanted, "{flags:?}");
    };
    let has = |line: &Value, key: &str, is: &dyn Fn(&str) -> bool| {
        line[key]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| is(entry.as_str().unwrap()))
    };
    check(&["--repository", "base/*"], &|line| {
        line["repository"].as_str().unwrap().starts_with("base/")
    });
    check(&["--platform", "linux/arm64"], &|line| {
        has(line, "platforms", &|p| {
            p == "linux/arm64" || p.starts_with("linux/arm64/")
        })
    });
    check(&["--tag", "1.*"], &|line| {
        has(line, "tags", &|tag| tag.starts_with("1."))
    });
    let digest = all[3]["digest"].as_str().unwrap();
    check(&["--digest", digest], &|line| {
        line["digest"] == digest
            || line["children"]
                .as_array()
                .unwrap()
                .iter()
                .any(|child| child["digest"] == digest)
    });
    check(&["--kind", "artifact"], &|line| {
        line["artifact_type"].is_string() && line["children"].as_array().unwrap().is_empty()
    });
    let platforms: usize = all
        .iter()
        .map(|line| line["platforms"].as_array().unwrap().len().max(1))
        .sum();
    assert_eq!(some(&["--per-platform"]).len(), platforms);
}

#[test]
fn a_registry_is_added_shown_changed_and_removed() {
    let program = Program::new();
    program.done(&[
        "registry",
        "add",
        "hub",
        "https://hub.example/base",
        "--type",
        "harbor",
        "--max-rps",
        "2.5",
        "--repository",
        "a/b",
        "--repository",
        "c/*",
        "--read-timeout",
        "1m",
    ]);
    let shown = |key: &str| {
        let lines = program
            .done(&["registry", "show", "hub", "--format", "ndjson"])
            .lines();
        let line = lines.iter().find(|line| line["setting"] == key).unwrap();
        line["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(shown("address"), "https://hub.example/base");
    assert_eq!(shown("type"), "harbor");
    assert_eq!(shown("max-rps"), "2.5");
    assert_eq!(shown("repository"), "a/b, c/*");
    assert_eq!(shown("read-timeout"), "1m");
    assert_eq!(shown("password"), "auto");
    program.done(&[
        "registry",
        "edit",
        "hub",
        "--max-rps",
        "0",
        "--rename",
        "depot",
    ]);
    let list = program.done(&["registry", "list"]).lines();
    assert_eq!(
        (&list[0]["name"], &list[0]["state"]),
        (&"depot".into(), &"not crawled".into())
    );
    program.done(&["registry", "remove", "depot", "--yes"]);
    assert!(program.done(&["registry", "list"]).stdout.is_empty());
    assert_eq!(
        program.run(&["registry", "remove", "depot", "--yes"]).code,
        2
    );
}

/// No store works here: no session bus, no dialogue. The command says so, names the ways
/// that do, and keeps nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_password_without_a_store_is_kept_nowhere() {
    let program = Program::new();
    let mut command = program.command(&[
        "registry",
        "add",
        "hub",
        "https://hub.example",
        "--username",
        "ann",
        "--password-stdin",
    ]);
    let ran = fed(&mut command, "hunter2-and-more\n");
    assert_eq!(ran.code, 3, "{ran:#?}");
    for way in ["secret store", "--password-env", "--password-command"] {
        assert!(ran.stderr.contains(way), "{ran:#?}");
    }
    assert!(!ran.stderr.contains("hunter2"));
    assert!(
        program.done(&["registry", "list"]).stdout.is_empty(),
        "nothing is added"
    );
    for file in crate::support::program::files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(7).any(|window| window == b"hunter2");
        assert!(!found, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variable_that_is_missing_is_named_at_use() {
    let (simulator, _) = filled().await;
    let program = Program::new();
    program.done(&[
        "registry",
        "add",
        "hub",
        &simulator.address(),
        "--username",
        "ann",
        "--password-env",
        "NO_SUCH_PW",
    ]);
    let ran = program.run(&["crawl", "hub"]);
    assert_eq!(ran.code, 3, "{ran:#?}");
    assert!(
        ran.stdout.contains("`NO_SUCH_PW`") && ran.stdout.contains("export NO_SUCH_PW"),
        "{ran:#?}"
    );
    let ran = program.run(&["check", "hub"]);
    assert_eq!(ran.code, 3, "{ran:#?}");
}

/// Crawls and readers of one state at the same time: nobody fails because of the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_share_one_state() {
    let content = Content::generate(42, &Shape::plain(30, 8));
    let slow = Behaviour {
        latency: Duration::from_millis(10),
        ..Behaviour::default()
    };
    let one = Simulator::start(content.clone(), slow.clone())
        .await
        .unwrap();
    let two = Simulator::start(content.clone(), slow).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "one", &one.address()]);
    program.done(&["registry", "add", "two", &two.address()]);
    let spawn = |name: &str| {
        let mut command = program.command(&["crawl", name, "--format", "json"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut crawls = [spawn("one"), spawn("two")];
    // Readers all the while, until both are through.
    let mut reads = 0;
    let mut is_over = false;
    while !is_over {
        let ended = |crawl: &mut Child| crawl.try_wait().unwrap().is_some();
        is_over = crawls.iter_mut().all(ended);
        let count = program.done(&["images"]).lines().len();
        assert!(count <= 2 * content.expected().len());
        reads += 1;
    }
    for crawl in crawls {
        let ran = Ran::from(crawl.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:#?}");
    }
    assert_eq!(
        program.done(&["images"]).lines().len(),
        2 * content.expected().len()
    );
    println!("{reads} reads beside two crawls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_being_crawled_is_crawled_by_nobody_else() {
    let behaviour = Behaviour {
        faults: vec![Fault::on_route(RouteKind::Tags, What::Hang)],
        ..Behaviour::default()
    };
    let content = Content::generate(43, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let mut first = program.command(&["crawl", "hub"]);
    let mut first = first
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while simulator.requests().is_empty() {
        assert!(first.try_wait().unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let ran = program.run(&["crawl", "hub"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(ran.code, 4, "{ran:#?}");
    assert!(
        ran.stderr.contains("is being crawled already, by process"),
        "{ran:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn due_registries_are_those_whose_interval_has_passed() {
    let (_simulator, program) = filled().await;
    assert_eq!(program.done(&["crawl", "--due"]).stdout, "");
    program.done(&["registry", "edit", "hub", "--refresh-interval", "1h"]);
    assert_eq!(
        program.done(&["crawl", "--due"]).stdout,
        "",
        "crawled a moment ago"
    );
    let other = Program::new();
    other.done(&[
        "registry",
        "add",
        "hub",
        "http://127.0.0.1:9",
        "--refresh-interval",
        "1h",
    ]);
    assert_eq!(
        other.run(&["crawl", "--due"]).code,
        1,
        "never crawled, and nobody there"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_crawl_says_nothing_on_a_good_night() {
    let (simulator, program) = filled().await;
    program.done(&["registry", "edit", "hub", "--refresh-interval", "1m"]);
    for arguments in [&["-q", "crawl", "hub"][..], &["crawl", "--due", "--quiet"]] {
        let ran = program.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "", ""),
            "{arguments:?}"
        );
    }
    // What was asked for is printed all the same.
    let ran = program.done(&["-q", "crawl", "hub", "--format", "json"]);
    assert_eq!(ran.lines().len(), 1);
    simulator.stop().await;
    let ran = program.run(&["-q", "crawl", "hub"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{ran:#?}");
    let failed =
        ran.stdout.contains("hub: failed") && ran.stdout.contains("refused the connection");
    assert!(failed, "{ran:#?}");
}

/// A reader that has read enough is no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_pipe_is_no_failure() {
    let (_simulator, program) = filled().await;
    let mut child = program
        .command(&["images"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:#?}");
}

/// `-vv` tells every request, and no secret with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_can_be_told_without_its_secrets() {
    let content = Content::generate(43, &Shape::plain(1, 2));
    let credentials = supercargo::model::Credentials::new(
        "purser",
        supercargo::model::Secret::new("hunter2-and-more"),
    );
    let behaviour = Behaviour {
        auth: supercargo::simulator::Auth::Token {
            credentials: Some(credentials),
            anonymous_pull: false,
            lifetime: Duration::from_mins(5),
        },
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, behaviour).await.unwrap();
    let program = Program::new().with("PW", "hunter2-and-more");
    program.done(&[
        "registry",
        "add",
        "hub",
        &simulator.address(),
        "--username",
        "purser",
        "--password-env",
        "PW",
    ]);
    let ran = program.done(&["-vv", "crawl", "hub"]);
    for told in [
        "/v2/_catalog",
        "/tags/list",
        "/manifests/",
        "/auth/token",
        "status=401",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran:#?}");
    }
    for secret in ["hunter2", "Basic ", "Bearer ", "cHVyc2VyO"] {
        assert!(!ran.stderr.contains(secret), "{secret}: {ran:#?}");
    }
    assert!(
        !program.done(&["crawl", "hub"]).stderr.contains("/v2/"),
        "quiet by default"
    );
}

#[test]
fn help_pages_and_scripts_are_printed() {
    let program = Program::new();
    for command in [
        vec!["--help"],
        vec!["registry", "add", "--help"],
        vec!["--version"],
        vec!["man"],
    ] {
        let ran = program.done(&command);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{ran:#?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            program
                .done(&["completions", shell])
                .stdout
                .contains("supercargo")
        );
    }
    assert!(!program.state().exists(), "help needs no state");
    let ran = program.run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("needs a terminal"), "{ran:#?}");
}

/// Two registries of which neither answers a ping before the other was asked: checks that
/// ran one after the other would both fail. Told in the order of the command line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_registries_are_checked_side_by_side() {
    let both = Arc::new(Barrier::new(2));
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        addresses.push(format!("http://{}", listener.local_addr().unwrap()));
        let (both, asked) = (Arc::clone(&both), Arc::new(AtomicBool::new(false)));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (both, asked) = (Arc::clone(&both), Arc::clone(&asked));
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    while socket.read(&mut buffer).await.is_ok_and(|n| n > 0) {
                        if !asked.swap(true, Ordering::Relaxed) {
                            both.wait().await;
                        }
                        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                                      content-length: 19\r\n\r\n{\"repositories\":[]}";
                        let _ = socket.write_all(answer.as_bytes()).await;
                    }
                });
            }
        });
    }
    let program = Program::new();
    let targets = [addresses[1].as_str(), addresses[0].as_str()];
    let flags = ["--format", "json", "--password-from", "none"];
    let ran = program.run(&[&["check"][..], &targets, &flags].concat());
    let lines = ran.lines();
    let told: Vec<&str> = lines
        .iter()
        .map(|l| l["registry"].as_str().unwrap())
        .collect();
    assert_eq!(told, targets);
    for line in &lines {
        let stages = line["stages"].as_array().unwrap();
        let ping = stages.iter().find(|stage| stage["stage"] == "ping");
        assert_eq!(ping.unwrap()["ok"], true, "{line:#}");
    }
}
