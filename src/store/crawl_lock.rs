//! One crawl of a registry at a time, whichever process does it: a lock on a file beside
//! the inventory, which the system lets go when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::model::{RegistryId, RegistryName};

/// The right to crawl one registry, until it is dropped.
#[derive(Debug)]
pub struct CrawlLock {
    file: File,
}

impl Drop for CrawlLock {
    fn drop(&mut self) {
        // Closing is not enough: a child that is just being started has the file too, until
        // it becomes its own program, and would hold the lock so long.
        let _ = self.file.unlock();
    }
}

fn path(directory: &Path, registry: RegistryId) -> PathBuf {
    directory.join(format!("crawl-{}.lock", registry.0))
}

/// Takes the lock, or says who has it.
pub(super) fn take(
    directory: &Path,
    registry: RegistryId,
    name: &RegistryName,
) -> Result<CrawlLock, StoreError> {
    let path = path(directory, registry);
    let failed = |source| StoreError::File {
        path: path.clone(),
        source,
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&path).map_err(failed)?;
    // Somebody who only asks whether it is held has it for an instant, and so has a process
    // that was just forked from the last holder, until it becomes another program.
    let mut tries = 0;
    let result = loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if tries < 100 => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            other => break other,
        }
    };
    match result {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Who holds it is a courtesy; a name we cannot read is no reason to fail.
            let _ = file.read_to_string(&mut text);
            let holder = text.trim().parse::<u32>();
            return Err(StoreError::CrawlRunning {
                registry: name.clone(),
                holder: holder.map_or_else(|_| "unknown".to_owned(), |pid| pid.to_string()),
            });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(CrawlLock { file })
}

/// Whether somebody crawls the registry now.
pub(super) fn is_held(directory: &Path, registry: RegistryId) -> bool {
    File::open(path(directory, registry)).is_ok_and(|file| {
        let is_held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        // As above.
        let _ = file.unlock();
        is_held
    })
}

/// Removes the lock's file, for a registry that is removed.
pub(super) fn forget(directory: &Path, registry: RegistryId) {
    // A file that stays costs nothing: the number is never given again.
    let _ = std::fs::remove_file(path(directory, registry));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_goes_with_its_holder_although_a_child_has_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let name: RegistryName = "hub".parse().unwrap();
        let take = || take(folder.path(), RegistryId(1), &name);
        let lock = take().unwrap();
        // As a child has it between its start and its program.
        let inherited = lock.file.try_clone().unwrap();
        assert!(is_held(folder.path(), RegistryId(1)));
        assert!(matches!(take(), Err(StoreError::CrawlRunning { .. })));
        drop(lock);
        assert!(!is_held(folder.path(), RegistryId(1)));
        assert!(take().is_ok());
        drop(inherited);
    }
}
