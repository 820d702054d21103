//! The log of requests, the newest last.
//!
//! ```text
//! ┌ Requests ──────────────────────────────────────────── 812 of 4000 ┐
//! │   TIME     METHOD PATH                            STATUS      TOOK │
//! │ › 14:05:03 GET    /v2/team/api/manifests/1.27.3   200        41 ms │
//! │ ───────────────────────────────────────────────────────────────── │
//! │ GET https://hub.example/v2/team/api/manifests/1.27.3              │
//! └───────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::frame;
use crate::app::document::Tone;
use crate::app::layout::Area;
use crate::app::overlay::{REQUEST_COLUMNS, RequestColumn, Requests};
use crate::app::table::{Placed, fit};
use crate::app::words::{count, fit_middle, lasted};
use crate::app::{State, World};
use crate::config::theme::Part;
use crate::model::SentTo;
use crate::model::text::size;
use crate::ui::paint::{fill, left, line, part, row};
use crate::ui::table::{self, Cell, Table};
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    requests: &Requests,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let all = |n: usize| count(u64::try_from(n).unwrap_or(u64::MAX));
    let mut corner = if requests.filter.is_empty() {
        all(requests.len())
    } else {
        format!("{} of {}", all(requests.shown.len()), all(requests.len()))
    };
    if requests.is_still {
        corner.push_str(", stands still");
    }
    frame(theme, page, "Requests", &corner, buffer);
    let inside = page.inside();
    let last = line(inside, inside.height.saturating_sub(1));
    let mut cursor = None;
    if let Some(field) = &requests.typing {
        let used = left(buffer, last, theme.style(Part::Text), "/");
        let room = part(last, used, last.width.saturating_sub(used));
        let (text, column) = field.view(usize::from(room.width));
        left(buffer, room, theme.style(Part::Field), &text);
        cursor = Some((room.x + u16::try_from(column).unwrap_or(0), room.y));
    }
    if requests.shown.is_empty() {
        let text = if requests.is_empty() {
            "Nothing was asked in this run yet: crawls and checks are told here."
        } else {
            "No request matches. / and then esc clears the filter."
        };
        left(buffer, line(inside, 0), theme.style(Part::Dim), text);
        return cursor;
    }
    let columns = fit(&REQUEST_COLUMNS, inside.width, |id| match id {
        RequestColumn::Url => inside.width,
        _ => 0,
    });
    let drawn = Table {
        columns: &columns,
        order: None,
        list: requests.list,
        focused: true,
        old: false,
    };
    let height = row(Requests::height(inside.height)) + 1;
    let above = Area { height, ..inside };
    let cell = |at: &usize, column: &Placed<RequestColumn>| match requests.line(*at) {
        Some(line) => vec![cell(&state.world, line, column)],
        None => Cell::new(),
    };
    table::draw(
        &drawn,
        &requests.shown,
        |_| false,
        cell,
        theme,
        above,
        buffer,
    );
    let rule = line(inside, height);
    fill(buffer, rule, theme.style(Part::Rule), theme.signs.rule);
    if let Some(selected) = requests.selected() {
        let sent = &selected.sent;
        let text = format!("{} {}", sent.method, sent.url);
        left(
            buffer,
            line(inside, height + 1),
            theme.style(Part::Text),
            &text,
        );
        if let (Some(trouble), None) = (&sent.trouble, &requests.typing) {
            left(buffer, last, theme.style(Part::Bad), trouble);
        }
    }
    cursor
}

fn cell(world: &World, line: &SentTo, column: &Placed<RequestColumn>) -> (Tone, String) {
    let sent = &line.sent;
    match column.id {
        RequestColumn::Time => (Tone::Dim, world.clock.second(sent.at)),
        RequestColumn::Registry => (Tone::Plain, world.name_of(line.registry)),
        RequestColumn::Method => (Tone::Plain, sent.method.clone()),
        RequestColumn::Url => {
            let path = sent
                .url
                .split_once("://")
                .map_or(&*sent.url, |(_, rest)| rest);
            let path = path.find('/').map_or(path, |at| &path[at..]);
            (Tone::Plain, fit_middle(path, usize::from(column.width)))
        }
        RequestColumn::Status => match sent.status {
            Some(status @ 200..400) => (Tone::Good, status.to_string()),
            Some(status) => (Tone::Warn, status.to_string()),
            None => (Tone::Bad, "none".to_owned()),
        },
        RequestColumn::Bytes => (
            Tone::Dim,
            size(u64::try_from(sent.bytes).unwrap_or(u64::MAX)),
        ),
        RequestColumn::Took => (Tone::Plain, lasted(sent.took)),
        RequestColumn::Waited if sent.waited.as_millis() == 0 => (Tone::Dim, String::new()),
        RequestColumn::Waited => (Tone::Dim, lasted(sent.waited)),
    }
}
