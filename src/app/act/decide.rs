//! What is decided about images and tags.

use crate::app::overlay::Line;
use crate::app::triage::{self, Matter};
use crate::app::world::{Notice, Outside};
use crate::config::keys::Command;
use crate::model::Choice;

/// The choice that a command makes.
pub(in crate::app) fn choice(command: Command) -> Option<Choice> {
    Some(match command {
        Command::Keep => Choice::Keep,
        Command::Delete => Choice::Delete,
        Command::LookAgain => Choice::Look,
        _ => return None,
    })
}

/// Why there is nothing to note beside: a note belongs to a decision.
pub(in crate::app) fn cannot_note<'m>(
    mut matters: impl Iterator<Item = &'m Matter>,
) -> Option<Notice> {
    let is_decided = matters.any(|matter| matter.before.is_some());
    (!is_decided).then(|| {
        let mut notice = Notice::plain("a note is kept with a decision, and there is none yet");
        notice.hint = Some("decide first: keep, delete or look again".to_owned());
        notice
    })
}

/// Decides about these, or asks for the note beside what was decided.
pub(in crate::app) fn decide(matters: Vec<Matter>, command: Command, outside: &mut Outside<'_>) {
    match choice(command) {
        Some(choice) => {
            let now = outside.world.clock.now;
            outside.decide(triage::deciding(&matters, choice, now));
        }
        None => outside.open(Line::note(matters)),
    }
}
