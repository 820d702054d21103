//! The mouse, for who wants it: what is asked of the terminal, and what a press does.

use rustix::process::Signal;

use super::open;
use crate::support::program::Program;
use crate::support::pty::Terminal;

const ON: [&str; 2] = ["\u{1b}[?1000h", "\u{1b}[?1006h"];
const OFF: [&str; 2] = ["\u{1b}[?1000l", "\u{1b}[?1006l"];
const WHEEL_DOWN: u8 = 65;

/// A program with a dozen registries that are never asked for anything.
fn program() -> Program {
    let program = Program::new();
    for number in 0..12 {
        let name = format!("hub-{number:02}");
        program.done(&["registry", "add", &name, "http://127.0.0.1:1"]);
    }
    program
}

/// What a terminal sends for a button at a cell, pressed and let go of (xterm's control
/// sequences, "SGR extended coordinates").
fn button(terminal: &mut Terminal, button: u8, column: usize, row: usize) {
    let (column, row) = (column + 1, row + 1);
    terminal.keys(&format!("\u{1b}[<{button};{column};{row}M"));
    if button < 64 {
        terminal.keys(&format!("\u{1b}[<{button};{column};{row}m"));
    }
}

/// Presses what the screen says somewhere.
fn press(terminal: &mut Terminal, text: &str) {
    let screen = terminal.wait_for(text);
    let row = screen.lines().position(|line| line.contains(text)).unwrap();
    let line = screen.lines().nth(row).unwrap();
    let column = line[..line.find(text).unwrap()].chars().count();
    button(terminal, 0, column, row);
}

fn count(terminal: &Terminal, what: &str) -> usize {
    let bytes = terminal.bytes();
    String::from_utf8_lossy(&bytes).matches(what).count()
}

#[test]
fn rows_pages_and_lists_obey_the_mouse_and_the_terminal_gets_it_back() {
    let program = program();
    std::fs::write(program.state().join("config.toml"), "mouse = true\n").unwrap();
    let mut terminal = open(&program, 80, 24);
    terminal.wait_for("hub-00");
    press(&mut terminal, "hub-03");
    terminal.wait_until("selected row", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.starts_with('›') && line.contains("hub-03"))
    });
    button(&mut terminal, WHEEL_DOWN, 20, 10);
    terminal.wait_until("scrolled list", |screen| {
        !screen.contains("hub-00") && screen.contains("hub-11")
    });
    // Its page is opened by its number in the header, and left so.
    press(&mut terminal, "5 ");
    terminal.wait_for("Nothing is decided");
    button(&mut terminal, 0, 13, 0);
    terminal.wait_until("registries", |screen| screen.contains("hub-11"));
    for _ in 0..2 {
        press(&mut terminal, "hub-07");
    }
    terminal.wait_for("Repositories");

    // The shell does not get reports, and they come again after it.
    terminal.keys("\u{1a}");
    terminal.wait_stopped();
    terminal.wait_given_back();
    for (on, off) in ON.into_iter().zip(OFF) {
        assert_eq!((count(&terminal, on), count(&terminal, off)), (1, 1));
    }
    terminal.signal(Signal::CONT);
    terminal.wait_for("Repositories");
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    for (on, off) in ON.into_iter().zip(OFF) {
        assert_eq!((count(&terminal, on), count(&terminal, off)), (2, 2));
    }
    // Over a slow line every motion would cost.
    for motion in ["\u{1b}[?1002h", "\u{1b}[?1003h"] {
        assert_eq!(count(&terminal, motion), 0);
    }
}

#[test]
fn nobody_is_asked_for_a_mouse_who_does_not_want_one() {
    let program = program();
    let mut terminal = open(&program, 80, 24);
    terminal.wait_for("hub-00");
    terminal.keys("?");
    terminal.wait_for("Keys");
    terminal.keys("qq");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    for sequence in ["?1000", "?1002", "?1003", "?1006"] {
        assert_eq!(count(&terminal, sequence), 0, "{sequence}");
    }
}
