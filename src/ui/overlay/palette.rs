//! Commands by name, above the lines at the bottom.
//!
//! ```text
//! ┌ Commands ─────────────────────────────────────── 1 of 4 ┐
//! │ crawl                  c        crawl the selected …    │
//! │ crawls                 4        crawls, running and …   │
//! │ crawl-all              C        crawl every active …    │
//! │ :cra                                                    │
//! └─────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::Theme;
use super::super::paint::{left, line, part, row as rows_to, tint};
use super::frame;
use crate::app::layout::Area;
use crate::app::overlay::Palette;
use crate::config::theme::Part;

/// Columns of names, and of keys.
const NAME: u16 = 22;
const KEY: u16 = 8;

pub(super) fn draw(
    palette: &Palette,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let found = palette.matching();
    let area = palette.area(page);
    let corner = match found.len() {
        0 => String::new(),
        len => format!("{} of {len}", palette.list.cursor + 1),
    };
    frame(theme, area, "Commands", &corner, buffer);
    let inside = area.inside();
    if found.is_empty() {
        let text = palette.unknown();
        left(buffer, line(inside, 0), theme.style(Part::Warn), &text);
    }
    let shown = found.iter().enumerate().skip(palette.list.offset);
    for (at, (index, entry)) in shown.take(Palette::rows(area)).enumerate() {
        let to = line(inside, rows_to(at));
        let is_selected = index == palette.list.cursor;
        let style = |part| {
            if is_selected {
                theme.style(Part::Selected)
            } else {
                theme.style(part)
            }
        };
        let (name, key) = match entry.why_not {
            Some(_) => (Part::Dim, Part::Dim),
            None => (Part::Text, Part::Key),
        };
        tint(buffer, to, style(Part::Text));
        let text = format!("{} {}", entry.name, entry.words);
        left(buffer, part(to, 0, NAME), style(name), text.trim_end());
        left(buffer, part(to, NAME + 1, KEY), style(key), &entry.key);
        let rest = part(to, NAME + KEY + 2, to.width);
        let text = entry.why_not.as_ref().unwrap_or(&entry.help);
        left(buffer, rest, style(Part::Dim), text);
    }
    let last = line(inside, inside.height.saturating_sub(1));
    let used = left(buffer, last, theme.style(Part::Key), ":");
    let room = part(last, used, last.width.saturating_sub(used));
    let (text, column) = palette.field.view(usize::from(room.width));
    left(buffer, room, theme.style(Part::Field), &text);
    (room.x + rows_to(column), room.y)
}
