//! A question that is answered by yes or no.

use super::close;
use crate::app::layer::{Flow, Layer};
use crate::app::triage::Step;
use crate::app::world::Outside;
use crate::app::{ScreenWork, Work};
use crate::config::keys::{Command, Context};
use crate::model::RegistryId;

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnYes {
    /// Quits although crawls run.
    Quit,
    /// Writes down decisions.
    Decide(Step),
    /// Removes a registry.
    Remove(RegistryId),
    /// Leaves the form below without saving.
    Discard,
}

/// The page that asks for a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What a yes does.
    pub on_yes: OnYes,
    /// The question in a few words.
    pub title: String,
    /// What a yes does, in words.
    pub text: String,
}

impl Layer for Confirm {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Confirm, Context::Global]
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        match (command, &self.on_yes) {
            (Command::Yes, OnYes::Quit) => outside.screen(ScreenWork::Quit),
            (Command::Yes, OnYes::Remove(id)) => {
                if outside.world.is_crawling(*id) {
                    outside.work(Work::CancelCrawl(*id));
                }
                outside.work(Work::Remove(*id));
            }
            (Command::Yes, OnYes::Decide(step)) => outside.decide(step.clone()),
            (Command::Yes, OnYes::Discard) => return Flow::CloseBelow,
            _ => return close(command),
        }
        Flow::Close
    }
}
