//! Search: names and digests in all registries, page by page.

use std::sync::atomic::{AtomicBool, Ordering};

use super::halves::{self, LARGE};
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
        let walk = Walk {
            store,
            registry,
            search,
            enough,
            cancel,
            alone: ALONE,
            large: LARGE,
        };
        let last = match (&search.digest, behind) {
            (Some(start), _) if words::is_in_no_name(search) => {
                walk.by_digest(start, behind, &mut hits)?
            }
            (Some(start), None) => {
                // Of as many digits as this takes there are few.
                let whole = Walk {
                    enough: usize::MAX,
                    ..walk
                };
                whole.by_digest(start, None, &mut hits)?;
                walk.by_name(None, &mut hits)?
            }
            _ => walk.by_name(behind, &mut hits)?,
        };
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

/// A walk over the names of one registry.
#[derive(Clone, Copy)]
struct Walk<'s> {
    store: &'s Store,
    registry: RegistryId,
    search: &'s Search,
    enough: usize,
    cancel: &'s Cancel,
    /// Rows that one thread looks at before a second may help: a page is often full by then.
    alone: usize,
    /// Tags behind those from which on a second helps.
    large: u64,
}

/// A search of a word that many names have needs no more.
const ALONE: usize = 50_000;

/// A part of a registry that is looked at.
#[derive(Clone, Copy, Default)]
struct Part<'s> {
    /// The repository that it begins behind.
    behind: Option<&'s RepositoryName>,
    /// The last of its repositories.
    to: Option<&'s RepositoryName>,
    /// After so many rows it ends with the repository that is looked at.
    rows: Option<usize>,
}

impl Walk<'_> {
    /// The images that have this digest, or an index that lists it. Returns the last
    /// repository that was looked at where there are hits enough and more to look at.
    fn by_digest(
        self,
        start: &DigestStart,
        behind: Option<&RepositoryName>,
        hits: &mut Vec<Hit>,
    ) -> Result<Option<RepositoryName>, StoreError> {
        let registry = self.registry;
        let repositories = self.store.repositories_with(registry, start)?.into_iter();
        let mut last = None;
        for repository in repositories.filter(|name| behind.is_none_or(|behind| name > behind)) {
            if self.cancel.is_cancelled() {
                return Ok(None);
            }
            // One is looked at in any case: the list goes on behind a repository.
            if hits.len() >= self.enough && last.is_some() {
                return Ok(last);
            }
            for row in self.store.images(registry, &repository)? {
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
            last = Some(repository);
        }
        Ok(None)
    }

    /// What is found by its name, behind one repository. Returns the last that was looked at
    /// where there are hits enough and more to look at.
    fn by_name(
        self,
        behind: Option<&RepositoryName>,
        hits: &mut Vec<Hit>,
    ) -> Result<Option<RepositoryName>, StoreError> {
        let is_enough = AtomicBool::new(false);
        let rows = Some(self.alone);
        let part = Part {
            behind,
            rows,
            ..Part::default()
        };
        let Some(last) = self.names(part, &is_enough, hits)? else {
            return Ok(None);
        };
        if hits.len() >= self.enough {
            return Ok(Some(last));
        }
        let rest = Part {
            behind: Some(&last),
            ..Part::default()
        };
        let middle = halves::middle(self.store, self.registry, Some(&last), self.large)?;
        let Some(middle) = middle.as_ref() else {
            return self.names(rest, &is_enough, hits);
        };
        let half = |behind, to| Part {
            behind: Some(behind),
            to,
            rows: None,
        };
        let (first, second) = halves::both(
            || {
                let half = half(&last, Some(middle));
                let first = self.names(half, &AtomicBool::new(false), hits);
                if !matches!(first, Ok(None)) {
                    // What the other finds is of a later page.
                    is_enough.store(true, Ordering::Relaxed);
                }
                first
            },
            || {
                let mut hits = Vec::new();
                let last = self.names(half(middle, None), &is_enough, &mut hits)?;
                Ok::<_, StoreError>((hits, last))
            },
        );
        if let Some(last) = first? {
            return Ok(Some(last));
        }
        let (found, last) = second?;
        hits.extend(found);
        Ok(last)
    }

    /// Those of a part, until `is_enough`. Returns the last repository that was looked at
    /// where there is more to look at.
    fn names(
        self,
        part: Part<'_>,
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
        let mut rows: usize = 0;
        let mut is_at_end = false;
        let ended = store.scan(registry, part.behind, cancel.flag(), |row| match row {
            Scanned::Repository(name) if part.to.is_some_and(|to| name > to.as_str()) => {
                is_at_end = true;
                Onward::Stop
            }
            // One is looked at in any case: the list goes on behind a repository.
            Scanned::Repository(_)
                if last.is_some()
                    && (hits.len() >= enough || part.rows.is_some_and(|most| rows >= most)) =>
            {
                Onward::Stop
            }
            Scanned::Repository(_) if is_enough.load(Ordering::Relaxed) => Onward::Stop,
            Scanned::Repository(name) => {
                rows += 1;
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
                rows += 1;
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
                let all = |enough, alone, large| {
                    let cancel = Cancel::default();
                    let (mut hits, mut after) = (Vec::new(), behind.cloned());
                    loop {
                        let walk = Walk {
                            store: &store,
                            registry,
                            search: &search,
                            enough,
                            cancel: &cancel,
                            alone,
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
                let one = all(usize::MAX, usize::MAX, 0);
                for enough in [1, 2, usize::MAX] {
                    for (alone, large) in [(0, 0), (3, 0), (3, u64::MAX)] {
                        let found = all(enough, alone, large);
                        assert_eq!(found, one, "{text}, {enough} a page, {alone} alone");
                    }
                }
            }
        }
    }
}
