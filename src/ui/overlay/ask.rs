//! A secret that is asked for, in the middle of the screen.
//!
//! ```text
//! ┌ Passphrase ──────────────────────────────────┐
//! │                                              │
//! │ Of the encrypted file that holds passwords.  │
//! │                                              │
//! │ Secret  •••••••                              │
//! │                                              │
//! │ enter answer   esc go on without             │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::Theme;
use super::super::paint::{columns, left, line, part, pieces, row};
use super::frame;
use crate::app::State;
use crate::app::layout::Area;
use crate::app::overlay::Ask;
use crate::app::words::wrap;
use crate::config::keys::{Command, Context};
use crate::config::theme::Part;

/// Columns of the box, where there is room.
const WIDTH: u16 = 64;

pub(super) fn draw(
    ask: &Ask,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let width = WIDTH.min(page.width);
    let text = wrap(&ask.request.text, usize::from(width.saturating_sub(4)));
    let height = (row(text.len()) + 8).min(page.height);
    let area = Area {
        x: page.x + (page.width - width) / 2,
        y: page.y + (page.height - height) / 2,
        width,
        height,
    };
    frame(theme, area, &ask.request.title, "", buffer);
    let inside = area.inside();
    let plain = theme.style(Part::Text);
    for (at, text) in text.iter().enumerate() {
        left(buffer, line(inside, 1 + row(at)), plain, text);
    }
    let field = line(inside, inside.height.saturating_sub(4));
    left(buffer, field, plain, ask.label());
    let before = columns(ask.label()) + 2;
    let room = part(field, before, field.width.saturating_sub(before));
    let shown = ask
        .field
        .len()
        .min(usize::from(room.width.saturating_sub(1)));
    let dots = theme.signs.mask.to_string().repeat(shown);
    left(buffer, room, plain, &dots);
    if let Some(trouble) = ask.trouble {
        let below = line(inside, inside.height.saturating_sub(3));
        left(buffer, below, theme.style(Part::Bad), trouble);
    }
    let key = |command| {
        let binding = state.world.keys.binding(Context::Ask, command);
        binding.map_or_else(String::new, crate::config::keys::Binding::key)
    };
    let (answer, leave) = (key(Command::Advance), key(Command::Leave));
    let bold = theme.style(Part::Key);
    let words = [
        (bold, answer.as_str()),
        (plain, " answer   "),
        (bold, &leave),
        (plain, " go on without"),
    ];
    pieces(
        buffer,
        line(inside, inside.height.saturating_sub(1)),
        &words,
    );
    (room.x + row(shown), room.y)
}
