//! The lists of the panes.

use std::time::Duration;

use super::super::*;
use crate::model::{
    Blobs, Class, Digest, Failure, Filter, Finding, Image, ImageColumn, Kind, Listing, MediaType,
    Order, Outcome, Progress, RegistryId, RegistrySpec, RepositoryColumn, RepositoryName, Stage,
    Summary, Timestamp,
};
use crate::store::Access;

fn names(answer: &Answer) -> Vec<String> {
    match answer {
        Answer::Registries(rows) => rows.iter().map(|r| r.spec.name.to_string()).collect(),
        Answer::Repositories(found) => found.rows.iter().map(|r| r.name.to_string()).collect(),
        Answer::Images(found) => found.rows.iter().map(|r| r.tags[0].to_string()).collect(),
        Answer::Failures(failures) => failures.iter().map(|f| f.message.clone()).collect(),
        other => panic!("not asked for: {other:?}"),
    }
}

/// A registry with two repositories of images, and the number it has.
pub(in crate::job::answer) fn crawled(store: &Store, name: &str) -> RegistryId {
    let address = "https://hub.example".parse().unwrap();
    let spec = RegistrySpec::new(name.parse().unwrap(), address);
    let id = store.add_registry(&spec).unwrap();
    let started = Timestamp::UNIX_EPOCH;
    let mut writer = store.begin_crawl(id, &spec.name, started).unwrap();
    for (name, tags) in [
        ("base", &["1"][..]),
        ("team/a", &["1"]),
        ("team/b", &["1.9", "1.10", "2-rc"]),
    ] {
        let repository: RepositoryName = name.parse().unwrap();
        let mut findings = vec![Finding::Repository(repository.clone())];
        for tag in tags {
            let digest = Digest::sha256(tag.as_bytes());
            findings.push(Finding::Image {
                repository: repository.clone(),
                digest: digest.clone(),
                image: Box::new(Image {
                    created: (*tag == "1.9").then_some(Timestamp::UNIX_EPOCH),
                    ..Image::new(Kind::Image, MediaType::OciManifest)
                }),
                blobs: Blobs::default(),
            });
            findings.push(Finding::Tag {
                repository: repository.clone(),
                tag: tag.parse().unwrap(),
                digest,
            });
        }
        writer.write(&findings).unwrap();
    }
    let failure = Failure::new(Stage::Tags, Class::Denied, "listing tags was refused");
    writer.write(&[Finding::Failed(failure)]).unwrap();
    writer.finish(&partial()).unwrap();
    id
}

/// The summary of a crawl in which something failed.
pub(in crate::job::answer) fn partial() -> Summary {
    Summary {
        outcome: Outcome::Partial,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::ZERO,
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

#[test]
fn every_question_is_answered_from_the_inventory_and_none_that_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let registry = crawled(&store, "hub");
    let newest = Order {
        column: ImageColumn::Tag,
        descending: true,
    };
    for (question, expected) in [
        (Question::Registries, &["hub"][..]),
        (
            Question::Repositories {
                registries: vec![registry],
                filter: Filter::new("team"),
                order: Order {
                    column: RepositoryColumn::Tags,
                    descending: true,
                },
            },
            &["team/b", "team/a"],
        ),
        (
            Question::Images {
                registry,
                repository: "team/b".parse().unwrap(),
                filter: Filter::new("!rc"),
                order: newest,
            },
            &["1.10", "1.9"],
        ),
        (
            Question::Failures { registry, crawl: 1 },
            &["listing tags was refused"],
        ),
    ] {
        let cancel = Cancel::default();
        let found = answer(&store, &question, &cancel).unwrap();
        assert_eq!(names(&found), expected, "{question:?}");
        cancel.cancel();
        let found = answer(&store, &question, &cancel).unwrap();
        assert!(names(&found).is_empty(), "{question:?}");
    }
}

/// The tags, how many the filter lets through, and how many there are.
fn over(
    store: &Store,
    registries: &[RegistryId],
    below: Option<&str>,
    filter: &str,
    most: usize,
) -> (Vec<String>, usize, usize) {
    let question = Question::ImagesOver {
        registries: registries.to_vec(),
        below: below.map(str::to_owned),
        filter: Filter::new(filter),
        order: Order {
            column: ImageColumn::Tag,
            descending: true,
        },
        most,
    };
    let cancel = Cancel::default();
    let found = answer(store, &question, &cancel).unwrap();
    let tags = names(&found);
    let Answer::Images(listing) = found else {
        panic!("{found:?}")
    };
    cancel.cancel();
    let nothing = answer(store, &question, &cancel).unwrap();
    assert_eq!(nothing, Answer::Images(Listing::default()));
    (tags, listing.matched, listing.total)
}

#[test]
fn images_of_many_repositories_are_the_first_of_all_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let ids = [crawled(&store, "hub"), crawled(&store, "other")];
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    for (registries, below, filter, most, wanted) in [
        (&ids[..1], None, "", 2, (tags(&["2-rc", "1.10"]), 5, 5)),
        (
            &ids[..1],
            Some("team/"),
            "",
            9,
            (tags(&["2-rc", "1.10", "1.9", "1"]), 4, 4),
        ),
        // No repository is below something that is called like the beginning of one.
        (&ids[..1], Some("tea/"), "", 9, (tags(&[]), 0, 0)),
        (
            &ids[..],
            None,
            "!rc 1.",
            3,
            (tags(&["1.10", "1.10", "1.9"]), 4, 10),
        ),
        // Of several repositories the name of one tells images apart.
        (&ids[..], None, "base", 9, (tags(&["1", "1"]), 2, 10)),
    ] {
        let found = over(&store, registries, below, filter, most);
        assert_eq!(found, wanted, "{below:?} {filter} {most}");
    }
}

#[test]
fn what_is_cancelled_while_it_is_read_is_not_handed_on() {
    let cancel = Cancel::default();
    let rows = read(&cancel, || {
        cancel.cancel();
        Ok(vec![1, 2, 3])
    });
    assert!(rows.unwrap().is_empty());
}
