//! The form of a registry.
//!
//! ```text
//! ┌ Add a registry ────────────────────────────────────────────────┐
//! │ › Name                nexus-prod                                │
//! │   Address             https://nexus.example                     │
//! │                       ! `nexus` has no scheme: write `https://… │
//! │   Type                ‹ auto ›                                  │
//! │   Active              [x]                                       │
//! │   …                                                             │
//! │ ─────────────────────────────────────────────────────────────── │
//! │ What you call this registry                                     │
//! │ 1 to 64 letters, digits, `.`, `_`, `-`                          │
//! └─────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::paint::{columns, fill, left, line, part, row as rows_to, tint};
use super::super::{Cursor, Theme};
use super::{frame, lines, lower};
use crate::app::State;
use crate::app::document::Sign;
use crate::app::layout::{self, Area};
use crate::app::overlay::FORM_COLUMN;
use crate::app::overlay::{Entry, Form, FormLine, Input, Key};
use crate::config::theme::Part;

pub(super) fn draw(
    form: &Form,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let areas = layout::form(page, form.check_rows(page));
    let shown = form.lines(areas.fields.width, FORM_COLUMN);
    // Without a check the page is no higher than its fields; its lines are all the same.
    let page = if form.check.is_none() {
        lower(page, shown.len() + 3)
    } else {
        page
    };
    let areas = layout::form(page, form.check_rows(page));
    let height = usize::from(areas.fields.height);
    let corner = if shown.len() > height {
        let last = (form.offset + height).min(shown.len());
        format!("{} to {last} of {}", form.offset + 1, shown.len())
    } else {
        String::new()
    };
    frame(theme, page, &form.title(), &corner, buffer);
    let mut cursor = None;
    for (at, text) in shown.iter().skip(form.offset).take(height).enumerate() {
        let to = line(areas.fields, rows_to(at));
        match text {
            FormLine::Field(index) => {
                if let Some(entry) = form.entries.get(*index) {
                    let focused = *index == form.at;
                    let at = field(form, entry, focused, theme, to, buffer);
                    cursor = cursor.or(at.filter(|_| focused));
                }
            }
            FormLine::Error { text, first } => {
                let style = theme.style(Part::Bad);
                if *first {
                    let sign = part(to, FORM_COLUMN.saturating_sub(2), 1);
                    left(buffer, sign, style, theme.sign(Sign::Bad, 0));
                }
                left(buffer, part(to, FORM_COLUMN, to.width), style, text);
            }
        }
    }
    if let (Some(check), Some(area)) = (&form.check, areas.check) {
        let rule = theme.style(Part::Rule);
        let beside = area.y == areas.fields.y;
        let area = if beside {
            for y in 0..area.height {
                left(buffer, line(area, y), rule, theme.signs.column);
            }
            part(area, 2, area.width)
        } else {
            fill(buffer, line(area, 0), rule, theme.signs.rule);
            Area {
                y: area.y + 1,
                height: area.height - 1,
                ..area
            }
        };
        let document = check.document(area.width, area.height);
        lines(&document.lines, 0, &state.world, theme, area, buffer);
    }
    help(form, state, theme, areas.help, buffer);
    cursor
}

fn field(
    form: &Form,
    entry: &Entry,
    focused: bool,
    theme: &Theme,
    to: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let name = match (focused, entry.error.is_some()) {
        (true, _) => theme.style(Part::Focus),
        (false, true) => theme.style(Part::Bad),
        (false, false) => theme.style(Part::Text),
    };
    if focused {
        left(buffer, to, name, theme.signs.marker);
    }
    let label = part(to, 2, FORM_COLUMN - 3);
    let value = part(to, FORM_COLUMN, to.width);
    if let Input::Button = entry.input {
        let text = match (entry.key, form.more) {
            (Key::More, true) => "[ Fewer settings ]".to_owned(),
            _ => format!("[ {} ]", entry.label),
        };
        let style = if focused {
            theme.style(Part::Selected)
        } else {
            theme.style(Part::Text)
        };
        left(buffer, part(to, 2, to.width), style, &text);
        return None;
    }
    left(buffer, label, name, form.label(entry));
    let plain = theme.style(Part::Text);
    match &entry.input {
        Input::Text(text) => {
            let width = usize::from(value.width);
            let (shown, column) = text.view(width);
            if focused {
                tint(buffer, value, theme.style(Part::Field));
            }
            let style = if focused {
                theme.style(Part::Field)
            } else {
                plain
            };
            left(buffer, value, style, &shown);
            let column = u16::try_from(column).unwrap_or(0);
            return Some((value.x + column.min(value.width.saturating_sub(1)), value.y));
        }
        Input::Secret(secret) => {
            let mask: String = std::iter::repeat_n(theme.signs.mask, secret.len()).collect();
            let room = usize::from(value.width.saturating_sub(1));
            let mask: String = mask.chars().take(room).collect();
            if focused {
                tint(buffer, value, theme.style(Part::Field));
            }
            let style = if focused {
                theme.style(Part::Field)
            } else {
                plain
            };
            if secret.is_empty() && !focused && form.id.is_some() {
                left(buffer, value, theme.style(Part::Dim), "unchanged");
            }
            left(buffer, value, style, &mask);
            return Some((value.x + columns(&mask), value.y));
        }
        Input::Choice { .. } => {
            let [before, after] = theme.signs.choice;
            let text = format!("{before}{}{after}", entry.value());
            let style = if focused {
                theme.style(Part::Selected)
            } else {
                plain
            };
            left(buffer, value, style, &text);
        }
        Input::Switch(on) => {
            let style = if focused {
                theme.style(Part::Selected)
            } else {
                plain
            };
            left(buffer, value, style, if *on { "[x]" } else { "[ ]" });
        }
        Input::Button => {}
    }
    None
}

/// Two lines on the focused field, or what there is to say about the whole.
fn help(form: &Form, state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    fill(
        buffer,
        line(area, 0),
        theme.style(Part::Rule),
        theme.signs.rule,
    );
    if form.saving.is_some() {
        let sign = theme.sign(Sign::Busy, state.world.beat);
        let text = format!("{sign} saving");
        left(buffer, line(area, 1), theme.style(Part::Busy), &text);
        return;
    }
    if let Some(trouble) = &form.trouble {
        let text = crate::app::words::wrap(trouble, usize::from(area.width));
        for (at, text) in text.iter().take(2).enumerate() {
            left(
                buffer,
                line(area, 1 + rows_to(at)),
                theme.style(Part::Bad),
                text,
            );
        }
        return;
    }
    if form.focused().is_some() {
        left(buffer, line(area, 1), theme.style(Part::Text), form.help());
        left(buffer, line(area, 2), theme.style(Part::Dim), &form.range());
    }
}
