//! Where something is, as it is typed.

use ratatui::buffer::Buffer;

use crate::app::World;
use crate::app::layout::Areas;
use crate::app::page::Search;
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    _page: &Search,
    _world: &World,
    _theme: &Theme,
    _areas: &Areas,
    _buffer: &mut Buffer,
) -> Cursor {
    None
}
