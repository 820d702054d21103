//! Where the names of the pages are in the line at the top.

use super::layout::Area;
use super::page::PageId;

/// What the line begins with.
pub const NAME: &str = " supercargo ";

/// From this width on pages are shown by name.
const NAMED: u16 = 100;

/// A page in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Which.
    pub page: PageId,
    /// Whether its name stands behind its number.
    pub is_named: bool,
    /// Its cells.
    pub area: Area,
}

/// The pages in this line, and what is left of it behind them.
pub fn tabs(line: Area, shown: PageId) -> ([Tab; 5], Area) {
    let is_wide = line.width >= NAMED;
    let mut used = cells(NAME) + 1;
    let tabs = PageId::ALL.map(|page| {
        let is_named = is_wide || page == shown;
        // A number, and a space before the name.
        let width = if is_named { cells(page.name()) + 2 } else { 1 };
        let area = line.columns(used, width);
        used += width + 1 + u16::from(is_wide);
        Tab {
            page,
            is_named,
            area,
        }
    });
    (tabs, line.columns(used, line.width))
}

/// The names are ASCII.
fn cells(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}
