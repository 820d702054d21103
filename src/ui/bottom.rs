//! The two lines at the bottom: what there is to say, and which keys do something here.
//!
//! ```text
//!  sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
//!  enter open  / filter  c crawl  t check  ? help  q quit
//! ```

use ratatui::buffer::Buffer;

use super::paint::{columns, part, pieces};
use super::{Cursor, Theme};
use crate::app::document::Tone;
use crate::app::field::Field;
use crate::app::layout::{Area, Areas, Focus};
use crate::app::overlay::Overlay;
use crate::app::status;
use crate::app::words::{count, counted, gist, lasted, moment, when_said};
use crate::app::{NO_COMMAND_LINE, State};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::{Outcome, RegistryRow};

/// Columns of what is typed into the line that `:` opens.
const TYPED: u16 = 24;

/// Draws both lines and says where the cursor is, if something is typed here.
pub(super) fn draw(state: &State, theme: &Theme, areas: &Areas, buffer: &mut Buffer) -> Cursor {
    hints(state, theme, areas.hints, buffer);
    let line = part(areas.status, 1, areas.status.width.saturating_sub(2));
    if let Some(field) = &state.command_line {
        return Some(command_line(field, state, theme, line, buffer));
    }
    let (tone, text, hint) = say(state);
    let hint = hint.map_or_else(String::new, |hint| {
        format!("{}{hint}", theme.signs.separator)
    });
    let said = [
        (theme.tone(tone), text.as_str()),
        (theme.style(Part::Text), &hint),
    ];
    pieces(buffer, line, &said);
    None
}

/// What is typed behind the colon, and that it does nothing. Says where the cursor is.
fn command_line(
    field: &Field,
    state: &State,
    theme: &Theme,
    line: Area,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let (typed, column) = field.view(usize::from(TYPED));
    let key = state.keys.key(Command::Help);
    let said = [
        (theme.style(Part::Field), format!(":{typed}")),
        (theme.style(Part::Text), "  ".to_owned()),
        (
            theme.style(Part::Dim),
            format!("{NO_COMMAND_LINE}; {key} shows the keys"),
        ),
    ];
    pieces(
        buffer,
        line,
        &said.each_ref().map(|(style, text)| (*style, text.as_str())),
    );
    (line.x + 1 + u16::try_from(column).unwrap_or(0), line.y)
}

/// What there is to say: news, else what the selected row is about.
fn say(state: &State) -> (Tone, String, Option<String>) {
    if let Some(notice) = &state.notice {
        return (notice.tone, notice.text.clone(), notice.hint.clone());
    }
    // A page speaks for itself.
    if !state.overlays.is_empty() {
        return (Tone::Plain, String::new(), None);
    }
    let (tone, text) = match state.focus {
        Focus::Registries => state.registry().map(|row| of_registry(state, row)),
        Focus::Repositories => of_repository(state),
        Focus::Images => of_image(state),
    }
    .unwrap_or_default();
    (tone, text, None)
}

fn of_registry(state: &State, row: &RegistryRow) -> (Tone, String) {
    if let Some(progress) = state.progress.get(&row.id) {
        let width = usize::from(state.size.width.saturating_sub(2));
        return (Tone::Busy, status::progress_line(progress, width));
    }
    let status = status::registry(state, row);
    if let Some(cause) = status.cause {
        return (status.tone, gist(&cause).to_owned());
    }
    let Some(crawl) = &row.last_crawl else {
        let key = state.keys.key(Command::Crawl);
        return (Tone::Dim, format!("not crawled yet: {key} crawls it"));
    };
    let began = when_said(state.now, crawl.started);
    let took = crawl
        .elapsed
        .map_or_else(String::new, |elapsed| format!(" in {}", lasted(elapsed)));
    let word = crawl.outcome.map_or("begun", Outcome::as_str);
    let mut parts = Vec::new();
    if crawl.failures > 0 {
        parts.push(counted(crawl.failures, "failure", "failures"));
    }
    parts.push(format!("{} new", count(crawl.new)));
    parts.push(format!("{} gone", count(crawl.gone)));
    parts.push(format!("{} moved", count(crawl.moved)));
    parts.push(counted(crawl.traffic.requests, "request", "requests"));
    let line = |parts: &[String]| format!("{word} {began}{took}: {}", parts.join(", "));
    // What does not fit is left out, the least important first.
    while parts.len() > 1 && columns(&line(&parts)) > state.size.width.saturating_sub(2) {
        parts.pop();
    }
    (Tone::Dim, line(&parts))
}

fn of_repository(state: &State) -> Option<(Tone, String)> {
    let row = state.repository()?;
    let status = status::repository(row);
    let word = status.words.first().map_or("", String::as_str);
    if let Some(cause) = &status.cause {
        let shown = match row.state.stale_since {
            Some(since) if row.images > 0 && !word.starts_with("stale") => {
                format!("; what is shown is stale since {}", moment(since))
            }
            _ => String::new(),
        };
        return Some((status.tone, format!("{}{shown}", gist(cause))));
    }
    let listed = row.state.listed_at.map_or_else(String::new, |at| {
        format!(", listed {}", when_said(state.now, at))
    });
    let text = if word.is_empty() || word == "empty" {
        format!(
            "{}: {}, {}{listed}",
            row.name,
            counted(row.tags, "tag", "tags"),
            counted(row.images, "image", "images"),
        )
    } else {
        format!("{}: {word}", row.name)
    };
    Some((Tone::Dim, text))
}

fn of_image(state: &State) -> Option<(Tone, String)> {
    let row = state.image()?;
    Some(match row.stale_since {
        Some(since) => (
            Tone::Warn,
            format!("stale since {}: {}", moment(since), row.digest),
        ),
        None => (Tone::Dim, row.digest.to_string()),
    })
}

/// The keys that do something now, the narrowest context first. Where not all fit, those
/// before help and quit go.
fn hints(state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let mut shown: Vec<(Command, String, String)> = Vec::new();
    for context in state.contexts() {
        for binding in state.keys.bindings(*context) {
            let known = shown
                .iter()
                .any(|(command, _, _)| *command == binding.command);
            if let (Some(hint), false) = (&binding.hint, known)
                && has_use(state, binding.command)
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

/// Whether a command can do anything now.
fn has_use(state: &State, command: Command) -> bool {
    if let Some(overlay) = state.overlays.last() {
        return match (overlay, command) {
            (Overlay::Check(check), Command::Check) => check.running.is_none(),
            (Overlay::Help(_), Command::Help) => false,
            (Overlay::Detail(detail), Command::CopyTag) => !detail.image.tags.is_empty(),
            _ => true,
        };
    }
    let registry = state.registry();
    match command {
        Command::Crawl => registry
            .is_some_and(|row| !state.is_crawling(row.id) && !state.is_crawled_elsewhere(row)),
        Command::Cancel => registry.is_some_and(|row| state.is_crawling(row.id)),
        Command::Failures => registry
            .and_then(|row| row.last_crawl.as_ref())
            .is_some_and(|crawl| crawl.failures > 0),
        Command::Open => match state.focus {
            Focus::Registries => registry.is_some(),
            Focus::Repositories => state.repository().is_some(),
            Focus::Images => state.image().is_some(),
        },
        Command::Check | Command::Edit => registry.is_some(),
        Command::Filter => match state.focus {
            Focus::Registries => !state.all.is_empty(),
            Focus::Repositories => state.repositories.listing.total > 0,
            Focus::Images => state.images.listing.total > 0,
        },
        Command::CopyReference | Command::CopyTag | Command::SortNext => match state.focus {
            Focus::Images => state.image().is_some(),
            _ => state.repository().is_some(),
        },
        _ => true,
    }
}
