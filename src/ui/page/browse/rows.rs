//! A pane of rows in columns: its title, and its rows or why there are none.

use ratatui::buffer::Buffer;

use super::{Title, empty, rest, title};
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, table_rows};
use crate::app::page::Browse;
use crate::app::pane::{Keyed, Pane};
use crate::app::table::Placed;
use crate::ui::table::{Cell, Table, draw as draw_table};
use crate::ui::{Cursor, Theme};

/// A pane as it is drawn.
pub(super) struct Rows<'a, R: Keyed, S, C> {
    pub(super) browse: &'a Browse,
    pub(super) focus: Focus,
    pub(super) name: &'a str,
    pub(super) pane: &'a Pane<R, S, C>,
    pub(super) columns: Vec<Placed<C>>,
    /// Whose rows they are, where that is to be said.
    pub(super) of: Option<String>,
    /// By what they are ordered, in a word.
    pub(super) by: &'static str,
}

impl<R, S, C> Rows<'_, R, S, C>
where
    R: Keyed + PartialEq + Clone,
    R::Key: Clone + Ord,
    S: Clone + PartialEq,
    C: Copy + PartialEq,
{
    /// Draws it; `nothing` is what is said where there is no row.
    pub(super) fn draw(
        &self,
        theme: &Theme,
        area: Area,
        nothing: impl FnOnce() -> Vec<(Tone, String)>,
        cell: impl Fn(&R, &Placed<C>) -> Cell,
        buffer: &mut Buffer,
    ) -> Cursor {
        let Self { browse, pane, .. } = self;
        let mut said = Title::of(self.focus, self.name, pane, table_rows(area));
        said.of.clone_from(&self.of);
        said.by = self.by;
        let cursor = title(browse, theme, area, &said, buffer);
        let rows = &pane.listing.rows;
        if rows.is_empty() {
            empty(theme, area, &nothing(), buffer);
            return cursor;
        }
        let table = Table {
            columns: &self.columns,
            order: Some((pane.order.column, pane.order.descending)),
            list: pane.list,
            focused: browse.focus == self.focus,
            old: !pane.is_current(),
        };
        let marked = |row: &R| pane.marks.has(&row.key());
        draw_table(&table, rows, marked, cell, theme, rest(area), buffer);
        cursor
    }
}
