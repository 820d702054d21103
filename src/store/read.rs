//! Reads: repositories, images, failures, and what a crawl wants to know beforehand.

use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::row::{self, ChildRow, FailureRow, ImageRow, RepositoryRow, TagRow};
use super::schema::{CHILDREN, FAILURES, IMAGES, REPOSITORIES, TAGS};
use super::{Store, StoreError};
use crate::model::{self, Digest, Failure, KnownRepository, RegistryId, RepositoryName, Tag};

impl Store {
    /// The repositories of a registry, in byte order of their names.
    pub fn repositories(&self, id: RegistryId) -> Result<Vec<model::RepositoryRow>, StoreError> {
        let rows = self.lease.read(|transaction| {
            let mut rows = Vec::new();
            each_repository(transaction, id, None, |name, row| {
                rows.push(model::RepositoryRow {
                    registry: id,
                    state: row.state(),
                    tags: row.tags,
                    images: row.images,
                    first_seen: row::timestamp(row.first_seen),
                    name,
                });
                Ok(true)
            })?;
            Ok(rows)
        })?;
        Ok(rows.unwrap_or_default())
    }

    /// The images of one repository, by digest. None for a repository that is not there.
    pub fn images(
        &self,
        id: RegistryId,
        repository: &RepositoryName,
    ) -> Result<Vec<model::ImageRow>, StoreError> {
        let rows = self.lease.read(|transaction| {
            let mut rows = Vec::new();
            if let Some(found) = repository_row(transaction, id, repository)? {
                images_of(transaction, id, repository, &found, &mut rows)?;
            }
            Ok(rows)
        })?;
        Ok(rows.unwrap_or_default())
    }

    /// The images of the repositories behind `after`, in order: as many whole repositories
    /// as it takes to reach `enough` images. Returns where to go on, `None` at the end.
    ///
    /// A long export asks page by page, so that a slow reader of it keeps no writer out.
    pub fn images_page(
        &self,
        id: RegistryId,
        after: Option<&RepositoryName>,
        enough: usize,
    ) -> Result<(Vec<model::ImageRow>, Option<RepositoryName>), StoreError> {
        let page = self.lease.read(|transaction| {
            let mut rows = Vec::new();
            let mut next = None;
            each_repository(transaction, id, after, |name, row| {
                images_of(transaction, id, &name, &row, &mut rows)?;
                let go_on = rows.len() < enough;
                if !go_on {
                    next = Some(name);
                }
                Ok(go_on)
            })?;
            Ok((rows, next))
        })?;
        Ok(page.unwrap_or_default())
    }

    /// What is known of these repositories, in their order; nothing of those not there.
    pub fn known(
        &self,
        id: RegistryId,
        repositories: &[RepositoryName],
    ) -> Result<Vec<KnownRepository>, StoreError> {
        let known = self.lease.read(|transaction| {
            repositories
                .iter()
                .map(|name| match repository_row(transaction, id, name)? {
                    Some(row) => known_of(transaction, id, RepositoryId(row.id)),
                    None => Ok(KnownRepository::default()),
                })
                .collect()
        })?;
        Ok(known.unwrap_or_else(|| vec![KnownRepository::default(); repositories.len()]))
    }

    /// The failures of one crawl, in the order they happened.
    pub fn failures(&self, id: RegistryId, crawl: u64) -> Result<Vec<Failure>, StoreError> {
        let failures = self.lease.read(|transaction| {
            let table = transaction.open_table(FAILURES)?;
            let prefix = key::crawl(id, crawl);
            let mut failures = Vec::new();
            for entry in below(&table, &prefix)? {
                let (_, value) = entry?;
                let row: FailureRow = row::decode("failures", value.value())?;
                failures.push(row.into());
            }
            Ok(failures)
        })?;
        Ok(failures.unwrap_or_default())
    }
}

/// Everything whose key begins with `prefix`.
pub(super) fn below<'t>(
    table: &'t impl ReadableTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
) -> Result<redb::Range<'t, &'static [u8], &'static [u8]>, redb::StorageError> {
    match key::behind(prefix) {
        Some(end) => table.range::<&[u8]>(prefix..end.as_slice()),
        None => table.range::<&[u8]>(prefix..),
    }
}

/// The part of a key behind its prefix, as a name.
pub(super) fn name_behind<T: std::str::FromStr>(
    table: &'static str,
    key: &[u8],
    prefix: &[u8],
) -> Result<T, InnerError>
where
    T::Err: std::fmt::Display,
{
    let broken = |reason: String| InnerError::Row { table, reason };
    let text = std::str::from_utf8(&key[prefix.len()..]).map_err(|e| broken(e.to_string()))?;
    text.parse()
        .map_err(|error: T::Err| broken(error.to_string()))
}

fn each_repository(
    transaction: &ReadTransaction,
    id: RegistryId,
    after: Option<&RepositoryName>,
    mut each: impl FnMut(RepositoryName, RepositoryRow) -> Result<bool, InnerError>,
) -> Result<(), InnerError> {
    let table = transaction.open_table(REPOSITORIES)?;
    let prefix = key::of_registry(id);
    for entry in below(&table, &prefix)? {
        let (key, value) = entry?;
        let name: RepositoryName = name_behind("repositories", key.value(), &prefix)?;
        if after.is_some_and(|after| name <= *after) {
            continue;
        }
        if !each(name, row::decode("repositories", value.value())?)? {
            break;
        }
    }
    Ok(())
}

fn repository_row(
    transaction: &ReadTransaction,
    id: RegistryId,
    name: &RepositoryName,
) -> Result<Option<RepositoryRow>, InnerError> {
    let table = transaction.open_table(REPOSITORIES)?;
    table
        .get(key::repository(id, name).as_slice())?
        .map(|value| row::decode("repositories", value.value()))
        .transpose()
}

fn known_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    repository: RepositoryId,
) -> Result<KnownRepository, InnerError> {
    let prefix = key::of_repository(id, repository);
    let mut known = KnownRepository::default();
    let tags = transaction.open_table(TAGS)?;
    for entry in below(&tags, &prefix)? {
        let (key, value) = entry?;
        let tag: TagRow = row::decode("tags", value.value())?;
        let name: Tag = name_behind("tags", key.value(), &prefix)?;
        if tag.stale.is_some() {
            known.stale.insert(name.clone());
        }
        known.tags.insert(name, row::digest("tags", &tag.digest)?);
    }
    let images = transaction.open_table(IMAGES)?;
    for entry in below(&images, &prefix)? {
        let (key, value) = entry?;
        // What could not be read whole is read again.
        if !row::decode::<ImageRow>("images", value.value())?.is_whole() {
            continue;
        }
        known
            .images
            .insert(row::digest("images", &key.value()[prefix.len()..])?);
    }
    Ok(known)
}

/// The tags that name one image, and how stale they are.
#[derive(Default)]
struct Naming {
    tags: Vec<Tag>,
    current: bool,
    stale_since: Option<i64>,
    last_seen: Option<i64>,
}

/// Appends the images of a repository that tags name, by digest.
fn images_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    repository: &RepositoryName,
    state: &RepositoryRow,
    rows: &mut Vec<model::ImageRow>,
) -> Result<(), InnerError> {
    let prefix = key::of_repository(id, RepositoryId(state.id));
    let mut named: HashMap<Digest, Naming> = HashMap::new();
    let tags = transaction.open_table(TAGS)?;
    for entry in below(&tags, &prefix)? {
        let (key, value) = entry?;
        let tag: TagRow = row::decode("tags", value.value())?;
        let naming = named.entry(row::digest("tags", &tag.digest)?).or_default();
        naming.tags.push(name_behind("tags", key.value(), &prefix)?);
        match tag.stale {
            None => naming.current = true,
            Some((since, seen)) => {
                naming.stale_since = Some(naming.stale_since.map_or(since, |s| s.min(since)));
                naming.last_seen = naming.last_seen.max(Some(seen));
            }
        }
    }
    let images = transaction.open_table(IMAGES)?;
    let children = transaction.open_table(CHILDREN)?;
    for entry in below(&images, &prefix)? {
        let (key, value) = entry?;
        let digest = row::digest("images", &key.value()[prefix.len()..])?;
        // An image whose tags a killed crawl did not come to write is no image yet.
        let Some(naming) = named.remove(&digest) else {
            continue;
        };
        let image: ImageRow = row::decode("images", value.value())?;
        let children = match children.get(key.value())? {
            Some(list) => row::decode::<Vec<ChildRow>>("children", list.value())?
                .into_iter()
                .map(ChildRow::into_child)
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let tag_stale = if naming.current {
            None
        } else {
            naming.stale_since
        };
        let stale_since = match (state.stale_since, tag_stale) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let confirmed = if naming.current {
            state.listed_at
        } else {
            naming.last_seen
        };
        rows.push(model::ImageRow {
            registry: id,
            repository: repository.clone(),
            digest,
            kind: image.kind.into(),
            media_type: image.media_type.into_text(),
            artifact_type: image.artifact_type,
            tags: naming.tags,
            platforms: image
                .platforms
                .iter()
                .filter_map(|p| p.parse().ok())
                .collect(),
            children,
            size: image.size,
            created: image.created.map(row::timestamp),
            first_seen: row::timestamp(image.first_seen),
            last_seen: row::timestamp(confirmed.unwrap_or(image.first_seen).max(image.first_seen)),
            stale_since: stale_since.map(row::timestamp),
        });
    }
    Ok(())
}
