//! From the formats before to the one this version writes.
//!
//! The new file is made beside the old one and takes its place when it is whole; the old
//! one stays, under the name [`kept_name`] gives. A migration that was killed is begun
//! anew. Where nothing may be written the new inventory is made in memory.
//!
//! From format 1 history begins with the next crawl: what past crawls changed was never
//! written.

pub(super) mod format1;
pub(super) mod format2;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use redb::{Database, ReadTransaction, ReadableTable, WriteTransaction};

use super::StoreError;
use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::lease::Migration;
use super::read::below;
use super::roots::Registries;
use super::row::{self, CrawlRow, ImageRow, RegistryRow, RepositoryRow, TagRow};
use super::schema::{self, CRAWLS, Contents, FAILURES, IMAGES, REPOSITORIES, TAGS};
use super::sum::{self, Rows};
use crate::model::{Child, Failure, Image, Kind, Level, MediaType, Memory, RegistryId};

/// The name under which the file of an older format stays in the state directory.
pub(super) fn kept_name(format: u32) -> String {
    format!("inventory-format-{format}.redb")
}

/// The right to migrate the inventory of `directory`, until it is dropped.
pub(super) fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("migrate.lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let locked = options.open(&path).and_then(|file| {
        file.lock()?;
        Ok(file)
    });
    locked.map_err(|source| StoreError::File { path, source })
}

/// The file that a migration is at.
pub(super) fn unfinished(inventory: &Path) -> PathBuf {
    inventory.with_extension("redb.migrating")
}

/// What writes everything of an inventory of this older format into an empty one.
pub(super) fn from(older: Contents) -> Migration {
    match older {
        Contents::Format2 => format2::migrate,
        _ => from_format1,
    }
}

/// Writes everything of an inventory of format 1 into an empty one of this format.
fn from_format1(old: &ReadTransaction, new: &Database) -> Result<(), InnerError> {
    let transaction = new.begin_write()?;
    schema::create(&transaction)?;
    {
        let mut registries = Registries::open(&transaction)?;
        for entry in old.open_table(format1::REGISTRIES)?.iter()? {
            let (id, value) = entry?;
            let id = RegistryId(id.value());
            let was: format1::Registry = row::decode("registries", value.value())?;
            let mut fresh = registry(id, was);
            repositories(old, &transaction, &mut fresh)?;
            crawls(old, &transaction, &fresh)?;
            format2::lookups(old, &transaction, &mut fresh)?;
            registries.restore(fresh)?;
        }
        if let Some(next) = old.open_table(format1::META)?.get("next-registry")? {
            registries.reserve(next.value())?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// The registries of an inventory of format 1, as rows of this format of which nothing is
/// known.
pub(super) fn registries_of_format1(old: &ReadTransaction) -> Result<Vec<RegistryRow>, InnerError> {
    let mut rows = Vec::new();
    for entry in old.open_table(format1::REGISTRIES)?.iter()? {
        let (id, value) = entry?;
        let was: format1::Registry = row::decode("registries", value.value())?;
        rows.push(registry(RegistryId(id.value()), was));
    }
    Ok(rows)
}

fn registry(id: RegistryId, was: format1::Registry) -> RegistryRow {
    let mut fresh = RegistryRow::new(id.0);
    let value = |key| was.settings.iter().find(|(known, _)| known == key);
    fresh.memory = Memory {
        sign_in: value(format1::SIGN_IN).map_or_else(String::new, |(_, who)| who.clone()),
        withheld: value(format1::WITHHELD).is_some(),
    };
    fresh.password = was.password;
    fresh.list = was.list.into();
    fresh.next_repository = was.next_repository;
    fresh.last_crawl = was.last_crawl;
    fresh.first_changes = was.last_crawl + 1;
    fresh.settings = was.settings;
    fresh
        .settings
        .retain(|(key, _)| key != format1::SIGN_IN && key != format1::WITHHELD);
    fresh
}

fn repositories(
    old: &ReadTransaction,
    new: &WriteTransaction,
    registry: &mut RegistryRow,
) -> Result<(), InnerError> {
    let id = RegistryId(registry.id);
    let mut repositories = Rows::new("repositories", new.open_table(REPOSITORIES)?);
    let mut tags = Rows::new("tags", new.open_table(TAGS)?);
    let mut images = Rows::new("images", new.open_table(IMAGES)?);
    let old_tags = old.open_table(format1::TAGS)?;
    let old_images = old.open_table(format1::IMAGES)?;
    let old_children = old.open_table(format1::CHILDREN)?;
    for entry in below(
        &old.open_table(format1::REPOSITORIES)?,
        &key::of_registry(id),
    )? {
        let (key, value) = entry?;
        let was: format1::Repository = row::decode("repositories", value.value())?;
        let mut fresh = RepositoryRow::new(was.id, was.first_seen);
        fresh.list = was.list.into();
        fresh.listed_at = was.listed_at;
        fresh.stale_since = was.stale_since;
        // The next crawl sums its images up.
        fresh.summary = None;
        let prefix = key::of_repository(id, RepositoryId(was.id));
        // A tag is no older than its image: that is all there is to go by.
        let mut since = HashMap::new();
        for entry in below(&old_images, &prefix)? {
            let (key, value) = entry?;
            let was: format1::Image = row::decode("images", value.value())?;
            let children = old_children.get(key.value())?;
            let children: Vec<format1::Child<'_>> = match &children {
                Some(list) => row::decode("children", list.value())?,
                None => Vec::new(),
            };
            since.insert(key.value()[prefix.len()..].to_vec(), was.first_seen);
            let image = image(was, children)?;
            fresh.images += 1;
            fresh.unread += u64::from(image.image.has_unread_children());
            let value = row::encode("images", &image)?;
            images.insert(&mut fresh.sum, key.value(), &value)?;
        }
        for entry in below(&old_tags, &prefix)? {
            let (key, value) = entry?;
            let was: format1::Tag<'_> = row::decode("tags", value.value())?;
            let tag = TagRow {
                digest: was.digest,
                stale: was.stale,
                first_seen: since.get(was.digest).copied().unwrap_or(fresh.first_seen),
                moved: None,
            };
            fresh.tags += 1;
            tags.insert(&mut fresh.sum, key.value(), &row::encode("tags", &tag)?)?;
        }
        registry.repositories += 1;
        registry.tags += fresh.tags;
        registry.images += fresh.images;
        registry.unread += fresh.unread;
        let value = row::encode("repositories", &fresh)?;
        let value = sum::seal("repositories", key.value(), value);
        repositories.insert(&mut registry.sum, key.value(), &value)?;
    }
    Ok(())
}

/// An image as far as format 1 knew it. Its layers are not known, so that it is read again
/// once; of an index they are those of its children, which are read by themselves.
fn image(was: format1::Image, children: Vec<format1::Child<'_>>) -> Result<ImageRow, InnerError> {
    let kind = match was.kind {
        format1::Kind::Image => Kind::Image,
        format1::Kind::Index => Kind::Index,
        format1::Kind::Artifact => Kind::Artifact,
    };
    let media_type = match was.media_type {
        format1::MediaType::OciIndex => MediaType::OciIndex,
        format1::MediaType::OciManifest => MediaType::OciManifest,
        format1::MediaType::DockerList => MediaType::DockerList,
        format1::MediaType::DockerManifest => MediaType::DockerManifest,
        format1::MediaType::OciArtifact => MediaType::OciArtifact,
        format1::MediaType::Other(text) => MediaType::Other(text.into()),
    };
    let mut image = Image::new(kind, media_type);
    image.artifact_type = was.artifact_type;
    image.size = was.size;
    image.created = was.created.map(row::timestamp);
    if kind == Kind::Image {
        image.platform = was.platforms.first().and_then(|text| text.parse().ok());
    }
    for child in children {
        image.children.push(Child {
            digest: row::digest("children", child.digest)?,
            platform: child.platform.and_then(|text| text.parse().ok()),
            accessory: child.accessory,
            // Format 1 did not say which of the children are indexes themselves: those
            // without a platform may be, and that is seen when they are read.
            is_index: false,
            size: None,
        });
    }
    image.level = match kind {
        Kind::Index if image.runnable().next().is_none() => Level::Whole,
        Kind::Index => Level::Manifest,
        Kind::Image | Kind::Artifact => Level::Listed,
    };
    Ok(ImageRow {
        image,
        layers: Vec::new(),
        first_seen: was.first_seen,
        pushed: None,
        pulled: None,
        listed: false,
        config: None,
    })
}

fn crawls(
    old: &ReadTransaction,
    new: &WriteTransaction,
    registry: &RegistryRow,
) -> Result<(), InnerError> {
    let id = RegistryId(registry.id);
    let mut failures = Rows::new("failures", new.open_table(FAILURES)?);
    let mut crawls = new.open_table(CRAWLS)?;
    let old_crawls = old.open_table(format1::CRAWLS)?;
    let old_failures = old.open_table(format1::FAILURES)?;
    for number in super::history::first_crawl(registry)..=registry.last_crawl {
        let key = key::crawl(id, number);
        let mut fresh = CrawlRow::default();
        if let Some(value) = old_crawls.get(key.as_slice())? {
            let was: format1::Crawl = row::decode("crawls", value.value())?;
            fresh = CrawlRow {
                started: was.started,
                elapsed_ms: was.elapsed_ms,
                outcome: was.outcome.map(Into::into),
                new: was.new,
                gone: was.gone,
                moved: was.moved,
                failures: was.failures,
                requests: was.requests,
                bytes_received: was.bytes_received,
                retries: was.retries,
                ..CrawlRow::default()
            };
        }
        for entry in below(&old_failures, &key)? {
            let (key, value) = entry?;
            let was: format1::Failure = row::decode("failures", value.value())?;
            let failure = Failure {
                stage: was.stage,
                class: was.class,
                repository: was.repository.and_then(|name| name.parse().ok()),
                reference: was.reference,
                status: was.status,
                message: was.message,
                hint: was.hint,
            };
            let value = row::encode("failures", &failure)?;
            failures.insert(&mut fresh.failures_sum, key.value(), &value)?;
            fresh.recorded += 1;
        }
        let value = sum::seal("crawls", &key, fresh.to_bytes()?);
        crawls.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(())
}
