//! A repository of which the product's API tells images, and leaves out tags: the Registry
//! V2 API lists the names of all tags besides, and so says which there are.

use std::collections::HashSet;

use super::listed::Entry;
use super::state::Held;
use super::{End, Page, Pages};
use crate::model::{Failure, Tag};

/// What the API told of a repository, and V2's list of its tags.
pub(super) struct Named {
    /// What the API told; `None` once it is handed on.
    held: Option<Held>,
    pages: Pages<Tag>,
    /// The tags that V2 lists.
    names: HashSet<Tag>,
    /// Entries of V2's list that are no tags, as messages show them.
    dropped: Vec<String>,
    /// Why V2's list is not whole.
    failure: Option<Failure>,
    /// Whether the API's list is to have no tags that tools make for what hangs on images.
    hides_accessories: bool,
    /// Whether some of the API's own list could not be read.
    pub(super) has_gaps: bool,
}

impl Named {
    pub(super) fn new(held: Held, pages: Pages<Tag>, hides_accessories: bool) -> Self {
        Self {
            has_gaps: held.has_gaps,
            held: Some(held),
            pages,
            names: HashSet::new(),
            dropped: Vec::new(),
            failure: None,
            hides_accessories,
        }
    }

    /// All that both tell, then the failure of V2's list where there is one.
    pub(super) async fn next(&mut self) -> Option<Result<Page<Entry>, Failure>> {
        if self.held.is_none() {
            return self.failure.take().map(Err);
        }
        // A call that is dropped half-way loses nothing: all that came is kept in `self`.
        while let Some(page) = self.pages.next().await {
            match page {
                Ok(page) => {
                    self.names.extend(page.items);
                    self.dropped.extend(page.dropped);
                }
                Err(failure) => self.failure = Some(failure),
            }
        }
        let told: HashSet<Tag> = self.told().cloned().collect();
        let has_more = told.iter().any(|tag| !self.names.contains(tag));
        let is_proven = has_more && self.failure.is_none() && self.pages.shows_gone().await;
        let Held {
            mut entries,
            mut dropped,
            ..
        } = self.held.take()?;
        if is_proven {
            entries.retain_mut(|entry| self.keeps(entry));
        }
        let is_hidden = |tag: &Tag| self.hides_accessories && tag.is_accessory();
        let mut names: Vec<Tag> = self.names.difference(&told).cloned().collect();
        names.retain(|tag| !is_hidden(tag));
        names.sort_unstable();
        if !names.is_empty() {
            self.pages.registry.inner.listing.by_v2();
        }
        entries.extend(names.into_iter().map(Entry::Tag));
        dropped.append(&mut self.dropped);
        Some(Ok(Page {
            items: entries,
            dropped,
        }))
    }

    fn told(&self) -> impl Iterator<Item = &Tag> {
        let entries = self.held.iter().flat_map(|held| &held.entries);
        entries.flat_map(Entry::tags)
    }

    /// Takes away the tags of an entry that V2 does not list. Whether it is still there: an
    /// image without a tag is, where it had none.
    fn keeps(&self, entry: &mut Entry) -> bool {
        match entry {
            Entry::Tag(tag) => self.names.contains(tag),
            Entry::Image(image) => {
                let had_none = image.tags.is_empty();
                image.tags.retain(|tag| self.names.contains(tag));
                had_none || !image.tags.is_empty()
            }
        }
    }

    /// How V2's list ended, which says what is gone.
    pub(super) fn end(&self) -> Option<&End> {
        self.pages.end()
    }

    /// Whether the tags that are lacking are gone.
    pub(super) async fn shows_gone(&mut self) -> bool {
        self.pages.shows_gone().await
    }

    /// Notes that something is there that V2's list lacks.
    pub(super) fn was_cut(&self) {
        self.pages.was_cut();
    }
}
