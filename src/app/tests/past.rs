//! The crawls of the selected registry: when they are asked for, and what they tell.

use std::sync::Arc;

use super::{Bench, fixture};
use crate::app::fixture::{GITLAB, HARBOR, NEXUS};
use crate::app::page::Browse;
use crate::app::{Effect, Event, Ticket, Work, past_fixture};
use crate::model::{Outcome, Question, RegistryId, Trouble};

fn browse(bench: &Bench) -> &Browse {
    &bench.app.state.pages.browse
}

/// The registries whose crawls are asked for, with the questions.
fn asked(effects: &[Effect]) -> Vec<(RegistryId, Effect)> {
    let crawls = effects.iter().filter_map(|effect| match effect {
        Effect::Ask {
            question: Question::Crawls { registry },
            ..
        } => Some((*registry, effect.clone())),
        _ => None,
    });
    crawls.collect()
}

fn ids(effects: &[Effect]) -> Vec<RegistryId> {
    asked(effects).into_iter().map(|(id, _)| id).collect()
}

fn ticket(effect: &Effect) -> Ticket {
    match effect {
        Effect::Ask { ticket, .. } => *ticket,
        other => panic!("{other:?}"),
    }
}

/// How many images the selected registry had after each crawl.
fn images(bench: &Bench) -> Vec<u64> {
    let page = browse(bench);
    page.past.images(page.registry().unwrap())
}

#[test]
fn one_question_for_crawls_is_in_flight_and_what_nobody_wants_is_withdrawn() {
    let mut bench = past_fixture::bench(160, 45);
    assert_eq!(images(&bench), [0], "of the registry selected first");
    let effects = bench.press_unanswered("j");
    assert_eq!(ids(&effects), [HARBOR]);
    let (_, question) = asked(&effects).remove(0);
    assert!(images(&bench).is_empty(), "the answer is not there yet");
    // Past one that was never crawled to the next.
    let effects = bench.press_unanswered("jj");
    assert_eq!(ids(&effects), []);
    let ticket = ticket(&question);
    assert!(effects.contains(&Effect::Do(Work::Withdraw { ticket })));
    let late = bench.answer(&question).unwrap();
    let effects = bench.app.update(late);
    assert_eq!(ids(&effects), [NEXUS]);
    assert!(images(&bench).is_empty(), "those are of another registry");
    let (_, question) = asked(&effects).remove(0);
    let answer = bench.answer(&question).unwrap();
    assert_eq!(ids(&bench.app.update(answer)), []);
    assert_eq!(images(&bench), [12_309, 12_321, 12_333, 12_345]);
}

#[test]
fn the_images_after_each_crawl_are_told_by_what_came_and_went() {
    let mut bench = past_fixture::bench(160, 45);
    let (_, crawls) = &mut bench.past.crawls[0];
    (crawls[2].new, crawls[2].gone) = (5, 100);
    bench.press("jjj");
    assert_eq!(images(&bench), [12_416, 12_428, 12_333, 12_345]);
    // A crawl that began since counts what the row counts.
    let running = past_fixture::crawl(8, 0, 0, 0);
    bench.registries[0].last_crawl = Some(running);
    bench.registries[0].images += 12;
    bench.held = Some(Vec::new());
    bench.send(Event::InventoryChanged);
    let held = bench.held.take().unwrap();
    let registries = held.iter().find_map(|effect| match effect {
        Effect::Ask {
            question: Question::Registries,
            ..
        } => bench.answer(effect),
        _ => None,
    });
    let effects = bench.app.update(registries.unwrap());
    assert_eq!(ids(&effects), [NEXUS]);
    assert_eq!(images(&bench), [12_416, 12_428, 12_333, 12_345, 12_357]);
}

#[test]
fn crawls_are_asked_for_again_when_one_has_ended_and_not_before() {
    let mut bench = past_fixture::bench(160, 45);
    bench.held = Some(Vec::new());
    bench.send(Event::InventoryChanged);
    assert_eq!(ids(bench.held.as_ref().unwrap()), []);
    let ended = |registry| Event::CrawlEnded {
        registry,
        summary: Arc::new(fixture::summary()),
        record: Box::new(fixture::record(0, Some(Outcome::Complete), 0)),
    };
    bench.send(ended(NEXUS));
    assert_eq!(ids(bench.held.as_ref().unwrap()), []);
    bench.send(ended(GITLAB));
    assert_eq!(ids(bench.held.as_ref().unwrap()), [GITLAB]);
}

#[test]
fn crawls_that_cannot_be_read_are_not_asked_for_over_and_over() {
    let mut bench = past_fixture::bench(160, 45);
    let effects = bench.press_unanswered("j");
    let (_, question) = asked(&effects).remove(0);
    let failed = Event::Answered {
        ticket: ticket(&question),
        result: Err(Trouble::new("the disk is away")),
    };
    assert_eq!(ids(&bench.app.update(failed)), []);
    assert!(browse(&bench).past.is_unread());
    assert_eq!(ids(&bench.app.update(Event::InventoryChanged)), []);
    assert_eq!(ids(&bench.press_unanswered("k")), [GITLAB]);
}

#[test]
fn crawls_are_asked_for_only_where_there_is_room_for_them() {
    for (width, height, wanted) in [
        (80, 24, &[][..]),
        (120, 45, &[]),
        (160, 39, &[]),
        (160, 40, &[HARBOR]),
        (250, 60, &[HARBOR]),
    ] {
        let mut bench = past_fixture::bench(width, height);
        assert_eq!(
            ids(&bench.press_unanswered("j")),
            wanted,
            "{width}x{height}"
        );
    }
    // Registries down to the bottom leave none: 41 lines below the title, two each.
    for (many, wanted) in [(19, &[HARBOR][..]), (20, &[])] {
        let mut bench = past_fixture::bench(160, 45);
        let one = bench.registries[5].clone();
        for id in 7..=many {
            let mut row = one.clone();
            row.id = RegistryId(id);
            row.spec.name = format!("zz-{id}").parse().unwrap();
            bench.registries.push(row);
        }
        bench.send(Event::InventoryChanged);
        assert_eq!(ids(&bench.press_unanswered("j")), wanted, "{many}");
    }
}
