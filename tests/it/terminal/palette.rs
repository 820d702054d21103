//! Habits of k9s in the palette: what is called a context there is a registry here.

use super::{ENTER, ESCAPE, open};
use crate::support::program::Program;

/// Registries that are never asked for anything.
fn program() -> Program {
    let program = Program::new();
    for name in ["hub", "lab", "mirror"] {
        program.done(&["registry", "add", name, "http://127.0.0.1:1"]);
    }
    program
}

/// Whether the cursor is on the row of this registry.
fn is_at(screen: &str, name: &str) -> bool {
    let mut lines = screen.lines();
    lines.any(|line| line.trim_start().starts_with('›') && line.contains(name))
}

fn contexts_are_the_registries(columns: u16, rows: u16) {
    let program = program();
    let mut terminal = open(&program, columns, rows);
    terminal.wait_for("mirror");
    // What it is here is said before it is chosen, and again behind it.
    terminal.keys(":ctx");
    terminal.wait_for("registries are the contexts here");
    terminal.keys(ENTER);
    terminal.wait_for("registries are on page 1; `:reg NAME` goes to one");
    // From another page to one of them, by the beginning of its name.
    terminal.keys("5");
    terminal.wait_for("Nothing is decided");
    terminal.keys(":ctx mir");
    terminal.wait_for("ctx mir");
    terminal.keys(ENTER);
    terminal.wait_until("the registry", |screen| {
        !screen.contains("Nothing is decided") && is_at(screen, "mirror")
    });
    // A name that nobody has, with the nearest; and letters that would act elsewhere.
    terminal.keys(":ctx lap");
    terminal.wait_for("ctx lap");
    terminal.keys(ENTER);
    terminal.wait_for("there is no registry `lap`; the nearest is `lab`");
    terminal.keys(":ctxq");
    terminal.wait_for("there is no command `ctxq`; the nearest is `ctx`");
    terminal.keys(ESCAPE);
    terminal.wait_gone("there is no command");
    terminal.keys(":q");
    terminal.wait_for("quit; asks while a crawl runs");
    terminal.keys(ENTER);
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
}

journey!(contexts_are_the_registries);
