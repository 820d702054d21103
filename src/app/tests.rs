//! The machine, told by keys and answers: `press` says what is pressed, the effects that
//! come back are what is to be done outside.

use std::sync::Arc;

use proptest::prelude::*;

use super::fixture::{self, Bench, GITLAB, HARBOR, NEXUS};
use super::layout::Focus;
use super::overlay::{Overlay, Question};
use super::*;
use crate::model::{Class, Failure, Outcome, PasswordSource, RegistryId, Secret, Stage, Timestamp};
use crate::query::{ImageColumn, RepositoryColumn};

fn loaded() -> Bench {
    Bench::loaded(120, 40)
}

/// A bench on which the first registry is selected.
fn at_nexus() -> Bench {
    let mut bench = loaded();
    bench.press("jjj");
    assert_eq!(bench.app.state.registry().unwrap().id, NEXUS);
    bench
}

fn repository(bench: &Bench) -> &str {
    bench
        .app
        .state
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
        .notice
        .as_ref()
        .map_or("", |notice| &notice.text)
}

#[test]
fn the_panes_on_the_right_follow_the_cursor() {
    let mut bench = loaded();
    assert_eq!(bench.app.state.registry().unwrap().id, GITLAB);
    assert_eq!(repository(&bench), "-");
    bench.press("j");
    assert_eq!(bench.app.state.registry().unwrap().id, HARBOR);
    assert_eq!(repository(&bench), "library/alpine");
    bench.press("jjljj");
    assert_eq!(bench.app.state.focus, Focus::Repositories);
    assert_eq!(repository(&bench), "team/api");
    assert_eq!(bench.app.state.images.listing.rows.len(), 7);
    bench.press("<enter>G");
    assert!(bench.app.state.image().unwrap().tags.is_empty());
    bench.press("h1j");
    assert_eq!(repository(&bench), "-");
    assert!(bench.app.state.images.listing.rows.is_empty());
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
        ("3", Images),
        ("32", Repositories),
        ("31", Registries),
        ("<right><right><left>", Repositories),
        ("3<esc>", Repositories),
        ("<enter>", Repositories),
    ] {
        let mut bench = at_nexus();
        bench.press(keys);
        assert_eq!(bench.app.state.focus, wanted, "{keys}");
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
fn a_filter_works_while_it_is_typed_and_escape_clears_it() {
    let mut bench = at_nexus();
    bench.press("l/team !new");
    assert_eq!(bench.app.state.repositories.listing.rows.len(), 6);
    assert_eq!(bench.app.state.repositories.listing.total, 9);
    // Keys are text while a filter is typed.
    assert_eq!(bench.press("q"), []);
    assert_eq!(bench.app.state.repositories.listing.rows.len(), 7);
    bench.press("<backspace><enter>j");
    assert_eq!(repository(&bench), "team/broken");
    bench.press("/<c-u>legacy<enter>");
    assert_eq!(repository(&bench), "team/legacy");
    bench.press("<esc>");
    assert_eq!(bench.app.state.repositories.listing.rows.len(), 9);
    assert_eq!(
        repository(&bench),
        "team/legacy",
        "the cursor stays on its row"
    );
    assert_eq!(bench.app.state.focus, Focus::Repositories);
    bench.press("/x<esc>");
    assert!(bench.app.state.typing.is_none());
    assert!(bench.app.state.repositories.filter.is_empty());
    bench.press("/");
    bench.send(Event::Paste("api\n".into()));
    bench.press("<enter>");
    assert_eq!(repository(&bench), "team/api");
}

#[test]
fn registries_are_filtered_at_hand() {
    let mut bench = loaded();
    bench.press("/har<enter>");
    assert_eq!(bench.app.state.registry().unwrap().id, HARBOR);
    assert_eq!(bench.app.state.all.len(), 6);
    bench.registries.remove(0);
    bench.send(Event::InventoryChanged);
    assert_eq!(bench.app.state.all.len(), 5);
    assert_eq!(bench.app.state.registries.listing.rows.len(), 1);
}

#[test]
fn orders_go_round_and_turn() {
    let mut bench = at_nexus();
    bench.press("ls");
    assert_eq!(
        bench.app.state.repositories.order.column,
        RepositoryColumn::Tags
    );
    bench.press("S");
    assert_eq!(repository(&bench), "charts/ingress-nginx");
    bench.press("gg");
    assert_eq!(bench.app.state.repository().unwrap().tags, 15_000);
    bench.press("sss");
    assert_eq!(
        bench.app.state.repositories.order.column,
        RepositoryColumn::Name
    );
    bench.press("3ssss");
    assert_eq!(bench.app.state.images.order.column, ImageColumn::Size);
    bench.press("1s");
    assert!(said(&bench).contains("by name"));
}

#[test]
fn a_crawl_is_started_once_and_cancelled() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("c"), [Effect::StartCrawl(NEXUS)]);
    assert!(bench.app.animates());
    assert_eq!(bench.press("c"), []);
    assert!(said(&bench).contains("x cancels"));
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert!(bench.app.state.starting.is_empty());
    assert_eq!(bench.press("x"), [Effect::CancelCrawl(NEXUS)]);
    let row = bench.app.state.registry().unwrap().clone();
    assert_eq!(
        status::registry(&bench.app.state, &row).words[0],
        "stopping"
    );
    bench.send(Event::CrawlEnded {
        registry: NEXUS,
        summary: Arc::new(fixture::summary()),
        record: fixture::record(0, Some(Outcome::Partial), 5),
    });
    assert!(!bench.app.state.is_crawling(NEXUS) && !bench.app.animates());
    assert!(said(&bench).contains("nexus-prod: crawled in part, 5 failures (f lists them)"));
    assert_eq!(bench.press("x"), []);
    bench.press("fj");
    let Some(Overlay::Failures(failures)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(failures.selected().unwrap().class, Class::Digest);
    let copied = bench.press("y");
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text.contains("look for a proxy")));
}

#[test]
fn all_active_registries_are_crawled_at_once() {
    let mut bench = loaded();
    bench.progress(&[(HARBOR, fixture::reading())]);
    let started = bench.press("C");
    assert_eq!(
        started.len(),
        4,
        "one runs already, one is inactive: {started:?}"
    );
    assert_eq!(bench.press("C"), []);
    assert!(said(&bench).contains("every active registry"));
}

#[test]
fn a_crawl_that_cannot_start_says_why() {
    let mut bench = at_nexus();
    bench.press("c");
    let failure = Failure::new(Stage::Token, Class::Local, "`HUB_PW` is not set")
        .with_hint("export it before starting supercargo");
    bench.send(Event::CrawlRefused {
        registry: NEXUS,
        failure,
    });
    let notice = bench.app.state.notice.clone().unwrap();
    assert!(notice.text.contains("`HUB_PW` is not set"));
    assert!(notice.hint.unwrap().contains("export it"));
    let row = bench.app.state.registry().unwrap().clone();
    assert_eq!(
        status::registry(&bench.app.state, &row).words[0],
        "did not start"
    );
    assert_eq!(bench.press("c"), [Effect::StartCrawl(NEXUS)]);
    assert_eq!(
        status::registry(&bench.app.state, &row).words[0],
        "starting"
    );
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
            vec![Effect::Quit; usize::from(quits)],
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
            vec![Effect::Quit; usize::from(quits)],
            "{keys}"
        );
    }
    assert_eq!(loaded().send(Event::Quit), [Effect::Quit]);
}

#[test]
fn removing_asks_and_says_what_is_lost() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("D"), []);
    let Some(Overlay::Confirm(confirm)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(confirm.question, Question::Remove(NEXUS));
    assert!(confirm.text.contains("9 repositories, 12 345 images"));
    assert_eq!(bench.press("n"), []);
    assert!(top(&bench).is_none());
    assert_eq!(bench.press("Dy"), [Effect::Remove(NEXUS)]);
    bench.registries.retain(|row| row.id != NEXUS);
    bench.send(Event::Removed {
        registry: NEXUS,
        result: Ok(()),
    });
    assert_eq!(said(&bench), "`nexus-prod` is removed");
    assert!(bench.app.state.known(NEXUS).is_none());
    // A crawl that runs is stopped first.
    bench.press("gg/harbor<enter>");
    bench.progress(&[(HARBOR, fixture::reading())]);
    let effects = bench.press("<del>y");
    assert_eq!(
        effects,
        [Effect::CancelCrawl(HARBOR), Effect::Remove(HARBOR)]
    );
}

fn save(
    effects: &[Effect],
) -> (
    Ticket,
    Option<RegistryId>,
    &crate::model::RegistrySpec,
    &PasswordEntry,
) {
    match effects {
        [
            Effect::Save {
                ticket,
                id,
                spec,
                password,
            },
        ] => (*ticket, *id, spec, password),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_registry_is_added_in_the_form() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://hub.example<tab>");
    bench.press(
        "<right><tab><space><tab><tab>ann<tab><right><tab>hunter2<tab><tab>team/*, base<tab><tab>",
    );
    let effects = bench.press("<enter>");
    let (ticket, id, spec, password) = save(&effects);
    assert_eq!(id, None);
    assert_eq!(spec.name.as_str(), "hub");
    assert_eq!(spec.product, Some(crate::model::Product::Generic));
    assert!(!spec.active);
    assert_eq!(spec.username.as_deref(), Some("ann"));
    assert_eq!(spec.repositories.patterns(), ["team/*", "base"]);
    assert_eq!(spec.password, PasswordSource::OsStore);
    assert_eq!(*password, PasswordEntry::Store(Secret::new("hunter2")));
    let debug = format!("{:?} {effects:?}", bench.app);
    assert!(!debug.contains("hunter2"));
    // Keys while it is being saved change nothing.
    assert_eq!(bench.press("<c-s>x"), []);
    let mut added = bench.registries[0].clone();
    added.id = RegistryId(9);
    added.spec = spec.clone();
    bench.registries.push(added);
    bench.send(Event::Saved {
        ticket,
        result: Ok(RegistryId(9)),
    });
    assert!(top(&bench).is_none());
    assert_eq!(bench.app.state.registry().unwrap().id, RegistryId(9));
    assert_eq!(said(&bench), "`hub` is added; c crawls it");
}

fn errors(bench: &Bench) -> Vec<(overlay::Key, String)> {
    let Some(Overlay::Form(form)) = top(bench) else {
        panic!("{:?}", top(bench))
    };
    let wrong = form
        .entries
        .iter()
        .filter_map(|e| Some((e.key, e.error.clone()?)));
    wrong.collect()
}

#[test]
fn what_is_wrong_is_said_at_its_field() {
    use overlay::Key::{Password, Setting, Variable};
    for (keys, at, says) in [
        ("<c-s>", Setting("name"), "it is empty"),
        ("hub<tab><c-s>", Setting("address"), "names no host"),
        (
            "hub<tab>hub:5000<tab>",
            Setting("address"),
            "https://hub:5000",
        ),
        (
            "hub<tab>https://h<tab><tab><tab><tab>ann<tab><right><c-s>",
            Password,
            "type the password",
        ),
        (
            "hub<tab>https://h<tab><tab><tab><tab>ann<tab><left><left><tab>1 X<c-s>",
            Variable,
            "no name",
        ),
        (
            "hub<tab>https://h<tab><tab><tab>b<c-s>",
            Setting("username"),
            "needs a user name",
        ),
    ] {
        let mut bench = loaded();
        assert!(bench.press(&format!("a{keys}")).len() <= 1);
        let errors = errors(&bench);
        assert!(
            errors
                .iter()
                .any(|(key, text)| *key == at && text.contains(says)),
            "{keys}: {errors:?}"
        );
    }
}

#[test]
fn an_error_under_more_settings_opens_them() {
    let mut bench = loaded();
    bench.press("ahub<tab>https://h");
    for _ in 0..8 {
        bench.press("<tab>");
    }
    bench.press("<space><tab><c-u>0<c-s>");
    let Some(Overlay::Form(form)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert!(form.more);
    let entry = form.focused().unwrap();
    assert_eq!(entry.key, overlay::Key::Setting("max-connections"));
    assert!(entry.error.as_ref().unwrap().contains("1 to 256"));
}

#[test]
fn the_store_may_refuse_what_the_form_took() {
    let mut bench = loaded();
    let effects = bench.press("aharbor<tab>https://h<c-s>");
    let (ticket, ..) = save(&effects);
    let message = "there is a registry `harbor` already".to_owned();
    bench.send(Event::Saved {
        ticket,
        result: Err(SaveError {
            setting: Some("name"),
            message: message.clone(),
        }),
    });
    assert_eq!(errors(&bench), [(overlay::Key::Setting("name"), message)]);
    assert_eq!(bench.press("<c-s>").len(), 1, "it can be tried again");
}

#[test]
fn an_edited_registry_keeps_its_password_unless_another_is_typed() {
    let mut bench = at_nexus();
    bench.registries[0].spec.username = Some("ann".into());
    bench.registries[0].spec.password = PasswordSource::OsStore;
    bench.send(Event::InventoryChanged);
    let effects = bench.press("e<c-s>");
    let (_, id, spec, password) = save(&effects);
    assert_eq!((id, password), (Some(NEXUS), &PasswordEntry::Keep));
    assert_eq!(spec.password, PasswordSource::OsStore);
    let mut bench2 = loaded();
    bench2.registries = bench.registries.clone();
    bench2.send(Event::InventoryChanged);
    bench2.press("jjje");
    bench2.press("<tab><tab><tab><tab><tab><tab><tab>");
    bench2.send(Event::Paste("new\n".into()));
    let effects = bench2.press("<c-s>");
    assert_eq!(*save(&effects).3, PasswordEntry::Store(Secret::new("new")));
}

#[test]
fn leaving_asks_where_something_was_changed() {
    let mut bench = loaded();
    bench.press("a<esc>");
    assert!(top(&bench).is_none());
    bench.press("ax<esc>");
    assert!(matches!(top(&bench), Some(Overlay::Confirm(c)) if c.question == Question::Discard));
    bench.press("n");
    assert!(matches!(top(&bench), Some(Overlay::Form(_))));
    bench.press("<esc>y");
    assert!(top(&bench).is_none());
}

#[test]
fn a_check_from_the_form_saves_nothing_and_old_answers_are_dropped() {
    let mut bench = loaded();
    let effects = bench.press("ahub<tab>https://hub.example<c-t>");
    let [
        Effect::Check {
            ticket: first,
            id: None,
            spec,
            password: PasswordEntry::None,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(spec.name.as_str(), "hub");
    assert!(bench.app.animates());
    let effects = bench.press("<c-t>");
    let [
        Effect::CancelCheck { ticket },
        Effect::Check { ticket: second, .. },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(ticket, first);
    let send = |bench: &mut Bench, ticket: Ticket| {
        let before = bench.app.revision();
        bench.send(Event::Checked {
            ticket,
            report: fixture::report(),
            done: true,
        });
        bench.app.revision() > before
    };
    assert!(!send(&mut bench, *first));
    assert!(send(&mut bench, *second));
    assert!(!bench.app.animates());
    bench.press("<esc>");
    assert!(matches!(top(&bench), Some(Overlay::Form(form)) if form.check.is_none()));
}

#[test]
fn a_saved_registry_is_checked_with_its_kept_password() {
    let mut bench = at_nexus();
    let effects = bench.press("t");
    let [
        Effect::Check {
            ticket,
            id: Some(NEXUS),
            password: PasswordEntry::Keep,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(bench.press("r"), [], "one check at a time");
    bench.send(Event::Checked {
        ticket: *ticket,
        report: fixture::report(),
        done: true,
    });
    assert!(matches!(&bench.press("r")[..], [Effect::Check { .. }]));
    assert!(matches!(
        &bench.press("<esc>")[..],
        [Effect::CancelCheck { .. }]
    ));
    assert!(top(&bench).is_none());
}

#[test]
fn references_are_copied() {
    let mut bench = at_nexus();
    bench.press("l/team/api<enter>l/latest<enter>");
    let digest = bench.app.state.image().unwrap().digest.to_string();
    let host = "nexus.example:8443/team/api";
    for keys in ["", "<enter>"] {
        bench.press(keys);
        assert_eq!(bench.press("y"), [Effect::Copy(format!("{host}@{digest}"))]);
        assert_eq!(bench.press("Y"), [Effect::Copy(format!("{host}:1.10.2"))]);
    }
    assert_eq!(bench.press("d"), [Effect::Copy(digest)]);
    bench.send(Event::Copied {
        text: "x".into(),
        result: Ok(()),
    });
    assert_eq!(said(&bench), "copied x");
    bench.press("<esc><esc>/untagged<esc>G");
    assert_eq!(bench.press("Y"), []);
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
    bench.press("G2/team/api<enter>3");
    let effects = bench.press("Y");
    let wanted = "old.example/docker-local/team/api:windows-2022";
    assert_eq!(effects, [Effect::Copy(wanted.into())]);
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
    let [Effect::LoadRegistries { ticket }, ..] = effects[..] else {
        panic!("{effects:?}")
    };
    let trouble = Trouble {
        message: "the inventory cannot be read".into(),
        hint: Some("run `supercargo doctor`".into()),
    };
    app.update(Event::StoreFailed {
        ticket: Some(ticket),
        trouble: trouble.clone(),
    });
    assert_eq!(app.state.registries.broken, Some(trouble));
    let effects = app.update(Event::InventoryChanged);
    assert!(
        matches!(effects[..], [Effect::LoadRegistries { .. }]),
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
    assert!(bench.app.ages());
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
    assert!(quiet(
        &mut bench,
        Event::Key(KeyPress::parse_all("~").unwrap()[0])
    ));
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert!(!quiet(&mut bench, Event::Tick(at(62))), "something moves");
    let same = bench.app.state.progress.clone();
    assert!(quiet(&mut bench, Event::Progress(same)));
    assert!(!Bench::empty(80, 24).app.ages());
}

#[test]
fn the_terminal_is_given_back_and_drawn_anew() {
    let mut bench = loaded();
    assert_eq!(bench.press("<c-z>"), [Effect::Suspend]);
    assert_eq!(bench.press("<c-l>"), [Effect::Redraw]);
    assert_eq!(
        bench.press("a<c-z><c-l>"),
        [Effect::Suspend, Effect::Redraw]
    );
}

#[test]
fn an_empty_screen_says_how_to_begin() {
    let mut bench = Bench::empty(80, 24);
    for keys in ["c", "x", "t", "f", "e", "D"] {
        assert_eq!(bench.press(keys), [], "{keys}");
    }
    bench.press("e");
    assert_eq!(said(&bench), "there is no registry yet; a adds one");
    bench.press("C<enter>yY<enter>");
    assert!(top(&bench).is_none());
}

/// Events without rhyme or reason: keys that mean something, keys that mean nothing,
/// sizes, pastes, news, and answers that come late or twice.
fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![
        12 => prop::sample::select(vec![
            "j", "k", "h", "l", "g", "gg", "G", "<c-d>", "<c-u>", "<pgdn>", "<enter>", "<esc>",
            "<tab>", "<s-tab>", "/", "a", "e", "D", "y", "n", "c", "C", "x", "t", "f", "s", "S",
            "r", "?", "q", "<space>", "<left>", "<backspace>", "<c-s>", "<c-t>", "1", "2", "3",
            "team", "é", "<f1>", "<c-c>",
        ]).prop_map(Noise::Keys),
        1 => (0u16..220, 0u16..70).prop_map(|(w, h)| Noise::Resize(w, h)),
        1 => ".{0,20}".prop_map(Noise::Paste),
        2 => (0usize..7).prop_map(Noise::Inventory),
        2 => (0u32..7).prop_map(Noise::Progress),
        1 => (1u32..7).prop_map(Noise::Ended),
        2 => (0u64..60).prop_map(Noise::Late),
        1 => Just(Noise::Tick),
    ]
}

#[derive(Clone, Debug)]
enum Noise {
    Keys(&'static str),
    Resize(u16, u16),
    Paste(String),
    Inventory(usize),
    Progress(u32),
    Ended(u32),
    Late(u64),
    Tick,
}

fn make(bench: &mut Bench, noise: &Noise) {
    match noise {
        Noise::Keys(keys) => {
            bench.press(keys);
        }
        Noise::Resize(width, height) => {
            let (width, height) = (*width, *height);
            bench.send(Event::Resize { width, height });
        }
        Noise::Paste(text) => {
            bench.send(Event::Paste(text.clone()));
        }
        Noise::Inventory(kept) => {
            bench.registries = fixture::registries().into_iter().take(*kept).collect();
            bench.repositories = fixture::repositories().into_iter().skip(*kept).collect();
            bench.images = fixture::images().into_iter().skip(*kept).collect();
            bench.send(Event::InventoryChanged);
        }
        Noise::Progress(id) => bench.progress(&[(RegistryId(*id), fixture::reading())]),
        Noise::Ended(id) => {
            bench.send(Event::CrawlEnded {
                registry: RegistryId(*id),
                summary: Arc::new(fixture::summary()),
                record: fixture::record(0, Some(Outcome::Partial), 5),
            });
        }
        Noise::Late(ticket) => {
            let ticket = Ticket(*ticket);
            bench.send(Event::Checked {
                ticket,
                report: fixture::report(),
                done: ticket.0.is_multiple_of(2),
            });
            bench.send(Event::Saved {
                ticket,
                result: Ok(NEXUS),
            });
            bench.send(Event::Images {
                ticket,
                listing: crate::query::Listing::default(),
            });
            bench.send(Event::StoreFailed {
                ticket: Some(ticket),
                trouble: Trouble::new("late"),
            });
        }
        Noise::Tick => {
            let later = bench.app.state.now.as_second() + 40;
            bench.send(Event::Tick(Timestamp::from_second(later).unwrap()));
        }
    }
}

fn in_range(list: list::List, len: usize, height: usize) {
    assert!(list.cursor < len.max(1), "{list:?} of {len}");
    assert!(list.offset <= list.cursor, "{list:?}");
    assert!(list.cursor < list.offset + height, "{list:?} in {height}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_261_121), ..ProptestConfig::default() })]

    #[test]
    fn nothing_brings_it_down_and_cursors_stay_in_range(
        events in prop::collection::vec(noise(), 300),
    ) {
        let mut bench = Bench::loaded(80, 24);
        for noise in &events {
            make(&mut bench, noise);
            let state = &bench.app.state;
            let areas = state.areas();
            if let Some(areas) = areas {
                let page = areas.page;
                let height = layout::registry_rows(areas.registries.unwrap_or(page));
                in_range(state.registries.list, state.registries.listing.rows.len(), height);
                let height = layout::table_rows(areas.repositories.unwrap_or(page));
                in_range(state.repositories.list, state.repositories.listing.rows.len(), height);
                let height = layout::table_rows(areas.images.unwrap_or(page));
                in_range(state.images.list, state.images.listing.rows.len(), height);
            }
            if let Some(Overlay::Form(form)) = state.overlays.last() {
                prop_assert!(form.at < form.entries.len());
            }
            crate::ui::smoke(state);
        }
    }
}
