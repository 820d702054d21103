//! One tag: the digest it names, and the image behind a digest not known yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Voyage;
use super::repository::Context;
use crate::model::{Digest, Failure, Finding, Image, Tag};
use crate::registry::{Configuration, Descriptor, Manifest, Reference, TagDigest};

/// An image that several tags may wait for.
pub(super) type Reading = Arc<OnceCell<Result<Image, Failure>>>;

/// Configurations read in this crawl, by digest: the same image in several repositories
/// is read once.
#[derive(Default)]
pub(super) struct Configurations {
    read: Mutex<HashMap<Digest, Arc<OnceCell<Configuration>>>>,
}

/// Configurations remembered at most; what is beyond is read where it is met.
const REMEMBERED: usize = 200_000;

/// Reads a tag and hands on what is new about it.
pub(super) async fn read(voyage: &Voyage, context: &Context, tag: &Tag) {
    let batch = match find(voyage, context, tag).await {
        Ok(None) => return,
        Ok(Some(batch)) => batch,
        Err(failure) => {
            let failure = failure.in_repository(&context.name).at_reference(tag);
            voyage.board.failed(&failure);
            vec![Finding::Unread {
                repository: context.name.clone(),
                tag: tag.clone(),
                failure,
            }]
        }
    };
    voyage.send(batch).await;
}

/// What a tag's reading adds to the inventory; `None` where it is as it was.
async fn find(
    voyage: &Voyage,
    context: &Context,
    tag: &Tag,
) -> Result<Option<Vec<Finding>>, Failure> {
    let names = |digest: &Digest| Finding::Tag {
        repository: context.name.clone(),
        tag: tag.clone(),
        digest: digest.clone(),
    };
    let mut reference = Reference::Tag(tag.clone());
    if let Some(before) = context.known.tags.get(tag)
        && context.known.images.contains(before)
    {
        match voyage
            .registry
            .tag_digest(&context.name, tag, before)
            .await?
        {
            TagDigest::Unchanged => return Ok(None),
            TagDigest::Moved(digest) if context.known.images.contains(&digest) => {
                return Ok(Some(vec![names(&digest)]));
            }
            // By digest, so that what is read is what was named even if it moves again.
            TagDigest::Moved(digest) => reference = Reference::Digest(digest),
            TagDigest::Unsupported => {}
        }
    }
    let manifest = voyage.registry.manifest(&context.name, &reference).await?;
    let digest = manifest.digest.clone();
    if context.known.images.contains(&digest) {
        let moved = context.known.tags.get(tag) != Some(&digest);
        return Ok(moved.then(|| vec![names(&digest)]));
    }
    let image = image(voyage, context, manifest).await?;
    Ok(Some(vec![
        Finding::Image {
            repository: context.name.clone(),
            image: Box::new(image),
        },
        names(&digest),
    ]))
}

/// The image of a manifest. Tags that name the same one wait for the first to read it.
async fn image(voyage: &Voyage, context: &Context, manifest: Manifest) -> Result<Image, Failure> {
    let cell = {
        let mut images = context
            .images
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(images.entry(manifest.digest.clone()).or_default())
    };
    cell.get_or_init(|| complete(voyage, context, manifest))
        .await
        .clone()
}

/// A manifest with what its configuration says.
async fn complete(
    voyage: &Voyage,
    context: &Context,
    manifest: Manifest,
) -> Result<Image, Failure> {
    let mut image = Image {
        digest: manifest.digest,
        kind: manifest.kind,
        media_type: manifest.media_type,
        artifact_type: manifest.artifact_type,
        platform: manifest.platform,
        children: manifest.children,
        size: manifest.size,
        created: manifest.created,
    };
    if let Some(descriptor) = &manifest.config {
        let configuration = configuration(voyage, context, descriptor).await?;
        image.platform = configuration.platform;
        image.created = configuration.created;
    }
    Ok(image)
}

async fn configuration(
    voyage: &Voyage,
    context: &Context,
    descriptor: &Descriptor,
) -> Result<Configuration, Failure> {
    let read = || voyage.registry.configuration(&context.name, descriptor);
    let cell = {
        let all = &voyage.configurations.read;
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(&descriptor.digest) {
            None
        } else {
            Some(Arc::clone(
                all.entry(descriptor.digest.clone()).or_default(),
            ))
        }
    };
    match cell {
        Some(cell) => cell.get_or_try_init(read).await.cloned(),
        None => read().await,
    }
}
