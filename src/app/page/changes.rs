//! What crawls found changed.

use crate::app::layer::{Flow, Layer};
use crate::app::world::Outside;
use crate::config::keys::{Command, Context};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct Changes {}

impl Layer for Changes {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Changes,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn command(&mut self, _: Command, _: &mut Outside<'_>) -> Flow {
        Flow::Stay
    }
}
