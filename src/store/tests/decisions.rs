//! What people decided: kept through crawls, through the loss of what it is about, through
//! damage.

use super::*;
use crate::model::{Choice, Decided, Decision, DigestStart, Subject};

fn decision(choice: Choice, note: Option<&str>) -> Decision {
    Decision {
        choice,
        note: note.map(str::to_owned),
        at: Timestamp::from_second(1_790_000_000).unwrap(),
    }
}

fn about_image(repository: &str, n: u8, choice: Choice) -> Decided {
    Decided {
        repository: name(repository),
        subject: Subject::Image(digest(n)),
        decision: Some(decision(choice, Some("old"))),
    }
}

fn about_tag(repository: &str, tag: &str, choice: Option<Choice>) -> Decided {
    Decided {
        repository: name(repository),
        subject: Subject::Tag(name(tag)),
        decision: choice.map(|choice| decision(choice, None)),
    }
}

#[test]
fn decisions_are_told_with_images_and_outlive_what_they_are_about() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        tag("a", "y", 1),
        listed("a", &["x", "y"]),
        found("b", 2),
        tag("b", "1", 2),
        listed("b", &["1"]),
        catalogue(&[]),
    ]);
    let decided = [
        about_image("a", 1, Choice::Delete),
        about_tag("a", "x", Some(Choice::Keep)),
        about_tag("b", "1", Some(Choice::Look)),
        // Nothing of this kind is there; somebody who imports decisions knows why.
        about_tag("never/seen", "1", Some(Choice::Keep)),
    ];
    assert_eq!(f.store.decide(f.id, &decided).unwrap(), 4);
    assert_eq!(f.store.decide(f.id, &decided).unwrap(), 0, "they are there");
    let row = f.store.images(f.id, &name("a")).unwrap().remove(0);
    let about = row.decisions.image.unwrap();
    assert_eq!(
        (about.choice, about.note.as_deref()),
        (Choice::Delete, Some("old"))
    );
    let tags: Vec<_> = row
        .decisions
        .tags
        .iter()
        .map(|(tag, d)| (tag.as_str(), d.choice))
        .collect();
    assert_eq!(tags, [("x", Choice::Keep)]);
    assert_eq!(f.store.registry("hub").unwrap().decisions, 4);
    // A crawl that moves the tag, and one that finds the repository gone.
    f.crawl(&[found("a", 3), tag("a", "x", 3), listed("a", &["x", "y"])]);
    let rows = f.store.images(f.id, &name("a")).unwrap();
    let moved = rows.iter().find(|row| row.digest == digest(3)).unwrap();
    assert_eq!(
        moved.decisions.tags.len(),
        1,
        "it is about the tag, whatever that names"
    );
    f.crawl(&[
        catalogue(&["a"]),
        Finding::GoneRepositories(vec![name("a")]),
    ]);
    f.store.sweep(f.id).unwrap();
    let mut expected = decided.to_vec();
    expected.sort_by(|one, other| {
        (&one.repository, &one.subject).cmp(&(&other.repository, &other.subject))
    });
    assert_eq!(f.store.decisions(f.id).unwrap(), expected);
    // It comes back, and so does what was decided.
    f.crawl(&[found("a", 1), tag("a", "y", 1), listed("a", &["y"])]);
    let row = f.store.images(f.id, &name("a")).unwrap().remove(0);
    assert!(row.decisions.has(Choice::Delete));
    assert_eq!(f.store.damages().unwrap(), []);
    let back = [about_tag("b", "1", None), about_tag("b", "2", None)];
    assert_eq!(f.store.decide(f.id, &back).unwrap(), 1);
    assert_eq!(f.store.registry("hub").unwrap().decisions, 3);
    assert_eq!(f.store.damages().unwrap(), []);
}

#[test]
fn decisions_go_with_their_registry_and_not_to_the_next() {
    let f = Fixture::new();
    f.store
        .decide(f.id, &[about_tag("a", "x", Some(Choice::Keep))])
        .unwrap();
    f.store.remove_registry(f.id, &name("hub")).unwrap();
    assert!(f.store.decisions(f.id).unwrap().is_empty());
    let next = f.store.add_registry(&spec("hub")).unwrap();
    assert!(f.store.decisions(next).unwrap().is_empty());
}

#[test]
fn digests_are_found_in_their_repositories_through_many_crawls() {
    let mut f = Fixture::new();
    let start = |n: u8, length: usize| -> DigestStart {
        digest(n).to_string()[..7 + length].parse().unwrap()
    };
    // More crawls than there may be loose rows, each with an image and its child.
    for n in 0..80_u8 {
        let mut index = image(n);
        index.kind = Kind::Index;
        index.children = vec![Child {
            digest: digest(100 + n),
            platform: None,
            accessory: false,
            is_index: false,
            size: None,
        }];
        let repository = format!("r{}", n % 3);
        f.crawl(&[
            Finding::Image {
                repository: name(&repository),
                digest: digest(n),
                image: Box::new(index),
                blobs: Blobs::default(),
            },
            tag(&repository, &format!("t{n}"), n),
        ]);
    }
    for n in 0..80_u8 {
        let expected = [name::<RepositoryName>(&format!("r{}", n % 3))];
        for length in [12, 64] {
            for digest in [n, 100 + n] {
                let found = f
                    .store
                    .repositories_with(f.id, &start(digest, length))
                    .unwrap();
                assert_eq!(found, expected, "{digest}");
            }
        }
    }
    assert!(
        f.store
            .repositories_with(f.id, &start(90, 64))
            .unwrap()
            .is_empty()
    );
    assert_eq!(f.store.damages().unwrap(), []);
}
