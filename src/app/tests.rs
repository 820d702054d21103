//! The machine, told by keys and answers: `press` says what is pressed, the effects that
//! come back are what is to be done outside.

mod answers;
pub(crate) mod browse;
mod changes;
mod completion;
mod crawls;
mod crawls_page;
pub(crate) mod detail;
pub(crate) mod diff;
pub(crate) mod drift;
mod failures;
mod find;
mod form;
mod import;
mod keys;
mod memory;
mod mend;
mod noise;
mod palette;
mod past;
mod pointer;
mod preset;
pub(crate) mod requests;
mod search;
pub(crate) mod triage;
mod usage;

use std::sync::Arc;

use super::fixture::{self, Bench, GITLAB, HARBOR, NEXUS};
use super::layout::Focus;
use super::overlay::{OnYes, Overlay};
use super::*;
use crate::model::{ImageColumn, Order, Question, RepositoryColumn, Timestamp, Trouble};

fn loaded() -> Bench {
    Bench::loaded(120, 40)
}

/// A bench on which the first registry is selected.
fn at_nexus() -> Bench {
    let mut bench = loaded();
    bench.press("jjj");
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, NEXUS);
    bench
}

fn repository(bench: &Bench) -> &str {
    bench
        .app
        .state
        .pages
        .browse
        .repository()
        .map_or("-", |row| row.name.as_str())
}

fn top(bench: &Bench) -> Option<&Overlay> {
    bench.app.state.overlays.last()
}

fn said(bench: &Bench) -> &str {
    bench
        .app
        .state
        .world
        .notice
        .as_ref()
        .map_or("", |notice| &notice.text)
}

#[test]
fn the_panes_on_the_right_follow_the_cursor() {
    let mut bench = loaded();
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, GITLAB);
    assert_eq!(repository(&bench), "-");
    bench.press("j");
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, HARBOR);
    assert_eq!(repository(&bench), "library/alpine");
    bench.press("jjljj");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    assert_eq!(repository(&bench), "team/api");
    assert_eq!(bench.app.state.pages.browse.images.listing.rows.len(), 7);
    bench.press("<enter>G");
    assert!(
        bench
            .app
            .state
            .pages
            .browse
            .image()
            .unwrap()
            .tags
            .is_empty()
    );
    bench.press("hhj");
    assert_eq!(repository(&bench), "-");
    assert!(bench.app.state.pages.browse.images.listing.rows.is_empty());
}

#[test]
fn a_hurried_cursor_asks_one_question_at_a_time() {
    let mut bench = loaded();
    let key = |keys: &str| Event::Key(KeyPress::parse_all(keys).unwrap()[0]);
    let asked = bench.app.update(key("j"));
    let [
        first @ Effect::Ask {
            ticket,
            question: Question::Repositories { registries, .. },
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(registries[..], [HARBOR]);
    let withdrawn = Work::Withdraw { ticket: *ticket };
    assert_eq!(bench.app.update(key("j")), [Effect::Do(withdrawn)]);
    assert_eq!(bench.app.update(key("j")), []);
    assert!(bench.app.state.pages.browse.repositories.is_loading());
    assert_eq!(
        bench.app.state.pages.browse.repository(),
        None,
        "what is shown is another's"
    );
    let answer = bench.answer(first).unwrap();
    let asked = bench.app.update(answer.clone());
    let [
        second @ Effect::Ask {
            question: Question::Repositories { registries, .. },
            ..
        },
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(registries[..], [NEXUS]);
    let second = bench.answer(second).unwrap();
    assert_eq!(bench.app.update(answer), [], "an answer twice");
    assert_eq!(bench.send(second), []);
    assert_eq!(repository(&bench), "charts/ingress-nginx");
}

#[test]
fn focus_moves_by_every_key() {
    use Focus::{Images, Registries, Repositories};
    for (keys, wanted) in [
        ("l", Repositories),
        ("ll", Images),
        ("lll", Images),
        ("llh", Repositories),
        ("h", Registries),
        ("<tab>", Repositories),
        ("<tab><tab><tab>", Registries),
        ("<s-tab>", Images),
        ("<s-tab><s-tab>", Repositories),
        ("llh", Repositories),
        ("llhh", Registries),
        ("<right><right><left>", Repositories),
        ("ll<esc>", Repositories),
        ("<enter>", Repositories),
    ] {
        let mut bench = at_nexus();
        bench.press(keys);
        assert_eq!(bench.app.state.pages.browse.focus, wanted, "{keys}");
    }
}

#[test]
fn a_sequence_waits_for_its_second_key() {
    let mut bench = at_nexus();
    bench.press("lG");
    assert_eq!(repository(&bench), "team/waiting");
    bench.press("g");
    assert_eq!(bench.app.state.pending.len(), 1);
    assert_eq!(repository(&bench), "team/waiting");
    bench.press("g");
    assert_eq!(repository(&bench), "charts/ingress-nginx");
    // A sequence that comes to nothing leaves the second key its own meaning.
    bench.press("gj");
    assert_ne!(repository(&bench), "charts/ingress-nginx");
    assert!(bench.app.state.pending.is_empty());
}

#[test]
fn no_sequence_swallows_what_is_typed() {
    let mut bench = at_nexus();
    let keys = KeyMap::standard().overridden("[[filter]]\ndo = 'accept'\nkeys = ['<c-x>k']");
    bench.app.state.world.keys = keys.unwrap();
    bench.press("/<c-x>kab");
    assert_eq!(bench.app.state.pages.browse.registries.filter.text(), "kab");
}

#[test]
fn a_filter_works_while_it_is_typed_and_escape_clears_it() {
    let mut bench = at_nexus();
    bench.press("l/team !new");
    assert_eq!(
        bench.app.state.pages.browse.repositories.listing.rows.len(),
        6
    );
    assert_eq!(bench.app.state.pages.browse.repositories.listing.total, 9);
    // Keys are text while a filter is typed.
    assert_eq!(bench.press("q"), []);
    assert_eq!(
        bench.app.state.pages.browse.repositories.listing.rows.len(),
        7
    );
    bench.press("<backspace><enter>j");
    assert_eq!(repository(&bench), "team/broken");
    bench.press("/<c-u>legacy<enter>");
    assert_eq!(repository(&bench), "team/legacy");
    bench.press("<esc>");
    assert_eq!(
        bench.app.state.pages.browse.repositories.listing.rows.len(),
        9
    );
    assert_eq!(
        repository(&bench),
        "team/legacy",
        "the cursor stays on its row"
    );
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    bench.press("/x<esc>");
    assert!(bench.app.state.pages.browse.typing.is_none());
    assert!(bench.app.state.pages.browse.repositories.filter.is_empty());
    bench.press("/");
    bench.send(Event::Paste("api\n".into()));
    bench.press("<enter>");
    assert_eq!(repository(&bench), "team/api");
}

#[test]
fn registries_are_filtered_at_hand() {
    let mut bench = loaded();
    bench.press("/har<enter>");
    assert_eq!(bench.app.state.pages.browse.registry().unwrap().id, HARBOR);
    assert_eq!(bench.app.state.world.all.len(), 6);
    bench.registries.remove(0);
    bench.send(Event::InventoryChanged);
    assert_eq!(bench.app.state.world.all.len(), 5);
    assert_eq!(
        bench.app.state.pages.browse.registries.listing.rows.len(),
        1
    );
}

#[test]
fn a_column_orders_and_again_turns_the_order() {
    let mut bench = at_nexus();
    bench.press("lot");
    assert_eq!(
        bench.app.state.pages.browse.repositories.order.column,
        RepositoryColumn::Tags
    );
    bench.press("jjot");
    assert_eq!(
        bench.app.state.pages.browse.repository().unwrap().tags,
        15_000,
        "a new order begins at its top"
    );
    bench.press("j");
    let below = repository(&bench).to_owned();
    bench.send(Event::InventoryChanged);
    assert_eq!(repository(&bench), below, "and only once");
    bench.press("on");
    assert_eq!(
        bench.app.state.pages.browse.repositories.order,
        Order {
            column: RepositoryColumn::Name,
            descending: false
        }
    );
    bench.press("los");
    assert_eq!(
        bench.app.state.pages.browse.images.order.column,
        ImageColumn::Size
    );
    bench.press("obob");
    assert_eq!(said(&bench), "ordered by built, descending");
}

#[test]
fn quitting_asks_while_a_crawl_runs() {
    for (keys, quits) in [
        ("q", true),
        ("<c-c>", true),
        ("/q<c-c>", true),
        ("a<c-c>", true),
    ] {
        let mut bench = loaded();
        assert_eq!(
            bench.press(keys),
            vec![Effect::Screen(ScreenWork::Quit); usize::from(quits)],
            "{keys}"
        );
    }
    for (keys, quits) in [
        ("q", false),
        ("<c-c>", false),
        ("qn", false),
        ("q<esc>", false),
        ("qy", true),
        ("q<c-c>", true),
        ("a<c-c><c-c>", true),
    ] {
        let mut bench = loaded();
        bench.progress(&[(NEXUS, fixture::reading())]);
        assert_eq!(
            bench.press(keys),
            vec![Effect::Screen(ScreenWork::Quit); usize::from(quits)],
            "{keys}"
        );
    }
    assert_eq!(
        loaded().send(Event::Quit),
        [Effect::Screen(ScreenWork::Quit)]
    );
}

#[test]
fn removing_asks_and_says_what_is_lost() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("<c-x>"), []);
    let Some(Overlay::Confirm(confirm)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(confirm.on_yes, OnYes::Remove(NEXUS));
    assert!(confirm.text.contains("9 repositories, 12 345 images"));
    assert_eq!(bench.press("n"), []);
    assert!(top(&bench).is_none());
    assert_eq!(bench.press("<c-x>y"), [Effect::Do(Work::Remove(NEXUS))]);
    bench.registries.retain(|row| row.id != NEXUS);
    bench.send(Event::Removed {
        registry: NEXUS,
        result: Ok(()),
    });
    assert_eq!(said(&bench), "`nexus-prod` is removed");
    assert!(bench.app.state.world.known(NEXUS).is_none());
    // A crawl that runs is stopped first.
    bench.press("gg/harbor<enter>");
    bench.progress(&[(HARBOR, fixture::reading())]);
    let effects = bench.press("<del>y");
    assert_eq!(
        effects,
        [
            Effect::Do(Work::CancelCrawl(HARBOR)),
            Effect::Do(Work::Remove(HARBOR))
        ]
    );
}

#[test]
fn references_are_copied() {
    let mut bench = at_nexus();
    bench.press("l/team/api<enter>l/latest<enter>");
    let digest = bench
        .app
        .state
        .pages
        .browse
        .image()
        .unwrap()
        .digest
        .to_string();
    let host = "nexus.example:8443/team/api";
    for keys in ["", "<enter>"] {
        bench.press(keys);
        assert_eq!(
            bench.press("yr"),
            [Effect::Screen(ScreenWork::Copy(format!("{host}@{digest}")))]
        );
        assert_eq!(
            bench.press("yt"),
            [Effect::Screen(ScreenWork::Copy(format!("{host}:1.10.2")))]
        );
    }
    assert_eq!(
        bench.press("yd"),
        [Effect::Screen(ScreenWork::Copy(digest.clone()))]
    );
    let pull = format!("docker pull {host}@{digest}");
    assert_eq!(bench.press("yp"), [Effect::Screen(ScreenWork::Copy(pull))]);
    bench.send(Event::Copied {
        text: "x".into(),
        result: Ok(()),
    });
    assert_eq!(said(&bench), "copied x");
    bench.press("<esc><esc>/untagged<esc>G");
    assert_eq!(bench.press("yt"), []);
    assert!(said(&bench).contains("no tag"));
}

#[test]
fn artifactory_by_path_is_referred_to_by_its_key() {
    let mut bench = loaded();
    let old = &mut bench.registries[5];
    old.spec.product = Some(crate::model::Product::ArtifactoryPath);
    let id = old.id;
    for row in &mut bench.repositories {
        row.registry = id;
    }
    for row in &mut bench.images {
        row.registry = id;
    }
    bench.send(Event::InventoryChanged);
    bench.press("Gl/team/api<enter>l");
    let effects = bench.press("yt");
    let wanted = "old.example/docker-local/team/api:windows-2022";
    assert_eq!(effects, [Effect::Screen(ScreenWork::Copy(wanted.into()))]);
}

#[test]
fn a_page_is_kept_current_and_scrolls_within_its_lines() {
    let mut bench = Bench::loaded(60, 16);
    bench.press("/nexus<enter>l/team/api<enter>l/latest<enter><enter>");
    bench.press("G");
    let Some(Overlay::Detail(detail)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    let bottom = detail.scroll.0;
    assert!(bottom > 0);
    bench.press("jjj");
    let stale = fixture::ago(60);
    for image in &mut bench.images {
        image.stale_since = Some(stale);
    }
    bench.send(Event::InventoryChanged);
    let Some(Overlay::Detail(detail)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(detail.scroll.0, bottom);
    assert_eq!(detail.image.stale_since, Some(stale));
    bench.press("gg");
    assert!(matches!(top(&bench), Some(Overlay::Detail(d)) if d.scroll.0 == 0));
    bench.press("?");
    assert!(matches!(top(&bench), Some(Overlay::Help(_))));
    bench.press("q<esc>");
    assert!(top(&bench).is_none());
}

#[test]
fn a_store_that_fails_is_said_and_asked_again() {
    let mut app = loaded().app;
    let effects = app.update(Event::Key(KeyPress::parse_all("r").unwrap()[0]));
    let [
        Effect::Ask {
            ticket,
            question: Question::Registries,
        },
        ..,
    ] = effects[..]
    else {
        panic!("{effects:?}")
    };
    let trouble = Trouble {
        message: "the inventory cannot be read".into(),
        hint: Some("run `supercargo doctor`".into()),
    };
    app.update(Event::Answered {
        ticket,
        result: Err(trouble.clone()),
    });
    assert_eq!(app.state.pages.browse.registries.broken, Some(trouble));
    let effects = app.update(Event::InventoryChanged);
    assert!(
        matches!(
            effects[..],
            [Effect::Ask {
                question: Question::Registries,
                ..
            }]
        ),
        "{effects:?}"
    );
}

#[test]
fn the_revision_moves_only_with_the_screen() {
    let mut bench = at_nexus();
    let quiet = |bench: &mut Bench, event: Event| {
        let before = bench.app.revision();
        bench.send(event);
        bench.app.revision() == before
    };
    assert!(!bench.app.animates());
    assert!(
        quiet(&mut bench, Event::InventoryChanged),
        "nothing is other than before"
    );
    assert!(quiet(&mut bench, Event::Progress(Arc::default())));
    let at = |s| Timestamp::from_second(fixture::NOW + s).unwrap();
    assert!(
        quiet(&mut bench, Event::Tick(at(1))),
        "no minute has passed"
    );
    assert!(!quiet(&mut bench, Event::Tick(at(61))));
    assert!(quiet(&mut bench, Event::Paste("nowhere".into())));
    let unknown = KeyPress::parse_all("~").unwrap()[0];
    assert!(!quiet(&mut bench, Event::Key(unknown)), "it is said");
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert!(!quiet(&mut bench, Event::Tick(at(62))), "something moves");
    let same = bench.app.state.world.progress.clone();
    assert!(quiet(&mut bench, Event::Progress(same)));
}

#[test]
fn the_terminal_is_given_back_and_drawn_anew() {
    let mut bench = loaded();
    assert_eq!(bench.press("<c-z>"), [Effect::Screen(ScreenWork::Suspend)]);
    assert_eq!(bench.press("<c-l>"), [Effect::Screen(ScreenWork::Redraw)]);
    assert_eq!(
        bench.press("a<c-z><c-l>"),
        [
            Effect::Screen(ScreenWork::Suspend),
            Effect::Screen(ScreenWork::Redraw)
        ]
    );
}

#[test]
fn an_empty_screen_says_how_to_begin() {
    let mut bench = Bench::empty(80, 24);
    for keys in ["c", "x", "t", "f", "e", "<c-x>"] {
        assert_eq!(bench.press(keys), [], "{keys}");
    }
    bench.press("e");
    assert_eq!(said(&bench), "there is no registry yet; a adds one");
    bench.press("C");
    assert_eq!(said(&bench), "there is no registry to crawl");
    for keys in ["<enter>", "l<enter>", "l<enter>", "yr", "yt"] {
        bench.press(keys);
        assert_eq!(
            said(&bench),
            "there is no registry yet; a adds one",
            "{keys}"
        );
    }
    assert!(top(&bench).is_none());
}

#[test]
fn keys_for_a_row_that_is_not_there_say_so() {
    let mut bench = at_nexus();
    bench.press("l/zzz<enter><enter>");
    assert_eq!(said(&bench), "no repository is selected");
    assert_eq!(bench.app.state.pages.browse.focus, Focus::Repositories);
    bench.press("lyr");
    assert_eq!(said(&bench), "no repository is selected");
    bench.press("h<esc>l/zzz<enter>yt");
    assert_eq!(said(&bench), "no image is selected");
    bench.press("hh/zzz<enter>t");
    assert_eq!(said(&bench), "no registry is selected");
}
