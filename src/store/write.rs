//! One crawl's way into the inventory: batches in, one durable transaction each.
//! What a finding does to the inventory is in [`super::transaction`].

use std::collections::{HashMap, HashSet};

use super::row::{self, CrawlRow};
use super::transaction::Transaction;
use super::{CrawlLock, Store, StoreError, crawl_lock, history, verify};
use crate::model::{
    CrawlRecord, Finding, Outcome, RegistryId, RegistryName, RepositoryName, Summary, Tag,
    Timestamp,
};

/// Crawls that changed so many images, and so large a share of their registry's, leave
/// holes worth the time it takes to close them: a second for a million images.
const COMPACT: (u64, u64) = (1000, 10);

/// Writes one crawl. Holds the right to crawl its registry until it is dropped.
#[derive(Debug)]
pub struct CrawlWriter {
    store: Store,
    registry: RegistryId,
    number: u64,
    totals: CrawlRow,
    /// Tags that could not be read, of repositories that are not closed yet.
    unread: HashMap<RepositoryName, HashSet<Tag>>,
    /// Repositories whose tags this crawl listed. The time in their rows does not tell:
    /// two crawls may begin within one second.
    listed: HashSet<RepositoryName>,
    /// Whether the list of repositories could not be had.
    uncatalogued: bool,
    _lock: CrawlLock,
}

impl Store {
    /// Begins a crawl: its record is there from now on, without an outcome. What is known
    /// of the registry is checked against what was written first, so that nothing is built
    /// on damage.
    ///
    /// # Errors
    ///
    /// [`StoreError::CrawlRunning`] while another one is at the same registry,
    /// [`StoreError::Unreadable`] where something of it is damaged.
    pub fn begin_crawl(
        &self,
        registry: RegistryId,
        name: &RegistryName,
        started: Timestamp,
    ) -> Result<CrawlWriter, StoreError> {
        let lock = crawl_lock::take(&self.directory, registry, name)?;
        self.lease
            .read(|transaction| verify::registry(transaction, registry))?;
        let started = row::seconds(started);
        let (number, totals) = self.lease.write("a crawl", |transaction| {
            let number = history::begin_crawl(transaction, registry)?;
            let work = Transaction::new(transaction, registry, number, CrawlRow::new(started))?;
            Ok((number, work.close()?))
        })?;
        Ok(CrawlWriter {
            store: self.clone(),
            registry,
            number,
            totals,
            unread: HashMap::new(),
            listed: HashSet::new(),
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
        let unread = &mut self.unread;
        let (registry, number) = (self.registry, self.number);
        // A failed transaction leaves the totals as they were, too.
        let totals = self.totals.clone();
        self.totals = lease.write("a crawl", |transaction| {
            let mut work = Transaction::new(transaction, registry, number, totals)?;
            for finding in batch {
                work.apply(finding, unread)?;
            }
            work.close()
        })?;
        for finding in batch {
            match finding {
                Finding::Listed { repository, .. } => {
                    self.listed.insert(repository.clone());
                }
                Finding::Uncatalogued { .. } => self.uncatalogued = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// Ends the crawl and returns its record. History that is older, or more, than the
    /// store is to keep is let go.
    pub fn finish(self, summary: &Summary) -> Result<CrawlRecord, StoreError> {
        let traffic = &summary.progress.traffic;
        let millis =
            |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let totals = CrawlRow {
            elapsed_ms: Some(millis(summary.elapsed)),
            outcome: Some(summary.outcome),
            requests: traffic.requests,
            bytes_received: traffic.bytes_received,
            retries: traffic.retries,
            held_ms: millis(traffic.held.total()),
            resume_at: summary.resume_at.map(row::seconds),
            ..self.totals.clone()
        };
        let (registry, number) = (self.registry, self.number);
        let unconfirmed = self.uncatalogued && summary.outcome != Outcome::Cancelled;
        let (totals, is_worth_it) = self.store.lease.write("a crawl", |transaction| {
            let mut work = Transaction::new(transaction, registry, number, totals)?;
            if unconfirmed {
                work.mark_unconfirmed(&self.listed)?;
            }
            work.remember(summary.memory.as_ref(), summary.opened.as_ref());
            let is_worth_it = work.churned(COMPACT);
            Ok((work.close()?, is_worth_it))
        })?;
        self.store.trim(registry, self.store.history)?;
        if is_worth_it {
            self.store.sweep(registry)?;
            self.store.lease.compact();
        } else {
            self.store.renew_digests(registry)?;
        }
        Ok(totals.into_record(number, false))
    }
}
