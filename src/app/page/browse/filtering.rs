//! The filters of the panes.

use super::Browse;
use crate::app::layout::Focus;
use crate::app::world::{Outside, World};
use crate::config::keys::Command;
use crate::model::Filter;
use crate::query;

impl Browse {
    /// Filters the focused pane.
    pub(super) fn set_filter(&mut self, text: &str, outside: &mut Outside<'_>) {
        self.choose();
        let filter = Filter::new(text);
        match self.focus {
            Focus::Registries => {
                self.registries.filter = filter;
                self.show_registries(outside.world);
            }
            Focus::Repositories => {
                self.repositories.filter = filter;
                self.ask_repositories(outside);
            }
            Focus::Images => {
                self.images.filter = filter;
                self.ask_images(outside);
            }
        }
    }

    /// Filters the registries at hand; there are few, and all are known.
    pub(super) fn show_registries(&mut self, world: &World) -> bool {
        let listing = query::registries(world.all.clone(), &self.registries.filter);
        self.registries.accept((), listing)
    }

    /// Carries out a command while a filter is typed.
    pub(super) fn in_filter(&mut self, command: Command, outside: &mut Outside<'_>) {
        self.typing = None;
        if command == Command::Back {
            self.set_filter("", outside);
        }
    }
}
