//! Damage is not emptiness: over an inventory that is not as it was written, every reader
//! says exactly what the sound one says, or that it is damaged; and a repair brings back
//! what holds, with the registries and their settings.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Once;

use supercargo::model::{ListState, RegistryRow, RegistrySpec, RepositoryName, Timestamp};
use supercargo::store::{
    Access, COPY_NAME, FILE_NAME, Integrity, Store, StoreError, pass_over_guarded_panics,
};

use serde_json::Value;

use crate::support::program::Program;
use crate::support::stock;

const PAGE: usize = 4096;

/// SplitMix64: the same damage in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// What was done to the file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Bit(usize, u8),
    Page(usize, u64),
    Cut(usize),
}

impl Damage {
    fn done_to(self, sound: &[u8]) -> Vec<u8> {
        let mut bytes = sound.to_vec();
        match self {
            Self::Bit(at, bit) => bytes[at] ^= 1 << bit,
            Self::Page(at, seed) => {
                let mut random = Random(seed);
                for byte in &mut bytes[at..at + PAGE] {
                    *byte = random.byte();
                }
            }
            Self::Cut(len) => bytes.truncate(len),
        }
        bytes
    }
}

/// Three hundred bits, a hundred pages, fifty lengths and none at all. Half of the bits and
/// pages are in what the file uses, for a good part of it is free.
fn damages(sound: &[u8]) -> Vec<Damage> {
    let mut random = Random(400);
    let used: Vec<usize> = (0..sound.len())
        .step_by(PAGE)
        .filter(|at| sound[*at..*at + PAGE].iter().any(|byte| *byte != 0))
        .collect();
    let page = |random: &mut Random, n: usize| match n % 2 {
        0 => used[random.below(used.len())],
        _ => random.below(sound.len() / PAGE) * PAGE,
    };
    let mut damages = Vec::new();
    for n in 0..300 {
        let at = page(&mut random, n) + random.below(PAGE);
        damages.push(Damage::Bit(at, random.byte() % 8));
    }
    for n in 0..100 {
        let at = page(&mut random, n);
        damages.push(Damage::Page(at, random.next()));
    }
    for n in 0..50 {
        let len = random.below(sound.len());
        damages.push(Damage::Cut(if n % 2 == 0 {
            len
        } else {
            len / PAGE * PAGE
        }));
    }
    damages.push(Damage::Cut(0));
    damages
}

/// Everything that is asked, by what is asked, and what was answered.
type Answers = BTreeMap<String, Result<String, StoreError>>;

fn ask<T: Debug>(answers: &mut Answers, what: String, answer: Result<T, StoreError>) -> Option<T> {
    let told = match &answer {
        Ok(value) => Ok(format!("{value:?}")),
        Err(_) => Err(()),
    };
    match (told, answer) {
        (Ok(told), Ok(value)) => {
            answers.insert(what, Ok(told));
            Some(value)
        }
        (_, Err(error)) => {
            answers.insert(what, Err(error));
            None
        }
        (Err(()), Ok(_)) => unreachable!(),
    }
}

/// Asks by every reader there is. `rows` are the registries of the sound inventory.
fn answers(store: &Store, rows: &[RegistryRow], repositories: &[RepositoryName]) -> Answers {
    let mut all = Answers::new();
    ask(&mut all, "registries".to_owned(), store.registries());
    let first = rows[0].spec.name.as_str();
    ask(
        &mut all,
        format!("{first}: registry"),
        store.registry(first),
    );
    for row in rows {
        let (id, name) = (row.id, row.spec.name.as_str());
        ask(&mut all, format!("{name}: memory"), store.memory(id));
        ask(
            &mut all,
            format!("{name}: repositories"),
            store.repositories(id),
        );
        ask(&mut all, format!("{name}: crawls"), store.crawls(id));
        ask(&mut all, format!("{name}: decisions"), store.decisions(id));
        for crawl in 1..=2 {
            let what = format!("{name}: failures of {crawl}");
            ask(&mut all, what, store.failures(id, crawl));
            let what = format!("{name}: changes of {crawl}");
            ask(&mut all, what, store.changes_of(id, crawl));
        }
        for all_of_them in [false, true] {
            let what = format!("{name}: unread, {all_of_them}");
            ask(&mut all, what, store.unread_count(id, all_of_them));
            let what = format!("{name}: unread indexes, {all_of_them}");
            let unread = store.unread_indexes(id, None, 1000, all_of_them);
            ask(&mut all, what, unread);
        }
        let mut after = None;
        loop {
            let what = format!("{name}: images behind {after:?}");
            let page = store.images_page(id, after.as_ref(), 200);
            match ask(&mut all, what, page) {
                Some((_, Some(next))) => after = Some(next),
                _ => break,
            }
        }
        for start in ["sha256:0", "sha256:7", "sha256:f"] {
            let found = store.repositories_with(id, &start.parse().unwrap());
            ask(&mut all, format!("{name}: {start}"), found);
        }
        for repository in repositories {
            let what = format!("{name}: history of {repository}");
            ask(&mut all, what, store.history(id, repository));
            let what = format!("{name}: images of {repository}");
            ask(&mut all, what, store.images(id, repository));
            for digest in stock::indexes(name, repository).into_iter().take(2) {
                let layers = store.layers(id, repository, &digest);
                ask(&mut all, format!("{name}: layers of {digest}"), layers);
            }
            let known = store.known(id, std::slice::from_ref(repository));
            // A set has no order.
            let known = known.map(|all| {
                let ordered = all.into_iter().map(|known| {
                    let tags: BTreeMap<_, _> = known.tags.into_iter().collect();
                    let mut images: Vec<_> = known.images.into_iter().collect();
                    images.sort();
                    let mut stale: Vec<_> = known.stale.into_iter().collect();
                    stale.sort();
                    (tags, images, stale)
                });
                ordered.collect::<Vec<_>>()
            });
            ask(&mut all, format!("{name}: known of {repository}"), known);
        }
    }
    all
}

/// The sound inventory and what it says.
struct Sound {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
    copy: Vec<u8>,
    rows: Vec<RegistryRow>,
    answers: Answers,
}

impl Sound {
    fn new() -> Self {
        static QUIET: Once = Once::new();
        QUIET.call_once(pass_over_guarded_panics);
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("sound");
        let store = stock::lay_in(&state);
        let rows = store.registries().unwrap();
        let answers = answers(&store, &rows, &stock::repositories());
        assert!(answers.values().all(Result::is_ok));
        Self {
            bytes: std::fs::read(state.join(FILE_NAME)).unwrap(),
            copy: std::fs::read(state.join(COPY_NAME)).unwrap(),
            rows,
            answers,
            folder,
        }
    }

    /// A state with this in place of the inventory.
    fn with(&self, bytes: &[u8]) -> PathBuf {
        let state = self.folder.path().join("damaged");
        let _ = std::fs::remove_dir_all(&state);
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join(FILE_NAME), bytes).unwrap();
        std::fs::write(state.join(COPY_NAME), &self.copy).unwrap();
        state
    }

    fn specs(&self) -> Vec<&RegistrySpec> {
        self.rows.iter().map(|row| &row.spec).collect()
    }

    /// What is told that is neither the sound answer nor that the state is damaged, and how
    /// many answers were given.
    fn lies(
        &self,
        state: &Path,
        access: Access,
        sample: &[RepositoryName],
    ) -> (Vec<String>, usize) {
        let store = match Store::open_existing(state, access) {
            Ok(store) => store,
            Err(error) if error.is_state() => return (Vec::new(), 0),
            Err(error) => return (vec![format!("opened: {error}")], 0),
        };
        let (mut lies, mut given) = (Vec::new(), 0);
        for (what, answer) in answers(&store, &self.rows, sample) {
            match answer {
                Ok(told) => {
                    given += 1;
                    let wanted = self.answers.get(&what);
                    if wanted.and_then(|wanted| wanted.as_ref().ok()) != Some(&told) {
                        lies.push(what);
                    }
                }
                Err(error) if error.is_state() => {}
                Err(error) => lies.push(format!("{what}: {error}")),
            }
        }
        (lies, given)
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

#[test]
fn every_reader_tells_the_truth_or_says_damaged() {
    let sound = Sound::new();
    let all = stock::repositories();
    let mut random = Random(7);
    let mut lies = Vec::new();
    let mut answered = 0;
    for damage in damages(&sound.bytes) {
        let state = sound.with(&damage.done_to(&sound.bytes));
        let sample: Vec<_> = (0..2)
            .map(|_| all[random.below(all.len())].clone())
            .collect();
        let (mut told, mut given) = sound.lies(&state, Access::ReadOnly, &sample);
        if given == 0 {
            // Who may write repairs what was not closed in order, and reads that.
            (told, given) = sound.lies(&state, Access::ReadWrite, &sample);
        }
        lies.extend(told.into_iter().map(|lie| format!("{damage:?}: {lie}")));
        answered += given;
    }
    assert!(
        answered > 10_000,
        "only {answered} answers: is anything read?"
    );
    assert!(lies.is_empty(), "{}: {lies:#?}", lies.len());
}

/// What became of an inventory by a repair.
struct BroughtBack {
    was_damaged: bool,
    is_whole: bool,
    images: u64,
}

/// Repairs, and holds what is there then against the sound inventory and against what the
/// repair says of it. `looks` before and after as well.
fn bring_back(sound: &Sound, damage: Damage, looks: bool) -> BroughtBack {
    let bytes = damage.done_to(&sound.bytes);
    let state = sound.with(&bytes);
    // Who only looks writes nothing, and finds the same.
    let looked = looks.then(|| {
        let looked = Store::checkup(&state).unwrap().unwrap();
        assert!(std::fs::read(state.join(FILE_NAME)).unwrap() == bytes);
        looked
    });
    let done = Store::repair(&state, now()).unwrap().unwrap();
    let found = done.found;
    assert!(looked.is_none_or(|looked| looked == found));
    let was_damaged = matches!(found.integrity, Integrity::Damaged { .. });
    assert_eq!(done.kept_as.is_some(), was_damaged);
    if let Some(kept_as) = done.kept_as {
        assert!(std::fs::read(kept_as).unwrap() == bytes);
    }
    let store = Store::open(&state, Access::ReadWrite).unwrap();
    let rows = store.registries().unwrap();
    let specs: Vec<_> = rows.iter().map(|row| &row.spec).collect();
    assert_eq!(specs, sound.specs());
    let mut is_whole = true;
    for (row, was) in rows.iter().zip(&sound.rows) {
        let mut told = found.registries.iter();
        let told = told.find(|told| told.name == row.spec.name).unwrap();
        let repositories = store.repositories(row.id).unwrap();
        let names: Vec<_> = repositories.iter().map(|row| &row.name).collect();
        assert_eq!(
            (names.len() as u64, row.images),
            (told.repositories, told.images)
        );
        assert!(told.lost_names.iter().all(|lost| !names.contains(&lost)));
        match told.lost {
            Some(0) => assert_eq!((row.images, &row.list), (was.images, &was.list)),

            lost => {
                assert_eq!(row.list, ListState::NotCrawled);
                let missing = was.repositories - row.repositories;
                assert!(
                    lost.is_none_or(|lost| lost == missing),
                    "{lost:?} of {missing}"
                );
            }
        }
        for repository in names.into_iter().step_by(7) {
            let what = format!("{}: images of {repository}", row.spec.name);
            let images = format!("{:?}", store.images(row.id, repository).unwrap());
            // An image to be read again says so.
            let is_same = *sound.answers[&what].as_ref().unwrap() == images;
            assert!(is_same || told.unread > 0, "{what}");
        }
        is_whole &= told.lost == Some(0) && told.unread == 0 && !told.is_history_lost;
    }
    if is_whole && (was_damaged || looks) {
        let answers = answers(&store, &sound.rows, &stock::repositories()[..1]);
        for (what, answer) in answers {
            assert!(
                *sound.answers[&what].as_ref().unwrap() == answer.unwrap(),
                "{what}"
            );
        }
    }
    if was_damaged {
        let again = Store::checkup(&state).unwrap().unwrap();
        assert_eq!(again.integrity, Integrity::Sound);
    }
    BroughtBack {
        was_damaged,
        is_whole,
        images: rows.iter().map(|row| row.images).sum(),
    }
}

#[test]
fn a_repair_brings_back_what_holds_with_every_registry() {
    let sound = Sound::new();
    let all: u64 = sound.rows.iter().map(|row| row.images).sum();
    let (mut damaged, mut whole) = (0, 0);
    let mut images = BTreeMap::<&str, (u64, u64)>::new();
    for (n, damage) in damages(&sound.bytes).into_iter().enumerate() {
        let shown = format!("{damage:?}");
        let tried =
            std::panic::catch_unwind(AssertUnwindSafe(|| bring_back(&sound, damage, n % 8 == 0)));
        let back = tried.unwrap_or_else(|_| panic!("by {shown}"));
        damaged += u32::from(back.was_damaged);
        whole += u32::from(back.was_damaged && back.is_whole);
        let kind = match damage {
            Damage::Bit(..) => "bit",
            Damage::Page(..) => "page",
            Damage::Cut(_) => "cut",
        };
        let of_kind = images.entry(kind).or_default();
        of_kind.0 += back.images;
        of_kind.1 += all;
    }
    println!("{damaged} damaged, {whole} of them brought back whole; images: {images:?}");
    assert!(damaged > 200 && whole > 0);
    // Of a bit or a page little is lost but what lies in it. Where the file ends early, the
    // library finds nothing any more.
    for (kind, share) in [("bit", 99), ("page", 85)] {
        let (back, of) = images[kind];
        assert!(back * 100 >= of * share, "{kind}: {back} of {of} images");
    }
}

/// Where in the file the last page is that holds `text`: the one in use.
fn page_with(bytes: &[u8], text: &str) -> usize {
    let mut pages = (0..bytes.len()).step_by(PAGE).rev();
    let holds = |at: &usize| {
        let page = &bytes[*at..*at + PAGE];
        page.windows(text.len()).any(|part| part == text.as_bytes())
    };
    pages.find(holds).unwrap()
}

/// Inventories of the program that no command can use.
fn hopeless(sound: &[u8]) -> Vec<Vec<u8>> {
    let mut no_mark = sound.to_vec();
    no_mark[3] ^= 1;
    let mut of_no_kind = sound.to_vec();
    // Every page that holds it: which of them is in use is the library's to know.
    let text = b"https://nexus.example:5000";
    for page in of_no_kind.chunks_mut(PAGE) {
        if page.windows(text.len()).any(|part| part == text) {
            page.fill(0xFF);
        }
    }
    vec![Vec::new(), sound[..PAGE].to_vec(), no_mark, of_no_kind]
}

fn assert_told(said: &str, at: &str) {
    assert!(said.contains("inventory.redb"), "{at}: {said}");
    assert!(said.contains("supercargo doctor"), "{at}: {said}");
    for wrong in ["panicked", "backtrace", "defect"] {
        assert!(!said.to_lowercase().contains(wrong), "{at}: {said}");
    }
}

#[test]
fn every_command_names_the_damaged_file_and_doctor() {
    let program = Program::new();
    let store = stock::lay_in(&program.state());
    let file = store.file();
    let sound = std::fs::read(file).unwrap();
    for bytes in hopeless(&sound) {
        for arguments in [
            &["images"][..],
            &["images", "hub", "--format", "csv"],
            &["registry", "list"],
            &["registry", "add", "other", "https://other.example"],
            &["crawl", "hub"],
            &["check", "hub"],
        ] {
            std::fs::write(file, &bytes).unwrap();
            let ran = program.run(arguments);
            assert_eq!(ran.code, 4, "{arguments:?}: {ran:#?}");
            assert_eq!(ran.stdout, "", "{arguments:?}");
            assert_told(&ran.stderr, &arguments.join(" "));
        }
        let ran = program.run(&["doctor"]);
        assert_eq!(ran.code, 4, "{ran:#?}");
        assert!(ran.stdout.contains("is damaged"), "{ran:#?}");
        assert!(ran.stdout.contains("doctor --repair"), "{ran:#?}");
        let ran = program.run(&["doctor", "--repair", "--read-only"]);
        assert_eq!(ran.code, 2, "{ran:#?}");
        assert!(ran.stderr.contains("leave `--read-only` away"), "{ran:#?}");
        assert!(std::fs::read(file).unwrap() == bytes);

        let ran = program.done(&["doctor", "--repair", "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(told["ok"], true, "{told:#}");
        let findings = told["findings"].as_array().unwrap();
        let about = |subject: &str| {
            let found = findings.iter().find(|found| found["subject"] == subject);
            found
                .unwrap_or_else(|| panic!("{subject}: {told:#}"))
                .clone()
        };
        let repaired = about("inventory")["detail"].to_string();
        assert!(repaired.contains("inventory.redb.damaged-"), "{repaired}");
        assert!(
            about("contents")["hint"]
                .as_str()
                .is_none_or(|hint| hint.contains("crawl --all"))
        );
        let list = program
            .done(&["registry", "list", "--format", "ndjson"])
            .lines();
        let names: Vec<_> = list
            .iter()
            .map(|row| row["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["hub", "never", "nexus", "shut"]);
        assert_eq!(list[0]["username"], "ann@hub");
        let sound = program.done(&["doctor"]).stdout;
        assert!(sound.contains("4 registries"), "{sound}");
        assert!(sound.contains("all as it was written"), "{sound}");
    }
}

#[test]
fn doctor_says_what_the_host_offers() {
    let program = Program::new().with("https_proxy", "http://ann:hunter2@jump.example:3128");
    let ran = program.done(&["doctor"]);
    assert!(!program.state().exists(), "who looks makes nothing");
    for subject in [
        "state",
        "inventory",
        "configuration",
        "terminal",
        "secrets",
        "trust",
        "proxy",
        "clock",
    ] {
        let line = |line: &str| line.split_whitespace().nth(1) == Some(subject);
        assert!(ran.stdout.lines().any(line), "{subject}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("jump.example:3128"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("hunter2"), "{}", ran.stdout);
    // Something in trouble that is not the inventory.
    std::fs::create_dir(program.state()).unwrap();
    std::fs::write(program.state().join("config.toml"), "theme = \"neon\"").unwrap();
    let ran = program.run(&["doctor", "--read-only"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stdout.contains("neon"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("not tried under `--read-only`"),
        "{}",
        ran.stdout
    );
}

#[cfg(unix)]
#[test]
fn the_interface_says_so_where_it_shows_the_rest() {
    let program = Program::new();
    let store = stock::lay_in(&program.state());
    let file = store.file();
    let sound = std::fs::read(file).unwrap();
    // The registries can be read, the repositories cannot.
    let mut bytes = sound.clone();
    let at = page_with(&sound, "team-0/service-18");
    bytes[at..at + PAGE].fill(0xFF);
    std::fs::write(file, &bytes).unwrap();
    let mut terminal = crate::terminal::open_verbosely(&program, 120, 30, &[]);
    terminal.wait_for("never");
    terminal.wait_for("supercargo doctor");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    let shown = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!shown.contains("panicked"), "{shown}");
    // And where nothing can be read, it does not open.
    std::fs::write(file, &sound[..PAGE]).unwrap();
    let mut terminal = crate::terminal::open_verbosely(&program, 120, 30, &[]);
    let said = terminal.wait_for("supercargo doctor");
    assert_eq!(terminal.wait_end().exit_code(), 4);
    assert_told(&said.replace('\n', " "), "the interface");
}
