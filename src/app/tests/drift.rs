//! In what two registries differ.

use super::*;
use crate::app::overlay::Drift;
use crate::model::{Difference, Digest, Drift as Row, Drifts};

fn page(bench: &Bench) -> &Drift {
    match top(bench) {
        Some(Overlay::Drift(drift)) => drift,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn drifts() -> Drifts {
    let row = |repository: &str, tag: &str, difference, a: bool, b: bool| Row {
        repository: repository.parse().unwrap(),
        repository_in_b: None,
        tag: tag.parse().unwrap(),
        difference,
        a: a.then(|| Digest::sha256(b"a")),
        b: b.then(|| Digest::sha256(b"b")),
        lacking: Vec::new(),
    };
    let mut fewer = row("team/api", "1.9.3", Difference::FewerPlatforms, true, true);
    fewer.lacking = vec!["linux/s390x".parse().unwrap()];
    Drifts {
        rows: vec![
            row("library/alpine", "3.20", Difference::Extra, false, true),
            row("team/api", "1.10", Difference::Missing, true, false),
            fewer,
            row("team/legacy", "old", Difference::Different, true, true),
        ],
        same: 57,
        stale: (0, 3),
        unlisted: (1, 0),
    }
}

/// The page of two registries, one marked and the other selected.
pub(crate) fn compared(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.drifts = drifts();
    // Nexus is marked, and harbor is selected.
    bench.press("/nexus<enter> <esc>/harbor<enter>D");
    bench
}

#[test]
fn the_marked_registry_is_compared_with_the_selected_one() {
    let bench = compared(80, 24);
    let names = page(&bench).registries.clone().map(|(_, name)| name);
    assert_eq!(names, ["nexus-prod", "harbor"]);
    assert_eq!(page(&bench).rows().len(), 4);
}

#[test]
fn two_marked_ones_are_compared_and_turned_round() {
    let mut bench = loaded();
    bench.drifts = drifts();
    bench.press("/prod !zzz<enter> <esc>/harbor<enter> <esc>D");
    let first = page(&bench).registries.clone().map(|(id, _)| id);
    assert_eq!(first, [NEXUS, HARBOR]);
    bench.press("<tab>");
    let turned = page(&bench).registries.clone().map(|(id, _)| id);
    assert_eq!(turned, [HARBOR, NEXUS]);
}

#[test]
fn without_two_registries_it_says_what_to_mark() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("D"), []);
    assert!(said(&bench).contains("mark"), "{}", said(&bench));
    bench.press("*D");
    assert!(said(&bench).contains("two"), "{}", said(&bench));
    assert!(top(&bench).is_none());
}

#[test]
fn a_difference_leads_to_the_tag_where_it_is() {
    let mut bench = compared(80, 24);
    bench.press("j<enter>");
    assert!(top(&bench).is_none());
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.registry().unwrap().id, NEXUS);
    assert_eq!(repository(&bench), "team/api");
    let mut bench = compared(80, 24);
    bench.press("<enter>");
    let browse = &bench.app.state.pages.browse;
    assert_eq!(
        browse.registry().unwrap().id,
        HARBOR,
        "the first has it not"
    );
}
