//! What the host refuses or leaves behind, and who only looks.

use super::*;

/// A state as a killed process leaves it: the file in the middle of something.
pub(super) fn left_behind() -> tempfile::TempDir {
    let f = Fixture::new();
    let held = redb::Database::open(f.store.file()).unwrap();
    let transaction = held.begin_write().unwrap();
    transaction.open_table(schema::META).unwrap();
    transaction.commit().unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(f.store.file(), directory.path().join(FILE_NAME)).unwrap();
    directory
}

#[test]
fn who_only_looks_makes_nothing_and_finds_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    for access in [Access::ReadWrite, Access::ReadOnly] {
        let store = Store::open_existing(&state, access).unwrap();
        assert_eq!(store.registries().unwrap(), []);
        assert!(matches!(
            store.registry("hub"),
            Err(StoreError::NoSuchRegistry { .. })
        ));
        assert!(!state.exists());
    }
}

#[test]
fn a_file_without_a_byte_is_damaged_and_left_as_it_is() {
    let f = Fixture::new();
    std::fs::write(f.store.file(), b"").unwrap();
    let directory = &f.store.directory;
    for access in [Access::ReadWrite, Access::ReadOnly] {
        for opened in [
            Store::open(directory, access),
            Store::open_existing(directory, access),
        ] {
            let error = opened.unwrap_err();
            assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
        }
    }
    assert_eq!(std::fs::metadata(f.store.file()).unwrap().len(), 0);
}

#[test]
fn who_is_second_to_make_it_finds_it_made() {
    let directory = tempfile::tempdir().unwrap();
    // What a killed process left of its attempt.
    let left = directory.path().join(format!("{FILE_NAME}.new-left"));
    std::fs::write(&left, b"half").unwrap();
    let makers: Vec<_> = (0..4)
        .map(|n| {
            let directory = directory.path().to_owned();
            std::thread::spawn(move || {
                let store = Store::open(&directory, Access::ReadWrite).unwrap();
                store.add_registry(&spec(&format!("r{n}"))).unwrap();
            })
        })
        .collect();
    for maker in makers {
        maker.join().unwrap();
    }
    let store = Store::open(directory.path(), Access::ReadWrite).unwrap();
    assert_eq!(store.registries().unwrap().len(), 4);
    assert!(!left.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(store.file())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_panic_of_the_library_is_damage_and_lets_the_file_go() {
    let f = Fixture::new();
    let error = f
        .store
        .lease
        .read::<()>(|_| panic!("a page is of no kind"))
        .unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    assert!(error.hint().unwrap().contains("supercargo doctor"));
    let error = f
        .store
        .lease
        .write::<()>("a row", |transaction| {
            transaction.open_table(schema::META)?.insert("format", 7)?;
            panic!("a page is of no kind")
        })
        .unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    // Nothing of it was written, and nothing is held.
    assert_eq!(f.store.registries().unwrap().len(), 1);
    f.store.add_registry(&spec("other")).unwrap();
}

#[test]
fn who_only_looks_may_change_what_is_there() {
    let f = Fixture::new();
    let store = Store::open_existing(&f.store.directory, Access::ReadWrite).unwrap();
    store.add_registry(&spec("other")).unwrap();
    assert_eq!(f.store.registries().unwrap().len(), 2);
}

#[test]
fn what_a_killed_process_left_is_read_and_repaired() {
    let left = left_behind();
    let error = Store::open(left.path(), Access::ReadOnly).unwrap_err();
    assert!(matches!(error, StoreError::NeedsRepair { .. }), "{error}");
    assert!(error.hint().unwrap().contains("without `--read-only`"));
    let store = Store::open_existing(left.path(), Access::ReadWrite).unwrap();
    assert_eq!(store.registries().unwrap().len(), 1);
    // From then on it is whole.
    let store = Store::open(left.path(), Access::ReadOnly).unwrap();
    assert_eq!(store.registries().unwrap().len(), 1);
}

#[test]
fn a_file_that_is_cut_short_is_damaged() {
    let f = Fixture::new();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(f.store.file())
        .unwrap();
    file.set_len(4096).unwrap();
    let error = Store::open(&f.store.directory, Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    assert!(error.hint().unwrap().contains("supercargo doctor"));
}

#[test]
fn a_place_that_is_no_directory_is_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("file");
    std::fs::write(&state, b"x").unwrap();
    let error = Store::open_existing(&state, Access::ReadOnly).unwrap_err();
    assert!(matches!(error, StoreError::Host { .. }), "{error}");
    assert!(error.hint().unwrap().contains("--state DIR"), "{error}");
    assert_eq!(std::fs::read(&state).unwrap(), b"x");
}
