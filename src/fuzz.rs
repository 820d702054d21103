//! The fuzz targets of `tests/fuzz` as ordinary tests, with their seeds, with whatever a
//! run of `tests/fuzz/run` has found, and with seeds that were changed at random. That is
//! quick, and no substitute for libFuzzer's coverage: `tests/fuzz/run` is for that.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

/// Stands for libFuzzer's: the target as a function.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: &[u8]| $body:expr) => {
        pub(super) fn run($input: &[u8]) {
            $body;
        }
    };
    (|$input:ident: &str| $body:expr) => {
        pub(super) fn run(input: &[u8]) {
            // As libFuzzer does with what is no text.
            if let Ok($input) = std::str::from_utf8(input) {
                $body;
            }
        }
    };
}

/// The targets, each from the file that libFuzzer runs.
macro_rules! targets {
    ($($name:ident $path:literal)*) => {
        // `no_main` is for the program that libFuzzer makes of the file.
        $(#[allow(unused_attributes)] #[path = $path] mod $name;)*

        const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name::run)),*];
    };
}

targets! {
    challenge "../tests/fuzz/targets/challenge.rs"
    docker_config "../tests/fuzz/targets/docker_config.rs"
    link "../tests/fuzz/targets/link.rs"
    no_proxy "../tests/fuzz/targets/no_proxy.rs"
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz")
        .join(name)
}

/// What the files of a folder hold, in the order of their names; nothing where it is not.
fn inputs(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// The seeds of each target.
static SEEDS: LazyLock<Vec<Vec<Vec<u8>>>> = LazyLock::new(|| {
    let read = |(name, _): &(&str, _)| {
        let seeds = inputs(&folder("seeds").join(name));
        assert!(!seeds.is_empty(), "`{name}` has no seeds");
        seeds
    };
    TARGETS.iter().map(read).collect()
});

#[test]
fn every_target_stands_its_seeds_and_what_was_found() {
    for ((name, run), seeds) in TARGETS.iter().zip(&*SEEDS) {
        let found = inputs(&folder("corpus").join(name));
        for input in seeds.iter().chain(&found) {
            run(input);
        }
    }
}

/// Nothing is fuzzed that is not run here, and the other way round.
#[test]
fn the_targets_are_those_of_the_fuzz_package() {
    let entries = std::fs::read_dir(folder("targets")).unwrap();
    let mut files: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let ours: Vec<String> = TARGETS
        .iter()
        .map(|(name, _)| format!("{name}.rs"))
        .collect();
    assert_eq!(files, ours);
    let package = std::fs::read_to_string(folder("Cargo.toml")).unwrap();
    let script = std::fs::read_to_string(folder("run")).unwrap();
    let listed = script.split_once("|| targets=(").unwrap().1;
    let listed = listed.split_once(')').unwrap().0;
    let mut listed: Vec<&str> = listed.split_whitespace().collect();
    listed.sort_unstable();
    for (name, _) in TARGETS {
        let path = format!("path = \"targets/{name}.rs\"");
        assert!(package.contains(&path), "{path}");
    }
    assert_eq!(
        listed,
        TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
}

/// One change to an input, as fuzzers make them.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Cut(Index, Index),
    Repeat(Index, Index),
    /// Goes on as another seed does.
    Cross(Index, Index, Index),
}

/// A byte, of those that mean something to the readers more often than not.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        prop::sample::select(&b"\"\\ ,;=<>/:*.[]{}%\t\n\0\x7f\x80\xff09aZ"[..]),
        any::<u8>(),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    prop_oneof![
        (place(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (place(), prop::collection::vec(byte(), 1..4))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (place(), place()).prop_map(|(from, to)| Change::Cut(from, to)),
        (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
        (place(), place(), place()).prop_map(|(at, seed, from)| Change::Cross(at, seed, from)),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        // One more than there are: behind the last byte is a place too.
        let at = |place: &Index, input: &[u8]| place.index(input.len() + 1);
        let range = |one: &Index, other: &Index, input: &[u8]| {
            let (one, other) = (at(one, input), at(other, input));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Set(place, byte) => {
                let place = at(place, input);
                match input.get_mut(place) {
                    Some(there) => *there = *byte,
                    None => input.push(*byte),
                }
            }
            Self::Insert(place, bytes) => {
                let place = at(place, input);
                input.splice(place..place, bytes.iter().copied());
            }
            Self::Cut(from, to) => {
                input.drain(range(from, to, input));
            }
            Self::Repeat(from, to) => {
                let range = range(from, to, input);
                let (end, part) = (range.end, input[range].to_vec());
                input.splice(end..end, part);
            }
            Self::Cross(place, seed, from) => {
                let other = seed.get(seeds);
                input.truncate(at(place, input));
                input.extend_from_slice(&other[at(from, other)..]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn every_target_stands_what_becomes_of_its_seeds(
        seed in any::<Index>(),
        changes in prop::collection::vec(change(), 1..8),
    ) {
        for ((_, run), seeds) in TARGETS.iter().zip(&*SEEDS) {
            let mut input = seed.get(seeds).clone();
            for change in &changes {
                change.apply(&mut input, seeds);
                run(&input);
            }
        }
    }
}
