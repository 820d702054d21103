//! Crawls that read again only what failed: whose failures they have, and what they leave.

use std::collections::BTreeSet;

use super::*;
use crate::model::{CrawlRecord, Retried, Retry};

/// A crawl in which these failed, each a tag of its own repository.
fn partial(f: &mut Fixture, failed: &[&str]) -> CrawlRecord {
    let mut findings = vec![
        found("well", 1),
        tag("well", "x", 1),
        listed("well", &["x"]),
    ];
    for repository in failed {
        findings.extend([unfound(repository), listed(repository, &["x"])]);
    }
    findings.push(catalogue(&[]));
    let writer = begin(f, None);
    end(writer, &findings, Outcome::Partial)
}

/// A tag that could not be read.
fn unfound(repository: &str) -> Finding {
    Finding::Unread {
        repository: name(repository),
        tag: name("x"),
        failure: Some(failure(Class::Server).in_repository(&name(repository))),
    }
}

fn begin(f: &mut Fixture, retry: Option<&Retry>) -> CrawlWriter {
    f.clock += 3600;
    let at = Timestamp::from_second(f.clock).unwrap();
    let hub = name("hub");
    match retry {
        Some(retry) => f.store.begin_retry(f.id, &hub, at, retry).unwrap(),
        None => f.store.begin_crawl(f.id, &hub, at).unwrap(),
    }
}

fn end(mut writer: CrawlWriter, findings: &[Finding], outcome: Outcome) -> CrawlRecord {
    writer.write(findings).unwrap();
    let mut summary = summary();
    summary.outcome = outcome;
    writer.finish(&summary).unwrap()
}

impl Fixture {
    /// The repositories that the last crawl says failed.
    fn failed(&self) -> Vec<String> {
        let last = self.store.registry("hub").unwrap().last_crawl.unwrap();
        let failures = self.store.failures(self.id, last.number).unwrap();
        assert_eq!(failures.len() as u64, last.failures);
        let names = failures.iter().map(|failure| {
            let repository = failure.repository.as_ref();
            repository.map_or_else(|| "-".to_owned(), ToString::to_string)
        });
        names.collect()
    }
}

fn read(repository: &str) -> Vec<Finding> {
    vec![
        found(repository, 7),
        tag(repository, "x", 7),
        listed(repository, &["x"]),
    ]
}

#[test]
fn what_is_mended_has_failed_no_more_and_the_rest_is_as_it_was() {
    let mut f = Fixture::new();
    let whole = partial(&mut f, &["a", "b"]);
    let writer = begin(&mut f, Some(&Retry::All));
    assert_eq!(writer.only().unwrap(), [name("a"), name("b")]);
    assert_eq!(f.failed(), ["a", "b"], "until they are read");
    let findings = [read("a"), vec![unfound("b"), listed("b", &["x"])]].concat();
    let first = end(writer, &findings, Outcome::Partial);
    assert_eq!(first.outcome, Some(Outcome::Partial));
    assert_eq!(f.failed(), ["b"], "a second failure stays");
    let of = Some(Retried {
        number: whole.number,
        started: whole.started,
    });
    assert_eq!((first.retry_of, first.new), (of, 1));

    let writer = begin(&mut f, Some(&Retry::All));
    assert_eq!(writer.only().unwrap(), [name("b")]);
    let second = end(writer, &read("b"), Outcome::Complete);
    assert_eq!(
        (second.outcome, second.failures),
        (Some(Outcome::Complete), 0)
    );
    assert_eq!(
        second.retry_of, of,
        "of the crawl of the whole, not of the retry"
    );
    let row = f.store.registry("hub").unwrap();
    let last = row.last_crawl.unwrap();
    assert_eq!(last.whole_since(), whole.started);
    assert_eq!(row.list, ListState::Listed);
    assert_eq!(f.totals().0, 3, "nothing else went");
    let stale = |name: &str| f.images(name)[0].1;
    assert_eq!((stale("well"), stale("a")), (None, None));
    let nothing = f
        .store
        .begin_retry(f.id, &name("hub"), last.started, &Retry::All);
    assert!(matches!(nothing, Err(StoreError::NothingFailed(_))));
}

#[test]
fn of_some_that_failed_the_others_stay_failed() {
    let mut f = Fixture::new();
    partial(&mut f, &["a", "b", "c"]);
    let chosen = Retry::Of(BTreeSet::from([name("b"), name("well")]));
    let writer = begin(&mut f, Some(&chosen));
    assert_eq!(writer.only().unwrap(), [name("b")]);
    let record = end(writer, &read("b"), Outcome::Complete);
    assert_eq!(
        (record.outcome, record.failures),
        (Some(Outcome::Partial), 2),
        "complete is a registry in which nothing is left failed"
    );
    assert_eq!(f.failed(), ["a", "c"]);
}

#[test]
fn a_retry_that_is_stopped_or_killed_keeps_what_it_did_not_come_to() {
    let mut f = Fixture::new();
    partial(&mut f, &["a", "b", "c"]);
    let writer = begin(&mut f, Some(&Retry::All));
    end(writer, &read("a"), Outcome::Cancelled);
    assert_eq!(f.failed(), ["b", "c"]);
    let mut writer = begin(&mut f, Some(&Retry::All));
    assert_eq!(writer.only().unwrap(), [name("b"), name("c")]);
    writer.write(&read("b")).unwrap();
    drop(writer);
    assert_eq!(f.failed(), ["c"]);
    let writer = begin(&mut f, Some(&Retry::All));
    assert_eq!(writer.only().unwrap(), [name("c")]);
}

#[test]
fn a_list_of_tags_that_fails_again_is_told_once() {
    let mut f = Fixture::new();
    partial(&mut f, &["a"]);
    let writer = begin(&mut f, Some(&Retry::All));
    let refused = Finding::Unlisted {
        repository: name("a"),
        failure: failure(Class::Missing).in_repository(&name("a")),
    };
    end(writer, &[refused], Outcome::Partial);
    assert_eq!(f.failed(), ["a"]);
    let rows = f.store.repositories(f.id).unwrap();
    let a = rows.iter().find(|row| row.name.as_str() == "a").unwrap();
    assert!(a.state.stale_since.is_some(), "it is there, stale");
}

#[test]
fn where_the_list_of_repositories_failed_the_whole_registry_is_read() {
    let mut f = Fixture::new();
    let refused = Finding::Uncatalogued {
        failure: failure(Class::Denied),
    };
    let writer = begin(&mut f, None);
    end(writer, &[unfound("a"), refused], Outcome::Partial);
    let writer = begin(&mut f, Some(&Retry::All));
    assert!(writer.only().is_none());
    let record = end(writer, &[catalogue(&[])], Outcome::Complete);
    assert_eq!((record.retry_of, record.failures), (None, 0));
}

#[test]
fn what_a_crawl_had_to_say_is_remembered() {
    let mut f = Fixture::new();
    let writer = begin(&mut f, None);
    let mut summary = summary();
    summary.notes = vec!["listed by V2: the API refused".to_owned()];
    let record = writer.finish(&summary).unwrap();
    assert_eq!(record.notes, summary.notes);
    assert_eq!(f.store.crawls(f.id).unwrap(), [record]);
}
