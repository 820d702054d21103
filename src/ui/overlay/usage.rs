//! What takes room in a registry.
//!
//! ```text
//! ┌ What takes room in hub ──────────────────────────────────────────┐
//! │   REPOSITORY            SIZE  ONLY HERE                    IMAGES │
//! │ › team/api            2.1 GB     1.8 GB  ████████████████      31 │
//! ```

use ratatui::buffer::Buffer;

use super::{frame, troubled};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::overlay::{USAGE_COLUMNS, Usage, UsageColumn};
use crate::app::table::{Placed, fit};
use crate::app::words::{count, counted, fit_middle};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::Usage as Row;
use crate::model::text::size;
use crate::ui::Theme;
use crate::ui::paint::{self, left, line};
use crate::ui::table::{self, Cell, Table};

pub(super) fn draw(usage: &Usage, state: &State, theme: &Theme, page: Area, buffer: &mut Buffer) {
    let title = format!("What takes room in {}", usage.name);
    frame(theme, page, &title, "", buffer);
    let inside = page.inside();
    let Some(rows) = &usage.rows else {
        let busy = "adding up… (esc gives up)";
        match &usage.trouble {
            Some(trouble) => troubled(trouble, &state.world, theme, inside, buffer),
            None => _ = left(buffer, line(inside, 0), theme.style(Part::Busy), busy),
        }
        return;
    };
    if rows.is_empty() {
        let text = "Nothing: the inventory has no images of this registry.";
        left(buffer, line(inside, 0), theme.style(Part::Dim), text);
        let key = state.world.key_of(Command::Crawl);
        let text = format!("esc, and {key} in the registries crawls it.");
        left(buffer, line(inside, 1), theme.style(Part::Text), &text);
        return;
    }
    let name = |row: &Row| {
        row.repository
            .as_ref()
            .map_or(0, |name| name.as_str().len())
    };
    let widest = rows.iter().map(name).max().unwrap_or(0);
    let columns = fit(&USAGE_COLUMNS, inside.width, |id| match id {
        UsageColumn::Repository => u16::try_from(widest).unwrap_or(u16::MAX),
        _ => 0,
    });
    let drawn = Table {
        columns: &columns,
        order: Some((UsageColumn::Size, true)),
        list: usage.list,
        focused: true,
        old: false,
    };
    let largest = rows.first().map_or(0, |row| row.bytes);
    let above = Area {
        height: inside.height.saturating_sub(2),
        ..inside
    };
    let cell = |row: &Row, column: &Placed<UsageColumn>| cell(row, column, largest);
    table::draw(&drawn, rows, |_| false, cell, theme, above, buffer);
    let unknown = usage.unknown();
    let shared = "What repositories share counts in each.";
    let images = counted(unknown, "image", "images");
    let least = format!("At least: not all blobs of {images} are known.");
    // What is unknown is said where there is no room for both.
    let said = match format!("{least} {shared}") {
        _ if unknown == 0 => shared.to_owned(),
        both if paint::columns(&both) <= inside.width => both,
        _ => least,
    };
    let last = line(inside, inside.height.saturating_sub(1));
    left(buffer, last, theme.style(Part::Dim), &said);
}

fn cell(row: &Row, column: &Placed<UsageColumn>, largest: u64) -> Cell {
    let least = |bytes: u64| {
        let text = size(bytes);
        match (row.unknown, bytes) {
            (0, _) => (Tone::Plain, text),
            (_, 0) => (Tone::Dim, "unread".to_owned()),
            _ => (Tone::Plain, format!("≥ {text}")),
        }
    };
    vec![match column.id {
        UsageColumn::Repository => {
            let name = row.repository.as_ref().map_or("", |name| name.as_str());
            (Tone::Plain, fit_middle(name, usize::from(column.width)))
        }
        UsageColumn::Images => (Tone::Dim, count(row.images)),
        UsageColumn::Size => least(row.bytes),
        UsageColumn::Exclusive => least(row.exclusive),
        UsageColumn::Bar => {
            let cells = u64::from(column.width) * row.bytes / largest.max(1);
            let cells = usize::try_from(cells).unwrap_or(0);
            (
                Tone::Busy,
                "█".repeat(cells.max(usize::from(row.bytes > 0))),
            )
        }
    }]
}
