//! What was decided about images and tags.

use ratatui::buffer::Buffer;

use crate::app::World;
use crate::app::layout::Areas;
use crate::app::page::Plan;
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    _page: &Plan,
    _world: &World,
    _theme: &Theme,
    _areas: &Areas,
    _buffer: &mut Buffer,
) -> Cursor {
    None
}
