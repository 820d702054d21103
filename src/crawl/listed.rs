//! One entry of a listing that tells more than a tag's name: what it tells is not asked for.

use super::lot::Lots;
use super::repository::Context;
use super::{Crawl, tag};
use crate::model::{Blobs, Digest, Failure, Finding, Image, Kind, Level};
use crate::registry::{Configuration, Descriptor, Listed, Told};

/// Takes over an image of a listing and hands on what is new about it. Returns whether all of
/// it is known now.
pub(super) async fn read(crawl: &Crawl, context: &Context, lots: &Lots, entry: &Listed) -> bool {
    let digest = &entry.digest;
    let mut batch = Vec::new();
    match image(crawl, context, lots, digest, &entry.told).await {
        Ok(image) => batch.extend(image),
        Err(failure) => {
            crawl.send(unread(crawl, context, entry, failure)).await;
            return false;
        }
    }
    let known = &context.known;
    let moved = entry.tags.iter();
    let moved = moved.filter(|tag| known.tags.get(tag) != Some(digest));
    batch.extend(moved.map(|tag| tag::names(context, tag, digest)));
    let facts = entry.facts.clone().kept();
    if known.facts.get(digest).cloned().unwrap_or_default() != facts {
        batch.push(Finding::Facts {
            repository: context.name.clone(),
            digest: digest.clone(),
            facts: Box::new(facts),
        });
    }
    if !batch.is_empty() {
        crawl.send(batch).await;
    }
    true
}

/// An entry whose image could not be read: one failure tells it of all its tags.
fn unread(crawl: &Crawl, context: &Context, entry: &Listed, failure: Failure) -> Vec<Finding> {
    let Some((first, others)) = entry.tags.split_first() else {
        let failure = failure.in_repository(&context.name);
        let failure = failure.at_reference(&entry.digest);
        return crawl
            .count(failure)
            .map(Finding::Failed)
            .into_iter()
            .collect();
    };
    let mut batch = vec![tag::unread(crawl, context, first, failure)];
    batch.extend(others.iter().map(|tag| Finding::Unread {
        repository: context.name.clone(),
        tag: tag.clone(),
        failure: None,
    }));
    batch
}

/// The image behind a digest; `None` where the inventory has it.
async fn image(
    crawl: &Crawl,
    context: &Context,
    lots: &Lots,
    digest: &Digest,
    told: &Told,
) -> Result<Option<Finding>, Failure> {
    let known = &context.known;
    let is_told = matches!(told, Told::Image(_) | Told::Manifest(..));
    if known.images.contains(digest) || is_told && known.listed.contains(digest) {
        return Ok(None);
    }
    // Who reads everything again compares it with what is there, unless that costs more than
    // a request.
    let reads_all = crawl.plan.full && !crawl.registry.is_costly(&context.name);
    match told {
        Told::Image(image) if !reads_all => Ok(Some(listed(context, digest, image))),
        Told::Manifest(image, config) if !reads_all => {
            let descriptor = Descriptor {
                media_type: String::new(),
                digest: config.clone(),
                size: 0,
                data: None,
            };
            let read = tag::configuration(crawl, &context.name, &descriptor).await;
            match read {
                Ok(Configuration {
                    platform: Some(platform),
                    created,
                }) => {
                    let mut image = image.clone();
                    image.platform = Some(platform);
                    image.created = created;
                    Ok(Some(listed(context, digest, &image)))
                }
                // A configuration without a platform is that of an artifact, of which the
                // manifest says what it is.
                _ => tag::by_digest(crawl, context, digest, lots, None)
                    .await
                    .map(Some),
            }
        }
        Told::Platform { platform, created } if !reads_all => {
            let hint = Configuration {
                platform: Some(platform.clone()),
                created: *created,
            };
            let read = tag::by_digest(crawl, context, digest, lots, Some(&hint)).await;
            read.map(Some)
        }
        _ => tag::by_digest(crawl, context, digest, lots, None)
            .await
            .map(Some),
    }
}

/// An image of which a list tells all that is shown; its layers are not known. An index has
/// none, and its children are as good as read from itself; they are not read either where the
/// list tells how large they are.
fn listed(context: &Context, digest: &Digest, image: &Image) -> Finding {
    let level = match image.kind {
        Kind::Index if image.size.is_none() => Level::Manifest,
        Kind::Index | Kind::Image | Kind::Artifact => Level::Listed,
    };
    Finding::Image {
        repository: context.name.clone(),
        digest: digest.clone(),
        image: Box::new(Image {
            level,
            ..image.clone()
        }),
        blobs: Blobs::default(),
    }
}
