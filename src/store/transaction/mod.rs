//! One transaction of a crawl at work: each finding made into rows, and into the changes
//! that describe them.
//!
//! The rule that nothing is lost to a failure lives here: tags go only where a `Gone` names
//! them, repositories where `GoneRepositories` does, images when no tag and no list of the
//! registry's names them.

mod content;
mod images;
mod repositories;
mod tags;

use std::collections::{HashMap, HashSet};

use redb::{Table, WriteTransaction};

use super::error::InnerError;
use super::key;
use super::roots::Registries;
use super::row::{self, ChangeRow, CrawlRow, FailureRow, RegistryRow, RepositoryRow};
use super::schema::{CHANGES, CONTENTS, CRAWLS, FAILURES, IMAGES, LAYERS, REPOSITORIES, TAGS};
use super::sum::{self, Rows};
use crate::model::{
    Failure, Finding, ListState, Memory, Opened, RegistryId, RepositoryName, Summary, Tag, What,
};

type Bytes = &'static [u8];

/// One transaction at work.
pub(super) struct Transaction<'t> {
    registry: RegistryId,
    number: u64,
    started: i64,
    pub(super) totals: CrawlRow,
    row: RegistryRow,
    /// Repositories touched by this transaction, written at its end.
    touched: HashMap<RepositoryName, RepositoryRow>,
    registries: Registries<'t>,
    repositories: Rows<'t>,
    tags: Rows<'t>,
    images: Rows<'t>,
    contents_rows: Table<'t, Bytes, Bytes>,
    layers: Table<'t, Bytes, Bytes>,
    crawls: Table<'t, Bytes, Bytes>,
    failures: Rows<'t>,
    changes: Rows<'t>,
}

impl<'t> Transaction<'t> {
    /// Goes on with a crawl whose totals are these.
    pub(super) fn new(
        transaction: &'t WriteTransaction,
        registry: RegistryId,
        number: u64,
        totals: CrawlRow,
    ) -> Result<Self, InnerError> {
        let registries = Registries::open(transaction)?;
        let row = registries.existing(registry)?;
        let rows =
            |name, table| Ok::<_, InnerError>(Rows::new(name, transaction.open_table(table)?));
        Ok(Self {
            registry,
            number,
            started: totals.started,
            totals,
            row,
            touched: HashMap::new(),
            registries,
            repositories: rows("repositories", REPOSITORIES)?,
            tags: rows("tags", TAGS)?,
            images: rows("images", IMAGES)?,
            contents_rows: transaction.open_table(CONTENTS)?,
            layers: transaction.open_table(LAYERS)?,
            crawls: transaction.open_table(CRAWLS)?,
            failures: rows("failures", FAILURES)?,
            changes: rows("changes", CHANGES)?,
        })
    }

    pub(super) fn apply(
        &mut self,
        finding: &Finding,
        unread: &mut HashMap<RepositoryName, HashSet<Tag>>,
    ) -> Result<(), InnerError> {
        match finding {
            Finding::Repository(name) => self.repository(name).map(|_| ()),
            Finding::Image {
                repository,
                digest,
                image,
                layers,
            } => self.image(repository, digest, image, layers),
            Finding::Contents { digest, contents } => self.contents(digest, contents),
            Finding::Children {
                repository,
                digest,
                sizes,
                index,
            } => self.children(repository, digest, sizes, index.as_ref()),
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
                match failure {
                    Some(failure) => self.failure(failure),
                    None => Ok(()),
                }
            }
            Finding::Listed {
                repository,
                tags,
                images,
            } => {
                let unread = unread.remove(repository).unwrap_or_default();
                self.listed(repository, tags, images.as_deref(), &unread)
            }
            Finding::Gone { repository, tags } => self.gone(repository, tags),
            Finding::Unlisted {
                repository,
                failure,
            } => {
                unread.remove(repository);
                let started = self.started;
                let row = self.repository(repository)?;
                row.list = ListState::after(failure);
                row.stale_since.get_or_insert(started);
                self.failure(failure)
            }
            Finding::Catalogue { missing } => self.catalogue(missing),
            Finding::GoneRepositories(names) => self.gone_repositories(names),
            Finding::Uncatalogued { failure } => {
                self.row.list = ListState::after(failure);
                self.failure(failure)
            }
            Finding::Scope => {
                self.row.list = ListState::Listed;
                Ok(())
            }
            Finding::Failed(failure) => self.failure(failure),
        }
    }

    /// Writes what this crawl leaves for the next.
    pub(super) fn remember(&mut self, memory: Option<&Memory>, opened: Option<&Opened>) {
        if let Some(memory) = memory {
            self.row.memory = memory.clone();
        }
        if let Some(opened) = opened {
            self.row.opened = Some(opened.clone());
        }
    }

    /// Images that the registry has now.
    pub(super) fn images_known(&self) -> u64 {
        self.row.images
    }

    fn failure(&mut self, failure: &Failure) -> Result<(), InnerError> {
        self.totals.failures += 1;
        if self.totals.recorded as usize >= Summary::MAX_FAILURES {
            return Ok(());
        }
        let key = key::failure(self.registry, self.number, self.totals.recorded);
        let value = row::encode("failures", &FailureRow::from(failure))?;
        self.failures
            .insert(&mut self.totals.failures_sum, &key, &value)?;
        self.totals.recorded += 1;
        Ok(())
    }

    /// Records a change.
    fn change(&mut self, repository: &RepositoryName, what: What) -> Result<(), InnerError> {
        // A crawl with more changes than a number of four bytes can count has other worries.
        let Ok(at) = u32::try_from(self.totals.changes) else {
            return Ok(());
        };
        let row = ChangeRow {
            repository: repository.clone(),
            what,
        };
        let key = key::change(self.registry, self.number, at);
        let value = row::encode("changes", &row)?;
        self.changes
            .insert(&mut self.totals.changes_sum, &key, &value)?;
        self.totals.changes += 1;
        self.row.changes += 1;
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<CrawlRow, InnerError> {
        self.flush()?;
        self.registries.put(self.row)?;
        let key = key::crawl(self.registry, self.number);
        let value = sum::seal("crawls", &key, row::encode("crawls", &self.totals)?);
        self.crawls.insert(key.as_slice(), value.as_slice())?;
        Ok(self.totals)
    }
}
