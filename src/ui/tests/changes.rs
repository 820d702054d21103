//! The page of changes.

use super::{Theme, dark, painted, text};
use crate::app::Event;
use crate::app::fixture::{Bench, NEXUS};
use crate::app::past_fixture;
use crate::config::keys::KeyPress;
use crate::config::theme::Theme as Looks;
use crate::model::Trouble;

pub(super) const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (160, 45)];

fn bench(width: u16, height: u16) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    bench.press("3");
    bench
}

fn shown(bench: &Bench, theme: &Theme) -> String {
    text(&painted(bench, theme).0).join("\n")
}

#[test]
fn changes_of_a_week() {
    scene!(SIZES, "changes_of_a_week", |width, height| {
        let mut bench = bench(width, height);
        bench.press("jj");
        bench
    });
}

#[test]
fn changes_of_one_repository() {
    scene!(SIZES, "changes_of_one_repository", |width, height| {
        let mut bench = bench(width, height);
        bench.press("1/nexus<enter>l/team/api<enter>Hj");
        bench
    });
}

#[test]
fn many_changes() {
    scene!(SIZES, "many_changes", |width, height| {
        let mut bench = bench(width, height);
        let some = bench.past.changes.clone();
        bench.past.changes = (0..3_000)
            .map(|n| {
                let mut change = some[5 + n % 4].clone();
                change.repository = format!("team/r{n}").parse().unwrap();
                change
            })
            .collect();
        bench.press("r<c-d>/r1");
        bench
    });
}

#[test]
fn a_page_without_changes_says_why() {
    let empty = |keys: &str| {
        let mut bench = bench(60, 16);
        bench.past.changes.clear();
        bench.press("r");
        bench.press(keys);
        shown(&bench, &dark())
    };
    let mut none = Bench::empty(60, 16);
    none.press("3");
    let mut filtered = bench(60, 16);
    filtered.press("/zzz<enter>");
    let mut uncrawled = Bench::loaded(60, 16);
    for row in &mut uncrawled.registries {
        row.last_crawl = None;
    }
    uncrawled.send(Event::InventoryChanged);
    uncrawled.press("3ww");
    let mut once = Bench::loaded(60, 16);
    for row in &mut once.registries {
        if let Some(crawl) = &mut row.last_crawl {
            crawl.number = 1;
        }
    }
    once.send(Event::InventoryChanged);
    once.press("3ww");
    let mut broken = bench(60, 16);
    let key = KeyPress::parse_all("w").unwrap()[0];
    broken.past.changes.clear();
    broken.press("r");
    let asked = broken.app.update(Event::Key(key));
    let [crate::app::Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    let waiting = shown(&broken, &dark());
    broken.send(Event::Answered {
        ticket,
        result: Err(Trouble::new("the disk is gone")),
    });
    for (screen, wanted) in [
        (empty(""), "Nothing changed in the last 7 days."),
        (empty("ww"), "No change is kept."),
        (shown(&none, &dark()), "No registry yet."),
        (shown(&filtered, &dark()), "No change matches. esc clears"),
        (shown(&uncrawled, &dark()), "No registry was crawled yet."),
        (shown(&once, &dark()), "it takes a second one"),
        (waiting, "Reading what changed."),
        (shown(&broken, &dark()), "the disk is gone"),
    ] {
        assert!(screen.contains(wanted), "{wanted}: {screen}");
    }
}

#[test]
fn in_ascii_every_change_has_its_sign() {
    let theme = Theme::new(Looks::named("mono").unwrap(), true);
    let screen = shown(&bench(120, 40), &theme);
    assert!(screen.is_ascii(), "{screen}");
    for sign in ["+ ", "> ", "- was "] {
        assert!(screen.contains(sign), "{sign}: {screen}");
    }
}

#[test]
fn a_name_that_is_whole_stays_whole_where_there_is_more_room() {
    let name = "group/subgroup/another-subgroup/project/service-frontend";
    let mut was_whole = false;
    for width in 60..=250 {
        let screen = shown(&bench(width, 40), &dark());
        let is_whole = screen.contains(name);
        assert!(is_whole || !was_whole, "{width}: {screen}");
        assert!(screen.contains("keep") || width < 70, "{width}: {screen}");
        was_whole = is_whole;
    }
    assert!(was_whole);
}

#[test]
fn what_a_registry_named_is_made_harmless() {
    let mut bench = bench(120, 40);
    bench.registries.retain(|row| row.id == NEXUS);
    let tag = "ok\u{202e}".parse::<crate::model::Tag>();
    assert!(tag.is_err(), "such a tag is not even read");
    bench.press("/\u{202e}");
    assert!(!shown(&bench, &dark()).contains('\u{202e}'));
}
