//! Which image a reference means: of which registry and repository, by tag or digest.

use std::collections::BTreeMap;

use super::error::InspectError;
use super::places::each_place;
use crate::model::{
    Digest, DigestStart, ImageReference, ImageRow, Reading, RegistryRow, RepositoryName, Tag,
};
use crate::store::{Store, StoreError};

/// The image that is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) registry: RegistryRow,
    pub(super) repository: RepositoryName,
    /// The tag that was given, `latest` where nothing was.
    pub(super) tag: Option<Tag>,
    /// The digest that was given.
    pub(super) digest: Option<Digest>,
    /// Whether `latest` was nobody's word.
    pub(super) is_assumed: bool,
    /// What the inventory has of the repository.
    pub(super) rows: Vec<ImageRow>,
}

impl Target {
    /// The row of the image that the tag names.
    pub(super) fn tagged(&self) -> Option<&ImageRow> {
        let tag = self.tag.as_ref()?;
        self.rows.iter().find(|row| row.tags.contains(tag))
    }

    /// The row of this digest.
    pub(super) fn row(&self, digest: &Digest) -> Option<&ImageRow> {
        self.rows.iter().find(|row| row.digest == *digest)
    }
}

/// The image that `reference` means among all that there are. Blocks.
pub(super) fn find(store: &Store, reference: &ImageReference) -> Result<Target, InspectError> {
    let registries = store.registries().map_err(shared)?;
    match reference {
        ImageReference::Digest(start, name) => match (by_start(store, &registries, start)?, name) {
            (Some(target), _) => Ok(target),
            (None, Some(name)) => {
                let found = by_path(store, &registries, name.as_str(), None, None);
                found.map_err(|error| match error {
                    InspectError::NoSuchRepository { .. } => {
                        InspectError::NoSuchDigest(start.to_string())
                    }
                    other => other,
                })
            }
            (None, None) => Err(InspectError::NoSuchDigest(start.to_string())),
        },
        ImageReference::Named { path, tag, digest } => {
            by_path(store, &registries, path, tag.as_ref(), digest.as_ref())
        }
    }
}

fn shared(error: StoreError) -> InspectError {
    std::sync::Arc::new(error).into()
}

/// The image whose digest begins so; `None` where there is none.
fn by_start(
    store: &Store,
    registries: &[RegistryRow],
    start: &DigestStart,
) -> Result<Option<Target>, InspectError> {
    let mut found: BTreeMap<Digest, (RegistryRow, RepositoryName)> = BTreeMap::new();
    each_place(store, registries, start, |registry, row, digest| {
        let place = || (registry.clone(), row.repository.clone());
        found.entry(digest.clone()).or_insert_with(place);
    })
    .map_err(shared)?;
    if found.len() > 1 {
        let candidates = found
            .iter()
            .map(|(digest, (row, repository))| format!("{}/{repository}@{digest}", row.spec.name));
        return Err(InspectError::Ambiguous {
            what: start.to_string(),
            candidates: candidates.collect(),
        });
    }
    let Some((digest, (registry, repository))) = found.pop_first() else {
        return Ok(None);
    };
    let rows = store.images(registry.id, &repository).map_err(shared)?;
    Ok(Some(Target {
        registry,
        repository,
        tag: None,
        digest: Some(digest),
        is_assumed: false,
        rows,
    }))
}

/// The image of this path: of the registry that it begins with, else of the one that has
/// such a repository.
fn by_path(
    store: &Store,
    registries: &[RegistryRow],
    path: &str,
    tag: Option<&Tag>,
    digest: Option<&Digest>,
) -> Result<Target, InspectError> {
    let specs: Vec<_> = registries.iter().map(|row| (row.id, &row.spec)).collect();
    let mut readings = Reading::of(path, &specs)?;
    let is_explicit = !readings.is_empty();
    if !is_explicit {
        let repository: RepositoryName =
            path.parse().map_err(crate::model::ReferenceError::from)?;
        readings = registries
            .iter()
            .map(|row| Reading {
                registry: row.id,
                repository: repository.clone(),
            })
            .collect();
    }
    let is_assumed = tag.is_none() && digest.is_none();
    let tag = match tag {
        Some(tag) => Some(tag.clone()),
        None if is_assumed => LATEST.parse().ok(),
        None => None,
    };
    let mut targets = Vec::new();
    for reading in readings {
        let Some(registry) = registries.iter().find(|row| row.id == reading.registry) else {
            continue;
        };
        targets.push(Target {
            rows: store
                .images(registry.id, &reading.repository)
                .map_err(shared)?,
            registry: registry.clone(),
            repository: reading.repository,
            tag: tag.clone(),
            digest: digest.cloned(),
            is_assumed,
        });
    }
    if targets.len() > 1 || !is_explicit {
        targets = likeliest(targets, is_explicit);
    }
    if targets.len() > 1 {
        let candidates = targets.iter().map(|target| {
            let mut text = format!("{}/{}", target.registry.spec.name, target.repository);
            if let Some(tag) = &target.tag {
                text.push_str(&format!(":{tag}"));
            }
            if let Some(digest) = &target.digest {
                text.push_str(&format!("@{digest}"));
            }
            text
        });
        return Err(InspectError::Ambiguous {
            what: path.to_owned(),
            candidates: candidates.collect(),
        });
    }
    targets.pop().ok_or_else(|| InspectError::NoSuchRepository {
        first: path.split('/').next().unwrap_or(path).to_owned(),
        path: path.to_owned(),
        registries: registries
            .iter()
            .map(|row| row.spec.name.to_string())
            .collect(),
    })
}

/// What a reference means that says nothing of tag and digest.
const LATEST: &str = "latest";

/// Of several targets those that have the image, else those that have the repository; else
/// all of them, where they were named.
fn likeliest(targets: Vec<Target>, is_explicit: bool) -> Vec<Target> {
    let has_image = |target: &Target| match &target.digest {
        Some(digest) => target.rows.iter().any(|row| {
            row.digest == *digest || row.image.children.iter().any(|c| c.digest == *digest)
        }),
        None => target.tagged().is_some(),
    };
    let has_repository = |target: &Target| !target.rows.is_empty();
    if targets.iter().any(has_image) {
        return targets.into_iter().filter(has_image).collect();
    }
    if targets.iter().any(has_repository) || !is_explicit {
        return targets.into_iter().filter(has_repository).collect();
    }
    targets
}
