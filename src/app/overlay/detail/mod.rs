//! One image in full, in tabs. What the inventory knows is there at once; the rest is read
//! when a tab that shows it is opened, and is kept, so that it can be looked at offline.

mod layer;
mod overview;
mod reading;
mod tabs;

use reading::Reading;
pub use tabs::Tab;

use super::Scroll;
use crate::app::event::Ticket;
use crate::app::layout::Area;
use crate::model::{
    Change, Endpoint, ImageReference, ImageRow, Product, RegistryName, RegistrySpec,
    RepositoryName, Trouble,
};

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
    /// The image itself, and what refers to it.
    whole: Reading,
    /// The image of one platform; of an image that is no index, the same one.
    part: Reading,
    /// Which of the platforms is looked at.
    platform: usize,
    /// What crawls changed about its tags.
    history: Option<Vec<Change>>,
    asked: Option<Ticket>,
    trouble: Option<Trouble>,
    /// Whether values that look like secrets are shown.
    reveals: bool,
}

/// Host and repository as clients write them in front of `:tag` or `@digest`.
///
/// Artifactory is the one product whose base path is part of what clients write:
/// `host/KEY/repository` for `…/api/docker/KEY`.
pub(in crate::app) fn origin(spec: &RegistrySpec, repository: &RepositoryName) -> String {
    let endpoint: &Endpoint = &spec.endpoint;
    let key = match spec.product {
        Some(Product::Artifactory | Product::ArtifactoryPath) | None => endpoint
            .base()
            .split_once("/api/docker/")
            .map(|(_, key)| key.trim_matches('/')),
        Some(_) => None,
    };
    match key {
        Some(key) if !key.is_empty() => format!("{}/{key}/{repository}", endpoint.authority()),
        _ => format!("{}/{repository}", endpoint.authority()),
    }
}

impl Detail {
    /// The page of this image.
    pub fn new(image: ImageRow, spec: &RegistrySpec) -> Self {
        Self {
            origin: origin(spec, &image.repository),
            registry: spec.name.clone(),
            image,
            tab: Tab::default(),
            scroll: Scroll::default(),
            whole: Reading::default(),
            part: Reading::default(),
            platform: 0,
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

    /// The reference by digest.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.origin, self.image.digest)
    }
}
