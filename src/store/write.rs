//! One crawl's way into the inventory: batches in, one durable transaction each.
//! What a finding does to the inventory is in [`super::transaction`].

use std::collections::{HashMap, HashSet};

use super::row::{self, CrawlAdded, CrawlRow};
use super::transaction::Transaction;
use super::{CrawlLock, Store, StoreError, crawl_lock, history, verify};
use crate::model::{
    CrawlRecord, Failure, Finding, Outcome, RegistryId, RegistryName, RepositoryName, Retried,
    Retry, Summary, Tag, Timestamp,
};
use crate::query::{self, ToRetry};

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
    /// What it is confined to, where it is one that reads again what failed.
    retry: Option<RetryAtWork>,
    _lock: CrawlLock,
}

/// A crawl that reads again what failed before it. The failures of that crawl are its own
/// until their repository is listed again, whatever happens to it meanwhile: what is not
/// mended stays failed.
#[derive(Debug)]
struct RetryAtWork {
    only: Vec<RepositoryName>,
    /// The numbers of the failures taken over.
    carried: HashMap<RepositoryName, Vec<u32>>,
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
        self.begin(registry, name, started, None)
    }

    /// Begins a crawl that reads again what failed in the last one. Where that cannot be told
    /// by repositories, it is a crawl of the whole registry like any other.
    ///
    /// # Errors
    ///
    /// As [`Store::begin_crawl`], and [`StoreError::NothingFailed`].
    pub fn begin_retry(
        &self,
        registry: RegistryId,
        name: &RegistryName,
        started: Timestamp,
        retry: &Retry,
    ) -> Result<CrawlWriter, StoreError> {
        self.begin(registry, name, started, Some(retry))
    }

    fn begin(
        &self,
        registry: RegistryId,
        name: &RegistryName,
        started: Timestamp,
        retry: Option<&Retry>,
    ) -> Result<CrawlWriter, StoreError> {
        let lock = crawl_lock::take(&self.directory, registry, name)?;
        self.lease
            .read(|transaction| verify::registry(transaction, registry))?;
        // Nobody else adds a crawl from here on.
        let base = match retry {
            Some(retry) => self.base(registry, name, retry)?,
            None => None,
        };
        let mut totals = CrawlRow::new(row::seconds(started));
        totals.added.retry_of = base.as_ref().map(|base| base.retry_of);
        let (number, totals, retry) = self.lease.write("a crawl", |transaction| {
            let number = history::begin_crawl(transaction, registry)?;
            let mut work = Transaction::new(transaction, registry, number, totals.clone())?;
            let retry = match &base {
                Some(base) => Some(RetryAtWork {
                    only: base.only.clone(),
                    carried: work.carry(&base.failures, base.count)?,
                }),
                None => None,
            };
            Ok((number, work.close()?, retry))
        })?;
        Ok(CrawlWriter {
            store: self.clone(),
            registry,
            number,
            totals,
            unread: HashMap::new(),
            listed: HashSet::new(),
            uncatalogued: false,
            retry,
            _lock: lock,
        })
    }

    /// What a retry begins with; `None` where it has to read the whole registry.
    fn base(
        &self,
        registry: RegistryId,
        name: &RegistryName,
        retry: &Retry,
    ) -> Result<Option<Base>, StoreError> {
        let Some(last) = self.crawls(registry)?.pop() else {
            return Ok(None);
        };
        let failures = self.failures(registry, last.number)?;
        match query::to_retry(&last, &failures, retry) {
            ToRetry::Nothing => Err(StoreError::NothingFailed(name.clone())),
            ToRetry::Whole => Ok(None),
            ToRetry::Only(only) => {
                let whole = last.retry_of.unwrap_or(Retried {
                    number: last.number,
                    started: last.started,
                });
                Ok(Some(Base {
                    retry_of: (whole.number, row::seconds(whole.started)),
                    count: last.failures,
                    failures,
                    only,
                }))
            }
        }
    }
}

/// The crawl whose failures another one reads again.
struct Base {
    /// The last crawl of the whole registry: its number and when it began.
    retry_of: (u64, i64),
    /// The failures, as far as they are kept, and how many there were.
    failures: Vec<Failure>,
    count: u64,
    only: Vec<RepositoryName>,
}

impl CrawlWriter {
    /// The repositories that this crawl is confined to; `None` where it is one of the whole
    /// registry.
    pub fn only(&self) -> Option<&[RepositoryName]> {
        self.retry.as_ref().map(|retry| retry.only.as_slice())
    }

    /// Writes a batch in one durable transaction. When this returns, a killed process
    /// loses none of it.
    pub fn write(&mut self, batch: &[Finding]) -> Result<(), StoreError> {
        let lease = self.store.lease.clone();
        let unread = &mut self.unread;
        let retry = &self.retry;
        let (registry, number) = (self.registry, self.number);
        // A failed transaction leaves the totals as they were, too.
        let totals = self.totals.clone();
        self.totals = lease.write("a crawl", |transaction| {
            let mut work = Transaction::new(transaction, registry, number, totals)?;
            for finding in batch {
                if let Some((retry, name)) = retry.as_ref().zip(closed(finding))
                    && let Some(numbers) = retry.carried.get(name)
                {
                    work.mend(numbers)?;
                }
                work.apply(finding, unread)?;
            }
            work.close()
        })?;
        for finding in batch {
            if let Some((retry, name)) = self.retry.as_mut().zip(closed(finding)) {
                retry.carried.remove(name);
            }
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
        let outcome = match summary.outcome {
            // It did what it was to do, and some of what failed before it was not for it.
            Outcome::Complete if self.retry.is_some() && self.totals.failures > 0 => {
                Outcome::Partial
            }
            outcome => outcome,
        };
        let totals = CrawlRow {
            elapsed_ms: Some(millis(summary.elapsed)),
            outcome: Some(outcome),
            requests: traffic.requests,
            bytes_received: traffic.bytes_received,
            retries: traffic.retries,
            held_ms: millis(traffic.held.total()),
            resume_at: summary.resume_at.map(row::seconds),
            added: CrawlAdded {
                notes: summary.notes.clone(),
                ..self.totals.added.clone()
            },
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

/// The repository whose list this finding closes.
fn closed(finding: &Finding) -> Option<&RepositoryName> {
    match finding {
        Finding::Listed { repository, .. } | Finding::Unlisted { repository, .. } => {
            Some(repository)
        }
        _ => None,
    }
}
