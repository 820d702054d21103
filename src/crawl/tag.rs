//! One tag: the digest it names, and the image behind a digest not known yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Crawl;
use super::lot::Lots;
use super::repository::Context;
use crate::model::{
    Blobs, Child, Class, Digest, Failure, Finding, Image, Level, RepositoryName, Stage, Tag,
};
use crate::registry::{Configuration, Descriptor, Manifest, Reference, TagDigest};

/// An image that several tags may wait for.
pub(super) type Reading = Arc<OnceCell<(Image, Blobs)>>;

/// Configurations read in this crawl, by digest: the same image in several repositories
/// is read once.
#[derive(Default)]
pub(super) struct Configurations {
    read: Mutex<HashMap<Digest, Arc<OnceCell<Configuration>>>>,
}

/// Configurations remembered at most; what is beyond is read where it is met.
const REMEMBERED: usize = 200_000;

/// Reads a tag and hands on what is new about it. Returns whether it is known now what it
/// names.
pub(super) async fn read(crawl: &Crawl, context: &Context, tag: &Tag) -> bool {
    match find(crawl, context, tag).await {
        Ok(None) => true,
        Ok(Some(batch)) => {
            crawl.send(batch).await;
            true
        }
        Err(failure) => {
            crawl.send(vec![unread(crawl, context, tag, failure)]).await;
            false
        }
    }
}

/// A tag that could not be read.
pub(super) fn unread(crawl: &Crawl, context: &Context, tag: &Tag, failure: Failure) -> Finding {
    let failure = failure.in_repository(&context.name).at_reference(tag);
    Finding::Unread {
        repository: context.name.clone(),
        tag: tag.clone(),
        failure: crawl.count(failure),
    }
}

/// What a tag's reading adds to the inventory; `None` where it is as it was.
async fn find(
    crawl: &Crawl,
    context: &Context,
    tag: &Tag,
) -> Result<Option<Vec<Finding>>, Failure> {
    let mut reference = Reference::Tag(tag.clone());
    if let Some(before) = context.known.tags.get(tag)
        && is_known(crawl, context, before)
    {
        match crawl
            .registry
            .tag_digest(&context.name, tag, before)
            .await?
        {
            TagDigest::Unchanged => return Ok(None),
            TagDigest::Moved(digest) if is_known(crawl, context, &digest) => {
                return Ok(Some(vec![names(context, tag, &digest)]));
            }
            // By digest, so that what is read is what was named even if it moves again.
            TagDigest::Moved(digest) => reference = Reference::Digest(digest),
            TagDigest::Read(manifest) => return Ok(named(crawl, context, tag, *manifest).await),
        }
    }
    if crawl.registry.counts_manifests()
        && let Reference::Tag(tag) = &reference
        && let Some(digest) = crawl.registry.named_digest(&context.name, tag).await?
    {
        if is_known(crawl, context, &digest) {
            return Ok(Some(vec![names(context, tag, &digest)]));
        }
        if let Some(image) = read_before(context, &digest) {
            return Ok(Some(vec![image, names(context, tag, &digest)]));
        }
        reference = Reference::Digest(digest);
    }
    let read = crawl.registry.manifest(&context.name, &reference).await;
    let manifest = match (read, &reference) {
        // Some registries name a digest that they do not serve by itself.
        (Err(failure), Reference::Digest(_)) if failure.class == Class::Missing => {
            let reference = Reference::Tag(tag.clone());
            crawl.registry.manifest(&context.name, &reference).await?
        }
        (read, _) => read?,
    };
    Ok(named(crawl, context, tag, manifest).await)
}

/// Whether the inventory knows an image well enough not to read it: also what a list alone
/// told of it, where reading is counted.
fn is_known(crawl: &Crawl, context: &Context, digest: &Digest) -> bool {
    let known = &context.known;
    let by_list = || crawl.registry.counts_manifests() && known.listed.contains(digest);
    known.images.contains(digest) || by_list()
}

/// What reading a digest that a listing names adds to the inventory; nothing where it is
/// known. `lots` may have its manifest; `hint` is what the configuration says, where that is
/// known.
pub(super) async fn by_digest(
    crawl: &Crawl,
    context: &Context,
    digest: &Digest,
    lots: &Lots,
    hint: Option<&Configuration>,
) -> Result<Finding, Failure> {
    let mut manifest = lots.manifest(crawl, &context.name, digest).await?;
    if let (Some(hint), Some(_)) = (hint, &manifest.config) {
        manifest.config = None;
        manifest.image.platform.clone_from(&hint.platform);
        manifest.image.created = hint.created;
        manifest.image.level = Level::Whole;
    }
    let (image, blobs) = image(crawl, context, manifest).await;
    Ok(Finding::Image {
        repository: context.name.clone(),
        digest: digest.clone(),
        image: Box::new(image),
        blobs,
    })
}

/// Hands on what a tag is that was found to name `manifest`.
pub(super) async fn found(crawl: &Crawl, context: &Context, tag: &Tag, manifest: Manifest) {
    if let Some(batch) = named(crawl, context, tag, manifest).await {
        crawl.send(batch).await;
    }
}

pub(super) fn names(context: &Context, tag: &Tag, digest: &Digest) -> Finding {
    Finding::Tag {
        repository: context.name.clone(),
        tag: tag.clone(),
        digest: digest.clone(),
    }
}

/// What it adds to the inventory that `tag` names `manifest`.
async fn named(
    crawl: &Crawl,
    context: &Context,
    tag: &Tag,
    manifest: Manifest,
) -> Option<Vec<Finding>> {
    let digest = manifest.digest.clone();
    let names = names(context, tag, &digest);
    if context.known.images.contains(&digest) {
        let moved = context.known.tags.get(tag) != Some(&digest);
        return moved.then(|| vec![names]);
    }
    let (image, blobs) = image(crawl, context, manifest).await;
    let image = Finding::Image {
        repository: context.name.clone(),
        digest,
        image: Box::new(image),
        blobs,
    };
    Some(vec![image, names])
}

/// An image that another tag of this repository was read for.
fn read_before(context: &Context, digest: &Digest) -> Option<Finding> {
    let images = context
        .images
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let (image, blobs) = images.get(digest)?.get()?.clone();
    Some(Finding::Image {
        repository: context.name.clone(),
        digest: digest.clone(),
        image: Box::new(image),
        blobs,
    })
}

/// The image of a manifest. Tags that name the same one wait for the first to read it.
async fn image(crawl: &Crawl, context: &Context, manifest: Manifest) -> (Image, Blobs) {
    let cell = {
        let mut images = context
            .images
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(images.entry(manifest.digest.clone()).or_default())
    };
    cell.get_or_init(|| complete(crawl, context, manifest))
        .await
        .clone()
}

/// A manifest with what its configuration says.
///
/// An image whose configuration cannot be read is an image all the same: its digest is
/// known, and what is missing is said.
async fn complete(crawl: &Crawl, context: &Context, manifest: Manifest) -> (Image, Blobs) {
    let digest = manifest.digest.clone();
    if manifest.unreadable > 0 {
        let failure = unreadable(&context.name, &digest, manifest.unreadable);
        crawl.fail(failure).await;
    }
    let inner = inner_children(crawl, context, &manifest).await;
    let mut image = manifest.image;
    for child in inner {
        if !image
            .children
            .iter()
            .any(|known| known.digest == child.digest)
        {
            image.children.push(child);
        }
    }
    if let Some(descriptor) = &manifest.config {
        match configuration(crawl, &context.name, descriptor).await {
            Ok(configuration) => {
                image.platform = configuration.platform;
                image.created = configuration.created;
                image.level = Level::Whole;
            }
            Err(failure) => {
                let failure = failure.in_repository(&context.name).at_reference(&digest);
                crawl.fail(failure).await;
            }
        }
    }
    if image.runnable().next().is_some() {
        image.level = Level::Manifest;
    }
    (image, manifest.blobs)
}

/// Indexes inside indexes that are read, one inside the other.
const DEPTH: usize = 3;

fn indexes(image: &Image) -> impl Iterator<Item = Digest> {
    let children = image.children.iter();
    children
        .filter(|child| child.is_index)
        .map(|child| child.digest.clone())
}

/// What the indexes inside an index list.
async fn inner_children(crawl: &Crawl, context: &Context, outer: &Manifest) -> Vec<Child> {
    let mut children = Vec::new();
    let mut seen = vec![outer.digest.clone()];
    let mut level = indexes(&outer.image).collect::<Vec<_>>();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for digest in level {
            if seen.contains(&digest) {
                continue;
            }
            seen.push(digest.clone());
            let reference = Reference::Digest(digest.clone());
            match crawl.registry.manifest(&context.name, &reference).await {
                Ok(inner) => {
                    if inner.unreadable > 0 {
                        let failure = unreadable(&context.name, &digest, inner.unreadable);
                        crawl.fail(failure).await;
                    }
                    next.extend(indexes(&inner.image));
                    children.extend(inner.image.children);
                }
                Err(failure) => crawl.fail(failure).await,
            }
        }
        level = next;
    }
    if level.iter().any(|digest| !seen.contains(digest)) {
        let failure = Failure::new(
            Stage::Manifest,
            Class::Protocol,
            format!(
                "more than {DEPTH} indexes lie inside one another: the innermost were not read"
            ),
        )
        .in_repository(&context.name)
        .at_reference(&outer.digest)
        .with_hint("look at it with the tool that pushed it");
        crawl.fail(failure).await;
    }
    children
}

fn unreadable(name: &RepositoryName, digest: &Digest, count: usize) -> Failure {
    Failure::new(
        Stage::Manifest,
        Class::Protocol,
        format!(
            "the index lists {count} manifests whose digest cannot be read; they were passed over"
        ),
    )
    .in_repository(name)
    .at_reference(digest)
    .with_hint("look at it with the tool that pushed it")
}

/// The configuration that `descriptor` names, read once in a crawl.
pub(super) async fn configuration(
    crawl: &Crawl,
    repository: &RepositoryName,
    descriptor: &Descriptor,
) -> Result<Configuration, Failure> {
    let read = || crawl.registry.configuration(repository, descriptor);
    let cell = {
        let all = &crawl.configurations.read;
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
