//! What an inventory owes to the truth after a crawl.

use std::collections::{BTreeMap, BTreeSet};

use supercargo::job::Ended;
use supercargo::model::{
    Class, Digest, Failure, Image, Level, Outcome, RepositoryName, Stage, Tag, What,
};

use super::life::Life;
use super::past::Contents;

/// A repository as it is, or as the inventory has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Repository {
    tags: BTreeMap<Tag, Digest>,
    images: BTreeMap<Digest, Image>,
    /// Whether the latest crawl had the whole list of its tags.
    is_listed: bool,
    is_stale: bool,
    /// Images that could not be confirmed.
    stale: BTreeSet<Digest>,
}

pub(super) type Held = BTreeMap<RepositoryName, Repository>;

/// The failures of a crawl, asked whether they tell of something.
struct Told<'a>(&'a [Failure]);

impl Told<'_> {
    fn any(&self, of: impl Fn(&Failure) -> bool) -> bool {
        self.0.iter().any(of)
    }

    /// That the registry, or its list of repositories, could not be had, or was not believed.
    fn of_catalogue(&self) -> bool {
        self.any(|failure| failure.stage <= Stage::Catalogue)
    }

    /// That a loss was not believed.
    fn withheld(&self) -> bool {
        self.any(|failure| failure.class == Class::Unproven && failure.stage == Stage::Catalogue)
    }

    /// That a repository's list could not be had.
    fn of_list(&self, name: &RepositoryName) -> bool {
        self.any(|failure| failure.repository.as_ref() == Some(name) && failure.reference.is_none())
    }

    /// That a tag or a manifest of a repository could not be read.
    fn of(&self, name: &RepositoryName, reference: &str) -> bool {
        self.any(|failure| {
            failure.repository.as_ref() == Some(name)
                && failure.reference.as_deref() == Some(reference)
        })
    }
}

impl Life {
    /// What the registry has.
    fn truth(&self) -> Held {
        let mut truth = Held::new();
        for shelf in self.content().shelves() {
            let name: RepositoryName = shelf.repository.parse().unwrap();
            let kept = truth.entry(name).or_default();
            for (tag, digest) in shelf.tags {
                kept.tags.insert(tag.parse().unwrap(), digest);
            }
        }
        for expected in self.content().expected() {
            let kept = truth.get_mut(&expected.repository).unwrap();
            kept.images.insert(expected.digest, expected.image);
        }
        truth
    }

    /// What the inventory has, all numbers in it counted.
    pub(super) fn held(&self) -> Held {
        let store = &self.bench.store;
        let mut held = Held::new();
        let (mut tags, mut images, mut unread) = (0, 0, 0);
        for row in store.repositories(self.id).unwrap() {
            let mut kept = Repository {
                is_listed: row.state.listed_at == Some(self.bench.started()),
                is_stale: row.state.stale_since.is_some(),
                ..Repository::default()
            };
            for image in store.images(self.id, &row.name).unwrap() {
                unread += u64::from(image.image.has_unread_children());
                for tag in image.tags {
                    assert!(kept.tags.insert(tag, image.digest.clone()).is_none());
                }
                if image.stale_since.is_some() {
                    kept.stale.insert(image.digest.clone());
                }
                kept.images.insert(image.digest, image.image);
            }
            let counted = (kept.tags.len() as u64, kept.images.len() as u64);
            assert_eq!((row.tags, row.images), counted, "{}", self.now());
            tags += row.tags;
            images += row.images;
            held.insert(row.name, kept);
        }
        let row = self.bench.registry();
        assert_eq!(
            (row.repositories, row.tags, row.images, row.unread),
            (held.len() as u64, tags, images, unread),
            "{}",
            self.now()
        );
        held
    }

    /// Holds the inventory after a crawl against the truth, what it was before, and what the
    /// crawl said.
    pub(super) fn account(&mut self, before: &Held, ended: &Ended) {
        let store = &self.bench.store;
        assert_eq!(store.damages().unwrap(), [], "{}", self.now());
        let (record, failures) = (&ended.record, &ended.summary.failures);
        let recorded = store.failures(self.id, record.number).unwrap();
        assert_eq!(recorded.len(), failures.len(), "{}", self.now());
        assert!(failures.iter().all(|failure| recorded.contains(failure)));
        assert_eq!(record.failures, failures.len() as u64);
        assert_eq!(record.mismatched, 0, "{}", self.now());
        let (truth, held) = (self.truth(), self.held());
        let where_it_is = format!("{}\n{:?} {failures:#?}", self.now(), ended.summary.outcome);
        if ended.summary.outcome == Outcome::Complete {
            assert_exact(&truth, &held, &where_it_is);
        } else {
            assert!(!failures.is_empty(), "{where_it_is}");
        }
        assert_nothing_lost(before, &truth, &held, &where_it_is);
        let told = Told(failures);
        assert!(
            !told.any(|failure| failure.class == Class::Local),
            "{where_it_is}"
        );
        for (name, there) in &truth {
            match held.get(name) {
                Some(kept) => assert_told(&told, name, there, kept, &where_it_is),
                None => assert!(told.of_catalogue(), "{name} is not known, {where_it_is}"),
            }
        }
        for (name, kept) in held.iter().filter(|(name, _)| !truth.contains_key(*name)) {
            assert!(told.of_catalogue(), "{name} is gone, {where_it_is}");
            assert!(kept.is_stale, "{name} is gone and not stale, {where_it_is}");
        }
        self.past.push(Contents::of(&self.bench.store, self.id));
    }

    /// Takes back all changes of all crawls, one by one, and returns them.
    pub(super) fn changes_lead_back(&self) -> Vec<What> {
        let mut all = Vec::new();
        let mut now = self.past.last().unwrap().clone();
        let records = self.bench.store.crawls(self.id).unwrap();
        assert_eq!(records.len() + 1, self.past.len());
        for record in records.iter().rev() {
            let at = usize::try_from(record.number).unwrap();
            assert_eq!(now, self.past[at], "{} after {at}", self.now());
            let changes = self.bench.store.changes_of(self.id, record.number);
            let changes = changes.unwrap().unwrap();
            assert_eq!(record.changes, changes.len() as u64);
            for change in changes.into_iter().rev() {
                all.push(change.what.clone());
                now.undo(change);
            }
        }
        assert_eq!(now, self.past[0], "{}", self.now());
        all
    }
}

fn assert_exact(truth: &Held, held: &Held, at: &str) {
    let names = |held: &Held| held.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(held), names(truth), "{at}");
    for (name, there) in truth {
        let kept = &held[name];
        assert_eq!(kept.tags, there.tags, "{name}, {at}");
        assert_eq!(kept.images, there.images, "{name}, {at}");
        assert!(kept.is_listed && !kept.is_stale, "{name}, {at}");
        assert!(kept.stale.is_empty(), "{name}, {at}");
    }
}

/// Nothing known goes that is there, and nothing is known that never was.
fn assert_nothing_lost(before: &Held, truth: &Held, after: &Held, at: &str) {
    for (name, there) in truth {
        let Some(known) = before.get(name) else {
            continue;
        };
        let Some(kept) = after.get(name) else {
            panic!("{name} went, {at}");
        };
        for tag in known
            .tags
            .keys()
            .filter(|tag| there.tags.contains_key(*tag))
        {
            assert!(kept.tags.contains_key(tag), "{name}:{tag} went, {at}");
        }
    }
    for (name, kept) in after {
        for (tag, digest) in &kept.tags {
            let was = |held: &Held| {
                held.get(name)
                    .is_some_and(|kept| kept.tags.get(tag) == Some(digest))
            };
            assert!(was(before) || was(truth), "{name}:{tag} is invented, {at}");
        }
    }
}

/// Whatever the inventory has otherwise than the registry, a failure tells.
fn assert_told(
    told: &Told<'_>,
    name: &RepositoryName,
    there: &Repository,
    kept: &Repository,
    at: &str,
) {
    // Of a repository whose list was had, only its own failures tell.
    let unlisted = !kept.is_listed && (told.of_list(name) || told.of_catalogue());
    let mut outdated = BTreeSet::new();
    for (tag, digest) in &there.tags {
        if kept.tags.get(tag) != Some(digest) {
            let is_told = unlisted || told.of(name, tag.as_str());
            assert!(is_told, "{name}:{tag} is not what it was, {at}");
            outdated.insert(tag);
        }
    }
    for tag in kept
        .tags
        .keys()
        .filter(|tag| !there.tags.contains_key(*tag))
    {
        let is_told = unlisted || told.withheld() || told.of(name, tag.as_str());
        assert!(is_told, "{name}:{tag} is gone, {at}");
        outdated.insert(tag);
    }
    for (digest, image) in &kept.images {
        let mut tags = kept
            .tags
            .iter()
            .filter(|(_, named)| *named == digest)
            .map(|(tag, _)| tag)
            .peekable();
        if tags.peek().is_none() {
            // Its tags moved away in a crawl that did not come to the end of the list.
            assert!(unlisted, "{name}@{digest} has no tag, {at}");
            continue;
        }
        if tags.clone().all(|tag| outdated.contains(tag)) {
            let is_stale = kept.is_stale || kept.stale.contains(digest);
            assert!(is_stale, "{name}@{digest} is not stale, {at}");
        }
        let Some(wanted) = there.images.get(digest) else {
            continue;
        };
        if image != wanted {
            let of_child = |digest: &Digest| told.of(name, &digest.to_string());
            let is_told = unlisted
                || of_child(digest)
                || tags.any(|tag| told.of(name, tag.as_str()))
                || wanted.runnable().any(|child| of_child(&child.digest));
            assert!(is_told, "{name}@{digest} is {image:?} for {wanted:?}, {at}");
            assert!(image.level < Level::Whole, "{name}@{digest} is wrong, {at}");
        }
    }
    for digest in kept.tags.values() {
        assert!(
            kept.images.contains_key(digest),
            "{name}@{digest} is not there, {at}"
        );
    }
}
