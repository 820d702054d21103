//! Changes, and by what repositories and digests are found.

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Digest, RepositoryName, What};
use crate::store::digests::{self, Entry};
use crate::store::error::InnerError;
use crate::store::history;
use crate::store::key::{self, RepositoryId};
use crate::store::row::{self, NameRow};
use crate::store::sum;

impl Transaction<'_> {
    /// What a repository is known by; a new number where it never was there.
    pub(super) fn name(&mut self, name: &RepositoryName) -> Result<&mut NameRow, InnerError> {
        if !self.named.contains_key(name) {
            let key = key::repository(self.registry, name);
            let found = self.names.table().get(key.as_slice())?;
            let found: Option<NameRow> = found
                .map(|value| row::decode("names", sum::open("names", &key, value.value())?))
                .transpose()?;
            let row = found.unwrap_or_else(|| {
                self.row.next_repository += 1;
                NameRow::new(self.row.next_repository - 1)
            });
            self.named.insert(name.clone(), row);
        }
        let damaged = InnerError::Damaged { what: "names" };
        self.named.get_mut(name).ok_or(damaged)
    }

    /// Records a change.
    pub(super) fn change(&mut self, repository: &RepositoryName, what: What) {
        self.totals.changes += 1;
        self.row.changes += 1;
        if let Some(row) = self.touched.get_mut(repository)
            && let Some(summary) = &mut row.summary
        {
            summary.count(self.number, &what);
        }
        self.changed
            .entry(repository.clone())
            .or_default()
            .push(what);
    }

    /// Writes the changes of this transaction.
    pub(super) fn flush_changes(&mut self) -> Result<(), InnerError> {
        let crawl = (self.registry, self.number);
        for (repository, what) in std::mem::take(&mut self.changed) {
            self.name(&repository)?;
            let sum = &mut self.totals.changes_sum;
            if let Some(name) = self.named.get_mut(&repository) {
                history::append_changes(&mut self.changes, sum, crawl, name, &what)?;
            }
        }
        Ok(())
    }

    /// An image of a repository, or the child of one, has this digest.
    pub(super) fn digest(&mut self, repository: RepositoryId, digest: &Digest) {
        self.fresh_digests.push(Entry::new(digest, repository));
    }

    /// Writes where the digests are that this transaction met first.
    pub(super) fn flush_digests(&mut self) -> Result<(), InnerError> {
        let fresh = std::mem::take(&mut self.fresh_digests);
        digests::append(&mut self.digests, &mut self.lookup, self.registry, fresh)
    }

    /// Writes what repositories are known by, where that changed.
    pub(super) fn flush_names(&mut self) -> Result<(), InnerError> {
        for (name, row) in self.named.drain() {
            let key = key::repository(self.registry, &name);
            let value = sum::seal("names", &key, row::encode("names", &row)?);
            self.names.insert(&mut self.lookup.names, &key, &value)?;
        }
        Ok(())
    }
}
