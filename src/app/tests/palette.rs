//! Commands by name: nothing acts before it is chosen, and what is chosen does what its key
//! does.

use super::*;
use crate::app::overlay::Palette;
use crate::app::page::PageId;
use crate::app::page::changes::Period;
use crate::app::page::search::Narrowing;

fn palette(bench: &Bench) -> Option<&Palette> {
    match top(bench) {
        Some(Overlay::Palette(palette)) => Some(palette),
        _ => None,
    }
}

/// The names that match, and the reason why the first can do nothing.
fn names(bench: &Bench) -> (Vec<&'static str>, Option<String>) {
    let matching = palette(bench).unwrap().matching();
    let why_not = matching.first().and_then(|entry| entry.why_not.clone());
    (matching.iter().map(|entry| entry.name).collect(), why_not)
}

#[test]
fn letters_behind_a_colon_never_act() {
    for before in ["", "l", "ll", "lll<enter>", "?", "<c-x>", "f", "g"] {
        for line in [
            "ctx", "C", "q", "y", "D", "x", "wq!", "gg", "reg a", ":", "?",
        ] {
            let mut bench = at_nexus();
            bench.press(before);
            let state = |bench: &Bench| {
                let state = &bench.app.state;
                let selected = state.pages.browse.registry().map(|row| row.id);
                let overlays = state.overlays.len();
                (
                    state.pages.at,
                    overlays,
                    selected,
                    state.world.starting.clone(),
                )
            };
            let was = state(&bench);
            let at = format!("{before}:{line}");
            assert_eq!(bench.press(":"), [], "{at}");
            assert_eq!(bench.press(line), [], "{at}");
            assert_eq!(palette(&bench).unwrap().field.text(), line, "{at}");
            assert_eq!(bench.press("<esc>"), [], "{at}");
            assert_eq!(state(&bench), was, "{at}");
        }
    }
}

#[test]
fn the_likeliest_name_comes_first_and_tab_writes_it() {
    let mut bench = at_nexus();
    bench.press(":crawl");
    assert_eq!(names(&bench).0[..3], ["crawl", "crawls", "crawl-all"]);
    bench.press("<c-u>obd");
    assert_eq!(names(&bench).0[0], "order-by-digest");
    bench.press("<c-u>stage by");
    assert_eq!(
        names(&bench).0,
        [""; 0],
        "words are for those that take them"
    );
    bench.press("<c-u>inventory");
    assert!(names(&bench).0.contains(&"reload"), "by what it does");
    bench.press("<c-u>sear<tab>");
    assert_eq!(palette(&bench).unwrap().field.text(), "search ");
    bench.press("<c-u>cra<down><tab>");
    assert_eq!(palette(&bench).unwrap().field.text(), "crawls");
    bench.press("<c-u>");
    bench.send(Event::Paste("qu\nit".into()));
    assert_eq!(palette(&bench).unwrap().field.text(), "qu it");
}

#[test]
fn what_is_chosen_does_what_its_key_does() {
    for (name, keys) in [
        ("crawl", "c"),
        ("check", "t"),
        ("right", "l"),
        ("help", "?"),
        ("quit", "q"),
        ("remove", "<c-x>"),
        ("crawls", "4"),
        ("suspend", "<c-z>"),
        ("down", "j"),
    ] {
        let (mut by_name, mut by_key) = (at_nexus(), at_nexus());
        let did = by_name.press(&format!(":{name}<enter>"));
        assert_eq!(did, by_key.press(keys), "{name}");
        let state = |bench: &Bench| {
            let state = &bench.app.state;
            let overlays: Vec<_> = state.overlays.iter().map(std::mem::discriminant).collect();
            let browse = &state.pages.browse;
            let selected = browse.registry().map(|row| row.id);
            (state.pages.at, overlays, browse.focus, selected)
        };
        assert_eq!(state(&by_name), state(&by_key), "{name}");
        assert_eq!(said(&by_name), said(&by_key), "{name}");
    }
    // The selected one, where that is another than the first.
    let mut bench = at_nexus();
    bench.press(":crawl<down><enter>");
    assert_eq!(bench.app.state.pages.at, PageId::Crawls);
}

#[test]
fn what_can_do_nothing_here_says_why_and_does_nothing() {
    for (before, name, why) in [
        ("", "copy-digest", "not here, but in the images"),
        ("", "go-back", "there is nowhere to go back to"),
        ("", "pause", "`nexus-prod` is not being crawled"),
        ("?", "crawl", "not here, but in every pane"),
        ("?", "help", "these are the keys"),
        ("<c-x>", "search", "a question is open: answer it first"),
        ("<c-x>", "reg", "a question is open: answer it first"),
    ] {
        let mut bench = at_nexus();
        bench.press(before);
        let overlays = bench.app.state.overlays.len();
        bench.press(&format!(":{name}"));
        let (found, reason) = names(&bench);
        assert_eq!(found[0], name);
        assert_eq!(reason.as_deref(), Some(why), "{name}");
        assert_eq!(bench.press("<enter>"), [], "{name}");
        assert_eq!(bench.app.state.overlays.len(), overlays, "{name}");
        assert_eq!(said(&bench), why, "{name}");
    }
}

#[test]
fn every_command_with_a_place_is_named_once_with_its_key() {
    let mut bench = at_nexus();
    bench.press(":");
    let all = palette(&bench).unwrap().matching();
    let mut names: Vec<_> = all.iter().map(|entry| entry.name).collect();
    let first = all.iter().position(|entry| entry.why_not.is_some());
    let rest = &all[first.unwrap()..];
    assert!(
        rest.iter().all(|entry| entry.why_not.is_some()),
        "first what can act"
    );
    let key = |name: &str| {
        let entry = all.iter().find(|entry| entry.name == name);
        entry.map(|entry| entry.key.as_str())
    };
    assert_eq!(key("crawl"), Some("c"));
    assert_eq!(key("edit"), Some("e"));
    assert_eq!(key("copy-digest"), Some("yd"));
    assert_eq!(key("reg"), Some(""));
    assert_eq!(key("command-line"), None, "it is open");
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}

#[test]
fn habits_of_another_program_go_where_they_went() {
    let mut bench = loaded();
    for (line, wanted) in [
        ("reg harbor", HARBOR),
        ("reg NEXUS", NEXUS),
        ("ctx git", GITLAB),
        ("reg nexus-prod", NEXUS),
    ] {
        bench.press("5");
        assert_eq!(bench.press(&format!(":{line}<enter>")), [], "{line}");
        assert_eq!(bench.app.state.pages.at, PageId::Browse);
        let row = bench.app.state.pages.browse.registry();
        assert_eq!(row.map(|row| row.id), Some(wanted), "{line}");
    }
    for (line, wanted) in [
        (
            "reg harbro",
            "there is no registry `harbro`; the nearest is `harbor`",
        ),
        ("reg i", "`i` may be "),
        ("ctx", "registries are on page 1; `:reg NAME` goes to one"),
    ] {
        bench.press(&format!(":{line}<enter>"));
        assert!(said(&bench).starts_with(wanted), "{line}: {}", said(&bench));
        assert!(palette(&bench).is_none());
    }
    bench.press("5:reg<enter>");
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    bench.press("lll<enter>:search api 1.9<enter>");
    let page = &bench.app.state.pages.search;
    assert_eq!((page.field.text(), page.found.shown()), ("api 1.9", 2));
    assert!(bench.app.state.overlays.is_empty());
    bench.press("<down>:repo legacy<enter>");
    let page = &bench.app.state.pages.search;
    assert_eq!(page.found.narrowing(), Narrowing::Repositories);
    assert_eq!(page.selected().unwrap().repository.as_str(), "team/legacy");
    bench.press("<down>:changes 7d<enter>");
    assert_eq!(bench.app.state.pages.at, PageId::Changes);
    for (since, period) in [
        ("30d", Period::Month),
        ("7d", Period::Week),
        ("12h", Period::Day),
        ("yesterday", Period::Week),
        ("2020-01-01", Period::All),
    ] {
        bench.press(&format!(":changes {since}<enter>"));
        assert_eq!(
            bench.app.state.pages.changes.scope.period, period,
            "{since}"
        );
    }
    bench.press(":changes soon<enter>");
    assert!(
        said(&bench).starts_with("`soon` is no time"),
        "{}",
        said(&bench)
    );
    assert_eq!(bench.press(":q<enter>"), [Effect::Screen(ScreenWork::Quit)]);
}

#[test]
fn what_is_no_command_says_which_is_nearest_and_can_be_mended() {
    let mut bench = at_nexus();
    bench.press(":crwal!<enter>");
    let unknown = "there is no command `crwal!`; the nearest is `crawl`";
    assert_eq!(palette(&bench).unwrap().unknown(), unknown);
    assert_eq!(said(&bench), unknown);
    bench.press("<c-u>reload now<enter>");
    assert_eq!(said(&bench), "nothing is written behind `reload`");
    // Letters that stand in a name, but not so, do nothing at once.
    assert_eq!(bench.press("<c-u>crwal<enter>"), []);
    assert_eq!(said(&bench), "once more does `crawl-all`");
    assert_eq!(palette(&bench).unwrap().field.text(), "crawl-all");
    assert!(!bench.app.state.world.is_crawling(NEXUS));
    bench.press("<c-u>crawl<enter>");
    assert!(palette(&bench).is_none());
    assert!(bench.app.state.world.is_crawling(NEXUS));
}

#[test]
fn what_holds_everywhere_holds_in_the_line() {
    let mut bench = at_nexus();
    assert_eq!(
        bench.press(":a<c-z><c-l>"),
        [
            Effect::Screen(ScreenWork::Suspend),
            Effect::Screen(ScreenWork::Redraw)
        ]
    );
    assert_eq!(palette(&bench).unwrap().field.text(), "a");
    assert_eq!(bench.press("<c-c>"), [Effect::Screen(ScreenWork::Quit)]);
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert_eq!(bench.press("<c-c>"), []);
    assert_eq!(
        bench.press("y"),
        [Effect::Screen(ScreenWork::Quit)],
        "the question has the keys"
    );
}

#[test]
fn a_colon_is_text_where_text_is_typed() {
    let mut bench = at_nexus();
    bench.press("/a:b");
    assert_eq!(bench.app.state.pages.browse.registries.filter.text(), "a:b");
    bench.press("<esc>ahub<tab>https://hub");
    assert!(matches!(top(&bench), Some(Overlay::Form(_))));
}

#[test]
fn a_secret_that_is_asked_for_does_not_go_into_the_line() {
    let mut bench = at_nexus();
    bench.press(":ab");
    let request = SecretRequest {
        title: "Password of ann".into(),
        text: "to sign in at hub".into(),
        is_new: false,
    };
    let ticket = Ticket(9);
    bench.send(Event::SecretWanted { ticket, request });
    bench.press(":hunter2");
    assert!(palette(&bench).is_none());
    let effects = bench.press("<enter>");
    assert!(
        matches!(
            &effects[..],
            [Effect::Do(Work::GiveSecret {
                secret: Some(_),
                ..
            })]
        ),
        "{effects:?}"
    );
    assert!(bench.app.state.overlays.is_empty(), "the line is gone");
}
