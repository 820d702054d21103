//! The way of the cursors to something: pane by pane, as their rows come.

use super::Browse;
use super::scope::Reach;
use crate::app::document::Tone;
use crate::app::layer::Layer;
use crate::app::layout::Focus;
use crate::app::page::Target;
use crate::app::pane::{Keyed, Pane};
use crate::app::world::Outside;
use crate::model::{Filter, ImageRow};
use crate::query::Branch;

impl Browse {
    /// Goes to something as soon as the panes show it.
    pub(in crate::app) fn seek(&mut self, target: Target) {
        self.all_registries = false;
        self.reach = Reach::Repository;
        self.typing = None;
        self.stays = false;
        self.opens = false;
        self.sought = Some(target);
    }

    /// The same, in panes that are of something else by now: keys go where they went.
    pub(super) fn keep(&mut self, target: Target) {
        self.stays = true;
        self.sought = Some(target);
    }

    /// Leaves off what was to be kept, as another row is chosen by hand. While the rows of the
    /// focused pane are awaited there is none to choose.
    pub(super) fn choose(&mut self) {
        let is_loading = match self.focus {
            Focus::Registries => self.registries.is_loading(),
            Focus::Repositories => self.repositories.is_loading(),
            Focus::Images => self.images.is_loading(),
        };
        if self.stays && !is_loading {
            self.stays = false;
            self.sought = None;
        }
    }

    /// Whether what is selected is not yet what was gone to.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.sought.is_some() && !self.stays
    }

    /// Brings the cursors nearer to what is sought: pane by pane, as their rows come.
    pub(super) fn seek_on(&mut self, outside: &mut Outside<'_>) {
        let focus = self.focus;
        let target = self.sought.clone();
        self.seek_further(outside);
        if self.sought.is_none() && std::mem::take(&mut self.opens) {
            let here = Layer::target(self).map(|here| here.image);
            // What was not found is not opened, nor what is there in its place.
            if target.is_some_and(|it| it.image.is_some() && here == Some(it.image)) {
                self.open(outside);
            }
        }
        if self.stays {
            self.focus = focus;
            self.stays = self.sought.is_some();
        }
    }

    fn seek_further(&mut self, outside: &mut Outside<'_>) {
        let Some(target) = self.sought.clone() else {
            return;
        };
        if self.registries.is_loading() {
            return;
        }
        if !place(&mut self.registries, |row| row.id == target.registry) {
            self.registries.filter = Filter::default();
            self.show_registries(outside.world);
            if !place(&mut self.registries, |row| row.id == target.registry) {
                self.sought = None;
                return outside.say(Tone::Plain, "the registry is there no more");
            }
        }
        self.focus = Focus::Registries;
        let Some(name) = &target.repository else {
            self.sought = None;
            return;
        };
        let wanted = self.wanted_repositories(outside.world);
        if self.repositories.want(wanted) {
            self.ask_repositories(outside);
        }
        if !self.repositories.is_current() {
            return;
        }
        let is_folded = self
            .repositories
            .selected()
            .is_none_or(|it| it.row.name != *name);
        if self.is_tree() && is_folded {
            self.unfold_to(target.registry, name);
            self.regrow();
        }
        let is_it = |branch: &Branch| {
            branch.folder.is_none()
                && branch.row.registry == target.registry
                && branch.row.name == *name
        };
        if !place(&mut self.repositories, is_it) {
            // What is shown may be older than what led here.
            if self.repositories.is_asking() {
                return;
            }
            if self.repositories.filter.is_empty() {
                self.sought = None;
                return outside.say(Tone::Plain, format!("`{name}` is there no more"));
            }
            self.repositories.filter = Filter::default();
            self.repositories.forget();
            return self.ask_repositories(outside);
        }
        self.focus = Focus::Repositories;
        if target.image.is_none() && target.tag.is_none() {
            self.sought = None;
            return;
        }
        let wanted = self.wanted_images(outside.world);
        if self.images.want(wanted) {
            self.ask_images(outside);
        }
        if !self.images.is_current() {
            return;
        }
        self.focus = Focus::Images;
        let is_it = |row: &ImageRow| {
            if row.registry != target.registry || row.repository != *name {
                return false;
            }
            let by_digest = target.image.as_ref().map(|digest| row.digest == *digest);
            let tag = target.tag.as_ref();
            by_digest.unwrap_or_else(|| tag.is_some_and(|tag| row.tags.contains(tag)))
        };
        if !place(&mut self.images, is_it) {
            if self.images.is_asking() {
                return;
            }
            if self.images.listing.is_cut() {
                // It is among those that are not shown.
                self.sought = None;
                return;
            }
            if !self.images.filter.is_empty() {
                self.images.filter = Filter::default();
                self.images.forget();
                return self.ask_images(outside);
            }
            outside.say(Tone::Plain, "the image is not in the inventory");
        }
        self.sought = None;
    }
}

/// Puts the cursor on a row; `false` where no row is it.
fn place<R: Keyed, S, C>(pane: &mut Pane<R, S, C>, is_it: impl Fn(&R) -> bool) -> bool {
    let at = pane.listing.rows.iter().position(is_it);
    pane.list.cursor = at.unwrap_or(pane.list.cursor);
    at.is_some()
}
