//! What is looked for in the help and in the tabs of an image.

use super::*;
use crate::app::overlay::{DetailTab, Find};

fn find(bench: &Bench) -> (Find, usize) {
    match top(bench) {
        Some(Overlay::Help(help)) => (help.find.clone(), help.scroll.0),
        Some(Overlay::Detail(detail)) => (detail.find.clone(), detail.scroll.0),
        other => panic!("{other:?}"),
    }
}

/// The match that one is at, and of how many.
fn place(bench: &Bench) -> (usize, usize) {
    let world = &bench.app.state.world;
    let width = bench.app.state.areas().unwrap().page.inside().width;
    match top(bench) {
        Some(Overlay::Help(help)) => help.find.place(&help.document(&world.keys, width)),
        Some(Overlay::Detail(detail)) => detail.find.place(&detail.document(&world.clock, width)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_looked_for_as_they_are_typed() {
    let mut bench = at_nexus();
    bench.press("?n");
    assert_eq!(said(&bench), "nothing is looked for; / types it");
    bench.press("/CRAWL");
    let (typed, _) = find(&bench);
    assert!(typed.typing.is_some());
    let (at, all) = place(&bench);
    assert!(at == 1 && all > 5, "{at} of {all}");
    bench.press("<enter>");
    assert_eq!(find(&bench).0.text(), "CRAWL");
    for (keys, wanted) in [("n", 2), ("N", 1), ("N", all), ("n", 1)] {
        bench.press(keys);
        assert_eq!(place(&bench), (wanted, all), "{keys}");
    }
    // The last is further down than a page.
    bench.press("N");
    assert!(find(&bench).1 > 0);
    // First what is looked for ends, then the page is closed.
    bench.press("<esc>");
    assert_eq!(find(&bench).0.text(), "");
    bench.press("<esc>");
    assert!(top(&bench).is_none());
    // What is taken back while it is typed is not looked for.
    bench.press("?/crawl<esc>");
    assert_eq!(find(&bench).0.text(), "");
    bench.press("/no such key<enter>n");
    assert_eq!(place(&bench), (0, 0));
    bench.send(Event::Paste("ignored".to_owned()));
    assert_eq!(find(&bench).0.text(), "no such key");
}

#[test]
fn every_tab_is_looked_through() {
    let mut bench = Bench::loaded(80, 24);
    bench.press("/nexus<enter>l/team/api<enter>l/1.10<enter><enter>");
    bench.press("/sha256");
    bench.send(Event::Paste(":".to_owned()));
    bench.press("<enter>");
    assert_eq!(find(&bench).0.text(), "sha256:");
    assert_eq!(place(&bench).0, 1);
    // The text stays from tab to tab, the place does not.
    bench.press("]");
    let Some(Overlay::Detail(detail)) = top(&bench) else {
        panic!("no detail")
    };
    assert_eq!(detail.tab, DetailTab::Platforms);
    let (at, all) = place(&bench);
    assert!(at == 0 && all > 1, "{at} of {all}");
    bench.press("nn");
    assert_eq!(place(&bench), (2, all));
    bench.press("<esc>");
    assert!(top(&bench).is_some());
    bench.press("<esc>");
    assert!(top(&bench).is_none());
}
