//! From format 1, by a file that the last version to write it wrote, and what that version
//! said of it.

use std::fs;

use super::*;
use crate::export::{ImageLine, RegistryLine};
use crate::model::Memory;

fn data(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/format-1")
        .join(name)
}

/// A state directory with the inventory of format 1 in it.
fn old() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::copy(data("inventory.redb"), directory.path().join(FILE_NAME)).unwrap();
    directory
}

fn json<T: serde::Serialize>(rows: &T) -> Vec<serde_json::Value> {
    serde_json::from_value(serde_json::to_value(rows).unwrap()).unwrap()
}

fn recorded(name: &str) -> Vec<serde_json::Value> {
    serde_json::from_slice(&fs::read(data(name)).unwrap()).unwrap()
}

/// Each recorded object's fields as they are said now; fields may have come.
fn assert_still_said(now: &[serde_json::Value], then: &[serde_json::Value]) {
    assert_eq!(now.len(), then.len());
    for (now, then) in now.iter().zip(then) {
        for (key, value) in then.as_object().unwrap() {
            if key == "children" {
                for (now, then) in now[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .zip(value.as_array().unwrap())
                {
                    assert_eq!(now["digest"], then["digest"]);
                    assert_eq!(now["platform"], then["platform"]);
                }
                continue;
            }
            assert_eq!(&now[key], value, "{key} of {then}");
        }
    }
}

fn assert_is_whole(store: &Store) {
    let registries = store.registries().unwrap();
    let lines: Vec<RegistryLine> = registries
        .iter()
        .map(|row| RegistryLine::new(row, Timestamp::UNIX_EPOCH))
        .collect();
    assert_still_said(&json(&lines), &recorded("registries.json"));
    let mut images = Vec::new();
    for row in &registries {
        for repository in store.repositories(row.id).unwrap() {
            for image in store.images(row.id, &repository.name).unwrap() {
                images.push(ImageLine::new(&row.spec.name, &image));
            }
        }
    }
    assert_still_said(&json(&images), &recorded("images.json"));
    assert_eq!(store.damages().unwrap(), []);
    let hub = &registries[0];
    let memory = Memory {
        sign_in: "password ann".into(),
        withheld: true,
    };
    assert_eq!(store.memory(hub.id).unwrap(), memory);
    assert_eq!(hub.unread, 1);
    assert_eq!(hub.spec.limits.page_size, 50);
    let failures = store.failures(hub.id, 2).unwrap();
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[1].class, Class::Denied);
    assert_eq!(store.crawls(hub.id).unwrap().len(), 2);
    // What those crawls changed was never written.
    assert_eq!(store.changes_of(hub.id, 1).unwrap(), None);
}

#[test]
fn an_inventory_of_format_1_is_brought_to_this_format_and_a_copy_kept() {
    let directory = old();
    let store = Store::open(directory.path(), Access::ReadWrite).unwrap();
    assert_is_whole(&store);
    // The copy is as good as the file was.
    let copy = tempfile::tempdir().unwrap();
    let kept = directory.path().join("inventory-format-1.redb");
    fs::copy(kept, copy.path().join(FILE_NAME)).unwrap();
    assert_is_whole(&Store::open(copy.path(), Access::ReadOnly).unwrap());
    assert!(!directory.path().join("inventory.redb.migrating").exists());
    drop(store);
    // It is migrated once, and crawled on.
    let store = Store::open_existing(directory.path(), Access::ReadWrite).unwrap();
    assert_is_whole(&store);
    let hub = store.registry("hub").unwrap();
    let at = Timestamp::from_second(1_790_100_000).unwrap();
    let mut writer = store.begin_crawl(hub.id, &hub.spec.name, at).unwrap();
    let known = store.known(hub.id, &[name("team/app")]).unwrap();
    assert_eq!(
        known[0].images.len(),
        1,
        "the index; images are read once more"
    );
    let mut read = image(1);
    read.size = Some(2000);
    writer
        .write(&[Finding::Image {
            repository: name("team/app"),
            digest: digest(1),
            image: Box::new(read),
            blobs: Blobs::default(),
        }])
        .unwrap();
    drop(writer);
    let images = store.images(hub.id, &name("team/app")).unwrap();
    let row = images.iter().find(|row| row.digest == digest(1)).unwrap();
    assert_eq!(row.image.size, Some(2000));
    assert_eq!(row.first_seen.as_second(), 1_790_000_000);
    let fresh = RegistrySpec::new(name("fresh"), name("https://fresh.example"));
    assert_eq!(store.add_registry(&fresh).unwrap(), RegistryId(4));
}

#[test]
fn under_read_only_format_1_is_read_as_it_is() {
    let directory = old();
    let store = Store::open(directory.path(), Access::ReadOnly).unwrap();
    assert_is_whole(&store);
    let files: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let now = fs::read(directory.path().join(FILE_NAME)).unwrap();
    assert!(now == fs::read(data("inventory.redb")).unwrap());
}

#[test]
fn a_migration_that_was_killed_is_begun_anew() {
    for kept in [false, true] {
        let directory = old();
        let inventory = directory.path().join(FILE_NAME);
        fs::write(
            directory.path().join("inventory.redb.migrating"),
            &fs::read(&inventory).unwrap()[..50_000],
        )
        .unwrap();
        if kept {
            fs::hard_link(&inventory, directory.path().join("inventory-format-1.redb")).unwrap();
        }
        let store = Store::open(directory.path(), Access::ReadWrite).unwrap();
        assert_is_whole(&store);
    }
}

#[test]
fn two_that_migrate_at_once_do_it_once() {
    let directory = old();
    let open = || Store::open(directory.path(), Access::ReadWrite).unwrap();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        for one in all {
            assert_is_whole(&one.join().unwrap());
        }
    });
}

/// What the last version to write format 2 said of an inventory of it.
fn assert_format_2_is_whole(store: &Store) {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-2");
    let recorded = |name: &str| -> Vec<serde_json::Value> {
        serde_json::from_slice(&fs::read(data.join(name)).unwrap()).unwrap()
    };
    let registries = store.registries().unwrap();
    let lines: Vec<RegistryLine> = registries
        .iter()
        .map(|row| RegistryLine::new(row, Timestamp::UNIX_EPOCH))
        .collect();
    assert_still_said(&json(&lines), &recorded("registries.json"));
    let mut images = Vec::new();
    let mut changes = Vec::new();
    for row in &registries {
        for repository in store.repositories(row.id).unwrap() {
            for image in store.images(row.id, &repository.name).unwrap() {
                images.push(ImageLine::new(&row.spec.name, &image));
            }
        }
        for crawl in store.crawls(row.id).unwrap() {
            let of_crawl = store.changes_of(row.id, crawl.number).unwrap().unwrap();
            changes.extend(of_crawl.iter().map(|change| format!("{change:?}")));
        }
    }
    assert_still_said(&json(&images), &recorded("images.json"));
    let then = fs::read_to_string(data.join("changes.txt")).unwrap();
    let mut then: Vec<&str> = then.lines().collect();
    // Its changes lay in the order they were found; now they lie by repository.
    then.sort_unstable();
    changes.sort_unstable();
    assert_eq!(changes, then);
    assert_eq!(store.damages().unwrap(), []);
    let id = registries[0].id;
    assert_eq!(store.history(id, &name("old/tool")).unwrap().len(), 4);
    assert_eq!(store.history(id, &name("team/app")).unwrap().len(), 6);
    let start = |n| digest(n).to_string().parse().unwrap();
    for (n, found) in [(2, "team/app"), (11, "team/app"), (5, "team/new")] {
        let repositories = store.repositories_with(id, &start(n)).unwrap();
        assert_eq!(repositories, [name::<RepositoryName>(found)]);
    }
}

fn format_2() -> tempfile::TempDir {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-2");
    let directory = tempfile::tempdir().unwrap();
    fs::copy(data.join(FILE_NAME), directory.path().join(FILE_NAME)).unwrap();
    directory
}

#[test]
fn an_inventory_of_format_2_is_brought_to_this_format_and_a_copy_kept() {
    let directory = format_2();
    let store = Store::open(directory.path(), Access::ReadWrite).unwrap();
    assert_format_2_is_whole(&store);
    assert!(directory.path().join("inventory-format-2.redb").exists());
    // A repository that was gone and comes back goes on with its history.
    let id = store.registry("hub").unwrap().id;
    let at = Timestamp::from_second(1_790_100_000).unwrap();
    let mut writer = store.begin_crawl(id, &name("hub"), at).unwrap();
    let back = [
        found("old/tool", 3),
        tag("old/tool", "x", 3),
        listed("old/tool", &["x"]),
    ];
    writer.write(&back).unwrap();
    drop(writer);
    assert_eq!(store.history(id, &name("old/tool")).unwrap().len(), 5);
    assert_eq!(store.damages().unwrap(), []);
    let fresh = RegistrySpec::new(name("fresh"), name("https://fresh.example"));
    assert_eq!(store.add_registry(&fresh).unwrap(), RegistryId(3));
}

#[test]
fn under_read_only_format_2_is_read_as_it_is() {
    let directory = format_2();
    let store = Store::open(directory.path(), Access::ReadOnly).unwrap();
    assert_format_2_is_whole(&store);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}
