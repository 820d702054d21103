//! What is said of the selected row in the line at the bottom.

use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::Focus;
use crate::app::page::Browse;
use crate::app::status;
use crate::app::words::{count, counted, decided, decision_tone, gist, lasted};
use crate::config::keys::Command;
use crate::model::{Outcome, RegistryRow};
use crate::query::Turn;
use crate::ui::page::with_marks;
use crate::ui::paint::columns;

pub(in crate::ui) fn said(browse: &Browse, world: &World) -> Option<(Tone, String)> {
    let said = match browse.focus {
        Focus::Registries => browse.registry().map(|row| of_registry(world, row)),
        Focus::Repositories => of_folder(browse).or_else(|| of_repository(browse, world)),
        Focus::Images => of_image(browse, world),
    };
    said.map(|(tone, text)| (tone, with_marks(browse.marked(), text)))
}

fn of_registry(world: &World, row: &RegistryRow) -> (Tone, String) {
    if let Some(progress) = world.progress.get(&row.id) {
        let width = usize::from(world.size.width.saturating_sub(2));
        return (Tone::Busy, status::progress_line(progress, width));
    }
    let status = status::registry(world, row);
    if let Some(cause) = status.cause {
        return (status.tone, gist(&cause));
    }
    let Some(crawl) = &row.last_crawl else {
        let key = world.keys.key(Command::Crawl);
        return (Tone::Dim, format!("not crawled yet: {key} crawls it"));
    };
    let began = world.clock.when_said(crawl.started);
    let took = crawl
        .elapsed
        .map_or_else(String::new, |elapsed| format!(" in {}", lasted(elapsed)));
    let word = crawl.outcome.map_or("begun", Outcome::as_str);
    let mut parts = Vec::new();
    if crawl.failures > 0 {
        parts.push(counted(crawl.failures, "failure", "failures"));
    }
    parts.push(format!("{} new", count(crawl.new)));
    parts.push(format!("{} gone", count(crawl.gone)));
    parts.push(format!("{} moved", count(crawl.moved)));
    parts.push(counted(crawl.traffic.requests, "request", "requests"));
    let line = |parts: &[String]| format!("{word} {began}{took}: {}", parts.join(", "));
    // What does not fit is left out, the least important first.
    while parts.len() > 1 && columns(&line(&parts)) > world.size.width.saturating_sub(2) {
        parts.pop();
    }
    (Tone::Dim, line(&parts))
}

fn of_folder(browse: &Browse) -> Option<(Tone, String)> {
    let branch = browse.repositories.selected()?;
    let folder = branch.folder.as_ref()?;
    let failing = match folder.failing {
        0 => String::new(),
        failing => format!(", {} not well", count(failing)),
    };
    let text = format!(
        "{}: {}, {}, {}{failing}",
        folder.path,
        counted(folder.repositories, "repository", "repositories"),
        counted(branch.row.tags, "tag", "tags"),
        counted(branch.row.images, "image", "images"),
    );
    Some((Tone::Dim, text))
}

fn of_repository(browse: &Browse, world: &World) -> Option<(Tone, String)> {
    let row = browse.repository()?;
    let status = status::repository(&world.clock, row);
    let word = status.words.first().map_or("", String::as_str);
    if let Some(cause) = &status.cause {
        let shown = match row.state.stale_since {
            Some(since) if row.images > 0 && !word.starts_with("stale") => {
                format!(
                    "; what is shown is stale since {}",
                    world.clock.moment(since)
                )
            }
            _ => String::new(),
        };
        return Some((status.tone, format!("{}{shown}", gist(cause))));
    }
    let listed = row.state.listed_at.map_or_else(String::new, |at| {
        format!(", listed {}", world.clock.when_said(at))
    });
    let text = if word.is_empty() || word == "empty" {
        format!(
            "{}: {}, {}{listed}",
            row.name,
            counted(row.tags, "tag", "tags"),
            counted(row.images, "image", "images"),
        )
    } else {
        format!("{}: {word}", row.name)
    };
    Some((Tone::Dim, text))
}

fn of_image(browse: &Browse, world: &World) -> Option<(Tone, String)> {
    let row = browse.image()?;
    Some(match row.stale_since {
        Some(since) => (
            Tone::Warn,
            format!("stale since {}: {}", world.clock.moment(since), row.digest),
        ),
        None => {
            if let Some(choice) = row.decisions.first() {
                let note = row.decisions.note().map(|note| format!(": {note}"));
                let text = format!(
                    "{}{}; {}",
                    decided(choice),
                    note.unwrap_or_default(),
                    row.digest
                );
                (decision_tone(choice), text)
            } else {
                let changed = match status::change(world, row) {
                    Some(Turn::Moved) => "a tag moved here in the last crawl; ",
                    Some(_) => "appeared in the last crawl; ",
                    None => "",
                };
                (Tone::Dim, format!("{changed}{}", row.digest))
            }
        }
    })
}
