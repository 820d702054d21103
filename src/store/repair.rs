//! What is lost of a damaged inventory, and how the rest is brought back.
//!
//! A damaged file is never mended in its place. What holds is written into a new file, which
//! then takes the damaged one's name, while the damaged one keeps existing under another.
//! The registries' settings come from the inventory where they are proven to be as they were
//! written, else from the copy that is kept beside it, else from what is found of them in
//! the bytes of the file.

use std::path::{Path, PathBuf};

use redb::{
    Builder, ReadTransaction, ReadableTable, TableDefinition, TableHandle, WriteTransaction,
};

use super::error::InnerError;
use super::integrity::Integrity;
use super::lease::{CACHE, Lease, making};
use super::migrate::{self, format1};
use super::registries::spec_of;
use super::remains::Remains;
use super::roots::Registries;
use super::row::RegistryRow;
use super::schema::{self, Contents, META};
use super::sieve::{self, Held};
use super::{Access, FILE_NAME, History, Store, StoreError, crawl_lock, settings, traces};
use crate::model::{RegistryId, RegistryName, RepositoryName, Timestamp};

/// What a look at the whole inventory found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// Its format, where it can be told.
    pub format: Option<u32>,
    /// Images that hold; `None` in an older format, which is not looked into.
    pub images: Option<u64>,
    /// Whether it is as it was written.
    pub integrity: Integrity,
    /// Where a repair has the registries' settings from.
    pub settings: SettingsSource,
    /// Every registry, and what a repair brings back of it.
    pub registries: Vec<RegistryCheckup>,
}

/// Where the registries' settings are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsSource {
    /// The inventory; they are as they were written.
    Inventory,
    /// The copy beside it.
    Copy,
    /// What is found of them in the bytes of the file. Each is as it was written once;
    /// whether it is the last word, or one of them is missing or was removed, is not known.
    Traces,
    /// Nowhere: they are lost.
    Nowhere,
}

/// A registry of a checked inventory, and what a repair brings back of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryCheckup {
    /// Its name.
    pub name: RegistryName,
    /// Repositories that hold.
    pub repositories: u64,
    /// Images in them.
    pub images: u64,
    /// Repositories that do not hold, which the next crawl reads again; `None` where nobody
    /// knows how many there were.
    pub lost: Option<u64>,
    /// Those of them whose names are known.
    pub lost_names: Vec<RepositoryName>,
    /// Images of which the layers, or what the children of an index hold, are lost. The next
    /// crawl reads these again.
    pub unread: u64,
    /// Whether what its crawls did and found different is lost.
    pub is_history_lost: bool,
}

/// What a repair did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// What was found before.
    pub found: Checkup,
    /// Where the damaged file is now; `None` where there was nothing to repair, or nothing
    /// but to close it in order.
    pub kept_as: Option<PathBuf>,
}

impl Store {
    /// Looks at the whole inventory in `directory` and writes nothing; `None` where there is
    /// none.
    ///
    /// # Errors
    ///
    /// What the host refuses, and [`StoreError::Held`]. Damage is an answer.
    pub fn checkup(directory: &Path) -> Result<Option<Checkup>, StoreError> {
        let lease = Lease::new(directory.join(FILE_NAME), Access::ReadOnly);
        let Some(size) = lease.size()? else {
            return Ok(None);
        };
        let integrity = integrity(directory, &lease)?;
        let remains = Remains::open(&lease)?;
        let found = Found::new(directory, &lease, remains.as_ref());
        Ok(Some(found.checkup(&lease, size, integrity)))
    }

    /// Brings a damaged inventory in `directory` back: what holds of it, and the registries'
    /// settings. `now` names the damaged file. `None` where there is no inventory.
    ///
    /// # Errors
    ///
    /// [`StoreError::CrawlRunning`] while a registry is crawled, [`StoreError::Held`], and
    /// what the host refuses. The inventory is then as it was.
    pub fn repair(directory: &Path, now: Timestamp) -> Result<Option<Repair>, StoreError> {
        let lease = Lease::new(directory.join(FILE_NAME), Access::ReadOnly);
        let Some(size) = lease.size()? else {
            return Ok(None);
        };
        let integrity = integrity(directory, &lease)?;
        // As long as these live, no writer has the file.
        let remains = Remains::open(&lease)?;
        let found = Found::new(directory, &lease, remains.as_ref());
        let checkup = found.checkup(&lease, size, integrity);
        let kept_as = match checkup.integrity {
            Integrity::Sound => None,
            Integrity::NotClosed => {
                drop(remains);
                let lease = Lease::new(directory.join(FILE_NAME), Access::ReadWrite);
                lease.write("its closing", |_| Ok(()))?;
                None
            }
            Integrity::Damaged { .. } => {
                let locks = found.registries.iter().filter_map(|held| {
                    let name = spec_of(&held.row).ok()?.name;
                    let id = RegistryId(held.row.id);
                    Some(crawl_lock::take(directory, id, &name))
                });
                let _locks = locks.collect::<Result<Vec<_>, _>>()?;
                Some(found.rebuild(directory, &lease, remains.as_ref(), now)?)
            }
        };
        Ok(Some(Repair {
            found: checkup,
            kept_as,
        }))
    }
}

/// Whether every page is as it was written, and every row as it was meant.
fn integrity(directory: &Path, lease: &Lease) -> Result<Integrity, StoreError> {
    // What a newer version wrote is that one's to look at, and to repair; and one wait for
    // whoever has it is enough.
    if let Err(error @ (StoreError::Newer { .. } | StoreError::Held { .. })) =
        lease.read(schema::contents)
    {
        return Err(error);
    }
    let pages = lease.check()?;
    if pages == Integrity::Sound && !has_all_rows(directory, lease) {
        return Ok(Integrity::Damaged {
            reason: "its rows are not those that were written".to_owned(),
        });
    }
    Ok(pages)
}

/// Whether all rows of a file whose pages are sound are those that were written. Those of
/// format 1 prove nothing of themselves.
fn has_all_rows(directory: &Path, lease: &Lease) -> bool {
    match lease.read(schema::contents) {
        Ok(Some(Contents::Current | Contents::Format2)) => {
            let store = Store {
                directory: directory.to_owned(),
                lease: lease.clone(),
                history: History::default(),
            };
            store.damages().is_ok_and(|damages| damages.is_empty())
        }
        Ok(_) => true,
        Err(_) => false,
    }
}

/// What was found, before it is told.
struct Found {
    registries: Vec<Held>,
    source: SettingsSource,
    format: Option<u32>,
    /// Whether it is a file of an older format whose pages are proven to be as they were
    /// written: all of its rows are copied as they are.
    is_older: bool,
}

impl Found {
    fn new(directory: &Path, lease: &Lease, remains: Option<&Remains>) -> Self {
        let (is_complete, sound) = remains.map_or((false, Vec::new()), readable);
        let contents = remains.and_then(|remains| remains.read(schema::contents));
        let is_older = contents.is_some_and(|contents| contents.older_format().is_some());
        let (rows, source) = if is_complete {
            (sound.clone(), SettingsSource::Inventory)
        } else if let Some(copy) = settings::read(directory) {
            // Which there are the copy says; what is known of each, its own row.
            let rows = copy.into_iter().map(|row| {
                let own = sound.iter().find(|own| own.id == row.id);
                own.cloned().unwrap_or(row)
            });
            (rows.collect(), SettingsSource::Copy)
        } else {
            let mut rows = traces::registries(lease.path()).unwrap_or_default();
            if contents == Some(Contents::Format1) {
                // Its rows have no mark to be found by.
                let readable =
                    remains.and_then(|remains| remains.read(migrate::registries_of_format1));
                rows = readable.unwrap_or_default();
            }
            rows.retain(|row| spec_of(row).is_ok());
            let source = if rows.is_empty() {
                SettingsSource::Nowhere
            } else {
                SettingsSource::Traces
            };
            (rows, source)
        };
        let sift = |row: &RegistryRow| {
            let own = sound.iter().find(|own| own.id == row.id);
            let is_proven = own.is_some_and(|own| own.revision == row.revision);
            match remains {
                Some(remains) if !is_older => Held::sift(remains, row, is_proven),
                _ => Held::nothing(row, is_proven),
            }
        };
        Self {
            registries: rows.iter().map(sift).collect(),
            source,
            format: match contents {
                Some(Contents::Current) => Some(schema::FORMAT),
                Some(other) => other.older_format(),
                None => None,
            },
            is_older: is_complete && is_older && remains.is_some_and(Remains::is_whole),
        }
    }

    fn checkup(&self, lease: &Lease, size: u64, integrity: Integrity) -> Checkup {
        let registries = self.registries.iter().filter_map(|held| {
            Some(RegistryCheckup {
                name: spec_of(&held.row).ok()?.name,
                repositories: held.row.repositories,
                images: held.row.images,
                lost: if self.is_older { Some(0) } else { held.missing },
                lost_names: held.lost.clone(),
                unread: held.amended.len() as u64,
                is_history_lost: !self.is_older && !held.has_history,
            })
        });
        Checkup {
            path: lease.path().to_owned(),
            size,
            format: self.format,
            images: (!self.is_older).then(|| {
                let images = self.registries.iter().map(|held| held.row.images);
                images.sum()
            }),
            integrity,
            settings: self.source,
            registries: registries.collect(),
        }
    }

    /// Writes a new inventory and puts it in the place of the damaged one. Returns where
    /// that is now.
    fn rebuild(
        &self,
        directory: &Path,
        lease: &Lease,
        remains: Option<&Remains>,
        now: Timestamp,
    ) -> Result<PathBuf, StoreError> {
        let failed = |source| StoreError::File {
            path: directory.to_owned(),
            source,
        };
        let fresh = tempfile::Builder::new()
            .prefix(&making())
            .tempfile_in(directory)
            .map_err(failed)?;
        let older = remains.filter(|_| self.is_older);
        make(lease, fresh.path(), |target| match older {
            Some(older) => copy_all(older, self.format, target),
            None => self.write(remains, target),
        })?;
        let kept_as = spare_name(directory, now);
        // The damaged file has both names until the new one takes the first: at no moment is
        // there no inventory, which another process would make anew.
        std::fs::hard_link(lease.path(), &kept_as)
            .or_else(|_| std::fs::copy(lease.path(), &kept_as).map(|_| ()))
            .map_err(failed)?;
        fresh
            .persist(lease.path())
            .map_err(|error| failed(error.error))?;
        let rows: Vec<_> = self
            .registries
            .iter()
            .map(|held| held.row.clone())
            .collect();
        settings::keep(directory, &rows);
        Ok(kept_as)
    }

    fn write(
        &self,
        remains: Option<&Remains>,
        target: &WriteTransaction,
    ) -> Result<(), InnerError> {
        schema::create(target)?;
        let mut registries = Registries::open(target)?;
        for held in &self.registries {
            held.write(remains, target, &mut registries)?;
        }
        Ok(())
    }
}

/// The registries' rows: whether they are all there and proven, and those that are.
fn readable(remains: &Remains) -> (bool, Vec<RegistryRow>) {
    match remains.read(schema::contents) {
        Some(Contents::Format1) if remains.is_whole() => {
            let rows = remains.read(migrate::registries_of_format1);
            (rows.is_some(), rows.unwrap_or_default())
        }
        _ => sieve::registries(remains),
    }
}

/// Makes a database at `path` with what `work` writes.
fn make(
    lease: &Lease,
    path: &Path,
    work: impl FnOnce(&WriteTransaction) -> Result<(), InnerError>,
) -> Result<(), StoreError> {
    lease.guard(|| {
        let made = Builder::new().set_cache_size(CACHE).create(path);
        let database = made.map_err(|error| lease.refused("made", error.into()))?;
        lease.commit(&database, work)
    })
}

/// Every row of every table of a file of an older format.
fn copy_all(
    older: &Remains,
    format: Option<u32>,
    target: &WriteTransaction,
) -> Result<(), InnerError> {
    let copied = older.read(|source| {
        for table in source.list_tables()? {
            match table.name() {
                "meta" => copy_table(source, target, META)?,
                "registries" if format == Some(1) => {
                    copy_table(source, target, format1::REGISTRIES)?;
                }
                name => {
                    let rows: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(name);
                    copy_table(source, target, rows)?;
                }
            }
        }
        Ok(())
    });
    copied.ok_or(InnerError::Damaged { what: "tables" })
}

fn copy_table<K: redb::Key + 'static, V: redb::Value + 'static>(
    source: &ReadTransaction,
    target: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), InnerError> {
    let from = source.open_table(table)?;
    let mut to = target.open_table(table)?;
    for entry in from.iter()? {
        let (key, value) = entry?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}

/// A name for the damaged file that no file has.
fn spare_name(directory: &Path, now: Timestamp) -> PathBuf {
    let day = now.strftime("%Y-%m-%d");
    let names = (0_u32..).map(|n| match n {
        0 => format!("{FILE_NAME}.damaged-{day}"),
        n => format!("{FILE_NAME}.damaged-{day}.{n}"),
    });
    let mut paths = names.map(|name| directory.join(name));
    paths
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| directory.join(format!("{FILE_NAME}.damaged")))
}
