//! The repositories of the selected registry. One that is well has no word in its state
//! column, so that the others are seen.
//!
//! ```text
//! ─ Repositories 340 ───────────────────────
//!   NAME ▲           TAGS       SIZE   NEWEST PLATFORMS      CHANGE  STATE
//! › team/api          120     1.2 GB   Nov 20 amd64 arm64 +1 +2 →1
//!   team/new            0          -        - -                      empty
//!   team/secret         0     unread   unread unread                 refused
//! ```

use ratatui::buffer::Buffer;

use super::rows::Rows;
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Focus, table_rows};
use crate::app::page::Browse;
use crate::app::pane::Wanted;
use crate::app::sorts::Thirds;
use crate::app::status;
use crate::app::table::{self, Placed};
use crate::app::words::{cause, fit, fit_middle, scaled, several, short};
use crate::config::keys::Command;
use crate::model::text::size;
use crate::model::{ListState, RepositoryChanges, RepositoryColumn, RepositoryRow};
use crate::query::{Branch, Folder};
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
    let need = |id| browse.repository_need(id);
    let rows = Rows {
        browse,
        focus: Focus::Repositories,
        name: "Repositories",
        pane: &browse.repositories,
        columns: table::fit(&browse.repository_columns(), room, need),
        of: whose(browse, world, area),
        by: browse.repositories.order.column.as_str(),
    };
    let pane = &browse.repositories;
    let in_view = || {
        let rows = pane.listing.rows.iter().skip(pane.list.offset);
        rows.take(table_rows(area))
            .filter_map(|branch| branch.row.summary.as_ref())
    };
    let sizes = Thirds::of(in_view().map(|it| it.size));
    let ages = Thirds::of(in_view().filter_map(|it| it.newest));
    let cell = |branch: &Branch, column: &Placed<_>| {
        let mut cell = match (column.id, &branch.folder) {
            (RepositoryColumn::Name, _) => label(branch, column.width),
            (RepositoryColumn::State, Some(folder)) => vec![below(folder)],
            _ => cell(world, theme, &branch.row, column),
        };
        let summary = branch.row.summary.as_ref();
        let ranked = match column.id {
            RepositoryColumn::Size => summary.map(|it| sizes.tone(it.size)),
            RepositoryColumn::Newest => summary.and_then(|it| it.newest).map(|at| ages.tone(at)),
            _ => None,
        };
        if let (Some(ranked), [(tone @ Tone::Plain, _)]) = (ranked, &mut cell[..]) {
            *tone = ranked;
        }
        cell
    };
    rows.draw(theme, area, || nothing(browse, world), cell, buffer)
}

fn cell(
    world: &World,
    theme: &Theme,
    repository: &RepositoryRow,
    column: &Placed<RepositoryColumn>,
) -> Cell {
    let unread = || vec![(Tone::Dim, "unread".to_owned())];
    let none = || vec![(Tone::Dim, "-".to_owned())];
    // What is nowhere has no size and no date.
    let summary = repository.summary.as_ref();
    let summary = summary.filter(|_| repository.images > 0);
    match column.id {
        RepositoryColumn::Size | RepositoryColumn::Newest | RepositoryColumn::Platforms
            if repository.images == 0 && repository.state.list == ListState::Listed =>
        {
            none()
        }
        RepositoryColumn::Size => match summary {
            Some(it) if it.unread == 0 => vec![(Tone::Plain, size(it.size))],
            Some(it) if it.size > 0 => vec![(Tone::Plain, format!("≥ {}", size(it.size)))],
            _ => unread(),
        },
        RepositoryColumn::Newest => match summary.map(|it| it.newest) {
            Some(Some(at)) => vec![(Tone::Plain, world.clock.age(at))],
            Some(None) if summary.is_some_and(|it| it.unread == 0) => none(),
            _ => unread(),
        },
        RepositoryColumn::Platforms => match summary.map(|it| &it.architectures[..]) {
            Some([]) if summary.is_some_and(|it| it.unread > 0) => unread(),
            Some([]) => none(),
            Some(known) => {
                let words = known.iter().map(|one| &**one);
                vec![(Tone::Dim, several(words, usize::from(column.width)))]
            }
            None => unread(),
        },
        RepositoryColumn::Change => {
            let changed = repository.summary.as_ref().map(|it| it.changed);
            changes(theme, changed.unwrap_or_default())
        }
        RepositoryColumn::Registry => {
            let registry = world.name_of(repository.registry);
            vec![(Tone::Dim, fit(&registry, usize::from(column.width)))]
        }
        RepositoryColumn::Name => name(repository.name.as_str(), column.width),
        RepositoryColumn::Tags => vec![number(repository, repository.tags)],
        RepositoryColumn::Images => vec![number(repository, repository.images)],
        RepositoryColumn::State => {
            let status = status::repository(&world.clock, repository);
            vec![(
                status.tone,
                status.words.into_iter().next().unwrap_or_default(),
            )]
        }
    }
}

/// Whose repositories they are: said where the line above does not.
fn whose(browse: &Browse, world: &World, area: Area) -> Option<String> {
    let is_alone = area.width == world.size.width;
    let said = browse.repositories_said(world)?;
    (!is_alone || browse.is_wide(Focus::Repositories)).then_some(said)
}

/// The name in a list; in a tree what of it does not stand above, with the sign of a folder.
fn label(branch: &Branch, width: u16) -> Cell {
    let full = branch.row.name.as_str();
    let Some(depth) = branch.depth else {
        return name(full, width);
    };
    let label = &full[branch.label..];
    let (tone, sign, end) = match &branch.folder {
        Some(folder) if folder.is_open => (Tone::Plain, "▾", "/"),
        Some(_) => (Tone::Plain, "▸", "/"),
        None => (Tone::Plain, " ", ""),
    };
    let indent = "  ".repeat(depth);
    let room = usize::from(width).saturating_sub(indent.len() + 1 + end.len());
    let text = fit_middle(label, room);
    vec![
        (Tone::Dim, format!("{indent}{sign}")),
        (tone, format!("{text}{end}")),
    ]
}

/// How many repositories are below, or how many of them are not well.
fn below(folder: &Folder) -> (Tone, String) {
    match folder.failing {
        0 if folder.repositories == 1 => (Tone::Dim, "1 repo".to_owned()),
        0 => (Tone::Dim, format!("{} repos", scaled(folder.repositories))),
        failing => (Tone::Warn, format!("{} failing", scaled(failing))),
    }
}

/// The path dimmed before the name itself; cut in the middle where it is too long.
pub(super) fn name(name: &str, width: u16) -> Cell {
    let shown = fit_middle(name, usize::from(width));
    let leaf = shown.rfind('/').map_or(0, |at| at + 1);
    let (path, leaf) = shown.split_at(leaf);
    vec![(Tone::Dim, path.to_owned()), (Tone::Plain, leaf.to_owned())]
}

/// What a crawl changed, each kind with its sign.
pub(super) fn changes(theme: &Theme, changed: RepositoryChanges) -> Cell {
    let mut said = Vec::new();
    for (tone, sign, number) in [
        (Tone::Good, "+", changed.appeared),
        (Tone::Warn, "→", changed.moved),
        (Tone::Bad, theme.signs.gone, changed.gone),
    ] {
        if number > 0 {
            let space = if said.is_empty() { "" } else { " " };
            said.push((tone, format!("{space}{sign}{}", scaled(number))));
        }
    }
    said
}

/// How many there are. Where nothing was ever listed, a zero would be a claim.
fn number(repository: &RepositoryRow, count: u64) -> (Tone, String) {
    let is_known = repository.tags > 0 || repository.state.list == ListState::Listed;
    let text = if is_known {
        short(count)
    } else {
        "unread".to_owned()
    };
    let tone = if repository.tags == 0 {
        Tone::Dim
    } else {
        Tone::Plain
    };
    (tone, text)
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
