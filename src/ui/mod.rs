//! Drawing of the screen: a state, a theme, a frame. No I/O, no clock, no lock.

use ratatui::Frame;

mod theme;

pub use theme::Theme;

use crate::app::State;

/// Draws everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let _ = (state, theme, frame);
}
