//! What a pointing device does, page by page: presses select and open, the wheel scrolls.

use super::*;
use crate::app::fixture::image;
use crate::app::page::PageId;
use crate::app::pointer::{Pointed, Pointing};
use crate::app::{layout, past_fixture};

fn point(bench: &mut Bench, column: u16, row: u16, what: Pointing) -> Vec<Effect> {
    bench.send(Event::Pointed(Pointed { column, row, what }))
}

fn press(bench: &mut Bench, column: u16, row: u16) -> Vec<Effect> {
    point(bench, column, row, Pointing::Press)
}

/// Where the panes are.
fn panes(bench: &Bench) -> page::browse::Panes {
    let areas = bench.app.state.areas().unwrap();
    bench.app.state.pages.browse.panes(areas.body)
}

/// Many images in three panes, those in focus.
fn many() -> Bench {
    let mut bench = Bench::loaded(160, 30);
    for number in 0..90 {
        let tag = format!("3.{number}");
        bench
            .images
            .push(image(&[&tag], &["linux/amd64"], Some(number)));
    }
    bench.press("/nexus<enter>l/team/api<enter>l");
    bench
}

#[test]
fn a_press_selects_a_second_opens_and_the_keys_go_where_it_was() {
    let mut bench = many();
    let browse = |bench: &Bench| bench.app.state.pages.browse.clone();
    let area = panes(&bench).images.unwrap();
    press(&mut bench, area.x + 5, area.y + 4);
    assert_eq!(browse(&bench).images.list.cursor, 2);
    assert!(top(&bench).is_none());
    press(&mut bench, area.x + 9, area.y + 4);
    assert!(matches!(top(&bench), Some(Overlay::Detail(_))));
    // What lies over the page has the pointer to itself, the header included.
    press(&mut bench, area.x + 5, area.y + 5);
    press(&mut bench, 25, 0);
    assert_eq!(browse(&bench).images.list.cursor, 2);
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    bench.press("<esc>");
    let area = panes(&bench).registries.unwrap();
    press(&mut bench, area.x + 3, area.y + 1);
    assert_eq!(browse(&bench).focus, Focus::Registries);
    assert!(top(&bench).is_none(), "the first press gives the keys");
    press(&mut bench, area.x + 3, area.y + 1);
    assert_eq!(
        browse(&bench).focus,
        Focus::Repositories,
        "the second opens"
    );
}

#[test]
fn the_wheel_scrolls_what_lies_beneath_it_and_leaves_the_keys() {
    let mut bench = many();
    bench.press("h");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    let area = panes(&bench).images.unwrap();
    let list = |bench: &Bench| bench.app.state.pages.browse.images.list;
    for (what, offset, cursor) in [
        (Pointing::WheelDown, 3, 3),
        (Pointing::WheelDown, 6, 6),
        (Pointing::WheelUp, 3, 6),
    ] {
        point(&mut bench, area.x + 5, area.y + 4, what);
        assert_eq!((list(&bench).offset, list(&bench).cursor), (offset, cursor));
    }
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    // A press counts from the row on top.
    press(&mut bench, area.x + 5, area.y + 2);
    assert_eq!(list(&bench).cursor, 3);
}

#[test]
fn what_is_typed_is_kept_when_a_row_is_pressed() {
    let mut bench = many();
    bench.press("/3.1");
    let area = panes(&bench).images.unwrap();
    press(&mut bench, area.x + 5, area.y + 3);
    let browse = &bench.app.state.pages.browse;
    assert!(browse.typing.is_none());
    assert_eq!(
        (browse.filter().text(), browse.images.list.cursor),
        ("3.1", 1)
    );
    for (page, keys) in [(PageId::Changes, "3/team"), (PageId::Plan, "5")] {
        let mut bench = past_fixture::bench(120, 40);
        bench.press(keys);
        assert_eq!(bench.app.state.pages.at, page);
        press(&mut bench, 10, 6);
        assert!(!bench.app.state.top().is_typed_into(), "{page:?}");
    }
}

#[test]
fn nothing_is_done_where_nothing_lies() {
    let mut bench = many();
    bench.app.state.world.greeting = "welcome";
    let area = panes(&bench).images.unwrap();
    let before = bench.app.revision();
    for (column, row) in [
        (area.x + 5, area.y),
        (area.x + 5, area.y + 1),
        (area.x - 1, area.y + 4),
        (5, 27),
        (5, 29),
        (159, 0),
        (400, 400),
        (u16::MAX, u16::MAX),
    ] {
        assert_eq!(press(&mut bench, column, row), []);
        assert_eq!(bench.app.revision(), before, "{column} {row}");
    }
    assert_eq!(bench.app.state.world.greeting, "welcome");
    press(&mut bench, area.x + 5, area.y + 4);
    assert_eq!(bench.app.state.world.greeting, "");
    bench.send(Event::Resize {
        width: 20,
        height: 5,
    });
    assert!(layout::areas(bench.app.state.world.size).is_none());
    assert_eq!(press(&mut bench, 13, 0), []);
}

#[test]
fn rows_of_something_else_are_not_selected() {
    let mut bench = many();
    bench.press("h<esc>");
    let area = panes(&bench).images.unwrap();
    bench.held = Some(Vec::new());
    bench.press("k");
    assert!(!bench.app.state.pages.browse.images.is_current());
    let before = bench.app.revision();
    press(&mut bench, area.x + 5, area.y + 4);
    assert_eq!(bench.app.revision(), before);
}

#[test]
fn what_failed_in_a_crawl_is_pressed_below_it() {
    let mut bench = past_fixture::bench(120, 40);
    bench.press("4");
    let crawls = |bench: &Bench| bench.app.state.pages.crawls.clone();
    for row in 0..20 {
        if !crawls(&bench).below.groups.is_empty() {
            break;
        }
        press(&mut bench, 10, 3 + row);
    }
    assert!(!crawls(&bench).below.groups.is_empty());
    let areas = bench.app.state.areas().unwrap();
    let clock = bench.app.state.world.clock.clone();
    let parts = crawls(&bench).parts(&clock, areas.body);
    let facts = u16::try_from(crawls(&bench).facts(&clock).len()).unwrap();
    let row = parts.below.y + 1 + facts;
    press(&mut bench, 10, row);
    assert_eq!(crawls(&bench).focus, page::crawls::Part::Failures);
    assert!(top(&bench).is_none());
    press(&mut bench, 10, row);
    assert!(matches!(top(&bench), Some(Overlay::Failures(_))));
}

#[test]
fn pages_of_lines_scroll_by_the_wheel() {
    let mut bench = Bench::loaded(80, 24);
    bench.press("?");
    let at = |bench: &Bench| match top(bench) {
        Some(Overlay::Help(help)) => help.scroll.0,
        other => panic!("{other:?}"),
    };
    for (what, wanted) in [
        (Pointing::WheelDown, 3),
        (Pointing::WheelDown, 6),
        (Pointing::WheelUp, 3),
        (Pointing::Press, 3),
    ] {
        point(&mut bench, 40, 10, what);
        assert_eq!(at(&bench), wanted);
    }
}

#[test]
fn fields_and_sections_of_the_form_are_gone_to() {
    let mut bench = Bench::loaded(80, 24);
    bench.press("a");
    let at = |bench: &Bench| match top(bench) {
        Some(Overlay::Form(form)) => (form.at, form.section()),
        other => panic!("{other:?}"),
    };
    let areas = bench.app.state.areas().unwrap();
    let parts = layout::form(layout::form_page(&areas, false), None);
    press(&mut bench, parts.fields.x + 25, parts.fields.y + 2);
    assert_eq!(at(&bench).0, 2);
    press(&mut bench, parts.fields.x + 25, parts.fields.y + 12);
    assert_eq!(at(&bench).0, 2, "nothing is there");
    let stores = press(&mut bench, parts.sections.x + 3, parts.sections.y + 1);
    assert_eq!(at(&bench).1, crate::model::setting::Section::ALL[1]);
    assert_eq!(stores, []);
    // The field that says where the password is kept has the stores tried.
    let mut tried = Vec::new();
    for row in 0..6 {
        tried.extend(press(&mut bench, parts.fields.x + 25, parts.fields.y + row));
    }
    assert_eq!(tried, [Effect::Do(Work::TryStores)]);
}
