//! No key without an answer: whatever is pressed, the screen changes, something is begun, or
//! the line at the bottom says why not.

use super::*;
use crate::config::keys::{Command, Context, KeyPress, Meaning};

/// Where keys are pressed: by the keys that lead there.
const PLACES: [&str; 26] = [
    "",
    "l",
    "ll",
    "lll<enter>",
    "ll<enter>]",
    "2",
    "2team<enter>",
    "3",
    "4",
    "4<enter>",
    "5",
    "/",
    "l/team",
    "a",
    "e",
    "<c-x>",
    "f",
    "t",
    "?",
    ":",
    "U",
    "@",
    "G<enter>",
    "GGl",
    "Gt",
    "ll*-5",
];

/// Steps of a cursor: at the end of a list they lead nowhere, as everybody expects.
fn is_step(command: Command) -> bool {
    crate::app::list::Step::of(command).is_some()
}

/// Whether the key got an answer.
fn answered(bench: &mut Bench, press: KeyPress) -> bool {
    let contexts = bench.app.state.contexts();
    let meaning = bench.app.state.world.keys.meaning(contexts, &[press]);
    // The same may be said again.
    bench.app.state.world.notice = None;
    let before = crate::ui::cells(&bench.app.state);
    let effects = bench.send(Event::Key(press));
    if !effects.is_empty() || !bench.app.state.pending.is_empty() {
        return true;
    }
    let steps = matches!(meaning, Meaning::Command(command) if is_step(command));
    steps || crate::ui::cells(&bench.app.state) != before
}

#[test]
fn no_key_is_without_an_answer() {
    let keys = KeyMap::standard();
    let mut presses: Vec<KeyPress> = Context::ALL
        .iter()
        .flat_map(|context| keys.bindings(*context))
        .flat_map(|binding| binding.keys.iter())
        .filter(|keys| keys.len() == 1)
        .map(|keys| keys[0])
        .collect();
    presses.extend(KeyPress::parse_all("~#&é<f9><c-k>").unwrap());
    presses.sort_unstable();
    presses.dedup();
    let mut silent = Vec::new();
    for place in PLACES {
        let mut there = Bench::loaded(80, 24);
        there.press(place);
        for press in &presses {
            let mut bench = there.clone();
            if bench.app.state.top().is_typed_into() {
                continue;
            }
            if !answered(&mut bench, *press) {
                silent.push(format!("{press} at {place:?}"));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn keys_that_mean_nothing_are_named_whole() {
    let mut bench = Bench::loaded(80, 24);
    for keys in ["~", "g~"] {
        bench.press(keys);
        let said = bench.app.state.world.notice.clone().unwrap().text;
        let key = bench.app.state.world.key_of(Command::Help);
        assert_eq!(
            said,
            format!("{keys} means nothing here; {key} lists the keys")
        );
    }
}
