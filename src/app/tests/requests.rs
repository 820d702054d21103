//! The log of requests.

use std::time::Duration;

use super::*;
use crate::app::overlay::Requests;
use crate::model::{Sent, SentTo};

fn log(bench: &Bench) -> &Requests {
    match top(bench) {
        Some(Overlay::Requests(requests)) => requests,
        other => panic!("{other:?}"),
    }
}

/// Lines of these numbers.
pub(crate) fn lines(numbers: std::ops::RangeInclusive<u64>) -> Vec<SentTo> {
    let line = |number: u64| SentTo {
        number,
        registry: if number.is_multiple_of(2) {
            NEXUS
        } else {
            HARBOR
        },
        sent: Sent {
            at: fixture::ago(100 - i64::try_from(number.min(100)).unwrap()),
            method: "GET".to_owned(),
            url: format!("https://hub.example/v2/team/api/manifests/{number}"),
            status: (!number.is_multiple_of(7)).then_some(200),
            bytes: 1200,
            waited: Duration::from_millis(3),
            took: Duration::from_millis(41),
            trouble: number
                .is_multiple_of(7)
                .then(|| "the connection was closed".to_owned()),
        },
    };
    numbers.map(line).collect()
}

/// The question for more lines.
fn asked(effects: &[Effect]) -> (Ticket, u64) {
    match effects {
        [Effect::Do(Work::ReadRequests { ticket, behind })] => (*ticket, *behind),
        other => panic!("{other:?}"),
    }
}

fn told(bench: &mut Bench, ticket: Ticket, lines: Vec<SentTo>) -> Vec<Effect> {
    bench.send(Event::RequestsRead { ticket, lines })
}

/// A log that shows ten lines, while a crawl is at work.
pub(crate) fn shown(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.progress(&[(NEXUS, fixture::reading())]);
    let (ticket, behind) = asked(&bench.press("@"));
    assert_eq!(behind, 0);
    assert_eq!(told(&mut bench, ticket, lines(1..=10)), []);
    bench
}

fn tick(bench: &mut Bench) -> Vec<Effect> {
    let now = bench.app.state.world.clock.now;
    bench.send(Event::Tick(now))
}

#[test]
fn what_is_new_is_asked_for_with_every_beat_and_followed() {
    let mut bench = shown(80, 24);
    assert_eq!(log(&bench).selected().unwrap().number, 10, "the newest");
    let (ticket, behind) = asked(&tick(&mut bench));
    assert_eq!(behind, 10);
    assert_eq!(tick(&mut bench), [], "one question at a time");
    told(&mut bench, ticket, lines(11..=12));
    assert_eq!(log(&bench).selected().unwrap().number, 12);
    told(&mut bench, ticket, lines(90..=90));
    assert_eq!(log(&bench).len(), 12, "an answer twice");
}

#[test]
fn who_looks_at_a_line_keeps_it() {
    let mut bench = shown(80, 24);
    bench.press("kk");
    let (ticket, _) = asked(&tick(&mut bench));
    told(&mut bench, ticket, lines(11..=30));
    assert_eq!(log(&bench).selected().unwrap().number, 8);
    bench.press("G");
    assert_eq!(log(&bench).selected().unwrap().number, 30);
    assert!(!log(&bench).is_still);
    bench.press("p");
    let (ticket, _) = asked(&tick(&mut bench));
    // So many that the first are let go: the line is held all the same.
    told(&mut bench, ticket, lines(31..=4020));
    assert_eq!(log(&bench).len(), 4000);
    assert_eq!(log(&bench).selected().unwrap().number, 30);
    bench.press("p");
    assert_eq!(log(&bench).selected().unwrap().number, 4020);
}

#[test]
fn lines_are_narrowed_while_it_is_typed() {
    let mut bench = shown(80, 24);
    bench.press("/harbor manifests/7");
    assert_eq!(log(&bench).shown.len(), 1);
    bench.press("<enter>q");
    assert!(top(&bench).is_none());
    let mut bench = shown(80, 24);
    bench.press("/closed<enter>");
    let copied = bench.press("yy");
    let url = "GET https://hub.example/v2/team/api/manifests/7";
    assert_eq!(copied, [Effect::Screen(ScreenWork::Copy(url.to_owned()))]);
    bench.press("/<esc>");
    assert_eq!(log(&bench).shown.len(), 10, "escape clears the filter");
}
