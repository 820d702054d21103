//! A record of a session: what it holds, what it does not, and that it happens again.

use supercargo::app::record::replay;
use supercargo::simulator::{Content, Simulator};

use super::{ENTER, guarded, open_by};
use crate::records::shown;
use crate::support::program::Program;

const SECRET: &str = "hunter2-and-more";

async fn a_session_is_recorded_without_secrets_and_happens_again(columns: u16, rows: u16) {
    let content = Content::empty();
    let digest = content.put_image(
        "team/api",
        &supercargo::simulator::ImageSpec::new("linux/amd64", 1),
    );
    content.tag("team/api", "1.0", &digest);
    let simulator = Simulator::start(content, guarded()).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    program.done(&["registry", "add", "hub", &address, "--username", "purser"]);
    tokio::task::block_in_place(|| {
        let file = program.state().parent().unwrap().join("session.ndjson");
        let flags = ["--record", file.to_str().unwrap()];
        let mut terminal = open_by(&program, columns, rows, &[], &flags);
        terminal.wait_for("not crawled");
        terminal.keys("c");
        terminal.wait_for("assword");
        terminal.keys(SECRET);
        terminal.keys(ENTER);
        terminal.wait_for("hub: complete");
        terminal.keys("l");
        terminal.wait_for("team/api");
        terminal.keys("s");
        terminal.keys("api:1");
        let last = terminal.wait_until("the hit", |screen| {
            screen.contains("team/api") && screen.contains("tag")
        });
        terminal.keys("\u{3}");
        assert!(terminal.wait_end().success());

        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(SECRET), "the record has the password");
        let key = |letter: char| format!(r#"{{"Char":"{letter}"}}"#);
        let letters: String = text
            .lines()
            .filter(|line| line.starts_with(r#"{"Key""#))
            .filter_map(|line| line.split_once(r#"{"Char":""#)?.1.chars().next())
            .collect();
        assert_eq!(letters, "cxlsapi:1c", "{}", key('x'));
        let mut screens = Vec::new();
        replay(&text, |app| screens.push(shown(app))).unwrap();
        let words = |screen: &str| {
            screen
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let last = words(&last);
        assert!(
            screens.iter().any(|screen| words(screen) == last),
            "{last:?}\n{}",
            screens.last().unwrap()
        );

        // It is never written over.
        let again = program.run(&["--record", file.to_str().unwrap(), "images"]);
        assert_eq!(again.code, 2, "{}", again.stderr);
        assert!(again.stderr.contains("a command has no screen"));
    });
}

journey!(async a_session_is_recorded_without_secrets_and_happens_again);
