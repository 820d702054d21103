//! What the panes ask the inventory, and what they make of the answers.

use super::Browse;
use super::scope::{self, ImagesOf, RepositoriesOf};
use crate::app::event::Ticket;
use crate::app::world::{Outside, World};
use crate::model::{ImageRow, Listing, Question, RepositoryRow};

/// Images of many repositories that are shown at most, and held.
pub const MOST_IMAGES: usize = 5000;

impl Browse {
    pub(super) fn ask_repositories(&mut self, outside: &mut Outside<'_>) {
        if let Some((ticket, view)) = self.repositories.ask(&mut outside.world.last) {
            let registries = match view.scope {
                RepositoriesOf::Registry(registry) => vec![registry],
                RepositoriesOf::All(registries) => registries,
            };
            let question = Question::Repositories {
                registries,
                filter: view.filter,
                order: view.order,
            };
            outside.ask(ticket, question);
        }
    }

    pub(super) fn ask_images(&mut self, outside: &mut Outside<'_>) {
        if let Some((ticket, view)) = self.images.ask(&mut outside.world.last) {
            let (filter, order) = (view.filter, view.order);
            let over = |registries, below| Question::ImagesOver {
                registries,
                below,
                filter: filter.clone(),
                order,
                most: MOST_IMAGES,
            };
            let question = match view.scope {
                ImagesOf::Below(registry, path) => over(vec![registry], Some(path)),
                ImagesOf::Registry(registry) => over(vec![registry], None),
                ImagesOf::All(registries) => over(registries, None),
                ImagesOf::Repository(registry, repository) => Question::Images {
                    registry,
                    repository,
                    filter,
                    order,
                },
            };
            outside.ask(ticket, question);
        }
    }

    /// Shows the repositories that were asked for with this number, where they are still
    /// wanted.
    pub(super) fn take_repositories(
        &mut self,
        ticket: Ticket,
        listing: Listing<RepositoryRow>,
        world: &World,
    ) -> bool {
        let Some(scope) = self.repositories.arrived_in_time(ticket) else {
            return false;
        };
        let of = listing.rows.iter().map(|row| row.registry);
        self.named.0 = scope::widest_registry(world, of);
        let branches = self.branches(listing);
        self.repositories.accept(scope, branches)
    }

    /// The same of images.
    pub(super) fn take_images(
        &mut self,
        ticket: Ticket,
        listing: Listing<ImageRow>,
        world: &World,
    ) -> bool {
        // What is on its way is to be shown in these rows too.
        self.version = 0;
        let Some(scope) = self.images.arrived_in_time(ticket) else {
            return false;
        };
        let of = listing.rows.iter().map(|row| row.registry);
        self.named.1 = scope::widest_registry(world, of);
        self.images.accept(scope, listing)
    }
}
