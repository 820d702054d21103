//! What a search found: hits, those of them that are looked at, and where else their images
//! are. So many are kept that nobody reads them all; who has more types another word.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::layout::Area;
use crate::app::list::{List, Step};
use crate::app::pointer::{Pointed, Touch};
use crate::model::{Digest, Hit, Matched, RegistryId, RepositoryName};

/// Hits that are kept.
pub const MOST: usize = 5000;

/// Which hits are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Narrowing {
    /// All.
    #[default]
    All,
    /// Tags.
    Tags,
    /// Repositories.
    Repositories,
    /// Images that were found by a digest, their own or one they list.
    Digests,
}

impl Narrowing {
    /// Each, in the order of the key that goes from one to the next.
    pub const EACH: [Self; 4] = [Self::All, Self::Tags, Self::Repositories, Self::Digests];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Tags => "tags",
            Self::Repositories => "repositories",
            Self::Digests => "digests",
        }
    }

    fn lets_through(self, hit: &Hit) -> bool {
        match self {
            Self::All => true,
            Self::Tags => hit.matched == Matched::Tag,
            Self::Repositories => hit.matched == Matched::Repository,
            Self::Digests => matches!(hit.matched, Matched::Digest | Matched::Child),
        }
    }

    /// The one so many further, round and round.
    pub(super) fn turned(self, by: usize) -> Self {
        let at = Self::EACH.iter().position(|one| *one == self);
        Self::EACH[(at.unwrap_or(0) + by) % Self::EACH.len()]
    }
}

/// Where else among the hits an image is: in which other repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// Nowhere.
    Nowhere,
    /// In one.
    In(RegistryId, RepositoryName),
    /// In so many.
    Places(usize),
}

/// Hits, as far as they were read, and a cursor over those that are looked at.
#[derive(Clone, Debug, Default)]
pub struct Found {
    hits: Vec<Hit>,
    /// Beside the hits, in the same order.
    elsewhere: Vec<Elsewhere>,
    narrowing: Narrowing,
    /// The hits that are looked at, by their places.
    shown: Vec<usize>,
    /// The cursor over them.
    pub list: List,
    /// Whether there are more than are kept.
    pub is_cut: bool,
    /// Cells that the longest name of a repository takes, and that of a tag.
    pub widest: (u16, u16),
    /// Where they are.
    pub registries: BTreeSet<RegistryId>,
}

impl Found {
    /// How many hits there are of this kind.
    pub fn count(&self, narrowing: Narrowing) -> usize {
        let hits = self.hits.iter();
        hits.filter(|hit| narrowing.lets_through(hit)).count()
    }

    /// How many hits there are.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Which are looked at.
    pub fn narrowing(&self) -> Narrowing {
        self.narrowing
    }

    /// How many are looked at.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// The places of those that are looked at.
    pub fn places(&self) -> &[usize] {
        &self.shown
    }

    /// The hit in a place, and where else it is.
    pub fn at(&self, place: usize) -> Option<(&Hit, &Elsewhere)> {
        Some((self.hits.get(place)?, self.elsewhere.get(place)?))
    }

    /// The hit in a row of those that are looked at, and where else it is.
    pub fn row(&self, row: usize) -> Option<(&Hit, &Elsewhere)> {
        self.at(*self.shown.get(row)?)
    }

    /// The selected hit.
    pub fn selected(&self) -> Option<&Hit> {
        self.row(self.list.cursor).map(|(hit, _)| hit)
    }

    /// Holds these hits instead; the cursor stays on its hit where that is among them.
    pub(super) fn replace(&mut self, hits: Vec<Hit>) {
        self.change(|found| {
            found.hits = hits;
            found.is_cut = false;
        });
    }

    /// Holds these hits, too.
    pub(super) fn extend(&mut self, hits: Vec<Hit>) {
        self.change(|found| found.hits.extend(hits));
    }

    /// Looks at others.
    pub(super) fn narrow(&mut self, narrowing: Narrowing) {
        self.change(|found| found.narrowing = narrowing);
    }

    /// Changes the hits, and leaves the cursor on its hit.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let selected = self.selected().cloned();
        let above = self.list.cursor - self.list.offset.min(self.list.cursor);
        change(self);
        self.is_cut |= self.hits.len() > MOST;
        self.hits.truncate(MOST);
        self.elsewhere = elsewhere(&self.hits);
        // Names and tags are ASCII (OCI distribution-spec, "Pulling manifests").
        let widest = |width: &dyn Fn(&Hit) -> usize| {
            let widest = self.hits.iter().map(width).max();
            u16::try_from(widest.unwrap_or(0)).unwrap_or(u16::MAX)
        };
        self.widest = (
            widest(&|hit| hit.repository.as_str().len()),
            widest(&|hit| hit.tag.as_ref().map_or(0, |tag| tag.as_str().len())),
        );
        self.registries = self.hits.iter().map(|hit| hit.registry).collect();
        let shown = self.hits.iter().enumerate();
        let shown = shown.filter(|(_, hit)| self.narrowing.lets_through(hit));
        self.shown = shown.map(|(at, _)| at).collect();
        let at = selected.and_then(|selected| {
            let mut rows = self.shown.iter();
            rows.position(|at| self.hits[*at] == selected)
        });
        self.list = at.map_or_else(List::default, |cursor| List {
            cursor,
            offset: cursor.saturating_sub(above),
        });
    }

    pub(super) fn step(&mut self, step: Step, height: usize) {
        self.list.step(step, self.shown.len(), height);
    }

    pub(super) fn point(&mut self, pointed: Pointed, area: Area) -> Touch {
        self.list.point(pointed, area, 1, self.shown.len())
    }

    pub(super) fn settle(&mut self, height: usize) {
        self.list.settle(self.shown.len(), height);
    }
}

/// Where else the image of each hit is.
fn elsewhere(hits: &[Hit]) -> Vec<Elsewhere> {
    let place = |hit: &Hit| (hit.registry, hit.repository.clone());
    let mut seen: BTreeSet<(&Digest, RegistryId, &RepositoryName)> = BTreeSet::new();
    // Of each image one hit a repository.
    let mut places: BTreeMap<&Digest, Vec<&Hit>> = BTreeMap::new();
    for hit in hits {
        if let Some(digest) = &hit.digest
            && seen.insert((digest, hit.registry, &hit.repository))
        {
            places.entry(digest).or_default().push(hit);
        }
    }
    let one = |hit: &Hit| {
        let all = hit.digest.as_ref().and_then(|digest| places.get(digest));
        match all.map(Vec::as_slice) {
            Some([first, second]) => {
                let own = place(hit) == place(first);
                let (registry, repository) = place(if own { second } else { first });
                Elsewhere::In(registry, repository)
            }
            Some(all) if all.len() > 2 => Elsewhere::Places(all.len() - 1),
            _ => Elsewhere::Nowhere,
        }
    };
    hits.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(registry: u32, repository: &str, tag: &str, content: &str) -> Hit {
        Hit {
            registry: RegistryId(registry),
            repository: repository.parse().unwrap(),
            tag: Some(tag.parse().unwrap()),
            digest: Some(Digest::sha256(content.as_bytes())),
            child: None,
            matched: Matched::Tag,
        }
    }

    #[test]
    fn other_tags_of_a_repository_are_no_other_places() {
        let hits = [
            hit(1, "a", "1", "x"),
            hit(1, "a", "latest", "x"),
            hit(2, "b", "1", "x"),
            hit(1, "a", "2", "y"),
            hit(1, "c", "1", "z"),
            hit(1, "d", "1", "z"),
            hit(2, "d", "1", "z"),
        ];
        let in_ = |registry, name: &str| Elsewhere::In(RegistryId(registry), name.parse().unwrap());
        assert_eq!(
            elsewhere(&hits),
            [
                in_(2, "b"),
                in_(2, "b"),
                in_(1, "a"),
                Elsewhere::Nowhere,
                Elsewhere::Places(2),
                Elsewhere::Places(2),
                Elsewhere::Places(2),
            ]
        );
    }

    #[test]
    fn no_more_are_kept_than_can_be_looked_at() {
        let mut found = Found::default();
        let some = |from: usize, to: usize| {
            let hits = (from..to).map(|n| hit(1, "a", &n.to_string(), "x"));
            hits.collect::<Vec<_>>()
        };
        found.replace(some(0, MOST));
        assert!(!found.is_cut);
        found.extend(some(MOST, MOST + 1));
        assert_eq!((found.len(), found.is_cut), (MOST, true));
        found.replace(some(0, 3));
        assert_eq!((found.len(), found.is_cut), (3, false));
    }
}
