//! What is left of a damaged file, as far as the library opens it. Writes nothing to it.
//!
//! It is opened in one of two ways. First as a killed process would have left it: then the
//! library trusts nothing, holds every page of its two last commits against its sum, and
//! takes the newest that holds; so it does without a damaged head, and without a damaged list
//! of free pages. Else as readers open it: then nothing is proven, and who reads must hold
//! each row against what is known of it.

use redb::{
    Builder, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    StorageBackend,
};

use super::StoreError;
use super::error::InnerError;
use super::guard::guarded;
use super::lease::{CACHE, Lease};
use super::overlay::Overlay;

/// How every file begins (redb's design, "Super-header"): its mark, a byte of flags, two of
/// padding, the size of a page, the pages of a region's head, the most pages of a region. A
/// test holds it to what the library writes.
const HEAD: [u8; 24] = [
    b'r', b'e', b'd', b'b', 0x1A, 0x0A, 0xA9, 0x0D, 0x0A, 0, 0, 0, // the mark, flags, padding
    0x00, 0x10, 0, 0, // 4096
    0, 0, 0, 0, // none
    0x00, 0x00, 0x10, 0, // 1048576
];
const FLAGS: u64 = 9;
/// Which of the two commits is the last.
const PRIMARY: u8 = 1;
/// The file was not closed in order.
const NOT_CLOSED: u8 = 2;

/// See the module.
pub(super) struct Remains {
    opened: Option<Opened>,
    is_whole: bool,
}

enum Opened {
    /// Read from the file.
    AsItIs(ReadOnlyDatabase),
    /// With changes that are in memory alone.
    Overlaid(Database),
}

/// A way to open the file.
type Way<'f> = dyn Fn() -> Result<Opened, DatabaseError> + 'f;

impl Remains {
    /// Opens what `lease` has the turns of; `None` where nothing can be read of it.
    ///
    /// # Errors
    ///
    /// What the host refuses, and [`StoreError::Held`].
    pub(super) fn open(lease: &Lease) -> Result<Option<Self>, StoreError> {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE);
        let as_left_by_a_kill = || {
            let overlay = Overlay::open(lease.path())?;
            if overlay.len()? == 0 {
                // The library would begin a new one.
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            behead(&overlay)?;
            builder.create_with_backend(overlay).map(Opened::Overlaid)
        };
        let as_it_is = || builder.open_read_only(lease.path()).map(Opened::AsItIs);
        let ways: [(&Way<'_>, bool); 2] = [(&as_left_by_a_kill, true), (&as_it_is, false)];
        for (open, is_whole) in ways {
            match lease.guard(|| lease.turn(open)) {
                Ok(opened) => {
                    return Ok(Some(Self {
                        opened: Some(opened),
                        is_whole,
                    }));
                }
                Err(error @ (StoreError::Held { .. } | StoreError::Host { .. })) => {
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Whether every page is proven to be as it was written.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What `work` reads, or `None` where it meets damage.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, InnerError>,
    ) -> Option<T> {
        let opened = self.opened.as_ref()?;
        let inner = || {
            let transaction = match opened {
                Opened::AsItIs(database) => database.begin_read()?,
                Opened::Overlaid(database) => database.begin_read()?,
            };
            work(&transaction)
        };
        guarded(inner).ok()?.ok()
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        let opened = self.opened.take();
        // It closes in memory; over damage that may fail as reading it may.
        let _ = guarded(|| drop(opened));
    }
}

/// Puts the head of a file there that was not closed in order: of the one that is there
/// only which commit is the last is taken over.
fn behead(overlay: &Overlay) -> std::io::Result<()> {
    let mut flags = [0];
    overlay.read(FLAGS, &mut flags)?;
    overlay.write(0, &HEAD)?;
    overlay.write(FLAGS, &[flags[0] & PRIMARY | NOT_CLOSED])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_begins_as_we_believe() {
        let file = tempfile::NamedTempFile::new().unwrap();
        drop(Builder::new().create(file.path()).unwrap());
        let mut bytes = std::fs::read(file.path()).unwrap();
        bytes[usize::try_from(FLAGS).unwrap()] = 0;
        assert_eq!(bytes[..24], HEAD);
    }
}
