//! One transaction of a crawl at work: each finding made into rows, and into the changes
//! that describe them.
//!
//! The rule that nothing is lost to a failure lives here: tags go only where a `Gone` names
//! them, repositories where `GoneRepositories` does, images when no tag and no list of the
//! registry's names them.

mod content;
mod facts;
mod history;
mod images;
mod repositories;
mod tags;

use std::collections::{BTreeMap, HashMap, HashSet};

use redb::{Table, WriteTransaction};

use super::digests::Entry;
use super::error::InnerError;
use super::key;
use super::lookups;
use super::roots::Registries;
use super::row::{self, CrawlRow, LookupRow, NameRow, RegistryRow, RepositoryRow};
use super::schema::{
    CHANGES, CONTENTS, CRAWLS, DIGESTS, FACTS, FAILURES, IMAGES, LAYERS, LOOKUPS, NAMES,
    REPOSITORIES, TAGS,
};
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
    /// What they are known by, as far as it changed.
    named: HashMap<RepositoryName, NameRow>,
    /// Changes that are not written yet.
    changed: BTreeMap<RepositoryName, Vec<What>>,
    /// Digests that were not there before.
    fresh_digests: Vec<Entry>,
    lookup: LookupRow,
    registries: Registries<'t>,
    repositories: Rows<'t>,
    tags: Rows<'t>,
    images: Rows<'t>,
    facts_rows: Rows<'t>,
    contents_rows: Table<'t, Bytes, Bytes>,
    layers: Table<'t, Bytes, Bytes>,
    crawls: Table<'t, Bytes, Bytes>,
    failures: Rows<'t>,
    changes: Rows<'t>,
    names: Rows<'t>,
    digests: Rows<'t>,
    lookups: Table<'t, Bytes, Bytes>,
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
        let lookups = transaction.open_table(LOOKUPS)?;
        let rows =
            |name, table| Ok::<_, InnerError>(Rows::new(name, transaction.open_table(table)?));
        Ok(Self {
            registry,
            number,
            started: totals.started,
            totals,
            row,
            touched: HashMap::new(),
            named: HashMap::new(),
            changed: BTreeMap::new(),
            fresh_digests: Vec::new(),
            lookup: lookups::row(&lookups, registry)?,
            registries,
            repositories: rows("repositories", REPOSITORIES)?,
            tags: rows("tags", TAGS)?,
            images: rows("images", IMAGES)?,
            facts_rows: rows("facts", FACTS)?,
            contents_rows: transaction.open_table(CONTENTS)?,
            layers: transaction.open_table(LAYERS)?,
            crawls: transaction.open_table(CRAWLS)?,
            failures: rows("failures", FAILURES)?,
            changes: rows("changes", CHANGES)?,
            names: rows("names", NAMES)?,
            digests: rows("digests", DIGESTS)?,
            lookups,
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
                blobs,
            } => self.image(repository, digest, image, blobs),
            Finding::Facts {
                repository,
                digest,
                facts,
            } => self.facts(repository, digest, facts),
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
                self.row.list = ListState::after_stage(failure);
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

    /// Counts what the crawl that ends here changed. Returns whether so many images, and so
    /// large a share of all, changed since the holes that this leaves were closed.
    pub(super) fn churned(&mut self, (most, share): (u64, u64)) -> bool {
        let totals = &self.totals;
        let churn = self.lookup.churn + totals.new + totals.gone + totals.moved;
        let is_much = churn >= most && churn.saturating_mul(share) >= self.row.images;
        self.lookup.churn = if is_much { 0 } else { churn };
        is_much
    }

    fn failure(&mut self, failure: &Failure) -> Result<(), InnerError> {
        self.totals.failures += 1;
        if self.totals.recorded as usize >= Summary::MAX_FAILURES {
            return Ok(());
        }
        let key = key::failure(self.registry, self.number, self.totals.recorded);
        let value = row::encode("failures", failure)?;
        self.failures
            .insert(&mut self.totals.failures_sum, &key, &value)?;
        self.totals.recorded += 1;
        Ok(())
    }

    /// Takes over the failures of the crawl before, which had `count`, and returns their new
    /// numbers by repository.
    pub(super) fn carry(
        &mut self,
        failures: &[Failure],
        count: u64,
    ) -> Result<HashMap<RepositoryName, Vec<u32>>, InnerError> {
        let mut carried: HashMap<RepositoryName, Vec<u32>> = HashMap::new();
        for failure in failures {
            let number = self.totals.recorded;
            self.failure(failure)?;
            if let Some(repository) = &failure.repository {
                carried.entry(repository.clone()).or_default().push(number);
            }
        }
        // Those that were not kept one by one are taken over as a number.
        self.totals.failures = count;
        Ok(carried)
    }

    /// Takes back failures that were taken over: their repository was looked at again.
    pub(super) fn mend(&mut self, numbers: &[u32]) -> Result<(), InnerError> {
        for number in numbers {
            let key = key::failure(self.registry, self.number, *number);
            let sum = &mut self.totals.failures_sum;
            if self.failures.remove(sum, &key)?.is_some() {
                self.totals.failures = self.totals.failures.saturating_sub(1);
            }
        }
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<CrawlRow, InnerError> {
        self.flush()?;
        self.flush_changes()?;
        self.flush_digests()?;
        self.flush_names()?;
        lookups::put(&mut self.lookups, self.registry, &self.lookup)?;
        self.registries.put(self.row)?;
        let key = key::crawl(self.registry, self.number);
        let value = sum::seal("crawls", &key, self.totals.to_bytes()?);
        self.crawls.insert(key.as_slice(), value.as_slice())?;
        Ok(self.totals)
    }
}
