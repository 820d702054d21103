//! What a look at the whole inventory finds, and what a repair makes of it.

use super::host::left_behind;
use super::*;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

/// Overwrites the pages of the file that hold `text`.
fn overwrite(directory: &Path, text: &str) {
    let path = directory.join(FILE_NAME);
    let mut bytes = std::fs::read(&path).unwrap();
    let mut done = 0;
    for page in bytes.chunks_mut(4096) {
        if page.windows(text.len()).any(|part| part == text.as_bytes()) {
            page.fill(0xFF);
            done += 1;
        }
    }
    assert!(done > 0);
    std::fs::write(&path, bytes).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let store = Store::open_existing(directory, Access::ReadOnly).unwrap();
    let rows = store.registries().unwrap();
    rows.iter().map(|row| row.spec.name.to_string()).collect()
}

fn format1() -> tempfile::TempDir {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-1");
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(data.join(FILE_NAME), directory.path().join(FILE_NAME)).unwrap();
    directory
}

#[test]
fn where_there_is_no_inventory_there_is_nothing_to_repair() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(Store::checkup(directory.path()).unwrap(), None);
    assert_eq!(Store::repair(directory.path(), now()).unwrap(), None);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn what_a_killed_process_left_is_closed_in_order() {
    let left = left_behind();
    let found = Store::checkup(left.path()).unwrap().unwrap();
    assert_eq!(found.integrity, Integrity::NotClosed);
    let done = Store::repair(left.path(), now()).unwrap().unwrap();
    assert_eq!((done.found, done.kept_as), (found, None));
    let found = Store::checkup(left.path()).unwrap().unwrap();
    assert_eq!(found.integrity, Integrity::Sound);
    assert_eq!(names(left.path()), ["hub"]);
}

#[test]
fn nothing_is_repaired_under_a_crawl() {
    let f = Fixture::new();
    let writer = f.store.begin_crawl(f.id, &name("hub"), now()).unwrap();
    overwrite(&f.store.directory, "https://hub.example");
    let before = std::fs::read(f.store.file()).unwrap();
    let error = Store::repair(&f.store.directory, now()).unwrap_err();
    assert!(matches!(error, StoreError::CrawlRunning { .. }), "{error}");
    assert!(std::fs::read(f.store.file()).unwrap() == before);
    drop(writer);
    assert!(Store::repair(&f.store.directory, now()).is_ok());
    assert_eq!(names(&f.store.directory), ["hub"]);
}

#[test]
fn settings_come_from_the_copy_else_from_the_bytes_else_from_nowhere() {
    for (source, has_copy, has_rows) in [
        (SettingsSource::Copy, true, false),
        (SettingsSource::Traces, false, true),
        (SettingsSource::Nowhere, false, false),
    ] {
        let f = Fixture::new();
        f.store.add_registry(&spec("other")).unwrap();
        let directory = &f.store.directory;
        let path = f.store.file();
        if !has_copy {
            std::fs::remove_file(settings::path(directory)).unwrap();
        }
        if !has_rows {
            overwrite(directory, "https://hub.example");
        }
        // No library opens this.
        let mut bytes = std::fs::read(path).unwrap();
        bytes[64..320].fill(0xAA);
        std::fs::write(path, &bytes).unwrap();
        let found = Store::checkup(directory).unwrap().unwrap();
        assert_eq!(found.settings, source);
        let lost: Vec<_> = found.registries.iter().map(|row| row.lost).collect();
        assert!(lost.iter().all(Option::is_none), "{lost:?}");
        Store::repair(directory, now()).unwrap();
        let wanted: &[&str] = match source {
            SettingsSource::Nowhere => &[],
            _ => &["hub", "other"],
        };
        assert_eq!(names(directory), wanted, "{source:?}");
        // The damaged file is there, and a second one does not take its place.
        assert!(
            std::fs::read(directory.join("inventory.redb.damaged-2026-11-18")).unwrap() == bytes
        );
        std::fs::write(path, b"").unwrap();
        let done = Store::repair(directory, now()).unwrap().unwrap();
        let kept_as = done.kept_as.unwrap();
        assert!(
            kept_as.ends_with("inventory.redb.damaged-2026-11-18.1"),
            "{kept_as:?}"
        );
    }
}

#[test]
fn a_damaged_inventory_of_format_1_is_not_brought_to_this_format() {
    let directory = format1();
    let wanted = {
        let sound = format1();
        names(sound.path())
    };
    let path = directory.path().join(FILE_NAME);
    // A bit in a page of images: rows of format 1 prove nothing of themselves.
    let mut bytes = std::fs::read(&path).unwrap();
    let kind = b"application/vnd.cncf.helm.config.v1+json";
    let found = bytes.windows(kind.len()).enumerate();
    let found: Vec<_> = found
        .filter(|(_, part)| part == kind)
        .map(|(at, _)| at)
        .collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    for access in [Access::ReadOnly, Access::ReadWrite] {
        let error = Store::open(directory.path(), access).unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    }
    assert!(std::fs::read(&path).unwrap() == bytes);
    let done = Store::repair(directory.path(), now()).unwrap().unwrap();
    assert_eq!(done.found.settings, SettingsSource::Traces);
    assert_eq!(names(directory.path()), wanted);
}

#[test]
fn of_format_1_everything_is_kept_where_its_pages_are_sound() {
    let directory = format1();
    let path = directory.path().join(FILE_NAME);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[2] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let done = Store::repair(directory.path(), now()).unwrap().unwrap();
    assert!(done.kept_as.is_some());
    assert_eq!(done.found.settings, SettingsSource::Inventory);
    let sound = format1();
    let of = |directory: &Path| {
        let store = Store::open(directory, Access::ReadWrite).unwrap();
        store.registries().unwrap()
    };
    assert_eq!(of(directory.path()), of(sound.path()));
}

#[test]
fn what_a_newer_version_wrote_is_left_to_it() {
    let f = Fixture::new();
    let write = |transaction: &redb::WriteTransaction| {
        let mut meta = transaction.open_table(schema::META)?;
        meta.insert("format", 9)?;
        meta.insert("format-inverted", !9)?;
        Ok(())
    };
    f.store.lease.write("a newer format", write).unwrap();
    let before = std::fs::read(f.store.file()).unwrap();
    for error in [
        Store::checkup(&f.store.directory).unwrap_err(),
        Store::repair(&f.store.directory, now()).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::Newer { found: 9, .. }),
            "{error}"
        );
    }
    assert!(std::fs::read(f.store.file()).unwrap() == before);
}

#[test]
fn decisions_are_brought_back_where_something_else_is_lost() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        listed("a", &["x"]),
        found("b", 2),
        tag("b", "lost-tag", 2),
        listed("b", &["lost-tag"]),
        catalogue(&[]),
    ]);
    let decided: Vec<_> = ["a", "b", "gone/long-ago"]
        .map(|repository| crate::model::Decided {
            repository: name(repository),
            subject: crate::model::Subject::Tag(name("kept")),
            decision: Some(crate::model::Decision {
                choice: crate::model::Choice::Keep,
                note: Some("somebody said so".into()),
                at: now(),
            }),
        })
        .to_vec();
    f.store.decide(f.id, &decided).unwrap();
    // The tags are lost, and with them what both repositories hold.
    overwrite(&f.store.directory, "lost-tag");
    assert_eq!(f.store.images(f.id, &name("b")).ok(), None);
    Store::repair(&f.store.directory, now()).unwrap();
    let store = Store::open(&f.store.directory, Access::ReadWrite).unwrap();
    assert_eq!(store.damages().unwrap(), []);
    assert_eq!(store.decisions(f.id).unwrap(), decided);
    // A crawl goes on with it.
    let mut writer = store.begin_crawl(f.id, &name("hub"), now()).unwrap();
    let again = [found("b", 2), tag("b", "kept", 2), listed("b", &["kept"])];
    writer.write(&again).unwrap();
    drop(writer);
    let rows = store.images(f.id, &name("b")).unwrap();
    assert_eq!(rows[0].decisions.tags.len(), 1);
}

#[test]
fn of_a_damaged_inventory_of_format_2_the_settings_come_to_this_format() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-2");
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::copy(data.join(FILE_NAME), directory.join(FILE_NAME)).unwrap();
    // The tags.
    overwrite(directory, "multi");
    let error = Store::open(directory, Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    let found = Store::checkup(directory).unwrap().unwrap();
    assert_eq!(found.format, Some(2));
    assert!(matches!(found.integrity, Integrity::Damaged { .. }));
    Store::repair(directory, now()).unwrap();
    let store = Store::open(directory, Access::ReadWrite).unwrap();
    assert_eq!(store.damages().unwrap(), []);
    let hub = store.registry("hub").unwrap();
    assert_eq!(
        (hub.repositories, hub.spec.endpoint.to_string()),
        (0, "https://hub.example".into())
    );
    assert_eq!(store.registry("spare").unwrap().spec.limits.page_size, 50);
}
