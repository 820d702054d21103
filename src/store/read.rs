//! Reads: repositories, images, failures, and what a crawl wants to know beforehand.
//! What is read is compared with what was written before it is handed on ([`super::sum`]).

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use redb::{ReadTransaction, ReadableTable};

use super::error::InnerError;
use super::facts::{self, Facts};
use super::history::{crawl_row, first_crawl, keeps_failures};
use super::key::{self, RepositoryId};
use super::row::{self, ImageRow, RegistryRow, RepositoryRow, TagRow};
use super::schema::{CRAWLS, FAILURES, IMAGES, REPOSITORIES, TAGS};
use super::sum::{self, Sum};
use super::{Store, StoreError, decisions, lookups, roots};
use crate::model::{
    self, Decision, Decisions, Digest, Failure, Kind, KnownRepository, Level, RegistryId,
    RepositoryName, Subject, Tag,
};

impl Store {
    /// The repositories of a registry, in byte order of their names.
    pub fn repositories(&self, id: RegistryId) -> Result<Vec<model::RepositoryRow>, StoreError> {
        let rows = self.lease.read(|transaction| {
            let mut rows = Vec::new();
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(rows);
            };
            each_repository(transaction, &registry, None, |name, row| {
                rows.push(model::RepositoryRow {
                    registry: id,
                    state: row.state(),
                    tags: row.tags,
                    images: row.images,
                    first_seen: row::timestamp(row.first_seen),
                    summary: row.summary.map(|it| it.into_summary(registry.last_crawl)),
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
                images_of(transaction, id, repository, &found, None, &mut rows)?;
            }
            Ok(rows)
        })?;
        Ok(rows.unwrap_or_default())
    }

    /// Those images of one repository that have one of these digests, by digest.
    pub fn images_among(
        &self,
        id: RegistryId,
        repository: &RepositoryName,
        digests: &HashSet<Digest>,
    ) -> Result<Vec<model::ImageRow>, StoreError> {
        let rows = self.lease.read(|transaction| {
            let mut rows = Vec::new();
            if let Some(found) = repository_row(transaction, id, repository)? {
                let among = Some(digests);
                images_of(transaction, id, repository, &found, among, &mut rows)?;
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
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok((rows, next));
            };
            each_repository(transaction, &registry, after, |name, row| {
                images_of(transaction, id, &name, &row, None, &mut rows)?;
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
                    Some(row) => known_of(transaction, id, &row),
                    None => Ok(KnownRepository::default()),
                })
                .collect()
        })?;
        Ok(known.unwrap_or_else(|| vec![KnownRepository::default(); repositories.len()]))
    }

    /// The failures of one crawl, in the order they happened; none of a crawl too long past
    /// for them to be kept.
    pub fn failures(&self, id: RegistryId, crawl: u64) -> Result<Vec<Failure>, StoreError> {
        let failures = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            let kept = first_crawl(&registry)..=registry.last_crawl;
            if !kept.contains(&crawl) || !keeps_failures(&registry, crawl) {
                return Ok(Vec::new());
            }
            let record = crawl_row(&transaction.open_table(CRAWLS)?, id, crawl)?;
            let table = transaction.open_table(FAILURES)?;
            let mut failures = Vec::new();
            let mut seen = Sum::default();
            for entry in below(&table, &key::crawl(id, crawl))? {
                let (key, value) = entry?;
                seen.add("failures", key.value(), value.value());
                let failure: Failure = row::decode("failures", value.value())?;
                failures.push(failure);
            }
            seen.matches(record.failures_sum, "failures")?;
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

/// Everything whose key begins with `prefix` and lies behind `after`.
pub(super) fn below_after<'t>(
    table: &'t impl ReadableTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
    after: &[u8],
) -> Result<redb::Range<'t, &'static [u8], &'static [u8]>, redb::StorageError> {
    let end = key::behind(prefix);
    let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    table.range::<&[u8]>((Bound::Excluded(after), to))
}

/// The part of a key behind its prefix, as a name.
pub(super) fn name_behind<T: std::str::FromStr>(
    table: &'static str,
    key: &[u8],
    prefix: &[u8],
) -> Result<T, InnerError> {
    let text = key
        .get(prefix.len()..)
        .and_then(|name| std::str::from_utf8(name).ok());
    text.and_then(|text| text.parse().ok())
        .ok_or(InnerError::Damaged { what: table })
}

/// Walks the repositories of a registry, those behind `after`, until `each` says that it
/// is enough. That none is missing is seen at the beginning of the first walk, not again
/// when one goes on.
pub(super) fn each_repository(
    transaction: &ReadTransaction,
    registry: &RegistryRow,
    after: Option<&RepositoryName>,
    mut each: impl FnMut(RepositoryName, RepositoryRow) -> Result<bool, InnerError>,
) -> Result<(), InnerError> {
    let table = transaction.open_table(REPOSITORIES)?;
    let id = RegistryId(registry.id);
    let prefix = key::of_registry(id);
    let range = if let Some(after) = after {
        below_after(&table, &prefix, &key::repository(id, after))?
    } else {
        check_repositories(&table, registry)?;
        below(&table, &prefix)?
    };
    for entry in range {
        let (key, value) = entry?;
        let name: RepositoryName = name_behind("repositories", key.value(), &prefix)?;
        let value = sum::open("repositories", key.value(), value.value())?;
        if !each(name, row::decode("repositories", value)?)? {
            break;
        }
    }
    Ok(())
}

fn check_repositories(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    registry: &RegistryRow,
) -> Result<(), InnerError> {
    let mut seen = Sum::default();
    for entry in below(table, &key::of_registry(RegistryId(registry.id)))? {
        let (key, value) = entry?;
        seen.add("repositories", key.value(), value.value());
    }
    seen.matches(registry.sum, "repositories")
}

/// The row of a repository; `None` where the registry has none of this name.
pub(super) fn repository_row(
    transaction: &ReadTransaction,
    id: RegistryId,
    name: &RepositoryName,
) -> Result<Option<RepositoryRow>, InnerError> {
    let table = transaction.open_table(REPOSITORIES)?;
    let key = key::repository(id, name);
    if let Some(value) = table.get(key.as_slice())? {
        let value = sum::open("repositories", &key, value.value())?;
        return row::decode("repositories", value).map(Some);
    }
    // It is not there, or it was not found: a walk over all tells.
    let Some(registry) = roots::read(transaction, id)? else {
        return Ok(None);
    };
    check_repositories(&table, &registry)?;
    for entry in below(&table, &key::of_registry(id))? {
        if entry?.0.value() == key {
            return Err(InnerError::Damaged {
                what: "repositories",
            });
        }
    }
    Ok(None)
}

fn known_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    repository: &RepositoryRow,
) -> Result<KnownRepository, InnerError> {
    let prefix = key::of_repository(id, RepositoryId(repository.id));
    let mut known = KnownRepository::default();
    let mut seen = Sum::default();
    let tags = transaction.open_table(TAGS)?;
    for entry in below(&tags, &prefix)? {
        let (key, value) = entry?;
        seen.add("tags", key.value(), value.value());
        let tag: TagRow<'_> = row::decode("tags", value.value())?;
        let name: Tag = name_behind("tags", key.value(), &prefix)?;
        if tag.stale.is_some() {
            known.stale.insert(name.clone());
        }
        known.tags.insert(name, row::digest("tags", tag.digest)?);
    }
    let mut told = Facts::open(transaction)?.read(&prefix, &mut seen)?;
    let images = transaction.open_table(IMAGES)?;
    for entry in below(&images, &prefix)? {
        let (key, value) = entry?;
        seen.add("images", key.value(), value.value());
        let own = &key.value()[prefix.len()..];
        let row: ImageRow = row::decode("images", value.value())?;
        let facts = facts::of_image(&row, told.remove(own));
        if !facts.is_empty() {
            known.facts.insert(row::digest("images", own)?, facts);
        }
        let image = row.image;
        // What was not read whole is read again; children of an index are read by themselves.
        let enough = match image.kind {
            Kind::Index => Level::Manifest,
            Kind::Image | Kind::Artifact => Level::Whole,
        };
        if image.level >= enough {
            known.images.insert(row::digest("images", own)?);
        } else if image.level == Level::Listed {
            known.listed.insert(row::digest("images", own)?);
        }
    }
    seen.matches(repository.sum, "tags and images")?;
    Ok(known)
}

/// The tags that name one image, and how stale they are.
#[derive(Default)]
struct Naming {
    tags: Vec<Tag>,
    current: bool,
    stale_since: Option<i64>,
    last_seen: Option<i64>,
    moved: Option<i64>,
}

/// What was decided about the images and tags of a repository.
struct Decided {
    images: HashMap<Digest, Decision>,
    tags: HashMap<Tag, Decision>,
}

impl Decided {
    fn read(
        transaction: &ReadTransaction,
        id: RegistryId,
        repository: &RepositoryName,
    ) -> Result<Option<Self>, InnerError> {
        if lookups::read(transaction, id)?.decisions == 0 {
            return Ok(None);
        }
        let Some(name) = lookups::name_row(transaction, id, repository)? else {
            return Ok(None);
        };
        let mut decided = Self {
            images: HashMap::new(),
            tags: HashMap::new(),
        };
        for (subject, decision) in decisions::of_repository(transaction, id, &name)? {
            match subject {
                Subject::Image(digest) => drop(decided.images.insert(digest, decision)),
                Subject::Tag(tag) => drop(decided.tags.insert(tag, decision)),
            }
        }
        Ok(Some(decided))
    }

    fn about(&self, digest: &Digest, tags: &[Tag]) -> Decisions {
        let of_tag = |tag: &Tag| Some((tag.clone(), self.tags.get(tag)?.clone()));
        Decisions {
            image: self.images.get(digest).cloned(),
            tags: tags.iter().filter_map(of_tag).collect(),
        }
    }
}

/// Appends the images of a repository, by digest; where `among` is given, only those that it
/// has. All are compared with what was written.
pub(super) fn images_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    repository: &RepositoryName,
    state: &RepositoryRow,
    among: Option<&HashSet<Digest>>,
    rows: &mut Vec<model::ImageRow>,
) -> Result<(), InnerError> {
    let is_wanted = |digest: &Digest| among.is_none_or(|among| among.contains(digest));
    let prefix = key::of_repository(id, RepositoryId(state.id));
    let mut seen = Sum::default();
    let mut named: HashMap<Digest, Naming> = HashMap::new();
    let tags = transaction.open_table(TAGS)?;
    for entry in below(&tags, &prefix)? {
        let (key, value) = entry?;
        seen.add("tags", key.value(), value.value());
        let tag: TagRow<'_> = row::decode("tags", value.value())?;
        let digest = row::digest("tags", tag.digest)?;
        if !is_wanted(&digest) {
            continue;
        }
        let naming = named.entry(digest).or_default();
        naming.tags.push(name_behind("tags", key.value(), &prefix)?);
        naming.moved = naming.moved.max(tag.moved);
        match tag.stale {
            None => naming.current = true,
            Some((since, seen)) => {
                naming.stale_since = Some(naming.stale_since.map_or(since, |s| s.min(since)));
                naming.last_seen = naming.last_seen.max(Some(seen));
            }
        }
    }
    let decided = Decided::read(transaction, id, repository)?;
    let mut told = Facts::open(transaction)?.read(&prefix, &mut seen)?;
    let images = transaction.open_table(IMAGES)?;
    for entry in below(&images, &prefix)? {
        let (key, value) = entry?;
        seen.add("images", key.value(), value.value());
        let own = &key.value()[prefix.len()..];
        let digest = row::digest("images", own)?;
        if !is_wanted(&digest) {
            continue;
        }
        let row: ImageRow = row::decode("images", value.value())?;
        let facts = facts::of_image(&row, told.remove(own));
        // One that no tag names is listed by the registry itself, or its tags moved away in
        // a crawl that did not come to the end of the repository.
        let naming = named.remove(&digest).unwrap_or(Naming {
            current: true,
            ..Naming::default()
        });
        let mut row = image_row(id, repository, state, digest, naming, row);
        row.facts = facts;
        if let Some(decided) = &decided {
            row.decisions = decided.about(&row.digest, &row.tags);
        }
        rows.push(row);
    }
    seen.matches(state.sum, "tags and images")
}

fn image_row(
    id: RegistryId,
    repository: &RepositoryName,
    state: &RepositoryRow,
    digest: Digest,
    naming: Naming,
    row: ImageRow,
) -> model::ImageRow {
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
    model::ImageRow {
        registry: id,
        repository: repository.clone(),
        digest,
        tags: naming.tags,
        platforms: row.image.platforms(),
        image: row.image,
        facts: model::ImageFacts::default(),
        first_seen: row::timestamp(row.first_seen),
        last_seen: row::timestamp(confirmed.unwrap_or(row.first_seen).max(row.first_seen)),
        moved: naming.moved.map(row::timestamp),
        stale_since: stale_since.map(row::timestamp),
        decisions: Decisions::default(),
        beneath: false,
    }
}
