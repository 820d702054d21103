//! A line that is asked for, in the middle of the screen.
//!
//! ```text
//! ┌ Note ────────────────────────────────────────┐
//! │                                              │
//! │ Beside the decision about tag `1.0`.         │
//! │                                              │
//! │ Note  superseded by 2.0                      │
//! │                                              │
//! │ enter accept   esc leave                     │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::Theme;
use super::super::paint::{columns, left, line, part, pieces, row};
use super::frame;
use crate::app::State;
use crate::app::layout::Area;
use crate::app::overlay::Line;
use crate::app::words::wrap;
use crate::config::keys::{Command, Context};
use crate::config::theme::Part;

/// Columns of the box, where there is room.
const WIDTH: u16 = 72;

pub(super) fn draw(
    asked: &Line,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let width = WIDTH.min(page.width);
    let inner = usize::from(width.saturating_sub(4));
    let text = wrap(&asked.text, inner);
    let trouble = asked.trouble.as_deref().map(|trouble| wrap(trouble, inner));
    let trouble = trouble.unwrap_or_default();
    let offers = asked.completion.lines();
    let details: Vec<String> = asked
        .details
        .iter()
        .flat_map(|wrong| wrap(wrong, inner))
        .collect();
    // Below the line: what is wrong with it, or how it may go on.
    let bad = trouble.into_iter().chain(details).map(|it| (Part::Bad, it));
    let mut below: Vec<(Part, String)> = bad.collect();
    below.extend(offers.into_iter().map(|offer| (Part::Dim, offer)));
    let most = usize::from(page.height).saturating_sub(text.len() + 7);
    if below.len() > most {
        below.truncate(most.saturating_sub(1));
        below.push((Part::Bad, "and more".to_owned()));
    }
    let height = (row(text.len() + below.len()) + 7).min(page.height);
    let area = Area {
        x: page.x + (page.width - width) / 2,
        y: page.y + (page.height - height) / 2,
        width,
        height,
    };
    frame(theme, area, asked.title, "", buffer);
    let inside = area.inside();
    let plain = theme.style(Part::Text);
    for (at, text) in text.iter().enumerate() {
        left(buffer, line(inside, 1 + row(at)), plain, text);
    }
    let field = line(inside, row(text.len()) + 2);
    left(buffer, field, plain, asked.label);
    let before = columns(asked.label) + 2;
    let room = part(field, before, field.width.saturating_sub(before));
    let (typed, column) = asked.field.view(usize::from(room.width));
    left(buffer, room, theme.style(Part::Field), &typed);
    for (at, (part, said)) in below.iter().enumerate() {
        let to = line(inside, row(text.len() + at) + 3);
        left(buffer, to, theme.style(*part), said);
    }
    let key = |command| {
        let binding = state.world.keys.binding(Context::Line, command);
        binding.map_or_else(String::new, crate::config::keys::Binding::key)
    };
    let (accept, leave) = (key(Command::Advance), key(Command::Leave));
    let bold = theme.style(Part::Key);
    let words = [
        (bold, accept.as_str()),
        (plain, " accept   "),
        (bold, &leave),
        (plain, " leave"),
    ];
    let last = line(inside, inside.height.saturating_sub(1));
    pieces(buffer, last, &words);
    (room.x + u16::try_from(column).unwrap_or(0), room.y)
}
