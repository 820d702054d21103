//! Crawls, running and past, and what failed in them.

use ratatui::buffer::Buffer;

use crate::app::World;
use crate::app::layout::Areas;
use crate::app::page::Crawls;
use crate::ui::{Cursor, Theme};

pub(super) fn draw(
    _page: &Crawls,
    _world: &World,
    _theme: &Theme,
    _areas: &Areas,
    _buffer: &mut Buffer,
) -> Cursor {
    None
}
