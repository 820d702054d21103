//! The form of a registry, filled in by keys.

use supercargo::simulator::{Content, Shape, Simulator};

use super::{guarded, open_with};
use crate::support::program::{Program, fed, files_below};
use crate::support::pty::Terminal;

const RIGHT: &str = "\u{1b}[C";

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

async fn a_registry_is_added_in_the_form_checked_and_crawled(columns: u16, rows: u16) {
    let content = Content::generate(70, &Shape::plain(3, 3));
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    tokio::task::block_in_place(|| {
        let mut terminal = open_with(
            &program,
            columns,
            rows,
            &[("HUB_PASSWORD", "hunter2-and-more")],
        );
        terminal.wait_for("No registry yet");
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
        // To the next section, and past the way to sign in to the user name.
        terminal.keys("\u{e}");
        terminal.wait_for("User name");
        terminal.keys("\t");
        fill(&mut terminal, "purser");
        // Past the password, which comes from elsewhere.
        terminal.keys("\t\t");
        // Where the password is: on through the ways until the one that is wanted.
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

journey!(async a_registry_is_added_in_the_form_checked_and_crawled);

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
    terminal.wait_for("No registry yet");
    terminal.keys("a");
    terminal.wait_for("Address");
    fill(&mut terminal, "hub");
    terminal.keys("\t");
    fill(&mut terminal, "http://127.0.0.1:9");
    // The next section: sign-in, user name, password, where it is kept.
    terminal.keys("\u{e}\t");
    fill(&mut terminal, "purser");
    terminal.keys("\t\t");
    // Tried when the field is reached, named there, and not offered.
    terminal.wait_for("not working here");
    terminal.keys(RIGHT);
    terminal.wait_for("no password");
    terminal.keys(RIGHT);
    terminal.wait_for("encrypted");
    terminal.wait_for("works here; keeps it until");
    terminal.keys(RIGHT);
    terminal.wait_for("in memory");
    terminal.keys("\u{1b}[Z");
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
async fn the_passphrase_of_the_encrypted_file_is_asked_for_on_the_screen(columns: u16, rows: u16) {
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
    let mut command = program.command(&add);
    let ran = fed(
        command.env("SUPERCARGO_PASSPHRASE", "open sesame"),
        "hunter2-and-more",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    tokio::task::block_in_place(|| {
        let mut terminal = open_with(&program, columns, rows, &[]);
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

journey!(async the_passphrase_of_the_encrypted_file_is_asked_for_on_the_screen);
