//! One image in full, in tabs. What the inventory knows is there at once; the rest is read
//! when a tab that shows it is opened, and is kept, so that it can be looked at offline.

mod layer;
mod overview;
mod shared;
mod tabs;

use shared::Shared;
pub use tabs::Tab;
pub(super) use tabs::{instruction, looks_secret};

use super::reading::Reading;
use super::{Find, Scroll};
use crate::app::act::{self, Named};
use crate::app::event::Ticket;
use crate::app::layout::Area;
use crate::model::{Change, ImageReference, ImageRow, RegistryName, RegistrySpec, Trouble};

/// The page of an image.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The image.
    pub image: ImageRow,
    /// Host and repository, as references begin.
    pub origin: String,
    /// What its registry is called.
    pub registry: RegistryName,
    /// The tab that is shown.
    pub tab: Tab,
    /// How far it is scrolled.
    pub scroll: Scroll,
    /// What is looked for in its tabs.
    pub find: Find,
    /// The image itself, and what refers to it.
    whole: Reading,
    /// The image of one platform; of an image that is no index, the same one.
    part: Reading,
    /// Which of the platforms is looked at.
    platform: usize,
    /// Who else has the layers of that.
    shared: Shared,
    /// What crawls changed about its tags.
    history: Option<Vec<Change>>,
    asked: Option<Ticket>,
    trouble: Option<Trouble>,
    /// Whether values that look like secrets are shown.
    reveals: bool,
}

impl Detail {
    /// The page of this image.
    pub fn new(image: ImageRow, spec: &RegistrySpec) -> Self {
        Self {
            origin: act::origin(spec, &image.repository),
            registry: spec.name.clone(),
            image,
            tab: Tab::default(),
            scroll: Scroll::default(),
            find: Find::default(),
            whole: Reading::default(),
            part: Reading::default(),
            platform: 0,
            shared: Shared::default(),
            history: None,
            asked: None,
            trouble: None,
            reveals: false,
        }
    }

    /// What it is called on its page: by its best known tag, else by its digest.
    pub fn title(&self) -> String {
        let tag = crate::query::lead_tag(&self.image.tags);
        let name = tag.map_or_else(|| self.image.digest.short(), ToString::to_string);
        format!("{} › {} › {name}", self.registry, self.image.repository)
    }

    /// Where the tab is on the page: below the names of the tabs.
    pub fn below(inside: Area) -> Area {
        inside.rows(2, inside.height)
    }

    /// The reference that it is read by.
    fn asked_for(&self) -> ImageReference {
        ImageReference::Named {
            path: format!("{}/{}", self.registry, self.image.repository),
            tag: None,
            digest: Some(self.image.digest.clone()),
        }
    }

    /// Shows the row of the same image, where it is among these.
    pub(in crate::app) fn refresh(&mut self, rows: &[ImageRow]) {
        let same = |row: &&ImageRow| {
            row.registry == self.image.registry
                && row.repository == self.image.repository
                && row.digest == self.image.digest
        };
        if let Some(row) = rows.iter().find(same) {
            self.image = row.clone();
        }
    }

    /// What it names.
    pub(in crate::app) fn named(&self) -> Named {
        Named::image(self.origin.clone(), &self.image)
    }
}
