//! What fills the screen below the header, one file a page.

mod browse;
mod changes;
mod crawls;
mod empty;
mod plan;
mod search;

use ratatui::buffer::Buffer;

use super::{Cursor, Theme};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Areas;
use crate::app::page::PageId;

/// Draws the page that is shown.
pub(super) fn draw(state: &State, theme: &Theme, areas: &Areas, buffer: &mut Buffer) -> Cursor {
    let (pages, world) = (&state.pages, &state.world);
    match pages.at {
        PageId::Browse => browse::draw(&pages.browse, world, theme, areas, buffer),
        PageId::Search => search::draw(&pages.search, world, theme, areas, buffer),
        PageId::Changes => changes::draw(&pages.changes, world, theme, areas, buffer),
        PageId::Crawls => crawls::draw(&pages.crawls, world, theme, areas, buffer),
        PageId::Plan => plan::draw(&pages.plan, world, theme, areas, buffer),
    }
}

/// What there is to say of what is selected on the page that is shown.
pub(super) fn said(state: &State) -> Option<(Tone, String)> {
    match state.pages.at {
        PageId::Browse => browse::said::said(&state.pages.browse, &state.world),
        PageId::Crawls => crawls::said(&state.pages.crawls, &state.world),
        PageId::Changes => changes::said(&state.pages.changes, &state.world),
        PageId::Search => search::said(&state.pages.search, &state.world),
        PageId::Plan => plan::said(&state.pages.plan, &state.world),
    }
}

/// A sentence about the selected row behind how many rows are marked, and how many of them
/// a filter hides.
fn with_marks((marked, hidden): (usize, usize), text: String) -> String {
    match (marked, hidden) {
        (0, _) => text,
        (marked, 0) => format!("{marked} marked; {text}"),
        (marked, hidden) => format!("{marked} marked, {hidden} of them not shown; {text}"),
    }
}
