//! One transaction of a crawl at work: each finding made into rows.
//!
//! The rule that nothing is lost to a failure lives here: tags go only where a `Gone` names
//! them, repositories where `GoneRepositories` does, images when no tag names them.

use std::collections::{HashMap, HashSet};

use redb::{ReadableTable, Table, WriteTransaction};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::read::{below, name_behind};
use super::registries::existing;
use super::row::{self, ChildRow, CrawlRow, FailureRow, ImageRow, ListRow, RegistryRow};
use super::row::{RepositoryRow, TagRow};
use super::schema::remove_below;
use super::schema::{CHILDREN, CRAWLS, FAILURES, IMAGES, REGISTRIES, REPOSITORIES, Rows, TAGS};
use crate::model::{
    Digest, Failure, Finding, Image, ListState, RegistryId, RepositoryName, Summary, Tag,
};

/// One transaction at work.
pub(super) struct Transaction<'t> {
    registry: RegistryId,
    number: u64,
    started: i64,
    pub(super) totals: CrawlRow,
    pub(super) recorded: u32,
    row: RegistryRow,
    /// Repositories touched by this transaction, written at its end.
    touched: HashMap<RepositoryName, RepositoryRow>,
    registries: Table<'t, u32, &'static [u8]>,
    repositories: Rows<'t>,
    tags: Rows<'t>,
    images: Rows<'t>,
    children: Rows<'t>,
    crawls: Rows<'t>,
    failures: Rows<'t>,
}

impl<'t> Transaction<'t> {
    pub(super) fn new(
        transaction: &'t WriteTransaction,
        registry: RegistryId,
        number: u64,
        started: i64,
    ) -> Result<Self, InnerError> {
        let registries = transaction.open_table(REGISTRIES)?;
        let row = existing(&registries, registry)?;
        Ok(Self {
            registry,
            number,
            started,
            totals: CrawlRow {
                started,
                ..CrawlRow::default()
            },
            recorded: 0,
            row,
            touched: HashMap::new(),
            registries,
            repositories: transaction.open_table(REPOSITORIES)?,
            tags: transaction.open_table(TAGS)?,
            images: transaction.open_table(IMAGES)?,
            children: transaction.open_table(CHILDREN)?,
            crawls: transaction.open_table(CRAWLS)?,
            failures: transaction.open_table(FAILURES)?,
        })
    }

    pub(super) fn apply(
        &mut self,
        finding: &Finding,
        unread: &mut HashMap<RepositoryName, HashSet<Tag>>,
    ) -> Result<(), InnerError> {
        match finding {
            Finding::Repository(name) => self.repository(name).map(|_| ()),
            Finding::Image { repository, image } => self.image(repository, image),
            Finding::Tag {
                repository,
                tag,
                digest,
            } => self.tag(repository, tag, digest),
            Finding::Unread {
                repository,
                tag,
                failure,
            } => {
                unread
                    .entry(repository.clone())
                    .or_default()
                    .insert(tag.clone());
                self.unread(repository, tag)?;
                self.failure(failure)
            }
            Finding::Listed { repository, tags } => {
                let unread = unread.remove(repository).unwrap_or_default();
                self.listed(repository, tags, &unread)
            }
            Finding::Gone { repository, tags } => self.gone(repository, tags),
            Finding::Unlisted {
                repository,
                failure,
            } => {
                unread.remove(repository);
                let started = self.started;
                let row = self.repository(repository)?;
                row.list = ListRow::from(&ListState::after(failure));
                row.stale_since.get_or_insert(started);
                self.failure(failure)
            }
            Finding::Catalogue { missing } => self.catalogue(missing),
            Finding::GoneRepositories(names) => self.gone_repositories(names),
            Finding::Uncatalogued { failure } => {
                self.row.list = ListRow::from(&ListState::after(failure));
                self.failure(failure)
            }
            Finding::Scope => {
                self.row.list = ListRow::Listed;
                Ok(())
            }
            Finding::Failed(failure) => self.failure(failure),
        }
    }

    /// The row of a repository, made where there is none.
    fn repository(&mut self, name: &RepositoryName) -> Result<&mut RepositoryRow, InnerError> {
        if !self.touched.contains_key(name) {
            let key = key::repository(self.registry, name);
            let found = self
                .repositories
                .get(key.as_slice())?
                .map(|value| row::decode("repositories", value.value()))
                .transpose()?;
            let row = found.unwrap_or_else(|| self.new_repository());
            self.touched.insert(name.clone(), row);
        }
        self.touched.get_mut(name).ok_or_else(|| InnerError::Row {
            table: "repositories",
            reason: "a row was lost".to_owned(),
        })
    }

    fn new_repository(&mut self) -> RepositoryRow {
        let id = self.row.next_repository;
        self.row.next_repository += 1;
        self.row.repositories += 1;
        RepositoryRow {
            id,
            list: ListRow::NotCrawled,
            listed_at: None,
            stale_since: None,
            first_seen: self.started,
            tags: 0,
            images: 0,
        }
    }

    fn image(&mut self, repository: &RepositoryName, image: &Image) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let key = key::image(registry, RepositoryId(row.id), &image.digest);
        let known: Option<ImageRow> = self
            .images
            .get(key.as_slice())?
            .map(|value| row::decode("images", value.value()))
            .transpose()?;
        let first_seen = match known {
            Some(known) if known.is_whole() => return Ok(()),
            Some(known) => known.first_seen,
            None => {
                self.repository(repository)?.images += 1;
                self.row.images += 1;
                self.totals.new += 1;
                started
            }
        };
        let value = row::encode("images", &ImageRow::new(image, first_seen))?;
        self.images.insert(key.as_slice(), value.as_slice())?;
        if !image.children.is_empty() {
            let rows: Vec<ChildRow> = image.children.iter().map(ChildRow::from).collect();
            let value = row::encode("children", &rows)?;
            self.children.insert(key.as_slice(), value.as_slice())?;
        }
        Ok(())
    }

    fn tag(
        &mut self,
        repository: &RepositoryName,
        tag: &Tag,
        digest: &Digest,
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let key = key::tag(registry, RepositoryId(self.repository(repository)?.id), tag);
        let fresh = TagRow {
            digest: digest.to_bytes(),
            stale: None,
        };
        let value = row::encode("tags", &fresh)?;
        let before: Option<TagRow> = self
            .tags
            .insert(key.as_slice(), value.as_slice())?
            .map(|value| row::decode("tags", value.value()))
            .transpose()?;
        match before {
            None => {
                self.repository(repository)?.tags += 1;
                self.row.tags += 1;
            }
            Some(before) if before.digest != fresh.digest => self.totals.moved += 1,
            Some(_) => {}
        }
        Ok(())
    }

    /// What is known of a tag stays, stale since the crawl that first could not read it.
    fn unread(&mut self, repository: &RepositoryName, tag: &Tag) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let key = key::tag(registry, RepositoryId(row.id), tag);
        let seen = row.listed_at.unwrap_or(row.first_seen);
        let known: Option<TagRow> = self
            .tags
            .get(key.as_slice())?
            .map(|value| row::decode("tags", value.value()))
            .transpose()?;
        if let Some(mut known) = known
            && known.stale.is_none()
        {
            known.stale = Some((started, seen));
            let value = row::encode("tags", &known)?;
            self.tags.insert(key.as_slice(), value.as_slice())?;
        }
        Ok(())
    }

    /// A repository's list was had: what is in it has been confirmed, what is not is stale.
    fn listed(
        &mut self,
        repository: &RepositoryName,
        tags: &[Tag],
        unread: &HashSet<Tag>,
    ) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let seen = row.listed_at.unwrap_or(row.first_seen);
        let prefix = key::of_repository(registry, RepositoryId(row.id));
        let listed: HashSet<&Tag> = tags.iter().collect();
        let mut changed = Vec::new();
        let mut named = HashSet::new();
        for entry in below(&self.tags, &prefix)? {
            let (key, value) = entry?;
            let tag: Tag = name_behind("tags", key.value(), &prefix)?;
            let mut row: TagRow = row::decode("tags", value.value())?;
            let stale = if !listed.contains(&tag) {
                row.stale.or(Some((started, seen)))
            } else if unread.contains(&tag) {
                row.stale
            } else {
                None
            };
            if stale != row.stale {
                row.stale = stale;
                changed.push((key.value().to_vec(), row::encode("tags", &row)?));
            }
            named.insert(row.digest);
        }
        for (key, value) in &changed {
            self.tags.insert(key.as_slice(), value.as_slice())?;
        }
        self.keep_images(repository, &named)?;
        let row = self.repository(repository)?;
        row.list = ListRow::Listed;
        row.listed_at = Some(started);
        row.stale_since = None;
        Ok(())
    }

    /// These tags are gone, and the images that nothing names any more.
    fn gone(&mut self, repository: &RepositoryName, tags: &[Tag]) -> Result<(), InnerError> {
        let registry = self.registry;
        let id = RepositoryId(self.repository(repository)?.id);
        let mut lost = 0;
        for tag in tags {
            let key = key::tag(registry, id, tag);
            lost += u64::from(self.tags.remove(key.as_slice())?.is_some());
        }
        self.row.tags = self.row.tags.saturating_sub(lost);
        let row = self.repository(repository)?;
        row.tags = row.tags.saturating_sub(lost);
        let mut named = HashSet::new();
        for entry in below(&self.tags, &key::of_repository(registry, id))? {
            let (_, value) = entry?;
            named.insert(row::decode::<TagRow>("tags", value.value())?.digest);
        }
        self.keep_images(repository, &named)
    }

    /// Removes the images of a repository but those that a tag names.
    fn keep_images(
        &mut self,
        repository: &RepositoryName,
        named: &HashSet<Vec<u8>>,
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let id = RepositoryId(self.repository(repository)?.id);
        let prefix = key::of_repository(registry, id);
        let mut unnamed = Vec::new();
        for entry in below(&self.images, &prefix)? {
            let (key, _) = entry?;
            if !named.contains(&key.value()[prefix.len()..]) {
                unnamed.push(key.value().to_vec());
            }
        }
        for key in &unnamed {
            self.images.remove(key.as_slice())?;
            self.children.remove(key.as_slice())?;
        }
        let gone = unnamed.len() as u64;
        self.totals.gone += gone;
        self.row.images = self.row.images.saturating_sub(gone);
        let row = self.repository(repository)?;
        row.images = row.images.saturating_sub(gone);
        Ok(())
    }

    /// The list of repositories was had: those of the known ones that it lacks are stale.
    fn catalogue(&mut self, missing: &[RepositoryName]) -> Result<(), InnerError> {
        self.row.list = ListRow::Listed;
        let started = self.started;
        for name in missing {
            self.repository(name)?.stale_since.get_or_insert(started);
        }
        Ok(())
    }

    /// These repositories are gone, with all that is in them.
    fn gone_repositories(&mut self, names: &[RepositoryName]) -> Result<(), InnerError> {
        self.flush()?;
        for name in names {
            let key = key::repository(self.registry, name);
            let row: RepositoryRow = match self.repositories.remove(key.as_slice())? {
                Some(value) => row::decode("repositories", value.value())?,
                None => continue,
            };
            let prefix = key::of_repository(self.registry, RepositoryId(row.id));
            for table in [&mut self.tags, &mut self.images, &mut self.children] {
                remove_below(table, &prefix)?;
            }
            self.totals.gone += row.images;
            self.row.repositories = self.row.repositories.saturating_sub(1);
            self.row.tags = self.row.tags.saturating_sub(row.tags);
            self.row.images = self.row.images.saturating_sub(row.images);
        }
        Ok(())
    }

    fn failure(&mut self, failure: &Failure) -> Result<(), InnerError> {
        self.totals.failures += 1;
        if self.recorded as usize >= Summary::MAX_FAILURES {
            return Ok(());
        }
        let key = key::failure(self.registry, self.number, self.recorded);
        let value = row::encode("failures", &FailureRow::from(failure))?;
        self.failures.insert(key.as_slice(), value.as_slice())?;
        self.recorded += 1;
        Ok(())
    }

    /// Writes the repositories that were touched.
    fn flush(&mut self) -> Result<(), InnerError> {
        for (name, row) in self.touched.drain() {
            let key = key::repository(self.registry, &name);
            let value = row::encode("repositories", &row)?;
            self.repositories.insert(key.as_slice(), value.as_slice())?;
        }
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<(), InnerError> {
        self.flush()?;
        let value = row::encode("registries", &self.row)?;
        self.registries.insert(self.registry.0, value.as_slice())?;
        let key = key::crawl(self.registry, self.number);
        let value = row::encode("crawls", &self.totals)?;
        self.crawls.insert(key.as_slice(), value.as_slice())?;
        Ok(())
    }
}
