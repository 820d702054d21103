//! What a page says that has no rows, and lines of words of which as many are said as fit.

use ratatui::buffer::Buffer;

use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::words::wrap;
use crate::config::theme::Part;
use crate::ui::Theme;
use crate::ui::paint::{columns, left, line, part};

/// Says something where there are no rows. A tab stands between a key and what it does.
pub(super) fn empty(theme: &Theme, area: Area, texts: &[(Tone, String)], buffer: &mut Buffer) {
    let mut at = 1;
    for (tone, text) in texts {
        let (key, text) = match text.split_once('\t') {
            Some((key, does)) => (key, does),
            None => ("", text.as_str()),
        };
        left(
            buffer,
            part(line(area, at), 2, area.width.saturating_sub(4)),
            theme.style(Part::Key),
            key,
        );
        let from = if key.is_empty() { 2 } else { columns(key) + 4 };
        let width = area.width.saturating_sub(from + 2);
        for text in wrap(text, usize::from(width)) {
            if at >= area.height {
                return;
            }
            let to = part(line(area, at), from, width);
            left(buffer, to, theme.tone(*tone), &text);
            at += 1;
        }
    }
}

/// As many of the words as fit into so many cells, with a sign between them; the last are
/// left out first.
pub(super) fn dotted(words: &[String], separator: &str, room: u16) -> String {
    let mut shown = words;
    while shown.len() > 1 && columns(&shown.join(separator)) > room {
        shown = &shown[..shown.len() - 1];
    }
    shown.join(separator)
}
