//! The past of the selected registry: how many images its crawls left, and what the last one
//! changed.
//!
//! ```text
//!   images  11k ▁▁▂▂▃▅▆█ 12k  8 crawls
//!   last    +412 →31 −9  1 min 8 s
//! ```

use ratatui::buffer::Buffer;

use super::super::super::Theme;
use super::super::super::paint::{Piece, columns, line, part, pieces};
use super::repositories::changes;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::page::Browse;
use crate::app::words::{counted, lasted, scaled};
use crate::model::{CrawlRecord, RepositoryChanges};
use crate::ui::table::Cell;

/// Crawls that have bars at least, before it is said how many they are.
const BARS: u16 = 8;

pub(super) fn draw(browse: &Browse, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let Some(row) = browse.registry() else {
        return;
    };
    let room = part(area, 4, area.width.saturating_sub(5));
    let Some(latest) = &row.last_crawl else {
        return;
    };
    let images = browse.past.images(row);
    let upper = if images.is_empty() && browse.past.is_unread() {
        vec![(Tone::Dim, "crawls  unread".to_owned())]
    } else {
        bars(theme, &images, room.width)
    };
    for (at, cell) in [upper, last(theme, latest)].iter().enumerate() {
        let said: Vec<Piece<'_>> = cell
            .iter()
            .map(|(tone, text)| (theme.tone(*tone), text.as_str()))
            .collect();
        pieces(buffer, line(room, u16::from(at > 0)), &said);
    }
}

/// A bar for each of the last crawls: from the fewest images to the most, as a change of a
/// few in a hundred would not be seen otherwise.
fn bars(theme: &Theme, images: &[u64], width: u16) -> Cell {
    let Some(now) = images.last().copied() else {
        return Vec::new();
    };
    let label = (Tone::Dim, "images  ".to_owned());
    // Counts have four characters at most, and a space.
    let room = width.saturating_sub(columns(&label.1) + 10);
    let shown = |room: u16| &images[images.len() - images.len().min(room.into())..];
    let said = |many: usize| format!("  {}", counted(many as u64, "crawl", "crawls"));
    let mut crawls = shown(room);
    let beside = room.saturating_sub(columns(&said(images.len())));
    let is_counted = beside >= BARS;
    if is_counted {
        crawls = shown(beside);
    }
    let mut cell = vec![label];
    if let [first, _, ..] = crawls {
        let fewest = crawls.iter().min().copied().unwrap_or(0);
        let most = crawls.iter().max().copied().unwrap_or(0);
        let level = |count: &u64| theme.level(count - fewest + 1, most - fewest + 1);
        cell.push((Tone::Dim, format!("{} ", scaled(*first))));
        cell.push((Tone::Busy, crawls.iter().map(level).collect()));
        cell.push((Tone::Plain, format!(" {}", scaled(now))));
    } else {
        cell.push((Tone::Plain, scaled(now)));
    }
    if is_counted {
        cell.push((Tone::Dim, said(crawls.len())));
    }
    cell
}

/// What the last crawl changed, and how long it took.
fn last(theme: &Theme, crawl: &CrawlRecord) -> Cell {
    let mut cell = vec![(Tone::Dim, "last    ".to_owned())];
    let changed = of(crawl);
    cell.extend(match (crawl.number, changes(theme, changed)) {
        // To the first everything is new.
        (..=1, _) => vec![(Tone::Dim, "the first".to_owned())],
        (_, none) if none.is_empty() => vec![(Tone::Dim, "no change".to_owned())],
        (_, some) => some,
    });
    let took = match (crawl.elapsed, crawl.running) {
        (Some(elapsed), _) => lasted(elapsed),
        (None, true) => "running".to_owned(),
        (None, false) => "interrupted".to_owned(),
    };
    cell.push((Tone::Dim, format!("  {took}")));
    cell
}

/// What a crawl changed.
pub(super) fn of(crawl: &CrawlRecord) -> RepositoryChanges {
    RepositoryChanges {
        appeared: crawl.new,
        moved: crawl.moved,
        gone: crawl.gone,
    }
}
