//! What is remembered of the screen, in the state directory and nowhere else.

use super::{ENTER, open, open_by};
use crate::support::program::Program;

/// A program with a registry that is never asked for anything.
fn program() -> Program {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "http://127.0.0.1:1"]);
    program
}

fn the_page_the_order_and_the_theme_come_back(columns: u16, rows: u16) {
    let program = program();
    let mut terminal = open(&program, columns, rows);
    terminal.wait_for("hub");
    terminal.keys(":theme light");
    terminal.keys(ENTER);
    terminal.wait_for("theme light");
    terminal.keys("5");
    terminal.wait_for("Nothing is decided");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    let kept = program.state().join("screen.json");
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains(r#""page": "plan""#), "{text}");
    assert!(text.contains(r#""theme": "light""#), "{text}");

    let mut terminal = open(&program, columns, rows);
    terminal.wait_for("Nothing is decided");
    terminal.keys("q");
    assert!(terminal.wait_end().success());

    // What only looks leaves no trace, and what is damaged is no reason to stop.
    let mut terminal = open_by(&program, columns, rows, &[], &["--read-only"]);
    terminal.wait_for("Nothing is decided");
    terminal.keys("1");
    terminal.wait_gone("Nothing is decided");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), text);
    std::fs::write(&kept, "{").unwrap();
    let mut terminal = open(&program, columns, rows);
    terminal.wait_for("hub");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
}

journey!(the_page_the_order_and_the_theme_come_back);
