//! The tags of a repository, with what they name.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;

use super::Hub;
use super::page::{Came, Page};
use crate::http::{Cover, Response};
use crate::model::{
    Child, Digest, Image, ImageFacts, Kind, MediaType, Platform, RepositoryName, Tag,
};
use crate::registry::lenient::{List, Number, Object, Text};
use crate::registry::list::{self, Answer, Ask, Goes, Listed, Numbered, Reader, Refusal, Told};
use crate::registry::manifest;

/// Reads the tags of a repository.
pub(super) struct Tags {
    pub(super) hub: Hub,
    pub(super) repository: RepositoryName,
    pub(super) page: Numbered,
    /// Those of the pages before; `None` of the first.
    pub(super) came: Option<Came>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow {
    name: Text,
    media_type: Text,
    digest: Text,
    images: List<Object<ImageRow>>,
    tag_last_pushed: Text,
    tag_last_pulled: Text,
}

/// An image of one platform that a tag stands for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ImageRow {
    architecture: Text,
    variant: Text,
    os: Text,
    digest: Text,
    size: Number,
}

impl Reader for Tags {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<TagRow> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let came = self.came.clone().unwrap_or_default();
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in rows {
            came.take(&row.name, "tag")?;
            let tag: Option<Tag> = row.name.parse().filter(|_| !row.name.holds_secret(cover));
            let Some(tag) = tag else {
                let name = row.name.uncovered().unwrap_or_default();
                answer.dropped.push(cover.show(name, 80).into_string());
                continue;
            };
            let repository = self.repository.clone();
            match row.listed(tag.clone(), cover) {
                Some(listed) => answer.entries.push((repository, listed)),
                None => answer.tags.push((repository, tag)),
            }
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                repository: self.repository.clone(),
                page,
                came: Some(came),
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}

impl TagRow {
    /// The entry that it is; `None` where no digest is told.
    fn listed(&self, tag: Tag, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.digest.parse()?;
        if self.digest.holds_secret(cover) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let image = match media_type {
            // What is none of the usual types is for the manifest to say.
            MediaType::Other(_) => None,
            usual if is_index => self.index(usual, cover),
            usual => self.image(usual, &digest, cover),
        };
        Some(Listed {
            tags: vec![tag],
            digest,
            is_index,
            told: image.map_or(Told::Nothing, |image| Told::Image(Box::new(image))),
            facts: ImageFacts {
                pushed: self.tag_last_pushed.parse(),
                pulled: self.tag_last_pulled.parse(),
                ..ImageFacts::default()
            },
        })
    }

    /// An index with its children and their sizes; `None` where one is not told whole.
    fn index(&self, media_type: MediaType, cover: &Cover) -> Option<Image> {
        let mut image = Image::new(Kind::Index, media_type);
        let child = |row: &Object<ImageRow>| row.get()?.child(cover);
        image.children = self
            .images
            .iter()
            .map(child)
            .collect::<Option<Vec<Child>>>()?;
        let mut seen = HashSet::new();
        let mut runnable = image.children.iter().filter(|child| !child.accessory);
        runnable.clone().next()?;
        image.size = runnable.try_fold(0_u64, |sum, child| {
            let size = if seen.insert(&child.digest) {
                child.size?
            } else {
                0
            };
            Some(sum.saturating_add(size))
        });
        Some(image)
    }

    /// The image of one platform that the tag names.
    fn image(&self, media_type: MediaType, digest: &Digest, cover: &Cover) -> Option<Image> {
        let mut rows = self.images.iter();
        let row = rows.next()?.get()?;
        let is_it = rows.next().is_none() && row.digest.parse::<Digest>().as_ref() == Some(digest);
        let platform = row.platform(cover).filter(|it| is_it && !it.is_unknown())?;
        let mut image = Image::new(Kind::Image, media_type);
        image.size = Some(row.size.get()?);
        image.platform = Some(platform);
        Some(image)
    }
}

impl ImageRow {
    fn platform(&self, cover: &Cover) -> Option<Platform> {
        manifest::platform(&self.os, &self.architecture, &self.variant, cover)
    }

    fn child(&self, cover: &Cover) -> Option<Child> {
        let digest: Digest = self.digest.parse()?;
        if self.digest.holds_secret(cover) {
            return None;
        }
        let child = manifest::child(digest, Some(self.platform(cover)?), false);
        // What hangs on others is not counted.
        let size = self.size.get().filter(|_| !child.accessory);
        (child.accessory || size.is_some()).then_some(Child { size, ..child })
    }
}
