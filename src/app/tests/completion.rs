//! Paths that are completed in the form.

use super::form::{form, go};
use super::{loaded, top};
use crate::app::fixture::Bench;
use crate::app::overlay::{FormLine, Key};
use crate::app::{Effect, Event, Ticket, Work};

const CA: Key = Key::Setting("ca-file");

/// What is asked for, and its ticket.
fn asked(effects: &[Effect]) -> (Ticket, &str) {
    match effects {
        [Effect::Do(Work::Complete { ticket, typed })] => (*ticket, typed),
        other => panic!("{other:?}"),
    }
}

fn answer(bench: &mut Bench, ticket: Ticket, paths: &[&str]) {
    let paths = paths.iter().map(|it| (*it).to_owned()).collect();
    bench.send(Event::Completed { ticket, paths });
}

fn offers(bench: &Bench) -> Vec<String> {
    let lines = form(bench).lines(60, 22).into_iter();
    let offers = lines.filter_map(|line| match line {
        FormLine::Offer(text) => Some(text),
        _ => None,
    });
    offers.collect()
}

fn typed(bench: &Bench) -> String {
    form(bench).focused().unwrap().value()
}

/// The form of a new registry, in its CA file.
fn at_ca() -> Bench {
    let mut bench = loaded();
    bench.press("ahub<tab>https://hub.example");
    go(&mut bench, CA);
    bench
}

#[test]
fn a_path_is_completed_as_far_as_all_agree_and_offered_where_not() {
    let mut bench = at_ca();
    let effects = bench.press("/etc/c<right>");
    let (ticket, beginning) = asked(&effects);
    assert_eq!(beginning, "/etc/c");
    answer(&mut bench, ticket, &["/etc/certs/", "/etc/certs.pem"]);
    assert_eq!(typed(&bench), "/etc/certs");
    assert_eq!(offers(&bench), ["certs/", "certs.pem"]);
    // What is typed on takes the offers away.
    let effects = bench.press("/");
    assert_eq!((effects.len(), offers(&bench).len()), (0, 0));
    let effects = bench.press("<right>");
    let (ticket, _) = asked(&effects);
    answer(&mut bench, ticket, &["/etc/certs/corp.pem"]);
    assert_eq!(typed(&bench), "/etc/certs/corp.pem");
    assert_eq!(offers(&bench), [""; 0], "there was but one");
    assert!(form(&bench).is_changed());
    let effects = bench.press("x<right>");
    let (ticket, _) = asked(&effects);
    answer(&mut bench, ticket, &[]);
    assert_eq!(typed(&bench), "/etc/certs/corp.pemx");
    assert_eq!(offers(&bench), ["no file or folder begins so"]);
}

#[test]
fn as_many_are_offered_as_have_room() {
    let mut bench = at_ca();
    let effects = bench.press("/<right>");
    let (ticket, _) = asked(&effects);
    let all: Vec<String> = (0..50).map(|n| format!("/{n:02}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    answer(&mut bench, ticket, &all);
    assert_eq!(offers(&bench).len(), 7);
    assert_eq!(offers(&bench)[6], "and 44 more: type on");
}

#[test]
fn an_answer_that_comes_late_changes_nothing() {
    let mut bench = at_ca();
    let effects = bench.press("/e<right>");
    let (ticket, _) = asked(&effects);
    bench.press("x");
    answer(&mut bench, ticket, &["/etc/"]);
    assert_eq!((typed(&bench).as_str(), offers(&bench).len()), ("/ex", 0));
    // Neither one that comes when another field is in focus.
    let effects = bench.press("<right>");
    let (ticket, _) = asked(&effects);
    bench.press("<tab>");
    answer(&mut bench, ticket, &["/ex/"]);
    assert_eq!(typed(&bench), "");
}

#[test]
fn nothing_but_paths_is_completed() {
    let mut bench = at_ca();
    // In the middle of what is typed the arrow moves.
    assert_eq!(bench.press("/etc<left><right>"), []);
    for key in ["name", "proxy", "username"] {
        go(&mut bench, Key::Setting(key));
        assert_eq!(bench.press("x<right>"), [], "{key}");
    }
    go(&mut bench, Key::Secret(crate::model::SecretKind::Password));
    assert_eq!(bench.press("/etc/shadow<right>"), []);
    assert!(top(&bench).is_some());
}
