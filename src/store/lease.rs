//! One transaction at a time: open, work, close, so that several processes take turns.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use redb::{Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::error::InnerError;
use super::{Access, StoreError};

/// How long to try for a turn before giving up.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first and the longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(25));
/// redb's own default is a gigabyte; the system's page cache serves us between turns.
const CACHE: usize = 32 << 20;

/// Turns at one file.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    path: PathBuf,
    access: Access,
    patience: Duration,
}

impl Lease {
    pub(super) fn new(path: PathBuf, access: Access) -> Self {
        Self {
            path,
            access,
            patience: PATIENCE,
        }
    }

    #[cfg(test)]
    pub(super) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file where there is none, for its owner alone. Two processes may try at
    /// once: the second finds it made.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        if std::fs::metadata(&self.path).is_ok_and(|file| file.len() > 0) {
            return Ok(());
        }
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options
            .open(&self.path)
            .map_err(|source| StoreError::File {
                path: self.path.clone(),
                source,
            })?;
        self.turn(|| Builder::new().set_cache_size(CACHE).create(&self.path))?;
        Ok(())
    }

    /// One read transaction. The file is shared with other readers meanwhile. `None` where
    /// there is no inventory yet and none may be made.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, InnerError>,
    ) -> Result<Option<T>, StoreError> {
        if self.access == Access::ReadOnly && !self.path.exists() {
            return Ok(None);
        }
        let open = || {
            Builder::new()
                .set_cache_size(CACHE)
                .open_read_only(&self.path)
        };
        let database = match self.turn(open) {
            Err(StoreError::NeedsRepair { .. }) if self.access == Access::ReadWrite => {
                drop(self.open_for_writing()?);
                self.turn(open)?
            }
            other => other?,
        };
        let transaction = database
            .begin_read()
            .map_err(|error| self.explain("read", error.into()))?;
        work(&transaction)
            .map(Some)
            .map_err(|error| self.explain("read", error))
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
        let database = self.open_for_writing()?;
        self.commit(&database, work)
    }

    /// Gives back what transactions left behind: each writes beside what it replaces, and
    /// the file keeps the holes. Not worth a failure.
    pub(super) fn compact(&self) {
        let done = self
            .open_for_writing()
            .map_err(|error| error.to_string())
            .and_then(|mut database| database.compact().map_err(|error| error.to_string()));
        if let Err(error) = done {
            tracing::debug!(%error, "the inventory was not compacted");
        }
    }

    fn open_for_writing(&self) -> Result<Database, StoreError> {
        self.turn(|| Builder::new().set_cache_size(CACHE).open(&self.path))
    }

    fn commit<T>(
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
    fn turn<D>(&self, open: impl Fn() -> Result<D, DatabaseError>) -> Result<D, StoreError> {
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
                other => {
                    return Err(StoreError::Unreadable {
                        path: self.path.clone(),
                        reason: other.to_string(),
                    });
                }
            }
        }
    }

    fn explain(&self, verb: &'static str, error: InnerError) -> StoreError {
        match error {
            InnerError::Known(error) => *error,
            InnerError::Row { .. } => StoreError::Unreadable {
                path: self.path.clone(),
                reason: error.to_string(),
            },
            InnerError::Redb(_) => StoreError::Transaction {
                path: self.path.clone(),
                verb,
                reason: error.to_string(),
            },
        }
    }
}
