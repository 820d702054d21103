//! The form of a registry, filled in by keys.

use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, Shape, Simulator};

use super::open_with;
use crate::support::program::{Program, files_below};
use crate::support::pty::Terminal;

const RIGHT: &str = "\u{1b}[C";

fn guarded() -> Behaviour {
    Behaviour {
        auth: Auth::Basic(Credentials::new("purser", Secret::new("hunter2-and-more"))),
        ..Behaviour::default()
    }
}

/// Where the password is kept, as the form says it.
fn way(screen: &str) -> String {
    let row = screen.lines().find(|line| line.contains("Password kept"));
    row.unwrap_or_default().to_owned()
}

/// Clears a field of the form and types into it.
fn fill(terminal: &mut Terminal, text: &str) {
    terminal.keys("\u{15}");
    terminal.keys(text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_is_added_in_the_form_checked_and_crawled() {
    let content = Content::generate(70, &Shape::plain(3, 3));
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    tokio::task::block_in_place(|| {
        let mut terminal = open_with(&program, 100, 40, &[("HUB_PASSWORD", "hunter2-and-more")]);
        terminal.wait_for("supercargo registry add");
        terminal.keys("a");
        terminal.wait_for("Address");
        fill(&mut terminal, "hub");
        terminal.keys("\t");
        // Without its scheme first: the form says what would be right.
        fill(
            &mut terminal,
            simulator.address().trim_start_matches("http://"),
        );
        terminal.keys("\u{13}");
        terminal.wait_for("has no scheme");
        fill(&mut terminal, &simulator.address());
        terminal.wait_gone("has no scheme");
        let screen = terminal.wait_for("User name");
        // Down to the user name, then to the variable that holds the password.
        let below = |screen: &str, from: &str, to: &str| {
            let row = |label: &str| {
                screen
                    .lines()
                    .position(|line| line.contains(label))
                    .unwrap()
            };
            row(to) - row(from)
        };
        for _ in 0..below(&screen, "Address", "User name") {
            terminal.keys("\t");
        }
        fill(&mut terminal, "purser");
        // Where the password is: on through the ways until the one that is wanted.
        terminal.keys("\t");
        // The stores among them depend on who runs the tests.
        let mut screen = terminal.wait_for("wherever one is found");
        while !screen.contains("environment variable") {
            let before = way(&screen);
            terminal.keys(RIGHT);
            screen = terminal.wait_until("another way", |screen| way(screen) != before);
        }
        terminal.keys("\t");
        fill(&mut terminal, "HUB_PASSWORD");
        terminal.keys("\u{14}");
        terminal.wait_until("a check that went well", |screen| {
            screen.contains("manifest")
                && screen.contains("catalogue")
                && !screen.contains("failed")
        });
        assert!(
            program.done(&["registry", "list"]).stdout.is_empty(),
            "nothing is saved yet"
        );
        terminal.keys("\u{13}");
        terminal.wait_gone("User name");
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_for("9 images");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        terminal.assert_restored();
    });
    assert_eq!(program.images("hub").len(), 9);
    is_nowhere_below(&program, "hunter2");
}

/// Asserts that no file of the state holds `secret`.
fn is_nowhere_below(program: &Program, secret: &str) {
    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "the password is in {}", file.display());
    }
}

/// At the smallest size, where there is the least room for advice.
#[test]
#[cfg(target_os = "linux")]
fn without_a_secret_store_the_form_offers_the_other_ways() {
    let program = Program::new();
    // Where nobody listens: the store of who runs the tests is none of our business.
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")];
    let mut terminal = open_with(&program, 60, 16, &nowhere);
    terminal.wait_for("supercargo registry add");
    terminal.keys("a");
    terminal.wait_for("Address");
    fill(&mut terminal, "hub");
    terminal.keys("\t");
    fill(&mut terminal, "http://127.0.0.1:9");
    // Type, active, sign-in, user name.
    terminal.keys("\t\t\t\t");
    fill(&mut terminal, "purser");
    terminal.keys("\t");
    // Tried when the field is reached, named there, and not offered.
    terminal.wait_for("not working here");
    terminal.keys(RIGHT);
    terminal.wait_for("no password");
    terminal.keys(RIGHT);
    terminal.wait_for("encrypted");
    terminal.wait_for("works here; keeps it until");
    terminal.keys(RIGHT);
    terminal.wait_for("in memory");
    terminal.keys("\t");
    terminal.keys("open-sesame-17");
    terminal.wait_for(&"•".repeat(14));
    terminal.keys("\u{13}");
    terminal.wait_gone("User name");
    terminal.wait_for("not crawled");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    let said = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!said.contains("sesame"), "shown in the terminal");
    is_nowhere_below(&program, "sesame");
}

/// A password kept in the encrypted file: its passphrase is chosen once, asked for once in
/// the next run, and a crawl waits for it without holding up the screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_passphrase_of_the_encrypted_file_is_asked_for_on_the_screen() {
    let content = Content::generate(72, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    let add = [
        "registry",
        "add",
        "hub",
        &address,
        "--username",
        "purser",
        "--password-stdin",
        "--password-store",
        "file",
    ];
    let secret = program.home().join("password");
    std::fs::write(&secret, "hunter2-and-more").unwrap();
    let mut command = program.command(&add);
    let ran = command
        .env("SUPERCARGO_PASSPHRASE", "open sesame")
        .stdin(std::fs::File::open(&secret).unwrap())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    std::fs::remove_file(&secret).unwrap();
    tokio::task::block_in_place(|| {
        let mut terminal = open_with(&program, 80, 24, &[]);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_for("Passphrase");
        // A wrong one is told, and asked for anew the next time.
        terminal.keys("sesame");
        terminal.wait_for("••••••");
        terminal.keys("\r");
        terminal.wait_for("does not open");
        terminal.keys("c");
        terminal.wait_for("Passphrase");
        terminal.keys("open sesame\r");
        terminal.wait_for("2 repos");
        // Known for the rest of the run.
        terminal.keys("t");
        terminal.wait_for("everything that was checked works");
        terminal.keys("\u{1b}");
        terminal.wait_gone("everything that was checked");
        terminal.keys("q");
        assert!(terminal.wait_end().success());
        let drawn = terminal.bytes();
        assert!(!drawn.windows(6).any(|part| part == b"sesame"));
    });
}

/// Where no place has a password, whoever sits at the terminal of a headless command is
/// asked, once, without echo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headless_crawl_asks_whoever_is_at_the_terminal() {
    let content = Content::generate(73, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    program.done(&["registry", "add", "hub", &address, "--username", "purser"]);
    let state = program.state();
    let crawl = ["--state", state.to_str().unwrap(), "crawl", "hub"];
    tokio::task::block_in_place(|| {
        let mut terminal = Terminal::start(super::command(program.home(), &crawl), 80, 24);
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
    let content = Content::generate(74, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    for name in ["one", "two"] {
        program.done(&["registry", "add", name, &address, "--username", name]);
    }
    let state = program.state().display().to_string();
    for command in [&["crawl", "--all"][..], &["check", "one", "two"]] {
        let words = [&["--state", state.as_str()][..], command].concat();
        tokio::task::block_in_place(|| {
            let mut terminal = Terminal::start(super::command(program.home(), &words), 80, 24);
            terminal.wait_for("Password of");
            terminal.signal(rustix::process::Signal::TERM);
            assert_eq!(terminal.wait_end().exit_code(), 130, "{command:?}");

            // From the keyboard, and what the shell finds of its terminal afterwards.
            let script = r#"trap : INT; "$0" "$@"; echo "code $?"; stty -a"#;
            let mut shell = super::command(program.home(), &[]);
            shell.get_argv_mut().clear();
            shell
                .get_argv_mut()
                .extend(["sh", "-c", script, env!("CARGO_BIN_EXE_supercargo")].map(Into::into));
            shell.args(&words);
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
    let content = || Content::generate(75, &Shape::plain(2, 2));
    let simulators = [
        Simulator::start(content(), guarded()).await.unwrap(),
        Simulator::start(content(), guarded()).await.unwrap(),
    ];
    let program = Program::new();
    for (name, simulator) in ["one", "two"].iter().zip(&simulators) {
        let address = simulator.address();
        let user = ["--username", "purser"];
        program.done(&[&["registry", "add", name, &address][..], &user].concat());
    }
    let state = program.state().display().to_string();
    let words = ["--state", state.as_str(), "check", "one", "two"];
    tokio::task::block_in_place(|| {
        let mut terminal = Terminal::start(super::command(program.home(), &words), 100, 50);
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
