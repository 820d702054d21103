//! The registries, two lines each: sign, name and when the last crawl
//! began; below, how
//! it is doing.
//!
//! ```text
//! ━ Registries 3 ━━━━━━━━━━━━━━━━━━━━━
//! › ● nexus-prod                 14:05
//!     1 234 images · 340 repositories
//!   ◜ harbor
//!     crawling 45 % · 120/340 repos
//!   ⊘ gitlab                    Nov 20
//!     refused
//! ```

use ratatui::buffer::Buffer;

use super::super::super::paint::{columns, left, line, part, right, row as rows_to};
use super::super::super::{Cursor, Theme};
use super::{Title, empty, title};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, REGISTRY_ROWS, registry_rows};
use crate::app::page::Browse;
use crate::app::status;
use crate::app::words::{fit, when};
use crate::config::keys::Command;
use crate::model::RegistryRow;
use crate::ui::table::{Look, Row, row};

pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let pane = &browse.registries;
    let said = Title::of(Focus::Registries, "Registries", pane, registry_rows(area));
    let cursor = title(browse, theme, area, &said, buffer);
    if pane.listing.rows.is_empty() {
        empty(theme, area, &nothing(browse, world), buffer);
        return cursor;
    }
    let shown = pane.listing.rows.iter().enumerate();
    let shown = shown.skip(pane.list.offset).take(registry_rows(area));
    for (at, (index, registry)) in shown.enumerate() {
        let top = 1 + rows_to(at) * REGISTRY_ROWS;
        let selected = index == pane.list.cursor;
        let both = Area {
            height: 2,
            ..line(area, top)
        };
        let focused = browse.focus == Focus::Registries;
        let look = Look {
            selected,
            focused,
            marked: pane.marks.has(&registry.id),
            ..Look::default()
        };
        let style = row(theme, both, look, buffer);
        one(world, style, both, registry, buffer);
    }
    cursor
}

fn one(world: &World, style: Row<'_>, to: Area, registry: &RegistryRow, buffer: &mut Buffer) {
    let theme = style.theme;
    let (upper, lower) = (line(to, 0), line(to, 1));
    let status = status::registry(world, registry);

    let sign = theme.sign(status.sign, world.beat);
    left(buffer, part(upper, 2, 2), style.tone(status.tone), sign);
    let when = registry
        .last_crawl
        .as_ref()
        .filter(|_| !world.is_crawling(registry.id))
        .map_or_else(String::new, |crawl| when(world.now, crawl.whole_since()));
    let room = part(upper, 4, upper.width.saturating_sub(5));
    let used = right(buffer, room, style.tone(Tone::Dim), &when);
    let room = room.width.saturating_sub(used + u16::from(used > 0));
    let name = fit(registry.spec.name.as_str(), usize::from(room));
    left(buffer, part(upper, 4, room), style.tone(Tone::Plain), &name);

    let mut rest = part(lower, 4, lower.width.saturating_sub(5));
    for (i, word) in status.words.iter().enumerate() {
        let tone = match (i, status.tone) {
            (0, Tone::Good) => Tone::Plain,
            (0, tone) => tone,
            _ => Tone::Dim,
        };
        let between = if i == 0 { "" } else { theme.signs.separator };
        if i > 0 && columns(between) + columns(word) > rest.width {
            break;
        }
        let used = left(buffer, rest, style.tone(Tone::Dim), between);
        rest = part(rest, used, rest.width);
        let used = left(buffer, rest, style.tone(tone), word);
        rest = part(rest, used, rest.width);
    }
}

/// What is said where there is no row.
fn nothing(browse: &Browse, world: &World) -> Vec<(Tone, String)> {
    let pane = &browse.registries;
    let plain = |text: &str| (Tone::Plain, text.to_owned());
    let dim = |text: &str| (Tone::Dim, text.to_owned());
    let key = |command| world.keys.key(command);
    if let Some(trouble) = &pane.broken {
        let hint = trouble.hint.clone().unwrap_or_default();
        return vec![(Tone::Bad, trouble.message.clone()), dim(&hint)];
    }
    if pane.is_loading() {
        return Vec::new();
    }
    if !pane.filter.is_empty() && pane.listing.total > 0 {
        return vec![dim(&format!(
            "No registry matches. {} clears the filter.",
            key(Command::Back)
        ))];
    }
    vec![
        plain("No registry yet."),
        dim(
            "supercargo keeps an inventory of the container registries you run: what is in \
             them, what changed, what is wrong. It reads them and changes nothing there.",
        ),
        plain(""),
        plain(&format!("{}\tadd a registry", key(Command::Add))),
        plain(&format!(
            "{}\timport registries from a file",
            key(Command::Import)
        )),
        plain(&format!(
            "{}\tlook around first: a demonstration",
            key(Command::Demo)
        )),
        plain(&format!("{}\tall keys", key(Command::Help))),
        plain(""),
        dim("From a shell:"),
        dim("supercargo registry add NAME URL"),
    ]
}
