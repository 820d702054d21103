//! What was decided about images and tags.

use crate::app::layer::{Flow, Layer};
use crate::app::world::Outside;
use crate::config::keys::{Command, Context};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct Plan {}

impl Layer for Plan {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Plan,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn command(&mut self, _: Command, _: &mut Outside<'_>) -> Flow {
        Flow::Stay
    }
}
