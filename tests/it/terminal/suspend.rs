//! The screen drawn anew: on request, and after the terminal was the shell's for a while.
//! This terminal answers no questions, as one behind a slow line.

use rustix::process::Signal;

use super::{ESCAPE, open};
use crate::support::program::Program;

/// Whether every part of the first screen is there: header, panes, advice, keys.
fn is_whole(screen: &str) -> bool {
    let parts = [
        "supercargo",
        "Registries",
        "No registry yet",
        "registry add NAME",
        "a add",
        "q quit",
    ];
    parts.iter().all(|part| screen.contains(part))
}

fn it_stops_for_the_shell_and_comes_back_whole(columns: u16, rows: u16) {
    let program = Program::new();
    let mut terminal = open(&program, columns, rows);
    terminal.wait_until("whole screen", is_whole);
    terminal.keys("\u{1a}");
    terminal.wait_stopped();
    terminal.wait_given_back();
    terminal.wait_gone("q quit");
    // The shell's window may become another one meanwhile.
    terminal.resize(100, 30);
    terminal.signal(Signal::CONT);
    terminal.wait_until("whole screen of the new size", |screen| {
        is_whole(screen)
            && screen
                .lines()
                .nth(29)
                .is_some_and(|last| last.contains("q quit"))
    });
    // It still takes keys.
    terminal.keys("?");
    terminal.wait_gone("No registry yet");
    terminal.keys(ESCAPE);
    terminal.wait_until("whole screen", is_whole);
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
}

journey!(it_stops_for_the_shell_and_comes_back_whole);

fn it_is_drawn_anew_on_request(columns: u16, rows: u16) {
    let program = Program::new();
    let mut terminal = open(&program, columns, rows);
    terminal.wait_until("whole screen", is_whole);
    // As another program's words over it.
    terminal.scribble("\u{1b}[2J\u{1b}[5;5Hspilled");
    terminal.wait_until("other words", |screen| {
        screen.contains("spilled") && !screen.contains("quit")
    });
    terminal.keys("\u{c}");
    terminal.wait_until("whole screen", |screen| {
        is_whole(screen) && !screen.contains("spilled")
    });
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
}

journey!(it_is_drawn_anew_on_request);
