//! What nothing refers to any more: contents of children that no index lists, and layers
//! that no manifest has, names of repositories that are gone and that nothing tells of.

use std::collections::HashSet;

use redb::{ReadableTable as _, WriteTransaction};

use super::error::InnerError;
use super::read::below;
use super::roots::Registries;
use super::row::{self, ContentsRow, ImageRow, NameRow};
use super::schema::{CONTENTS, IMAGES, LAYERS, LOOKUPS, NAMES, REPOSITORIES};
use super::{Store, StoreError, digests, key, lookups, sum};
use crate::model::RegistryId;

impl Store {
    /// Removes what nothing in a registry refers to any more.
    pub(super) fn sweep(&self, id: RegistryId) -> Result<(), StoreError> {
        self.lease.write("what is no longer used", |transaction| {
            let prefix = key::of_registry(id);
            let mut children = HashSet::new();
            let mut layers = HashSet::new();
            for entry in below(&transaction.open_table(IMAGES)?, &prefix)? {
                let (_, value) = entry?;
                let row: ImageRow = row::decode("images", value.value())?;
                let digests = row.image.children.iter().map(|child| &child.digest);
                children.extend(digests.map(|digest| key::contents(id, digest)));
                layers.extend(row.layers);
            }
            let mut contents = transaction.open_table(CONTENTS)?;
            let mut unused = Vec::new();
            for entry in below(&contents, &prefix)? {
                let (key, value) = entry?;
                if children.contains(key.value()) {
                    let value = sum::open("contents", key.value(), value.value())?;
                    layers.extend(row::decode::<ContentsRow>("contents", value)?.layers);
                } else {
                    unused.push(key.value().to_vec());
                }
            }
            for key in unused {
                contents.remove(key.as_slice())?;
            }
            let mut table = transaction.open_table(LAYERS)?;
            let mut unused = Vec::new();
            for entry in below(&table, &prefix)? {
                let (key, _) = entry?;
                let short = key.value()[prefix.len()..].first_chunk::<8>();
                if !short.is_some_and(|short| layers.contains(short)) {
                    unused.push(key.value().to_vec());
                }
            }
            for key in unused {
                table.remove(key.as_slice())?;
            }
            unused_names(transaction, id)?;
            digests::renew(transaction, id)
        })
    }
}

/// Removes the names of repositories that are gone, where neither a change that is kept nor a
/// decision tells of them.
fn unused_names(transaction: &WriteTransaction, id: RegistryId) -> Result<(), InnerError> {
    let first = Registries::open(transaction)?.existing(id)?.first_changes;
    let repositories = transaction.open_table(REPOSITORIES)?;
    let mut lookups = transaction.open_table(LOOKUPS)?;
    let mut lookup = lookups::row(&lookups, id)?;
    let mut names = sum::Rows::new("names", transaction.open_table(NAMES)?);
    let mut unused = Vec::new();
    for entry in below(names.table(), &key::of_registry(id))? {
        let (key, value) = entry?;
        let value = sum::open("names", key.value(), value.value())?;
        let row: NameRow = row::decode("names", value)?;
        let is_told = row.last.is_some_and(|(crawl, _)| crawl >= first);
        if !is_told && row.decisions == 0 && repositories.get(key.value())?.is_none() {
            unused.push(key.value().to_vec());
        }
    }
    for key in unused {
        names.remove(&mut lookup.names, &key)?;
    }
    lookups::put(&mut lookups, id, &lookup)
}
