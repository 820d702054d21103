//! What is left of a damaged file, as far as the library opens it. Writes nothing to it.
//!
//! It is opened in two ways. First as a killed process would have left it: then the library
//! trusts nothing, holds every page of its two last commits against its sum, and takes the
//! newest that holds; so it does without a damaged head, and without a damaged list of free
//! pages. Else as its head says, with zeros for what was cut off: then nothing is proven, and
//! who reads must hold each row against what is known of it.

use redb::{Builder, Database, ReadTransaction, ReadableDatabase, StorageBackend};

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
/// Where the head says how many whole regions there are, and how many pages behind them.
const REGIONS: u64 = 24;

/// See the module.
pub(super) struct Remains {
    database: Option<Database>,
    is_whole: bool,
}

impl Remains {
    /// Opens what `lease` has the turns of; `None` where nothing can be read of it.
    ///
    /// # Errors
    ///
    /// What the host refuses, and [`StoreError::Held`].
    pub(super) fn open(lease: &Lease) -> Result<Option<Self>, StoreError> {
        type Prepare = fn(&Overlay) -> std::io::Result<()>;
        let ways: [(Prepare, bool); 2] = [(as_left_by_a_kill, true), (as_its_head_says, false)];
        for (prepare, is_whole) in ways {
            let opened = lease.guard(|| {
                lease.turn(|| {
                    let overlay = Overlay::open(lease.path())?;
                    if overlay.len()? == 0 {
                        return Err(empty().into());
                    }
                    prepare(&overlay)?;
                    Builder::new()
                        .set_cache_size(CACHE)
                        .create_with_backend(overlay)
                })
            });
            match opened {
                Ok(database) => {
                    return Ok(Some(Self {
                        database: Some(database),
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
        let database = self.database.as_ref()?;
        let inner = || work(&database.begin_read()?);
        guarded(inner).ok()?.ok()
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        let database = self.database.take();
        // It closes in memory; over damage that may fail as reading it may.
        let _ = guarded(|| drop(database));
    }
}

fn empty() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}

fn as_left_by_a_kill(overlay: &Overlay) -> std::io::Result<()> {
    let mut flags = [0];
    overlay.read(FLAGS, &mut flags)?;
    overlay.write(0, &HEAD)?;
    overlay.write(FLAGS, &[flags[0] & PRIMARY | NOT_CLOSED])
}

fn as_its_head_says(overlay: &Overlay) -> std::io::Result<()> {
    let mut counts = [0; 8];
    overlay.read(REGIONS, &mut counts)?;
    let [a, b, c, d, e, f, g, h] = counts;
    let regions = u64::from(u32::from_le_bytes([a, b, c, d]));
    let behind = u64::from(u32::from_le_bytes([e, f, g, h]));
    let pages = regions.saturating_mul(1 << 20).saturating_add(behind);
    let len = pages.saturating_add(1).saturating_mul(4096);
    if len > overlay.len()? {
        overlay.set_len(len)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_begins_as_we_believe() {
        let file = tempfile::NamedTempFile::new().unwrap();
        drop(Builder::new().create(file.path()).unwrap());
        let mut bytes = std::fs::read(file.path()).unwrap();
        let pages = bytes.len() / 4096 - 1;
        let at = usize::try_from(REGIONS).unwrap();
        assert_eq!(bytes[at..at + 4], 0_u32.to_le_bytes());
        assert_eq!(
            bytes[at + 4..at + 8],
            u32::try_from(pages).unwrap().to_le_bytes()
        );
        bytes[usize::try_from(FLAGS).unwrap()] = 0;
        assert_eq!(bytes[..24], HEAD);
    }
}
