//! A question, in the middle of the screen.
//!
//! ```text
//! ┌ Remove nexus? ───────────────────────────────┐
//! │                                              │
//! │ Its settings and its kept password go.       │
//! │                                              │
//! │ y yes   n no                                 │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::Theme;
use super::super::paint::{left, line, pieces, row};
use super::frame;
use crate::app::State;
use crate::app::layout::Area;
use crate::app::overlay::Confirm;
use crate::app::words::wrap;
use crate::config::keys::{Command, Context};
use crate::config::theme::Part;

/// Columns of the box, where there is room.
const WIDTH: u16 = 60;

pub(super) fn draw(
    confirm: &Confirm,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) {
    let width = WIDTH.min(page.width);
    let text = wrap(&confirm.text, usize::from(width.saturating_sub(4)));
    let height = (row(text.len()) + 5).min(page.height);
    let area = Area {
        x: page.x + (page.width - width) / 2,
        y: page.y + (page.height - height) / 2,
        width,
        height,
    };
    frame(theme, area, &confirm.title, "", buffer);
    let inside = area.inside();
    for (at, text) in text.iter().enumerate() {
        left(
            buffer,
            line(inside, 1 + row(at)),
            theme.style(Part::Text),
            text,
        );
    }
    let key = |command| {
        let binding = state.world.keys.binding(Context::Confirm, command);
        binding.map_or_else(String::new, crate::config::keys::Binding::key)
    };
    let (yes, no) = (key(Command::Yes), key(Command::No));
    let (bold, plain) = (theme.style(Part::Key), theme.style(Part::Text));
    let answers = [
        (bold, yes.as_str()),
        (plain, " yes   "),
        (bold, &no),
        (plain, " no"),
    ];
    let last = line(inside, inside.height.saturating_sub(1));
    pieces(buffer, last, &answers);
}
