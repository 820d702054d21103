//! Large registries looked at in two halves at once.

use std::thread;

use crate::model::{RegistryId, RepositoryName};
use crate::store::{Store, StoreError};

/// Tags from which on two threads are worth it: fewer take one no longer than it takes to
/// halve them.
pub(super) const LARGE: u64 = 100_000;

/// The repository that halves a registry behind one of its repositories: as many tags are
/// before it as behind it. `None` of one with fewer than `large` tags.
pub(super) fn middle(
    store: &Store,
    registry: RegistryId,
    behind: Option<&RepositoryName>,
    large: u64,
) -> Result<Option<RepositoryName>, StoreError> {
    let rows = store.repositories(registry)?;
    let rows = || {
        let rows = rows.iter();
        rows.filter(|row| behind.is_none_or(|behind| row.name > *behind))
    };
    let tags: u64 = rows().map(|row| row.tags).sum();
    if tags < large {
        return Ok(None);
    }
    let mut before = 0;
    let middle = rows().find(|row| {
        before += row.tags;
        before >= tags / 2
    });
    Ok(middle.map(|row| row.name.clone()))
}

/// Does two things at once, the second on a thread of its own.
pub(super) fn both<A, B: Send>(
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(second);
        (first(), second.join())
    });
    match second {
        Ok(second) => (first, second),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
