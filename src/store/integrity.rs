//! Whether the whole file is as it was written: every page against the sum that its parent
//! has of it, and the list of free pages against those that are in use. Writes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{Builder, Database};

use super::StoreError;
use super::lease::{CACHE, Lease};
use super::overlay::Overlay;

/// What a check of the whole file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// Every page is as it was written.
    Sound,
    /// So is what a killed process left; the next writer closes it in order.
    NotClosed,
    /// A page is not as it was written, or the file is none of a database.
    Damaged {
        /// What does not hold.
        reason: String,
    },
}

impl Lease {
    /// Checks the whole file, which takes about as long as reading it. Writers wait
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// What the host refuses, and [`StoreError::Held`]. Damage is an answer.
    pub(super) fn check(&self) -> Result<Integrity, StoreError> {
        let checked = self.guard(|| {
            let (mut database, was_closed) = self.open_overlaid()?;
            let checked = database.check_integrity();
            let is_consistent = checked.map_err(|error| self.refused("checked", error.into()))?;
            Ok(match (is_consistent, was_closed) {
                (true, true) => Integrity::Sound,
                (true, false) => Integrity::NotClosed,
                (false, _) => Integrity::Damaged {
                    reason: "its list of free pages is not as it was written".to_owned(),
                },
            })
        });
        match checked {
            Err(StoreError::Unreadable { reason, .. }) => Ok(Integrity::Damaged { reason }),
            other => other,
        }
    }

    /// The same for who needs it sound.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] where it is damaged, and those of [`Lease::check`].
    pub(super) fn verify(&self) -> Result<(), StoreError> {
        match self.check()? {
            Integrity::Sound | Integrity::NotClosed => Ok(()),
            Integrity::Damaged { reason } => Err(StoreError::Unreadable {
                path: self.path().to_owned(),
                reason,
            }),
        }
    }

    /// The file without a way to write to it: what the library repairs stays in memory. Says
    /// whether it was closed in order. To be used inside a guard.
    pub(super) fn open_overlaid(&self) -> Result<(Database, bool), StoreError> {
        let opened = |error| self.refused("opened", error);
        let len = std::fs::metadata(self.path())
            .map_err(|error| opened(redb::Error::Io(error)))?
            .len();
        if len == 0 {
            // The library would begin a new one.
            return Err(opened(redb::Error::Corrupted("it has no bytes".to_owned())));
        }
        let repairs = Arc::new(AtomicBool::new(false));
        let database = self.turn(|| {
            let told = Arc::clone(&repairs);
            Builder::new()
                .set_cache_size(CACHE)
                .set_repair_callback(move |_| told.store(true, Ordering::SeqCst))
                .create_with_backend(Overlay::open(self.path())?)
        })?;
        Ok((database, !repairs.load(Ordering::SeqCst)))
    }
}
