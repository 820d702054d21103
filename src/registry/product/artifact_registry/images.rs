//! Repositories and images as the REST API tells them
//! (googleapis google/devtools/artifactregistry/v1, `Repository` and `DockerImage`).

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::ArtifactRegistry;
use crate::http::{Cover, Response};
use crate::model::{
    Child, Digest, Image, ImageFacts, Kind, MediaType, RepositoryName, Tag, Timestamp,
};
use crate::registry::lenient::{List, Object, Text};
use crate::registry::list::{self, Answer, Ask, Listed, Reader, Refusal};
use crate::registry::manifest;

/// Reads the repositories of a project: those that hold images.
pub(super) struct Stores {
    pub(super) registry: ArtifactRegistry,
    pub(super) project: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Repositories {
    repositories: List<Object<Repository>>,
    next_page_token: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    name: Text,
    format: Text,
    mode: Text,
}

impl Reader for Stores {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        // A list without entries is left out of an answer.
        let page: Repositories = list::object(response)?;
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in page.repositories.iter() {
            let Some(row) = row.get() else {
                return Err(Refusal::NoList("it holds what is no object".to_owned()));
            };
            // A virtual repository repeats others.
            if !row.format.is("DOCKER") || row.mode.is("VIRTUAL_REPOSITORY") {
                continue;
            }
            let name = row.name.uncovered().unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default();
            let root = format!("{}/{name}", self.project);
            match root.parse().ok().filter(|_| !row.name.holds_secret(cover)) {
                Some(root) => answer.stores.push(self.registry.store(&root)),
                None => answer.dropped.push(shown(&row.name, cover)),
            }
        }
        answer.found = page.repositories.iter().count();
        answer.next.extend(next(ask, &page.next_page_token));
        Ok(answer)
    }
}

/// Reads the images of a repository.
pub(super) struct Images {
    /// What the names of all its images begin with.
    pub(super) prefix: RepositoryName,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    docker_images: List<Object<Row>>,
    next_page_token: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Row {
    /// `projects/P/locations/L/repositories/R/dockerImages/IMAGE@DIGEST`
    name: Text,
    tags: List<Text>,
    upload_time: Text,
    media_type: Text,
    image_manifests: List<Object<Manifest>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Manifest {
    architecture: Text,
    os: Text,
    variant: Text,
    digest: Text,
}

impl Reader for Images {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page = list::object(response)?;
        let mut answer = Answer::default();
        let cover = response.cover();
        for row in page.docker_images.iter() {
            let nothing = Row::default();
            let row = row.get().unwrap_or(&nothing);
            match row.listed(&self.prefix, cover) {
                Some(entry) => answer.entries.push(entry),
                None => answer.dropped.push(shown(&row.name, cover)),
            }
            let unread = row.tags.iter().filter(|tag| tag.parse::<Tag>().is_none());
            answer.dropped.extend(unread.map(|tag| shown(tag, cover)));
        }
        answer.next.extend(next(ask, &page.next_page_token));
        Ok(answer)
    }
}

/// The page behind `ask`'s, where there is a token for it.
fn next(ask: &Ask, token: &Text) -> Option<Ask> {
    let token = token.uncovered().filter(|token| !token.is_empty())?;
    let mut next = ask.clone();
    next.request.url = list::with_parameter(&ask.request.url, "pageToken", token);
    next.reader = Arc::clone(&ask.reader);
    Some(next)
}

fn shown(text: &Text, cover: &Cover) -> String {
    let shown = text.show(cover, 120);
    shown.unwrap_or_else(|| "an entry without a name".to_owned())
}

impl Row {
    fn listed(&self, prefix: &RepositoryName, cover: &Cover) -> Option<(RepositoryName, Listed)> {
        let (_, image) = self.name.uncovered()?.split_once("/dockerImages/")?;
        let image = percent_decode_str(image).decode_utf8().ok()?;
        let (name, digest) = image.rsplit_once('@')?;
        let repository = format!("{prefix}/{name}").parse().ok()?;
        let digest: Digest = digest.parse().ok()?;
        let holds_secret = |text: &Text| text.holds_secret(cover);
        if holds_secret(&self.name) || self.tags.iter().any(holds_secret) {
            return None;
        }
        let media_type = MediaType::from(self.media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        let index = is_index.then(|| self.index(media_type, cover)).flatten();
        // No list tells for which platform a single image is.
        let told = index.map_or(list::Told::Nothing, |image| {
            list::Told::Image(Box::new(image))
        });
        let listed = Listed {
            tags: self.tags.iter().filter_map(Text::parse).collect(),
            digest,
            is_index,
            told,
            facts: ImageFacts {
                pushed: self.upload_time.parse::<Timestamp>(),
                ..ImageFacts::default()
            },
        };
        Some((repository, listed))
    }

    /// An index whose children are all told.
    fn index(&self, media_type: MediaType, cover: &Cover) -> Option<Image> {
        let mut image = Image::new(Kind::Index, media_type);
        let children = self
            .image_manifests
            .iter()
            .map(|row| row.get()?.child(cover));
        image.children = children.collect::<Option<Vec<Child>>>()?;
        (!image.children.is_empty()).then_some(image)
    }
}

impl Manifest {
    fn child(&self, cover: &Cover) -> Option<Child> {
        let digest = self.digest.parse()?;
        let platform = manifest::platform(&self.os, &self.architecture, &self.variant, cover)?;
        Some(manifest::child(digest, Some(platform), false))
    }
}
