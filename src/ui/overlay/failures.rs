//! The failures of a crawl: a list, and below it the selected one in full.
//!
//! ```text
//! ┌ Failures of nexus, crawled at 14:05 UTC ───────────── 3 of 120 ┐
//! │   tags      team/secret            listing tags was refused     │
//! │ › manifest  team/api:1.2           the answer is no manifest    │
//! │ ─────────────────────────────────────────────────────────────── │
//! │ team/api:1.2                                                    │
//! │ `GET /v2/team/api/manifests/1.2`: the answer is no manifest     │
//! │ check what proxy is in between                                  │
//! └─────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::super::Theme;
use super::super::paint::{fill, left, line, part, row as rows_to, tint};
use super::frame;
use crate::app::State;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::overlay::Failures;
use crate::app::words::{count, fit_end, gist, when_said};
use crate::config::theme::Part;

/// Columns of the stage: `configuration`.
const STAGE: u16 = 13;

pub(super) fn draw(
    failures: &Failures,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) {
    let total = failures.failures.len();
    let at = failures.list.cursor + 1;
    let corner = match failures.unlisted() {
        _ if total == 0 => String::new(),
        more if more > 0 && failures.asked.is_none() => {
            format!("{at} of {total}, {} more not kept", count(more))
        }
        _ => format!("{at} of {total}"),
    };
    let begun = when_said(state.world.now, failures.crawl.started);
    let title = format!("Failures of {}, crawled {begun}", failures.name);
    frame(theme, page, &title, &corner, buffer);
    let inside = page.inside();
    if total == 0 {
        let (tone, text) = match &failures.trouble {
            Some(trouble) => (Tone::Bad, trouble.message.as_str()),
            None if failures.asked.is_some() => (Tone::Dim, "loading"),
            None => (Tone::Dim, "The inventory does not keep them any more."),
        };
        left(buffer, line(inside, 0), theme.tone(tone), text);
        return;
    }
    let rows = failures.rows(inside.height);
    // Places get what they need, up to two fifths of the width; messages the rest.
    let place = (inside.width.saturating_sub(STAGE + 3) * 2 / 5).max(12);
    let shown = failures.failures.iter().enumerate();
    let shown = shown.skip(failures.list.offset).take(usize::from(rows));
    for (at, (index, failure)) in shown.enumerate() {
        let to = line(inside, rows_to(at));
        let selected = index == failures.list.cursor;
        let style = if selected {
            theme.style(Part::Selected)
        } else {
            theme.style(Part::Text)
        };
        tint(buffer, to, style);
        if selected {
            left(buffer, to, style, theme.signs.marker);
        }
        left(buffer, part(to, 2, STAGE), style, failure.stage.as_str());
        let text = fit_end(&Failures::place(failure), usize::from(place));
        left(buffer, part(to, 2 + STAGE + 1, place), style, &text);
        let rest = part(to, 2 + STAGE + 1 + place + 1, to.width);
        left(buffer, rest, style, gist(&failure.message));
    }
    let rule = line(inside, rows);
    fill(buffer, rule, theme.style(Part::Rule), theme.signs.rule);
    let below = inside.height.saturating_sub(rows + 1);
    let document = failures.document(inside.width);
    for (at, text) in document.lines.iter().take(usize::from(below)).enumerate() {
        let to = line(inside, rows + 1 + rows_to(at));
        left(buffer, to, theme.tone(text.tone), &text.text);
    }
}
