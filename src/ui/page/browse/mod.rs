//! What the three panes have in common: title, rule, marker, what is said in an empty one.
//!
//! ```text
//! ━ Repositories 12 of 340 · /api ━━━━
//!   NAME ▲                TAGS  STATE      headings, with the order
//! › team/api               120             the selected row, reversed in the focused pane
//!   team/apiary              3  stale
//! ```

mod images;
mod registries;
mod repositories;
pub(in crate::ui) mod said;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::super::paint::{columns, fill, left, line, part, pieces, right, tint};
use super::super::{Cursor, Theme};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Areas, Focus};
use crate::app::page::Browse;
use crate::app::pane::{Keyed, Pane};
use crate::app::words::wrap;
use crate::config::theme::Part;
use crate::model::Filter;

/// Draws the panes.
pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let mut cursor = None;
    if let Some(area) = areas.registries {
        cursor = cursor.or(registries::draw(browse, world, theme, area, buffer));
    }
    if let Some(area) = areas.repositories {
        cursor = cursor.or(repositories::draw(browse, world, theme, area, buffer));
    }
    if let Some(area) = areas.images {
        cursor = cursor.or(images::draw(browse, world, theme, area, buffer));
    }
    separators(theme, areas, buffer);
    cursor
}

/// What a title says.
struct Title<'a> {
    focus: Focus,
    name: &'a str,
    shown: usize,
    total: usize,
    filter: &'a Filter,
    loading: bool,
    /// The row of the cursor, from 1, and how many there are; where not all are on screen.
    position: Option<(usize, usize)>,
}

impl<'a> Title<'a> {
    fn of<R, S, C>(focus: Focus, name: &'a str, pane: &'a Pane<R, S, C>, height: usize) -> Self
    where
        R: Keyed + PartialEq,
        R::Key: Clone,
        S: Clone + PartialEq,
        C: Copy + PartialEq,
    {
        let rows = pane.listing.rows.len();
        Self {
            focus,
            name,
            shown: rows,
            total: pane.listing.total,
            filter: &pane.filter,
            loading: pane.is_loading(),
            position: (rows > height).then_some((pane.list.cursor + 1, rows)),
        }
    }
}

/// Draws the title line and says where the cursor is, if a filter is typed here.
fn title(
    browse: &Browse,
    theme: &Theme,
    area: Area,
    title: &Title<'_>,
    buffer: &mut Buffer,
) -> Cursor {
    let signs = &theme.signs;
    let focused = browse.focus == title.focus;
    let (part_, rule) = if focused {
        (Part::Focus, signs.rule_focus)
    } else {
        (Part::Rule, signs.rule)
    };
    let style = theme.style(part_);
    let at = line(area, 0);
    fill(buffer, at, style, rule);
    let name = if focused {
        style
    } else {
        theme.style(Part::Text)
    };
    let typing = browse.typing.as_ref().filter(|_| focused);
    let filtered = typing.is_some() || !title.filter.text().is_empty();
    let between = if area.width < 34 { "/" } else { " of " };
    let numbers = match (title.loading, title.total, title.filter.is_empty()) {
        (true, ..) => format!("{}loading", signs.separator),
        // Nothing may mean four things, and the pane says which.
        (_, 0, _) => String::new(),
        (_, total, true) => format!(" {total}"),
        (_, total, false) => format!(" {}{between}{total}", title.shown),
    };
    let mut used = pieces(
        buffer,
        part(at, 1, at.width.saturating_sub(2)),
        &[(name, " "), (name, title.name), (name, &numbers)],
    ) + 1;
    let mut cursor = None;
    if filtered {
        used += left(
            buffer,
            part(at, used, at.width),
            name,
            &format!("{}/", signs.separator),
        );
        let room = part(at, used, at.width - used.min(at.width));
        if let Some(field) = typing {
            let (text, column) = field.view(usize::from(room.width.saturating_sub(2)));
            let style = theme.style(Part::Field);
            used += left(buffer, room, style, &text).max(1);
            let column = u16::try_from(column).unwrap_or(0);
            cursor = Some((room.x + column, room.y));
        } else {
            let room = part(room, 0, room.width.saturating_sub(2));
            used += left(buffer, room, theme.style(Part::Warn), title.filter.text());
        }
    }
    left(buffer, part(at, used, 1), name, " ");
    if let Some((row, rows)) = title.position {
        let text = format!(" {row}/{rows} ");
        let room = part(at, used + 2, at.width.saturating_sub(used + 3));
        if columns(&text) <= room.width {
            right(buffer, room, name, &text);
        }
    }
    cursor
}

/// The style of a row and of its tones: a selected row of the focused pane is one block,
/// so that it is seen without colours.
#[derive(Clone, Copy)]
struct Row<'a> {
    theme: &'a Theme,
    base: Style,
    block: bool,
}

impl Row<'_> {
    fn tone(self, tone: Tone) -> Style {
        if self.block {
            self.base
        } else {
            self.base.patch(self.theme.tone(tone))
        }
    }
}

/// Prepares a row: marker, background.
fn row<'a>(
    theme: &'a Theme,
    at: Area,
    selected: bool,
    focused: bool,
    old: bool,
    buffer: &mut Buffer,
) -> Row<'a> {
    let base = match (selected, focused) {
        // Rows of something else are not to be acted on: none is selected.
        _ if old => theme.style(Part::Dim),
        (true, true) => theme.style(Part::Selected),
        (true, false) => theme.style(Part::Marked),
        (false, _) => theme.style(Part::Text),
    };
    tint(buffer, at, base);
    if selected && !old {
        left(buffer, at, base, theme.signs.marker);
    }
    Row {
        theme,
        base,
        block: (selected && focused) || old,
    }
}

/// Says something in a pane without rows. A tab stands between a key and what it does.
fn empty(theme: &Theme, area: Area, texts: &[(Tone, String)], buffer: &mut Buffer) {
    let width = area.width.saturating_sub(4);
    let mut at = 2;
    for (tone, text) in texts {
        let mut text = text.as_str();
        let mut from = 2;
        if let Some((key, does)) = text.split_once('\t') {
            left(
                buffer,
                part(line(area, at), 2, 5),
                theme.style(Part::Key),
                key,
            );
            text = does;
            from = 7.max(columns(key) + 3);
        }
        let width = width.saturating_sub(from - 2);
        for text in wrap(text, usize::from(width)) {
            if at >= area.height {
                return;
            }
            let to = part(line(area, at), from, width);
            left(buffer, to, theme.tone(*tone), &text);
            at += 1;
        }
    }
}

/// The heading of a column, with the order where it is this one's.
fn heading(theme: &Theme, name: &str, order: Option<bool>) -> String {
    match order {
        Some(true) => format!("{name} {}", theme.signs.down),
        Some(false) => format!("{name} {}", theme.signs.up),
        None => name.to_owned(),
    }
}

/// Draws the rules between panes.
fn separators(theme: &Theme, areas: &Areas, buffer: &mut Buffer) {
    for area in [areas.repositories, areas.images].into_iter().flatten() {
        if area.x == 0 {
            continue;
        }
        let rule = Area {
            x: area.x - 1,
            width: columns(theme.signs.column),
            ..area
        };
        for y in 0..area.height {
            left(
                buffer,
                line(rule, y),
                theme.style(Part::Rule),
                theme.signs.column,
            );
        }
    }
}
