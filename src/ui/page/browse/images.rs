//! The images of the selected repository. Columns come as the width allows: first tags
//! and platforms, then digest, size, when it was built, when a crawl first saw it, kind.
//!
//! ```text
//! ─ Images 57 ────────────────────────────────────────────────────────
//!   TAGS ▼               PLATFORMS              DIGEST          SIZE      BUILT
//! › 1.27.3 1.27 latest   linux/amd64,arm64/v8   4bf5122f3445  12.3 MB     Nov 20
//!   ╰ signature          cosign                 0aa7715bc610   1.2 kB          -
//!   1.26.0               helm chart             77ac319bfe19   1.2 kB 2024-02-17
//! ```

use ratatui::buffer::Buffer;

use super::repositories::name;
use super::rows::Rows;
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, table_rows};
use crate::app::page::Browse;
use crate::app::sorts::{Thirds, sort};
use crate::app::status;
use crate::app::table::{self, Placed};
use crate::app::words::{
    accessory, artifact, decision_sign, decision_tone, fit, platforms, several,
};
use crate::model::text::size;
use crate::model::{ImageColumn, ImageRow, Kind, ListState, Tag};
use crate::query::{Turn, lead_tag};
use crate::ui::table::Cell;
use crate::ui::{Cursor, Theme};

pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    area: Area,
    room: u16,
    buffer: &mut Buffer,
) -> Cursor {
    let need = |id| browse.image_need(id);
    let rows = Rows {
        browse,
        focus: Focus::Images,
        name: "Images",
        pane: &browse.images,
        columns: table::fit(&browse.image_columns(), room, need),
        of: whose(browse, world, area),
        by: browse.images.order.column.as_str(),
    };
    let nothing = || nothing(browse, world);
    let pane = &browse.images;
    let in_view = || {
        pane.listing
            .rows
            .iter()
            .skip(pane.list.offset)
            .take(table_rows(area))
    };
    let sizes = Thirds::of(in_view().filter_map(|row| row.image.size));
    let ages = Thirds::of(in_view().filter_map(|row| row.image.created));
    let cell = |image: &ImageRow, column: &Placed<ImageColumn>| {
        let (tone, text) = match column.id {
            ImageColumn::Repository => return name(image.repository.as_str(), column.width),
            _ => cell(world, column, image),
        };
        let ranked = match column.id {
            ImageColumn::Size => image.image.size.map(|size| sizes.tone(size)),
            ImageColumn::Created => image.image.created.map(|at| ages.tone(at)),
            _ => None,
        };
        // What is to be looked at is more than how it ranks.
        match ranked.filter(|_| tone == Tone::Plain) {
            Some(ranked) => vec![(ranked, text)],
            None if column.id == ImageColumn::Tag => tagged(tone, &text),
            None => vec![(tone, text)],
        }
    };
    rows.draw(theme, area, nothing, cell, buffer)
}

/// Tags, of which `latest` is told apart.
fn tagged(tone: Tone, text: &str) -> Cell {
    let mut words = text.split(' ').peekable();
    let mut cell = Vec::new();
    while let Some(word) = words.next() {
        let gap = if words.peek().is_some() { " " } else { "" };
        let tone = match word {
            LATEST if tone == Tone::Plain => Tone::Latest,
            _ => tone,
        };
        cell.push((tone, format!("{word}{gap}")));
    }
    cell
}

/// The tag that is taken where none is named.
const LATEST: &str = "latest";

/// Whose images they are: said where the line above does not, or they are of more than what
/// is selected.
fn whose(browse: &Browse, world: &World, area: Area) -> Option<String> {
    let is_alone = area.width == world.size.width;
    let (registry, within) = browse.images_said(world)?;
    let is_said = !is_alone || browse.is_wide(Focus::Images);
    within.or(registry).filter(|_| is_said)
}

fn cell(world: &World, column: &Placed<ImageColumn>, image: &ImageRow) -> (Tone, String) {
    let width = usize::from(column.width);
    // What has none says so by a dash; what is not known, by a word.
    let none = || (Tone::Dim, "-".to_owned());
    let unknown = || (Tone::Dim, "unknown".to_owned());
    let unread = || (Tone::Dim, "unread".to_owned());
    match column.id {
        ImageColumn::Tag if image.beneath => {
            let (what, _) = accessory(image);
            (Tone::Of(sort(image)), fit(&format!("╰ {what}"), width))
        }
        ImageColumn::Platforms if image.beneath => {
            let (_, by) = accessory(image);
            (Tone::Dim, fit(&by, width))
        }
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
        ImageColumn::Platforms if image.image.kind == Kind::Artifact => (
            Tone::Of(sort(image)),
            artifact(image.image.artifact_type.as_deref()),
        ),
        ImageColumn::Platforms if image.platforms.is_empty() => none(),
        ImageColumn::Platforms => (Tone::Plain, platforms(&image.platforms, width)),
        ImageColumn::Digest => (Tone::Dim, image.digest.short()),
        ImageColumn::Kind => (Tone::Of(sort(image)), image.image.kind.as_str().to_owned()),
        ImageColumn::Size => image
            .image
            .size
            .map_or_else(unread, |b| (Tone::Plain, size(b))),
        // A stale image says so where others say when they were built.
        ImageColumn::Created if image.stale_since.is_some() => (Tone::Warn, "stale".to_owned()),
        ImageColumn::Created => image
            .image
            .created
            // Nothing is known of when an image was built that was not read.
            .map_or_else(
                || {
                    if image.image.size.is_none() {
                        unread()
                    } else {
                        none()
                    }
                },
                |at| (Tone::Plain, world.clock.age(at)),
            ),
        ImageColumn::Seen => (Tone::Dim, world.clock.age(image.first_seen)),
        ImageColumn::LastSeen => (Tone::Dim, world.clock.age(image.last_seen)),
        ImageColumn::Pushed => image
            .facts
            .pushed
            .map_or_else(unknown, |at| (Tone::Plain, world.clock.age(at))),
        ImageColumn::Pulled => image
            .facts
            .pulled
            .map_or_else(unknown, |at| (Tone::Plain, world.clock.age(at))),
        ImageColumn::Decision => match image.decisions.first() {
            Some(choice) => (decision_tone(choice), decision_sign(choice).to_owned()),
            None => (Tone::Plain, String::new()),
        },
        ImageColumn::Change => match status::change(world, image) {
            Some(Turn::Moved) => (Tone::Warn, "→".to_owned()),
            Some(_) => (Tone::Good, "+".to_owned()),
            None => (Tone::Plain, String::new()),
        },
        ImageColumn::Registry => (Tone::Dim, fit(&world.name_of(image.registry), width)),
        ImageColumn::Repository => (Tone::Plain, image.repository.to_string()),
    }
}

/// What is said where there is no row.
fn nothing(browse: &Browse, world: &World) -> Vec<(Tone, String)> {
    let pane = &browse.images;
    let dim = |text: &str| vec![(Tone::Dim, text.to_owned())];
    if let Some(trouble) = &pane.broken {
        let hint = trouble.hint.clone().unwrap_or_default();
        return vec![(Tone::Bad, trouble.message.clone()), (Tone::Dim, hint)];
    }
    if browse.registries.is_loading() || browse.repositories.is_loading() || pane.is_loading() {
        return Vec::new();
    }
    if browse.is_wide(Focus::Images) && pane.is_current() {
        return if pane.listing.total > 0 {
            let key = world.keys.key(crate::config::keys::Command::Back);
            dim(&format!("No image matches. {key} clears the filter."))
        } else {
            dim("No image is known there.")
        };
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
    let status = status::repository(&world.clock, repository);
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
