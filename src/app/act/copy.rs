//! What is put on the clipboard.

use crate::app::ScreenWork;
use crate::app::world::{Notice, Outside};
use crate::config::keys::Command;
use crate::model::{Digest, Endpoint, Hit, ImageRow, Product, RegistrySpec, RepositoryName, Tag};
use crate::query::lead_tag;

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

/// What a row names: a repository, or an image in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct Named {
    /// Host and repository.
    origin: String,
    /// The image; `None` where the row is the repository's.
    digest: Option<Digest>,
    /// The tag that it is best known by.
    tag: Option<Tag>,
}

impl Named {
    /// What the row of an image names, its host and repository being known.
    pub(in crate::app) fn image(origin: String, image: &ImageRow) -> Self {
        Self {
            origin,
            digest: Some(image.digest.clone()),
            tag: lead_tag(&image.tags).cloned(),
        }
    }

    /// What names an image of which no more is at hand.
    pub(in crate::app) fn known(
        spec: &RegistrySpec,
        repository: &RepositoryName,
        tag: Option<&Tag>,
        digest: Option<&Digest>,
    ) -> Self {
        Self {
            origin: origin(spec, repository),
            digest: digest.cloned(),
            tag: tag.cloned(),
        }
    }

    /// What a hit names: of an image that was found by one it lists, that one.
    pub(in crate::app) fn hit(spec: &RegistrySpec, hit: &Hit) -> Self {
        Self {
            origin: origin(spec, &hit.repository),
            digest: hit.child.clone().or_else(|| hit.digest.clone()),
            tag: hit.tag.clone(),
        }
    }

    /// The reference: by digest, where it is an image's.
    fn reference(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.origin),
            None => self.origin.clone(),
        }
    }

    /// Why it cannot be copied so; `None` where it can, and for what copies nothing.
    pub(in crate::app) fn cannot_copy(&self, command: Command) -> Option<Notice> {
        let text = match (command, &self.digest, &self.tag) {
            (Command::CopyTag, Some(_), None) => "this image has no tag; its digest names it",
            (Command::CopyTag, None, None) => "this is a repository: its images have tags",
            (Command::CopyDigest, None, _) => "this is a repository: its images have digests",
            (Command::CopyPull, None, _) => "this is a repository: its images can be pulled",
            _ => return None,
        };
        Some(Notice::plain(text))
    }

    /// It in the words of a command: where it has no tag its digest names it, and where that
    /// is not known its tag. `None` where the command copies nothing.
    pub(in crate::app) fn text(&self, command: Command) -> Option<String> {
        let by_tag = self
            .tag
            .as_ref()
            .map(|tag| format!("{}:{tag}", self.origin));
        let reference = match (&self.digest, &by_tag) {
            (None, Some(by_tag)) => by_tag.clone(),
            _ => self.reference(),
        };
        Some(match command {
            Command::CopyReference => reference,
            Command::CopyTag => by_tag.unwrap_or(reference),
            Command::CopyDigest => self.digest.as_ref()?.to_string(),
            Command::CopyPull => format!("docker pull {reference}"),
            _ => return None,
        })
    }

    /// Copies it; `false` where the command copies nothing.
    pub(in crate::app) fn copy(&self, command: Command, outside: &mut Outside<'_>) -> bool {
        let text = self.text(command);
        let is_copied = text.is_some();
        if let Some(text) = text {
            outside.screen(ScreenWork::Copy(text));
        }
        is_copied
    }
}
