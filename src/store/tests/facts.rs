//! What registries' listings tell of images beside their manifests, and of images that only
//! a listing names.

use redb::ReadableTableMetadata as _;

use super::*;
use crate::model::{ImageFacts, KnownRepository, Vulnerabilities, What};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn facts() -> ImageFacts {
    ImageFacts {
        pushed: Some(at(900_000)),
        pulled: Some(at(950_000)),
        pulls: Some(17),
        immutable: vec![name("1.0"), name("latest")],
        locked: Some(true),
        vulnerabilities: Some(Vulnerabilities {
            critical: 1,
            high: 2,
            medium: 3,
            low: 4,
            unknown: 5,
            scanned: Some(at(940_000)),
        }),
        expires: Some(at(2_000_000)),
    }
}

fn told(repository: &str, n: u8, facts: &ImageFacts) -> Finding {
    Finding::Facts {
        repository: name(repository),
        digest: digest(n),
        facts: Box::new(facts.clone()),
    }
}

/// A list that names these images by themselves.
fn naming(repository: &str, tags: &[&str], images: &[u8]) -> Finding {
    Finding::Listed {
        repository: name(repository),
        tags: tags.iter().map(|tag| name(tag)).collect(),
        images: Some(images.iter().map(|n| digest(*n)).collect()),
    }
}

fn by_list(repository: &str, n: u8, change: impl Fn(&mut Image)) -> Finding {
    let mut image = Image::new(Kind::Image, MediaType::OciManifest);
    image.level = Level::Listed;
    change(&mut image);
    Finding::Image {
        repository: name(repository),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs::default(),
    }
}

fn row(f: &Fixture, n: u8) -> crate::model::ImageRow {
    let rows = f.store.images(f.id, &name("a")).unwrap();
    rows.into_iter()
        .find(|row| row.digest == digest(n))
        .unwrap()
}

fn known(f: &Fixture) -> KnownRepository {
    f.store.known(f.id, &[name("a")]).unwrap().remove(0)
}

fn rows_of_facts(f: &Fixture) -> u64 {
    let count = f.store.lease.read(|transaction| {
        let table = transaction.open_table::<&[u8], &[u8]>(schema::FACTS)?;
        Ok(table.len()?)
    });
    count.unwrap().unwrap()
}

#[test]
fn facts_are_kept_beside_their_image_and_go_with_it() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        found("a", 2),
        tag("a", "x", 1),
        tag("a", "y", 2),
        told("a", 1, &facts()),
        // Of an image that is not there nothing is kept.
        told("a", 3, &facts()),
        listed("a", &["x", "y"]),
        catalogue(&[]),
    ]);
    assert_eq!(row(&f, 1).facts, facts());
    assert_eq!(row(&f, 2).facts, ImageFacts::default());
    assert_eq!(rows_of_facts(&f), 1);
    assert_eq!(known(&f).facts, [(digest(1), facts())].into());
    assert_eq!(f.store.damages().unwrap(), []);
    // A later listing tells something else, and less.
    let pushed = ImageFacts {
        pushed: facts().pushed,
        ..ImageFacts::default()
    };
    f.crawl(&[told("a", 1, &pushed), listed("a", &["x", "y"])]);
    assert_eq!((row(&f, 1).facts, rows_of_facts(&f)), (pushed, 0));
    f.crawl(&[told("a", 1, &facts()), told("a", 2, &facts())]);
    assert_eq!(rows_of_facts(&f), 2);
    f.crawl(&[listed("a", &["y"]), gone("a", &["x"])]);
    assert_eq!(rows_of_facts(&f), 1);
    assert_eq!(f.store.damages().unwrap(), []);
    f.crawl(&[
        catalogue(&["a"]),
        Finding::GoneRepositories(vec![name("a")]),
    ]);
    assert_eq!(rows_of_facts(&f), 0);
    assert_eq!(f.store.damages().unwrap(), []);
    f.crawl(&[found("b", 1), tag("b", "x", 1), told("b", 1, &facts())]);
    assert_eq!(rows_of_facts(&f), 1);
    f.store.remove_registry(f.id, &name("hub")).unwrap();
    assert_eq!(rows_of_facts(&f), 0);
}

#[test]
fn facts_that_are_known_are_not_written_again() {
    let mut f = Fixture::new();
    let first = [
        found("a", 1),
        tag("a", "x", 1),
        told("a", 1, &facts()),
        listed("a", &["x"]),
    ];
    f.crawl(&first);
    let bytes = |f: &Fixture| {
        let rows = f.store.lease.read(|transaction| {
            let mut rows = Vec::new();
            for table in [schema::IMAGES, schema::FACTS, schema::REPOSITORIES] {
                for entry in redb::ReadableTable::iter(&transaction.open_table(table)?)? {
                    let (key, value) = entry?;
                    rows.push((key.value().to_vec(), value.value().to_vec()));
                }
            }
            Ok(rows)
        });
        rows.unwrap().unwrap()
    };
    let before = bytes(&f);
    // The same, less exactly and in another order.
    let mut same = facts();
    same.pulled = Some("1970-01-11T23:53:20.7Z".parse().unwrap());
    same.immutable.reverse();
    let record = f.crawl(&[told("a", 1, &same)]);
    assert_eq!(bytes(&f), before);
    assert_eq!((record.changes, record.mismatched), (0, 0));
    let mut other = facts();
    other.pulls = Some(18);
    f.crawl(&[told("a", 1, &other)]);
    assert_ne!(bytes(&f), before);
}

#[test]
fn an_inventory_without_the_table_is_read_and_written() {
    let mut f = Fixture::new();
    f.crawl(&[found("a", 1), tag("a", "x", 1), listed("a", &["x"])]);
    f.store
        .lease
        .write("a table less", |transaction| {
            transaction.delete_table(schema::FACTS)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(f.store.damages().unwrap(), []);
    assert_eq!(row(&f, 1).facts, ImageFacts::default());
    assert!(known(&f).facts.is_empty());
    f.crawl(&[told("a", 1, &facts())]);
    assert_eq!(row(&f, 1).facts, facts());
    assert_eq!(f.store.damages().unwrap(), []);
}

#[test]
fn lost_facts_are_damage_and_whole_ones_are_brought_back() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        told("a", 1, &facts()),
        listed("a", &["x"]),
        Finding::Failed(Failure::new(Stage::Tags, Class::Server, "lost-failure")),
        catalogue(&[]),
    ]);
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(f.store.file(), copy.path().join(FILE_NAME)).unwrap();
    // A row is no longer there: everybody who tells something of the repository notices.
    f.store
        .lease
        .write("damage", |transaction| {
            transaction.open_table(schema::FACTS)?.pop_first()?;
            Ok(())
        })
        .unwrap();
    let damage = Damage::Repository(f.id, name("a"));
    assert_eq!(f.store.damages().unwrap(), [damage]);
    assert!(f.store.images(f.id, &name("a")).is_err());
    assert!(f.store.known(f.id, &[name("a")]).is_err());
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let walked = f.store.scan(f.id, None, &cancel, |_| Onward::Next);
    assert!(walked.is_err());
    let usage = f
        .store
        .usage(f.id, crate::model::UsageBy::Registry, &cancel);
    assert!(usage.is_err());
    // What is whole of a file in which something else is damaged comes back.
    let path = copy.path().join(FILE_NAME);
    let mut bytes = std::fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4096) {
        if page.windows(12).any(|part| part == b"lost-failure") {
            page.fill(0xFF);
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let done = Store::repair(copy.path(), at(1_795_000_000)).unwrap();
    assert!(done.unwrap().kept_as.is_some());
    let store = Store::open(copy.path(), Access::ReadOnly).unwrap();
    assert_eq!(store.damages().unwrap(), []);
    let rows = store.images(f.id, &name("a")).unwrap();
    assert_eq!(rows[0].facts, facts());
}

#[test]
fn an_image_that_only_a_list_names_is_told_apart_and_read_once() {
    let mut f = Fixture::new();
    f.crawl(&[
        by_list("a", 1, |image| {
            image.platform = Platform::new("linux", "arm64", None);
            image.created = Timestamp::from_second(1_600_000_000).ok();
        }),
        told("a", 1, &facts()),
        naming("a", &[], &[1]),
    ]);
    assert_eq!(known(&f).listed, [digest(1)].into());
    assert!(known(&f).images.is_empty());
    // A list that tells less takes nothing away, and one that tells more adds.
    let size = |image: &mut Image| image.size = Some(7);
    let record = f.crawl(&[by_list("a", 1, size), naming("a", &[], &[1])]);
    assert_eq!((record.mismatched, record.changes), (0, 0));
    let merged = row(&f, 1).image;
    assert_eq!((merged.level, merged.size), (Level::Listed, Some(7)));
    assert_eq!(merged.platform, Platform::new("linux", "arm64", None));
    assert!(merged.created.is_some());
    // Its manifest is read: what that says counts, and the facts stay.
    let record = f.crawl(&[found("a", 1), naming("a", &[], &[1])]);
    assert_eq!((record.mismatched, record.new), (0, 0));
    assert_eq!((row(&f, 1).image, row(&f, 1).facts), (image(1), facts()));
    assert_eq!(known(&f).images, [digest(1)].into());
    assert!(known(&f).listed.is_empty());
    // No list takes its place any more.
    f.crawl(&[by_list("a", 1, size), naming("a", &[], &[1])]);
    assert_eq!(row(&f, 1).image, image(1));
}

#[test]
fn an_index_that_only_a_list_names_waits_for_its_own_manifest() {
    let mut f = Fixture::new();
    let index = |level| {
        let mut index = Image::new(Kind::Index, MediaType::OciIndex);
        index.level = level;
        if level > Level::Listed {
            index.children = vec![Child {
                digest: digest(2),
                platform: Platform::new("linux", "amd64", None),
                accessory: false,
                is_index: false,
                size: None,
            }];
        }
        Finding::Image {
            repository: name("a"),
            digest: digest(1),
            image: Box::new(index),
            blobs: Blobs::default(),
        }
    };
    f.crawl(&[index(Level::Listed), naming("a", &[], &[1])]);
    assert_eq!(f.store.unread_count(f.id, false).unwrap(), 0);
    for all in [false, true] {
        let unread = f.store.unread_indexes(f.id, None, 10, all).unwrap();
        assert_eq!(unread, []);
    }
    f.crawl(&[index(Level::Manifest), naming("a", &[], &[1])]);
    assert_eq!(f.store.unread_count(f.id, false).unwrap(), 1);
    let unread = f.store.unread_indexes(f.id, None, 10, false).unwrap();
    assert_eq!(unread[0].children, [(digest(2), None)]);
}

#[test]
fn an_untagged_image_comes_and_goes_by_the_registrys_list() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        naming("a", &["x"], &[1]),
        catalogue(&[]),
    ]);
    let changes = |f: &Fixture, crawl| -> Vec<What> {
        let changes = f.store.changes_of(f.id, crawl).unwrap().unwrap();
        changes.into_iter().map(|change| change.what).collect()
    };
    let record = f.crawl(&[found("a", 2), naming("a", &["x"], &[1, 2])]);
    let appeared = What::ImageAppeared(digest(2));
    assert_eq!(changes(&f, record.number), [appeared]);
    assert_eq!(f.totals(), (1, 1, 2));
    assert!(row(&f, 2).tags.is_empty());
    // Its list could not be had: it stays.
    let record = f.crawl(&[Finding::Unlisted {
        repository: name("a"),
        failure: failure(Class::Server),
    }]);
    assert_eq!(changes(&f, record.number), []);
    assert!(row(&f, 2).stale_since.is_some());
    let record = f.crawl(&[naming("a", &["x"], &[1])]);
    assert_eq!(changes(&f, record.number), [What::ImageGone(digest(2))]);
    assert_eq!((record.gone, f.totals()), (1, (1, 1, 1)));
}
