//! What crawls changed: recorded, kept, let go.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use super::*;
use crate::model::{Change, What};
use past::Contents;

fn told(changes: &[Change]) -> Vec<String> {
    let short = |digest: &Digest| (0..100).find(|n| super::digest(*n) == *digest).unwrap();
    changes
        .iter()
        .map(|change| {
            let in_it = &change.repository;
            match &change.what {
                What::RepositoryAppeared { tags, images } => {
                    format!("{in_it} appeared, {tags} tags, {images} images")
                }
                What::RepositoryGone { tags, images } => {
                    format!("{in_it} gone, {tags} tags, {images} images")
                }
                What::TagAppeared { tag, digest } => {
                    format!("{in_it}:{tag} appeared as {}", short(digest))
                }
                What::TagMoved { tag, from, to } => {
                    format!("{in_it}:{tag} moved from {} to {}", short(from), short(to))
                }
                What::TagGone { tag, from } => format!("{in_it}:{tag} gone, was {}", short(from)),
                What::ImageAppeared(digest) => format!("{in_it} image {} appeared", short(digest)),
                What::ImageGone(digest) => format!("{in_it} image {} gone", short(digest)),
            }
        })
        .collect()
}

#[test]
fn changes_are_told_by_the_crawl_that_found_them() {
    let mut f = Fixture::new();
    let first = f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        tag("a", "y", 1),
        listed("a", &["x", "y"]),
        catalogue(&[]),
    ]);
    assert_eq!(first.changes, 1, "a first listing is one change");
    let second = f.crawl(&[
        found("a", 2),
        tag("a", "x", 2),
        found("a", 3),
        tag("a", "z", 3),
        listed("a", &["x", "z"]),
        found("b", 4),
        tag("b", "1", 4),
        listed("b", &["1"]),
        gone("a", &["y"]),
    ]);
    let third = f.crawl(&[
        listed("a", &["x", "z"]),
        catalogue(&["b"]),
        Finding::GoneRepositories(vec![name("b")]),
    ]);
    let of = |crawl: u64| told(&f.store.changes_of(f.id, crawl).unwrap().unwrap());
    assert_eq!(of(1), ["a appeared, 2 tags, 1 images"]);
    assert_eq!(
        of(2),
        [
            "a image 2 appeared",
            "a:x moved from 1 to 2",
            "a image 3 appeared",
            "a:z appeared as 3",
            "a:y gone, was 1",
            "a image 1 gone",
            "b appeared, 1 tags, 1 images",
        ]
    );
    assert_eq!(
        of(3),
        [
            "b:1 gone, was 4",
            "b image 4 gone",
            "b gone, 1 tags, 1 images",
        ]
    );
    assert_eq!((second.changes, third.changes), (7, 3));
    let history = |of: &str| told(&f.store.history(f.id, &name(of)).unwrap());
    assert_eq!(
        history("b"),
        [
            "b:1 gone, was 4",
            "b image 4 gone",
            "b gone, 1 tags, 1 images",
            "b appeared, 1 tags, 1 images",
        ],
        "the newest crawl first; of one that is gone too"
    );
    assert_eq!(history("a")[..6], of(2)[..6]);
    assert_eq!(history("a")[6..], of(1)[..]);
    assert!(history("c").is_empty());
    let at = f.store.history(f.id, &name("a")).unwrap()[0].at;
    assert_eq!((at, second.changes), (second.started, 7));
    assert_eq!(f.store.changes_of(f.id, 4).unwrap(), None);
    let records = f.store.crawls(f.id).unwrap();
    let numbers: Vec<u64> = records.iter().map(|record| record.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(records[1].changes, 7);
}

#[test]
fn a_repository_counts_from_its_first_whole_listing() {
    let mut f = Fixture::new();
    // Stopped before the list was closed: nothing is said, and nothing twice later.
    assert_eq!(f.crawl(&[found("a", 1), tag("a", "x", 1)]).changes, 0);
    let record = f.crawl(&[found("a", 2), tag("a", "y", 2), listed("a", &["x", "y"])]);
    assert_eq!(record.changes, 1);
    let changes = f.store.changes_of(f.id, 2).unwrap().unwrap();
    assert_eq!(told(&changes), ["a appeared, 2 tags, 2 images"]);
}

#[test]
fn history_goes_by_age_and_by_count_and_the_present_stays() {
    let keeping = |age, changes| History {
        age: Duration::from_secs(age),
        changes,
    };
    let mut f = Fixture::new();
    f.crawl(&[found("a", 0), tag("a", "t0", 0), listed("a", &["t0"])]);
    for n in 1..6 {
        f.crawl(&[found("a", n), tag("a", "t0", n), listed("a", &["t0"])]);
    }
    let rows = f.store.images(f.id, &name("a")).unwrap();
    let kept = |f: &Fixture| {
        let numbers = 1..=f.store.registry("hub").unwrap().last_crawl.unwrap().number;
        let is_kept = |n: &u64| f.store.changes_of(f.id, *n).unwrap().is_some();
        numbers.filter(is_kept).collect::<Vec<_>>()
    };
    assert_eq!(kept(&f), [1, 2, 3, 4, 5, 6]);
    f.store.trim(f.id, keeping(3600 * 3, 1_000_000)).unwrap();
    assert_eq!(kept(&f), [3, 4, 5, 6]);
    // Each of them has three changes.
    f.store.trim(f.id, keeping(u64::MAX, 7)).unwrap();
    assert_eq!(kept(&f), [5, 6]);
    f.store.trim(f.id, keeping(0, 0)).unwrap();
    assert_eq!(kept(&f), [6], "the newest crawl's stay");
    assert_eq!(f.store.images(f.id, &name("a")).unwrap(), rows);
    assert_eq!(f.store.damages().unwrap(), []);
}

/// One repository in one crawl: which tags it has, each with its image, which could not be
/// read, and whether the list was had.
#[derive(Clone, Debug)]
struct Seen {
    tags: BTreeMap<u8, u8>,
    unread: BTreeSet<u8>,
    listed: bool,
    there: bool,
}

fn seen() -> impl Strategy<Value = Seen> {
    (
        proptest::collection::btree_map(0..5_u8, 0..6_u8, 0..5),
        proptest::collection::btree_set(0..5_u8, 0..2),
        proptest::bool::weighted(0.8),
        proptest::bool::weighted(0.8),
    )
        .prop_map(|(tags, unread, listed, there)| Seen {
            tags,
            unread,
            listed,
            there,
        })
}

/// What a crawl that sees this finds, by the rules of the engine.
fn findings(before: &Contents, crawl: &[Seen]) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut lost = Vec::new();
    for (n, seen) in crawl.iter().enumerate() {
        let text = format!("r{n}");
        let known = before.repositories.get(&name::<RepositoryName>(&text));
        if !seen.there {
            lost.extend(known.is_some().then(|| name(&text)));
            continue;
        }
        all.push(Finding::Repository(name(&text)));
        for (at, image) in &seen.tags {
            if seen.unread.contains(at) {
                all.push(unread(&text, &format!("t{at}")));
            } else {
                all.push(found(&text, *image));
                all.push(tag(&text, &format!("t{at}"), *image));
            }
        }
        if !seen.listed {
            all.push(Finding::Unlisted {
                repository: name(&text),
                failure: failure(Class::Server),
            });
            continue;
        }
        let tags: Vec<String> = seen.tags.keys().map(|at| format!("t{at}")).collect();
        let names: Vec<&str> = tags.iter().map(String::as_str).collect();
        all.push(listed(&text, &names));
        if let Some((known, _)) = known {
            let gone_tags = known.keys().filter(|tag| !names.contains(&tag.as_str()));
            let gone_tags: Vec<&str> = gone_tags.map(Tag::as_str).collect();
            if !gone_tags.is_empty() {
                all.push(gone(&text, &gone_tags));
            }
        }
    }
    all.push(Finding::Catalogue {
        missing: lost.clone(),
    });
    all.push(Finding::GoneRepositories(lost));
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/data/regressions/changes.txt",
        ))),
        ..ProptestConfig::default()
    })]

    /// All changes since crawl N, taken back one by one from today's inventory, give that of
    /// crawl N: nothing is lost on the way, and nothing said that did not happen.
    #[test]
    fn changes_lead_back_to_each_crawl(
        crawls in proptest::collection::vec(proptest::collection::vec(seen(), 3), 1..7),
    ) {
        let mut f = Fixture::new();
        let mut past = vec![Contents::default()];
        for crawl in &crawls {
            let before = Contents::of(&f.store, f.id);
            f.crawl_at_once(&findings(&before, crawl));
            past.push(Contents::of(&f.store, f.id));
        }
        let mut now = past.last().unwrap().clone();
        for number in (1..=crawls.len()).rev() {
            prop_assert_eq!(&now, &past[number]);
            let changes = f.store.changes_of(f.id, number as u64).unwrap().unwrap();
            for change in changes.into_iter().rev() {
                now.undo(change);
            }
        }
        prop_assert_eq!(&now, &past[0]);
        prop_assert_eq!(f.store.damages().unwrap(), vec![]);
    }
}
