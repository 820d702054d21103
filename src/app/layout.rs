//! Where everything is: one pure function that `update` asks for page heights and `ui`
//! for places.
//!
//! ```text
//! header          supercargo  nexus › team/api                  https://nexus.example
//! panes           ━ Registries 3 ━━━━│─ Repositories 340 ─────│─ Images 57 ──────────
//!                                    │                        │
//! status          what the selected row has to say, or news
//! hints           enter open  / filter  c crawl  …  ? help  q quit
//! ```
//!
//! From 100 columns on all three panes are shown, from 160 on at fixed widths. Below, the focused pane and its parent;
//! images alone, because their columns need the room. Below 70, one pane.

use super::Size;

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// The part of it from a row on.
    pub(super) fn rows(self, from: u16, height: u16) -> Self {
        Self {
            y: self.y + from,
            height: height.min(self.height.saturating_sub(from)),
            ..self
        }
    }

    /// The part of it from a column on.
    pub(super) fn columns(self, from: u16, width: u16) -> Self {
        Self {
            x: self.x + from,
            width: width.min(self.width.saturating_sub(from)),
            ..self
        }
    }

    /// The cells inside a border, with a blank column on each side.
    pub fn inside(self) -> Self {
        self.rows(1, self.height.saturating_sub(2))
            .columns(2, self.width.saturating_sub(4))
    }
}

/// One of the three panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Registries.
    #[default]
    Registries,
    /// Repositories of the selected registry.
    Repositories,
    /// Images of the selected repository.
    Images,
}

/// The smallest screen.
pub const FLOOR: Size = Size {
    width: 60,
    height: 16,
};

/// Rows a registry takes.
pub const REGISTRY_ROWS: u16 = 2;
/// Columns a page is at most wide: longer lines are hard to read.
const PAGE_WIDTH: u16 = 116;

/// Where everything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Areas {
    /// The line at the top.
    pub header: Area,
    /// Where the page is.
    pub body: Area,
    /// Where overlays are, border included.
    pub page: Area,
    /// The line of news.
    pub status: Area,
    /// The line of keys.
    pub hints: Area,
}

/// Where everything is on a screen of this size; `None` on one that is too small.
pub fn areas(size: Size) -> Option<Areas> {
    let Size { width, height } = size;
    if width < FLOOR.width || height < FLOOR.height {
        return None;
    }
    let screen = Area {
        x: 0,
        y: 0,
        width,
        height,
    };
    let body = screen.rows(1, height - 3);
    let page_width = width.min(PAGE_WIDTH);
    Some(Areas {
        header: screen.rows(0, 1),
        body,
        page: body.columns((width - page_width) / 2, page_width),
        status: screen.rows(height - 2, 1),
        hints: screen.rows(height - 1, 1),
    })
}

/// Where a pane has its registries: below its title.
pub fn registries_in(area: Area) -> Area {
    area.rows(1, area.height)
}

/// How many registries a pane shows.
pub fn registry_rows(area: Area) -> usize {
    usize::from(registries_in(area).height / REGISTRY_ROWS)
}

/// Where a pane with headings has its rows: below them and its title.
pub fn table_in(area: Area) -> Area {
    area.rows(2, area.height)
}

/// How many rows a pane with headings shows.
pub fn table_rows(area: Area) -> usize {
    usize::from(table_in(area).height)
}

/// Where the page of search has its hits: below its line, the kinds and the headings.
pub fn search_in(area: Area) -> Area {
    area.rows(3, area.height)
}

/// How many hits the page of search shows.
pub fn search_rows(area: Area) -> usize {
    usize::from(search_in(area).height)
}

/// Columns of the form's sections beside its fields, the rule between them included.
const SECTIONS: u16 = 18;
/// From this many columns inside on, sections stand beside the fields, else above them.
const SECTIONS_BESIDE: u16 = 72;
/// From this many columns on, a form makes room for a check beside it.
const CHECK_BESIDE: u16 = 140;
/// Columns that a form with a check beside it has at most.
const FORM_WITH_CHECK: u16 = 160;

/// Where the parts of the registry form are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormAreas {
    /// Its sections: a line, or a column with a rule at its right.
    pub sections: Area,
    /// The fields of the section in focus.
    pub fields: Area,
    /// The check, where one was run.
    pub check: Option<Area>,
    /// Some lines on the field, below a rule.
    pub help: Area,
}

impl FormAreas {
    /// Whether the sections stand above the fields, in one line.
    pub fn is_narrow(&self) -> bool {
        self.sections.height == 1
    }
}

/// Where the form is, border included; with a check it takes the room for both.
pub fn form_page(areas: &Areas, checked: bool) -> Area {
    if !checked || areas.body.width < CHECK_BESIDE {
        return areas.page;
    }
    let width = areas.body.width.min(FORM_WITH_CHECK);
    areas.body.columns((areas.body.width - width) / 2, width)
}

/// Where the parts of a form in this page are. A check of so many lines, its rule
/// included, gets them as far as the fields leave room.
pub fn form(page: Area, check: Option<u16>) -> FormAreas {
    let inside = page.inside();
    let below = if inside.height < 12 { 3 } else { 5 };
    let help = inside.rows(inside.height.saturating_sub(below), below);
    let mut upper = inside.rows(0, inside.height.saturating_sub(below));
    let is_beside = page.width >= CHECK_BESIDE;
    let checked = match check {
        Some(_) if is_beside => {
            let left = inside.width * 11 / 20;
            let right = upper.columns(left + 1, inside.width);
            upper = upper.columns(0, left);
            Some(right)
        }
        Some(lines) => {
            let room = upper.height.saturating_sub(1);
            let lines = (room * 3 / 4).min(12).min(lines);
            let lower = upper.rows(upper.height - lines, lines);
            upper = upper.rows(0, upper.height - lines);
            Some(lower)
        }
        None => None,
    };
    let (sections, fields) = if upper.width >= SECTIONS_BESIDE {
        let fields = upper.columns(SECTIONS, upper.width);
        (upper.columns(0, SECTIONS), fields)
    } else {
        (upper.rows(0, 1), upper.rows(1, upper.height))
    };
    FormAreas {
        sections,
        fields,
        check: checked,
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_parts_at_every_size_from_the_floor_up() {
        for width in 1..250 {
            for height in [1, 15, 16, 24, 60] {
                let Some(areas) = areas(Size { width, height }) else {
                    assert!(width < 60 || height < 16);
                    continue;
                };
                for check in [None, Some(2), Some(40)] {
                    let form = form(form_page(&areas, check.is_some()), check);
                    assert!(form.fields.height >= 2 && form.help.height >= 3);
                    assert!(form.fields.width >= 54 && form.sections.width >= 18);
                }
            }
        }
    }
}
