//! Where something is, as it is typed.
//!
//! ```text
//!  › gateway 4.2                                                        57 of 1 048 112
//!  ‹ all 57 ›  tags 40  repositories 12  digests 5
//!   MATCH       REGISTRY      REPOSITORY              TAG      DIGEST        WHERE ELSE
//! › tag         harbor-prod   platform/api/gateway    4.2.1    440e471c9d02  2 places
//!   repository  gitlab        platform/gateway-4.2    -        -             -
//! ```

use ratatui::buffer::Buffer;

use super::browse::empty;
use crate::app::World;
use crate::app::document::{Sign, Tone};
use crate::app::layout::{Area, Areas};
use crate::app::page::Search;
use crate::app::page::search::columns::{HitColumn, OF_HITS};
use crate::app::page::search::{Elsewhere, Narrowing, WhenBuilt};
use crate::app::table::{self, Placed};
use crate::app::words::{count, counted, fit, fit_middle};
use crate::config::keys::{Command, Context};
use crate::config::theme::Part;
use crate::model::{self, Hit, ListState, Matched};
use crate::query::search::{NameOf, places};
use crate::ui::paint::{columns, left, line, part, right, row as rows_to};
use crate::ui::table::{Cell, Table, draw as draw_table};
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    page: &Search,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let cursor = typed(page, world, theme, line(areas.body, 0), buffer);
    kinds(page, theme, line(areas.body, 1), buffer);
    let below = from(areas.body, 2);
    if page.found.shown() == 0 || page.wanted().is_none() {
        empty(theme, from(below, 1), &nothing(page, world), buffer);
        return cursor;
    }
    let columns = table::fit(&OF_HITS, below.width, |id| need(page, world, id));
    let table = Table {
        columns: &columns,
        order: None,
        list: page.found.list,
        focused: !page.is_typed,
        old: !page.is_current(),
    };
    draw_table(
        &table,
        page.found.places(),
        |_| false,
        |place, column| cell(page, world, *place, column),
        theme,
        below,
        buffer,
    );
    cursor
}

/// What is said of the selected hit.
pub(super) fn said(page: &Search, world: &World) -> Option<(Tone, String)> {
    let hit = page.selected()?;
    let (_, elsewhere) = page.found.row(page.found.list.cursor)?;
    let also = match elsewhere {
        Elsewhere::Nowhere => String::new(),
        Elsewhere::In(registry, repository) => {
            format!("also in {} {repository}, ", world.name_of(*registry))
        }
        Elsewhere::Places(places) => format!("also in {places} places, "),
    };
    let text = match (&hit.child, &hit.digest) {
        (Some(child), _) => format!("{also}lists {child}"),
        (None, Some(digest)) => format!("{also}{digest}"),
        (None, None) => hit.repository.to_string(),
    };
    Some((Tone::Dim, text))
}

/// What lies below so many lines.
fn from(area: Area, row: u16) -> Area {
    let row = row.min(area.height);
    Area {
        y: area.y + row,
        height: area.height - row,
        ..area
    }
}

/// The line, and how many hits there are. Says where the cursor is, if it is typed into.
fn typed(page: &Search, world: &World, theme: &Theme, at: Area, buffer: &mut Buffer) -> Cursor {
    let found = format!("{} ", numbers(page, world, theme));
    let style = if page.found.is_cut {
        theme.style(Part::Warn)
    } else {
        theme.style(Part::Dim)
    };
    let used = right(buffer, at, style, &found);
    let room = part(at, 1, at.width.saturating_sub(used + 2));
    let sign = format!("{} ", theme.signs.marker);
    let edge = if page.is_typed {
        theme.style(Part::Key)
    } else {
        theme.style(Part::Dim)
    };
    let before = left(buffer, room, edge, &sign);
    let room = part(room, before, room.width.saturating_sub(before));
    let (text, column) = page.field.view(usize::from(room.width));
    let style = if page.is_typed {
        theme.style(Part::Field)
    } else {
        theme.style(Part::Text)
    };
    left(buffer, room, style, &text);
    let column = rows_to(column);
    page.is_typed.then_some((room.x + column, room.y))
}

/// How many hits there are, of how many images.
fn numbers(page: &Search, world: &World, theme: &Theme) -> String {
    let images = count(world.all.iter().map(|row| row.images).sum());
    if page.wanted().is_none() {
        return format!("{images} images");
    }
    let busy = theme.sign(Sign::Busy, world.beat);
    if !page.is_current() {
        return if page.is_reading() && !world.all.is_empty() {
            format!("{busy} searching {images}")
        } else {
            String::new()
        };
    }
    let hits = count(number(page.found.len()));
    match (page.found.is_cut, page.is_reading()) {
        (true, _) => format!("the first {hits}, there are more"),
        (false, true) => format!("{busy} {hits}… of {images}"),
        (false, false) => format!("{hits} of {images}"),
    }
}

fn number(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

/// The kinds of hits, and how many there are of each.
fn kinds(page: &Search, theme: &Theme, at: Area, buffer: &mut Buffer) {
    if page.wanted().is_none() {
        return;
    }
    let mut x = 1;
    for kind in Narrowing::EACH {
        let is_shown = page.found.narrowing() == kind;
        let (style, [before, behind]) = if is_shown {
            (theme.style(Part::Focus), theme.signs.choice)
        } else {
            (theme.style(Part::Dim), ["", ""])
        };
        let hits = if page.is_current() {
            format!(" {}", count(number(page.found.count(kind))))
        } else {
            String::new()
        };
        let text = format!("{before}{}{hits}{behind}", kind.name());
        let room = part(at, x, at.width);
        x += left(buffer, room, style, &text) + 2;
    }
}

/// Cells that the widest text of a column takes.
fn need(page: &Search, world: &World, column: HitColumn) -> u16 {
    match column {
        HitColumn::Registry => {
            let registries = page.found.registries.iter();
            let names = registries.map(|id| columns(&world.name_of(*id)));
            names.max().unwrap_or(0)
        }
        HitColumn::Repository => page.found.widest.0,
        HitColumn::Tag => page.found.widest.1.max(columns(UNTAGGED)),
        HitColumn::Match | HitColumn::Digest | HitColumn::Built | HitColumn::Elsewhere => 0,
    }
}

/// An image that no tag names.
const UNTAGGED: &str = "untagged";

fn cell(page: &Search, world: &World, place: usize, column: &Placed<HitColumn>) -> Cell {
    let Some((hit, elsewhere)) = page.found.at(place) else {
        return Vec::new();
    };
    let width = usize::from(column.width);
    let none = || vec![(Tone::Dim, "-".to_owned())];
    match column.id {
        HitColumn::Match => vec![(Tone::Dim, hit.matched.as_str().to_owned())],
        HitColumn::Registry => vec![(Tone::Plain, fit(&world.name_of(hit.registry), width))],
        HitColumn::Repository => name(page.wanted(), hit.repository.as_str(), width),
        HitColumn::Tag => match &hit.tag {
            Some(tag) if hit.matched == Matched::Tag => {
                let shown = fit_middle(tag.as_str(), width);
                marked(page.wanted(), NameOf::Tag, &shown, 0)
            }
            Some(tag) => vec![(Tone::Plain, fit_middle(tag.as_str(), width))],
            None if hit.digest.is_some() => vec![(Tone::Dim, UNTAGGED.to_owned())],
            None => none(),
        },
        HitColumn::Digest => digest(page.wanted(), hit).unwrap_or_else(none),
        HitColumn::Built => match page.built.of(hit) {
            WhenBuilt::NoImage => none(),
            WhenBuilt::At(at) => vec![(Tone::Plain, world.clock.age(at))],
            WhenBuilt::Unknown => vec![(Tone::Dim, "unknown".to_owned())],
            WhenBuilt::Awaited => Vec::new(),
        },
        HitColumn::Elsewhere => match elsewhere {
            Elsewhere::Nowhere => none(),
            Elsewhere::In(registry, repository) if *registry == hit.registry => {
                vec![(Tone::Plain, fit_middle(repository.as_str(), width))]
            }
            Elsewhere::In(registry, _) => {
                vec![(Tone::Plain, fit(&world.name_of(*registry), width))]
            }
            Elsewhere::Places(places) => vec![(Tone::Plain, format!("{places} places"))],
        },
    }
}

/// The path dimmed before the name itself, with what was looked for; cut in the middle
/// where it is too long.
fn name(search: Option<&model::Search>, name: &str, width: usize) -> Cell {
    let shown = fit_middle(name, width);
    let leaf = shown.rfind('/').map_or(0, |at| at + 1);
    marked(search, NameOf::Repository, &shown, leaf)
}

/// A name whose first bytes are a path, with what was looked for.
fn marked(search: Option<&model::Search>, of: NameOf, shown: &str, path: usize) -> Cell {
    let found = search.map_or_else(Vec::new, |search| places(search, of, shown));
    let mut cell = Cell::new();
    let plain = |from: usize, to: usize| {
        let middle = path.clamp(from, to);
        let parts = [(Tone::Dim, from..middle), (Tone::Plain, middle..to)];
        parts.map(|(tone, part)| (tone, shown[part].to_owned()))
    };
    let mut at = 0;
    for place in found {
        cell.extend(plain(at, place.start));
        cell.push((Tone::Match, shown[place.clone()].to_owned()));
        at = place.end;
    }
    cell.extend(plain(at, shown.len()));
    cell.retain(|(_, text)| !text.is_empty());
    cell
}

/// The beginning of the digest, with what was looked for.
fn digest(search: Option<&model::Search>, hit: &Hit) -> Option<Cell> {
    let digest = hit.child.as_ref().or(hit.digest.as_ref())?;
    let short = digest.short();
    let begun = search.and_then(|search| search.digest.as_ref());
    let is_own = matches!(hit.matched, Matched::Digest | Matched::Child);
    let length = begun
        .filter(|_| is_own)
        .map_or(0, model::DigestStart::length);
    let (found, rest) = short.split_at_checked(length).unwrap_or((&short, ""));
    let mut cell = vec![
        (Tone::Match, found.to_owned()),
        (Tone::Dim, rest.to_owned()),
    ];
    cell.retain(|(_, text)| !text.is_empty());
    Some(cell)
}

/// What is said where there is no hit.
fn nothing(page: &Search, world: &World) -> Vec<(Tone, String)> {
    let plain = |text: String| (Tone::Plain, text);
    let dim = |text: String| (Tone::Dim, text);
    if world.all.is_empty() {
        let key = world.keys.key(Command::Add);
        let page = world.keys.key(Command::BrowsePage);
        return vec![
            plain("No registry yet.".to_owned()),
            dim(format!(
                "There is nothing to search: esc, {page} and {key} add one."
            )),
        ];
    }
    if page.wanted().is_none() {
        return [
            "api 1.2\tall words, in the names of repositories and of tags",
            "!rc\twithout this word",
            "api:1.2\ta repository that ends so, a tag that begins so",
            "team/**\t* stays between slashes, ** crosses them",
            "4bf5122f\ta digest's beginning, that of a platform's image too",
        ]
        .map(|text| dim(text.to_owned()))
        .to_vec();
    }
    if !page.is_current() {
        return match &page.broken {
            Some(trouble) => {
                let hint = trouble.hint.clone().unwrap_or_default();
                vec![(Tone::Bad, trouble.message.clone()), dim(hint)]
            }
            None => vec![(Tone::Busy, "Searching.".to_owned())],
        };
    }
    if !page.found.is_empty() {
        let kind = page.found.narrowing().name();
        let key = world.keys.binding(Context::SearchLine, Command::NextTab);
        let key = key.map_or_else(String::new, crate::config::keys::Binding::key);
        return vec![dim(format!("None of the hits are {kind}. {key} goes on."))];
    }
    if page.is_reading() {
        return vec![(Tone::Busy, "Searching.".to_owned())];
    }
    let rows = world.all.iter();
    let unread = rows.filter(|row| row.list != ListState::Listed).count();
    let mut said = vec![plain("Nothing matches.".to_owned())];
    if unread > 0 {
        let registries = counted(number(unread), "registry", "registries");
        said.push(dim(format!(
            "{registries} could not be listed, or not yet: what is new there is not found."
        )));
    }
    said
}
