//! Where digests are: of each digest of a registry, of an image or of the child of one, its
//! first bytes and the repository it is in.
//!
//! They lie in sorted rows of some thousand, one or more a transaction, so that a crawl adds
//! to them at their end. An entry may outlive what it was made for: who finds one looks into
//! the repository. When the rows have become many they are made anew from what is there.

use redb::{ReadTransaction, WriteTransaction};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::lookups;
use super::read::{below, each_repository};
use super::row::{self, ImageRow, LookupRow};
use super::schema::{DIGESTS, IMAGES, LOOKUPS};
use super::sum::{self, Rows, Sum};
use super::{Store, StoreError, roots};
use crate::model::{Digest, DigestStart, RegistryId, RepositoryName};

/// Bytes of a digest that are kept.
const HEAD: usize = 6;
/// Bytes of an entry.
const ENTRY: usize = HEAD + 4;
/// Entries in a row: as many as fill the database library's page of 64 KiB.
const ENTRIES_A_ROW: usize = 6500;
/// Rows that a registry may get before all of its rows are made anew.
const MOST_LOOSE: u32 = 64;

/// The first bytes of a digest, and the repository it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry([u8; ENTRY]);

impl Entry {
    pub(super) fn new(digest: &Digest, repository: RepositoryId) -> Self {
        let mut bytes = [0; ENTRY];
        let start = digest.start();
        let length = start.len().min(HEAD);
        bytes[..length].copy_from_slice(&start[..length]);
        bytes[HEAD..].copy_from_slice(&repository.0.to_be_bytes());
        Self(bytes)
    }
}

/// Adds entries to those of a registry.
pub(super) fn append(
    digests: &mut Rows<'_>,
    lookup: &mut LookupRow,
    registry: RegistryId,
    mut fresh: Vec<Entry>,
) -> Result<(), InnerError> {
    fresh.sort_unstable();
    fresh.dedup();
    for entries in fresh.chunks(ENTRIES_A_ROW) {
        let key = key::digests(registry, lookup.next_segment);
        let value = entries.iter().flat_map(|entry| entry.0).collect();
        let value = sum::seal("digests", &key, value);
        digests.insert(&mut lookup.digests, &key, &value)?;
        lookup.next_segment += 1;
        lookup.loose += 1;
    }
    Ok(())
}

/// Makes the entries of a registry anew from its images.
pub(super) fn renew(
    transaction: &WriteTransaction,
    registry: RegistryId,
) -> Result<(), InnerError> {
    let mut table = transaction.open_table(LOOKUPS)?;
    let mut lookup = lookups::row(&table, registry)?;
    let mut digests = Rows::new("digests", transaction.open_table(DIGESTS)?);
    let prefix = key::of_registry(registry);
    let mut entries = Vec::new();
    for entry in below(&transaction.open_table(IMAGES)?, &prefix)? {
        let (key, value) = entry?;
        let damaged = || InnerError::Damaged { what: "images" };
        let own = key.value().get(prefix.len()..).ok_or_else(damaged)?;
        let (number, digest) = own.split_first_chunk::<4>().ok_or_else(damaged)?;
        let repository = RepositoryId(u32::from_be_bytes(*number));
        entries.push(Entry::new(&row::digest("images", digest)?, repository));
        let row: ImageRow = row::decode("images", value.value())?;
        let children = row.image.children.iter();
        entries.extend(children.map(|child| Entry::new(&child.digest, repository)));
    }
    digests.remove_below(&prefix)?;
    lookup.digests = Sum::default();
    append(&mut digests, &mut lookup, registry, entries)?;
    lookup.loose = 0;
    lookups::put(&mut table, registry, &lookup)
}

impl Store {
    /// Makes where the digests of a registry are anew, where that has become many rows.
    pub(super) fn renew_digests(&self, id: RegistryId) -> Result<(), StoreError> {
        let has_many = self.lease.read(|transaction| {
            let lookup = lookups::read(transaction, id)?;
            Ok(lookup.loose > MOST_LOOSE)
        })?;
        if has_many != Some(true) {
            return Ok(());
        }
        let work = |transaction: &WriteTransaction| renew(transaction, id);
        self.lease.write("where digests are", work)
    }

    /// The repositories of a registry that may hold an image, or the child of one, whose
    /// digest begins so, in byte order of their names.
    pub fn repositories_with(
        &self,
        id: RegistryId,
        start: &DigestStart,
    ) -> Result<Vec<RepositoryName>, StoreError> {
        let found = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            let numbers = numbers_with(transaction, id, start)?;
            let mut names = Vec::new();
            if !numbers.is_empty() {
                each_repository(transaction, &registry, None, |name, row| {
                    if numbers.binary_search(&row.id).is_ok() {
                        names.push(name);
                    }
                    Ok(true)
                })?;
            }
            Ok(names)
        })?;
        Ok(found.unwrap_or_default())
    }
}

/// The numbers of these repositories, sorted.
pub(super) fn numbers_with(
    transaction: &ReadTransaction,
    id: RegistryId,
    start: &DigestStart,
) -> Result<Vec<u32>, InnerError> {
    let written = lookups::read(transaction, id)?.digests;
    let table = transaction.open_table(DIGESTS)?;
    let ranges = start.ranges::<HEAD>();
    let mut seen = Sum::default();
    let mut numbers = Vec::new();
    for entry in below(&table, &key::of_registry(id))? {
        let (key, value) = entry?;
        seen.add("digests", key.value(), value.value());
        let entries = sum::open("digests", key.value(), value.value())?;
        let (entries, _) = entries.as_chunks::<ENTRY>();
        for (low, high) in &ranges {
            let first = entries.partition_point(|entry| entry[..HEAD] < low[..]);
            for entry in &entries[first..] {
                if entry[..HEAD] > high[..] {
                    break;
                }
                let number = entry.last_chunk::<4>().copied().unwrap_or_default();
                numbers.push(u32::from_be_bytes(number));
            }
        }
    }
    seen.matches(written, "digests")?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}
