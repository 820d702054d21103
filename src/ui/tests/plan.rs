//! Marks and decisions in the panes, and the page of decisions.

use super::{dark, painted, text};
use crate::app::fixture::{self, Bench};
use crate::app::tests::triage::planned;
use crate::config::theme::Theme as Looks;
use crate::ui::Theme;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (160, 45)];

#[test]
fn decisions_of_every_kind() {
    scene!(SIZES, "decisions_of_every_kind", |width, height| {
        let mut bench = planned(width, height);
        bench.press("<space><space>");
        bench
    });
}

#[test]
fn no_decisions() {
    scene!(SIZES, "no_decisions", |width, height| {
        let mut bench = Bench::loaded(width, height);
        bench.press("5");
        bench
    });
}

#[test]
fn decisions_filtered_while_typing() {
    scene!(SIZES, "decisions_filtered_while_typing", |width, height| {
        let mut bench = planned(width, height);
        bench.press("/delete !gone");
        bench
    });
}

#[test]
fn note_beside_decisions() {
    scene!(SIZES, "note_beside_decisions", |width, height| {
        let mut bench = planned(width, height);
        bench.press("*msuperseded");
        bench
    });
}

#[test]
fn marked_and_decided_images() {
    scene!(SIZES, "marked_and_decided_images", |width, height| {
        let mut bench = planned(width, height);
        bench.press("1jjjl/team/api<enter>l<space>jv");
        bench
    });
}

fn lines(bench: &Bench, theme: &Theme) -> String {
    text(&painted(bench, theme).0).join("\n")
}

#[test]
fn marks_and_decisions_are_told_without_colour_and_beyond_ascii() {
    let mut bench = planned(80, 24);
    bench.press("<space>");
    let shown = lines(&bench, &Theme::new(Looks::named("mono").unwrap(), true));
    assert!(shown.is_ascii(), "{shown}");
    for wanted in ["| d delete", "k keep", "l look", "gone tag 0.1", "moved "] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
}

#[test]
fn a_plan_that_matches_nothing_or_cannot_be_read_says_so() {
    let mut bench = planned(80, 24);
    bench.press("/zzz<enter>");
    assert!(lines(&bench, &dark()).contains("No decision matches. esc clears the filter."));
    let mut bench = Bench::loaded(80, 24);
    let key = crate::config::keys::KeyPress::parse_all("5").unwrap()[0];
    let asked = bench.app.update(crate::app::Event::Key(key));
    let [crate::app::Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    assert!(lines(&bench, &dark()).contains("Decisions · loading"));
    let trouble = crate::model::Trouble::new("the inventory is damaged");
    bench.send(crate::app::Event::Answered {
        ticket,
        result: Err(trouble),
    });
    assert!(lines(&bench, &dark()).contains("the inventory is damaged"));
}

#[test]
fn the_selected_decision_says_what_became_of_it() {
    for (filter, wanted) in [
        ("moved keep", "the tag moved since: it named "),
        (
            "windows",
            "the tag nightly moved away from it since; delete, frees up to 2.3 GB",
        ),
        ("gone", "the tag is there no more; delete, since 2026-11-19"),
        ("chart", "look again, frees up to 14.5 kB, since 2026-11-19"),
    ] {
        let mut bench = planned(120, 40);
        bench.press(&format!("/{filter}<enter>").replace(' ', "<space>"));
        let shown = lines(&bench, &dark());
        assert!(shown.contains(wanted), "{filter}: {shown}");
    }
    let mut bench = planned(80, 24);
    bench.press("*/keep<enter>");
    assert!(lines(&bench, &dark()).contains("6 marked, 5 of them not shown; "));
    let mut bench = fixture::Bench::loaded(120, 40);
    bench.press("jjjl/team/api<enter>l<space>");
    assert!(lines(&bench, &dark()).contains("1 marked; appeared in the last crawl; sha256:"));
}
