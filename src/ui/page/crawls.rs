//! Crawls, running and past, and below them what failed in the selected one.
//!
//! ```text
//!  6 registries · 31 crawls · 1 running
//!   REGISTRY    STARTED  TOOK       OUTCOME                            FAILURES    NEW
//! › harbor      12:10    3 min 2 s  45 % ██████······  7 200/min  43 s left   3
//!   nexus-prod  12:13    1 min 7 s  ● complete                                0     12
//! ─ failures of harbor, crawl 8, at 12:10 UTC ─────────────────────────────────────────
//!   3×  denied   tags  secret/…   403: the token may not read   give the user the right …
//! ```

use ratatui::buffer::Buffer;

use super::empty::{dotted, empty};
use crate::app::World;
use crate::app::document::{Sign, Tone};
use crate::app::layout::{Area, Areas};
use crate::app::page::Crawls;
use crate::app::page::crawls::columns::{COLUMNS, CrawlColumn};
use crate::app::page::crawls::{CrawlRow, Group, Part as Focused};
use crate::app::status;
use crate::app::table::{self, Placed};
use crate::app::words::{count, counted, fit_middle, lasted, short};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::{Outcome, Progress};
use crate::ui::paint::{columns, fill, left, line, part, pieces, row as rows_to};
use crate::ui::table::{Cell, Look, Table, draw as draw_table, row};
use crate::ui::{Cursor, Theme};

/// Cells of a running crawl's bar, where there is room for more beside it.
const BAR: usize = 12;

pub(super) fn draw(
    page: &Crawls,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let parts = page.parts(&world.clock, areas.body);
    let rows = &page.pane.listing.rows;
    let head = part(parts.head, 1, parts.head.width.saturating_sub(2));
    let said = dotted(&summary(page, world), theme.signs.separator, head.width);
    left(buffer, head, theme.style(Part::Focus), &said);
    if rows.is_empty() {
        empty(theme, parts.table, &nothing(page, world), buffer);
        return None;
    }
    let placed = table::fit(&COLUMNS, parts.table.width, |id| page.need(id, world));
    let table = Table {
        columns: &placed,
        order: None,
        list: page.pane.list,
        focused: page.focus == Focused::Crawls,
        old: false,
    };
    let cell = |row: &CrawlRow, column: &Placed<CrawlColumn>| cell(world, theme, row, column);
    draw_table(&table, rows, |_| false, cell, theme, parts.table, buffer);
    if parts.below.height > 0 {
        below(page, world, theme, parts.below, buffer);
    }
    None
}

/// How many crawls there are, the most telling first.
fn summary(page: &Crawls, world: &World) -> Vec<String> {
    let mut words = Vec::new();
    let running = page.pane.listing.rows.iter();
    let running = running.filter(|row| row.record.running).count() as u64;
    if page.pane.listing.total > 0 {
        words.push(page.total());
    }
    if running > 0 {
        words.push(format!("{} running", count(running)));
    }
    let registries = world.all.len() as u64;
    words.push(counted(registries, "registry", "registries"));
    words
}

fn cell(world: &World, theme: &Theme, row: &CrawlRow, column: &Placed<CrawlColumn>) -> Cell {
    let record = &row.record;
    let number = |number: u64, tone: Tone| match number {
        0 => vec![(Tone::Dim, "0".to_owned())],
        some => vec![(tone, short(some))],
    };
    match column.id {
        CrawlColumn::Registry => {
            let name = world.name_of(row.registry());
            let width = usize::from(column.width);
            vec![(Tone::Plain, fit_middle(&name, width))]
        }
        CrawlColumn::Started => vec![(Tone::Dim, world.clock.when(record.started))],
        CrawlColumn::Took => vec![took(world, row)],
        CrawlColumn::Outcome => outcome(world, theme, row, column.width),
        CrawlColumn::New => number(record.new, Tone::Good),
        CrawlColumn::Moved => number(record.moved, Tone::Warn),
        CrawlColumn::Gone => number(record.gone, Tone::Bad),
        CrawlColumn::Failures => {
            let running = progress(world, row);
            number(running.map_or(record.failures, |it| it.failures), Tone::Bad)
        }
        CrawlColumn::Requests => {
            let running = progress(world, row);
            let requests = running.map_or(record.traffic.requests, |it| it.traffic.requests);
            vec![(Tone::Plain, count(requests))]
        }
        CrawlColumn::Held => {
            let held = progress(world, row).map_or(record.traffic.held, |it| it.traffic.held);
            match held.total() {
                none if none.is_zero() => vec![(Tone::Dim, "0 s".to_owned())],
                some => vec![(Tone::Warn, lasted(some))],
            }
        }
    }
}

/// The sample of a crawl that this process runs.
fn progress<'w>(world: &'w World, row: &CrawlRow) -> Option<&'w Progress> {
    let running = world.progress.get(&row.registry());
    running.filter(|_| row.record.running)
}

/// How long it took, or has taken so far.
fn took(world: &World, row: &CrawlRow) -> (Tone, String) {
    let record = &row.record;
    match record.elapsed {
        Some(elapsed) => (Tone::Plain, lasted(elapsed)),
        None if record.running => {
            let so_far = world.clock.now.duration_since(record.started);
            let so_far = std::time::Duration::try_from(so_far).unwrap_or_default();
            (Tone::Busy, format!("{}…", lasted(so_far)))
        }
        None => (Tone::Dim, "unknown".to_owned()),
    }
}

/// How it ended, or how far it is.
fn outcome(world: &World, theme: &Theme, row: &CrawlRow, width: u16) -> Cell {
    let record = &row.record;
    let said = |tone, sign, word: &str| {
        vec![
            (tone, format!("{} ", theme.sign(sign, world.beat))),
            (tone, word.to_owned()),
        ]
    };
    if let Some(progress) = progress(world, row) {
        return running(world, theme, row, progress, width);
    }
    match record.outcome {
        None if record.running => said(Tone::Busy, Sign::Busy, "crawled elsewhere"),
        None => said(Tone::Warn, Sign::Partial, "interrupted"),
        Some(outcome) => {
            let (tone, sign) = match outcome {
                Outcome::Complete => (Tone::Good, Sign::Good),
                Outcome::Partial | Outcome::Cancelled => (Tone::Warn, Sign::Partial),
                Outcome::Failed => (Tone::Bad, Sign::Bad),
            };
            said(tone, sign, outcome.as_str())
        }
    }
}

/// A bar where it is known how much there is; else what it does, or why it stands still.
fn running(world: &World, theme: &Theme, row: &CrawlRow, progress: &Progress, width: u16) -> Cell {
    let id = row.registry();
    let stands = world.paused.contains(&id)
        || world.stopping.contains(&id)
        || progress.traffic.held_for.is_some();
    let (Some(percent), false) = (status::percent(progress), stands) else {
        let Some(registry) = world.known(id) else {
            return Vec::new();
        };
        let status = status::registry(world, registry);
        let sign = theme.sign(status.sign, world.beat);
        let words = dotted(
            &status.words,
            theme.signs.separator,
            width.saturating_sub(2),
        );
        return vec![(status.tone, format!("{sign} ")), (status.tone, words)];
    };
    let percent_said = format!("{percent:>2} % ");
    let mut beside = Vec::new();
    if let Some(left) = progress.time_left() {
        beside.push(format!("{} left", lasted(left)));
    }
    if let Some(rate) = progress.per_minute {
        beside.push(format!("{}/min", short(rate)));
    }
    let room = usize::from(width).saturating_sub(percent_said.len());
    let words = dotted(
        &beside,
        "  ",
        u16::try_from(room.saturating_sub(BAR + 2)).unwrap_or(0),
    );
    let fits = usize::from(columns(&words)) + BAR + 2 <= room;
    let (bar, words) = if fits && !words.is_empty() {
        (BAR, format!("  {words}"))
    } else {
        (room.min(BAR), String::new())
    };
    let done = bar * usize::try_from(percent).unwrap_or(0) / 100;
    let [full, track] = theme.signs.bar;
    vec![
        (Tone::Busy, percent_said),
        (Tone::Busy, full.repeat(done)),
        (Tone::Dim, track.repeat(bar - done)),
        (Tone::Plain, words),
    ]
}

/// What there is to say of the selected crawl, and what failed in it.
fn below(page: &Crawls, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let Some(crawl) = page.selected() else {
        return;
    };
    let (rule, style) = match page.focus {
        Focused::Crawls => (theme.signs.rule, theme.style(Part::Rule)),
        Focused::Failures => (theme.signs.rule_focus, theme.style(Part::Focus)),
    };
    let top = line(area, 0);
    fill(buffer, top, style, rule);
    let what = match crawl.record.failures {
        0 => "crawl".to_owned(),
        failures => format!("{} of crawl", counted(failures, "failure", "failures")),
    };
    let title = format!(
        " {what} {} of {}, {} ",
        crawl.record.number,
        world.name_of(crawl.registry()),
        world.clock.when_said(crawl.record.started)
    );
    left(
        buffer,
        part(top, 1, top.width.saturating_sub(2)),
        style,
        &title,
    );
    let mut at = 1;
    for fact in page.facts(&world.clock) {
        let to = part(line(area, at), 2, area.width.saturating_sub(4));
        left(buffer, to, theme.style(Part::Dim), &fact);
        at += 1;
    }
    if crawl.record.failures == 0 {
        return;
    }
    let below = &page.below;
    if below.groups.is_empty() {
        let (tone, text) = match &below.trouble {
            Some(trouble) => (Tone::Bad, trouble.message.as_str()),
            None if below.is_of(crawl_key(crawl)) => {
                (Tone::Dim, "the inventory does not keep them any more")
            }
            None => (Tone::Busy, "reading what failed"),
        };
        left(
            buffer,
            part(line(area, at), 2, area.width),
            theme.tone(tone),
            text,
        );
        return;
    }
    let shown = below.groups.iter().enumerate().skip(below.list.offset);
    for (index, one) in shown.take(usize::from(area.height.saturating_sub(at))) {
        let to = line(area, at);
        let look = Look {
            selected: index == below.list.cursor,
            focused: page.focus == Focused::Failures,
            // The cursor is shown where keys move it.
            old: false,
            marked: false,
        };
        let look = match page.focus {
            Focused::Crawls => Look::default(),
            Focused::Failures => look,
        };
        let style = row(theme, to, look, buffer);
        group(one, |tone| style.tone(tone), to, buffer);
        at += rows_to(1);
    }
}

fn crawl_key(row: &CrawlRow) -> crate::app::page::crawls::CrawlKey {
    crate::app::pane::Keyed::key(row)
}

/// A line for a kind of failures: how many, of which kind, where, what, and what to do.
fn group(
    group: &Group,
    tone: impl Fn(Tone) -> ratatui::style::Style,
    at: Area,
    buffer: &mut Buffer,
) {
    let place = usize::from((at.width / 4).max(14));
    let said = [
        (Tone::Bad, format!("{:>5}× ", short(group.count() as u64))),
        (Tone::Bad, format!("{:<14} ", group.class.as_str())),
        (Tone::Dim, format!("{:<13} ", group.stage.as_str())),
    ];
    let said = said.each_ref().map(|(of, text)| (tone(*of), text.as_str()));
    let mut used = 1 + pieces(buffer, part(at, 1, at.width), &said);
    let shown = fit_middle(&group.place, place);
    left(
        buffer,
        part(at, used, at.width.saturating_sub(used)),
        tone(Tone::Plain),
        &shown,
    );
    used += u16::try_from(place).unwrap_or(0) + 1;
    let hint = group.hint.as_deref().unwrap_or_default();
    let hint = format!("  {hint}");
    let rest = [
        (tone(Tone::Plain), group.message.as_str()),
        (tone(Tone::Dim), hint.as_str()),
    ];
    pieces(buffer, part(at, used, at.width.saturating_sub(used)), &rest);
}

/// What there is to say where there is no row.
fn nothing(page: &Crawls, world: &World) -> Vec<(Tone, String)> {
    let plain = |text: String| (Tone::Plain, text);
    let key = |command| world.keys.key(command);
    if let Some(trouble) = &page.pane.broken {
        let hint = trouble.hint.clone().unwrap_or_default();
        return vec![(Tone::Bad, trouble.message.clone()), (Tone::Dim, hint)];
    }
    if world.all.is_empty() {
        return vec![
            plain("No registry yet.".to_owned()),
            plain(format!("{}\tadd a registry", key(Command::Add))),
        ];
    }
    if page.is_loading() {
        return vec![(Tone::Busy, "Reading which crawls there were.".to_owned())];
    }
    vec![
        plain("No registry was crawled yet.".to_owned()),
        plain(format!(
            "{}\tcrawl every active registry",
            key(Command::CrawlAll)
        )),
    ]
}

/// What there is to say of the selected failure.
pub(super) fn said(page: &Crawls, world: &World) -> Option<(Tone, String)> {
    if page.focus == Focused::Failures {
        let failure = page.below.failure()?;
        return Some((Tone::Plain, failure.to_string()));
    }
    let row = page.selected()?;
    let width = world.size.width.saturating_sub(2);
    if let Some(progress) = progress(world, row) {
        let line = status::progress_line(progress, usize::from(width));
        return Some((Tone::Plain, line));
    }
    // What has no column on a narrow screen.
    let record = &row.record;
    let words = [
        format!(
            "{} new, {} moved, {} gone",
            count(record.new),
            count(record.moved),
            count(record.gone)
        ),
        counted(record.failures, "failure", "failures"),
        counted(record.traffic.requests, "request", "requests"),
        format!("held {}", lasted(record.traffic.held.total())),
    ];
    Some((Tone::Plain, dotted(&words, " · ", width)))
}
