//! Past crawls: what they changed, and how long that is kept.

use std::collections::HashSet;
use std::time::Duration;

use redb::{ReadableTable, WriteTransaction};

use super::error::InnerError;
use super::key::RepositoryId;
use super::read::{below, below_after};
use super::roots::{self, Registries};
use super::row::{self, ChangesRow, CrawlRow, NameRow, RegistryRow};
use super::schema::{CHANGES, CRAWLS, FAILURES, remove_below};
use super::sum::{self, Rows, Sum};
use super::{Store, StoreError, crawl_lock, key, lookups};
use crate::model::{Change, ChangesPlace, CrawlRecord, History, RegistryId, RepositoryName, What};

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
    CrawlRow::from_bytes(sum::open("crawls", &key, found.value())?)
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

    /// The first crawl of a registry whose changes are kept, and its latest crawl; `None`
    /// where it was never crawled.
    pub fn kept_changes(&self, id: RegistryId) -> Result<Option<(u64, u64)>, StoreError> {
        let kept = self.lease.read(|transaction| {
            let row = roots::read(transaction, id)?;
            let row = row.filter(|row| row.last_crawl > 0);
            Ok(row.map(|row| (row.first_changes, row.last_crawl)))
        })?;
        Ok(kept.flatten())
    }

    /// What one crawl of a registry changed, by repository and in the order it was found.
    /// `None` where its changes are no longer kept, or there was no such crawl.
    pub fn changes_of(
        &self,
        id: RegistryId,
        crawl: u64,
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let (changes, _) = self.changes_page(id, crawl, None, usize::MAX, |_| true)?;
        Ok(changes)
    }

    /// What one crawl of a registry changed in those of its repositories that are `wanted`:
    /// whole rows of changes behind `after`, as many as it takes to reach `enough`. Returns
    /// where to go on, `None` at the end. The changes are `None` where those of this crawl are
    /// no longer kept, or there was no such crawl.
    pub fn changes_page(
        &self,
        id: RegistryId,
        crawl: u64,
        after: Option<&ChangesPlace>,
        enough: usize,
        mut wanted: impl FnMut(&RepositoryName) -> bool,
    ) -> Result<(Option<Vec<Change>>, Option<ChangesPlace>), StoreError> {
        let page = self.lease.read(|transaction| {
            let Some(row) = roots::read(transaction, id)? else {
                return Ok((None, None));
            };
            if crawl < row.first_changes || crawl > row.last_crawl {
                return Ok((None, None));
            }
            let record = crawl_row(&transaction.open_table(CRAWLS)?, id, crawl)?;
            let mut page = Vec::new();
            if record.changes == 0 {
                return Ok((Some(page), None));
            }
            let names = lookups::by_number(transaction, id)?;
            let wanted: HashSet<u32> = names
                .iter()
                .filter_map(|(number, name)| wanted(name).then_some(*number))
                .collect();
            let table = transaction.open_table(CHANGES)?;
            let prefix = key::crawl(id, crawl);
            let range = if let Some(ChangesPlace(after)) = after {
                below_after(&table, &prefix, after)?
            } else {
                // That none is missing is seen at the beginning, not again when one goes on.
                let mut seen = Sum::default();
                for entry in below(&table, &prefix)? {
                    let (key, value) = entry?;
                    seen.add("changes", key.value(), value.value());
                }
                seen.matches(record.changes_sum, "changes")?;
                below(&table, &prefix)?
            };
            for entry in range {
                let (key, value) = entry?;
                let damaged = || InnerError::Damaged { what: "changes" };
                let number = key::repository_of_changes(key.value()).ok_or_else(damaged)?;
                if !wanted.contains(&number.0) {
                    continue;
                }
                let repository = names.get(&number.0).ok_or_else(damaged)?;
                let value = sum::open("changes", key.value(), value.value())?;
                let row: ChangesRow = row::decode("changes", value)?;
                page.extend(changes_in(id, crawl, &record, repository, row));
                if page.len() >= enough {
                    return Ok((Some(page), Some(ChangesPlace(key.value().to_vec()))));
                }
            }
            Ok((Some(page), None))
        })?;
        Ok(page.unwrap_or_default())
    }

    /// What crawls changed in one repository, as far as it is kept, the newest crawl first;
    /// within a crawl in the order it was found. The repository may be gone.
    pub fn history(
        &self,
        id: RegistryId,
        repository: &RepositoryName,
    ) -> Result<Vec<Change>, StoreError> {
        let changes = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            let Some(name) = lookups::name_row(transaction, id, repository)? else {
                return Ok(Vec::new());
            };
            let crawls = transaction.open_table(CRAWLS)?;
            let table = transaction.open_table(CHANGES)?;
            let mut rows = Vec::new();
            let mut at = name.last;
            while let Some((crawl, number)) = at
                && crawl >= registry.first_changes
            {
                let key = key::changes(id, crawl, RepositoryId(name.id), number);
                let found = table.get(key.as_slice())?;
                let found = found.ok_or(InnerError::Damaged { what: "changes" })?;
                let row = row::decode("changes", sum::open("changes", &key, found.value())?)?;
                let ChangesRow { before, .. } = &row;
                at = *before;
                rows.push((crawl, row));
            }
            let mut changes = Vec::new();
            // Rows of one crawl were met from the last to the first.
            for rows in rows.chunk_by_mut(|(one, _), (other, _)| one == other) {
                rows.reverse();
                for (crawl, row) in rows {
                    let record = crawl_row(&crawls, id, *crawl)?;
                    let row = std::mem::take(row);
                    changes.extend(changes_in(id, *crawl, &record, repository, row));
                }
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

/// Changes in one row at most, some hundred bytes each.
const CHANGES_A_ROW: usize = 4096;

/// Writes what a crawl changed in one repository, behind what is known of it.
pub(super) fn append_changes(
    changes: &mut Rows<'_>,
    sum: &mut Sum,
    (registry, crawl): (RegistryId, u64),
    name: &mut NameRow,
    what: &[What],
) -> Result<(), InnerError> {
    for what in what.chunks(CHANGES_A_ROW) {
        let before = name.last;
        let at = match before {
            Some((last, at)) if last == crawl => at + 1,
            _ => 0,
        };
        name.last = Some((crawl, at));
        let key = key::changes(registry, crawl, RepositoryId(name.id), at);
        let what = what.to_vec();
        let value = row::encode("changes", &ChangesRow { before, what })?;
        changes.insert(sum, &key, &sum::seal("changes", &key, value))?;
    }
    Ok(())
}

fn changes_in(
    id: RegistryId,
    crawl: u64,
    record: &CrawlRow,
    repository: &RepositoryName,
    row: ChangesRow,
) -> impl Iterator<Item = Change> {
    row.what.into_iter().map(move |what| Change {
        at: row::timestamp(record.started),
        registry: id,
        crawl,
        repository: repository.clone(),
        what,
    })
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
