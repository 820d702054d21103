//! The failures of a crawl: a list, and below it the selected one in full.
//!
//! ```text
//! ┌ Failures of nexus, crawled at 14:05 UTC ───────────── 3 of 120 ┐
//! │   STAGE     WHERE                  WHAT                         │
//! │ ▌ tags      team/secret            listing tags was refused     │
//! │ › manifest  team/api:1.2           the answer is no manifest    │
//! │ ─────────────────────────────────────────────────────────────── │
//! │ team/api:1.2                                                    │
//! │ `GET /v2/team/api/manifests/1.2`: the answer is no manifest     │
//! │ check what proxy is in between                                  │
//! └─────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::{frame, troubled};
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::overlay::{FAILURE_COLUMNS, FailureColumn, FailureRow, Failures};
use crate::app::pane::Keyed as _;
use crate::app::table::{self, Placed};
use crate::app::words::{count, fit_end, gist};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::ui::paint::{fill, left, line, part, row as rows_to};
use crate::ui::table::{Table, draw as draw_table};
use crate::ui::{Cursor, Theme};

/// Columns of the stage: `configuration`.
const STAGE: u16 = 13;

pub(super) fn draw(
    failures: &Failures,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let begun = state.world.clock.when_said(failures.crawl.started);
    let title = format!("Failures of {}, crawled {begun}", failures.name);
    frame(theme, page, &title, &corner(failures), buffer);
    let inside = page.inside();
    let shown = &failures.pane.listing.rows;
    if shown.is_empty() {
        let (tone, text) = match &failures.trouble {
            Some(trouble) => {
                troubled(trouble, &state.world, theme, inside, buffer);
                return typed(failures, theme, inside, buffer);
            }
            None if failures.asked.is_some() => (Tone::Busy, "reading… (esc gives up)"),
            None if !failures.is_empty() => {
                (Tone::Dim, "No failure matches. esc clears the filter.")
            }
            None => (Tone::Dim, "The inventory does not keep them any more."),
        };
        left(buffer, line(inside, 0), theme.tone(tone), text);
        if failures.is_empty() && failures.asked.is_none() {
            let key = state.world.key_of(Command::Retry);
            let text = format!("esc, and {key} on the registry reads again what failed.");
            left(buffer, line(inside, 1), theme.style(Part::Text), &text);
        }
        return typed(failures, theme, inside, buffer);
    }
    let rows = failures.rows(inside.height);
    // Places get what they need, up to two fifths of the width, or what messages leave.
    let room = inside.width.saturating_sub(STAGE + 5);
    let left_over = room.saturating_sub(failures.need(FailureColumn::Message));
    let most = (room * 2 / 5).max(left_over).max(12);
    let columns = table::fit(&FAILURE_COLUMNS, inside.width, |id| match id {
        FailureColumn::Place => failures.need(id).min(most),
        FailureColumn::Stage | FailureColumn::Message => failures.need(id),
    });
    let list = Table {
        columns: &columns,
        order: None,
        list: failures.pane.list,
        focused: true,
        old: false,
    };
    let above = Area {
        height: rows + 1,
        ..inside
    };
    draw_table(
        &list,
        shown,
        |row| failures.pane.marks.has(&row.key()),
        |row, column| vec![cell(row, column)],
        theme,
        above,
        buffer,
    );
    let rule = line(inside, rows + 1);
    fill(buffer, rule, theme.style(Part::Rule), theme.signs.rule);
    let below = inside.height.saturating_sub(rows + 2);
    let document = failures.document(inside.width);
    for (at, text) in document.lines.iter().take(usize::from(below)).enumerate() {
        let to = line(inside, rows + 2 + rows_to(at));
        left(buffer, to, theme.tone(text.tone), &text.text);
    }
    typed(failures, theme, inside, buffer)
}

/// Where one is, and what is left out.
fn corner(failures: &Failures) -> String {
    let at = failures.pane.list.cursor + 1;
    let (shown, all) = (failures.pane.listing.rows.len(), failures.len());
    let mut corner = match shown {
        _ if all == 0 => return String::new(),
        0 => format!("0 of {all}"),
        shown if shown < all => format!("{at} of {shown}, filtered from {all}"),
        _ => format!("{at} of {all}"),
    };
    match failures.pane.marked() {
        (0, _) => {}
        (marked, 0) => corner.push_str(&format!(", {marked} marked")),
        (marked, hidden) => corner.push_str(&format!(", {marked} marked, {hidden} hidden")),
    }
    let unlisted = failures.unlisted();
    if unlisted > 0 && failures.asked.is_none() {
        corner.push_str(&format!(", {} more not kept", count(unlisted)));
    }
    corner
}

/// The line in which a filter is typed, over the last one.
fn typed(failures: &Failures, theme: &Theme, inside: Area, buffer: &mut Buffer) -> Cursor {
    let field = failures.typing.as_ref()?;
    let last = line(inside, inside.height.saturating_sub(1));
    let blank = " ".repeat(usize::from(last.width));
    left(buffer, last, theme.style(Part::Field), &blank);
    let used = left(buffer, last, theme.style(Part::Text), "/");
    let room = part(last, used, last.width.saturating_sub(used));
    let (text, column) = field.view(usize::from(room.width));
    left(buffer, room, theme.style(Part::Field), &text);
    Some((room.x + u16::try_from(column).unwrap_or(0), room.y))
}

fn cell(row: &FailureRow, column: &Placed<FailureColumn>) -> (Tone, String) {
    let failure = &row.failure;
    match column.id {
        FailureColumn::Stage => (Tone::Plain, failure.stage.as_str().to_owned()),
        FailureColumn::Place => (Tone::Plain, fit_end(row.place(), usize::from(column.width))),
        FailureColumn::Message => (Tone::Plain, gist(&failure.message)),
    }
}
