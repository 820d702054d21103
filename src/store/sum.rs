//! Sums that tell damage from emptiness.
//!
//! redb checks its pages only when a file is repaired. A flipped bit in one of them makes
//! a range end early or a row read differently, and nobody would be told. So all rows of a
//! repository have a sum in the repository's row, all repositories of a registry in the
//! registry's row, all registries in one row, failures and changes of a crawl in the
//! crawl's row: what is read is summed on the way and compared before anybody is told a
//! number. Rows that are looked up one by one end in a check word of their own.

use redb::Table;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::error::InnerError;

/// The sum of a set of rows: the same in whatever order they came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum([u8; 8]);

impl Sum {
    fn by(&mut self, change: impl Fn(u64, u64) -> u64, table: &str, key: &[u8], value: &[u8]) {
        let row = hash(table, key, value);
        self.0 = change(u64::from_le_bytes(self.0), row).to_le_bytes();
    }

    pub(super) fn add(&mut self, table: &str, key: &[u8], value: &[u8]) {
        self.by(u64::wrapping_add, table, key, value);
    }

    pub(super) fn subtract(&mut self, table: &str, key: &[u8], value: &[u8]) {
        self.by(u64::wrapping_sub, table, key, value);
    }

    /// Compares what was read with what was written.
    pub(super) fn matches(self, written: Self, what: &'static str) -> Result<(), InnerError> {
        if self == written {
            Ok(())
        } else {
            Err(InnerError::Damaged { what })
        }
    }
}

/// The table is part of it, so that a row that strayed into another is found.
fn hash(table: &str, key: &[u8], value: &[u8]) -> u64 {
    let key = xxh3_64_with_seed(
        key,
        table.len() as u64 ^ u64::from(table.as_bytes()[0]) << 8,
    );
    xxh3_64_with_seed(value, key)
}

type Bytes = &'static [u8];

/// A table open for writing, whose rows are summed.
pub(super) struct Rows<'t> {
    name: &'static str,
    table: Table<'t, Bytes, Bytes>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(name: &'static str, table: Table<'t, Bytes, Bytes>) -> Self {
        Self { name, table }
    }

    pub(super) fn table(&self) -> &Table<'t, Bytes, Bytes> {
        &self.table
    }

    /// Puts a row in, and returns the one that was there.
    pub(super) fn insert(
        &mut self,
        sum: &mut Sum,
        key: &[u8],
        value: &[u8],
    ) -> Result<Option<Vec<u8>>, InnerError> {
        let before = self.table.insert(key, value)?;
        let before = before.map(|before| before.value().to_vec());
        if let Some(before) = &before {
            sum.subtract(self.name, key, before);
        }
        sum.add(self.name, key, value);
        Ok(before)
    }

    /// Takes a row out, and returns it.
    pub(super) fn remove(
        &mut self,
        sum: &mut Sum,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, InnerError> {
        let before = self.table.remove(key)?;
        let before = before.map(|before| before.value().to_vec());
        if let Some(before) = &before {
            sum.subtract(self.name, key, before);
        }
        Ok(before)
    }

    /// Takes out every row whose key begins with `prefix`. Whoever has their sum goes too,
    /// or begins a new one.
    pub(super) fn remove_below(&mut self, prefix: &[u8]) -> Result<(), InnerError> {
        super::schema::remove_below(&mut self.table, prefix)
    }
}

/// Bytes of a check word.
const WORD: usize = 4;

/// Ends `value` with a check word over it and its key.
pub(super) fn seal(table: &str, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let word = hash(table, key, &value).to_le_bytes();
    value.extend_from_slice(&word[..WORD]);
    value
}

/// The value without its check word, which must fit.
pub(super) fn open<'v>(
    table: &'static str,
    key: &[u8],
    sealed: &'v [u8],
) -> Result<&'v [u8], InnerError> {
    let damaged = InnerError::Damaged { what: table };
    let Some((value, word)) = sealed.split_last_chunk::<WORD>() else {
        return Err(damaged);
    };
    if hash(table, key, value).to_le_bytes()[..WORD] == *word {
        Ok(value)
    } else {
        Err(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_that_of_the_rows_in_whatever_order() {
        let mut forth = Sum::default();
        let mut back = Sum::default();
        for n in 0..100_u8 {
            forth.add("tags", &[n], b"a");
            back.add("tags", &[99 - n], b"a");
        }
        assert_eq!(forth, back);
        forth.subtract("tags", &[7], b"a");
        assert_ne!(forth, back);
        for (table, key, value) in [("images", 7, b"a"), ("tags", 8, b"a"), ("tags", 7, b"b")] {
            let mut other = forth;
            other.add(table, &[key], value);
            assert_ne!(other, back, "{table} {key}");
        }
        forth.add("tags", &[7], b"a");
        assert!(forth.matches(back, "tags").is_ok());
    }

    #[test]
    fn a_sealed_row_shows_every_flipped_bit() {
        let sealed = seal("crawls", b"key", b"what a row holds".to_vec());
        assert_eq!(
            open("crawls", b"key", &sealed).unwrap(),
            b"what a row holds"
        );
        assert!(open("crawls", b"kez", &sealed).is_err());
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open("crawls", b"key", &flipped).is_err(), "{bit}");
        }
        assert!(open("crawls", b"", b"abc").is_err());
    }
}
