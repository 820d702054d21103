//! One crawl's way into the inventory: batches in, one durable transaction each.
//! What a finding does to the inventory is in [`super::transaction`].

use std::collections::{HashMap, HashSet};

use redb::WriteTransaction;

use super::error::InnerError;
use super::key;
use super::read::below;
use super::registries::{existing, remember};
use super::row::{self, CrawlRow, RepositoryRow};
use super::schema::{CRAWLS, FAILURES, REGISTRIES, REPOSITORIES};
use super::transaction::Transaction;
use super::{CrawlLock, Store, StoreError, crawl_lock};
use crate::model::{
    CrawlRecord, Finding, Outcome, RegistryId, RegistryName, RepositoryName, Summary, Tag,
    Timestamp,
};

/// Crawls whose record is kept, and crawls whose failures are kept one by one.
const KEPT: (u64, u64) = (1000, 10);

/// A crawl that changed so many images, and so large a share of its registry's, leaves
/// holes worth the time it takes to close them: a second for a million images.
const COMPACT: (u64, u64) = (1000, 10);

/// Writes one crawl. Holds the right to crawl its registry until it is dropped.
#[derive(Debug)]
pub struct CrawlWriter {
    store: Store,
    registry: RegistryId,
    number: u64,
    started: i64,
    totals: CrawlRow,
    recorded: u32,
    /// Tags that could not be read, of repositories that are not closed yet.
    unread: HashMap<RepositoryName, HashSet<Tag>>,
    /// Whether the list of repositories could not be had.
    uncatalogued: bool,
    _lock: CrawlLock,
}

impl Store {
    /// Begins a crawl: its record is there from now on, without an outcome.
    ///
    /// # Errors
    ///
    /// [`StoreError::CrawlRunning`] while another one is at the same registry.
    pub fn begin_crawl(
        &self,
        registry: RegistryId,
        name: &RegistryName,
        started: Timestamp,
    ) -> Result<CrawlWriter, StoreError> {
        let lock = crawl_lock::take(&self.directory, registry, name)?;
        let started = row::seconds(started);
        let totals = CrawlRow {
            started,
            ..CrawlRow::default()
        };
        let number = self.lease.write("a crawl", |transaction| {
            let mut table = transaction.open_table(REGISTRIES)?;
            let mut changed = existing(&table, registry)?;
            changed.last_crawl += 1;
            table.insert(registry.0, row::encode("registries", &changed)?.as_slice())?;
            let key = key::crawl(registry, changed.last_crawl);
            let mut crawls = transaction.open_table(CRAWLS)?;
            crawls.insert(key.as_slice(), row::encode("crawls", &totals)?.as_slice())?;
            Ok(changed.last_crawl)
        })?;
        Ok(CrawlWriter {
            store: self.clone(),
            registry,
            number,
            started,
            totals,
            recorded: 0,
            unread: HashMap::new(),
            uncatalogued: false,
            _lock: lock,
        })
    }
}

impl CrawlWriter {
    /// Writes a batch in one durable transaction. When this returns, a killed process
    /// loses none of it.
    pub fn write(&mut self, batch: &[Finding]) -> Result<(), StoreError> {
        let lease = self.store.lease.clone();
        // A failed transaction leaves the totals as they were, too.
        let mut totals = self.totals.clone();
        let mut recorded = self.recorded;
        let unread = &mut self.unread;
        let (registry, number, started) = (self.registry, self.number, self.started);
        lease.write("a crawl", |transaction| {
            let mut work = Transaction::new(transaction, registry, number, started)?;
            work.totals = totals.clone();
            work.recorded = recorded;
            for finding in batch {
                work.apply(finding, unread)?;
            }
            totals = work.totals.clone();
            recorded = work.recorded;
            work.close()
        })?;
        self.totals = totals;
        self.recorded = recorded;
        self.uncatalogued |= batch
            .iter()
            .any(|finding| matches!(finding, Finding::Uncatalogued { .. }));
        Ok(())
    }

    /// Ends the crawl and returns its record.
    pub fn finish(mut self, summary: &Summary) -> Result<CrawlRecord, StoreError> {
        let traffic = &summary.progress.traffic;
        let millis = u64::try_from(summary.elapsed.as_millis()).unwrap_or(u64::MAX);
        self.totals.elapsed_ms = Some(millis);
        self.totals.outcome = Some(summary.outcome.into());
        self.totals.requests = traffic.requests;
        self.totals.bytes_received = traffic.bytes_received;
        self.totals.retries = traffic.retries;
        let (registry, number, started) = (self.registry, self.number, self.started);
        let unconfirmed = self.uncatalogued && summary.outcome != Outcome::Cancelled;
        self.store.lease.write("a crawl", |transaction| {
            if unconfirmed {
                mark_unconfirmed(transaction, registry, started)?;
            }
            if let Some(memory) = &summary.memory {
                let mut registries = transaction.open_table(REGISTRIES)?;
                let mut row = existing(&registries, registry)?;
                remember(&mut row, memory);
                let value = row::encode("registries", &row)?;
                registries.insert(registry.0, value.as_slice())?;
            }
            let mut crawls = transaction.open_table(CRAWLS)?;
            let totals = row::encode("crawls", &self.totals)?;
            crawls.insert(key::crawl(registry, number).as_slice(), totals.as_slice())?;
            let mut failures = transaction.open_table(FAILURES)?;
            for (table, kept) in [(&mut crawls, KEPT.0), (&mut failures, KEPT.1)] {
                let oldest = key::crawl(registry, number.saturating_sub(kept) + 1);
                let first = key::of_registry(registry);
                table.retain_in(first.as_slice()..oldest.as_slice(), |_, _| false)?;
            }
            Ok(())
        })?;
        self.store.compact_after(&self.totals, registry)?;
        Ok(self.totals.clone().into_record(number, false))
    }
}

impl Store {
    fn compact_after(&self, totals: &CrawlRow, registry: RegistryId) -> Result<(), StoreError> {
        let changed = totals.new + totals.gone + totals.moved;
        if changed < COMPACT.0 {
            return Ok(());
        }
        let images = self.lease.read(|transaction| {
            let table = transaction.open_table(REGISTRIES)?;
            Ok(existing(&table, registry)?.images)
        })?;
        if changed.saturating_mul(COMPACT.1) >= images.unwrap_or(0) {
            self.lease.compact();
        }
        Ok(())
    }
}

/// Without a list of repositories, those that this crawl did not list themselves could not
/// be confirmed: they stay, stale.
fn mark_unconfirmed(
    transaction: &WriteTransaction,
    registry: RegistryId,
    started: i64,
) -> Result<(), InnerError> {
    let mut table = transaction.open_table(REPOSITORIES)?;
    let mut stale = Vec::new();
    for entry in below(&table, &key::of_registry(registry))? {
        let (key, value) = entry?;
        let mut row: RepositoryRow = row::decode("repositories", value.value())?;
        if row.listed_at != Some(started) && row.stale_since.is_none() {
            row.stale_since = Some(started);
            stale.push((key.value().to_vec(), row::encode("repositories", &row)?));
        }
    }
    for (key, value) in stale {
        table.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(())
}
