//! What one source of lists was seen to do with pages.
//!
//! A source is one kind of list of one store: registries that put several stores behind
//! one address cut each of them in its own way. What is learnt here lives as long as the
//! crawl, so that a server that has changed is never judged by what it was.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Questions that are asked of one source to learn how it pages, at most.
const MAX_PROBES: u8 = 8;

/// Whether lists come in pages, by what these sources were seen to do; `None` where nothing
/// was seen.
pub(in crate::registry) fn paging<'a>(sources: impl Iterator<Item = &'a Source>) -> Option<bool> {
    let seen = sources.filter_map(|source| match source.paging() {
        Paging::Unknown => None,
        Paging::Linked | Paging::ByLast => Some(true),
        Paging::Unpaged => Some(false),
    });
    seen.max()
}

/// Lengths at which servers are known to cut a list without saying so.
const USUAL_CAPS: [usize; 4] = [50, 100, 200, 1000];

/// How a source goes on behind a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paging {
    /// Not seen yet.
    #[default]
    Unknown,
    /// It sends a `Link` wherever there is more: a missing one is an end.
    Linked,
    /// It goes on behind `last`, and sends no `Link`.
    ByLast,
    /// It ignores `n`, `last` and sends no `Link`: it has no pages.
    Unpaged,
}

/// Why a list is taken as whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It ended after links, or nothing came behind its last entry.
    Ended,
    /// The source was seen to page, and sent no link.
    Paged,
    /// Another list of this source came longer in one answer.
    Longer,
    /// The product is known to send a link wherever there is more, or to cut longer lists only.
    Product,
    /// The source has no pages, and the length is no usual cap.
    Unpaged,
    /// The administrator says so (the setting `lists-whole`).
    Told,
}

impl Proof {
    /// Whether what is not in the list is gone: this crawl saw the list end.
    pub fn shows_gone(self) -> bool {
        matches!(self, Self::Ended | Self::Paged)
    }
}

#[derive(Default)]
pub(super) struct Learnt {
    pub(super) paging: Paging,
    /// The longest list that came in one answer, by the page size asked for.
    longest: HashMap<Option<u16>, usize>,
    /// Lengths at which a list was seen to be cut.
    cuts: Vec<usize>,
    /// Whether it was seen to leave out a link where there was more.
    breaks_links: bool,
    /// Whether a question how it pages was lost on the way.
    has_lost: bool,
    probes: u8,
    /// The page size that the source takes; 0 is none.
    size: u32,
}

/// One kind of list of one store.
pub(in crate::registry) struct Source {
    learnt: Mutex<Learnt>,
    /// Whoever learns how the source pages does it alone; the others use what was learnt.
    pub(super) turn: tokio::sync::Mutex<()>,
}

impl Source {
    pub(in crate::registry) fn new(size: u16) -> Self {
        Self {
            learnt: Mutex::new(Learnt {
                size: u32::from(size),
                ..Learnt::default()
            }),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn paging(&self) -> Paging {
        self.learnt().paging
    }

    /// A link counts above everything else, unless some were left out; what was learnt first
    /// counts otherwise.
    pub(super) fn pages(&self, paging: Paging) {
        let mut learnt = self.learnt();
        let by_link = paging == Paging::Linked && !learnt.breaks_links;
        if by_link || learnt.paging == Paging::Unknown {
            learnt.paging = paging;
        }
    }

    /// Notes that there was more where no link said so.
    pub(super) fn breaks_links(&self) {
        let mut learnt = self.learnt();
        learnt.breaks_links = true;
        learnt.paging = Paging::ByLast;
    }

    pub(super) fn size(&self) -> Option<u16> {
        u16::try_from(self.learnt().size)
            .ok()
            .filter(|size| *size > 0)
    }

    pub(super) fn set_size(&self, size: Option<u16>) {
        self.learnt().size = size.map_or(0, u32::from);
    }

    /// Notes that one answer held so many entries.
    pub(super) fn came(&self, size: Option<u16>, count: usize) {
        let mut learnt = self.learnt();
        let longest = learnt.longest.entry(size).or_default();
        *longest = count.max(*longest);
    }

    /// Whether a longer list came in one answer to the same page size, so that there is no
    /// cap of this length.
    pub(super) fn came_longer(&self, size: Option<u16>, count: usize) -> bool {
        let learnt = self.learnt();
        learnt
            .longest
            .get(&size)
            .is_some_and(|longest| *longest > count)
    }

    /// Whether one more question may be asked, which is counted.
    pub(super) fn may_probe(&self) -> bool {
        let mut learnt = self.learnt();
        let may = learnt.probes < MAX_PROBES;
        learnt.probes += u8::from(may);
        may
    }

    /// Notes that a question got no answer of this source.
    pub(super) fn lost(&self) {
        self.learnt().has_lost = true;
    }

    pub(super) fn has_lost(&self) -> bool {
        self.learnt().has_lost
    }

    /// Notes that a list of this length was cut.
    pub(super) fn was_cut(&self, count: usize) {
        self.learnt().cuts.push(count);
    }

    /// Whether any list was seen to be cut.
    pub(super) fn cuts(&self) -> bool {
        !self.learnt().cuts.is_empty()
    }

    /// Whether a list of this length may be a cut one, where nothing proves it whole.
    pub(super) fn looks_cut(&self, size: Option<u16>, count: usize) -> bool {
        USUAL_CAPS.contains(&count)
            || size.is_some_and(|n| usize::from(n) == count)
            || self.learnt().cuts.contains(&count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_counts_above_what_was_learnt_before() {
        let source = Source::new(1000);
        source.pages(Paging::Unpaged);
        source.pages(Paging::ByLast);
        assert_eq!(source.paging(), Paging::Unpaged);
        source.pages(Paging::Linked);
        source.pages(Paging::Unpaged);
        assert_eq!(source.paging(), Paging::Linked);
    }

    #[test]
    fn a_registry_pages_where_any_of_its_lists_does() {
        let sources = [Source::new(10), Source::new(10), Source::new(10)];
        assert_eq!(paging(sources.iter()), None);
        sources[1].pages(Paging::Unpaged);
        assert_eq!(paging(sources.iter()), Some(false));
        sources[2].pages(Paging::ByLast);
        assert_eq!(paging(sources.iter()), Some(true));
    }

    #[test]
    fn questions_are_bounded_and_lengths_are_compared_by_page_size() {
        let source = Source::new(1000);
        assert_eq!((0..20).filter(|_| source.may_probe()).count(), 8);
        source.came(Some(1000), 150);
        assert!(source.came_longer(Some(1000), 100));
        assert!(!source.came_longer(Some(1000), 150));
        assert!(!source.came_longer(None, 100));
        assert!(source.looks_cut(None, 100) && source.looks_cut(Some(37), 37));
        assert!(!source.looks_cut(None, 73));
        source.was_cut(73);
        assert!(source.looks_cut(None, 73) && source.cuts());
    }
}
