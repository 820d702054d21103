//! Everything of a registry compared with what was written.

use std::collections::HashSet;

use redb::ReadTransaction;

use super::error::InnerError;
use super::facts::Facts;
use super::history::{crawl_row, first_crawl, keeps_failures};
use super::key::{self, RepositoryId};
use super::read::{below, each_repository};
use super::row::{self, ContentsRow, ImageRow, LayerRow, RegistryRow, RepositoryRow};
use super::schema::{
    self, CHANGES, CONTENTS, CRAWLS, Contents, DIGESTS, FAILURES, IMAGES, LAYERS, TAGS,
};
use super::sum::{self, Sum};
use super::{Store, StoreError, decisions, lookups, roots};
use crate::model::{RegistryId, RepositoryName};

/// Compares the present of a registry, which a crawl builds on, with what was written: its
/// repositories, tags and images.
pub(super) fn registry(transaction: &ReadTransaction, id: RegistryId) -> Result<(), InnerError> {
    let Some(row) = roots::read(transaction, id)? else {
        return Ok(());
    };
    each_repository(transaction, &row, None, |_, row| {
        repository(transaction, id, &row)?;
        Ok(true)
    })
}

/// Compares the tags and images of one repository with what was written.
pub(super) fn repository(
    transaction: &ReadTransaction,
    id: RegistryId,
    row: &RepositoryRow,
) -> Result<(), InnerError> {
    let prefix = key::of_repository(id, RepositoryId(row.id));
    let mut seen = Sum::default();
    for (name, table) in [("tags", TAGS), ("images", IMAGES)] {
        for entry in below(&transaction.open_table(table)?, &prefix)? {
            let (key, value) = entry?;
            seen.add(name, key.value(), value.value());
        }
    }
    Facts::open(transaction)?.sum(&prefix, &mut seen)?;
    seen.matches(row.sum, "tags and images")
}

/// Compares the past of a registry with what was written: crawls, failures, changes.
pub(super) fn history(transaction: &ReadTransaction, row: &RegistryRow) -> Result<(), InnerError> {
    let id = RegistryId(row.id);
    let crawls = transaction.open_table(CRAWLS)?;
    let failures = transaction.open_table(FAILURES)?;
    let changes = transaction.open_table(CHANGES)?;
    for number in first_crawl(row)..=row.last_crawl {
        let crawl = crawl_row(&crawls, id, number)?;
        let prefix = key::crawl(id, number);
        let sum_of = |name, table| {
            let mut seen = Sum::default();
            for entry in below(table, &prefix)? {
                let (key, value) = entry?;
                seen.add(name, key.value(), value.value());
            }
            Ok::<_, InnerError>(seen)
        };
        if keeps_failures(row, number) {
            sum_of("failures", &failures)?.matches(crawl.failures_sum, "failures")?;
        }
        if number >= row.first_changes {
            sum_of("changes", &changes)?.matches(crawl.changes_sum, "changes")?;
        }
    }
    Ok(())
}

/// Sees that every layer that something of a registry refers to is there, and that each
/// row that is looked up by itself reads as it was written.
fn layers(transaction: &ReadTransaction, row: &RegistryRow) -> Result<(), InnerError> {
    let id = RegistryId(row.id);
    let prefix = key::of_registry(id);
    let mut known = HashSet::new();
    for entry in below(&transaction.open_table(LAYERS)?, &prefix)? {
        let (key, value) = entry?;
        let value = sum::open("layers", key.value(), value.value())?;
        row::decode::<LayerRow>("layers", value)?;
        known.insert(key.value()[prefix.len()..].to_vec());
    }
    let missing = |layers: &[row::LayerKey]| layers.iter().any(|key| !known.contains(&key[..]));
    let damaged = InnerError::Damaged { what: "layers" };
    for entry in below(&transaction.open_table(CONTENTS)?, &prefix)? {
        let (key, value) = entry?;
        let value = sum::open("contents", key.value(), value.value())?;
        if missing(&row::decode::<ContentsRow>("contents", value)?.layers) {
            return Err(damaged);
        }
    }
    for entry in below(&transaction.open_table(IMAGES)?, &prefix)? {
        let (_, value) = entry?;
        if missing(&row::decode::<ImageRow>("images", value.value())?.layers) {
            return Err(damaged);
        }
    }
    Ok(())
}

/// Compares by what the repositories and digests of a registry are found, and what was
/// decided about them, with what was written.
pub(super) fn lookups(transaction: &ReadTransaction, id: RegistryId) -> Result<(), InnerError> {
    let mut decided = 0;
    lookups::each_name(transaction, id, |_, name| {
        decided += decisions::of_repository(transaction, id, &name)?.len() as u64;
        Ok(())
    })?;
    let written = lookups::read(transaction, id)?;
    if decided != written.decisions {
        return Err(InnerError::Damaged { what: "decisions" });
    }
    let mut seen = Sum::default();
    for entry in below(&transaction.open_table(DIGESTS)?, &key::of_registry(id))? {
        let (key, value) = entry?;
        seen.add("digests", key.value(), value.value());
    }
    seen.matches(written.digests, "digests")
}

/// A part of the inventory that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The registries' own rows.
    Registries,
    /// Which repositories a registry has.
    Repositories(RegistryId),
    /// What one repository holds.
    Repository(RegistryId, RepositoryName),
    /// The records of a registry's past crawls.
    History(RegistryId),
    /// The layers of a registry's images.
    Layers(RegistryId),
    /// Decisions about what is in a registry, or by what its repositories and digests are
    /// found.
    Lookups(RegistryId),
}

impl Store {
    /// Compares everything with what was written, and says what is not as it was.
    ///
    /// # Errors
    ///
    /// Where the file itself cannot be read.
    pub fn damages(&self) -> Result<Vec<Damage>, StoreError> {
        let damages = self.lease.read(|transaction| {
            let Ok(rows) = roots::read_all(transaction) else {
                return Ok(vec![Damage::Registries]);
            };
            let mut damages = Vec::new();
            let is_current = schema::contents(transaction)? == Contents::Current;
            for row in &rows {
                let id = RegistryId(row.id);
                let walked = each_repository(transaction, row, None, |name, row| {
                    if repository(transaction, id, &row).is_err() {
                        damages.push(Damage::Repository(id, name));
                    }
                    Ok(true)
                });
                if walked.is_err() {
                    damages.push(Damage::Repositories(id));
                }
                if history(transaction, row).is_err() {
                    damages.push(Damage::History(id));
                }
                if layers(transaction, row).is_err() {
                    damages.push(Damage::Layers(id));
                }
                // The format before had none.
                if is_current && lookups(transaction, id).is_err() {
                    damages.push(Damage::Lookups(id));
                }
            }
            Ok(damages)
        })?;
        Ok(damages.unwrap_or_default())
    }
}
