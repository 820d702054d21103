//! What fills the screen below the header, one file a page.

mod browse;

use ratatui::buffer::Buffer;

use super::{Cursor, Theme};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Areas;

/// Draws the page that is shown.
pub(super) fn draw(state: &State, theme: &Theme, areas: &Areas, buffer: &mut Buffer) -> Cursor {
    browse::draw(&state.pages.browse, &state.world, theme, areas, buffer)
}

/// What there is to say of what is selected on the page that is shown.
pub(super) fn said(state: &State) -> Option<(Tone, String)> {
    browse::said::said(&state.pages.browse, &state.world)
}
