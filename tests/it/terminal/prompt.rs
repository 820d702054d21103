//! Headless commands on a terminal, where a password is asked for.

use portable_pty::CommandBuilder;
use supercargo::simulator::{Content, Shape, Simulator};

use super::guarded;
use crate::support::program::Program;
use crate::support::pty::Terminal;

async fn registry() -> Simulator {
    let content = Content::generate(73, &Shape::plain(2, 2));
    Simulator::start(content, guarded()).await.unwrap()
}

/// Adds a registry whose password no place has.
fn add(program: &Program, name: &str, simulator: &Simulator, user: &str) {
    let address = simulator.address();
    program.done(&["registry", "add", name, &address, "--username", user]);
}

/// A command on the state of `program`, for a terminal.
fn command(program: &Program, words: &[&str]) -> CommandBuilder {
    let state = program.state().display().to_string();
    let words = [&["--state", state.as_str()][..], words].concat();
    super::command(program.home(), &words)
}

/// Where no place has a password, whoever sits at the terminal of a headless command is
/// asked, once, without echo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headless_crawl_asks_whoever_is_at_the_terminal() {
    let simulator = registry().await;
    let program = Program::new();
    add(&program, "hub", &simulator, "purser");
    tokio::task::block_in_place(|| {
        let mut terminal = Terminal::start(command(&program, &["crawl", "hub"]), 80, 24);
        terminal.wait_for("Password of purser at hub:");
        terminal.keys("hunter2-and-more\r");
        terminal.wait_for("hub: complete");
        assert!(terminal.wait_end().success());
        let drawn = terminal.bytes();
        assert!(!drawn.windows(7).any(|part| part == b"hunter2"));
    });
}

/// An interrupt at the prompt ends the command, and gives the terminal its echo back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_where_a_password_is_asked_for_ends_the_command() {
    let simulator = registry().await;
    let program = Program::new();
    for name in ["one", "two"] {
        add(&program, name, &simulator, name);
    }
    for words in [&["crawl", "--all"][..], &["check", "one", "two"]] {
        tokio::task::block_in_place(|| {
            let mut terminal = Terminal::start(command(&program, words), 80, 24);
            terminal.wait_for("Password of");
            terminal.signal(rustix::process::Signal::TERM);
            assert_eq!(terminal.wait_end().exit_code(), 130, "{words:?}");

            // From the keyboard, and what the shell finds of its terminal afterwards.
            let script = r#"trap : INT; "$0" "$@"; echo "code $?"; stty -a"#;
            let mut shell = command(&program, words);
            let before = ["sh", "-c", script].map(Into::into);
            shell.get_argv_mut().splice(0..0, before);
            let mut terminal = Terminal::start(shell, 80, 24);
            terminal.wait_for("Password of");
            terminal.keys("\u{3}");
            terminal.wait_for("code 130");
            terminal.wait_until("the echo", |screen| {
                screen.split_whitespace().any(|word| word == "echo")
            });
            terminal.wait_end();
        });
    }
}

/// Of two registries that are checked side by side the first is done while the password of
/// the other is asked for: its report waits until nobody types any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_report_is_written_into_the_line_of_a_prompt() {
    let simulators = [registry().await, registry().await];
    let program = Program::new();
    for (name, simulator) in ["one", "two"].iter().zip(&simulators) {
        add(&program, name, simulator, "purser");
    }
    let words = ["check", "one", "two"];
    tokio::task::block_in_place(|| {
        let mut terminal = Terminal::start(command(&program, &words), 100, 50);
        let screen = terminal.wait_for("Password of purser at");
        let (second, simulator) = if screen.contains("at one:") {
            ("two", &simulators[0])
        } else {
            ("one", &simulators[1])
        };
        terminal.keys("hunter2-and-more\r");
        terminal.wait_for(&format!("Password of purser at {second}:"));
        // The last question of a check: the first report is there, and would stand behind
        // the prompt.
        let is_last = |path: &str| path.contains("/referrers/");
        while !simulator
            .requests()
            .iter()
            .any(|sent| is_last(&sent.path_and_query))
        {
            std::thread::yield_now();
        }
        // Whoever does not wait has the time to write it.
        for _ in 0..50_000 {
            std::thread::yield_now();
        }
        terminal.keys("hunter2-and-more\r");
        let screen = terminal.wait_for("two: ok");
        for name in ["one", "two"] {
            let question = format!("Password of purser at {name}:");
            let is_alone = screen.lines().any(|line| line.trim_end() == question);
            assert!(is_alone, "{screen}");
        }
        assert!(terminal.wait_end().success());
    });
}

/// Who sits at a terminal is asked before a registry goes, is told what goes with it, and
/// everything but a yes leaves it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_goes_after_a_yes() {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    tokio::task::block_in_place(|| {
        for (keys, code) in [("\r", 1), ("n\r", 1), ("\u{3}", 130), ("\u{4}", 1)] {
            let words = ["registry", "remove", "hub"];
            let mut terminal = Terminal::start(command(&program, &words), 100, 24);
            terminal.wait_for("0 repositories, 0 tags, 0 images and the record of 0 crawls");
            terminal.wait_for("Remove hub? [y/N]");
            terminal.keys(keys);
            assert_eq!(terminal.wait_end().exit_code(), code, "{keys:?}");
            assert_eq!(program.done(&["registry", "list"]).lines().len(), 1);
        }
        let words = ["registry", "remove", "hub"];
        let mut terminal = Terminal::start(command(&program, &words), 100, 24);
        terminal.wait_for("Remove hub? [y/N]");
        terminal.keys("yes\r");
        terminal.wait_for("removed hub");
        assert!(terminal.wait_end().success());
    });
    assert!(program.done(&["registry", "list"]).stdout.is_empty());
}
