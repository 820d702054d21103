//! Search: names and digests in all registries, page by page.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::model::{
    Cancel, Cursor, Digest, DigestStart, Hit, Matched, Page, RegistryId, RepositoryName, Search,
    Tag,
};
use crate::query::{self, search as words};
use crate::store::{Onward, Scanned, Store, StoreError};

pub(super) fn page(
    store: &Store,
    registries: &[RegistryId],
    search: &Search,
    after: Option<&Cursor>,
    enough: usize,
    cancel: &Cancel,
) -> Result<Page<Hit>, StoreError> {
    let mut hits = Vec::new();
    for (registry, behind) in super::from_place(registries, after) {
        if let (Some(start), None) = (&search.digest, behind) {
            by_digest(store, registry, start, cancel, &mut hits)?;
        }
        let walk = Walk {
            store,
            registry,
            search,
            enough,
            cancel,
            large: LARGE,
        };
        let last = walk.by_name(behind, &mut hits)?;
        if let Some(repository) = last {
            let next = Some(Cursor {
                registry,
                repository,
            });
            return Ok(Page { rows: hits, next });
        }
    }
    Ok(Page {
        rows: hits,
        next: None,
    })
}

/// The images of one registry that have this digest, or an index that lists it.
fn by_digest(
    store: &Store,
    registry: RegistryId,
    start: &DigestStart,
    cancel: &Cancel,
    hits: &mut Vec<Hit>,
) -> Result<(), StoreError> {
    for repository in store.repositories_with(registry, start)? {
        for row in store.images(registry, &repository)? {
            let own = start.begins(&row.digest).then_some(None);
            let children = row.image.children.iter().map(|child| &child.digest);
            let children = children.filter(|child| start.begins(child)).map(Some);
            for child in own.into_iter().chain(children) {
                hits.push(Hit {
                    registry,
                    repository: repository.clone(),
                    tag: query::lead_tag(&row.tags).cloned(),
                    digest: Some(row.digest.clone()),
                    child: child.cloned(),
                    matched: match child {
                        None => Matched::Digest,
                        Some(_) => Matched::Child,
                    },
                });
            }
        }
        if cancel.is_cancelled() {
            break;
        }
    }
    Ok(())
}

/// The repository that halves a large registry behind one of its repositories: as many tags
/// are before it as behind it.
fn middle(
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

/// A walk over the names of one registry.
#[derive(Clone, Copy)]
struct Walk<'s> {
    store: &'s Store,
    registry: RegistryId,
    search: &'s Search,
    enough: usize,
    cancel: &'s Cancel,
    /// Hits on a page and tags in a registry from which on two threads are worth it.
    large: (usize, u64),
}

/// From these on they are worth it.
const LARGE: (usize, u64) = (1000, 100_000);

impl Walk<'_> {
    /// All of them, behind one repository. Returns the last that was looked at where there are
    /// hits enough and more to look at.
    fn by_name(
        self,
        behind: Option<&RepositoryName>,
        hits: &mut Vec<Hit>,
    ) -> Result<Option<RepositoryName>, StoreError> {
        let is_enough = AtomicBool::new(false);
        let mut middle = None;
        if self.enough >= self.large.0 {
            middle = self::middle(self.store, self.registry, behind, self.large.1)?;
        }
        let Some(middle) = middle else {
            return self.names(behind, None, &is_enough, hits);
        };
        let (first, second) = thread::scope(|scope| {
            let second = scope.spawn(|| {
                let mut hits = Vec::new();
                let last = self.names(Some(&middle), None, &is_enough, &mut hits)?;
                Ok((hits, last))
            });
            let first = self.names(behind, Some(&middle), &AtomicBool::new(false), hits);
            if !matches!(first, Ok(None)) {
                // What the other finds is of a later page.
                is_enough.store(true, Ordering::Relaxed);
            }
            let second: Result<(Vec<Hit>, _), StoreError> = match second.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            (first, second)
        });
        if let Some(last) = first? {
            return Ok(Some(last));
        }
        let (found, last) = second?;
        hits.extend(found);
        Ok(last)
    }

    /// Those behind one repository, to another with it, until `is_enough`. Returns the last
    /// that was looked at where there are hits enough and more to look at.
    fn names(
        self,
        behind: Option<&RepositoryName>,
        to: Option<&RepositoryName>,
        is_enough: &AtomicBool,
        hits: &mut Vec<Hit>,
    ) -> Result<Option<RepositoryName>, StoreError> {
        let Self {
            store,
            registry,
            search,
            enough,
            cancel,
            ..
        } = self;
        // The repository that is being looked at, and what its name shows.
        let mut at: Option<(RepositoryName, words::InName)> = None;
        let mut last = None;
        let mut is_at_end = false;
        let ended = store.scan(registry, behind, cancel.flag(), |row| match row {
            Scanned::Repository(name) if to.is_some_and(|to| name > to.as_str()) => {
                is_at_end = true;
                Onward::Stop
            }
            // One is looked at in any case: the list goes on behind a repository.
            Scanned::Repository(_) if hits.len() >= enough && last.is_some() => Onward::Stop,
            Scanned::Repository(_) if is_enough.load(Ordering::Relaxed) => Onward::Stop,
            Scanned::Repository(name) => {
                let Some(shown) = words::in_repository(search, name) else {
                    at = None;
                    return Onward::NextRepository;
                };
                let Ok(name) = name.parse::<RepositoryName>() else {
                    return Onward::NextRepository;
                };
                last = Some(name.clone());
                if words::is_repository(search, shown) {
                    hits.push(Hit {
                        registry,
                        repository: name.clone(),
                        tag: None,
                        digest: None,
                        child: None,
                        matched: Matched::Repository,
                    });
                }
                at = Some((name, shown));
                if words::may_have_tags(search, shown) {
                    Onward::Next
                } else {
                    Onward::NextRepository
                }
            }
            Scanned::Tag(tag, digest) => {
                if let Some((name, shown)) = &at
                    && words::is_tag(search, *shown, tag)
                    && let (Ok(tag), Some(digest)) =
                        (tag.parse::<Tag>(), Digest::from_bytes(digest))
                {
                    hits.push(Hit {
                        registry,
                        repository: name.clone(),
                        tag: Some(tag),
                        digest: Some(digest),
                        child: None,
                        matched: Matched::Tag,
                    });
                }
                Onward::Next
            }
            Scanned::Image(_) => Onward::NextRepository,
        })?;
        Ok(last.filter(|_| !ended && !is_at_end && !cancel.is_cancelled()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::crawled;
    use super::*;
    use crate::store::Access;

    #[test]
    fn pages_that_end_anywhere_hold_what_one_page_holds() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let registries = ["a", "b", "c"].map(|name| crawled(&store, name));
        let digest = Digest::sha256(b"1").to_string();
        for (text, all) in [("team", 6), ("1", 12), ("rc", 3), (&digest, 6)] {
            let search = Search::new(text).unwrap();
            let page = |after: Option<&Cursor>, enough| {
                let cancel = Cancel::default();
                super::page(&store, &registries, &search, after, enough, &cancel).unwrap()
            };
            let whole = page(None, usize::MAX);
            assert_eq!((whole.rows.len(), whole.next), (all, None), "{text}");
            for enough in 1..=all {
                let (mut hits, mut after) = (Vec::new(), None);
                loop {
                    let page = page(after.as_ref(), enough);
                    hits.extend(page.rows);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(hits, whole.rows, "{text}, {enough} a page");
            }
        }
    }

    #[test]
    fn two_threads_find_what_one_finds() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let registry = crawled(&store, "a");
        let behind: RepositoryName = "base".parse().unwrap();
        for text in ["team", "1", "rc", "base", "nothing"] {
            let search = Search::new(text).unwrap();
            for behind in [None, Some(&behind)] {
                let all = |enough, large| {
                    let cancel = Cancel::default();
                    let (mut hits, mut after) = (Vec::new(), behind.cloned());
                    loop {
                        let walk = Walk {
                            store: &store,
                            registry,
                            search: &search,
                            enough,
                            cancel: &cancel,
                            large,
                        };
                        let mut page = Vec::new();
                        after = walk.by_name(after.as_ref(), &mut page).unwrap();
                        hits.extend(page);
                        if after.is_none() {
                            return hits;
                        }
                    }
                };
                let one = all(usize::MAX, (usize::MAX, 0));
                for enough in [1, 2, usize::MAX] {
                    assert_eq!(all(enough, (0, 0)), one, "{text}, {enough} a page");
                }
            }
        }
    }
}
