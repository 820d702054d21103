//! The repositories of the selected registry. One that is well has no word in its state
//! column, so that the others are seen.
//!
//! ```text
//! ─ Repositories 340 ───────────────────────
//!   NAME ▲                TAGS IMAGES STATE
//! › team/api               120     98
//!   team/new                 0      0 empty
//!   team/secret              0      0 refused
//! ```

use ratatui::buffer::Buffer;

use super::super::super::paint::{left, line, part, right, row as rows_to};
use super::super::super::{Cursor, Theme};
use super::{Title, empty, heading, row, title};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, table_rows};
use crate::app::page::Browse;
use crate::app::pane::Wanted;
use crate::app::status;
use crate::app::words::{cause, fit_end, short};
use crate::config::keys::Command;
use crate::config::theme::Part;
use crate::model::{ListState, RepositoryColumn, RepositoryRow};

/// Columns of the number of tags.
const TAGS: u16 = 6;
/// Columns of the number of images, as wide as its heading with the sign of the order.
const IMAGES: u16 = 8;
/// Columns of the state: `not crawled`.
const STATE: u16 = 11;
/// From this width on the number of images is shown beside that of tags.
const BOTH: u16 = 48;

/// Where the columns begin in a pane of this width, and how wide the names may be.
struct Columns {
    name: u16,
    tags: u16,
    images: Option<u16>,
    state: u16,
}

fn columns(width: u16) -> Columns {
    let state = width.saturating_sub(STATE + 1);
    let images = (width >= BOTH).then(|| state.saturating_sub(IMAGES + 1));
    let tags = images.unwrap_or(state).saturating_sub(TAGS + 1);
    Columns {
        name: tags.saturating_sub(3),
        tags,
        images,
        state,
    }
}

pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let pane = &browse.repositories;
    let said = Title::of(Focus::Repositories, "Repositories", pane, table_rows(area));
    let cursor = title(browse, theme, area, &said, buffer);
    if pane.listing.rows.is_empty() {
        empty(theme, area, &nothing(browse, world), buffer);
        return cursor;
    }
    let at = columns(area.width);
    let order = |column| (pane.order.column == column).then_some(pane.order.descending);
    let style = theme.style(Part::Heading);
    let top = line(area, 1);
    let name = heading(theme, "NAME", order(RepositoryColumn::Name));
    left(buffer, part(top, 2, at.name), style, &name);
    let tags = heading(theme, "TAGS", order(RepositoryColumn::Tags));
    right(buffer, part(top, at.tags, TAGS), style, &tags);
    if let Some(images) = at.images {
        let text = heading(theme, "IMAGES", order(RepositoryColumn::Images));
        right(buffer, part(top, images, IMAGES), style, &text);
    }
    let text = heading(theme, "STATE", order(RepositoryColumn::State));
    left(buffer, part(top, at.state, STATE), style, &text);

    let shown = pane.listing.rows.iter().enumerate();
    let shown = shown.skip(pane.list.offset).take(table_rows(area));
    for (row, (index, repository)) in shown.enumerate() {
        let to = line(area, 2 + rows_to(row));
        let selected = index == pane.list.cursor;
        one(browse, theme, to, &at, selected, repository, buffer);
    }
    cursor
}

fn one(
    browse: &Browse,
    theme: &Theme,
    to: Area,
    at: &Columns,
    selected: bool,
    repository: &RepositoryRow,
    buffer: &mut Buffer,
) {
    let focused = browse.focus == Focus::Repositories;
    let old = !browse.repositories.is_current();
    let style = row(theme, to, selected, focused, old, buffer);
    let status = status::repository(repository);
    let known = repository.state.list != ListState::NotCrawled || repository.tags > 0;
    let name = fit_end(repository.name.as_str(), usize::from(at.name));
    left(buffer, part(to, 2, at.name), style.tone(Tone::Plain), &name);
    // Where nothing was ever listed, a zero would be a claim.
    let never = matches!(
        repository.state.list,
        ListState::Refused(_) | ListState::Failed(_)
    ) && repository.tags == 0;
    let number = |n: u64| {
        if known && !never {
            short(n)
        } else {
            "-".to_owned()
        }
    };
    let tone = if repository.tags == 0 {
        Tone::Dim
    } else {
        Tone::Plain
    };
    let tags = part(to, at.tags, TAGS);
    right(buffer, tags, style.tone(tone), &number(repository.tags));
    if let Some(images) = at.images {
        let images = part(to, images, IMAGES);
        right(buffer, images, style.tone(tone), &number(repository.images));
    }
    let word = status.words.first().map_or("", String::as_str);
    left(
        buffer,
        part(to, at.state, STATE),
        style.tone(status.tone),
        word,
    );
}

/// What is said where there is no row: that a registry is empty, refused, failed and not
/// crawled yet are four different things.
fn nothing(browse: &Browse, world: &World) -> Vec<(Tone, String)> {
    let pane = &browse.repositories;
    let dim = |text: String| (Tone::Dim, text);
    let plain = |text: String| (Tone::Plain, text);
    let key = |command| world.keys.key(command);
    if let Some(trouble) = &pane.broken {
        let hint = trouble.hint.clone().unwrap_or_default();
        return vec![(Tone::Bad, trouble.message.clone()), dim(hint)];
    }
    let Some(registry) = browse.registry() else {
        if browse.registries.is_loading() || browse.focus != Focus::Repositories {
            return Vec::new();
        }
        return vec![dim("No registry is selected.".to_owned())];
    };
    if pane.is_loading() || *pane.wanted() == Wanted::Nothing {
        return Vec::new();
    }
    if !pane.filter.is_empty() && pane.listing.total > 0 {
        let key = key(Command::Back);
        return vec![dim(format!(
            "No repository matches. {key} clears the filter."
        ))];
    }
    if world.is_crawling(registry.id) {
        return vec![(Tone::Busy, "Crawling: no repository found yet.".to_owned())];
    }
    let check = format!(
        "{} checks the connection, {} edits the settings.",
        key(Command::Check),
        key(Command::Edit)
    );
    let gap = plain(String::new());
    if let Some(failure) = world.refused.get(&registry.id) {
        let why = (Tone::Bad, "The crawl did not start.".to_owned());
        let hint = failure.hint.clone().unwrap_or_default();
        return vec![why, plain(cause(failure)), plain(hint), gap, dim(check)];
    }
    match &registry.list {
        ListState::NotCrawled => vec![
            plain("Not crawled yet.".to_owned()),
            gap,
            plain(format!("{}\tcrawl it", key(Command::Crawl))),
            plain(format!("{}\tcheck the connection", key(Command::Check))),
        ],
        ListState::Listed => vec![
            plain("Empty.".to_owned()),
            dim("The registry answered, and lists no repository.".to_owned()),
        ],
        ListState::Refused(why) => vec![
            (Tone::Warn, "Refused.".to_owned()),
            plain(why.clone()),
            gap,
            dim(check),
        ],
        ListState::Failed(why) => vec![
            (Tone::Bad, "Failed.".to_owned()),
            plain(why.clone()),
            gap,
            dim(check),
        ],
    }
}
