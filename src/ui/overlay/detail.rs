//! One image in full: its tabs, and the one that is shown.
//!
//! ```text
//! ┌ hub › team/api › 4.2.0 ──────────────────────────────────────────┐
//! │ ‹overview› platforms layers configuration history manifest …     │
//! │ digest         sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad6…  │
//! ```

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::{frame, lines};
use crate::app::State;
use crate::app::layout::Area;
use crate::app::overlay::{Detail, DetailTab};
use crate::config::theme::Part;
use crate::ui::Theme;
use crate::ui::paint::{columns, line, pieces};

pub(super) fn draw(detail: &Detail, state: &State, theme: &Theme, page: Area, buffer: &mut Buffer) {
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
    tabs(detail.tab, theme, line(inside, 0), buffer);
    lines(
        &document.lines,
        detail.scroll.0,
        &state.world,
        theme,
        below,
        buffer,
    );
}

/// The names of the tabs; where not all fit, those around the one that is shown.
fn tabs(shown: DetailTab, theme: &Theme, at: Area, buffer: &mut Buffer) {
    let [open, close] = theme.signs.tab;
    let mut names: Vec<(bool, String)> = DetailTab::ALL
        .iter()
        .map(|tab| (*tab == shown, tab.name().to_owned()))
        .collect();
    let width = |names: &[(bool, String)]| -> u16 {
        names.iter().map(|(_, name)| columns(name) + 1).sum::<u16>() + 2
    };
    while width(&names) > at.width && names.len() > 1 {
        // The end goes first, unless it is what is shown.
        if names.last().is_some_and(|(is_shown, _)| *is_shown) {
            names.remove(0);
        } else {
            names.pop();
        }
    }
    let mut said: Vec<(Style, String)> = Vec::new();
    for (is_shown, name) in names {
        if is_shown {
            said.push((theme.style(Part::Focus), format!("{open}{name}{close} ")));
        } else {
            said.push((theme.style(Part::Dim), format!("{name} ")));
        }
    }
    let said: Vec<(Style, &str)> = said
        .iter()
        .map(|(style, text)| (*style, text.as_str()))
        .collect();
    pieces(buffer, at, &said);
}
