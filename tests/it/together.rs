//! Several programs at work on one state: each does its own, none keeps another from it,
//! and all that is read is what was there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use serde_json::Value;
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use crate::support::program::Program;

/// What a crawl of `name` says that must not fail.
fn crawled(program: &Program, name: &str) -> Value {
    let ran = program.done(&["crawl", name, "--format", "json"]);
    let line: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["outcome"], "complete", "{line:#}");
    line
}

/// The lines without when they were last confirmed.
fn without_times(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("last_seen");
    }
    lines
}

/// Every repository and tag.
fn tags(lines: &[Value]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for line in lines {
        for tag in line["tags"].as_array().unwrap() {
            let name = format!("{}:{tag}", line["repository"]);
            assert!(all.insert(name), "{tag} twice");
        }
    }
    all
}

/// One program crawls a registry that stays as it is, one a registry whose tags move, and
/// two read, until each has crawled so often.
async fn together(rounds: u64) {
    let shape = Shape {
        repositories: 12,
        ..Shape::default()
    };
    let (still, moving) = (Content::generate(1, &shape), Content::generate(2, &shape));
    let one = Simulator::start(still, Behaviour::default()).await.unwrap();
    let two = Simulator::start(moving.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "one", &one.address()]);
    program.done(&["registry", "add", "two", &two.address()]);
    crawled(&program, "one");
    crawled(&program, "two");
    let truth = without_times(program.images("one"));
    let moving_tags = tags(&program.images("two"));
    let (images, tag_count) = (truth.len(), tags(&truth).len());

    let done = AtomicBool::new(false);
    let (reads, lists) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let crawls_one = || {
        for _ in 0..rounds {
            let line = crawled(&program, "one");
            assert_eq!((&line["new"], &line["gone"]), (&0.into(), &0.into()));
            assert_eq!(
                (&line["images"], &line["moved"]),
                (&images.into(), &0.into())
            );
        }
    };
    let crawls_two = || {
        for round in 0..rounds {
            let moves = moving.move_some_tags(round, 8);
            let line = crawled(&program, "two");
            assert_eq!(line["moved"], moves.len());
        }
    };
    let reads_images = || {
        while !done.load(Ordering::Relaxed) {
            assert_eq!(without_times(program.images("one")), truth);
            // A tag that moves is there all the time.
            assert_eq!(tags(&program.images("two")), moving_tags);
            reads.fetch_add(1, Ordering::Relaxed);
        }
    };
    let reads_registries = || {
        while !done.load(Ordering::Relaxed) {
            let list = program.done(&["registry", "list", "--format", "ndjson"]);
            let lines = list.lines();
            assert_eq!(lines.len(), 2);
            assert_eq!(lines[0]["images"], images);
            assert_eq!(lines[0]["tags"], tag_count);
            assert_eq!(lines[1]["tags"], moving_tags.len());
            lists.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let readers = [scope.spawn(reads_images), scope.spawn(reads_registries)];
        let writers = [scope.spawn(crawls_one), scope.spawn(crawls_two)];
        // Readers end even where a writer has failed.
        let ends: Vec<_> = writers.into_iter().map(ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        for end in ends.into_iter().chain(readers.map(ScopedJoinHandle::join)) {
            if let Err(panic) = end {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let (reads, lists) = (reads.into_inner(), lists.into_inner());
    println!("{rounds} crawls of each, {reads} times all images, {lists} lists");
    assert!(reads > 0 && lists > 0);
    // What was written is what there is.
    let now: BTreeSet<String> = program
        .images("two")
        .iter()
        .map(|line| line["digest"].to_string())
        .collect();
    let wanted = moving.expected().into_iter();
    let wanted = wanted
        .map(|image| format!("\"{}\"", image.digest))
        .collect();
    assert_eq!(now, wanted);
    let doctor = program.run(&["doctor"]);
    assert_ne!(doctor.code, 4, "{doctor:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_write_and_two_read_one_state() {
    together(20).await;
}

/// By hand: `cargo test --test it together -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes a minute"]
async fn two_programs_write_and_two_read_one_state_for_a_minute() {
    together(300).await;
}
