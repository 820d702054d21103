//! The line at the top: what this is, where the cursors are, and the registry's address.
//!
//! ```text
//!  supercargo   nexus › team/api                            https://nexus.example:8443
//! ```

use ratatui::buffer::Buffer;

use super::Theme;
use super::paint::{columns, left, part, right};
use crate::app::State;
use crate::app::layout::{Area, Focus};
use crate::app::words::fit_end;
use crate::config::theme::Part;

const NAME: &str = " supercargo ";

pub(super) fn draw(state: &State, theme: &Theme, area: Area, buffer: &mut Buffer) {
    let browse = &state.pages.browse;
    let dim = theme.style(Part::Dim);
    let used = left(buffer, area, theme.style(Part::Header), NAME) + 2;
    let Some(registry) = browse.registry() else {
        return;
    };
    let mut path = registry.spec.name.to_string();
    if browse.focus != Focus::Registries
        && let Some(repository) = browse.repository()
    {
        path = format!("{path}{}{}", theme.signs.path, repository.name);
    }
    let rest = part(area, used, area.width);
    let address = format!("{} ", registry.spec.endpoint);
    // The path tells more; the address is shown where both fit.
    if columns(&path) + columns(&address) + 2 <= rest.width {
        right(buffer, rest, dim, &address);
    }
    let path = fit_end(&path, usize::from(rest.width));
    left(buffer, rest, theme.style(Part::Text), &path);
}
