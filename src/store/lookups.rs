//! What covers the names, digests and decisions of a registry, and what its repositories are
//! known by, those too that are gone.

use std::collections::HashMap;

use redb::{ReadTransaction, ReadableTable, Table, WriteTransaction};

use super::error::InnerError;
use super::key;
use super::read::{below, name_behind};
use super::row::{self, LookupRow, NameRow};
use super::schema::{LOOKUPS, NAMES};
use super::sum::{self, Sum};
use crate::model::{RegistryId, RepositoryName};

type Bytes = &'static [u8];

/// The row of a registry that must be there.
pub(super) fn row(
    lookups: &impl ReadableTable<Bytes, Bytes>,
    id: RegistryId,
) -> Result<LookupRow, InnerError> {
    let key = key::of_registry(id);
    let found = lookups.get(key.as_slice())?;
    let found = found.ok_or(InnerError::Damaged { what: "lookups" })?;
    row::decode("lookups", sum::open("lookups", &key, found.value())?)
}

/// The row of a registry that must be there.
pub(super) fn read(transaction: &ReadTransaction, id: RegistryId) -> Result<LookupRow, InnerError> {
    row(&transaction.open_table(LOOKUPS)?, id)
}

/// Writes the row of a registry.
pub(super) fn put(
    lookups: &mut Table<'_, Bytes, Bytes>,
    id: RegistryId,
    row: &LookupRow,
) -> Result<(), InnerError> {
    let key = key::of_registry(id);
    let value = sum::seal("lookups", &key, row::encode("lookups", row)?);
    lookups.insert(key.as_slice(), value.as_slice())?;
    Ok(())
}

/// Writes the row of a registry that nothing is known of.
pub(super) fn begin(transaction: &WriteTransaction, id: RegistryId) -> Result<(), InnerError> {
    let mut lookups = transaction.open_table(LOOKUPS)?;
    put(&mut lookups, id, &LookupRow::default())
}

/// Walks what the repositories of a registry are known by, in byte order of their names. All
/// of them are compared with what was written.
pub(super) fn each_name(
    transaction: &ReadTransaction,
    id: RegistryId,
    mut each: impl FnMut(RepositoryName, NameRow) -> Result<(), InnerError>,
) -> Result<(), InnerError> {
    let written = read(transaction, id)?.names;
    let names = transaction.open_table(NAMES)?;
    let prefix = key::of_registry(id);
    let mut seen = Sum::default();
    for entry in below(&names, &prefix)? {
        let (key, value) = entry?;
        seen.add("names", key.value(), value.value());
        let name = name_behind("names", key.value(), &prefix)?;
        let value = sum::open("names", key.value(), value.value())?;
        each(name, row::decode("names", value)?)?;
    }
    seen.matches(written, "names")
}

/// The names of a registry's repositories by their numbers.
pub(super) fn by_number(
    transaction: &ReadTransaction,
    id: RegistryId,
) -> Result<HashMap<u32, RepositoryName>, InnerError> {
    let mut names = HashMap::new();
    each_name(transaction, id, |name, row| {
        names.insert(row.id, name);
        Ok(())
    })?;
    Ok(names)
}

/// What one repository is known by; `None` where there never was one of this name.
pub(super) fn name_row(
    transaction: &ReadTransaction,
    id: RegistryId,
    name: &RepositoryName,
) -> Result<Option<NameRow>, InnerError> {
    let key = key::repository(id, name);
    if let Some(found) = transaction.open_table(NAMES)?.get(key.as_slice())? {
        let value = sum::open("names", &key, found.value())?;
        return row::decode("names", value).map(Some);
    }
    // It is not there, or it was not found: a walk over all tells.
    let mut is_there = false;
    each_name(transaction, id, |other, _| {
        is_there |= other == *name;
        Ok(())
    })?;
    if is_there {
        return Err(InnerError::Damaged { what: "names" });
    }
    Ok(None)
}
