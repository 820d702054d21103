//! The inventory's rules, each on a file of its own.

mod children;
mod decisions;
mod facts;
mod history;
mod host;
mod migration;
mod repair;
mod retry;
mod scan;
mod summaries;

use std::time::Duration;

use super::lease::Lease;
use super::*;
use crate::model::Memory;
use crate::model::{
    Blobs, Child, Class, Digest, Failure, Finding, Image, Kind, Level, ListState, MediaType,
    Outcome, Platform, Progress, RegistryId, RegistrySpec, RepositoryName, Stage, Summary, Tag,
    Timestamp,
};

struct Fixture {
    _directory: tempfile::TempDir,
    store: Store,
    id: RegistryId,
    clock: i64,
}

fn name<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

fn spec(text: &str) -> RegistrySpec {
    RegistrySpec::new(name(text), name("https://hub.example"))
}

fn digest(n: u8) -> Digest {
    Digest::sha256(&[n])
}

fn image(n: u8) -> Image {
    let mut image = Image::new(Kind::Image, MediaType::OciManifest);
    image.platform = Platform::new("linux", "amd64", None);
    image.size = Some(1000 + u64::from(n));
    image.created = Timestamp::from_second(1_700_000_000).ok();
    image.level = Level::Whole;
    image
}

fn failure(class: Class) -> Failure {
    Failure::new(Stage::Manifest, class, "could not be read")
}

fn found(repository: &str, n: u8) -> Finding {
    Finding::Image {
        repository: name(repository),
        digest: digest(n),
        image: Box::new(image(n)),
        blobs: Blobs::default(),
    }
}

fn tag(repository: &str, tag: &str, n: u8) -> Finding {
    Finding::Tag {
        repository: name(repository),
        tag: name(tag),
        digest: digest(n),
    }
}

fn listed(repository: &str, tags: &[&str]) -> Finding {
    Finding::Listed {
        repository: name(repository),
        tags: tags.iter().map(|tag| name(tag)).collect(),
        images: None,
    }
}

fn unread(repository: &str, tag: &str) -> Finding {
    Finding::Unread {
        repository: name(repository),
        tag: name(tag),
        failure: Some(failure(Class::Server)),
    }
}

/// The list of repositories, which lacks these.
fn catalogue(missing: &[&str]) -> Finding {
    Finding::Catalogue {
        missing: missing.iter().map(|n| name(n)).collect(),
    }
}

fn gone(repository: &str, tags: &[&str]) -> Finding {
    Finding::Gone {
        repository: name(repository),
        tags: tags.iter().map(|tag| name(tag)).collect(),
    }
}

/// A crawl that ended well.
fn summary() -> Summary {
    Summary {
        outcome: Outcome::Complete,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::from_secs(1),
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Access::ReadWrite).unwrap();
        let id = store.add_registry(&spec("hub")).unwrap();
        Self {
            _directory: directory,
            store,
            id,
            clock: 1_000_000,
        }
    }

    /// A crawl an hour after the last, that finds this.
    fn crawl(&mut self, findings: &[Finding]) -> crate::model::CrawlRecord {
        // One transaction each, so that state between batches is tested too.
        self.crawl_in(findings, 1)
    }

    /// The same in one transaction.
    fn crawl_at_once(&mut self, findings: &[Finding]) -> crate::model::CrawlRecord {
        self.crawl_in(findings, usize::MAX)
    }

    fn crawl_in(&mut self, findings: &[Finding], batch: usize) -> crate::model::CrawlRecord {
        self.clock += 3600;
        let at = Timestamp::from_second(self.clock).unwrap();
        let mut writer = self.store.begin_crawl(self.id, &name("hub"), at).unwrap();
        for batch in findings.chunks(batch) {
            writer.write(batch).unwrap();
        }
        writer.finish(&summary()).unwrap()
    }

    fn images(&self, repository: &str) -> Vec<(String, Option<i64>, i64)> {
        let rows = self.store.images(self.id, &name(repository)).unwrap();
        rows.iter()
            .map(|row| {
                let tags: Vec<&str> = row.tags.iter().map(Tag::as_str).collect();
                (
                    tags.join(" "),
                    row.stale_since.map(Timestamp::as_second),
                    row.last_seen.as_second(),
                )
            })
            .collect()
    }

    fn totals(&self) -> (u64, u64, u64) {
        let row = self.store.registry("hub").unwrap();
        let repositories = self.store.repositories(self.id).unwrap();
        assert_eq!(row.repositories, repositories.len() as u64);
        assert_eq!(row.tags, repositories.iter().map(|r| r.tags).sum::<u64>());
        assert_eq!(
            row.images,
            repositories.iter().map(|r| r.images).sum::<u64>()
        );
        (row.repositories, row.tags, row.images)
    }
}

#[test]
fn what_a_crawl_found_is_there() {
    let mut f = Fixture::new();
    let index = Image {
        kind: Kind::Index,
        platform: None,
        size: None,
        created: None,
        children: vec![
            Child {
                digest: digest(8),
                platform: Platform::new("linux", "arm64", Some("v8")),
                accessory: false,
                is_index: false,
                size: None,
            },
            Child {
                digest: digest(9),
                platform: None,
                accessory: true,
                is_index: false,
                size: None,
            },
        ],
        ..image(2)
    };
    let record = f.crawl(&[
        Finding::Repository(name("team/app")),
        found("team/app", 1),
        tag("team/app", "1.0", 1),
        tag("team/app", "latest", 1),
        Finding::Image {
            repository: name("team/app"),
            digest: digest(2),
            image: Box::new(index.clone()),
            blobs: Blobs::default(),
        },
        tag("team/app", "multi", 2),
        listed("team/app", &["1.0", "latest", "multi"]),
        catalogue(&[]),
    ]);
    assert_eq!(
        (record.number, record.new, record.gone, record.moved),
        (1, 2, 0, 0)
    );
    assert_eq!(f.totals(), (1, 3, 2));
    let rows = f.store.images(f.id, &name("team/app")).unwrap();
    let multi = rows.iter().find(|row| row.digest == digest(2)).unwrap();
    assert_eq!(multi.image.children, index.children);
    assert_eq!(
        multi.platforms,
        [Platform::new("linux", "arm64", Some("v8")).unwrap()]
    );
    assert_eq!((multi.image.kind, multi.image.size), (Kind::Index, None));
    let single = rows.iter().find(|row| row.digest == digest(1)).unwrap();
    assert_eq!(single.tags, [name::<Tag>("1.0"), name("latest")]);
    assert_eq!(single.image.size, Some(1001));
    assert_eq!(single.image.media_type, image(1).media_type);
    assert_eq!(single.first_seen.as_second(), f.clock);
    assert_eq!(f.store.registry("hub").unwrap().list, ListState::Listed);
    let known = &f
        .store
        .known(f.id, &[name("team/app"), name("nosuch")])
        .unwrap();
    assert_eq!(known[0].tags.len(), 3);
    assert_eq!(known[0].images.len(), 2);
    assert_eq!(known[1], crate::model::KnownRepository::default());
}

#[test]
fn an_unchanged_crawl_reports_nothing_and_moves_last_seen() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        listed("a", &["x"]),
        catalogue(&[]),
    ]);
    let first = f.clock;
    let record = f.crawl(&[listed("a", &["x"]), catalogue(&[])]);
    assert_eq!(
        (record.new, record.gone, record.moved, record.failures),
        (0, 0, 0, 0)
    );
    assert_eq!(f.images("a"), [("x".to_owned(), None, f.clock)]);
    let row = &f.store.images(f.id, &name("a")).unwrap()[0];
    assert_eq!(row.first_seen.as_second(), first);
}

#[test]
fn a_moved_tag_is_counted_and_the_image_nobody_names_goes() {
    let mut f = Fixture::new();
    f.crawl(&[found("a", 1), tag("a", "x", 1), listed("a", &["x"])]);
    let record = f.crawl(&[found("a", 2), tag("a", "x", 2), listed("a", &["x"])]);
    assert_eq!((record.new, record.gone, record.moved), (1, 1, 1));
    assert_eq!(f.totals(), (1, 1, 1));
    assert_eq!(
        f.store.images(f.id, &name("a")).unwrap()[0].digest,
        digest(2)
    );
}

#[test]
fn a_tag_that_is_no_longer_listed_is_stale_and_goes_by_name_only() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        found("a", 2),
        tag("a", "y", 2),
        tag("a", "z", 2),
        listed("a", &["x", "y", "z"]),
    ]);
    let first = f.clock;
    let record = f.crawl(&[listed("a", &["y"])]);
    assert_eq!((record.gone, record.moved), (0, 0));
    let stale = ("x".to_owned(), Some(f.clock), first);
    assert!(f.images("a").contains(&stale), "{:?}", f.images("a"));
    let known = f.store.known(f.id, &[name("a")]).unwrap();
    assert_eq!(known[0].stale.len(), 2);
    let record = f.crawl(&[listed("a", &["y"]), gone("a", &["x", "z", "nosuch"])]);
    assert_eq!((record.gone, record.moved), (1, 0));
    assert_eq!(f.images("a"), [("y".to_owned(), None, f.clock)]);
    assert_eq!(f.totals(), (1, 1, 1));
}

#[test]
fn a_repository_that_could_not_be_listed_keeps_everything_stale() {
    let mut f = Fixture::new();
    f.crawl(&[found("a", 1), tag("a", "x", 1), listed("a", &["x"])]);
    let first = f.clock;
    let refused = Finding::Unlisted {
        repository: name("a"),
        failure: failure(Class::Denied),
    };
    f.crawl(std::slice::from_ref(&refused));
    let second = f.clock;
    f.crawl(&[refused]);
    assert_eq!(f.images("a"), [("x".to_owned(), Some(second), first)]);
    let row = &f.store.repositories(f.id).unwrap()[0];
    assert_eq!(
        row.state.list,
        ListState::Refused("could not be read".into())
    );
    f.crawl(&[listed("a", &["x"])]);
    assert_eq!(f.images("a"), [("x".to_owned(), None, f.clock)]);
}

#[test]
fn a_tag_that_could_not_be_read_stays_stale_until_it_can() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        found("a", 2),
        tag("a", "y", 2),
        listed("a", &["x", "y"]),
    ]);
    let first = f.clock;
    let record = f.crawl(&[unread("a", "x"), listed("a", &["x", "y"])]);
    let second = f.clock;
    assert_eq!((record.gone, record.failures), (0, 1));
    let stale = ("x".to_owned(), Some(second), first);
    assert!(f.images("a").contains(&stale));
    f.crawl(&[unread("a", "x"), listed("a", &["x", "y"])]);
    assert!(
        f.images("a").contains(&stale),
        "stale since the first time, not the last"
    );
    assert!(f.images("a").contains(&("y".to_owned(), None, f.clock)));
    f.crawl(&[listed("a", &["x", "y"])]);
    assert!(f.images("a").contains(&("x".to_owned(), None, f.clock)));
    let failures = f.store.failures(f.id, 2).unwrap();
    assert_eq!(failures, [failure(Class::Server)]);
}

#[test]
fn repositories_go_by_name_only() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        listed("a", &["x"]),
        found("b", 1),
        tag("b", "x", 1),
        listed("b", &["x"]),
        catalogue(&[]),
    ]);
    let record = f.crawl(&[Finding::Uncatalogued {
        failure: failure(Class::Authentication),
    }]);
    assert_eq!(record.gone, 0);
    assert_eq!(f.totals(), (2, 2, 2));
    assert_eq!(
        f.images("a")[0].1,
        Some(f.clock),
        "what could not be confirmed is stale"
    );
    assert!(matches!(
        f.store.registry("hub").unwrap().list,
        ListState::Refused(_)
    ));
    let record = f.crawl(&[listed("a", &["x"]), catalogue(&["b"])]);
    assert_eq!(record.gone, 0);
    assert_eq!(f.images("b")[0].1, Some(f.clock - 3600), "stale since then");
    let gone = Finding::GoneRepositories(vec![name("b"), name("nosuch")]);
    let record = f.crawl(&[listed("a", &["x"]), catalogue(&["b"]), gone]);
    assert_eq!(record.gone, 1);
    assert_eq!(f.totals(), (1, 1, 1));
    assert_eq!(f.images("b"), []);
}

#[test]
fn crawls_that_begin_within_a_second_confirm_nothing_for_each_other() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        listed("a", &["x"]),
        catalogue(&[]),
    ]);
    f.clock -= 3600;
    f.crawl(&[Finding::Uncatalogued {
        failure: failure(Class::Connect),
    }]);
    assert_eq!(f.images("a")[0].1, Some(f.clock));
    f.clock -= 3600;
    f.crawl(&[
        listed("a", &["x"]),
        Finding::Uncatalogued {
            failure: failure(Class::Server),
        },
    ]);
    assert_eq!(f.images("a")[0].1, None, "its tags were listed");
}

#[test]
fn one_digest_in_two_repositories_is_two_images() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        listed("a", &["x"]),
        found("b", 1),
        tag("b", "x", 1),
        listed("b", &["x"]),
    ]);
    assert_eq!(f.totals(), (2, 2, 2));
    f.crawl(&[listed("a", &[]), gone("a", &["x"])]);
    assert_eq!(f.images("a"), []);
    assert_eq!(f.images("b").len(), 1);
}

#[test]
fn an_interrupted_crawl_leaves_what_it_wrote() {
    let mut f = Fixture::new();
    let at = Timestamp::from_second(5).unwrap();
    let mut writer = f.store.begin_crawl(f.id, &name("hub"), at).unwrap();
    writer
        .write(&[found("a", 1), tag("a", "x", 1), found("a", 2)])
        .unwrap();
    assert!(f.store.registry("hub").unwrap().last_crawl.unwrap().running);
    drop(writer);
    let record = f.store.registry("hub").unwrap().last_crawl.unwrap();
    assert_eq!((record.outcome, record.running), (None, false));
    let tags = |image: &(String, Option<i64>, i64)| image.0.clone();
    let images: Vec<String> = f.images("a").iter().map(tags).collect();
    assert_eq!(
        images,
        ["x", ""],
        "what was written is there, without its tag"
    );
    let record = f.crawl(&[tag("a", "y", 2), listed("a", &["x", "y"])]);
    assert_eq!((record.number, record.new), (2, 0));
    assert_eq!(f.images("a").len(), 2);
}

#[test]
fn one_crawl_of_a_registry_at_a_time() {
    let f = Fixture::new();
    let at = Timestamp::UNIX_EPOCH;
    let writer = f.store.begin_crawl(f.id, &name("hub"), at).unwrap();
    let error = f.store.begin_crawl(f.id, &name("hub"), at).unwrap_err();
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    let error = f.store.remove_registry(f.id, &name("hub")).unwrap_err();
    assert!(matches!(error, StoreError::CrawlRunning { .. }));
    drop(writer);
    f.store.begin_crawl(f.id, &name("hub"), at).unwrap();
}

#[test]
fn pages_of_images_end_at_repositories() {
    let mut f = Fixture::new();
    let mut findings = Vec::new();
    for repository in ["a", "b", "c"] {
        for n in 0..3 {
            findings.push(found(repository, n));
            findings.push(tag(repository, &format!("t{n}"), n));
        }
    }
    f.crawl(&findings);
    let (first, next) = f.store.images_page(f.id, None, 4).unwrap();
    assert_eq!(
        (first.len(), next.clone()),
        (6, Some(name::<RepositoryName>("b")))
    );
    let (second, next) = f.store.images_page(f.id, next.as_ref(), 4).unwrap();
    assert_eq!((second.len(), next), (3, None));
}

#[test]
fn settings_come_back_and_names_are_unique() {
    let f = Fixture::new();
    let mut changed = spec("hub2");
    changed.username = Some("ann".into());
    changed.password = crate::model::PasswordSource::Environment("PW".into());
    changed.limits.max_rps = Some(2.5);
    let id = f.store.add_registry(&changed).unwrap();
    assert_eq!(f.store.registry("hub2").unwrap().spec, changed);
    assert!(matches!(
        f.store.add_registry(&changed),
        Err(StoreError::NameTaken(_))
    ));
    changed.name = name("hub");
    assert!(matches!(
        f.store.update_registry(id, &changed),
        Err(StoreError::NameTaken(_))
    ));
    changed.name = name("hub3");
    f.store.update_registry(id, &changed).unwrap();
    let error = f.store.registry("nosuch").unwrap_err();
    assert!(error.to_string().contains("hub, hub3"), "{error}");
}

#[test]
fn a_removed_registry_leaves_nothing_and_its_number_is_not_given_again() {
    let mut f = Fixture::new();
    f.crawl(&[
        found("a", 1),
        tag("a", "x", 1),
        unread("a", "x"),
        listed("a", &["x"]),
    ]);
    f.store.remove_registry(f.id, &name("hub")).unwrap();
    assert_eq!(f.store.registries().unwrap(), []);
    assert_eq!(f.images("a"), []);
    assert_eq!(f.store.failures(f.id, 1).unwrap(), []);
    let again = f.store.add_registry(&spec("hub")).unwrap();
    assert_ne!(again, f.id);
    assert_eq!(f.totals_of_new(), (0, 0, 0));
}

impl Fixture {
    fn totals_of_new(&self) -> (u64, u64, u64) {
        let row = self.store.registry("hub").unwrap();
        assert_eq!(row.last_crawl, None);
        (row.repositories, row.tags, row.images)
    }
}

#[test]
fn several_handles_take_turns() {
    let f = Fixture::new();
    let directory = f.store.directory.clone();
    let ids: Vec<RegistryId> = (0..3)
        .map(|n| f.store.add_registry(&spec(&format!("r{n}"))).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for (n, id) in ids.iter().enumerate() {
            let directory = &directory;
            scope.spawn(move || {
                let store = Store::open(directory, Access::ReadWrite).unwrap();
                let registry = name(&format!("r{n}"));
                let mut writer = store
                    .begin_crawl(*id, &registry, Timestamp::UNIX_EPOCH)
                    .unwrap();
                for n in 0..20 {
                    writer
                        .write(&[found("a", n), tag("a", &format!("t{n}"), n)])
                        .unwrap();
                    assert!(!store.images(*id, &name("a")).unwrap().is_empty());
                }
            });
        }
    });
    for id in ids {
        assert_eq!(f.store.images(id, &name("a")).unwrap().len(), 20);
    }
}

#[test]
fn a_file_that_is_held_is_reported_and_not_waited_for_for_ever() {
    let f = Fixture::new();
    let held = redb::Database::open(f.store.file()).unwrap();
    let impatient = Lease::new(f.store.file().to_owned(), Access::ReadWrite)
        .with_patience(Duration::from_millis(5));
    let error = impatient.read(|_| Ok(())).unwrap_err();
    assert!(matches!(error, StoreError::Held { .. }));
    assert!(error.hint().unwrap().contains("fuser"));
    drop(held);
    assert_eq!(impatient.read(|_| Ok(())).unwrap(), Some(()));
}

#[test]
fn read_only_makes_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let store = Store::open(&state, Access::ReadOnly).unwrap();
    assert_eq!(store.registries().unwrap(), []);
    assert!(!state.exists());
    assert!(matches!(
        store.add_registry(&spec("x")),
        Err(StoreError::ReadOnly { .. })
    ));
    let f = Fixture::new();
    let store = Store::open(&f.store.directory, Access::ReadOnly).unwrap();
    assert_eq!(store.registries().unwrap().len(), 1);
    assert!(matches!(
        store.add_registry(&spec("x")),
        Err(StoreError::ReadOnly { .. })
    ));
}

#[test]
fn a_newer_format_and_a_foreign_file_are_refused_untouched() {
    let f = Fixture::new();
    f.store
        .lease
        .write("a format", |transaction| {
            let mut meta = transaction.open_table(schema::META)?;
            meta.insert("format", 99)?;
            meta.insert("format-inverted", !99)?;
            Ok(())
        })
        .unwrap();
    let error = Store::open(&f.store.directory, Access::ReadWrite).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error}"
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join(FILE_NAME),
        b"not a database, and not empty",
    )
    .unwrap();
    let error = Store::open(directory.path(), Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
    let kept = std::fs::read(directory.path().join(FILE_NAME)).unwrap();
    assert_eq!(kept, b"not a database, and not empty");
}

#[cfg(unix)]
#[test]
fn state_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("deep/state");
    let store = Store::open(&state, Access::ReadWrite).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(store.file()), 0o600);
}

#[test]
fn an_inventory_keeps_no_holes_after_a_large_crawl() {
    let mut f = Fixture::new();
    let mut findings = Vec::new();
    for repository in 0..20u32 {
        let name: RepositoryName = name(&format!("team/service-{repository}"));
        let mut tags = Vec::new();
        for n in 0..100u32 {
            let digest = Digest::sha256(&(repository * 1000 + n).to_le_bytes());
            findings.push(Finding::Image {
                repository: name.clone(),
                digest: digest.clone(),
                image: Box::new(image(0)),
                blobs: Blobs::default(),
            });
            let tag: Tag = self::name(&format!("1.{n}"));
            findings.push(Finding::Tag {
                repository: name.clone(),
                tag: tag.clone(),
                digest,
            });
            tags.push(tag);
        }
        findings.push(Finding::Listed {
            repository: name,
            tags,
            images: None,
        });
    }
    let at = Timestamp::from_second(f.clock).unwrap();
    let mut writer = f.store.begin_crawl(f.id, &name("hub"), at).unwrap();
    for batch in findings.chunks(50) {
        writer.write(batch).unwrap();
    }
    let size = || std::fs::metadata(f.store.file()).unwrap().len();
    let before = size();
    let summary = Summary {
        outcome: Outcome::Complete,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::from_secs(1),
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    };
    writer.finish(&summary).unwrap();
    assert!(size() < before, "{} bytes, {before} before", size());
    assert_eq!(f.totals(), (20, 2000, 2000));
    let tags: Vec<String> = (0..100)
        .filter(|n| *n != 7)
        .map(|n| format!("1.{n}"))
        .collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    f.crawl(&[gone("team/service-3", &tags)]);
    assert_eq!(f.totals(), (20, 1901, 1901));
}

#[test]
fn what_a_crawl_leaves_is_there_for_the_next() {
    let f = Fixture::new();
    assert_eq!(f.store.memory(f.id).unwrap(), Memory::default());
    let finish = |memory: Option<Memory>| {
        let at = Timestamp::UNIX_EPOCH;
        let writer = f.store.begin_crawl(f.id, &name("hub"), at).unwrap();
        let summary = Summary {
            outcome: Outcome::Partial,
            progress: Progress::default(),
            failures: Vec::new(),
            elapsed: Duration::ZERO,
            memory,
            cut: false,
            opened: None,
            notes: Vec::new(),
            resume_at: None,
        };
        writer.finish(&summary).unwrap();
        f.store.memory(f.id).unwrap()
    };
    let ann = |withheld| Memory {
        sign_in: "user ann".into(),
        withheld,
    };
    assert_eq!(finish(Some(ann(true))), ann(true));
    // A crawl that saw nothing leaves it as it is, and so does a changed setting.
    assert_eq!(finish(None), ann(true));
    f.store.update_registry(f.id, &spec("hub")).unwrap();
    assert_eq!(f.store.memory(f.id).unwrap(), ann(true));
    assert_eq!(finish(Some(ann(false))), ann(false));
}

#[test]
fn lists_whole_is_unset_once() {
    let f = Fixture::new();
    assert!(!f.store.distrust_lists(f.id).unwrap());
    let mut trusting = spec("hub");
    trusting.lists_whole = true;
    f.store.update_registry(f.id, &trusting).unwrap();
    assert!(f.store.registry("hub").unwrap().spec.lists_whole);
    assert!(f.store.distrust_lists(f.id).unwrap());
    assert!(!f.store.registry("hub").unwrap().spec.lists_whole);
}

#[test]
fn an_image_that_was_read_in_part_is_read_again() {
    let mut f = Fixture::new();
    let part = Finding::Image {
        repository: name("a"),
        digest: digest(1),
        image: Box::new(Image {
            platform: None,
            created: None,
            level: Level::Manifest,
            ..image(1)
        }),
        blobs: Blobs::default(),
    };
    f.crawl(&[part, tag("a", "x", 1), listed("a", &["x"])]);
    let first = f.clock;
    assert_eq!(
        f.store.known(f.id, &[name("a")]).unwrap()[0].images.len(),
        0
    );
    let record = f.crawl(&[found("a", 1), listed("a", &["x"])]);
    assert_eq!(record.new, 0);
    let row = &f.store.images(f.id, &name("a")).unwrap()[0];
    assert_eq!(row.platforms.len(), 1);
    assert_eq!(row.first_seen.as_second(), first);
    assert_eq!(
        f.store.known(f.id, &[name("a")]).unwrap()[0].images.len(),
        1
    );
}
