//! Selected images, page by page over registries and repositories. Of what a selection says
//! as much is looked up as can be: only repositories that may hold something wanted are read
//! whole.

use crate::model::{Cancel, Cursor, ImageRow, ImageSelection, Page, RegistryId, RepositoryName};
use crate::query;
use crate::store::{Onward, Scanned, Store, StoreError};

/// Images read at once: a slow reader of ours keeps no writer out.
pub(super) const AT_ONCE: usize = 5000;
/// Repositories looked for at once: a page needs few of many, and begins behind the last.
const LOOKED_FOR: usize = 256;

pub(super) fn page(
    store: &Store,
    registries: &[RegistryId],
    selection: &ImageSelection,
    after: Option<&Cursor>,
    enough: usize,
    cancel: &Cancel,
) -> Result<Page<ImageRow>, StoreError> {
    let mut page = Page {
        rows: Vec::new(),
        next: None,
    };
    for (registry, behind) in super::from_place(registries, after) {
        let mut source = Source::new(store, registry, selection, behind)?;
        while let Some((rows, last)) = source.read(store, selection, enough, cancel)? {
            page.rows.extend(query::select(selection, rows));
            if cancel.is_cancelled() {
                return Ok(page);
            }
            if page.rows.len() >= enough {
                page.next = Some(Cursor {
                    registry,
                    repository: last,
                });
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// The best of all selected images, and how many there are. No more are held than a page and
/// the best.
pub(super) fn ranked(
    store: &Store,
    registries: &[RegistryId],
    selection: &ImageSelection,
    mut best: query::Best,
    cancel: &Cancel,
) -> Result<(Vec<ImageRow>, u64), StoreError> {
    let mut after = None;
    loop {
        let page = page(
            store,
            registries,
            selection,
            after.as_ref(),
            AT_ONCE,
            cancel,
        )?;
        page.rows.into_iter().for_each(|row| best.push(row));
        after = page.next;
        if after.is_none() || cancel.is_cancelled() {
            return Ok(best.finish());
        }
    }
}

/// Where the images of one registry come from.
enum Source {
    /// From these repositories, the last first.
    Named(RegistryId, Vec<RepositoryName>),
    /// From those that may hold something wanted, the last first. When they are told, more
    /// are looked for behind this one.
    Narrowed(RegistryId, Option<RepositoryName>, Vec<RepositoryName>),
    /// From all of them, behind this one.
    All(RegistryId, Option<RepositoryName>),
    /// There are no more.
    Ended,
}

impl Source {
    fn new(
        store: &Store,
        id: RegistryId,
        selection: &ImageSelection,
        behind: Option<&RepositoryName>,
    ) -> Result<Self, StoreError> {
        let Some(start) = &selection.digest else {
            let behind = behind.cloned();
            return Ok(if selection.is_narrow() {
                Self::Narrowed(id, behind, Vec::new())
            } else {
                Self::All(id, behind)
            });
        };
        let mut names = store.repositories_with(id, start)?;
        names.retain(|name| {
            selection.may_be_in(name.as_str()) && behind.is_none_or(|behind| name > behind)
        });
        names.reverse();
        Ok(Self::Named(id, names))
    }

    /// The images of some further repositories, and the last of these.
    fn read(
        &mut self,
        store: &Store,
        selection: &ImageSelection,
        enough: usize,
        cancel: &Cancel,
    ) -> Result<Option<(Vec<ImageRow>, RepositoryName)>, StoreError> {
        match self {
            Self::Ended => Ok(None),
            Self::Narrowed(id, behind, names) => {
                if names.is_empty() {
                    let most = enough.clamp(1, LOOKED_FOR);
                    *names = narrowed(store, *id, behind.as_ref(), selection, most, cancel)?;
                    names.reverse();
                }
                let Some(name) = names.pop() else {
                    *self = Self::Ended;
                    return Ok(None);
                };
                let rows = store.images(*id, &name)?;
                *behind = Some(name.clone());
                Ok(Some((rows, name)))
            }
            Self::Named(id, names) => {
                let Some(name) = names.pop() else {
                    return Ok(None);
                };
                let rows = store.images(*id, &name)?;
                Ok(Some((rows, name)))
            }
            Self::All(id, behind) => {
                let (rows, next) = store.images_page(*id, behind.as_ref(), enough.min(AT_ONCE))?;
                let last = rows.last().map(|row| row.repository.clone());
                match &next {
                    Some(_) => behind.clone_from(&next),
                    None => *self = Self::Ended,
                }
                Ok(next.or(last).map(|last| (rows, last)))
            }
        }
    }
}

/// The next repositories that may hold a wanted image, by their names and their tags: at most
/// so many.
fn narrowed(
    store: &Store,
    id: RegistryId,
    behind: Option<&RepositoryName>,
    selection: &ImageSelection,
    most: usize,
    cancel: &Cancel,
) -> Result<Vec<RepositoryName>, StoreError> {
    let mut found = Vec::new();
    let mut at = None;
    store.scan(id, behind, cancel.flag(), |row| match row {
        Scanned::Repository(_) if found.len() >= most => Onward::Stop,
        Scanned::Repository(name) if selection.may_be_in(name) => {
            at = name.parse().ok();
            if selection.needs_tag() {
                return Onward::Next;
            }
            found.extend(at.take());
            Onward::NextRepository
        }
        Scanned::Tag(tag, _) if selection.may_be_tagged(tag) => {
            found.extend(at.take());
            Onward::NextRepository
        }
        Scanned::Tag(..) => Onward::Next,
        // Tags come first: none of them is wanted.
        Scanned::Repository(_) | Scanned::Image(_) => Onward::NextRepository,
    })?;
    Ok(found)
}
