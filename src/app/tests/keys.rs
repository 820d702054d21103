//! Every key of the key map, and what it does: a table a place, of which each line has the
//! place and the command, what the screen was brought to before, and what is other behind
//! the key. A key without a line fails, and so does a line whose command cannot act.

mod outcome;
mod overlays;
mod pages;
mod panes;
mod refused;
mod start;
mod typed;

use std::collections::BTreeSet;

use super::*;
use crate::config::keys::{Context, Meaning};

const TABLES: [&str; 4] = [panes::TABLE, pages::TABLE, overlays::TABLE, typed::TABLE];

/// A line of a table.
struct Line {
    context: Context,
    command: Command,
    /// What the screen was brought to, and the keys that were pressed there.
    before: (&'static str, &'static str),
    outcome: &'static str,
}

fn read(line: &'static str) -> Line {
    let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
    let [what, before, outcome] = cells[..] else {
        panic!("`{line}` has not three cells")
    };
    let (context, command) = what.split_once(' ').unwrap();
    let before = before.split_once(' ').unwrap_or((before, ""));
    Line {
        context: Context::find(context).unwrap_or_else(|| panic!("{context}")),
        command: Command::find(command.trim()).unwrap_or_else(|| panic!("{command}")),
        before,
        outcome,
    }
}

fn lines(tables: &[&'static str]) -> Vec<Line> {
    let lines = tables.iter().flat_map(|table| table.lines());
    lines.filter(|line| !line.is_empty()).map(read).collect()
}

#[test]
fn every_binding_has_a_line_and_every_command_one() {
    let lines = lines(&TABLES);
    let told: BTreeSet<_> = lines
        .iter()
        .map(|line| (line.context, line.command))
        .collect();
    assert_eq!(told.len(), lines.len(), "two lines are about the same");
    let keys = KeyMap::standard();
    let bound = |context: &Context| keys.bindings(*context).map(|it| (it.context, it.command));
    let bound: BTreeSet<_> = Context::ALL.iter().flat_map(bound).collect();
    let untold: Vec<_> = bound.difference(&told).collect();
    assert!(untold.is_empty(), "no line: {untold:?}");
    let unbound: Vec<_> = told.difference(&bound).collect();
    assert!(unbound.is_empty(), "no key: {unbound:?}");
    let commands: BTreeSet<Command> = told.iter().map(|(_, command)| *command).collect();
    assert!(
        Command::ALL
            .iter()
            .all(|command| commands.contains(command))
    );
}

/// What one of the keys of a line does; where that is nothing, why.
fn behind(line: &Line, before: &Bench, keys: &[KeyPress]) -> String {
    let (state, command) = (&before.app.state, line.command);
    let meaning = state.world.keys.meaning(state.contexts(), keys);
    if !state.contexts().contains(&line.context) || meaning != Meaning::Command(command) {
        return format!("{meaning:?} in {:?}", state.contexts());
    }
    if let Some(why) = state.why_not(command) {
        return format!("cannot: {}", why.text);
    }
    let mut bench = before.clone();
    let presses = keys.iter().map(|press| Event::Key(*press));
    let effects: Vec<Effect> = presses.flat_map(|press| bench.send(press)).collect();
    outcome::of(before, &bench, &effects)
}

#[test]
fn every_key_does_what_its_line_says() {
    let keys = KeyMap::standard();
    let mut wrong = Vec::new();
    for line in lines(&TABLES) {
        let mut before = start::of(line.before.0);
        before.press(line.before.1);
        let binding = keys.binding(line.context, line.command).unwrap();
        for keys in &binding.keys {
            let outcome = behind(&line, &before, keys);
            let acts = !outcome.is_empty() && !outcome.starts_with("cannot: ");
            if outcome != line.outcome || !acts {
                let (context, command) = (line.context.as_str(), line.command.as_str());
                let (start, pressed) = line.before;
                let before = format!("{start} {pressed}");
                wrong.push(format!(
                    "{context} {command} | {} | {outcome}",
                    before.trim()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "not so:\n{}", wrong.join("\n"));
}

#[test]
fn a_key_that_can_do_nothing_says_why_and_does_nothing() {
    let keys = KeyMap::standard();
    for line in lines(&[refused::TABLE]) {
        let mut before = start::of(line.before.0);
        before.press(line.before.1);
        before.app.state.world.notice = None;
        let binding = keys.binding(line.context, line.command).unwrap();
        for keys in &binding.keys {
            let mut after = before.clone();
            let presses = keys.iter().map(|press| Event::Key(*press));
            let effects: Vec<Effect> = presses.flat_map(|press| after.send(press)).collect();
            let outcome = outcome::of(&before, &after, &effects);
            assert_eq!(outcome, format!("says {}", line.outcome), "{binding:?}");
        }
    }
}
