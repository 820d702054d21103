//! The rows of registries, and the one row that covers them all.

use redb::{ReadTransaction, ReadableTable, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::error::InnerError;
use super::row::{self, RegistryRow};
use super::schema::{REGISTRIES, ROOT, ROOTS};
use super::sum::{self, Rows, Sum};
use super::{StoreError, key};
use crate::model::RegistryId;

/// What covers all registries.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Root {
    next_registry: u32,
    /// The sum of the registries' rows.
    registries: Sum,
}

type Bytes = &'static [u8];

fn read_root(roots: &impl ReadableTable<Bytes, Bytes>) -> Result<Root, InnerError> {
    let found = roots.get(ROOT)?;
    let found = found.ok_or(InnerError::Damaged { what: "roots" })?;
    row::decode("roots", sum::open("roots", ROOT, found.value())?)
}

/// Writes the first root.
pub(super) fn begin(transaction: &WriteTransaction) -> Result<(), InnerError> {
    let mut roots = transaction.open_table(ROOTS)?;
    let root = Root {
        next_registry: 1,
        registries: Sum::default(),
    };
    let value = sum::seal("roots", ROOT, row::encode("roots", &root)?);
    roots.insert(ROOT, value.as_slice())?;
    Ok(())
}

fn open(value: &[u8]) -> Result<RegistryRow, InnerError> {
    RegistryRow::read(value).ok_or(InnerError::Damaged { what: "registries" })
}

/// The registries, open for writing.
pub(super) struct Registries<'t> {
    roots: redb::Table<'t, Bytes, Bytes>,
    root: Root,
    rows: Rows<'t>,
}

impl<'t> Registries<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, InnerError> {
        let roots = transaction.open_table(ROOTS)?;
        Ok(Self {
            root: read_root(&roots)?,
            roots,
            rows: Rows::new("registries", transaction.open_table(REGISTRIES)?),
        })
    }

    /// Every registry, by number.
    pub(super) fn all(&self) -> Result<Vec<RegistryRow>, InnerError> {
        all(self.rows.table(), &self.root)
    }

    /// The row of a registry that must be there.
    pub(super) fn existing(&self, id: RegistryId) -> Result<RegistryRow, InnerError> {
        find(self.rows.table(), &self.root, id)?.ok_or_else(|| {
            StoreError::NoSuchRegistry {
                name: format!("number {}", id.0),
                known: String::new(),
            }
            .into()
        })
    }

    /// Adds a registry under the next number.
    pub(super) fn add(&mut self, mut row: RegistryRow) -> Result<RegistryId, InnerError> {
        row.id = self.root.next_registry;
        self.root.next_registry += 1;
        let id = RegistryId(row.id);
        self.put(row)?;
        Ok(id)
    }

    /// Adds a registry under its own number: one that was there before.
    pub(super) fn restore(&mut self, row: RegistryRow) -> Result<(), InnerError> {
        self.root.next_registry = self.root.next_registry.max(row.id.saturating_add(1));
        self.put(row)
    }

    /// Sees that no registry gets a number below `next` any more.
    pub(super) fn reserve(&mut self, next: u32) -> Result<(), InnerError> {
        self.root.next_registry = self.root.next_registry.max(next);
        self.write_root()
    }

    /// Writes a registry's row.
    pub(super) fn put(&mut self, mut row: RegistryRow) -> Result<(), InnerError> {
        row.revision += 1;
        let key = key::of_registry(RegistryId(row.id));
        self.rows
            .insert(&mut self.root.registries, &key, &row.write()?)?;
        self.write_root()
    }

    /// Removes a registry's row.
    pub(super) fn remove(&mut self, id: RegistryId) -> Result<(), InnerError> {
        let key = key::of_registry(id);
        self.rows.remove(&mut self.root.registries, &key)?;
        self.write_root()
    }

    fn write_root(&mut self) -> Result<(), InnerError> {
        let value = sum::seal("roots", ROOT, row::encode("roots", &self.root)?);
        self.roots.insert(ROOT, value.as_slice())?;
        Ok(())
    }
}

fn all(
    rows: &impl ReadableTable<Bytes, Bytes>,
    root: &Root,
) -> Result<Vec<RegistryRow>, InnerError> {
    let mut read = Vec::new();
    let mut seen = Sum::default();
    for entry in rows.iter()? {
        let (key, value) = entry?;
        seen.add("registries", key.value(), value.value());
        read.push(open(value.value())?);
    }
    seen.matches(root.registries, "registries")?;
    Ok(read)
}

fn find(
    rows: &impl ReadableTable<Bytes, Bytes>,
    root: &Root,
    id: RegistryId,
) -> Result<Option<RegistryRow>, InnerError> {
    if let Some(value) = rows.get(key::of_registry(id).as_slice())? {
        let row = open(value.value())?;
        if row.id == id.0 {
            return Ok(Some(row));
        }
    }
    // It is not there, or it was not found: a walk over all tells.
    if all(rows, root)?.iter().any(|row| row.id == id.0) {
        return Err(InnerError::Damaged { what: "registries" });
    }
    Ok(None)
}

/// The number that the next registry gets.
pub(super) fn next_registry(transaction: &ReadTransaction) -> Result<u32, InnerError> {
    Ok(read_root(&transaction.open_table(ROOTS)?)?.next_registry)
}

/// Every registry, by number.
pub(super) fn read_all(transaction: &ReadTransaction) -> Result<Vec<RegistryRow>, InnerError> {
    let root = read_root(&transaction.open_table(ROOTS)?)?;
    all(&transaction.open_table(REGISTRIES)?, &root)
}

/// The row of a registry; `None` where it is not there any more.
pub(super) fn read(
    transaction: &ReadTransaction,
    id: RegistryId,
) -> Result<Option<RegistryRow>, InnerError> {
    let root = read_root(&transaction.open_table(ROOTS)?)?;
    find(&transaction.open_table(REGISTRIES)?, &root, id)
}
