//! The two lines at the bottom: what there is to say, and which keys do something here.
//!
//! ```text
//!  sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
//!  enter open  / filter  c crawl  t check  ? help  q quit
//! ```

use ratatui::buffer::Buffer;

use super::paint::{columns, part, pieces};
use super::{Theme, page};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::{Area, Areas};
use crate::config::keys::Command;
use crate::config::theme::Part;

/// Draws both lines.
pub(super) fn draw(state: &State, theme: &Theme, areas: &Areas, buffer: &mut Buffer) {
    hints(state, theme, areas.hints, buffer);
    let line = part(areas.status, 1, areas.status.width.saturating_sub(2));
    let (tone, text, hint) = say(state);
    let hint = hint.map_or_else(String::new, |hint| {
        format!("{}{hint}", theme.signs.separator)
    });
    let said = [
        (theme.tone(tone), text.as_str()),
        (theme.style(Part::Text), &hint),
    ];
    pieces(buffer, line, &said);
}

/// What there is to say: news, else what the selected row is about.
fn say(state: &State) -> (Tone, String, Option<String>) {
    if !state.world.greeting.is_empty() {
        return (Tone::Plain, state.world.greeting.to_owned(), None);
    }
    if let Some(notice) = &state.world.notice {
        return (notice.tone, notice.text.clone(), notice.hint.clone());
    }
    // A page speaks for itself.
    if !state.overlays.is_empty() {
        return (Tone::Plain, String::new(), None);
    }
    let (tone, text) = page::said(state).unwrap_or_default();
    (tone, text, None)
}

/// The keys that do something now, the narrowest context first. Where not all fit, those
/// before help and quit go.
fn hints(state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let mut shown: Vec<(Command, String, String)> = Vec::new();
    for context in state.contexts() {
        for binding in state.world.keys.bindings(*context) {
            let known = shown
                .iter()
                .any(|(command, _, _)| *command == binding.command);
            if let (Some(hint), false) = (&binding.hint, known)
                && state.offers(binding.command)
            {
                shown.push((binding.command, binding.key(), hint.clone()));
            }
        }
    }
    shown.sort_by_key(|(command, _, _)| match command {
        Command::Open => 0,
        Command::Crawl | Command::Cancel | Command::Failures => 1,
        Command::Help => 3,
        Command::Quit => 4,
        _ => 2,
    });
    let width = |(_, key, hint): &(Command, String, String)| columns(key) + columns(hint) + 3;
    let mut total: u16 = shown.iter().map(width).sum();
    while total > area.width {
        let last = shown
            .iter()
            .rposition(|(command, _, _)| !matches!(command, Command::Help | Command::Quit));
        let Some(last) = last else { break };
        total -= width(&shown.remove(last));
    }
    let mut at = part(area, 1, area.width);
    for (_, key, hint) in &shown {
        let said = [
            (theme.style(Part::Key), key.as_str()),
            (theme.style(Part::Text), " "),
            (theme.style(Part::Dim), hint.as_str()),
        ];
        let used = pieces(buffer, at, &said);
        at = part(at, used + 2, at.width);
    }
}
