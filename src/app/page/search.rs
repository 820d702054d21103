//! Where something is, as it is typed.

use crate::app::layer::{Flow, Layer};
use crate::app::world::Outside;
use crate::config::keys::{Command, Context};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct Search {}

impl Layer for Search {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Search,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn command(&mut self, _: Command, _: &mut Outside<'_>) -> Flow {
        Flow::Stay
    }
}
