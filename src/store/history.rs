//! Past crawls: what they changed, and how long that is kept.

use std::time::Duration;

use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::error::InnerError;
use super::read::below;
use super::roots::{self, Registries};
use super::row::{self, ChangeRow, CrawlRow, RegistryRow};
use super::schema::{CHANGES, CRAWLS, FAILURES, remove_below};
use super::sum::{self, Sum};
use super::{Store, StoreError, crawl_lock, key};
use crate::model::{Change, CrawlRecord, History, RegistryId, Timestamp};

/// Crawls whose record is kept at least, and crawls whose failures are kept one by one.
const KEPT: (u64, u64) = (1000, 10);

/// Counts a crawl that begins, and returns its number.
pub(super) fn begin_crawl(
    transaction: &WriteTransaction,
    registry: RegistryId,
) -> Result<u64, InnerError> {
    let mut registries = Registries::open(transaction)?;
    let mut row = registries.existing(registry)?;
    row.last_crawl += 1;
    let number = row.last_crawl;
    registries.put(row)?;
    Ok(number)
}

/// The record of a crawl that must be there.
pub(super) fn crawl_row(
    crawls: &impl ReadableTable<&'static [u8], &'static [u8]>,
    registry: RegistryId,
    number: u64,
) -> Result<CrawlRow, InnerError> {
    let key = key::crawl(registry, number);
    let found = crawls.get(key.as_slice())?;
    let found = found.ok_or(InnerError::Damaged { what: "crawls" })?;
    row::decode("crawls", sum::open("crawls", &key, found.value())?)
}

/// The first crawl of a registry whose record is kept.
pub(super) fn first_crawl(row: &RegistryRow) -> u64 {
    let by_count = (row.last_crawl + 1).saturating_sub(KEPT.0);
    by_count.min(row.first_changes).max(1)
}

/// Whether the failures of a crawl are kept one by one.
pub(super) fn keeps_failures(row: &RegistryRow, number: u64) -> bool {
    number + KEPT.1 > row.last_crawl
}

impl Store {
    /// The crawls of a registry whose records are kept, the oldest first.
    pub fn crawls(&self, id: RegistryId) -> Result<Vec<CrawlRecord>, StoreError> {
        let mut records = self
            .lease
            .read(|transaction| {
                let Some(row) = roots::read(transaction, id)? else {
                    return Ok(Vec::new());
                };
                let crawls = transaction.open_table(CRAWLS)?;
                (first_crawl(&row)..=row.last_crawl)
                    .map(|number| Ok(crawl_row(&crawls, id, number)?.into_record(number, false)))
                    .collect::<Result<Vec<_>, InnerError>>()
            })?
            .unwrap_or_default();
        if let Some(last) = records.last_mut() {
            last.running = last.outcome.is_none() && crawl_lock::is_held(&self.directory, id);
        }
        Ok(records)
    }

    /// What one crawl of a registry changed, in the order it was found. `None` where its
    /// changes are no longer kept, or there was no such crawl.
    pub fn changes_of(
        &self,
        id: RegistryId,
        crawl: u64,
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let changes = self.lease.read(|transaction| {
            let Some(row) = roots::read(transaction, id)? else {
                return Ok(None);
            };
            if crawl < row.first_changes || crawl > row.last_crawl {
                return Ok(None);
            }
            changes_of(transaction, id, crawl).map(Some)
        })?;
        Ok(changes.flatten())
    }

    /// What crawls of a registry changed that began at `since` or later, as far as it is
    /// kept, the oldest first.
    pub fn changes_since(
        &self,
        id: RegistryId,
        since: Timestamp,
    ) -> Result<Vec<Change>, StoreError> {
        let since = row::seconds(since);
        let changes = self.lease.read(|transaction| {
            let Some(row) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            let crawls = transaction.open_table(CRAWLS)?;
            let mut numbers = Vec::new();
            // A clock that was set back does not hide what came after it.
            for number in row.first_changes..=row.last_crawl {
                if crawl_row(&crawls, id, number)?.started >= since {
                    numbers.push(number);
                }
            }
            let mut changes = Vec::new();
            for number in numbers {
                changes.extend(changes_of(transaction, id, number)?);
            }
            Ok(changes)
        })?;
        Ok(changes.unwrap_or_default())
    }

    /// Lets go what is older, or more, than `history` allows, and the records and failures
    /// of crawls long past.
    pub(super) fn trim(&self, id: RegistryId, history: History) -> Result<(), StoreError> {
        self.lease.write("the history", |transaction| {
            trim_old(transaction, id, history.age)?;
            trim_many(transaction, history.changes)?;
            let row = Registries::open(transaction)?.existing(id)?;
            let first = key::of_registry(id);
            let mut failures = transaction.open_table(FAILURES)?;
            let oldest = key::crawl(id, (row.last_crawl + 1).saturating_sub(KEPT.1));
            failures.retain_in(first.as_slice()..oldest.as_slice(), |_, _| false)?;
            let mut crawls = transaction.open_table(CRAWLS)?;
            let oldest = key::crawl(id, first_crawl(&row));
            crawls.retain_in(first.as_slice()..oldest.as_slice(), |_, _| false)?;
            Ok(())
        })
    }
}

fn changes_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    crawl: u64,
) -> Result<Vec<Change>, InnerError> {
    let record = crawl_row(&transaction.open_table(CRAWLS)?, id, crawl)?;
    if record.changes == 0 {
        return Ok(Vec::new());
    }
    let table = transaction.open_table(CHANGES)?;
    let mut seen = Sum::default();
    let mut changes = Vec::new();
    for entry in below(&table, &key::crawl(id, crawl))? {
        let (key, value) = entry?;
        seen.add("changes", key.value(), value.value());
        let ChangeRow { repository, what } = row::decode("changes", value.value())?;
        changes.push(Change {
            at: row::timestamp(record.started),
            registry: id,
            crawl,
            repository,
            what,
        });
    }
    seen.matches(record.changes_sum, "changes")?;
    Ok(changes)
}

/// Lets go the changes of the first crawl of a registry that are kept.
fn drop_first(
    transaction: &WriteTransaction,
    registries: &mut Registries<'_>,
    mut row: RegistryRow,
    changes: u64,
) -> Result<(), InnerError> {
    if changes > 0 {
        let prefix = key::crawl(RegistryId(row.id), row.first_changes);
        remove_below(&mut transaction.open_table(CHANGES)?, &prefix)?;
    }
    row.changes = row.changes.saturating_sub(changes);
    row.first_changes += 1;
    registries.put(row)
}

/// Lets go what is older than `age`. The newest crawl's changes stay.
fn trim_old(
    transaction: &WriteTransaction,
    id: RegistryId,
    age: Duration,
) -> Result<(), InnerError> {
    let mut registries = Registries::open(transaction)?;
    let crawls = transaction.open_table(CRAWLS)?;
    let newest = registries.existing(id)?.last_crawl;
    let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
    let oldest = crawl_row(&crawls, id, newest)?.started.saturating_sub(age);
    loop {
        let row = registries.existing(id)?;
        if row.first_changes >= newest {
            return Ok(());
        }
        let first = crawl_row(&crawls, id, row.first_changes)?;
        if first.started >= oldest {
            return Ok(());
        }
        drop_first(transaction, &mut registries, row, first.changes)?;
    }
}

/// Lets go the oldest crawls' changes while there are more than `most`. Of each registry
/// the newest crawl's stay.
fn trim_many(transaction: &WriteTransaction, most: u64) -> Result<(), InnerError> {
    let mut registries = Registries::open(transaction)?;
    let crawls = transaction.open_table(CRAWLS)?;
    loop {
        let all = registries.all()?;
        if all.iter().map(|row| row.changes).sum::<u64>() <= most {
            return Ok(());
        }
        let mut oldest: Option<(i64, RegistryRow, u64)> = None;
        for row in all {
            if row.first_changes >= row.last_crawl {
                continue;
            }
            let first = crawl_row(&crawls, RegistryId(row.id), row.first_changes)?;
            if oldest.as_ref().is_none_or(|(at, ..)| first.started < *at) {
                oldest = Some((first.started, row, first.changes));
            }
        }
        let Some((_, row, changes)) = oldest else {
            return Ok(());
        };
        drop_first(transaction, &mut registries, row, changes)?;
    }
}
