//! What a repository's images are together, kept with its row.

use super::*;
use crate::model::{RepositoryChanges, RepositorySummary};
use crate::store::row;

fn sized(n: u8, change: impl Fn(&mut Image)) -> Finding {
    let mut image = image(n);
    change(&mut image);
    Finding::Image {
        repository: name("a"),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs::default(),
    }
}

fn summary(f: &Fixture) -> RepositorySummary {
    let rows = f.store.repositories(f.id).unwrap();
    let row = rows.into_iter().find(|row| row.name == name("a")).unwrap();
    row.summary.unwrap()
}

fn changed(appeared: u64, moved: u64, gone: u64) -> RepositoryChanges {
    RepositoryChanges {
        appeared,
        moved,
        gone,
    }
}

fn built(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[test]
fn images_are_summed_up_as_they_come_and_go() {
    let mut f = Fixture::new();
    let arm = |image: &mut Image| {
        image.platform = Platform::new("linux", "arm64", Some("v8"));
        image.created = built(1_800_000_000);
    };
    let unread = |image: &mut Image| {
        image.size = None;
        image.created = built(0);
        image.level = Level::Manifest;
    };
    f.crawl(&[
        found("a", 1),
        sized(2, arm),
        sized(3, unread),
        tag("a", "1", 1),
        tag("a", "2", 2),
        tag("a", "3", 3),
        listed("a", &["1", "2", "3"]),
    ]);
    let wanted = RepositorySummary {
        size: 1001 + 1002,
        unread: 1,
        newest: built(1_800_000_000),
        architectures: vec!["amd64".into(), "arm64".into()],
        // To the first crawl everything is new.
        changed: changed(0, 0, 0),
    };
    assert_eq!(summary(&f), wanted);
    // One is read, one goes, one comes, and a tag moves.
    f.crawl(&[
        found("a", 3),
        found("a", 4),
        tag("a", "1", 4),
        tag("a", "4", 4),
        gone("a", &["2"]),
        listed("a", &["1", "3", "4"]),
    ]);
    let now = summary(&f);
    assert_eq!((now.size, now.unread), (1003 + 1004, 0));
    assert_eq!(now.newest, built(1_700_000_000));
    assert_eq!(now.architectures, ["amd64".into()]);
    assert_eq!(now.changed, changed(1, 1, 1));
    // A crawl that finds nothing else has changed nothing.
    f.crawl(&[listed("a", &["1", "3", "4"])]);
    assert_eq!(
        summary(&f),
        RepositorySummary {
            changed: changed(0, 0, 0),
            ..now
        }
    );
}

#[test]
fn the_first_listing_of_a_repository_is_so_many_new_tags() {
    let mut f = Fixture::new();
    f.crawl(&[catalogue(&[])]);
    f.crawl(&[
        found("a", 1),
        tag("a", "1", 1),
        tag("a", "2", 1),
        listed("a", &["1", "2"]),
    ]);
    assert_eq!(summary(&f).changed, changed(2, 0, 0));
}

#[test]
fn a_tag_that_moved_is_told_by_its_image() {
    let mut f = Fixture::new();
    f.crawl(&[found("a", 1), tag("a", "1", 1), listed("a", &["1"])]);
    let crawl = f.crawl(&[found("a", 2), tag("a", "1", 2), listed("a", &["1"])]);
    let rows = f.store.images(f.id, &name("a")).unwrap();
    assert_eq!((rows.len(), rows[0].moved), (1, Some(crawl.started)));
    assert_eq!(rows[0].changed(), crawl.started);
}

#[test]
fn a_row_of_before_there_were_summaries_is_read_and_summed_up_by_the_next_crawl() {
    let mut f = Fixture::new();
    f.crawl(&[found("a", 1), tag("a", "1", 1), listed("a", &["1"])]);
    let key = key::repository(f.id, &name("a"));
    f.store
        .lease
        .write("an older row", |transaction| {
            let mut registries = roots::Registries::open(transaction)?;
            let mut registry = registries.existing(f.id)?;
            let table = transaction.open_table(schema::REPOSITORIES)?;
            let mut rows = sum::Rows::new("repositories", table);
            let sealed = rows.remove(&mut registry.sum, &key)?.unwrap();
            let bytes = sum::open("repositories", &key, &sealed)?;
            let mut old: row::RepositoryRow = row::decode("repositories", bytes)?;
            old.summary = None;
            let mut bytes = row::encode("repositories", &old)?;
            assert_eq!(bytes.pop(), Some(0), "what says that there is none");
            rows.insert(
                &mut registry.sum,
                &key,
                &sum::seal("repositories", &key, bytes),
            )?;
            registries.put(registry)
        })
        .unwrap();
    let rows = f.store.repositories(f.id).unwrap();
    assert_eq!((rows[0].images, &rows[0].summary), (1, &None));
    f.crawl(&[listed("a", &["1"])]);
    assert_eq!(summary(&f).size, 1001);
}
