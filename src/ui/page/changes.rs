//! What crawls found changed.

use ratatui::buffer::Buffer;

use crate::app::World;
use crate::app::layout::Areas;
use crate::app::page::Changes;
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    _page: &Changes,
    _world: &World,
    _theme: &Theme,
    _areas: &Areas,
    _buffer: &mut Buffer,
) -> Cursor {
    None
}
