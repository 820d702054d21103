//! What of a damaged inventory is still as it was written, registry by registry and
//! repository by repository. What is not is left out, so that the next crawl reads it again.

mod names;

use std::collections::{BTreeMap, HashSet};

use redb::{ReadTransaction, WriteTransaction};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::read::{below, name_behind};
use super::remains::Remains;
use super::roots::{self, Registries};
use super::row::{self, ContentsRow, ImageRow, LayerRow, RegistryRow, RepositoryRow};
use super::schema::{
    CHANGES, CONTENTS, CRAWLS, Definition, FACTS, FAILURES, IMAGES, LAYERS, REGISTRIES,
    REPOSITORIES, TAGS,
};
use super::sum::{self, Rows, Sum};
use super::{digests, verify};
use crate::model::{Kind, Level, RegistryId, RepositoryName};
use names::Names;

type Row = (Vec<u8>, Vec<u8>);

/// The registries' own rows that hold, and whether these are all there are.
pub(super) fn registries(remains: &Remains) -> (bool, Vec<RegistryRow>) {
    if let Some(all) = remains.read(roots::read_all) {
        return (true, all);
    }
    let reached = reach(remains, REGISTRIES, &[]);
    let rows = reached.iter().filter_map(|(_, row)| RegistryRow::read(row));
    let by_number: BTreeMap<u32, RegistryRow> = rows.map(|row| (row.id, row)).collect();
    (false, by_number.into_values().collect())
}

/// What holds of one registry.
pub(super) struct Held {
    /// Its row, with what is lost taken out of it.
    pub(super) row: RegistryRow,
    repositories: Vec<Row>,
    ids: Vec<RepositoryId>,
    names: Names,
    contents: Vec<Row>,
    layers: Vec<Row>,
    /// Images of which something that they refer to does not hold: the next crawl reads
    /// them again.
    pub(super) amended: Vec<Row>,
    /// Whether the records of its crawls hold.
    pub(super) has_history: bool,
    /// Repositories that do not hold, as far as their names are known.
    pub(super) lost: Vec<RepositoryName>,
    /// Repositories that its row counted and that do not hold; `None` where its row does
    /// not hold itself, so that nobody knows.
    pub(super) missing: Option<u64>,
}

impl Held {
    /// Nothing but its settings. `is_proven` where `row` is its row as it was written last.
    pub(super) fn nothing(row: &RegistryRow, is_proven: bool) -> Self {
        let mut bare = RegistryRow::new(row.id);
        bare.revision = row.revision;
        bare.settings.clone_from(&row.settings);
        bare.password.clone_from(&row.password);
        Self {
            row: bare,
            repositories: Vec::new(),
            ids: Vec::new(),
            names: Names::default(),
            contents: Vec::new(),
            layers: Vec::new(),
            amended: Vec::new(),
            has_history: is_proven && row.last_crawl == 0,
            lost: Vec::new(),
            missing: is_proven.then_some(row.repositories),
        }
    }

    /// Sifts what is there of the registry that `was` is the row of, or was once.
    pub(super) fn sift(remains: &Remains, was: &RegistryRow, is_proven: bool) -> Self {
        let id = RegistryId(was.id);
        let prefix = key::of_registry(id);
        let mut held = Self::nothing(was, is_proven);
        let mut known = Known::default();
        for (key, value) in reach(remains, LAYERS, &prefix) {
            if sealed::<LayerRow>("layers", &key, &value).is_some() {
                known.layers.insert(key.clone());
                held.layers.push((key, value));
            }
        }
        for (key, value) in reach(remains, CONTENTS, &prefix) {
            let contents = sealed::<ContentsRow>("contents", &key, &value);
            if contents.is_some_and(|contents| known.has_layers(id, &contents.layers)) {
                known.contents.insert(key.clone());
                held.contents.push((key, value));
            }
        }
        for (key, value) in reach(remains, REPOSITORIES, &prefix) {
            let name = name_behind::<RepositoryName>("repositories", &key, &prefix);
            let row = sealed::<RepositoryRow>("repositories", &key, &value);
            let (Ok(name), Some(mut row)) = (name, row) else {
                continue;
            };
            let sifted = remains.read(|transaction| {
                verify::repository(transaction, id, &row)?;
                known.amend(transaction, id, &mut row)
            });
            match sifted {
                Some(amended) if amended.is_empty() => held.take(&row, key, value),
                Some(amended) => {
                    held.amended.extend(amended);
                    if let Ok(value) = row::encode("repositories", &row) {
                        let value = sum::seal("repositories", &key, value);
                        held.take(&row, key, value);
                    }
                }
                None => held.lost.push(name),
            }
        }
        held.names = Names::sift(remains, id, &held.repositories);
        let next = held.names.next_number();
        held.row.next_repository = held.row.next_repository.max(next);
        if !is_proven {
            return held;
        }
        let missing = was.repositories.saturating_sub(held.row.repositories);
        held.missing = Some(missing);
        if missing == 0 {
            held.row.list = was.list.clone();
        }
        held.row.next_repository = held.row.next_repository.max(was.next_repository);
        held.row.memory = was.memory.clone();
        held.row.opened.clone_from(&was.opened);
        let history = remains.read(|transaction| verify::history(transaction, was));
        held.has_history = history.is_some() && held.names.is_whole;
        if held.has_history {
            held.row.last_crawl = was.last_crawl;
            held.row.first_changes = was.first_changes;
            held.row.changes = was.changes;
        }
        held
    }

    fn take(&mut self, row: &RepositoryRow, key: Vec<u8>, value: Vec<u8>) {
        self.row.sum.add("repositories", &key, &value);
        self.row.repositories += 1;
        self.row.tags += row.tags;
        self.row.images += row.images;
        self.row.unread += row.unread;
        self.row.next_repository = self.row.next_repository.max(row.id.saturating_add(1));
        self.ids.push(RepositoryId(row.id));
        self.repositories.push((key, value));
    }

    /// Writes it into a new inventory.
    pub(super) fn write(
        &self,
        remains: Option<&Remains>,
        target: &WriteTransaction,
        registries: &mut Registries<'_>,
    ) -> Result<(), InnerError> {
        let id = RegistryId(self.row.id);
        let mut ignored = Sum::default();
        for (name, table, rows) in [
            ("repositories", REPOSITORIES, &self.repositories),
            ("contents", CONTENTS, &self.contents),
            ("layers", LAYERS, &self.layers),
        ] {
            let mut to = Rows::new(name, target.open_table(table)?);
            for (key, value) in rows {
                to.insert(&mut ignored, key, value)?;
            }
        }
        if let Some(remains) = remains {
            for repository in &self.ids {
                let prefix = key::of_repository(id, *repository);
                for table in [TAGS, IMAGES, FACTS] {
                    copy(remains, target, table, &prefix)?;
                }
            }
            let mut images = target.open_table(IMAGES)?;
            for (key, value) in &self.amended {
                images.insert(key.as_slice(), value.as_slice())?;
            }
            if self.has_history {
                for table in [CRAWLS, FAILURES, CHANGES] {
                    copy(remains, target, table, &key::of_registry(id))?;
                }
            }
        }
        self.names.write(target, id, self.has_history)?;
        digests::renew(target, id)?;
        registries.restore(self.row.clone())
    }
}

/// What rows of images may refer to.
#[derive(Default)]
struct Known {
    layers: HashSet<Vec<u8>>,
    contents: HashSet<Vec<u8>>,
}

impl Known {
    fn has_layers(&self, id: RegistryId, layers: &[row::LayerKey]) -> bool {
        let mut keys = layers.iter().map(|short| key::layer(id, *short));
        keys.all(|key| self.layers.contains(&key))
    }

    /// The images of a repository that refer to something that is not there, as they are to
    /// be: so that a crawl reads them again. Corrects what the repository's row says of them.
    fn amend(
        &self,
        transaction: &ReadTransaction,
        id: RegistryId,
        repository: &mut RepositoryRow,
    ) -> Result<Vec<Row>, InnerError> {
        let mut amended = Vec::new();
        let images = transaction.open_table(IMAGES)?;
        let prefix = key::of_repository(id, RepositoryId(repository.id));
        for entry in below(&images, &prefix)? {
            let (key, before) = entry?;
            let mut row: ImageRow = row::decode("images", before.value())?;
            let is_read = row.image.kind == Kind::Index && row.image.level == Level::Whole;
            let has_contents = row
                .image
                .runnable()
                .filter(|child| child.size.is_some())
                .all(|child| self.contents.contains(&key::contents(id, &child.digest)));
            let has_layers = self.has_layers(id, &row.layers);
            if has_layers && (has_contents || !is_read) {
                continue;
            }
            if !has_layers {
                row.layers.clear();
                row.image.level = Level::Listed;
            }
            if is_read {
                row.image.level = Level::Manifest;
                repository.unread += 1;
            }
            let value = row::encode("images", &row)?;
            repository
                .sum
                .subtract("images", key.value(), before.value());
            repository.sum.add("images", key.value(), &value);
            amended.push((key.value().to_vec(), value));
        }
        Ok(amended)
    }
}

/// A row with a check word that fits.
fn sealed<T: serde::de::DeserializeOwned>(
    table: &'static str,
    key: &[u8],
    value: &[u8],
) -> Option<T> {
    let value = sum::open(table, key, value).ok()?;
    row::decode(table, value).ok()
}

/// The rows whose keys begin with `prefix`, as far as they can be reached: from the first
/// on to where the table is damaged, and from the last back to there.
fn reach(remains: &Remains, table: Definition, prefix: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    let forth = remains.read(|transaction| {
        for entry in below(&transaction.open_table(table)?, prefix)? {
            let (key, value) = entry?;
            rows.push((key.value().to_vec(), value.value().to_vec()));
        }
        Ok(())
    });
    if forth.is_some() {
        return rows;
    }
    let last = rows.last().map(|(key, _)| key.clone());
    // Where it ends is where it meets damage, or what was reached already.
    let _ = remains.read(|transaction| {
        for entry in below(&transaction.open_table(table)?, prefix)?.rev() {
            let (key, value) = entry?;
            if last.as_deref().is_some_and(|last| key.value() <= last) {
                break;
            }
            rows.push((key.value().to_vec(), value.value().to_vec()));
        }
        Ok(())
    });
    rows
}

/// Copies the rows below `prefix`, which were found to hold.
fn copy(
    remains: &Remains,
    target: &WriteTransaction,
    table: Definition,
    prefix: &[u8],
) -> Result<(), InnerError> {
    let mut to = target.open_table(table)?;
    for (key, value) in reach(remains, table, prefix) {
        to.insert(key.as_slice(), value.as_slice())?;
    }
    Ok(())
}
