//! One transaction at a time: open, work, close, so that several processes take turns.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    WriteTransaction,
};

use super::error::InnerError;
use super::guard::{Panicked, guarded};
use super::{Access, StoreError};

/// How long to try for a turn before giving up.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first and the longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(25));
/// redb's own default is a gigabyte; the system's page cache serves us between turns.
pub(super) const CACHE: usize = 32 << 20;

/// Turns at one file.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    path: PathBuf,
    access: Access,
    /// Whether a file that is not there is an empty inventory, and no failure.
    may_be_absent: bool,
    patience: Duration,
    /// The inventory in this version's format, where the file has an older one and nothing
    /// may be written.
    memory: Option<Arc<Database>>,
}

/// Writes what a file of an older format holds into an empty one of this format.
pub(super) type Migration = fn(&ReadTransaction, &Database) -> Result<(), InnerError>;

impl Lease {
    pub(super) fn new(path: PathBuf, access: Access) -> Self {
        Self {
            path,
            access,
            may_be_absent: access == Access::ReadOnly,
            patience: PATIENCE,
            memory: None,
        }
    }

    /// The same for who only looks: a file that is not there is an empty inventory.
    pub(super) fn existing(mut self) -> Self {
        self.may_be_absent = true;
        self
    }

    #[cfg(test)]
    pub(super) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(super) fn access(&self) -> Access {
        self.access
    }

    /// The same inventory in this version's format, in memory.
    pub(super) fn in_memory(&self, migrate: Migration) -> Result<Self, StoreError> {
        let memory = Builder::new()
            .create_with_backend(InMemoryBackend::new())
            .map_err(|error| self.refused("migrated", error.into()))?;
        self.read(|old| migrate(old, &memory))?;
        Ok(Self {
            memory: Some(Arc::new(memory)),
            ..self.clone()
        })
    }

    /// Brings the file to this version's format. The old one stays as `kept`; until the new
    /// one is whole it is the inventory.
    pub(super) fn replace(&self, kept: &Path, migrate: Migration) -> Result<(), StoreError> {
        let file = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::File { path, source }
        };
        self.guard(|| {
            // Nobody else has it until the new one is in its place.
            let old = self.open_for_writing()?;
            let fresh = super::migrate::unfinished(&self.path);
            remove_if_there(&fresh).map_err(file(&fresh))?;
            Self::make(&fresh)?;
            let new = self.turn(|| Builder::new().set_cache_size(CACHE).create(&fresh))?;
            self.look(&old, |transaction| migrate(transaction, &new))?;
            drop(new);
            remove_if_there(kept).map_err(file(kept))?;
            std::fs::hard_link(&self.path, kept).map_err(file(kept))?;
            std::fs::rename(&fresh, &self.path).map_err(file(&self.path))
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file where there is none, for its owner alone, with what `tables` writes.
    ///
    /// It is made under another name and moved into its place when it is whole, so that what
    /// is found there and is not whole is damaged. Two processes may try at once: the second
    /// finds it made.
    pub(super) fn create(
        &self,
        tables: impl FnOnce(&WriteTransaction) -> Result<(), InnerError>,
    ) -> Result<(), StoreError> {
        if !self.is_absent() {
            return Ok(());
        }
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let failed = |source| StoreError::File {
            path: self.path.clone(),
            source,
        };
        let fresh = tempfile::Builder::new()
            .prefix(&making())
            .tempfile_in(directory)
            .map_err(failed)?;
        self.guard(|| {
            let made = Builder::new().set_cache_size(CACHE).create(fresh.path());
            let database = made.map_err(|error| self.refused("made", error.into()))?;
            self.commit(&database, tables)
        })?;
        match fresh.persist_noclobber(&self.path) {
            Ok(_) => sync_directory(directory),
            // Somebody else was first, and may have cleared ours away.
            Err(_) if !self.is_absent() => {}
            Err(error) => return Err(failed(error.error)),
        }
        clear_away(directory);
        Ok(())
    }

    /// Makes an empty file for its owner alone.
    fn make(path: &Path) -> Result<(), StoreError> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let made = options.open(path);
        made.map(drop).map_err(|source| StoreError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// One read transaction. The file is shared with other readers meanwhile. `None` where
    /// there is no inventory yet and none is to be made.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, InnerError>,
    ) -> Result<Option<T>, StoreError> {
        if let Some(memory) = &self.memory {
            return self.guard(|| self.look(&**memory, work)).map(Some);
        }
        if self.may_be_absent && self.is_absent() {
            return Ok(None);
        }
        let open = || {
            Builder::new()
                .set_cache_size(CACHE)
                .open_read_only(&self.path)
        };
        let value = self.guard(|| match self.turn(open) {
            // Opening to write repairs it. It is read by the same opening: without room on
            // the disk it cannot be closed in order, and would have to be repaired again.
            Err(StoreError::NeedsRepair { .. }) if self.access == Access::ReadWrite => {
                self.look(&self.open_for_writing()?, work)
            }
            database => self.look::<ReadOnlyDatabase, T>(&database?, work),
        });
        value.map(Some)
    }

    /// What `work` returns, a panic of the library being damage of the file.
    pub(super) fn guard<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        guarded(work).unwrap_or_else(|Panicked| {
            Err(StoreError::Unreadable {
                path: self.path.clone(),
                reason: "its pages do not hold together".to_owned(),
            })
        })
    }

    fn look<D: ReadableDatabase, T>(
        &self,
        database: &D,
        work: impl FnOnce(&ReadTransaction) -> Result<T, InnerError>,
    ) -> Result<T, StoreError> {
        let transaction = database
            .begin_read()
            .map_err(|error| self.explain("read", error.into()))?;
        work(&transaction).map_err(|error| self.explain("read", error))
    }

    /// The file's length in bytes; `None` where there is no file.
    pub(super) fn size(&self) -> Result<Option<u64>, StoreError> {
        match std::fs::metadata(&self.path) {
            Ok(file) => Ok(Some(file.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.refused("opened", redb::Error::Io(source))),
        }
    }

    /// Whether there is no file. One without a byte is no new one, but damaged: a new one
    /// gets its name when it is whole.
    fn is_absent(&self) -> bool {
        std::fs::metadata(&self.path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// One durable write transaction. Nobody else has the file meanwhile.
    pub(super) fn write<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&WriteTransaction) -> Result<T, InnerError>,
    ) -> Result<T, StoreError> {
        if self.access == Access::ReadOnly {
            return Err(StoreError::ReadOnly { what });
        }
        self.guard(|| self.commit(&self.open_for_writing()?, work))
    }

    /// Gives back what transactions left behind: each writes beside what it replaces, and
    /// the file keeps the holes. Not worth a failure.
    pub(super) fn compact(&self) {
        let done = self.guard(|| {
            let done = self.open_for_writing()?.compact();
            done.map_err(|error| self.refused("written", error.into()))
        });
        if let Err(error) = done {
            tracing::debug!(%error, "the inventory was not compacted");
        }
    }

    fn open_for_writing(&self) -> Result<Database, StoreError> {
        self.turn(|| Builder::new().set_cache_size(CACHE).open(&self.path))
    }

    pub(super) fn commit<T>(
        &self,
        database: &Database,
        work: impl FnOnce(&WriteTransaction) -> Result<T, InnerError>,
    ) -> Result<T, StoreError> {
        let inner = || {
            let transaction = database.begin_write()?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        inner().map_err(|error| self.explain("written", error))
    }

    /// Tries until the file is free or patience ends. The lock is advisory and has no
    /// queue, so the pause grows, and it differs between processes.
    pub(super) fn turn<D>(
        &self,
        open: impl Fn() -> Result<D, DatabaseError>,
    ) -> Result<D, StoreError> {
        let mut waited = Duration::ZERO;
        let mut pause = PAUSES.0;
        let skew = Duration::from_micros(u64::from(std::process::id() % 1000));
        loop {
            let error = match open() {
                Ok(database) => return Ok(database),
                Err(error) => error,
            };
            match error {
                DatabaseError::DatabaseAlreadyOpen if waited < self.patience => {
                    thread::sleep(pause + skew);
                    waited += pause + skew;
                    pause = (pause * 2).min(PAUSES.1);
                }
                DatabaseError::DatabaseAlreadyOpen => {
                    return Err(StoreError::Held {
                        path: self.path.clone(),
                        waited: self.patience,
                    });
                }
                DatabaseError::RepairAborted => {
                    return Err(StoreError::NeedsRepair {
                        path: self.path.clone(),
                    });
                }
                other => return Err(self.refused("opened", other.into())),
            }
        }
    }

    fn explain(&self, verb: &'static str, error: InnerError) -> StoreError {
        match error {
            InnerError::Known(error) => *error,
            InnerError::Row { .. } | InnerError::Damaged { .. } => StoreError::Unreadable {
                path: self.path.clone(),
                reason: error.to_string(),
            },
            InnerError::Redb(error) => self.refused(verb, *error),
        }
    }

    /// Tells what the file's own bytes prove from what the host refuses: only the first is
    /// damage.
    pub(super) fn refused(&self, verb: &'static str, error: redb::Error) -> StoreError {
        let path = self.path.clone();
        match error {
            redb::Error::Io(source)
                if !matches!(
                    source.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                ) =>
            {
                StoreError::Host { path, verb, source }
            }
            // The bytes are none of an inventory's, or fewer than they say.
            redb::Error::Io(source) => StoreError::Unreadable {
                path,
                reason: source.to_string(),
            },
            // Our tables are all made at once, and always with the same types.
            redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::TableDoesNotExist(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TableIsNotMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. } => StoreError::Unreadable {
                path,
                reason: error.to_string(),
            },
            other => StoreError::Transaction {
                path,
                verb,
                reason: other.to_string(),
            },
        }
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// How the names of files begin that are being made, and are none yet.
pub(super) fn making() -> String {
    format!("{}.new-", super::FILE_NAME)
}

/// Removes what makers left that were killed. Who is still at it finds the inventory made.
fn clear_away(directory: &Path) {
    let making = making();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&making) {
            // A leftover costs nothing but its room.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes a new name in `directory` last through a loss of power, where the system can.
fn sync_directory(directory: &Path) {
    // The file's own bytes are safe already; a name that is lost is made anew.
    let _ = std::fs::File::open(directory).and_then(|directory| directory.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_bytes_prove_is_damage() {
        let io = |kind| redb::Error::Io(io::Error::from(kind));
        for (error, is_damage) in [
            (redb::Error::Corrupted("a checksum differs".into()), true),
            (redb::Error::UpgradeRequired(1), true),
            (io(io::ErrorKind::InvalidData), true),
            (io(io::ErrorKind::UnexpectedEof), true),
            (io(io::ErrorKind::PermissionDenied), false),
            (io(io::ErrorKind::StorageFull), false),
            (io(io::ErrorKind::QuotaExceeded), false),
            (io(io::ErrorKind::FileTooLarge), false),
            (io(io::ErrorKind::ReadOnlyFilesystem), false),
            (io(io::ErrorKind::NotFound), false),
            (io(io::ErrorKind::Other), false),
            // Too many open files, and a device that fails.
            (redb::Error::Io(io::Error::from_raw_os_error(24)), false),
            (redb::Error::Io(io::Error::from_raw_os_error(5)), false),
            (redb::Error::PreviousIo, false),
            (redb::Error::ValueTooLarge(1), false),
        ] {
            let lease = Lease::new("/s/inventory.redb".into(), Access::ReadWrite);
            let told = error.to_string();
            let error = lease.refused("opened", error);
            let hint = error.hint().unwrap();
            assert_eq!(hint.contains("doctor"), is_damage, "{told}: {hint}");
            assert!(error.to_string().contains("`/s/inventory.redb`"), "{error}");
            assert!(error.is_state());
        }
    }

    #[test]
    fn no_other_trouble_tells_anybody_to_discard_anything() {
        let source = || io::Error::from(io::ErrorKind::PermissionDenied);
        let path = || PathBuf::from("/s/inventory.redb");
        for error in [
            StoreError::Held {
                path: path(),
                waited: PATIENCE,
            },
            StoreError::Newer {
                path: path(),
                found: 2,
                known: 1,
            },
            StoreError::NeedsRepair { path: path() },
            StoreError::Directory {
                path: path(),
                source: source(),
            },
            StoreError::File {
                path: path(),
                source: source(),
            },
            StoreError::Transaction {
                path: path(),
                verb: "read",
                reason: String::new(),
            },
        ] {
            let hint = error.hint().unwrap();
            assert!(!hint.contains("doctor") && !hint.contains("anew"), "{hint}");
        }
    }
}
