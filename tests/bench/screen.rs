//! How the interface feels with a large inventory: time to the first frame and to a list
//! that obeys, resident memory, and time from a key to its frame, at rest and while a crawl
//! of a real registry runs; beside what the same terminal takes for the echo of a program that
//! does nothing. The registry is Debian's `docker-registry`, a process of its own, as it is
//! anywhere. Prints; asserts nothing.
//!
//! `cargo bench --bench screen [IMAGES]`

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "a benchmark talks to a person, stops where something is wrong, and needs a part \
              of what the tests share only"
)]

mod million;
#[path = "../it/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use supercargo::model::{Digest, RegistryName, RegistrySpec};
use supercargo::simulator::{Content, Shape};
use supercargo::store::{Access, Store};
use support::distribution::{self, Distribution};
use support::pty::Terminal;

const KEYS: usize = 200;
/// Between a frame and the next key: somebody types fast.
const BETWEEN: Duration = Duration::from_millis(60);
/// What the real registry has: a crawl of it lasts longer than the keys.
const REPOSITORIES: usize = 200;
const TAGS: usize = 250;

/// Writes content where a registry keeps it (Distribution, "Filesystem storage driver"):
/// pushing as much takes half an hour.
fn stock(registry: &Distribution, content: &Content) {
    let repositories = registry.folder_of("");
    let blobs = repositories.parent().unwrap().join("blobs");
    let parts = |digest: &Digest| {
        let text = digest.to_string();
        let (algorithm, hex) = text.split_once(':').unwrap();
        (algorithm.to_owned(), hex.to_owned())
    };
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let blob = |digest: &Digest, bytes: &[u8]| {
        let (algorithm, hex) = parts(digest);
        let path = blobs.join(algorithm).join(&hex[..2]).join(&hex);
        write(&path.join("data"), bytes);
    };
    let link = |folder: &Path, digest: &Digest| {
        let (algorithm, hex) = parts(digest);
        let path = folder.join(algorithm).join(hex).join("link");
        write(&path, digest.to_string().as_bytes());
    };
    for shelf in content.shelves() {
        let own = registry.folder_of(&shelf.repository);
        let manifests = own.join("_manifests");
        for (digest, bytes) in &shelf.blobs {
            blob(digest, bytes);
            link(&own.join("_layers"), digest);
        }
        for (digest, _, bytes) in &shelf.manifests {
            blob(digest, bytes);
            link(&manifests.join("revisions"), digest);
        }
        for (tag, digest) in &shelf.tags {
            let path = manifests.join("tags").join(tag).join("current/link");
            write(&path, digest.to_string().as_bytes());
        }
    }
}

fn program(state: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_supercargo"));
    command.env_clear();
    command.env("HOME", state);
    command.env("LANG", "C.UTF-8");
    command.args(["--state".as_ref(), state.as_os_str()]);
    command.cwd(state);
    command
}

/// Where the cursors of the panes are.
fn cursors(screen: &str) -> Vec<(usize, usize)> {
    let lines = screen.lines().enumerate();
    let found = lines.flat_map(|(y, line)| {
        let marks = line.char_indices().filter(|(_, c)| *c == '›');
        marks.map(move |(x, _)| (y, x)).collect::<Vec<_>>()
    });
    found.collect()
}

/// Types keys down and up again, each after the frame of the one before.
fn keys(terminal: &mut Terminal) -> Vec<Duration> {
    let mut took = Vec::new();
    for n in 0..KEYS {
        let before = cursors(&terminal.wait_until("a screen", |_| true));
        let began = Instant::now();
        terminal.keys(if n % 20 < 10 { "j" } else { "k" });
        terminal.wait_until("a moved cursor", |screen| cursors(screen) != before);
        took.push(began.elapsed());
        std::thread::sleep(BETWEEN);
    }
    took
}

/// Types a text into the search, key by key, each when all hits of the one before are there.
/// Returns how long it was from each key to its first hits, and to all that are kept.
fn search(terminal: &mut Terminal, text: &str) -> (Vec<Duration>, Vec<Duration>) {
    let line = |screen: &str| screen.lines().nth(1).unwrap_or_default().to_owned();
    let (mut first, mut all) = (Vec::new(), Vec::new());
    for end in 1..=text.len() {
        let typed = format!("› {} ", &text[..end]);
        let began = Instant::now();
        terminal.keys(&text[end - 1..end]);
        terminal.wait_until("its first hits", |screen| {
            line(screen).contains(&typed) && !line(screen).contains("searching")
        });
        first.push(began.elapsed());
        terminal.wait_until("all its hits", |screen| !line(screen).contains('…'));
        all.push(began.elapsed());
        std::thread::sleep(BETWEEN);
    }
    terminal.keys("\u{15}");
    terminal.wait_until("an empty line", |screen| !line(screen).contains(text));
    (first, all)
}

/// The same for a program that gives back what it is given.
fn echo() -> Vec<Duration> {
    let mut terminal = Terminal::start(CommandBuilder::new("cat"), 160, 45);
    let mut took = Vec::new();
    for n in 0..KEYS {
        let before = terminal.wait_until("a screen", |_| true);
        let began = Instant::now();
        terminal.keys(if n % 100 == 99 { "\n" } else { "x" });
        terminal.wait_until("an echo", |screen| screen != before || n % 100 == 99);
        took.push(began.elapsed());
    }
    took
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{what:<42} {:>9.2?} median  {:>9.2?} p99", at(50), at(99));
}

#[cfg(target_os = "linux")]
fn resident(terminal: &Terminal) -> String {
    let path = format!("/proc/{}/status", terminal.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.unwrap()
        .split_whitespace()
        .skip(1)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(not(target_os = "linux"))]
fn resident(_: &Terminal) -> String {
    "not known here".to_owned()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let images = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let Some(registry) = Distribution::start(distribution::Access::Open).await else {
        return;
    };
    let began = Instant::now();
    stock(
        &registry,
        &Content::generate(1, &Shape::plain(REPOSITORIES, TAGS)),
    );
    let took = began.elapsed();
    println!(
        "{} images written for a registry in {took:.1?}",
        REPOSITORIES * TAGS
    );
    {
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        for (name, address) in [
            ("bench", "https://bench.example".to_owned()),
            ("live", registry.address.clone()),
        ] {
            let name: RegistryName = name.parse().unwrap();
            let spec = RegistrySpec::new(name.clone(), address.parse().unwrap());
            store.add_registry(&spec).unwrap();
            if name.as_str() == "bench" {
                let took = million::fill(&store, &name, images);
                println!("{images} images written in {took:.1?}");
            }
        }
    }
    tokio::task::block_in_place(|| measure(folder.path()));
}

fn measure(state: &Path) {
    print("echo of a program that does nothing", echo());
    let began = Instant::now();
    let mut terminal = Terminal::start(program(state), 160, 45);
    terminal.wait_for("supercargo");
    println!("{:<42} {:>9.2?}", "first frame", began.elapsed());
    terminal.wait_for("/service-");
    println!(
        "{:<42} {:>9.2?}",
        "repositories on the screen",
        began.elapsed()
    );
    terminal.keys("\t");
    let before = cursors(&terminal.wait_until("a screen", |_| true));
    terminal.keys("j");
    terminal.wait_until("a moved cursor", |screen| cursors(screen) != before);
    println!("{:<42} {:>9.2?}", "list obeys", began.elapsed());
    print("key to frame, at rest", keys(&mut terminal));
    println!("{:<42} {:>9}", "resident memory", resident(&terminal));
    terminal.keys("s");
    terminal.wait_for("2 Search");
    for text in ["service-0000400", "1.7.9", ".999999", "zzz", "sha256:4bf5"] {
        let (first, all) = search(&mut terminal, text);
        print(&format!("search `{text}`: first hits of a key [50]"), first);
        print(&format!("search `{text}`: all that are kept [300]"), all);
    }
    println!("{:<42} {:>9}", "resident memory", resident(&terminal));
    // Back to where it was: in the list of repositories.
    terminal.keys("\u{f}");
    terminal.wait_until("the repositories", |screen| {
        screen.contains("/service-") && !screen.contains("WHERE ELSE")
    });
    everything(&mut terminal);
    // To the other registry, crawl it, and back.
    terminal.keys("\u{1b}[Zj");
    terminal.wait_gone("/service-");
    terminal.keys("c");
    terminal.wait_for(&format!("/{REPOSITORIES} "));
    terminal.keys("k\t");
    terminal.wait_for("/service-");
    print("key to frame, while a crawl runs", keys(&mut terminal));
    let screen = terminal.wait_until("a screen", |_| true);
    // The header tells it behind the numbers of registries and images.
    let header = screen.lines().next().unwrap_or_default();
    println!(
        "{:<42} {}",
        "the crawl at the end of that",
        header.rsplit('·').next().unwrap_or_default().trim()
    );
    print("echo of a program that does nothing, as well", echo());
    println!("{:<42} {:>9}", "resident memory", resident(&terminal));
}

/// How long it takes until the first images of everything are there.
fn everything(terminal: &mut Terminal) {
    // To the images, and wider: all around, of the registry, of everything.
    terminal.keys("\tww");
    terminal.wait_until("the images of one registry", |screen| {
        screen.contains("of bench, by ") && !screen.contains("loading")
    });
    let began = Instant::now();
    terminal.keys("w");
    terminal.wait_until("the images of everything", |screen| {
        screen.contains("of everything, by ") && !screen.contains("loading")
    });
    println!("{:<42} {:>9.2?}", "images of everything", began.elapsed());
    terminal.keys("WWW\u{1b}[Z");
    terminal.wait_gone("of everything");
}
