//! A file of the database that is looked at and never written: what the library writes to
//! it, as when it repairs, stays in memory.
//!
//! The file is locked as readers lock it, so that no writer has it meanwhile.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// What was written is kept in blocks of this many bytes.
const BLOCK: usize = 4096;

/// See the module.
#[derive(Debug)]
pub(super) struct Overlay {
    file: FileBackend,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    len: u64,
    /// Where the file ends for us: what was cut off and grows again is zeros.
    file_end: u64,
    blocks: HashMap<u64, Box<[u8]>>,
}

impl Overlay {
    /// The file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let file = FileBackend::new(File::open(path)?)?;
        let len = file.len()?;
        let written = Written {
            len,
            file_end: len,
            blocks: HashMap::new(),
        };
        Ok(Self {
            file,
            written: Mutex::new(written),
        })
    }

    /// A panic while it was held leaves whole blocks behind.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file itself has there, and zeros behind its end.
    fn read_file(&self, written: &Written, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(written.file_end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (from_file, behind) = out.split_at_mut(there.min(out.len()));
        behind.fill(0);
        self.file.read(offset, from_file)
    }
}

/// The parts of `offset..offset + len` by block: its number, where in it they begin, and how
/// many bytes they have.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let block = BLOCK as u64;
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        // Less than a block, which fits.
        let begin = usize::try_from(at % block).unwrap_or_default();
        let count = (BLOCK - begin).min(len - done);
        done += count;
        (count > 0).then_some((at / block, begin, count))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > written.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_file(&written, offset, out)?;
        if written.blocks.is_empty() {
            return Ok(());
        }
        let mut done = 0;
        for (number, begin, count) in parts(offset, out.len()) {
            if let Some(block) = written.blocks.get(&number) {
                out[done..done + count].copy_from_slice(&block[begin..begin + count]);
            }
            done += count;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written();
        written.len = len;
        written.file_end = written.file_end.min(len);
        let blocks = len.div_ceil(BLOCK as u64);
        written.blocks.retain(|number, _| *number < blocks);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        let mut done = 0;
        for (number, begin, count) in parts(offset, data.len()) {
            if !written.blocks.contains_key(&number) {
                let mut block = vec![0; BLOCK].into_boxed_slice();
                self.read_file(&written, number * BLOCK as u64, &mut block)?;
                written.blocks.insert(number, block);
            }
            if let Some(block) = written.blocks.get_mut(&number) {
                block[begin..begin + count].copy_from_slice(&data[done..done + count]);
            }
            done += count;
        }
        written.len = written.len.max(offset + data.len() as u64);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    // Whoever writes to memory alone shares the file with those who read it.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> (tempfile::NamedTempFile, Overlay) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let overlay = Overlay::open(file.path()).unwrap();
        (file, overlay)
    }

    fn all(overlay: &Overlay) -> Vec<u8> {
        let mut out = vec![0; usize::try_from(overlay.len().unwrap()).unwrap()];
        overlay.read(0, &mut out).unwrap();
        out
    }

    #[test]
    fn it_reads_what_was_written_and_leaves_the_file() {
        let before: Vec<u8> = (0..=250).cycle().take(3 * BLOCK).collect();
        let (file, overlay) = of(&before);
        let mut wanted = before.clone();
        // Across blocks, inside one, behind the end.
        for (at, len) in [(BLOCK - 3, BLOCK + 7), (10, 4), (3 * BLOCK - 2, 100)] {
            let data = vec![0xEE; len];
            overlay.write(at as u64, &data).unwrap();
            wanted.resize(wanted.len().max(at + len), 0);
            wanted[at..at + len].copy_from_slice(&data);
            assert!(all(&overlay) == wanted);
        }
        // Cut off and grown again there are zeros.
        overlay.set_len(BLOCK as u64).unwrap();
        overlay.set_len(2 * BLOCK as u64).unwrap();
        wanted.truncate(BLOCK);
        wanted.resize(2 * BLOCK, 0);
        assert!(all(&overlay) == wanted);
        assert!(overlay.read(2 * BLOCK as u64, &mut [0]).is_err());
        assert!(std::fs::read(file.path()).unwrap() == before);
    }
}
