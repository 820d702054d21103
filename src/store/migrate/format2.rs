//! From format 2, which wrote changes by their crawl alone, one a row, did not say which
//! configuration an image has, and knew no decisions.

use std::collections::BTreeMap;

use redb::{Database, ReadTransaction, ReadableTable as _, WriteTransaction};
use serde::Deserialize;

use crate::model::{RegistryId, RepositoryName, What};
use crate::store::error::InnerError;
use crate::store::history::{append_changes, crawl_row};
use crate::store::read::{below, name_behind};
use crate::store::roots::{self, Registries};
use crate::store::row::{self, LookupRow, NameRow, RegistryRow, RepositoryRow};
use crate::store::schema::{
    self, CHANGES, CONTENTS, CRAWLS, FAILURES, IMAGES, LAYERS, LOOKUPS, NAMES, REPOSITORIES, TAGS,
};
use crate::store::sum::{self, Rows};
use crate::store::{digests, key, lookups};

/// A change as format 2 wrote it. Frozen.
#[derive(Deserialize)]
struct ChangeRow {
    repository: RepositoryName,
    what: What,
}

/// Writes everything of an inventory of format 2 into an empty one of this format.
pub(super) fn migrate(old: &ReadTransaction, new: &Database) -> Result<(), InnerError> {
    let transaction = new.begin_write()?;
    schema::create(&transaction)?;
    for table in [TAGS, LAYERS, CRAWLS, FAILURES] {
        let mut to = transaction.open_table(table)?;
        for entry in old.open_table(table)?.iter()? {
            let (key, value) = entry?;
            to.insert(key.value(), value.value())?;
        }
    }
    let mut contents = transaction.open_table(CONTENTS)?;
    for entry in old.open_table(CONTENTS)?.iter()? {
        let (key, value) = entry?;
        let mut value = sum::open("contents", key.value(), value.value())?.to_vec();
        value.push(NO_CONFIG);
        let value = sum::seal("contents", key.value(), value);
        contents.insert(key.value(), value.as_slice())?;
    }
    drop(contents);
    for mut row in roots::read_all(old)? {
        repositories(old, &transaction, &mut row)?;
        lookups(old, &transaction, &mut row)?;
        Registries::open(&transaction)?.restore(row)?;
    }
    Registries::open(&transaction)?.reserve(roots::next_registry(old)?)?;
    transaction.commit()?;
    Ok(())
}

/// Writes the repositories of a registry and their images.
fn repositories(
    old: &ReadTransaction,
    new: &WriteTransaction,
    registry: &mut RegistryRow,
) -> Result<(), InnerError> {
    let id = RegistryId(registry.id);
    let mut repositories = Rows::new("repositories", new.open_table(REPOSITORIES)?);
    let mut images = Rows::new("images", new.open_table(IMAGES)?);
    let old_images = old.open_table(IMAGES)?;
    registry.sum = sum::Sum::default();
    for entry in below(&old.open_table(REPOSITORIES)?, &key::of_registry(id))? {
        let (key, value) = entry?;
        let value = sum::open("repositories", key.value(), value.value())?;
        let mut row: RepositoryRow = row::decode("repositories", value)?;
        let prefix = key::of_repository(id, key::RepositoryId(row.id));
        for entry in below(&old_images, &prefix)? {
            let (key, value) = entry?;
            row.sum.subtract("images", key.value(), value.value());
            let mut value = value.value().to_vec();
            value.push(NO_CONFIG);
            images.insert(&mut row.sum, key.value(), &value)?;
        }
        let value = row::encode("repositories", &row)?;
        let value = sum::seal("repositories", key.value(), value);
        repositories.insert(&mut registry.sum, key.value(), &value)?;
    }
    Ok(())
}

/// What rows of images and of children end in now, where it is not known which their
/// configurations are: postcard's `None`.
const NO_CONFIG: u8 = 0;

/// Writes the changes of a registry, and by what its repositories and digests are found. Its
/// repositories, images and crawls are in the new inventory already.
pub(super) fn lookups(
    old: &ReadTransaction,
    new: &WriteTransaction,
    registry: &mut RegistryRow,
) -> Result<(), InnerError> {
    let id = RegistryId(registry.id);
    let prefix = key::of_registry(id);
    let mut names = BTreeMap::new();
    for entry in below(&new.open_table(REPOSITORIES)?, &prefix)? {
        let (key, value) = entry?;
        let name: RepositoryName = name_behind("repositories", key.value(), &prefix)?;
        let value = sum::open("repositories", key.value(), value.value())?;
        let row: RepositoryRow = row::decode("repositories", value)?;
        names.insert(name, NameRow::new(row.id));
    }
    changes(old, new, registry, &mut names)?;
    let mut lookup = LookupRow::default();
    let mut rows = Rows::new("names", new.open_table(NAMES)?);
    for (name, row) in names {
        let key = key::repository(id, &name);
        let value = sum::seal("names", &key, row::encode("names", &row)?);
        rows.insert(&mut lookup.names, &key, &value)?;
    }
    lookups::put(&mut new.open_table(LOOKUPS)?, id, &lookup)?;
    digests::renew(new, id)
}

fn changes(
    old: &ReadTransaction,
    new: &WriteTransaction,
    registry: &mut RegistryRow,
    names: &mut BTreeMap<RepositoryName, NameRow>,
) -> Result<(), InnerError> {
    let id = RegistryId(registry.id);
    let mut crawls = new.open_table(CRAWLS)?;
    let mut rows = Rows::new("changes", new.open_table(CHANGES)?);
    for number in registry.first_changes..=registry.last_crawl {
        let mut crawl = crawl_row(&crawls, id, number)?;
        crawl.changes_sum = sum::Sum::default();
        let mut by_repository: BTreeMap<RepositoryName, Vec<What>> = BTreeMap::new();
        for entry in below(&old.open_table(CHANGES)?, &key::crawl(id, number))? {
            let (_, value) = entry?;
            let ChangeRow { repository, what } = row::decode("changes", value.value())?;
            by_repository.entry(repository).or_default().push(what);
        }
        for (repository, what) in by_repository {
            let name = names.entry(repository).or_insert_with(|| {
                registry.next_repository += 1;
                NameRow::new(registry.next_repository - 1)
            });
            append_changes(&mut rows, &mut crawl.changes_sum, (id, number), name, &what)?;
        }
        let key = key::crawl(id, number);
        let value = sum::seal("crawls", &key, crawl.to_bytes()?);
        crawls.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(())
}
