//! Who may know whom, as the crate's documentation has it, and what each room keeps to
//! itself. Reads the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The rooms each room may use, besides itself.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let rooms = [
        "model",
        "config",
        "secret",
        "http",
        "registry",
        "check",
        "crawl",
        "query",
        "store",
        "export",
        "job",
        "app",
        "ui",
        "run",
        "cli",
        "simulator",
    ];
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let all_but = |other: &str| rooms.into_iter().filter(|room| *room != other).collect();
    BTreeMap::from([
        ("model", set(&[])),
        ("config", set(&["model"])),
        ("secret", set(&["model"])),
        ("http", set(&["model"])),
        ("registry", set(&["http", "model"])),
        ("check", set(&["registry", "http", "secret", "model"])),
        ("crawl", set(&["registry", "http", "model"])),
        ("query", set(&["model"])),
        ("store", set(&["query", "model"])),
        ("export", set(&["query", "model"])),
        (
            "job",
            set(&[
                "secret", "registry", "check", "crawl", "store", "query", "model",
            ]),
        ),
        ("app", set(&["query", "model", "config"])),
        ("ui", set(&["app", "query", "model", "config"])),
        ("run", all_but("cli")),
        ("cli", rooms.into_iter().collect()),
        ("simulator", set(&["model"])),
    ])
}

/// Words that only these places may name.
const KEPT: &[(&str, &[&str])] = &[
    ("redb", &["store/"]),
    ("reqwest", &["http/"]),
    // The table of places calls the kernel's so, in words.
    ("keyring", &["secret/", "model/password.rs"]),
    ("ratatui", &["ui/", "run/", "app/key.rs", "app/field.rs"]),
    ("crossterm", &["ui/", "run/", "app/key.rs", "app/field.rs"]),
    ("tui_input", &["app/field.rs"]),
    ("hyper", &["simulator/", "http/"]),
    (
        "Instant::now",
        &["run/", "cli/", "http/", "crawl/", "check/", "job/"],
    ),
    ("SystemTime::now", &["run/", "cli/", "http/", "crawl/"]),
    ("Timestamp::now", &["run/", "cli/", "http/", "crawl/"]),
    // What a registry sent is shown by the cover of `http` alone.
    (
        "text::quote",
        &[
            "model/", "config/", "http/", "secret/", "store/", "export/", "app/", "run/", "cli/",
        ],
    ),
    (
        "from_utf8_lossy",
        &["http/", "secret/", "simulator/", "run/", "cli/"],
    ),
    // As it came it is read by these parsers, which show nothing.
    (
        "uncovered",
        &[
            "http/",
            "registry/auth.rs",
            "registry/aws/mod.rs",
            "registry/challenge.rs",
            "registry/deletion.rs",
            "registry/entra.rs",
            "registry/error.rs",
            "registry/fetch.rs",
            "registry/lenient.rs",
            "registry/list/link.rs",
            "registry/manifest.rs",
            "registry/ping.rs",
            "registry/product/",
            "registry/quota.rs",
            "registry/realm.rs",
            "registry/token.rs",
        ],
    ),
    // A value of any kind gives its text to everybody.
    (
        "serde_json::Value",
        &["simulator/", "export/", "registry/token.rs", "secret/"],
    ),
    ("println!", &[]),
    ("unbounded_channel", &[]),
];

struct Source {
    /// Below `src`, with `/`.
    path: String,
    /// Without comments and tests.
    lines: Vec<(usize, String)>,
    length: usize,
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests") || path.ends_with("fixture.rs") || path.ends_with("scripted.rs")
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|file| read(&root, file)).collect()
}

fn read(root: &Path, file: &Path) -> Source {
    let text = std::fs::read_to_string(file).unwrap();
    let path = file
        .strip_prefix(root)
        .unwrap()
        .to_str()
        .unwrap()
        .replace('\\', "/");
    // Tests stand at the end of a file.
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect();
    Source {
        path,
        lines,
        length: text.lines().count(),
    }
}

/// The rooms that a line names by `crate::room`.
fn named(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .filter(|(at, _)| !line[..*at].ends_with('$'))
        .map(|(at, word)| {
            let rest = &line[at + word.len()..];
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    let allowed = allowed();
    let mut wrong = String::new();
    let mut checked = 0;
    for source in sources()
        .iter()
        .filter(|source| !is_test_file(&source.path))
    {
        let Some((room, _)) = source.path.split_once('/') else {
            continue;
        };
        let may = allowed
            .get(room)
            .unwrap_or_else(|| panic!("`{room}` is in no rule"));
        for (number, line) in &source.lines {
            for other in named(line) {
                checked += 1;
                let known = allowed.contains_key(other.as_str());
                if known && other != room && !may.contains(other.as_str()) {
                    let _ = writeln!(wrong, "src/{}:{number}: {room} uses {other}", source.path);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(
        checked > 200,
        "only {checked} uses found: does this test still read anything?"
    );
}

#[test]
fn each_library_is_named_in_its_place_only() {
    let mut wrong = String::new();
    for source in sources()
        .iter()
        .filter(|source| !is_test_file(&source.path))
    {
        for (number, line) in &source.lines {
            for (word, places) in KEPT {
                let named = line.match_indices(word).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    let after = line[at + word.len()..].chars().next();
                    let part = |c: Option<char>| {
                        c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '`')
                    };
                    !part(before) && !part(after)
                });
                if named && !places.iter().any(|place| source.path.starts_with(place)) {
                    let _ = writeln!(wrong, "src/{}:{number}: {word}", source.path);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// `cli` opens the interface and uses nothing else of it.
#[test]
fn the_command_line_only_starts_the_interface() {
    let mut wrong = String::new();
    for source in sources()
        .iter()
        .filter(|source| source.path.starts_with("cli/"))
    {
        for (number, line) in &source.lines {
            for (at, _) in line.match_indices("run::") {
                let ours = line[..at]
                    .chars()
                    .next_back()
                    .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
                let rest = &line[at + 5..];
                if ours && !rest.starts_with("tui(") && !rest.starts_with("Options") {
                    let _ = writeln!(wrong, "src/{}:{number}: {}", source.path, line.trim());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_file_grows_without_a_plan() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.length > 800)
        .map(|source| format!("src/{}: {} lines", source.path, source.length))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}
