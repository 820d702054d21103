//! The registries, two lines each: sign, name, product and when the last crawl began; below,
//! how it is doing, what it has, and what that crawl changed.
//!
//! ```text
//! ━ Registries 3 ━━━━━━━━━━━━━━━━━━━━━
//! › ● nexus-prod   nexus 3.70.1  14:05
//!     1 234 images · 340 repositories · +12 →1 −3
//!   ◜ harbor
//!     crawling 45 % · 120/340 repos
//!   ⊘ gitlab                    Nov 20
//!     refused
//! ```

use ratatui::buffer::Buffer;

use super::super::super::paint::{columns, left, line, part, right, row as rows_to};
use super::super::super::{Cursor, Theme};
use super::repositories::changes;
use super::{Title, empty, past, title};
use crate::app::World;
use crate::app::document::{Sign, Tone};
use crate::app::layout::{Area, Focus, REGISTRY_ROWS, registry_rows};
use crate::app::page::Browse;
use crate::app::status::{self, Status};
use crate::app::words::{fit, gist};
use crate::config::keys::Command;
use crate::model::RegistryRow;
use crate::ui::table::{Cell, Look, Row, row};

/// Columns between a name and its product.
const BETWEEN: u16 = 2;
/// Columns that a cause needs to tell anything.
const CAUSE: u16 = 16;

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
        one(world, style, both, registry, pane.widest, buffer);
    }
    cursor
}

fn one(
    world: &World,
    style: Row<'_>,
    to: Area,
    registry: &RegistryRow,
    widest: u16,
    buffer: &mut Buffer,
) {
    let theme = style.theme;
    let (upper, lower) = (line(to, 0), line(to, 1));
    let status = status::registry(world, registry);

    let sign = theme.sign(status.sign, world.beat);
    left(buffer, part(upper, 2, 2), style.tone(status.tone), sign);
    let when = registry
        .last_crawl
        .as_ref()
        .filter(|_| !world.is_crawling(registry.id))
        .map_or_else(String::new, |crawl| world.clock.age(crawl.whole_since()));
    let room = part(upper, 4, upper.width.saturating_sub(5));
    let used = right(buffer, room, style.tone(Tone::Dim), &when);
    let room = room.width.saturating_sub(used + u16::from(used > 0));
    let name = fit(registry.spec.name.as_str(), usize::from(room));
    let named = left(buffer, part(upper, 4, room), style.tone(Tone::Plain), &name);
    if let Some((at, product)) = product(registry, named, widest, room) {
        let to = part(part(upper, 4, room), at, room);
        left(buffer, to, style.tone(Tone::Dim), &product);
    }

    let mut rest = part(lower, 4, lower.width.saturating_sub(5));
    for (i, word) in words(world, theme, registry, &status).iter().enumerate() {
        let between = if i == 0 { "" } else { theme.signs.separator };
        let needed: u16 = word.iter().map(|(_, text)| columns(text)).sum();
        if i > 0 && columns(between) + needed > rest.width {
            return;
        }
        let used = left(buffer, rest, style.tone(Tone::Dim), between);
        rest = part(rest, used, rest.width);
        for (tone, text) in word {
            let used = left(buffer, rest, style.tone(*tone), text);
            rest = part(rest, used, rest.width);
        }
    }
    if let Some(cause) = status.cause.filter(|_| is_down(status.sign)) {
        let between = theme.signs.separator;
        if rest.width >= columns(between) + CAUSE {
            let used = left(buffer, rest, style.tone(Tone::Dim), between);
            rest = part(rest, used, rest.width);
            left(buffer, rest, style.tone(Tone::Dim), &gist(&cause));
        }
    }
}

/// Whether nothing could be listed.
fn is_down(sign: Sign) -> bool {
    matches!(sign, Sign::Bad | Sign::Refused)
}

/// How a registry is doing, what it has and what its last crawl changed, the most important
/// first.
fn words(world: &World, theme: &Theme, registry: &RegistryRow, status: &Status) -> Vec<Cell> {
    let tone = |at: usize| match (at, status.tone) {
        (0, Tone::Good) => Tone::Plain,
        (0, tone) => tone,
        _ => Tone::Dim,
    };
    let said = status.words.iter().enumerate();
    let mut said: Vec<Cell> = said
        .map(|(at, word)| vec![(tone(at), word.clone())])
        .collect();
    if let Some(certificate) = status::certificate(world.clock.now, registry) {
        // What is well gives way; what is not comes first.
        let at = usize::from(status.tone != Tone::Good);
        said.insert(at, vec![certificate]);
    }
    let crawl = registry.last_crawl.as_ref();
    // To the first crawl everything is new.
    let crawl = crawl.filter(|crawl| crawl.number > 1 && crawl.outcome.is_some());
    let is_told = !is_down(status.sign) && !world.is_crawling(registry.id);
    if let Some(crawl) = crawl.filter(|_| is_told) {
        let changed = changes(theme, past::of(crawl));
        said.extend((!changed.is_empty()).then_some(changed));
    }
    said
}

/// What the product is called, with its version where there is room, and where that stands:
/// below that of other registries, where there is room.
fn product(registry: &RegistryRow, named: u16, widest: u16, room: u16) -> Option<(u16, String)> {
    let [name, version] = status::product(registry)?;
    let both = format!("{name} {version}").trim().to_owned();
    let fits = |at: u16, text: &str| at + BETWEEN + columns(text) < room;
    let places = [(widest.max(named), &both), (named, &both), (named, &name)];
    let found = places.into_iter().find(|(at, text)| fits(*at, text));
    found.map(|(at, text)| (at + BETWEEN, text.clone()))
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
