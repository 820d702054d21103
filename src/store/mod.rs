//! The inventory on disk, in one redb file. The only room that names redb.
//!
//! **How the file is shared.** redb lets one process in at a time, and the TUI, headless
//! crawls and `images` must work on one state side by side. So nobody keeps the file
//! open: each operation opens it, does one transaction and closes it again (`lease`).
//! Readers open it read-only and share it; a writer has it alone for one batch, some tens
//! of milliseconds; who meets it held tries again until its turn comes. A process that is
//! killed leaves a file that the next opening repairs by itself.
//!
//! Opening costs a tenth of a millisecond to read and a few milliseconds to write at a
//! million images, which is less than the commit itself; a daemon that owned the file
//! would save that and be one more thing that can be down.
//!
//! Everything here blocks: asynchronous callers use a blocking thread.

mod children;
mod crawl_lock;
mod decisions;
mod digests;
mod documents;
mod error;
mod facts;
mod guard;
mod history;
mod holders;
mod integrity;
mod key;
mod lease;
mod lookups;
mod migrate;
mod overlay;
mod read;
mod registries;
mod remains;
mod repair;
mod roots;
mod row;
mod scan;
mod schema;
mod settings;
mod sieve;
mod sum;
mod sweep;
#[cfg(test)]
mod tests;
mod traces;
mod transaction;
mod usage;
mod verify;
mod walk;
mod write;

use std::path::{Path, PathBuf};

pub use crawl_lock::CrawlLock;
pub use documents::{Documents, Kept};
pub use error::StoreError;
pub use guard::{is_guarded, pass_over_guarded_panics};
pub use integrity::Integrity;
pub use repair::{Checkup, RegistryCheckup, Repair, SettingsSource};
pub use scan::{Onward, Scanned};
pub use settings::COPY_NAME;
pub use verify::Damage;
pub use write::CrawlWriter;

use crate::model::History;
use lease::Lease;
use schema::Contents;

/// The name of the inventory's file in the state directory.
pub const FILE_NAME: &str = "inventory.redb";

/// Whether anything may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read and write.
    ReadWrite,
    /// Nothing is written, not even to repair.
    ReadOnly,
}

/// The inventory of one state directory. Cheap to clone; holds no file open.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
    lease: Lease,
    history: History,
}

impl Store {
    /// The inventory in `directory`, made where there is none yet (directory 0700, file
    /// 0600).
    ///
    /// # Errors
    ///
    /// [`StoreError::Held`] when others keep it for too long, [`StoreError::Newer`] when
    /// a newer version wrote it, others where it cannot be made, read or repaired.
    pub fn open(directory: &Path, access: Access) -> Result<Self, StoreError> {
        let store = Self {
            directory: directory.to_owned(),
            lease: Lease::new(directory.join(FILE_NAME), access),
            history: History::default(),
        };
        if access == Access::ReadWrite {
            private_directory(directory).map_err(|source| StoreError::Directory {
                path: directory.to_owned(),
                source,
            })?;
            store.lease.create(schema::create)?;
        }
        store.checked()
    }

    /// The inventory in `directory` as far as there is one: where there is none it is
    /// empty, and nothing is made. For commands that have nothing to begin an inventory
    /// with. One that a killed process left is repaired where `access` lets it be.
    ///
    /// # Errors
    ///
    /// Those of [`Store::open`].
    pub fn open_existing(directory: &Path, access: Access) -> Result<Self, StoreError> {
        let store = Self {
            directory: directory.to_owned(),
            lease: Lease::new(directory.join(FILE_NAME), access).existing(),
            history: History::default(),
        };
        store.checked()
    }

    /// Sees that the format is known, and that the tables are there. An inventory of an
    /// older format becomes one of this format; where nothing may be written, in memory.
    fn checked(mut self) -> Result<Self, StoreError> {
        match self.lease.read(schema::contents)? {
            None | Some(Contents::Current) => {}
            Some(Contents::Nothing) => self.lease.write("the first tables", schema::create)?,
            Some(older) if self.lease.access() == Access::ReadOnly => {
                self.lease.verify()?;
                self.lease = self.lease.in_memory(migrate::from(older))?;
            }
            Some(_) => self.migrate()?,
        }
        // An inventory of before there was a copy. Where it cannot be written, who only
        // reads is not bothered with it.
        if self.lease.access() == Access::ReadWrite
            && !settings::path(&self.directory).exists()
            && let Some(all) = self.lease.read(roots::read_all)?
            && !all.is_empty()
        {
            let _ = settings::write(&self.directory, &all);
        }
        Ok(self)
    }

    /// Brings the inventory to this version's format. Two processes may try at once: the
    /// second finds it done.
    fn migrate(&self) -> Result<(), StoreError> {
        let _lock = migrate::lock(&self.directory)?;
        if let Some(older) = self.lease.read(schema::contents)?
            && let Some(format) = older.older_format()
        {
            // What is damaged would become a smaller inventory.
            self.lease.verify()?;
            let kept = self.directory.join(migrate::kept_name(format));
            self.lease.replace(&kept, migrate::from(older))?;
            tracing::info!(kept = %kept.display(), "the inventory has this version's format now");
        }
        Ok(())
    }

    /// The same inventory, of whose past so much is kept.
    pub fn keeping(mut self, history: History) -> Self {
        self.history = history;
        self
    }

    /// The inventory's file, to watch for changes that other processes make.
    pub fn file(&self) -> &Path {
        self.lease.path()
    }
}

/// Makes `directory` for its owner alone. One that is there already is left as it is.
pub fn private_directory(directory: &Path) -> std::io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}
