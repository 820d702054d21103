//! Drawing of the screen: a state, a theme, a frame. No I/O, no clock, no lock.
//!
//! Every text that came from a registry is made harmless on its way to the cells.

mod bottom;
mod header;
mod overlay;
mod page;
mod paint;
mod table;
mod theme;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

pub use theme::Theme;

use crate::app::layout::{Area, FLOOR};
use crate::app::{Size, State};
use crate::config::theme::Part;

/// Where the terminal's own cursor stands, where it is shown.
type Cursor = Option<(u16, u16)>;

/// Draws everything.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    // The terminal may be another size than the state was told; the next event tells it.
    let size = frame.area();
    if state.world.size.width > size.width || state.world.size.height > size.height {
        return;
    }
    let cursor = paint(state, theme, frame.buffer_mut());
    for cell in &mut frame.buffer_mut().content {
        if let Some(text) = theme.replaced(cell.symbol()) {
            cell.set_symbol(text);
        }
    }
    if let Some((x, y)) = cursor {
        frame.set_cursor_position(Position { x, y });
    }
}

fn paint(state: &State, theme: &Theme, buffer: &mut Buffer) -> Cursor {
    let Some(areas) = state.areas() else {
        too_small(state.world.size, theme, buffer);
        return None;
    };
    header::draw(state, theme, areas.header, buffer);
    let mut cursor = page::draw(state, theme, &areas, buffer);
    bottom::draw(state, theme, &areas, buffer);
    for overlay in &state.overlays {
        cursor = overlay::draw(overlay, state, theme, &areas, buffer);
    }
    cursor
}

fn too_small(size: Size, theme: &Theme, buffer: &mut Buffer) {
    let line = Area {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height.min(1),
    };
    let text = format!("supercargo needs {}x{}", FLOOR.width, FLOOR.height);
    let here = format!("{text}; this is {}x{}", size.width, size.height);
    let text = if paint::columns(&here) <= size.width {
        here
    } else {
        text
    };
    paint::left(buffer, line, theme.style(Part::Text), &text);
}

/// The cells of a frame, which is not drawn.
pub fn painted(state: &State, theme: &Theme) -> Buffer {
    let size = state.world.size;
    let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, size.width, size.height));
    paint(state, theme, &mut buffer);
    buffer
}

#[cfg(test)]
mod tests;

/// Draws a state of any size and looks at nothing: for tests of the machine.
#[cfg(test)]
pub(crate) fn smoke(state: &State) {
    let _ = cells(state);
}

/// What is on the screen, in the usual theme.
#[cfg(test)]
pub(crate) fn cells(state: &State) -> Buffer {
    let looks = crate::config::theme::Theme::named("dark");
    looks.map_or_else(
        |_| Buffer::default(),
        |looks| painted(state, &Theme::new(looks, false)),
    )
}
