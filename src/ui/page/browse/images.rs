//! The images of the selected repository. Columns come as the width allows: first tags
//! and platforms, then digest, size, when it was built, when a crawl first saw it, kind.
//!
//! ```text
//! ─ Images 57 ────────────────────────────────────────────────────────
//!   TAGS ▼               PLATFORMS              DIGEST          SIZE      BUILT
//! › 1.27.3 1.27 latest   linux/amd64,arm64/v8   4bf5122f3445  12.3 MB     Nov 20
//!   1.26.0               helm chart             77ac319bfe19   1.2 kB 2024-02-17
//! ```

use ratatui::buffer::Buffer;

use super::super::super::paint::{left, line, part, right, row as rows_to};
use super::super::super::{Cursor, Theme};
use super::{Row, Title, empty, heading, row, title};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, table_rows};
use crate::app::page::Browse;
use crate::app::status;
use crate::app::words::{artifact, platforms, several, when};
use crate::config::theme::Part;
use crate::model::text::size;
use crate::model::{ImageColumn, ImageRow, Kind, ListState, Tag};
use crate::query::lead_tag;

/// A column: what it shows, its width, and whether it stands at the right.
struct Column {
    shows: ImageColumn,
    width: u16,
    right: bool,
}

/// The columns that fit into `width`, in order. Tags and platforms share what is left.
fn columns(width: u16) -> Vec<Column> {
    let fixed = [
        (44, ImageColumn::Digest, 12, false),
        (53, ImageColumn::Size, 7, true),
        (59, ImageColumn::Created, 10, true),
        (84, ImageColumn::Seen, 10, true),
        (94, ImageColumn::Kind, 8, false),
    ];
    let fixed: Vec<Column> = fixed
        .into_iter()
        .filter(|(from, ..)| width >= *from)
        .map(|(_, shows, width, right)| Column {
            shows,
            width,
            right,
        })
        .collect();
    let taken: u16 = fixed.iter().map(|column| column.width + 1).sum();
    let left = width.saturating_sub(taken + 4);
    let platforms = (left / 2).clamp(12, 36);
    let mut columns = vec![
        Column {
            shows: ImageColumn::Tag,
            width: left.saturating_sub(platforms),
            right: false,
        },
        Column {
            shows: ImageColumn::Platforms,
            width: platforms,
            right: false,
        },
    ];
    columns.extend(fixed);
    columns
}

pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    area: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let pane = &browse.images;
    let said = Title::of(Focus::Images, "Images", pane, table_rows(area));
    let cursor = title(browse, theme, area, &said, buffer);
    if pane.listing.rows.is_empty() {
        empty(theme, area, &nothing(browse, world), buffer);
        return cursor;
    }
    let columns = columns(area.width);
    let style = theme.style(Part::Heading);
    let mut at = 2;
    for column in &columns {
        let order = (pane.order.column == column.shows).then_some(pane.order.descending);
        let text = heading(theme, column.shows.heading(), order);
        let to = part(line(area, 1), at, column.width);
        if column.right {
            right(buffer, to, style, &text);
        } else {
            left(buffer, to, style, &text);
        }
        at += column.width + 1;
    }
    let shown = pane.listing.rows.iter().enumerate();
    let shown = shown.skip(pane.list.offset).take(table_rows(area));
    for (at, (index, image)) in shown.enumerate() {
        let to = line(area, 2 + rows_to(at));
        let selected = index == pane.list.cursor;
        let old = !pane.is_current();
        let focused = browse.focus == Focus::Images;
        let style = row(theme, to, selected, focused, old, buffer);
        one(world, style, to, &columns, image, buffer);
    }
    cursor
}

fn one(
    world: &World,
    style: Row<'_>,
    to: Area,
    columns: &[Column],
    image: &ImageRow,
    buffer: &mut Buffer,
) {
    let mut at = 2;
    for column in columns {
        let (tone, text) = cell(world, column, image);
        let to = part(to, at, column.width);
        if column.right {
            right(buffer, to, style.tone(tone), &text);
        } else {
            left(buffer, to, style.tone(tone), &text);
        }
        at += column.width + 1;
    }
}

fn cell(world: &World, column: &Column, image: &ImageRow) -> (Tone, String) {
    let width = usize::from(column.width);
    let unknown = || (Tone::Dim, "-".to_owned());
    match column.shows {
        ImageColumn::Tag => match lead_tag(&image.tags) {
            None => (Tone::Dim, "untagged".to_owned()),
            Some(lead) => {
                let mut tags = vec![lead.as_str()];
                tags.extend(image.tags.iter().filter(|t| *t != lead).map(Tag::as_str));
                let tone = if image.stale_since.is_some() {
                    Tone::Warn
                } else {
                    Tone::Plain
                };
                (tone, several(tags.into_iter(), width))
            }
        },
        ImageColumn::Platforms if image.image.kind == Kind::Artifact => {
            (Tone::Dim, artifact(image.image.artifact_type.as_deref()))
        }
        ImageColumn::Platforms if image.platforms.is_empty() => unknown(),
        ImageColumn::Platforms => (Tone::Plain, platforms(&image.platforms, width)),
        ImageColumn::Digest => (Tone::Dim, image.digest.short()),
        ImageColumn::Kind => (Tone::Dim, image.image.kind.as_str().to_owned()),
        ImageColumn::Size => image
            .image
            .size
            .map_or_else(unknown, |b| (Tone::Plain, size(b))),
        // A stale image says so where others say when they were built.
        ImageColumn::Created if image.stale_since.is_some() => (Tone::Warn, "stale".to_owned()),
        ImageColumn::Created => image
            .image
            .created
            .map_or_else(unknown, |at| (Tone::Plain, when(world.now, at))),
        ImageColumn::Seen => (Tone::Dim, when(world.now, image.first_seen)),
        ImageColumn::LastSeen => (Tone::Dim, when(world.now, image.last_seen)),
        ImageColumn::Pushed => image
            .facts
            .pushed
            .map_or_else(unknown, |at| (Tone::Plain, when(world.now, at))),
        ImageColumn::Pulled => image
            .facts
            .pulled
            .map_or_else(unknown, |at| (Tone::Plain, when(world.now, at))),
        ImageColumn::Decision => (
            Tone::Plain,
            image
                .decisions
                .first()
                .map_or_else(String::new, |choice| choice.to_string()),
        ),
        // The pane is of one repository.
        ImageColumn::Registry | ImageColumn::Repository => (Tone::Dim, String::new()),
    }
}

/// What is said where there is no row.
fn nothing(browse: &Browse, world: &World) -> Vec<(Tone, String)> {
    let pane = &browse.images;
    let dim = |text: &str| vec![(Tone::Dim, text.to_owned())];
    if let Some(trouble) = &pane.broken {
        return vec![(Tone::Bad, trouble.message.clone())];
    }
    if browse.registries.is_loading() || browse.repositories.is_loading() || pane.is_loading() {
        return Vec::new();
    }
    let Some(repository) = browse.repository() else {
        // The panes on the left say it better, where they are on screen and looked at.
        if browse.focus != Focus::Images {
            return Vec::new();
        }
        return dim(match browse.registry().map(|registry| &registry.list) {
            None => "No registry is selected.",
            Some(_) if browse.repositories.listing.total > 0 => "No repository is selected.",
            Some(ListState::NotCrawled) => "The registry is not crawled yet.",
            Some(ListState::Listed) => "The registry is empty.",
            Some(ListState::Refused(_)) => "The registry refused to list its repositories.",
            Some(ListState::Failed(_)) => "The registry's repositories could not be listed.",
        });
    };
    if !pane.filter.is_empty() && pane.listing.total > 0 {
        let key = world.keys.key(crate::config::keys::Command::Back);
        return dim(&format!("No image matches. {key} clears the filter."));
    }
    let status = status::repository(repository);
    match &repository.state.list {
        ListState::NotCrawled => dim("Not crawled yet."),
        ListState::Listed if repository.tags > 0 => dim("None of its tags could be read yet."),
        ListState::Listed => dim("Empty: the repository has no tags."),
        ListState::Refused(why) => vec![
            (status.tone, "Refused.".to_owned()),
            (Tone::Plain, why.clone()),
        ],
        ListState::Failed(why) => vec![
            (status.tone, "Failed.".to_owned()),
            (Tone::Plain, why.clone()),
        ],
    }
}
