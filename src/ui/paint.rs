//! Text into cells: cut to width, made harmless, never beyond its area.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::app::layout::Area;
use crate::app::words::fit;

/// A piece of text with a style.
pub(super) type Piece<'a> = (Style, &'a str);

pub(super) fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

/// The `row`th line of an area; nothing below its end.
pub(super) fn line(area: Area, row: u16) -> Area {
    Area {
        y: area.y + row,
        height: u16::from(row < area.height),
        ..area
    }
}

/// The part of a line from `column` on, `width` wide.
pub(super) fn part(area: Area, column: u16, width: u16) -> Area {
    let column = column.min(area.width);
    Area {
        x: area.x + column,
        width: width.min(area.width - column),
        ..area
    }
}

/// Puts text at the left of a line; returns the columns it took.
pub(super) fn left(buffer: &mut Buffer, at: Area, style: Style, text: &str) -> u16 {
    if at.height == 0 || at.width == 0 {
        return 0;
    }
    let text = fit(text, usize::from(at.width));
    buffer.set_stringn(at.x, at.y, &text, usize::from(at.width), style);
    columns(&text)
}

/// Puts text at the right of a line; returns the columns it took.
pub(super) fn right(buffer: &mut Buffer, at: Area, style: Style, text: &str) -> u16 {
    let used = columns(text).min(at.width);
    left(buffer, part(at, at.width - used, used), style, text)
}

/// Puts pieces after one another; returns the columns they took.
pub(super) fn pieces(buffer: &mut Buffer, at: Area, pieces: &[Piece<'_>]) -> u16 {
    let mut used = 0;
    for (style, text) in pieces {
        used += left(buffer, part(at, used, at.width), *style, text);
    }
    used
}

/// Puts one text over and over until the line is full.
pub(super) fn fill(buffer: &mut Buffer, at: Area, style: Style, text: &str) {
    for column in 0..at.width {
        left(buffer, part(at, column, 1), style, text);
    }
}

/// Gives every cell of an area a style, over what it has.
pub(super) fn tint(buffer: &mut Buffer, area: Area, style: Style) {
    buffer.set_style(rect(area).intersection(buffer.area), style);
}

/// Columns that a text takes.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// A count of rows as the terminal counts.
pub(super) fn row(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
