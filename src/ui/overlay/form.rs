//! The form of a registry: its sections, the fields of the one in focus, and what there is
//! to say of the field in focus.
//!
//! ```text
//! ┌ Add a registry ────────────────────────────────────────────────┐
//! │ › Address       │ › Name              nexus-prod                │
//! │   Sign-in      ✗│   Address           https://nexus.example     │
//! │   What to load  │   Type              ‹ auto ›                  │
//! │   Limits        │   Active            [x]                       │
//! │   TLS and proxy │                                               │
//! │ ─────────────────────────────────────────────────────────────── │
//! │ What you call this registry                                     │
//! │ 1 to 64 letters, digits, `.`, `_`, `-`                          │
//! └─────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::paint::{columns, fill, left, line, part, pieces, row as rows_to, tint};
use super::super::{Cursor, Theme};
use super::{frame, lines, lower};
use crate::app::State;
use crate::app::document::{Sign, Tone};
use crate::app::layout::{self, Area, Areas, FormAreas};
use crate::app::overlay::FORM_COLUMN;
use crate::app::overlay::{Entry, Form, FormLine, Input};
use crate::config::theme::Part;
use crate::model::setting::Section;

pub(super) fn draw(
    form: &Form,
    state: &State,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let mut page = layout::form_page(areas, form.check.is_some());
    let areas = layout::form(page, form.check_rows(page));
    let shown = form.lines(areas.fields.width, FORM_COLUMN);
    // Without a check the page is no higher than its longest section.
    if form.check.is_none() {
        let most = shown.len().max(form.longest()).max(Section::ALL.len());
        let above = usize::from(areas.is_narrow());
        page = lower(page, most + above + usize::from(areas.help.height));
    }
    let areas = layout::form(page, form.check_rows(page));
    let height = usize::from(areas.fields.height);
    let corner = if shown.len() > height {
        let last = (form.offset + height).min(shown.len());
        format!("{} to {last} of {}", form.offset + 1, shown.len())
    } else {
        String::new()
    };
    frame(theme, page, &form.title(), &corner, buffer);
    sections(form, theme, &areas, buffer);
    let mut cursor = None;
    for (at, text) in shown.iter().skip(form.offset).take(height).enumerate() {
        let to = line(areas.fields, rows_to(at));
        match text {
            FormLine::Field(index) => {
                if let Some(entry) = form.entries.get(*index) {
                    let focused = *index == form.at && form.is_in_fields();
                    let at = field(form, entry, focused, theme, to, buffer);
                    cursor = cursor.or(at.filter(|_| focused));
                }
            }
            FormLine::Offer(name) => {
                let to = part(to, FORM_COLUMN + 2, to.width);
                left(buffer, to, theme.style(Part::Dim), name);
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
    check(form, state, theme, &areas, buffer);
    help(form, state, theme, areas.help, buffer);
    cursor
}

/// The check, behind a rule beside the fields or below one.
fn check(form: &Form, state: &State, theme: &Theme, areas: &FormAreas, buffer: &mut Buffer) {
    let (Some(check), Some(area)) = (&form.check, areas.check) else {
        return;
    };
    let rule = if check.is_focused {
        theme.style(Part::Focus)
    } else {
        theme.style(Part::Rule)
    };
    let beside = area.y == areas.sections.y;
    let area = if beside {
        for y in 0..area.height {
            left(buffer, line(area, y), rule, theme.signs.column);
        }
        part(area, 2, area.width)
    } else {
        let sign = if check.is_focused {
            theme.signs.rule_focus
        } else {
            theme.signs.rule
        };
        fill(buffer, line(area, 0), rule, sign);
        Area {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        }
    };
    let document = check.document(area.width, area.height);
    lines(&document.lines, 0, &state.world, theme, area, buffer);
}

/// The names of the sections, with a sign at those where something is wrong: one below the
/// other beside the fields, or in a line above them.
fn sections(form: &Form, theme: &Theme, areas: &FormAreas, buffer: &mut Buffer) {
    let area = areas.sections;
    let look = |section: Section| match (section == form.section(), form.is_wrong(section)) {
        (true, _) => theme.style(Part::Focus),
        (false, true) => theme.style(Part::Bad),
        (false, false) => theme.style(Part::Text),
    };
    let sign = |section: Section| {
        let wrong = form.is_wrong(section);
        if wrong { theme.sign(Sign::Bad, 0) } else { "" }
    };
    if areas.is_narrow() {
        let [before, after] = theme.signs.tab;
        let mut used = 0;
        for section in Section::ALL {
            let is_here = section == form.section();
            let (before, after) = if is_here { (before, after) } else { ("", "") };
            let name = format!("{before}{}{after}", section.title());
            let said = [
                (look(section), name.as_str()),
                (theme.style(Part::Bad), sign(section)),
            ];
            used += pieces(buffer, part(area, used, area.width), &said) + 1;
        }
        return;
    }
    let edge = area.width.saturating_sub(2);
    for y in 0..area.height {
        let rule = part(line(area, y), edge, 1);
        left(buffer, rule, theme.style(Part::Rule), theme.signs.column);
    }
    for (at, section) in Section::ALL.into_iter().enumerate() {
        let to = line(area, rows_to(at));
        if section == form.section() {
            left(buffer, to, look(section), theme.signs.marker);
        }
        left(
            buffer,
            part(to, 2, edge - 2),
            look(section),
            section.title(),
        );
        let to = part(to, edge.saturating_sub(1), 1);
        left(buffer, to, theme.style(Part::Bad), sign(section));
    }
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
            if secret.is_empty() && !focused {
                left(buffer, value, theme.style(Part::Dim), form.placeholder());
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
    }
    None
}

/// Some lines on the focused field, or what there is to say about the whole.
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
    let room = area.height.saturating_sub(1);
    let said = match &form.trouble {
        Some(trouble) => {
            let lines = crate::app::words::wrap(trouble, usize::from(area.width));
            lines.into_iter().map(|line| (Tone::Bad, line)).collect()
        }
        None => form.advice(area.width, room),
    };
    for (at, (tone, text)) in said.iter().take(usize::from(room)).enumerate() {
        let to = line(area, 1 + rows_to(at));
        left(buffer, to, theme.tone(*tone), text);
    }
}
