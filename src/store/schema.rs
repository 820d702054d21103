//! Tables and the version of their format.

use redb::{ReadTransaction, Table, TableDefinition, WriteTransaction};

use super::error::InnerError;
use super::{StoreError, key};

type Bytes = &'static [u8];

/// A table of rows with byte keys.
pub(super) type Definition = TableDefinition<'static, Bytes, Bytes>;

/// The file's format, as `format`, and once more with every bit the other way round, as
/// `format-inverted`: the one number that has to be read before there is any sum.
pub(super) const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
/// One row, under [`ROOT`]: what covers all registries.
pub(super) const ROOTS: Definition = TableDefinition::new("roots");
/// The key of the only row in [`ROOTS`].
pub(super) const ROOT: &[u8] = b"root";
/// Registry → settings, state and totals.
pub(super) const REGISTRIES: Definition = TableDefinition::new("registries");
/// Registry, name → repository.
pub(super) const REPOSITORIES: Definition = TableDefinition::new("repositories");
/// Registry, repository, tag → digest.
pub(super) const TAGS: Definition = TableDefinition::new("tags");
/// Registry, repository, digest → image.
pub(super) const IMAGES: Definition = TableDefinition::new("images");
/// Registry, repository, digest → what the registry's listing tells of an image, where it
/// tells anything.
pub(super) const FACTS: Definition = TableDefinition::new("facts");
/// Registry, digest → what a manifest that some index lists holds.
pub(super) const CONTENTS: Definition = TableDefinition::new("contents");
/// Registry, short key → layer.
pub(super) const LAYERS: Definition = TableDefinition::new("layers");
/// Registry, number → crawl.
pub(super) const CRAWLS: Definition = TableDefinition::new("crawls");
/// Registry, crawl, number → failure.
pub(super) const FAILURES: Definition = TableDefinition::new("failures");
/// Registry, crawl, repository's number, number → changes.
pub(super) const CHANGES: Definition = TableDefinition::new("changes");
/// Registry, name → what a repository that is or was there is known by.
pub(super) const NAMES: Definition = TableDefinition::new("names");
/// Registry, number → the beginnings of digests, and the repositories they are in.
pub(super) const DIGESTS: Definition = TableDefinition::new("digests");
/// Registry, repository's number, image or tag → decision.
pub(super) const DECISIONS: Definition = TableDefinition::new("decisions");
/// Registry → what covers its names, digests and decisions.
pub(super) const LOOKUPS: Definition = TableDefinition::new("lookups");

/// The tables with the rows of a registry, all but its own. One that a later version adds
/// needs no other format: it is empty where it is not there.
pub(super) const OF_A_REGISTRY: [Definition; 13] = [
    REPOSITORIES,
    TAGS,
    IMAGES,
    FACTS,
    CONTENTS,
    LAYERS,
    CRAWLS,
    FAILURES,
    CHANGES,
    NAMES,
    DIGESTS,
    DECISIONS,
    LOOKUPS,
];

/// The format this version writes. A change of a row's shape raises it and comes with a
/// migration from the one before (`migrate`).
pub(super) const FORMAT: u32 = 3;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contents {
    /// No tables.
    Nothing,
    /// The format this version writes.
    Current,
    /// The format before it.
    Format2,
    /// The first.
    Format1,
}

impl Contents {
    /// The number of an older format; `None` where it is none.
    pub(super) fn older_format(self) -> Option<u32> {
        match self {
            Self::Format1 => Some(1),
            Self::Format2 => Some(2),
            Self::Nothing | Self::Current => None,
        }
    }
}

/// Makes every table, and says which format they have.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), InnerError> {
    let mut meta = transaction.open_table(META)?;
    meta.insert("format", FORMAT)?;
    meta.insert("format-inverted", !FORMAT)?;
    for table in [ROOTS, REGISTRIES].into_iter().chain(OF_A_REGISTRY) {
        transaction.open_table(table)?;
    }
    super::roots::begin(transaction)
}

/// What the file holds.
///
/// # Errors
///
/// A file that a newer version wrote, or that is no inventory.
pub(super) fn contents(transaction: &ReadTransaction) -> Result<Contents, InnerError> {
    let meta = match transaction.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Contents::Nothing),
        other => other?,
    };
    let number = |key| Ok::<_, InnerError>(meta.get(key)?.map(|found| found.value()));
    match (number("format")?, number("format-inverted")?) {
        (Some(1), None) => Ok(Contents::Format1),
        (Some(2), Some(inverted)) if inverted == !2 => Ok(Contents::Format2),
        (Some(FORMAT), Some(inverted)) if inverted == !FORMAT => Ok(Contents::Current),
        (Some(found), Some(inverted)) if inverted == !found && found > FORMAT => {
            Err(StoreError::Newer {
                path: super::FILE_NAME.into(),
                found,
                known: FORMAT,
            }
            .into())
        }
        _ => Err(InnerError::Damaged { what: "meta" }),
    }
}

/// Removes everything whose key begins with `prefix`.
pub(super) fn remove_below(
    table: &mut Table<'_, Bytes, Bytes>,
    prefix: &[u8],
) -> Result<(), InnerError> {
    match key::behind(prefix) {
        Some(end) => table.retain_in(prefix..end.as_slice(), |_, _| false)?,
        None => table.retain_in(prefix.., |_, _| false)?,
    }
    Ok(())
}
