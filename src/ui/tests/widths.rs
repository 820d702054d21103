//! More room never shows less: a name that is whole at one width is whole at every larger
//! one, and a fact of the selected row that was seen once stays on the screen.

use super::{dark, painted, text};
use crate::app::fixture::Bench;
use crate::app::tests::triage::planned;
use crate::app::{Event, past_fixture};

/// The facts of the selected row that a screen shows.
fn facts_shown(bench: &Bench, facts: &[&str]) -> Vec<bool> {
    let shown = text(&painted(bench, &dark()).0).join("\n");
    facts.iter().map(|fact| shown.contains(fact)).collect()
}

/// Holds every width to show what a smaller one shows, and the largest to show everything.
pub(super) fn never_less(make: impl Fn(u16, u16) -> Bench, keys: &str, facts: &[&str]) {
    let shown = shown_at_last(make, keys, facts, 1);
    assert!(shown.iter().all(|shown| *shown), "{facts:?}: {shown:?}");
}

/// Holds every width, in these steps, to show what a smaller one shows; says what the largest
/// shows.
pub(super) fn shown_at_last(
    make: impl Fn(u16, u16) -> Bench,
    keys: &str,
    facts: &[&str],
    step: usize,
) -> Vec<bool> {
    let mut all = vec![true; facts.len()];
    for height in [24, 45] {
        let mut before = vec![false; facts.len()];
        let mut bench = make(60, height);
        bench.press(keys);
        for width in (60..=250).step_by(step) {
            bench.send(Event::Resize { width, height });
            let now = facts_shown(&bench, facts);
            for ((fact, was), is) in facts.iter().zip(&before).zip(&now) {
                assert!(!was || *is, "`{fact}` is gone at {width}x{height}");
            }
            before = now;
        }
        for (all, shown) in all.iter_mut().zip(before) {
            *all &= shown;
        }
    }
    all
}

#[test]
fn more_room_never_shows_less_of_the_panes() {
    // The keys to a row, and what there is to see of it: its name, and then its facts.
    for (keys, facts) in [
        ("jjj", &["nexus-prod ", "3 min", "12 345 images"][..]),
        (
            "/nexus<enter>l/service<enter>",
            &[
                "group/subgroup/another-subgroup/project/service-frontend",
                "15000",
            ],
        ),
        (
            "/nexus<enter>l/team/api<enter>",
            &["≥ 450 MB", "2 h", "+2 →1 −3", "amd64 arm +2"],
        ),
        (
            "/nexus<enter>l/team/api<enter>l/1.9.3<enter>",
            &[
                "1.9.3 ",
                "linux/amd64",
                "84.2 MB",
                "01f07a1cc186",
                "40 d",
                "30 d",
            ],
        ),
        (
            "/nexus<enter>l/team/api<enter>l/1.10<enter>",
            &["1.10.2 1 1.10 latest"],
        ),
    ] {
        never_less(Bench::loaded, keys, facts);
    }
}

/// The longest name of a repository there is.
const LONG: &str = "group/subgroup/another-subgroup/project/service-frontend";

#[test]
fn more_room_never_shows_less_of_hits() {
    let tag = ["tag ", "nexus-prod", "team/api", "1.9.3", "01f07a1cc186"];
    never_less(Bench::loaded, "sapi 1.9<down>j", &tag);
    never_less(Bench::loaded, "sfrontend<down>", &[LONG, "nexus-prod"]);
}

#[test]
fn more_room_never_shows_less_of_changes() {
    let digest = |text: &str| past_fixture::digest(text).short()[..8].to_owned();
    let [from, to] = ["f1", "f2"].map(digest);
    let moved = [
        LONG,
        "nexus-prod",
        "latest",
        &from,
        &to,
        "crawl 6 of nexus-prod",
    ];
    never_less(past_fixture::bench, "3/frontend<enter>", &moved);
    let gone = ["team/api", "0.9", "gone against the decision to keep it"];
    never_less(past_fixture::bench, "3/0.9<enter>", &gone);
}

#[test]
fn more_room_never_shows_less_of_crawls() {
    let failed = [
        "gitlab",
        "failed",
        "12 new, 1 moved, 0 gone",
        "3 failures",
        "5 120 requests",
        "held ",
    ];
    never_less(past_fixture::bench, "4j", &failed);
}

#[test]
fn more_room_never_shows_less_of_decisions() {
    let image = [
        "delete",
        "nexus-prod",
        "team/api",
        "1.8.0",
        "81.2 MB",
        "superseded by 1.9",
    ];
    never_less(planned, "/1.8.0<enter>", &image);
    let tag = [
        "keep",
        "nexus-prod",
        "tag 1.9.3",
        "the release",
        "it named ",
    ];
    never_less(planned, "/keep<enter>", &tag);
}
