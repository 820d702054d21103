//! Children of indexes, layers, and images that no tag names.

use super::*;
use crate::model::{Contents, IndexFacts, Layer};

fn layer(n: u8) -> Layer {
    Layer {
        digest: digest(n),
        size: u64::from(n),
    }
}

fn contents(layers: &[u8], created: Option<i64>) -> Contents {
    Contents {
        size: 10 + layers.iter().map(|n| u64::from(*n)).sum::<u64>(),
        created: created.and_then(|at| Timestamp::from_second(at).ok()),
        is_dated: created.is_some(),
        blobs: layers.iter().map(|n| layer(*n)).collect::<Vec<_>>().into(),
    }
}

fn read(n: u8, contents: Contents) -> Finding {
    Finding::Contents {
        digest: digest(n),
        contents,
    }
}

fn child(n: u8) -> Child {
    Child {
        digest: digest(n),
        platform: Platform::new("linux", "amd64", None),
        accessory: false,
        is_index: false,
        size: None,
    }
}

fn index(repository: &str, n: u8, children: &[u8]) -> Finding {
    let mut image = Image::new(Kind::Index, MediaType::OciIndex);
    image.children = children.iter().map(|n| child(*n)).collect();
    Finding::Image {
        repository: name(repository),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs::default(),
    }
}

fn with_layers(repository: &str, n: u8, layers: &[u8]) -> Finding {
    Finding::Image {
        repository: name(repository),
        digest: digest(n),
        image: Box::new(image(n)),
        blobs: layers.iter().map(|n| layer(*n)).collect::<Vec<_>>().into(),
    }
}

fn unread(f: &Fixture) -> Vec<(String, usize, usize)> {
    let indexes = f.store.unread_indexes(f.id, None, 100, false).unwrap();
    let known = |index: &crate::model::UnreadIndex| {
        let known = index.children.iter().filter(|(_, known)| known.is_some());
        (
            index.repository.to_string(),
            index.children.len(),
            known.count(),
        )
    };
    indexes.iter().map(known).collect()
}

#[test]
fn children_are_unread_until_all_of_them_are_there() {
    let mut f = Fixture::new();
    f.crawl(&[
        index("a", 20, &[21, 22]),
        tag("a", "x", 20),
        // One of its children is an image of its own.
        with_layers("a", 21, &[1, 2]),
        tag("a", "x-amd64", 21),
        listed("a", &["x", "x-amd64"]),
        index("b", 30, &[31]),
        tag("b", "y", 30),
        listed("b", &["y"]),
    ]);
    assert_eq!(f.store.registry("hub").unwrap().unread, 2);
    assert_eq!(f.store.unread_count(f.id, false).unwrap(), 2);
    assert_eq!(unread(&f), [("a".to_owned(), 2, 1), ("b".to_owned(), 1, 0)]);
    let first = f.store.unread_indexes(f.id, None, 1, false).unwrap();
    let place = (first[0].repository.clone(), first[0].digest.clone());
    let second = f
        .store
        .unread_indexes(f.id, Some(&place), 1, false)
        .unwrap();
    assert_eq!(second[0].repository.as_str(), "b");
    let place = (second[0].repository.clone(), second[0].digest.clone());
    assert_eq!(
        f.store
            .unread_indexes(f.id, Some(&place), 1, false)
            .unwrap(),
        []
    );
    // A part was read.
    f.crawl(&[Finding::Children {
        repository: name("a"),
        digest: digest(20),
        sizes: vec![(digest(21), 13)],
        index: None,
    }]);
    let row = |f: &Fixture| {
        let rows = f.store.images(f.id, &name("a")).unwrap();
        rows.into_iter()
            .find(|row| row.digest == digest(20))
            .unwrap()
    };
    assert_eq!(row(&f).image.children[0].size, Some(13));
    assert_eq!(
        (row(&f).image.size, row(&f).image.level),
        (None, Level::Manifest)
    );
    let facts = IndexFacts {
        size: 99,
        created: Timestamp::from_second(7).ok(),
    };
    let record = f.crawl(&[
        read(21, contents(&[1, 2], Some(7))),
        read(22, contents(&[1, 3], None)),
        Finding::Children {
            repository: name("a"),
            digest: digest(20),
            sizes: vec![(digest(21), 13), (digest(22), 14)],
            index: Some(facts),
        },
    ]);
    assert_eq!((record.changes, record.mismatched), (0, 0));
    let whole = row(&f);
    assert_eq!(
        (whole.image.size, whole.image.created),
        (Some(99), facts.created)
    );
    assert_eq!(whole.image.level, Level::Whole);
    let layers = f.store.layers(f.id, &name("a"), &digest(20)).unwrap();
    assert_eq!(layers, [layer(1), layer(2), layer(1), layer(3)]);
    assert_eq!(
        f.store.layers(f.id, &name("a"), &digest(21)).unwrap(),
        [layer(1), layer(2)]
    );
    assert_eq!(unread(&f), [("b".to_owned(), 1, 0)]);
    // What is known of a child is known in another repository.
    f.crawl(&[
        index("c", 40, &[22]),
        tag("c", "z", 40),
        listed("c", &["z"]),
    ]);
    assert_eq!(unread(&f), [("b".to_owned(), 1, 0), ("c".to_owned(), 1, 1)]);
    assert_eq!(
        f.store.unread_indexes(f.id, None, 100, true).unwrap().len(),
        3
    );
    // Read again as a tag, it keeps what its children said.
    f.crawl(&[index("a", 20, &[21, 22]), listed("a", &["x", "x-amd64"])]);
    assert_eq!(row(&f).image, whole.image);
    assert_eq!(f.store.damages().unwrap(), []);
    f.crawl(&[gone("b", &["y"]), listed("b", &[])]);
    assert_eq!(f.store.registry("hub").unwrap().unread, 1);
}

#[test]
fn what_a_full_crawl_finds_different_is_counted_and_kept() {
    let mut f = Fixture::new();
    f.crawl(&[
        with_layers("a", 1, &[1]),
        tag("a", "x", 1),
        listed("a", &["x"]),
    ]);
    let same = f.crawl(&[with_layers("a", 1, &[1]), listed("a", &["x"])]);
    assert_eq!(same.mismatched, 0);
    let other = f.crawl(&[with_layers("a", 1, &[1, 2]), listed("a", &["x"])]);
    assert_eq!(other.mismatched, 1);
    let layers = f.store.layers(f.id, &name("a"), &digest(1)).unwrap();
    assert_eq!(layers, [layer(1), layer(2)]);
}

#[test]
fn an_image_without_a_tag_stays_where_the_registry_lists_it() {
    let mut f = Fixture::new();
    let list = |tags: &[&str], images: &[u8]| Finding::Listed {
        repository: name("a"),
        tags: tags.iter().map(|tag| name(tag)).collect(),
        images: Some(images.iter().map(|n| digest(*n)).collect()),
    };
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        found("a", 2),
        list(&["x"], &[1, 2]),
    ]);
    let rows = f.store.images(f.id, &name("a")).unwrap();
    let untagged: Vec<_> = rows.iter().filter(|row| row.tags.is_empty()).collect();
    assert_eq!((rows.len(), untagged.len()), (2, 1));
    assert_eq!(untagged[0].digest, digest(2));
    // Its last tag goes, and the registry still has it.
    f.crawl(&[list(&[], &[1, 2]), gone("a", &["x"])]);
    assert_eq!(f.store.images(f.id, &name("a")).unwrap().len(), 2);
    let record = f.crawl(&[list(&[], &[2])]);
    assert_eq!(record.gone, 1);
    assert_eq!(
        f.store.images(f.id, &name("a")).unwrap()[0].digest,
        digest(2)
    );
    // A registry that does not say keeps none without a tag.
    let record = f.crawl(&[listed("a", &[])]);
    assert_eq!(
        record.gone, 0,
        "it was listed, and nothing says that it is not any more"
    );
}

#[test]
fn what_nothing_refers_to_is_swept_away() {
    let mut f = Fixture::new();
    f.crawl(&[
        with_layers("a", 1, &[1, 2]),
        tag("a", "x", 1),
        with_layers("a", 2, &[2, 3]),
        tag("a", "y", 2),
        index("a", 20, &[21]),
        tag("a", "z", 20),
        listed("a", &["x", "y", "z"]),
        read(21, contents(&[3, 4], Some(1))),
        Finding::Children {
            repository: name("a"),
            digest: digest(20),
            sizes: vec![(digest(21), 17)],
            index: Some(IndexFacts::default()),
        },
    ]);
    f.crawl(&[gone("a", &["x", "z"])]);
    let count = |f: &Fixture, table| {
        f.store
            .lease
            .read(|transaction| {
                use redb::ReadableTableMetadata as _;
                Ok(transaction.open_table::<&[u8], &[u8]>(table)?.len()?)
            })
            .unwrap()
            .unwrap()
    };
    assert_eq!(count(&f, schema::LAYERS), 4);
    f.store.sweep(f.id).unwrap();
    assert_eq!(
        (count(&f, schema::LAYERS), count(&f, schema::CONTENTS)),
        (2, 0)
    );
    let layers = f.store.layers(f.id, &name("a"), &digest(2)).unwrap();
    assert_eq!(layers, [layer(2), layer(3)]);
    assert_eq!(f.store.damages().unwrap(), []);
}

#[test]
fn images_that_have_a_layer_are_counted_indexes_with_what_they_list() {
    let mut f = Fixture::new();
    f.crawl(&[
        // An index that lists an image with the layers 1 and 2, and one that was not read.
        index("a", 20, &[21, 22]),
        tag("a", "x", 20),
        read(21, contents(&[1, 2], None)),
        // The same layer twice is one image all the same.
        with_layers("a", 30, &[1, 1, 3]),
        tag("a", "y", 30),
        with_layers("b", 30, &[1, 1, 3]),
        tag("b", "y", 30),
        listed("a", &["x", "y"]),
        listed("b", &["y"]),
    ]);
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let holders = |layers: &[u8]| {
        let layers: Vec<Layer> = layers.iter().map(|n| layer(*n)).collect();
        f.store.holders(f.id, &layers, &cancel).unwrap()
    };
    assert_eq!(holders(&[1, 2, 3, 4, 1]), [3, 1, 2, 0, 3]);
    assert_eq!(holders(&[]), Vec::<u64>::new());
    let larger = Layer {
        size: 99,
        ..layer(1)
    };
    assert_eq!(f.store.holders(f.id, &[larger], &cancel).unwrap(), [0]);
    cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let none = f.store.holders(f.id, &[layer(1)], &cancel).unwrap();
    assert_eq!(none, Vec::<u64>::new());
}
