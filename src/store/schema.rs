//! Tables and the version of their format.

use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::error::InnerError;
use super::{StoreError, key};

type Bytes = &'static [u8];

/// A table of rows, open for writing.
pub(super) type Rows<'t> = Table<'t, Bytes, Bytes>;

/// Facts about the file: `format`, `next-registry`.
pub(super) const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
/// Registry → settings, state and totals.
pub(super) const REGISTRIES: TableDefinition<'_, u32, Bytes> = TableDefinition::new("registries");
/// Registry, name → repository.
pub(super) const REPOSITORIES: TableDefinition<'_, Bytes, Bytes> =
    TableDefinition::new("repositories");
/// Registry, repository, tag → digest.
pub(super) const TAGS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("tags");
/// Registry, repository, digest → image.
pub(super) const IMAGES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("images");
/// Registry, repository, digest → what that index lists.
pub(super) const CHILDREN: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("children");
/// Registry, number → crawl.
pub(super) const CRAWLS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("crawls");
/// Registry, crawl, number → failure.
pub(super) const FAILURES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("failures");

/// The format this version writes. A change of a row's shape raises it and comes with a
/// migration from the one before.
pub(super) const FORMAT: u32 = 1;

/// Makes every table, and says which format they have.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), InnerError> {
    let mut meta = transaction.open_table(META)?;
    if meta.get("format")?.is_none() {
        meta.insert("format", FORMAT)?;
        meta.insert("next-registry", 1)?;
    }
    transaction.open_table(REGISTRIES)?;
    for table in [REPOSITORIES, TAGS, IMAGES, CHILDREN, CRAWLS, FAILURES] {
        transaction.open_table(table)?;
    }
    Ok(())
}

/// Whether the tables have been made; they have not where a process was killed on its
/// very first transaction.
///
/// # Errors
///
/// A file that a newer version wrote, or that is no inventory.
pub(super) fn check_format(transaction: &ReadTransaction) -> Result<bool, InnerError> {
    let meta = match transaction.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(false),
        other => other?,
    };
    match meta.get("format")?.map(|found| found.value()) {
        Some(FORMAT) => Ok(true),
        Some(found) if found > FORMAT => Err(StoreError::Newer {
            path: super::FILE_NAME.into(),
            found,
            known: FORMAT,
        }
        .into()),
        found => Err(InnerError::Row {
            table: "meta",
            reason: format!("its format is {found:?}"),
        }),
    }
}

/// Removes everything whose key begins with `prefix`.
pub(super) fn remove_below(table: &mut Rows<'_>, prefix: &[u8]) -> Result<(), InnerError> {
    match key::behind(prefix) {
        Some(end) => table.retain_in(prefix..end.as_slice(), |_, _| false)?,
        None => table.retain_in(prefix.., |_, _| false)?,
    }
    Ok(())
}
