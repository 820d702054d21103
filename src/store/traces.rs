//! Registries' rows in the bare bytes of a file that the database library cannot open: each
//! begins with a mark of its own and says whether it is whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::row::{MARK, RegistryRow};

/// Read at once.
const BLOCK: usize = 1 << 20;
/// No row of a registry is longer: what begins in a block ends in it or in the next.
const LONGEST: usize = 256 << 10;

/// The newest row of each registry that is found, by number. One that was removed may be
/// among them: a file keeps what was in it until something else takes the place.
pub(super) fn registries(file: &Path) -> std::io::Result<Vec<RegistryRow>> {
    let mut newest: BTreeMap<u32, RegistryRow> = BTreeMap::new();
    let mut file = File::open(file)?;
    let mut bytes = Vec::new();
    loop {
        let read = file.by_ref().take(BLOCK as u64).read_to_end(&mut bytes)?;
        let is_last = read == 0;
        // A row that begins behind this is looked at with the next block.
        let end = if is_last {
            bytes.len()
        } else {
            bytes.len().saturating_sub(LONGEST)
        };
        let mut at = 0;
        while let Some(found) = bytes.get(at..end).and_then(|bytes| find(bytes, MARK)) {
            at += found;
            if let Some(row) = RegistryRow::read(&bytes[at..]) {
                let known = newest.get(&row.id).map(|known| known.revision);
                if known.is_none_or(|known| known < row.revision) {
                    newest.insert(row.id, row);
                }
            }
            at += 1;
        }
        if is_last {
            return Ok(newest.into_values().collect());
        }
        // What was looked at goes, but for a mark that may lie across the end.
        bytes.drain(..end.saturating_sub(MARK.len()));
    }
}

/// Where `mark` begins in `bytes`.
fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let (first, rest) = mark.split_first()?;
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| byte == first) {
        at += next;
        if bytes[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u32, revision: u64, name: &str) -> Vec<u8> {
        let mut row = RegistryRow::new(id);
        row.revision = revision;
        row.settings.push(("name".to_owned(), name.to_owned()));
        row.write().unwrap()
    }

    #[test]
    fn the_newest_whole_row_of_each_registry_is_found() {
        let mut bytes = vec![b's'; 100];
        let mut damaged = row(2, 9, "damaged");
        damaged[30] ^= 1;
        for part in [row(1, 4, "new"), row(2, 3, "b"), damaged, row(1, 2, "old")] {
            bytes.extend_from_slice(&part);
            bytes.extend_from_slice(b"scrgre");
        }
        // Across the end of a block, at its beginning, and at the very end of the file.
        for (id, at) in [(3, BLOCK - 5), (4, 2 * BLOCK), (5, 3 * BLOCK - LONGEST - 3)] {
            bytes.resize(at, 0);
            bytes.extend_from_slice(&row(id, 1, "far"));
        }
        let last = row(6, 1, "last");
        bytes.resize(3 * BLOCK - last.len(), 0);
        bytes.extend_from_slice(&last);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let found: Vec<(u32, u64)> = registries(file.path())
            .unwrap()
            .iter()
            .map(|row| (row.id, row.revision))
            .collect();
        assert_eq!(found, [(1, 4), (2, 3), (3, 1), (4, 1), (5, 1), (6, 1)]);
    }
}
