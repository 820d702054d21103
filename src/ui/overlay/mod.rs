//! Pages over the panes: a frame with a title, and what is inside.
//!
//! ```text
//! ┌ Image team/api ──────────────────────────────── 12 to 31 of 40 ┐
//! │ digest         sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad6… │
//! │ 3 tags         1.27.3  1.27  latest                             │
//! └─────────────────────────────────────────────────────────────────┘
//! ```

mod ask;
mod confirm;
mod detail;
mod drift;
mod failures;
mod form;
mod line;
mod palette;
mod requests;
mod usage;

use ratatui::buffer::Buffer;

use super::paint::{columns, fill, left, line, part, pieces, rect, right, row};
use super::{Cursor, Theme};
use crate::app::document::{Document, Line, Tone};
use crate::app::layout::{Area, Areas};
use crate::app::overlay::{Find, Overlay, Scroll, matches};
use crate::app::{State, World};
use crate::config::theme::Part;
use crate::model::Trouble;

pub(super) fn draw(
    overlay: &Overlay,
    state: &State,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let page = areas.page;
    let width = page.inside().width;
    match overlay {
        Overlay::Form(form) => return form::draw(form, state, theme, areas, buffer),
        Overlay::Ask(ask) => return Some(ask::draw(ask, state, theme, page, buffer)),
        Overlay::Palette(palette) => return Some(palette::draw(palette, theme, page, buffer)),
        Overlay::Line(asked) => return Some(line::draw(asked, state, theme, page, buffer)),
        Overlay::Confirm(confirm) => confirm::draw(confirm, state, theme, page, buffer),
        Overlay::Failures(failures) => {
            return failures::draw(failures, state, theme, page, buffer);
        }
        Overlay::Drift(drift) => drift::draw(drift, state, theme, page, buffer),
        Overlay::Requests(requests) => {
            return requests::draw(requests, state, theme, page, buffer);
        }
        Overlay::Usage(usage) => usage::draw(usage, state, theme, page, buffer),
        Overlay::Detail(detail) => return detail::draw(detail, state, theme, page, buffer),
        Overlay::Check(check) => {
            let document = check.document(width);
            let title = format!("Check of {} at {}", check.name, check.address);
            let shown = (&document, &Find::default());
            scrolled(shown, check.scroll, &title, state, theme, page, buffer);
        }
        Overlay::Diff(diff) => {
            let document = diff.document(&state.world, width);
            let title = diff.title();
            let shown = (&document, &Find::default());
            scrolled(shown, diff.scroll, &title, state, theme, page, buffer);
        }
        Overlay::Help(help) => {
            let document = help.document(&state.world.keys, width);
            let shown = (&document, &help.find);
            return scrolled(shown, help.scroll, "Keys", state, theme, page, buffer);
        }
    }
    None
}

/// Columns beside a page that are cleared with it.
const MARGIN: u16 = 2;

/// Draws the frame of a page over whatever was there.
fn frame(theme: &Theme, area: Area, title: &str, corner: &str, buffer: &mut Buffer) {
    // A page that leaves a margin leaves it empty: half a word beside it is noise.
    let cleared = Area {
        x: area.x.saturating_sub(MARGIN),
        width: area.width.saturating_add(2 * MARGIN),
        ..area
    };
    cut_words(cleared, buffer);
    for row in rect(cleared).intersection(buffer.area).rows() {
        for cell in row.columns() {
            buffer[(cell.x, cell.y)].reset();
        }
    }
    let style = theme.style(Part::Focus);
    let [
        upper_left,
        upper_right,
        lower_right,
        lower_left,
        across,
        down,
    ] = theme.signs.frame;
    let last = area.height.saturating_sub(1);
    let right_edge = area.width.saturating_sub(1);
    for (y, from, to) in [
        (0, upper_left, upper_right),
        (last, lower_left, lower_right),
    ] {
        let edge = line(area, y);
        fill(buffer, edge, style, across);
        left(buffer, edge, style, from);
        left(buffer, part(edge, right_edge, 1), style, to);
    }
    for y in 1..last {
        let edge = line(area, y);
        left(buffer, edge, style, down);
        left(buffer, part(edge, right_edge, 1), style, down);
    }
    let top = part(line(area, 0), 2, area.width.saturating_sub(4));
    let corner = if corner.is_empty() {
        String::new()
    } else {
        format!(" {corner} ")
    };
    let used = right(buffer, top, style, &corner);
    let room = part(top, 0, top.width.saturating_sub(used + 1));
    let title = crate::app::words::fit(title, usize::from(room.width.saturating_sub(2)));
    left(buffer, room, style, &format!(" {title} "));
}

/// Says of words that reach into an area which is cleared that they go on.
fn cut_words(area: Area, buffer: &mut Buffer) {
    let is_word = |symbol: &str| symbol.chars().all(|c| !c.is_whitespace() && !is_line(c));
    let right = area.x.saturating_add(area.width);
    for y in area.y..area.y.saturating_add(area.height) {
        // The last cell that stays on either side, and the first that goes.
        for (stays, goes) in [
            (area.x.wrapping_sub(1), area.x),
            (right, right.wrapping_sub(1)),
        ] {
            let word = |x| {
                buffer
                    .cell((x, y))
                    .is_some_and(|cell| is_word(cell.symbol()))
            };
            if word(stays) && word(goes) {
                buffer[(stays, y)].set_symbol("…");
            }
        }
    }
}

/// Whether a character is part of a rule or a frame.
fn is_line(c: char) -> bool {
    ('\u{2500}'..='\u{257f}').contains(&c)
}

/// The page, no higher than `lines` inside it need.
fn lower(page: Area, lines: usize) -> Area {
    Area {
        height: row(lines).saturating_add(2).min(page.height),
        ..page
    }
}

/// Draws a document, and what is looked for in it, in a page of its own.
fn scrolled(
    (document, find): (&Document, &Find),
    scroll: Scroll,
    title: &str,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let inside = page.inside();
    let height = usize::from(inside.height);
    let len = document.len();
    let corner = if len > height {
        let last = (scroll.0 + height).min(len);
        format!("{} to {last} of {len}", scroll.0 + 1)
    } else {
        String::new()
    };
    let area = lower(page, len);
    frame(theme, area, title, &corner, buffer);
    found_lines(
        (&document.lines, find),
        scroll.0,
        &state.world,
        theme,
        inside,
        buffer,
    );
    sought(find, document, theme, area, buffer)
}

/// Says in the lower edge of a page what is looked for in it, and where one is. Says where the
/// cursor is, if it is typed.
fn sought(
    find: &Find,
    document: &Document,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    if find.typing.is_none() && find.text().is_empty() {
        return None;
    }
    let edge = line(page, page.height.saturating_sub(1));
    let edge = part(edge, 2, edge.width.saturating_sub(4));
    let said = match find.place(document) {
        _ if find.text().is_empty() => String::new(),
        (_, 0) => " no match ".to_owned(),
        (0, all) => format!(" {all} matches "),
        (at, all) => format!(" match {at} of {all} "),
    };
    let used = right(buffer, edge, theme.style(Part::Focus), &said);
    let room = part(edge, 0, edge.width.saturating_sub(used + 1));
    let used = left(buffer, room, theme.style(Part::Focus), " /");
    let room = part(room, used, room.width.saturating_sub(used + 1));
    let Some(field) = &find.typing else {
        let used = left(buffer, room, theme.style(Part::Warn), find.text());
        left(buffer, part(room, used, 1), theme.style(Part::Focus), " ");
        return None;
    };
    let (text, column) = field.view(usize::from(room.width));
    left(buffer, room, theme.style(Part::Field), &text);
    Some((room.x + row(column), room.y))
}

/// Says why there is nothing to show, and what to do next.
fn troubled(trouble: &Trouble, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let mut document = Document::new(area.width);
    document.text(Tone::Bad, &trouble.message);
    if let Some(hint) = &trouble.hint {
        document.text(Tone::Plain, hint);
    }
    lines(&document.lines, 0, world, theme, area, buffer);
}

/// Draws lines of a document, from the `first`.
pub(super) fn lines(
    lines: &[Line],
    first: usize,
    world: &World,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) {
    found_lines((lines, &Find::default()), first, world, theme, area, buffer);
}

/// The same, with what was looked for in them.
fn found_lines(
    (lines, find): (&[Line], &Find),
    first: usize,
    world: &World,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) {
    let shown = lines.iter().skip(first).take(usize::from(area.height));
    for (at, text) in shown.enumerate() {
        let to = line(area, row(at));
        let is_here = find.is_at(first + at);
        let sought = (find.text(), is_here);
        found(theme, to, text.label_tone, &text.label, sought, buffer);
        let used = columns(&text.label);
        let rest = part(to, used, to.width);
        found(theme, rest, text.tone, &text.text, sought, buffer);
        if let Some(sign) = text.sign {
            let tone = if text.label.is_empty() {
                text.tone
            } else {
                sign_tone(sign)
            };
            left(
                buffer,
                part(to, 0, 1),
                theme.tone(tone),
                theme.sign(sign, world.beat),
            );
        }
    }
}

/// Draws a text with what was looked for in it; where one is there, it stands out.
fn found(
    theme: &Theme,
    at: Area,
    tone: Tone,
    text: &str,
    (sought, is_here): (&str, bool),
    buffer: &mut Buffer,
) {
    let plain = theme.tone(tone);
    let marked = if is_here {
        theme.style(Part::Selected)
    } else {
        plain.patch(theme.tone(Tone::Match))
    };
    let mut said = Vec::new();
    let mut from = 0;
    for place in matches(text, sought) {
        said.push((plain, &text[from..place.start]));
        said.push((marked, &text[place.clone()]));
        from = place.end;
    }
    said.push((plain, &text[from..]));
    pieces(buffer, at, &said);
}

fn sign_tone(sign: crate::app::document::Sign) -> crate::app::document::Tone {
    use crate::app::document::{Sign, Tone};
    match sign {
        Sign::Good => Tone::Good,
        Sign::Bad => Tone::Bad,
        Sign::Partial | Sign::Refused | Sign::Held => Tone::Warn,
        Sign::Busy => Tone::Busy,
        Sign::Unknown | Sign::Skipped => Tone::Dim,
    }
}
