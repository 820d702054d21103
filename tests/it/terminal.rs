//! The interface in a real terminal.

#![cfg(unix)]

/// Tests of a journey, at the size of a window on a jump host and at that of a large one. It
/// is a function of columns and rows, or an `async` one.
macro_rules! journey {
    ($journey:ident) => {
        mod $journey {
            #[test]
            fn at_80x24() {
                super::$journey(80, 24);
            }

            #[test]
            fn at_160x45() {
                super::$journey(160, 45);
            }
        }
    };
    (async $journey:ident) => {
        mod $journey {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn at_80x24() {
                super::$journey(80, 24).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn at_160x45() {
                super::$journey(160, 45).await;
            }
        }
    };
}

mod closed;
mod failures;
mod first;
mod form;
mod memory;
mod mouse;
mod moved;
mod palette;
mod past;
mod prompt;
mod record;
mod search;
mod suspend;
mod tapes;
mod triage;
mod viewer;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use crate::support::program::Program;
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";

/// A registry that wants a password.
fn guarded() -> Behaviour {
    Behaviour {
        auth: Auth::Basic(Credentials::new("purser", Secret::new("hunter2-and-more"))),
        ..Behaviour::default()
    }
}

/// A command with nothing of this machine's own settings in its environment.
fn command(home: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_supercargo"));
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home);
    command.env("TMPDIR", home);
    command.env("LANG", "C.UTF-8");
    command.args(arguments);
    command.cwd(home);
    command
}

fn open(program: &Program, columns: u16, rows: u16) -> Terminal {
    open_with(program, columns, rows, &[])
}

fn open_with(program: &Program, columns: u16, rows: u16, environment: &[(&str, &str)]) -> Terminal {
    open_by(program, columns, rows, environment, &[])
}

/// The same, with everything in its log.
pub(crate) fn open_verbosely(
    program: &Program,
    columns: u16,
    rows: u16,
    environment: &[(&str, &str)],
) -> Terminal {
    open_by(program, columns, rows, environment, &["-vv"])
}

fn open_by(
    program: &Program,
    columns: u16,
    rows: u16,
    environment: &[(&str, &str)],
    more: &[&str],
) -> Terminal {
    let state = program.state();
    let state_flag = ["--state", state.to_str().unwrap()];
    let mut command = command(state.parent().unwrap(), &[&state_flag[..], more].concat());
    for (name, value) in environment {
        command.env(name, value);
    }
    Terminal::start(command, columns, rows)
}

/// The journey of the README: four registries, which are crawled without a key, a crawl
/// watched to its end, an image.
fn the_demo_is_looked_at(columns: u16, rows: u16) {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(command(home.path(), &["demo"]), columns, rows);
    let began = Instant::now();
    terminal.wait_until("four registries", |screen| {
        ["customs", "depot", "guild", "outpost"]
            .iter()
            .all(|name| screen.contains(name))
    });
    assert_eq!(demo_states(home.path()), 1, "a throw-away state");

    // The slow one, which fails now and then, from start to end.
    terminal.keys("G");
    terminal.wait_until("progress", |screen| {
        screen.contains("repos") && screen.contains('/')
    });
    terminal.keys("l");
    terminal.wait_until("repositories while the crawl runs", |screen| {
        screen.contains("archive/emptied") && !screen.contains("outpost: partial")
    });
    terminal.keys("h");
    terminal.wait_for("partial");
    terminal.wait_for("outpost: partial");
    let rate = terminal.bytes().len() as f64 / began.elapsed().as_secs_f64();
    println!("{rate:.0} bytes a second to {columns}x{rows} during the demonstration's crawl");
    assert!(rate < 16_384.0, "{rate:.0} bytes a second");
    terminal.wait_until("what else was crawled", |screen| {
        screen.matches(" images ·").count() >= 3 && !screen.contains("not crawled")
    });

    // Its failures.
    terminal.keys("f");
    terminal.wait_for("Failures of outpost");
    // Their order is that in which they happened.
    let rows = ["gacy/reports", "secrets/vault-agent", "legacy/ledger"];
    let screen = terminal.wait_until("every failure", |screen| {
        rows.iter().all(|name| screen.contains(name))
    });
    let row = |name: &str| screen.lines().position(|line| line.contains(name)).unwrap();
    let above = rows
        .iter()
        .filter(|name| row(name) < row("secrets/vault-agent"))
        .count();
    terminal.keys(&"j".repeat(above));
    terminal.wait_until("its cause and what to do", |screen| {
        screen.contains("DENIED") && screen.contains("ask for the right")
    });
    terminal.keys(ESCAPE);
    terminal.wait_gone("DENIED");

    // Into a repository, an image, its detail.
    terminal.keys("l");
    terminal.keys("/base/ng");
    terminal.wait_gone("archive/emptied");
    terminal.keys(ENTER);
    terminal.keys(ENTER);
    terminal.wait_for("linux/");
    terminal.keys(ENTER);
    let screen = terminal.wait_until("the whole image", |screen| {
        screen.contains("‹overview›") && screen.contains("first seen")
    });
    assert!(has_whole_digest(&screen), "{screen}");
    terminal.keys(ESCAPE);
    terminal.wait_gone("‹overview›");

    terminal.keys("?");
    terminal.wait_until("help", |screen| screen.contains("In the images"));
    terminal.keys(ESCAPE);
    terminal.wait_gone("In the images");
    // Letters behind a colon are a name.
    terminal.keys(":ctxq");
    terminal.wait_for("there is no command `ctxq`; the nearest is `ctx`");
    terminal.keys("\u{7f}");
    terminal.wait_for("registries are the contexts here");
    terminal.keys(ENTER);
    terminal.wait_for("`:reg NAME` goes to one");
    terminal.keys(":reg guild");
    terminal.keys(ENTER);
    terminal.wait_gone("Commands");
    terminal.wait_for("guild");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    assert_eq!(
        demo_states(home.path()),
        0,
        "the state is gone with its demonstration"
    );
}

/// Whether a digest stands on one line with all that can be copied.
fn has_whole_digest(screen: &str) -> bool {
    screen.split_whitespace().any(|word| {
        word.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

journey!(the_demo_is_looked_at);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_terminals_are_used_and_smaller_ones_told() {
    let content = Content::generate(76, &Shape::plain(3, 3));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 60, 16);
        terminal.wait_for("9 images");
        terminal.keys(ENTER);
        terminal.wait_for("TAGS");
        terminal.keys(ENTER);
        terminal.wait_for("PLATFORM");
        terminal.keys(ENTER);
        terminal.wait_for("first seen");
        // An open page lives through every size.
        terminal.resize(40, 10);
        terminal.wait_for("60x16");
        terminal.resize(100, 30);
        terminal.wait_gone("60x16");
        terminal.wait_until("the image", |screen| {
            screen.contains("first seen") && has_whole_digest(screen)
        });
        terminal.keys(ESCAPE);
        terminal.wait_gone("first seen");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_crawls_is_seen_within_two_seconds() {
    let content = Content::generate(71, &Shape::plain(5, 4));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("not crawled");
        assert_eq!(program.crawl("hub")["outcome"], "complete");
        let ended = Instant::now();
        terminal.wait_for("20 images");
        let took = ended.elapsed();
        println!("seen {took:?} after the crawl's end");
        // Two seconds are the promise; this machine may be at other work.
        assert!(took < Duration::from_secs(5), "{took:?}");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_due_is_crawled_by_itself() {
    let content = Content::generate(73, &Shape::plain(5, 4));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    let address = simulator.address();
    program.done(&[
        "registry",
        "add",
        "hub",
        &address,
        "--refresh-interval",
        "7d",
    ]);
    program.done(&["registry", "add", "never", &address]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("20 images");
        terminal.wait_for("not crawled");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
    // By the same rule.
    let ran = program.done(&["crawl", "--due", "--format", "json"]);
    assert_eq!(ran.stdout, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headless_commands_work_while_the_interface_crawls() {
    let content = Content::generate(72, &Shape::plain(40, 10));
    let slow = Behaviour {
        latency: Duration::from_millis(150),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), slow).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_until("progress", |screen| screen.contains("/40"));
        let mut partial = 0;
        for _ in 0..200 {
            let seen = program.images("hub").len();
            if seen > 0 && seen < content.expected().len() {
                partial += 1;
            }
            if seen == content.expected().len() || partial > 0 {
                break;
            }
        }
        assert!(partial > 0, "`images` saw nothing while the crawl ran");
        let ran = program.run(&["crawl", "hub"]);
        assert_eq!(ran.code, 4, "{ran:#?}");
        let pid = terminal.pid().as_raw_nonzero().to_string();
        assert!(
            ran.stderr.contains(&format!("by process {pid}")),
            "{ran:#?}"
        );
        // Leaving stops the crawl and keeps what was read; it asks first.
        terminal.keys("q");
        terminal.keys("y");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
    assert!(!program.images("hub").is_empty());
    let line = program.crawl("hub");
    assert_eq!(
        (&line["outcome"], &line["gone"]),
        (&"complete".into(), &0.into())
    );
    assert_eq!(program.images("hub").len(), content.expected().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_of_another_process_is_not_begun_again() {
    let content = Content::generate(77, &Shape::plain(40, 10));
    let slow = Behaviour {
        latency: Duration::from_millis(60),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, slow).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("not crawled");
        let mut other = program.command(&["crawl", "hub"]);
        let mut other = other
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It holds the registry before it asks it anything.
        let deadline = Instant::now() + Duration::from_secs(30);
        while simulator.requests().is_empty() {
            assert!(Instant::now() < deadline, "the other crawl does not begin");
            std::thread::sleep(Duration::from_millis(10));
        }
        terminal.keys("c");
        terminal.wait_for(&format!("by process {}", other.id()));
        other.kill().unwrap();
        other.wait().unwrap();
        terminal.keys("q");
        assert!(terminal.wait_end().success());
    });
}

#[test]
fn signals_and_keys_that_end_it_give_the_terminal_back() {
    for (signal, says) in [
        (
            Some(Signal::TERM),
            "ended by SIGTERM; what was read is kept",
        ),
        (Some(Signal::HUP), "ended by SIGHUP; what was read is kept"),
        (Some(Signal::INT), "ended by SIGINT; what was read is kept"),
        (None, ""),
    ] {
        let program = Program::new();
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("quit");
        match signal {
            Some(signal) => terminal.signal(signal),
            None => terminal.keys("\u{3}"),
        }
        assert!(terminal.wait_end().success(), "{signal:?}");
        terminal.assert_restored();
        let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(!text.contains("rror"), "a first start complains: {text}");
        let after = text.rsplit("\u{1b}[?1049l").next().unwrap();
        assert!(after.contains(says), "{signal:?}: {after:?}");
        assert_eq!(after.contains("ended by"), signal.is_some(), "{after:?}");
        let memory = program.state().join("screen.json");
        assert!(memory.exists(), "{signal:?}: the screen is not remembered");
    }
}

fn demo_states(home: &Path) -> usize {
    let entries = std::fs::read_dir(home).unwrap();
    entries
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with("supercargo-demo-")
        })
        .count()
}

/// The child of the test below: has a terminal with the demonstration in it, and goes.
#[test]
#[ignore = "run by another test, as the owner of a terminal"]
fn a_child_that_goes_with_its_terminal() {
    let home = std::env::var_os("DEMO_HOME").unwrap();
    let terminal = Terminal::start(command(Path::new(&home), &["demo"]), 80, 24);
    terminal.wait_for("outpost");
    // Without a word, as when a window is closed or a line is cut.
    rustix::process::kill_process(rustix::process::getpid(), Signal::KILL).unwrap();
}

#[test]
fn a_terminal_that_goes_away_ends_it_in_order() {
    let home = tempfile::tempdir().unwrap();
    let owner = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "terminal::a_child_that_goes_with_its_terminal",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env("DEMO_HOME", home.path())
        .output()
        .unwrap();
    assert!(owner.status.code().is_none(), "{owner:?}");
    let deadline = Instant::now() + Duration::from_secs(30);
    while demo_states(home.path()) > 0 {
        assert!(
            Instant::now() < deadline,
            "its throw-away state is still there"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The child of the test below: takes the terminal over and breaks.
#[test]
#[ignore = "run by another test, in a terminal"]
fn a_child_that_breaks() {
    let _screen = supercargo::run::Screen::enter(true).unwrap();
    panic!("broken on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "terminal::a_child_that_breaks",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    command.cwd(home.path());
    let mut terminal = Terminal::start(command, 80, 24);
    assert!(!terminal.wait_end().success());
    terminal.assert_restored();
    let bytes = terminal.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let restored = text.find("\u{1b}[?1049l").unwrap();
    let told = text.find("broken on purpose").unwrap();
    assert!(restored < told, "the words went to the alternate screen");
    let reports = text.find("\u{1b}[?1000l").unwrap();
    assert!(reports < told, "the shell would get reports of a mouse");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_drawn_when_nothing_happens() {
    let content = Content::generate(73, &Shape::plain(5, 4));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    tokio::task::block_in_place(|| {
        let terminal = open(&program, 80, 24);
        terminal.wait_for("20 images");
        // Until it has been quiet for a second, then three seconds more.
        let mut before = terminal.bytes().len();
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = terminal.bytes().len();
            if now == before {
                break;
            }
            before = now;
        }
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(terminal.bytes().len(), before, "bytes to an idle terminal");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_is_quiet_on_a_slow_line() {
    let content = Content::generate(74, &Shape::plain(60, 10));
    let slow = Behaviour {
        latency: Duration::from_millis(80),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content, slow).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    tokio::task::block_in_place(|| {
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_until("progress", |screen| screen.contains("/60"));
        let (began, before) = (Instant::now(), terminal.bytes().len());
        terminal.wait_for("600 images");
        let bytes = terminal.bytes().len() - before;
        let rate = bytes as f64 / began.elapsed().as_secs_f64();
        println!("{rate:.0} bytes a second to the terminal during a crawl");
        assert!(rate < 16_384.0, "{rate:.0} bytes a second");
        terminal.keys("q");
        terminal.wait_end();
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_colour_nothing_is_lost() {
    let content = Content::generate(75, &Shape::plain(3, 3));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    tokio::task::block_in_place(|| {
        let state = program.state();
        for way in [Some("--no-color"), None] {
            let mut arguments = vec!["--state", state.to_str().unwrap()];
            arguments.extend(way);
            let mut command = command(state.parent().unwrap(), &arguments);
            if way.is_none() {
                command.env("NO_COLOR", "1");
            }
            let mut terminal = Terminal::start(command, 80, 24);
            terminal.wait_for("9 images");
            terminal.keys("l");
            terminal.wait_for("quit");
            terminal.keys("q");
            assert!(terminal.wait_end().success());
            let codes = renditions(&terminal.bytes());
            let coloured = |code: &u16| matches!(code, 30..=38 | 40..=48 | 90..=107);
            assert_eq!(codes.iter().find(|code| coloured(code)), None, "{way:?}");
            assert!(codes.contains(&7), "the selection is shown by reversing");
        }
        // What is looked for is there where colour is.
        let mut terminal = open(&program, 80, 24);
        terminal.wait_for("9 images");
        terminal.keys("q");
        terminal.wait_end();
        assert!(renditions(&terminal.bytes()).contains(&38));
    });
}

/// The parameters of every `SGR` sequence (ECMA-48, 8.3.117).
fn renditions(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\u{1b}[").skip(1);
    let codes = sequences.filter_map(|sequence| {
        let (codes, _) = sequence.split_once('m')?;
        let plain = codes.bytes().all(|b| b.is_ascii_digit() || b == b';');
        plain.then(|| codes.split(';').filter_map(|code| code.parse().ok()))
    });
    codes.flatten().collect()
}
