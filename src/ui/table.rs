//! Rows in columns: headings with the order, a cursor, marks.
//!
//! ```text
//!   NAME ▲                TAGS  STATE
//! › team/api               120             the selected row, reversed in the focused list
//! ▌ team/apiary              3  stale      a marked one
//! ```

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::Theme;
use super::paint::{left, line, part, pieces, right, row as rows_to, tint};
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::list::List;
use crate::app::table::Placed;
use crate::config::theme::Part;

/// What is in a cell: pieces of text, each with its tone.
pub(super) type Cell = Vec<(Tone, String)>;

/// A list of rows as it is drawn.
pub(super) struct Table<'a, C> {
    /// Where the columns are.
    pub(super) columns: &'a [Placed<C>],
    /// By which column the rows are ordered, and whether downwards.
    pub(super) order: Option<(C, bool)>,
    /// The cursor.
    pub(super) list: List,
    /// Whether keys go to it.
    pub(super) focused: bool,
    /// Whether its rows are those of something else than is wanted.
    pub(super) old: bool,
}

/// The style of a row and of its tones: a selected row of the focused list is one block,
/// so that it is seen without colours.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) theme: &'a Theme,
    base: Style,
    block: bool,
}

impl Row<'_> {
    pub(super) fn tone(self, tone: Tone) -> Style {
        if self.block && tone == Tone::Match {
            self.base.patch(self.theme.tone(tone))
        } else if self.block {
            self.base
        } else {
            self.base.patch(self.theme.tone(tone))
        }
    }
}

/// How a row is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    pub(super) selected: bool,
    pub(super) focused: bool,
    pub(super) old: bool,
    pub(super) marked: bool,
}

/// Prepares a row: the signs at its edge, its background.
pub(super) fn row<'a>(theme: &'a Theme, at: Area, look: Look, buffer: &mut Buffer) -> Row<'a> {
    let selected = look.selected && !look.old;
    let base = match (selected, look.focused) {
        // Rows of something else are not to be acted on: none is selected.
        _ if look.old => theme.style(Part::Dim),
        (true, true) => theme.style(Part::Selected),
        (true, false) => theme.style(Part::Marked),
        (false, _) => theme.style(Part::Text),
    };
    tint(buffer, at, base);
    if look.marked {
        left(
            buffer,
            part(at, u16::from(selected), 1),
            base,
            theme.signs.mark,
        );
    }
    if selected {
        left(buffer, part(at, 0, 1), base, theme.signs.marker);
    }
    Row {
        theme,
        base,
        block: (selected && look.focused) || look.old,
    }
}

/// How many rows a table in this area shows below its headings.
pub(super) fn rows(area: Area) -> usize {
    usize::from(area.height.saturating_sub(1))
}

/// Draws the headings and the rows that are on screen.
pub(super) fn draw<R, C: Copy + PartialEq>(
    table: &Table<'_, C>,
    all: &[R],
    marked: impl Fn(&R) -> bool,
    cell: impl Fn(&R, &Placed<C>) -> Cell,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) {
    let top = line(area, 0);
    for column in table.columns {
        let order = table.order.filter(|(id, _)| *id == column.id);
        let text = heading(theme, column.heading, order.map(|(_, down)| down));
        let at = part(top, column.x, column.width);
        put(buffer, at, theme.style(Part::Heading), &text, column.right);
    }
    let shown = all.iter().enumerate().skip(table.list.offset);
    for (at, (index, one)) in shown.take(rows(area)).enumerate() {
        let to = line(area, 1 + rows_to(at));
        let look = Look {
            selected: index == table.list.cursor,
            focused: table.focused,
            old: table.old,
            marked: marked(one),
        };
        let style = row(theme, to, look, buffer);
        for column in table.columns {
            let at = part(to, column.x, column.width);
            match &cell(one, column)[..] {
                [(tone, text)] => put(buffer, at, style.tone(*tone), text, column.right),
                several => {
                    let said: Vec<(Style, &str)> = several
                        .iter()
                        .map(|(tone, text)| (style.tone(*tone), text.as_str()))
                        .collect();
                    pieces(buffer, at, &said);
                }
            }
        }
    }
}

fn put(buffer: &mut Buffer, at: Area, style: Style, text: &str, at_right: bool) {
    if at_right {
        right(buffer, at, style, text);
    } else {
        left(buffer, at, style, text);
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
