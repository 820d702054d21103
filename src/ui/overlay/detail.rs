//! One image in full: its tabs, and the one that is shown.
//!
//! ```text
//! ┌ hub › team/api › 4.2.0 ──────────────────────────────────────────┐
//! │ ‹overview› platforms layers configuration history manifest …     │
//! │ digest         sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad6…  │
//! ```

use ratatui::buffer::Buffer;

use super::{found_lines, frame, sought};
use crate::app::State;
use crate::app::layout::Area;
use crate::app::overlay::{Detail, DetailTab};
use crate::config::theme::Part;
use crate::ui::paint::left;
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    detail: &Detail,
    state: &State,
    theme: &Theme,
    page: Area,
    buffer: &mut Buffer,
) -> Cursor {
    let inside = page.inside();
    let document = detail.document(&state.world.clock, inside.width);
    let below = Detail::below(inside);
    let height = usize::from(below.height);
    let len = document.len();
    let corner = if len > height {
        let last = (detail.scroll.0 + height).min(len);
        format!("{} to {last} of {len}", detail.scroll.0 + 1)
    } else {
        String::new()
    };
    frame(theme, page, &detail.title(), &corner, buffer);
    tabs(detail.tab, theme, inside, buffer);
    found_lines(
        (&document.lines, &detail.find),
        detail.scroll.0,
        &state.world,
        theme,
        below,
        buffer,
    );
    sought(&detail.find, &document, theme, page, buffer)
}

/// The names of the tabs.
fn tabs(shown: DetailTab, theme: &Theme, inside: Area, buffer: &mut Buffer) {
    let [open, close] = theme.signs.tab;
    for (tab, at) in shown.beside(inside) {
        if tab == shown {
            let name = format!("{open}{}{close}", tab.name());
            left(buffer, at, theme.style(Part::Focus), &name);
        } else {
            left(buffer, at, theme.style(Part::Dim), tab.name());
        }
    }
}
