//! Crawls, running and past, and what failed in them.

use crate::app::layer::{Flow, Layer};
use crate::app::world::Outside;
use crate::config::keys::{Command, Context};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct Crawls {}

impl Layer for Crawls {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Crawls,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn command(&mut self, _: Command, _: &mut Outside<'_>) -> Flow {
        Flow::Stay
    }
}
