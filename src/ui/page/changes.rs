//! What crawls found changed.
//!
//! ```text
//!  since Nov 13 12:16 UTC · 7 days · all registries        8 changes   + 2  → 2  − 4
//!  Nov 13 ▁▁▅▁▁▂▁█ Nov 20   changes a day
//!   WHEN    REGISTRY   REPOSITORY   TAG      CHANGE
//! › 12:13   nexus      team/api     latest   → 440e471c in the place of 86e0b469
//!   Nov 18  nexus      team/api     0.9      − was 9b2e1c77  decision: keep, contradicts
//! ```

use ratatui::buffer::Buffer;

use super::empty::{dotted, empty};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Areas};
use crate::app::page::Changes;
use crate::app::page::changes::columns::{ChangeColumn, repositories, told};
use crate::app::page::changes::{Parts, Period};
use crate::app::table::{self, Placed};
use crate::app::words::{count, counted, fit_middle};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::Choice;
use crate::query::{ChangeRow, Turn};
use crate::ui::paint::{Piece, columns, left, part, pieces};
use crate::ui::table::{Cell, Table, draw as draw_table};
use crate::ui::{Cursor, Theme};

/// From this width on a filter leaves room for all totals.
const ROOMY: u16 = 118;
/// Columns that what is typed has at least, where anything else is said beside it.
const TYPED: u16 = 24;

pub(super) fn draw(
    page: &Changes,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let parts = Parts::of(areas.body, page.has_days());
    let cursor = head(page, world, theme, parts.head, buffer);
    let rows = &page.pane.listing.rows;
    if rows.is_empty() {
        empty(theme, parts.table, &nothing(page, world), buffer);
        return cursor;
    }
    if let Some(area) = parts.days {
        days(page, world, theme, area, buffer);
    }
    let columns = page.columns();
    let columns = table::fit(&columns, parts.table.width, |id| page.need(id));
    let table = Table {
        columns: &columns,
        order: None,
        list: page.pane.list,
        focused: true,
        old: !page.pane.is_current(),
    };
    let cell =
        |row: &ChangeRow, column: &Placed<ChangeColumn>| cell(page, world, theme, row, column);
    draw_table(&table, rows, |_| false, cell, theme, parts.table, buffer);
    cursor
}

/// Which changes these are, at the left; how many, at the right. Says where the cursor is, if
/// a filter is typed.
fn head(page: &Changes, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) -> Cursor {
    let area = part(area, 1, area.width.saturating_sub(2));
    let is_filtered = page.typing.is_some() || !page.filter.text().is_empty();
    let mut total = totals(page, theme);
    if is_filtered && area.width < ROOMY {
        total.truncate(1);
    }
    let total: Vec<Piece<'_>> = total
        .iter()
        .map(|(tone, text)| (theme.tone(*tone), text.as_str()))
        .collect();
    let width: u16 = total.iter().map(|(_, text)| columns(text)).sum();
    let at = part(area, area.width.saturating_sub(width), width);
    pieces(buffer, at, &total);
    let room = part(area, 0, area.width.saturating_sub(width + 1));
    let which = dotted(&which(page, world), theme.signs.separator, room.width);
    if !is_filtered {
        left(buffer, room, theme.style(Part::Focus), &which);
        return None;
    }
    // What is typed is seen before what is known anyway.
    let which = if columns(&which) + TYPED <= room.width {
        format!("{which}{}/", theme.signs.separator)
    } else {
        "/".to_owned()
    };
    let used = left(buffer, room, theme.style(Part::Focus), &which);
    let room = part(room, used, room.width);
    let Some(field) = &page.typing else {
        left(buffer, room, theme.style(Part::Warn), page.filter.text());
        return None;
    };
    let (shown, column) = field.view(usize::from(room.width.saturating_sub(1)));
    left(buffer, room, theme.style(Part::Field), &shown);
    Some((room.x + u16::try_from(column).unwrap_or(0), room.y))
}

/// Which changes these are, the most telling first.
fn which(page: &Changes, world: &World) -> Vec<String> {
    let scope = &page.scope;
    let mut words = Vec::new();
    if let Some(only) = &scope.only {
        let registry = world.name_of(only.registry);
        words.push(match &only.repository {
            Some(name) => format!("{name} in {registry}"),
            None => registry,
        });
    }
    if let Some(crawl) = scope.crawl {
        let registry = world.name_of(crawl.registry);
        let name = format!("crawl {} of {registry}", crawl.number);
        words.push(format!("{name}, {}", world.clock.moment(crawl.at)));
        return words;
    }
    words.push(match scope.period.since(world.clock.now) {
        Some(since) => format!("since {}", world.clock.moment(since)),
        None => Period::All.as_str().to_owned(),
    });
    if scope.period != Period::All {
        words.push(scope.period.as_str().to_owned());
    }
    if scope.only.is_none() {
        words.push("all registries".to_owned());
    }
    words
}

/// How many changes are shown, and of which kind.
fn totals(page: &Changes, theme: &Theme) -> Vec<(Tone, String)> {
    let pane = &page.pane;
    if pane.is_loading() {
        return vec![(Tone::Busy, "loading".to_owned())];
    }
    let rows = pane.listing.rows.iter();
    let rows = rows.map(ChangeRow::count).sum::<usize>() as u64;
    if pane.listing.total == 0 {
        return Vec::new();
    }
    let all = pane.listing.total as u64;
    let many = match (page.filter.is_empty(), page.has_more) {
        (true, true) => format!("the latest {}", count(rows)),
        (true, false) => counted(rows, "change", "changes"),
        (false, true) => format!("{} of the latest {}", count(rows), count(all)),
        (false, false) => format!("{} of {}", count(rows), count(all)),
    };
    let [appeared, moved, gone] = page.totals().map(|n| count(n as u64));
    vec![
        (Tone::Dim, format!("{many}  ")),
        (Tone::Good, format!("+ {appeared}  ")),
        (Tone::Warn, format!("→ {moved}  ")),
        (Tone::Bad, format!("{} {gone}", theme.signs.gone)),
    ]
}

/// A bar for each day, as high as it had changes.
fn days(page: &Changes, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let days = page.days(&world.clock);
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let (Some((first, _)), Some((last, _)), 1..) = (days.first(), days.last(), most) else {
        return;
    };
    let level = |count: usize| theme.level(count as u64, most as u64);
    let bars: String = days.iter().map(|(_, count)| level(*count)).collect();
    let day = |at: &crate::model::Timestamp| world.clock.day_of_year(*at);
    let said = [
        (theme.style(Part::Dim), format!("{} ", day(first))),
        (theme.style(Part::Busy), bars),
        (theme.style(Part::Dim), format!(" {}", day(last))),
        (
            theme.style(Part::Dim),
            format!("   changes a day, at most {}", count(most as u64)),
        ),
    ];
    let said = said.each_ref().map(|(style, text)| (*style, text.as_str()));
    pieces(buffer, part(area, 1, area.width), &said);
}

fn cell(
    page: &Changes,
    world: &World,
    theme: &Theme,
    row: &ChangeRow,
    column: &Placed<ChangeColumn>,
) -> Cell {
    let change = &row.change;
    match column.id {
        ChangeColumn::When => vec![(Tone::Dim, world.clock.when(change.at))],
        ChangeColumn::Registry => vec![(Tone::Plain, world.name_of(change.registry))],
        ChangeColumn::Repository if let Some(many) = row.folded => {
            vec![(Tone::Plain, repositories(many))]
        }
        ChangeColumn::Repository => {
            let shown = fit_middle(change.repository.as_str(), usize::from(column.width));
            let (path, leaf) = shown.split_at(shown.rfind('/').map_or(0, |at| at + 1));
            vec![(Tone::Dim, path.to_owned()), (Tone::Plain, leaf.to_owned())]
        }
        ChangeColumn::Tag => match change.what.tag() {
            Some(tag) => vec![(
                Tone::Plain,
                fit_middle(tag.as_str(), usize::from(column.width)),
            )],
            None => Vec::new(),
        },
        ChangeColumn::Change => what(page, theme, row, column.width),
    }
}

/// What happened: a sign, words, and what was decided against it.
fn what(page: &Changes, theme: &Theme, row: &ChangeRow, width: u16) -> Cell {
    let (tone, sign) = match row.turn() {
        Turn::Appeared => (Tone::Good, "+"),
        Turn::Moved => (Tone::Warn, "→"),
        Turn::Gone => (Tone::Bad, theme.signs.gone),
    };
    let decision = page.decision(row);
    let (text, decided) = told(row, decision, width.saturating_sub(2));
    let mut said = vec![(tone, format!("{sign} ")), (Tone::Plain, text)];
    if let Some(decided) = decided {
        let tone = match (decision, row.turn()) {
            (Some(Choice::Keep), Turn::Gone) => Tone::Bad,
            _ => Tone::Warn,
        };
        said.push((tone, decided));
    }
    said
}

/// What there is to say where there is no row.
fn nothing(page: &Changes, world: &World) -> Vec<(Tone, String)> {
    let pane = &page.pane;
    let dim = |text: String| (Tone::Dim, text);
    let plain = |text: &str| (Tone::Plain, text.to_owned());
    let key = |command| world.keys.key(command);
    if let Some(trouble) = &pane.broken {
        let hint = trouble.hint.clone().unwrap_or_default();
        return vec![(Tone::Bad, trouble.message.clone()), dim(hint)];
    }
    if world.all.is_empty() {
        return vec![
            plain("No registry yet."),
            plain(&format!("{}\tadd a registry", key(Command::Add))),
        ];
    }
    if pane.is_loading() {
        return vec![(Tone::Busy, "Reading what changed.".to_owned())];
    }
    if pane.listing.total > 0 {
        let key = key(Command::Back);
        return vec![dim(format!("No change matches. {key} clears the filter."))];
    }
    if page.scope.crawl.is_some() {
        return vec![plain("This crawl changed nothing here.")];
    }
    let latest = world.all.iter().filter_map(|row| row.last_crawl.as_ref());
    let crawls = latest.map(|crawl| crawl.number).max();
    let crawl = format!("{}\tcrawl every active registry", key(Command::CrawlAll));
    match (crawls, page.scope.period) {
        (None, _) => vec![plain("No registry was crawled yet."), plain(&crawl)],
        (Some(..=1), Period::All) => vec![
            plain("Nothing to compare yet."),
            dim(
                "A change is what a crawl finds different from the crawl before it: it takes a \
                 second one."
                    .to_owned(),
            ),
            plain(&crawl),
        ],
        (_, Period::All) => vec![plain("No change is kept.")],
        (_, period) => vec![
            plain(&format!("Nothing changed in the last {}.", period.as_str())),
            plain(&format!("{}\tlook further back", key(Command::Period))),
        ],
    }
}

/// What there is to say of the selected change.
pub(super) fn said(page: &Changes, world: &World) -> Option<(Tone, String)> {
    let row = page.selected()?;
    let change = &row.change;
    let crawl = format!(
        "crawl {} of {}, {}",
        change.crawl,
        world.name_of(change.registry),
        world.clock.moment(change.at)
    );
    if let (Some(Choice::Keep), Turn::Gone) = (page.decision(row), row.turn()) {
        let text = format!("gone against the decision to keep it · {crawl}");
        return Some((Tone::Bad, text));
    }
    if row.folded.is_some() {
        let key = world.keys.key(Command::PreviousTab);
        return Some((
            Tone::Plain,
            format!("{key} shows them one by one · {crawl}"),
        ));
    }
    let text = match row.digest() {
        Some(digest) => format!("{digest} · {crawl}"),
        None => crawl,
    };
    Some((Tone::Plain, text))
}
