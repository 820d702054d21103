//! Commands killed at any moment, a hundred in all: the state opens again, what was there
//! is there, and what was begun can be done.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use serde_json::Value;
use supercargo::model::{
    Digest, Finding, Image, Kind, Layer, MediaType, Outcome, Progress, RepositoryName, Summary,
    Timestamp,
};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, FILE_NAME, Store};

use crate::crawl::assert_same;
use crate::support::program::Program;
use crate::support::random::Random;

/// What the images are, and what names them.
fn names(lines: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = lines
        .iter()
        .map(|line| format!("{}@{} {}", line["repository"], line["digest"], line["tags"]))
        .collect();
    names.sort();
    names
}

/// A moment of a command that takes so long alone, start and end included. Side by side
/// with others it takes longer.
fn moment(random: &mut Random, alone: Duration) -> Duration {
    alone.mul_f64(1.4 * random.below(1001) as f64 / 1000.0)
}

fn start(program: &Program, arguments: &[&str]) -> Child {
    let mut command = program.command(arguments);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().unwrap()
}

/// Runs a command and kills it after so long, if it is not done by then. Not a wait for
/// anything: whatever has happened by then is right.
fn kill(program: &Program, arguments: &[&str], after: Duration) {
    kill_when(program, arguments, after, || true);
}

/// The same, counted from when something is so. Returns whether it was killed, and not
/// done before.
fn kill_when(
    program: &Program,
    arguments: &[&str],
    after: Duration,
    is_so: impl Fn() -> bool,
) -> bool {
    let mut child = start(program, arguments);
    until(&mut child, is_so);
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap().signal().is_some()
}

/// Waits until something is so, or the command has ended.
fn until(child: &mut Child, is_so: impl Fn() -> bool) {
    while !is_so() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Does so many rounds, and more until what they are for has happened once: where a kill
/// falls is up to the machine. At most ten times as many.
fn rounds_until(
    seed: u64,
    count: u64,
    has_happened: impl Fn() -> bool,
    round: impl Fn(u64, &mut Random) + Sync,
) {
    for more in 0..10 {
        rounds_from(seed, more * count, count, &round);
        if has_happened() {
            return;
        }
    }
    panic!("in {} rounds no kill fell where one was to", 10 * count);
}

/// Does all rounds.
fn rounds(seed: u64, count: u64, round: impl Fn(u64, &mut Random) + Sync) {
    rounds_from(seed, 0, count, &round);
}

/// Does so many rounds from a first number on, some side by side: most of their time is
/// waiting. Each has its own chances, by the seed and its number.
fn rounds_from(seed: u64, first: u64, count: u64, round: &(impl Fn(u64, &mut Random) + Sync)) {
    let next = AtomicU64::new(first);
    let work = || {
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= first + count {
                return;
            }
            round(number, &mut Random::new(seed * 1000 + number));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(work);
        }
    });
}

/// How long a command takes here and now.
fn timed(program: &Program, arguments: &[&str]) -> Duration {
    let began = Instant::now();
    program.done(arguments);
    began.elapsed()
}

/// The inventory of a program that was killed, whole.
fn opened(program: &Program) -> Store {
    let store = Store::open(&program.state(), Access::ReadWrite).unwrap();
    assert_eq!(store.damages().unwrap(), []);
    for row in store.registries().unwrap() {
        let repositories = store.repositories(row.id).unwrap();
        let (mut tags, mut images) = (0, 0);
        for repository in &repositories {
            let rows = store.images(row.id, &repository.name).unwrap();
            tags += rows
                .iter()
                .map(|image| image.tags.len() as u64)
                .sum::<u64>();
            images += rows.len() as u64;
        }
        let counted = (repositories.len() as u64, tags, images);
        assert_eq!((row.repositories, row.tags, row.images), counted);
        assert!(row.last_crawl.is_none_or(|crawl| !crawl.running));
    }
    store
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A program whose state is a copy of another's.
fn as_good_as(other: &Program) -> Program {
    let program = Program::new();
    copy(&other.state(), &program.state());
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_at_twenty_moments_loses_nothing_that_was_written() {
    let shape = Shape {
        repositories: 40,
        tags_per_repository: 6..=12,
        indexes: 150,
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
    let whole = Program::new();
    whole.done(&["registry", "add", "hub", &simulator.address()]);
    let time = timed(&whole, &["crawl", "hub"]);
    let complete = names(&whole.images("hub"));
    assert_eq!(complete.len(), wanted);

    let (partial, unread) = (AtomicU64::new(0), AtomicU64::new(0));
    let is_inside = || partial.load(Relaxed) + unread.load(Relaxed) > 0;
    rounds_until(20, 20, is_inside, |round, random| {
        let program = Program::new();
        program.done(&["registry", "add", "hub", &simulator.address()]);
        kill(&program, &["crawl", "hub"], moment(random, time));

        let row = opened(&program).registry("hub").unwrap();
        let kept = usize::try_from(row.images).unwrap();
        assert!(kept <= wanted);
        partial.fetch_add(u64::from(kept > 0 && kept < wanted), Relaxed);
        unread.fetch_add(u64::from(kept == wanted && row.unread > 0), Relaxed);
        let list = program.done(&["registry", "list", "--format", "ndjson"]);
        assert_ne!(list.lines()[0]["last_outcome"], "running", "round {round}");

        let line = program.crawl("hub");
        assert_eq!(line["outcome"], "complete", "round {round}: {line:#}");
        assert_eq!(line["gone"], 0, "round {round}");
        let new = usize::try_from(line["new"].as_u64().unwrap()).unwrap();
        assert!(
            new + kept >= wanted,
            "round {round}: {new} new, {kept} kept"
        );
        let images = program.images("hub");
        assert_eq!(names(&images), complete, "round {round}");
        assert_same(&content, images);
    });
    println!("killed with images missing {partial:?}, with children missing {unread:?}");
}

/// A repository of which the registry once said that it has all these images, without tags,
/// and has no more: so many that what they leave is cleared away when they go.
fn remember_what_is_gone(program: &Program) {
    let store = Store::open(&program.state(), Access::ReadWrite).unwrap();
    let row = store.registry("hub").unwrap();
    let started = Timestamp::from_second(1_700_000_000).unwrap();
    let mut writer = store.begin_crawl(row.id, &row.spec.name, started).unwrap();
    let repository: RepositoryName = "was/here".parse().unwrap();
    let digests: Vec<Digest> = (0..GONE)
        .map(|n| Digest::sha256(&n.to_le_bytes()))
        .collect();
    let mut batch = vec![Finding::Repository(repository.clone())];
    batch.extend(digests.iter().map(|digest| {
        Finding::Image {
            repository: repository.clone(),
            digest: digest.clone(),
            image: Box::new(Image::new(Kind::Image, MediaType::OciManifest)),
            blobs: vec![Layer {
                digest: digest.clone(),
                size: 7,
            }]
            .into(),
        }
    }));
    batch.push(Finding::Listed {
        repository,
        tags: Vec::new(),
        images: Some(digests),
    });
    writer.write(&batch).unwrap();
    let summary = Summary {
        outcome: Outcome::Complete,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::from_secs(1),
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    };
    writer.finish(&summary).unwrap();
}

/// Enough for the store to sweep and to compact when they go.
const GONE: u64 = 1200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_while_much_goes_and_its_room_is_given_back_loses_nothing_else() {
    let shape = Shape {
        repositories: 6,
        tags_per_repository: 3..=6,
        indexes: 600,
        ..Shape::default()
    };
    let content = Content::generate(21, &shape);
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let before = Program::new();
    before.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(before.crawl("hub")["outcome"], "complete");
    remember_what_is_gone(&before);
    let file = |program: &Program| {
        let metadata = std::fs::metadata(program.state().join(FILE_NAME));
        metadata.unwrap().len()
    };
    let large = file(&before);
    let there = content.expected().len() as u64;
    let images = |program: &Program| {
        let store = Store::open(&program.state(), Access::ReadOnly).unwrap();
        store.registry("hub").unwrap().images
    };
    // How long it takes alone, and of that the end, in which the room is given back. redb
    // moves a page only where there is a free place for it further ahead: of a file as small
    // as this one it gives nothing back in one run of fifty.
    let mut last = large;
    let ended = (0..10).find_map(|_| {
        let whole = as_good_as(&before);
        let began = Instant::now();
        let mut child = start(&whole, &["crawl", "hub"]);
        until(&mut child, || images(&whole) == there);
        let end = Instant::now();
        assert!(child.wait().unwrap().success());
        let (time, end) = (began.elapsed(), end.elapsed());
        last = file(&whole);
        (last < large).then_some((time, end, last))
    });
    let (time, end, small) =
        ended.unwrap_or_else(|| panic!("nothing was given back: {last} of {large}"));

    let [with, without, unswept] = [0, 0, 0].map(AtomicU64::new);
    let is_in_the_end = || unswept.load(Relaxed) > 0;
    rounds_until(21, 30, is_in_the_end, |round, random| {
        let program = as_good_as(&before);
        let after = moment(random, if round % 3 == 0 { time } else { end });
        let is_killed = kill_when(&program, &["crawl", "hub"], after, || {
            round % 3 == 0 || images(&program) == there
        });
        let grown = file(&program);
        let kept = opened(&program).registry("hub").unwrap().images;
        match kept {
            all if all == there + GONE => with.fetch_add(1, Relaxed),
            rest if rest == there => {
                unswept.fetch_add(u64::from(is_killed && grown > small), Relaxed);
                without.fetch_add(1, Relaxed)
            }
            other => panic!("round {round}: {other} images"),
        };
        let line = program.crawl("hub");
        assert_eq!(line["outcome"], "complete", "round {round}: {line:#}");
        assert_eq!(line["gone"].as_u64().unwrap(), kept - there);
        assert_same(&content, program.images("hub"));
        opened(&program);
    });
    println!("killed before they went {with:?}, after {without:?}: {unswept:?} before the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_first_command_on_an_inventory_of_format_1_loses_nothing() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-1");
    let recorded = |name: &str| -> Vec<Value> {
        serde_json::from_slice(&std::fs::read(data.join(name)).unwrap()).unwrap()
    };
    let (registries, images) = (recorded("registries.json"), recorded("images.json"));
    let old = || {
        let program = Program::new();
        std::fs::create_dir_all(program.state()).unwrap();
        let inventory = program.state().join(FILE_NAME);
        std::fs::copy(data.join("inventory.redb"), inventory).unwrap();
        program
    };
    let time = timed(&old(), &["registry", "list"]);
    let [untouched, done] = [0, 0].map(AtomicU64::new);
    rounds(22, 20, |_, random| {
        let program = old();
        kill(&program, &["registry", "list"], moment(random, time));
        if program.state().join("inventory-format-1.redb").exists() {
            done.fetch_add(1, Relaxed);
        } else {
            untouched.fetch_add(1, Relaxed);
        }
        let store = opened(&program);
        let kept = store.registries().unwrap();
        assert_eq!(kept.len(), registries.len());
        for (row, then) in kept.iter().zip(&registries) {
            assert_eq!(row.spec.name.as_str(), then["name"]);
            assert_eq!(row.images, then["images"]);
        }
        assert_eq!(names(&program.done(&["images"]).lines()), names(&images));
        // Nothing that was begun is left lying about.
        let files = std::fs::read_dir(program.state()).unwrap();
        let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let unfinished: Vec<String> = files.filter(|name| name.contains("migrating")).collect();
        assert_eq!(unfinished, [""; 0]);
    });
    println!("killed before the old file was kept {untouched:?}, after {done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_while_settings_are_saved_leaves_the_old_or_the_new() {
    let content = Content::generate(23, &Shape::plain(3, 4));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let before = Program::new();
    before.done(&["registry", "add", "hub", &simulator.address()]);
    before.done(&["registry", "add", "spare", "http://127.0.0.1:9"]);
    assert_eq!(before.crawl("hub")["outcome"], "complete");
    let commands: [&[&str]; 3] = [
        &["registry", "add", "lab", "http://127.0.0.1:9"],
        &["registry", "edit", "hub", "--page-size", "50"],
        &["registry", "remove", "spare", "--yes"],
    ];
    // Which registries there are, and how the first is set.
    let said = |program: &Program| {
        let rows = opened(program).registries().unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.spec.name.to_string()).collect();
        (names, rows[0].spec.limits.page_size)
    };
    let was = said(&before);
    for (seed, arguments) in (23..).zip(commands) {
        let whole = as_good_as(&before);
        let time = timed(&whole, arguments);
        let is = said(&whole);
        assert_ne!(is, was);
        let done = AtomicU64::new(0);
        rounds(seed, 10, |round, random| {
            let program = as_good_as(&before);
            kill(&program, arguments, moment(random, time));
            let now = said(&program);
            assert!(
                now == was || now == is,
                "{arguments:?}, round {round}: {now:?}"
            );
            if now == is {
                done.fetch_add(1, Relaxed);
            } else {
                program.done(arguments);
                assert_eq!(said(&program), is);
            }
            assert_same(&content, program.images("hub"));
            let line = program.crawl("hub");
            assert_eq!(line["outcome"], "complete", "{line:#}");
            assert_eq!((&line["new"], &line["gone"]), (&0.into(), &0.into()));
        });
        println!("{arguments:?}: {done:?} of 10 were done when they were killed");
    }
}
