//! The line at the top: the pages, and in a few words how all registries are.
//!
//! ```text
//!  supercargo  1 Browse  2 Search  3 Changes  4 Crawls  5 Plan    7 registries · 48k images
//! ```

use ratatui::buffer::Buffer;

use super::Theme;
use super::paint::{columns, left, part, pieces, right};
use crate::app::layout::Area;
use crate::app::page::PageId;
use crate::app::words::{counted, scaled};
use crate::app::{State, World, status};
use crate::config::theme::Part;
use crate::query::{Standing, standing};

const NAME: &str = " supercargo ";

/// From this width on pages are shown by name.
const NAMED: u16 = 100;

pub(super) fn draw(state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let mut used = left(buffer, area, theme.style(Part::Header), NAME) + 1;
    for (number, page) in (1..).zip(PageId::ALL) {
        let is_shown = state.pages.at == page;
        let name = match (is_shown, area.width >= NAMED) {
            (false, false) => String::new(),
            _ => format!(" {}", page.name()),
        };
        let style = if is_shown {
            theme.style(Part::Focus)
        } else {
            theme.style(Part::Dim)
        };
        let said = [(theme.style(Part::Key), number.to_string()), (style, name)];
        let said = said.each_ref().map(|(style, text)| (*style, text.as_str()));
        used += pieces(buffer, part(area, used, area.width), &said) + 1;
        used += u16::from(area.width >= NAMED);
    }
    let rest = part(area, used, area.width.saturating_sub(used));
    let facts = facts(
        &state.world,
        theme.signs.separator,
        rest.width.saturating_sub(2),
    );
    right(buffer, rest, theme.style(Part::Text), &format!("{facts} "));
}

/// How all registries are: as much as fits, the least important left out first.
fn facts(world: &World, separator: &str, width: u16) -> String {
    let total = |count: &dyn Fn(&crate::model::RegistryRow) -> u64| -> u64 {
        world.all.iter().map(count).sum()
    };
    let failing = total(&|row| {
        let standing = standing(row, world.now);
        u64::from(
            world.refused.contains_key(&row.id)
                || matches!(standing, Standing::Failed | Standing::Refused),
        )
    });
    let registries = total(&|_| 1);
    // The least important last; shown in the order of the number.
    let mut parts = Vec::new();
    if failing > 0 {
        parts.push((2, format!("{failing} failing")));
    }
    parts.extend(crawling(world).map(|text| (3, text)));
    parts.push((1, format!("{} images", scaled(total(&|row| row.images)))));
    parts.push((0, counted(registries, "registry", "registries")));
    loop {
        let mut shown = parts.clone();
        shown.sort_by_key(|(at, _)| *at);
        let words: Vec<String> = shown.into_iter().map(|(_, text)| text).collect();
        let line = words.join(separator);
        if columns(&line) <= width || parts.is_empty() {
            return line;
        }
        parts.pop();
    }
}

/// What crawls, and how far it is.
fn crawling(world: &World) -> Option<String> {
    let mut running = world.progress.iter();
    let (id, progress) = running.next()?;
    let others = running.count();
    let far = status::percent(progress).map_or_else(String::new, |percent| format!(" {percent} %"));
    let text = format!("{}{far}", world.name_of(*id));
    Some(if others > 0 {
        format!("{text} and {others} more")
    } else {
        text
    })
}
