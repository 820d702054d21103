//! Search: names and digests in all registries, page by page.

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
        if hits.len() >= enough {
            let next = Some(Cursor {
                registry,
                repository: None,
            });
            return Ok(Page { rows: hits, next });
        }
        if let (Some(start), None) = (&search.digest, behind) {
            by_digest(store, registry, start, cancel, &mut hits)?;
        }
        let last = by_name(store, registry, search, behind, enough, cancel, &mut hits)?;
        if let Some(last) = last {
            let next = Some(Cursor {
                registry,
                repository: Some(last),
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

/// The repositories of one registry, behind one of them, and their tags, by their names.
/// Returns the last that was looked at where there are hits enough and more to look at.
fn by_name(
    store: &Store,
    registry: RegistryId,
    search: &Search,
    behind: Option<&RepositoryName>,
    enough: usize,
    cancel: &Cancel,
    hits: &mut Vec<Hit>,
) -> Result<Option<RepositoryName>, StoreError> {
    // The repository that is being looked at, and what its name shows.
    let mut at: Option<(RepositoryName, words::InName)> = None;
    let mut last = None;
    let ended = store.scan(registry, behind, cancel.flag(), |row| match row {
        // One is looked at in any case: the list goes on behind a repository.
        Scanned::Repository(_) if hits.len() >= enough && last.is_some() => Onward::Stop,
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
                && let (Ok(tag), Some(digest)) = (tag.parse::<Tag>(), Digest::from_bytes(digest))
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
    Ok(last.filter(|_| !ended && !cancel.is_cancelled()))
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
}
