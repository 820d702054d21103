//! What the three panes have in common: title, rule, marker, what is said in an empty one.
//!
//! ```text
//! ━ Repositories 12 of 340 · /api ━━━━
//!   NAME ▲                TAGS  STATE      headings, with the order
//! › team/api               120             the selected row, reversed in the focused pane
//!   team/apiary              3  stale
//! ```

mod images;
mod past;
mod registries;
mod repositories;
mod rows;
pub(in crate::ui) mod said;

use ratatui::buffer::Buffer;

use super::super::overlay::lines as document_lines;
use super::super::paint::{columns, fill, left, line, part, pieces, right};
use super::super::{Cursor, Theme};
use crate::app::World;
use crate::app::document::Tone;
use crate::app::layout::{Area, Areas, Focus};
use crate::app::page::Browse;
use crate::app::page::browse::Panes;
use crate::app::pane::{Keyed, Pane};
use crate::app::words::{count, fit_middle, wrap};
use crate::config::theme::Part;
use crate::model::Filter;

/// Draws the panes.
pub(in crate::ui) fn draw(
    browse: &Browse,
    world: &World,
    theme: &Theme,
    areas: &Areas,
    buffer: &mut Buffer,
) -> Cursor {
    let panes = browse.panes(areas.body);
    let mut cursor = None;
    if let Some(area) = panes.path {
        path(browse, world, theme, area, buffer);
    }
    if let Some(area) = panes.registries {
        cursor = cursor.or(registries::draw(browse, world, theme, area, buffer));
    }
    if let Some(area) = panes.past {
        past::draw(browse, theme, area, buffer);
    }
    if let Some(area) = panes.repositories {
        cursor = cursor.or(repositories::draw(
            browse,
            world,
            theme,
            area,
            panes.room[1],
            buffer,
        ));
    }
    if let Some(area) = panes.images {
        cursor = cursor.or(images::draw(
            browse,
            world,
            theme,
            area,
            panes.room[2],
            buffer,
        ));
    }
    if let Some(area) = panes.detail {
        detail(browse, world, theme, area, buffer);
    }
    separators(&panes, theme, areas.body, buffer);
    cursor
}

/// Says where a pane is that stands alone.
fn path(browse: &Browse, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let room = part(area, 1, area.width.saturating_sub(2));
    let (dim, text) = (theme.style(Part::Dim), theme.style(Part::Text));
    let images = browse.images_said(world);
    if let Some((registry, within)) = images.filter(|_| browse.focus == Focus::Images) {
        let mut said = Vec::new();
        if let Some(registry) = &registry {
            said.push((if within.is_some() { dim } else { text }, registry.as_str()));
        }
        if registry.is_some() && within.is_some() {
            said.push((dim, theme.signs.path));
        }
        let used: u16 = said.iter().map(|(_, text)| columns(text)).sum();
        let left = usize::from(room.width.saturating_sub(used));
        let within = within.map(|within| fit_middle(&within, left));
        said.extend(within.iter().map(|within| (text, within.as_str())));
        pieces(buffer, room, &said);
        return;
    }
    if browse.focus != Focus::Registries && browse.is_wide(Focus::Repositories) {
        let said = browse.repositories_said(world).unwrap_or_default();
        left(buffer, room, text, &said);
        return;
    }
    if let Some(registry) = browse.registry() {
        let name = registry.spec.name.as_str();
        let address = format!("  {}", registry.spec.endpoint);
        pieces(buffer, room, &[(text, name), (dim, &address)]);
    }
}

/// Tells of the selected image below the images.
fn detail(browse: &Browse, world: &World, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let rule = line(area, 0);
    fill(buffer, rule, theme.style(Part::Rule), theme.signs.rule);
    let Some(detail) = browse.detail(world) else {
        return;
    };
    let inside = part(rest(area), 1, area.width.saturating_sub(2));
    let document = detail.document(&world.clock, inside.width);
    document_lines(&document.lines, 0, world, theme, inside, buffer);
}

/// What a title says.
struct Title<'a> {
    focus: Focus,
    name: &'a str,
    /// How many rows there are, how many the filter lets through, and how many there are
    /// before that.
    numbers: [usize; 3],
    /// Whether not all rows that the filter lets through are there.
    is_cut: bool,
    /// Whose rows they are, where that is to be said.
    of: Option<String>,
    /// By what they are ordered, in a word.
    by: &'static str,
    filter: &'a Filter,
    loading: bool,
    /// The row of the cursor, from 1, and how many there are; where not all are on screen.
    position: Option<(usize, usize)>,
}

impl<'a> Title<'a> {
    fn of<R, S, C>(focus: Focus, name: &'a str, pane: &'a Pane<R, S, C>, height: usize) -> Self
    where
        R: Keyed + PartialEq + Clone,
        R::Key: Clone + Ord,
        S: Clone + PartialEq,
        C: Copy + PartialEq,
    {
        let rows = pane.listing.rows.len();
        Self {
            focus,
            name,
            numbers: [rows, pane.listing.matched, pane.listing.total],
            is_cut: pane.listing.is_cut() && !pane.is_folded,
            of: None,
            by: "",
            filter: &pane.filter,
            loading: pane.is_loading(),
            position: (rows > height).then_some((pane.list.cursor + 1, rows)),
        }
    }
}

/// Draws the title line and says where the cursor is, if a filter is typed here.
fn title(
    browse: &Browse,
    theme: &Theme,
    area: Area,
    title: &Title<'_>,
    buffer: &mut Buffer,
) -> Cursor {
    let signs = &theme.signs;
    let focused = browse.focus == title.focus;
    let (part_, rule) = if focused {
        (Part::Focus, signs.rule_focus)
    } else {
        (Part::Rule, signs.rule)
    };
    let style = theme.style(part_);
    let at = line(area, 0);
    fill(buffer, at, style, rule);
    let name = if focused {
        style
    } else {
        theme.style(Part::Text)
    };
    let typing = browse.typing.as_ref().filter(|_| focused);
    let filtered = typing.is_some() || !title.filter.text().is_empty();
    let between = if area.width < 34 { "/" } else { " of " };
    let [rows, matched, total] = title.numbers;
    let number = |number: usize| count(number as u64);
    let mut numbers = match (title.loading, total) {
        (true, _) if focused && title.focus == Focus::Images && browse.is_reaching() => {
            format!("{}loading, esc gives up", signs.separator)
        }
        (true, _) => format!("{}loading", signs.separator),
        // Nothing may mean four things, and the pane says which.
        (_, 0) => String::new(),
        _ => {
            let mut said = Vec::new();
            if title.is_cut {
                said.push(number(rows));
            }
            if title.is_cut || !title.filter.is_empty() {
                said.push(number(matched));
            }
            if !title.filter.is_empty() || !title.is_cut {
                said.push(number(total));
            }
            format!(" {}", said.join(between))
        }
    };
    if let Some(of) = &title.of {
        let filter = columns(title.filter.text()).min(20) + 6;
        let said = columns(title.name) + columns(&numbers) + filter + 8;
        let room = usize::from(area.width.saturating_sub(said));
        if room >= 8 {
            numbers += &format!(" of {}", fit_middle(of, room));
        }
        if title.is_cut {
            numbers += &format!(", by {}", title.by);
        }
    }
    let mut used = pieces(
        buffer,
        part(at, 1, at.width.saturating_sub(2)),
        &[(name, " "), (name, title.name), (name, &numbers)],
    ) + 1;
    let mut cursor = None;
    if filtered {
        used += left(
            buffer,
            part(at, used, at.width),
            name,
            &format!("{}/", signs.separator),
        );
        let room = part(at, used, at.width - used.min(at.width));
        if let Some(field) = typing {
            let (text, column) = field.view(usize::from(room.width.saturating_sub(2)));
            let style = theme.style(Part::Field);
            used += left(buffer, room, style, &text).max(1);
            let column = u16::try_from(column).unwrap_or(0);
            cursor = Some((room.x + column, room.y));
        } else {
            let room = part(room, 0, room.width.saturating_sub(2));
            used += left(buffer, room, theme.style(Part::Warn), title.filter.text());
        }
    }
    left(buffer, part(at, used, 1), name, " ");
    if let Some((row, rows)) = title.position {
        let text = format!(" {row}/{rows} ");
        let room = part(at, used + 2, at.width.saturating_sub(used + 3));
        if columns(&text) <= room.width {
            right(buffer, room, name, &text);
        }
    }
    cursor
}

/// Says something in a pane without rows. A tab stands between a key and what it does.
pub(in crate::ui::page) fn empty(
    theme: &Theme,
    area: Area,
    texts: &[(Tone, String)],
    buffer: &mut Buffer,
) {
    let width = area.width.saturating_sub(4);
    let keys = texts.iter().filter_map(|(_, text)| text.split_once('\t'));
    let widest = keys.map(|(key, _)| columns(key)).max().unwrap_or(0);
    let mut at = 2;
    for (tone, text) in texts {
        let mut text = text.as_str();
        let mut from = 2;
        if let Some((key, does)) = text.split_once('\t') {
            left(
                buffer,
                part(line(area, at), 2, columns(key)),
                theme.style(Part::Key),
                key,
            );
            text = does;
            from = 7.max(widest + 3);
        }
        let width = width.saturating_sub(from - 2);
        for text in wrap(text, usize::from(width)) {
            if at >= area.height {
                return;
            }
            let to = part(line(area, at), from, width);
            left(buffer, to, theme.tone(*tone), &text);
            at += 1;
        }
    }
}

/// What lies below a pane's title.
fn rest(area: Area) -> Area {
    Area {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// Draws the rules between panes.
fn separators(panes: &Panes, theme: &Theme, body: Area, buffer: &mut Buffer) {
    let beside = panes
        .detail
        .filter(|_| panes.images.is_none_or(|it| it.height == body.height));
    let areas = [panes.repositories, panes.images, beside];
    for area in areas.into_iter().flatten() {
        if area.x == 0 {
            continue;
        }
        let rule = Area {
            x: area.x - 1,
            width: columns(theme.signs.column),
            ..body
        };
        for y in 0..rule.height {
            left(
                buffer,
                line(rule, y),
                theme.style(Part::Rule),
                theme.signs.column,
            );
        }
    }
}
