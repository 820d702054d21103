//! The list of failures: filtered, marked, copied, gone to, read again.

use super::{said, top};
use crate::app::fixture::{self, Bench, HARBOR};
use crate::app::overlay::{FailureRow, Failures, Overlay};
use crate::app::page::PageId;
use crate::app::{Effect, Event, ScreenWork, Work};
use crate::model::{Class, Failure, Outcome, Retry, Stage};

fn failure(repository: &str, tag: &str, class: Class) -> Failure {
    let mut failure = Failure::new(Stage::Manifest, class, format!("reading `{tag}`: {class}"));
    failure.repository = repository.parse().ok();
    failure.reference = Some(tag.to_owned()).filter(|tag| !tag.is_empty());
    failure.hint = Some("look at it".to_owned());
    failure
}

/// The failures of the last crawl of the second registry.
fn open(failures: Vec<Failure>) -> Bench {
    let mut bench = Bench::loaded(120, 40);
    let count = failures.len() as u64;
    bench.failures = failures;
    let record = fixture::record(60, Some(Outcome::Partial), count);
    bench.registries[1].last_crawl = Some(record);
    bench.send(Event::InventoryChanged);
    bench.press("/harbor<enter>f");
    assert_eq!(page(&bench).len() as u64, count);
    bench
}

fn some() -> Vec<Failure> {
    vec![
        failure("team/api", "1.0", Class::Denied),
        failure("team/api", "1.1", Class::Server),
        failure("team/web", "latest", Class::Denied),
        failure("", "", Class::Quota),
    ]
}

fn page(bench: &Bench) -> &Failures {
    match top(bench) {
        Some(Overlay::Failures(page)) => page,
        other => panic!("{other:?}"),
    }
}

fn shown(bench: &Bench) -> Vec<&str> {
    let rows = page(bench).pane.listing.rows.iter();
    rows.map(FailureRow::place).collect()
}

fn copied(bench: &mut Bench) -> String {
    match &bench.press("y")[..] {
        [Effect::Screen(ScreenWork::Copy(text))] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn they_are_filtered_and_matches_are_stepped_through() {
    let mut bench = open(some());
    bench.press("n");
    assert_eq!(said(&bench), "there is no filter; / types one");
    bench.press("/denied");
    assert_eq!(shown(&bench), ["team/api:1.0", "team/web:latest"]);
    bench.press(" api");
    assert_eq!(shown(&bench), ["team/api:1.0"]);
    bench.press("<esc>");
    assert_eq!(shown(&bench).len(), 4);
    bench.press("/denied<enter>n");
    let at = |bench: &Bench| page(bench).pane.list.cursor;
    assert_eq!(at(&bench), 1);
    bench.press("n");
    assert_eq!(at(&bench), 0, "round");
    bench.press("N");
    assert_eq!(at(&bench), 1);
    bench.press("/ nothing<enter>y");
    assert_eq!(said(&bench), "no failure matches");
    // What narrows goes first, then the marks, then the list.
    bench.press("<esc><space><esc>");
    assert!(page(&bench).pane.marks.is_empty());
    bench.press("<esc>");
    assert!(top(&bench).is_none());
}

#[test]
fn the_marked_ones_are_copied_a_line_each() {
    let mut bench = open(some());
    assert_eq!(
        copied(&mut bench),
        "manifest: team/api:1.0: reading `1.0`: denied look at it"
    );
    bench.press("<space>/web<enter><space>");
    assert_eq!(
        copied(&mut bench),
        "manifest: team/api:1.0: reading `1.0`: denied look at it\n\
         manifest: team/web:latest: reading `latest`: denied look at it",
        "what a filter hides is marked all the same"
    );
    bench.press("<esc><esc>*");
    assert_eq!(copied(&mut bench).lines().count(), 4);
}

#[test]
fn the_selected_or_the_marked_are_read_again() {
    let retry = |names: &[&str]| {
        let these = names.iter().map(|name| name.parse().unwrap());
        Effect::Do(Work::Retry {
            registry: HARBOR,
            retry: Retry::Of(these.collect()),
        })
    };
    let mut bench = open(some());
    assert_eq!(bench.press("R"), [retry(&["team/api"])]);
    assert!(top(&bench).is_none(), "the list is of the past");
    let mut bench = open(some());
    bench.press("<space><space><space>");
    assert_eq!(bench.press("R"), [retry(&["team/api", "team/web"])]);
    // One that is of no repository asks for all.
    let mut bench = open(some());
    bench.press("G");
    let all = Effect::Do(Work::Retry {
        registry: HARBOR,
        retry: Retry::All,
    });
    assert_eq!(bench.press("R"), [all]);
    // A later crawl looked at it again.
    let mut bench = open(some());
    let mut later = fixture::record(30, Some(Outcome::Partial), 1);
    later.number = 8;
    bench.registries[1].last_crawl = Some(later);
    bench.send(Event::InventoryChanged);
    assert_eq!(bench.press("R"), []);
    assert!(said(&bench).starts_with("a later crawl"));
}

#[test]
fn each_leads_to_where_it_happened() {
    let mut bench = open(some());
    bench.repositories[2].registry = HARBOR;
    let name = bench.repositories[2].name.clone();
    let mut failed = failure(name.as_str(), "", Class::Denied);
    bench.failures = vec![failed.clone()];
    bench.press("<esc>f<enter>");
    assert!(top(&bench).is_none());
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name, name);
    failed.repository = None;
    bench.failures = vec![failed];
    bench.press("<esc><esc>f<enter>");
    assert_eq!(said(&bench), "it is of no one repository");
}
