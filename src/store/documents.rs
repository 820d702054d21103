//! Manifests and configurations as they came, kept beside the inventory for the day on
//! which the registry does not answer: `documents/sha256/ab/ab12…`, one file a document.
//!
//! What has a digest never changes: a file is written once, whole, under another name and
//! renamed; what is read is compared with its digest, and goes where it has another. All of
//! them together have a bound, and the least recently used go first. What was used when is
//! counted, not timed: the count stands in one small file, which is locked while anything is
//! written, and each document carries the count of its last use as its time. Clocks that go
//! back, or differ between hosts that share a state, do not matter.
//!
//! Everything here is a courtesy: what cannot be kept is read again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Access, Store, private_directory};
use crate::model::{Algorithm, Digest};

/// Most bytes of all documents together.
const BOUND: u64 = 64 << 20;
/// Most bytes of one document.
const LARGEST: usize = 4 << 20;
/// The directory of them all, in the state directory.
const NAME: &str = "documents";
/// The file of the count.
const COUNT: &str = "count";
/// How the names of files begin that are being written.
const FRESH: &str = ".new-";
/// How often a lock is tried that somebody else has.
const TRIES: u32 = 200;

/// The kept documents of one state directory. Processes share them.
#[derive(Clone, Debug)]
pub struct Documents {
    directory: PathBuf,
    access: Access,
    bound: u64,
}

/// What became of a document that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    Yes,
    /// It is not: nothing may be written.
    ReadOnly,
    /// It is not: it is larger than what is kept.
    TooLarge,
    /// It is not: it cannot be compared with its digest.
    Unproven,
}

/// The count of uses, and about how many bytes there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    uses: u64,
    bytes: u64,
}

/// The right to write, until it is dropped.
struct Turn {
    file: File,
    count: Count,
}

impl Store {
    /// The kept documents of this state.
    pub fn documents(&self) -> Documents {
        Documents {
            directory: self.directory.join(NAME),
            access: self.lease.access(),
            bound: BOUND,
        }
    }
}

impl Documents {
    /// The document of this digest; `None` where it is not kept, or is no longer what it
    /// was. This use of it counts.
    pub fn read(&self, digest: &Digest) -> Option<Vec<u8>> {
        let path = self.path(digest)?;
        let mut bytes = Vec::new();
        let most = LARGEST as u64 + 1;
        let read = File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        let is_damaged = match read {
            Ok(_) => digest.matches(&bytes) != Some(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_) => true,
        };
        if self.access == Access::ReadWrite {
            if is_damaged {
                // Whoever reads it next finds none, too, if it cannot go.
                let _ = std::fs::remove_file(&path);
                tracing::warn!(%digest, "a kept document was damaged and is read again");
            } else if let Err(error) = self.used(&path) {
                tracing::debug!(%error, "the use of a document was not counted");
            }
        }
        (!is_damaged).then_some(bytes)
    }

    /// Whether the document of this digest is there, damaged or not.
    pub fn has(&self, digest: &Digest) -> bool {
        self.path(digest).is_some_and(|path| path.is_file())
    }

    /// Keeps a document, and lets those go that were used least recently where there are
    /// too many.
    ///
    /// # Errors
    ///
    /// Where the host does not let it be written.
    pub fn keep(&self, digest: &Digest, bytes: &[u8]) -> io::Result<Kept> {
        let Some(path) = self.path(digest) else {
            return Ok(Kept::Unproven);
        };
        if self.access == Access::ReadOnly {
            return Ok(Kept::ReadOnly);
        }
        if bytes.len() > LARGEST {
            return Ok(Kept::TooLarge);
        }
        if digest.matches(bytes) != Some(true) {
            return Ok(Kept::Unproven);
        }
        let mut turn = self.turn()?;
        if !path.is_file() {
            // Counted before it is there: who is killed in between counts too much, which
            // is mended by the next look at them all.
            turn.count.bytes = turn.count.bytes.saturating_add(bytes.len() as u64);
            turn.write()?;
            let folder = path.parent().unwrap_or(&self.directory);
            private_directory(folder)?;
            let mut fresh = tempfile::Builder::new()
                .prefix(FRESH)
                .tempfile_in(&self.directory)?;
            fresh.write_all(bytes)?;
            fresh.persist(&path).map_err(|error| error.error)?;
        }
        turn.stamp(&path)?;
        if turn.count.bytes > self.bound {
            self.make_room(&mut turn)?;
        }
        turn.write()?;
        Ok(Kept::Yes)
    }

    /// Lets a document go that should not have been kept.
    ///
    /// # Errors
    ///
    /// Where it is there and the host does not let it be removed.
    pub fn forget(&self, digest: &Digest) -> io::Result<()> {
        let path = self.path(digest);
        match path
            .filter(|_| self.access == Access::ReadWrite)
            .map(std::fs::remove_file)
        {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Counts a use of what is kept in `path`.
    fn used(&self, path: &Path) -> io::Result<()> {
        let mut turn = self.turn()?;
        turn.stamp(path)?;
        turn.write()
    }

    /// Where the document of this digest is kept; none of a digest that is not computed
    /// here.
    fn path(&self, digest: &Digest) -> Option<PathBuf> {
        let algorithm = match digest.algorithm()? {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        };
        let text = digest.to_string();
        let (_, encoded) = text.split_once(':')?;
        let start = encoded.get(..2)?;
        Some(self.directory.join(algorithm).join(start).join(encoded))
    }

    /// Waits for the right to write, for a moment.
    fn turn(&self) -> io::Result<Turn> {
        private_directory(&self.directory)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(self.directory.join(COUNT))?;
        let mut tries = 0;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(
                        io::ErrorKind::WouldBlock,
                        "another process keeps the documents locked",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let mut text = String::new();
        let read = (&mut file).take(100).read_to_string(&mut text);
        let count = match read.ok().and_then(|_| Count::parse(&text)) {
            Some(count) => count,
            // It was never written, or is no longer what it was: they are counted anew.
            None => self.look()?.1,
        };
        Ok(Turn { file, count })
    }

    /// Lets the least recently used go until an eighth of the room is free.
    fn make_room(&self, turn: &mut Turn) -> io::Result<()> {
        let (mut all, count) = self.look()?;
        turn.count.bytes = count.bytes;
        all.sort_unstable_by_key(|one| one.used);
        let enough = self.bound - self.bound / 8;
        for one in all {
            if turn.count.bytes <= enough {
                break;
            }
            std::fs::remove_file(&one.path)?;
            turn.count.bytes = turn.count.bytes.saturating_sub(one.bytes);
        }
        Ok(())
    }

    /// Everything that is kept, and its count. What somebody was writing who is gone, goes.
    fn look(&self) -> io::Result<(Vec<Entry>, Count)> {
        let mut found = Vec::new();
        let mut count = Count::default();
        let mut folders = vec![self.directory.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, facts) = (entry.path(), entry.metadata()?);
                if facts.is_dir() {
                    folders.push(path);
                } else if entry.file_name().to_string_lossy().starts_with(FRESH) {
                    // Nobody writes but who has the turn.
                    let _ = std::fs::remove_file(&path);
                } else if folder != self.directory {
                    let used = facts.modified()?.duration_since(UNIX_EPOCH);
                    let used = used.map_or(0, |since| since.as_secs());
                    count.uses = count.uses.max(used);
                    count.bytes = count.bytes.saturating_add(facts.len());
                    let bytes = facts.len();
                    found.push(Entry { path, used, bytes });
                }
            }
        }
        Ok((found, count))
    }
}

/// A kept document.
struct Entry {
    path: PathBuf,
    /// The count of its last use.
    used: u64,
    bytes: u64,
}

impl Count {
    fn parse(text: &str) -> Option<Self> {
        let (uses, bytes) = text.trim_end().split_once(' ')?;
        Some(Self {
            uses: uses.parse().ok()?,
            bytes: bytes.parse().ok()?,
        })
    }
}

impl Turn {
    /// Marks what is in `path` as used last.
    fn stamp(&mut self, path: &Path) -> io::Result<()> {
        self.count.uses += 1;
        let used: SystemTime = UNIX_EPOCH + Duration::from_secs(self.count.uses);
        OpenOptions::new()
            .write(true)
            .open(path)?
            .set_modified(used)
    }

    fn write(&mut self) -> io::Result<()> {
        let Count { uses, bytes } = self.count;
        self.file.rewind()?;
        // Of one length, so that no cut leaves a part of the one before.
        writeln!(self.file, "{uses:020} {bytes:020}")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started has the file, too.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(folder: &Path, bound: u64) -> Documents {
        Documents {
            directory: folder.join(NAME),
            access: Access::ReadWrite,
            bound,
        }
    }

    /// A document of so many bytes.
    fn made(seed: u8, len: usize) -> (Digest, Vec<u8>) {
        let bytes = vec![seed; len];
        (Digest::sha256(&bytes), bytes)
    }

    fn keep(into: &Documents, seed: u8) {
        let (digest, bytes) = made(seed, 100);
        assert_eq!(into.keep(&digest, &bytes).unwrap(), Kept::Yes);
    }

    /// Which of the first ten are kept.
    fn kept(in_them: &Documents) -> Vec<u8> {
        let is_kept = |seed: &u8| in_them.has(&made(*seed, 100).0);
        (0..10).filter(is_kept).collect()
    }

    fn count(of: &Documents) -> Count {
        let text = std::fs::read_to_string(of.directory.join(COUNT)).unwrap();
        Count::parse(&text).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path(), 1000);
        let (digest, bytes) = made(1, 100);
        assert_eq!(documents.read(&digest), None);
        assert!(!folder.path().join(NAME).exists(), "a look makes nothing");
        keep(&documents, 1);
        keep(&documents, 1);
        assert_eq!(documents.read(&digest).as_ref(), Some(&bytes));
        assert_eq!(count(&documents).bytes, 100, "once");
        let long = Digest::compute(Algorithm::Sha512, &bytes);
        assert_eq!(documents.keep(&long, &bytes).unwrap(), Kept::Yes);
        assert_eq!(documents.read(&long), Some(bytes));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| {
                let facts = std::fs::metadata(path).unwrap();
                facts.permissions().mode() & 0o777
            };
            let path = documents.path(&digest).unwrap();
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(&documents.directory.join(COUNT)), 0o600);
            assert!(path.ancestors().take(4).skip(1).all(|p| mode(p) == 0o700));
        }
    }

    #[test]
    fn what_cannot_be_proven_or_is_too_large_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path(), u64::MAX);
        let (digest, _) = made(1, 100);
        let other: Digest = "blake3:aabbcc".parse().unwrap();
        for (digest, bytes, wanted) in [
            (&digest, vec![2; 100], Kept::Unproven),
            (&other, vec![1; 100], Kept::Unproven),
            (&digest, vec![1; LARGEST + 1], Kept::TooLarge),
        ] {
            assert_eq!(documents.keep(digest, &bytes).unwrap(), wanted);
            assert_eq!(documents.read(digest), None);
        }
        let read_only = Documents {
            access: Access::ReadOnly,
            ..documents
        };
        let (digest, bytes) = made(1, 100);
        assert_eq!(read_only.keep(&digest, &bytes).unwrap(), Kept::ReadOnly);
        assert!(!read_only.directory.exists());
    }

    #[test]
    fn the_least_recently_used_go_where_there_is_no_more_room() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path(), 400);
        for seed in [3, 2, 1, 0] {
            keep(&documents, seed);
        }
        // The oldest is used again.
        assert!(documents.read(&made(3, 100).0).is_some());
        keep(&documents, 4);
        assert_eq!(kept(&documents), [0, 3, 4], "an eighth of the room is free");
        assert_eq!(count(&documents).bytes, 300);
        // Whoever may write nothing uses nothing up.
        let read_only = Documents {
            access: Access::ReadOnly,
            ..documents.clone()
        };
        assert!(read_only.read(&made(0, 100).0).is_some());
        keep(&documents, 5);
        keep(&documents, 6);
        assert_eq!(kept(&documents), [4, 5, 6]);
    }

    #[test]
    fn a_lost_count_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path(), 300);
        for seed in [2, 1, 0] {
            keep(&documents, seed);
        }
        let before = count(&documents);
        for damage in ["", "7", "x y", "99999999999999999999999999 1"] {
            std::fs::write(documents.directory.join(COUNT), damage).unwrap();
            assert!(documents.read(&made(2, 100).0).is_some());
            assert_eq!(count(&documents).bytes, before.bytes, "{damage:?}");
        }
        assert!(count(&documents).uses > before.uses);
        keep(&documents, 4);
        assert_eq!(kept(&documents), [2, 4]);
        // What somebody was writing who was killed.
        let left = documents.directory.join(".new-x");
        std::fs::write(&left, "half").unwrap();
        std::fs::write(documents.directory.join(COUNT), "").unwrap();
        keep(&documents, 4);
        assert!(!left.exists());
    }

    #[test]
    fn a_damaged_document_is_none_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let documents = documents(folder.path(), 1000);
        let (digest, bytes) = made(1, 100);
        for damage in [&b""[..], &bytes[1..], &[1; 101], &[2; 100]] {
            keep(&documents, 1);
            std::fs::write(documents.path(&digest).unwrap(), damage).unwrap();
            let read_only = Documents {
                access: Access::ReadOnly,
                ..documents.clone()
            };
            assert_eq!(read_only.read(&digest), None);
            assert!(documents.has(&digest), "who may not write removes nothing");
            assert_eq!(documents.read(&digest), None);
            assert!(!documents.has(&digest));
        }
        keep(&documents, 1);
        assert_eq!(documents.read(&digest), Some(bytes));
    }

    #[test]
    fn several_may_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<_> = (0..4)
            .map(|_| documents(folder.path(), 1_000_000))
            .collect();
        std::thread::scope(|scope| {
            for (at, documents) in (0..).zip(&all) {
                scope.spawn(move || {
                    for seed in 0..20 {
                        keep(documents, seed + 10 * at);
                        assert!(documents.read(&made(seed + 10 * at, 100).0).is_some());
                    }
                });
            }
        });
        // 0 to 49, each once.
        assert_eq!(
            count(&all[0]),
            Count {
                uses: 160,
                bytes: 5000
            }
        );
        assert_eq!(all[0].look().unwrap().1.bytes, 5000);
    }
}
