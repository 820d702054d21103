//! Crawls of this process and of others, and their failures.

use std::sync::Arc;

use super::{at_nexus, loaded, said, top};
use crate::app::fixture::{self, Bench, HARBOR, NEXUS};
use crate::app::overlay::{Failures, Overlay};
use crate::app::{Effect, Event, ScreenWork, Ticket, Work, status};
use crate::model::{
    Answer, Class, CrawlRecord, Failure, Outcome, PasswordSource, Question, RegistryId, Retry,
    Stage, Trouble,
};

fn set(bench: &mut Bench, id: RegistryId, record: CrawlRecord) {
    let row = bench.registries.iter_mut().find(|row| row.id == id);
    row.unwrap().last_crawl = Some(record);
    bench.send(Event::InventoryChanged);
}

fn elsewhere() -> CrawlRecord {
    let mut record = fixture::record(60, None, 0);
    (record.number, record.running) = (8, true);
    record
}

fn word(bench: &Bench) -> String {
    let state = &bench.app.state;
    status::registry(&state.world, state.pages.browse.registry().unwrap()).words[0].clone()
}

fn page(bench: &Bench) -> &Failures {
    match top(bench) {
        Some(Overlay::Failures(page)) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn failures_come_from_the_inventory_whoever_crawled() {
    let mut bench = Bench::loaded(120, 40);
    bench.press("/harbor<enter>");
    let key = crate::config::keys::KeyPress::parse_all("f").unwrap()[0];
    let asked = bench.app.update(Event::Key(key));
    let [
        Effect::Ask {
            ticket,
            question:
                Question::Failures {
                    registry: HARBOR,
                    crawl: 7,
                },
        },
    ] = asked[..]
    else {
        panic!("{asked:?}")
    };
    let answer = |ticket| Event::Answered {
        ticket,
        result: Ok(Answer::Failures(fixture::summary().failures)),
    };
    bench.send(answer(Ticket(ticket.0 + 1)));
    assert!(page(&bench).is_empty(), "another's answer");
    bench.send(answer(ticket));
    assert_eq!(page(&bench).len(), 3);
    assert_eq!(page(&bench).unlisted(), 0);
    // Asked twice, the inventory is read twice.
    assert_eq!(bench.press("<esc>f"), []);
    assert_eq!(page(&bench).len(), 3);
}

#[test]
fn a_page_of_failures_grows_with_its_crawl() {
    let mut bench = at_nexus();
    let mut running = elsewhere();
    running.failures = 1;
    bench.failures.truncate(1);
    set(&mut bench, NEXUS, running.clone());
    bench.press("f");
    assert_eq!(page(&bench).len(), 1);
    bench.failures = fixture::summary().failures;
    running.failures = 3;
    set(&mut bench, NEXUS, running.clone());
    assert_eq!(page(&bench).len(), 3);
    bench.press("G");
    // The next crawl is another one's page.
    (running.number, running.failures) = (9, 1);
    bench.failures.clear();
    set(&mut bench, NEXUS, running);
    assert_eq!(page(&bench).len(), 3);
    assert_eq!(page(&bench).pane.list.cursor, 2);
}

#[test]
fn failures_that_cannot_be_read_are_said() {
    let mut bench = Bench::loaded(120, 40);
    bench.press("/harbor<enter>");
    let key = crate::config::keys::KeyPress::parse_all("f").unwrap()[0];
    let asked = bench.app.update(Event::Key(key));
    let [Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    let trouble = Trouble::new("the inventory cannot be read");
    bench.send(Event::Answered {
        ticket,
        result: Err(trouble.clone()),
    });
    assert_eq!(page(&bench).trouble, Some(trouble));
    assert_eq!(page(&bench).asked, None);
}

#[test]
fn where_there_is_no_failure_the_key_says_so() {
    let mut bench = at_nexus();
    bench.press("f");
    assert_eq!(
        said(&bench),
        "the last crawl of `nexus-prod` had no failures"
    );
    set(&mut bench, NEXUS, elsewhere());
    bench.press("f");
    assert_eq!(
        said(&bench),
        "the crawl of `nexus-prod` has no failures so far"
    );
    bench.press("gg/lab !git<enter>f");
    assert_eq!(said(&bench), "`lab` was not crawled yet; c crawls it");
    assert!(top(&bench).is_none());
}

#[test]
fn a_crawl_of_another_process_is_shown_and_cannot_be_stopped_here() {
    let mut bench = at_nexus();
    set(&mut bench, NEXUS, elsewhere());
    assert_eq!(word(&bench), "crawling elsewhere");
    assert!(!bench.app.animates(), "nothing moves here");
    assert_eq!(bench.press("x"), []);
    assert!(said(&bench).contains("another process crawls"));
    let others = bench.press("C");
    assert!(
        !others.contains(&Effect::Do(Work::StartCrawl(NEXUS))),
        "{others:?}"
    );
    // The inventory says no; that is news, and not how the registry is doing.
    assert_eq!(bench.press("c"), [Effect::Do(Work::StartCrawl(NEXUS))]);
    let message = "`nexus-prod` is being crawled already, by process 12";
    bench.send(Event::CrawlRefused {
        registry: NEXUS,
        failure: Failure::new(Stage::Connect, Class::Local, message),
    });
    assert!(said(&bench).ends_with(message));
    assert!(!said(&bench).contains("connect"));
    assert_eq!(word(&bench), "crawling elsewhere");
    let mut ended = elsewhere();
    (ended.running, ended.outcome) = (false, Some(Outcome::Complete));
    set(&mut bench, NEXUS, ended);
    assert_eq!(word(&bench), "12 345 images");
}

#[test]
fn a_refusal_is_forgotten_once_another_crawl_has_ended() {
    let mut bench = at_nexus();
    bench.press("c");
    bench.send(Event::CrawlRefused {
        registry: NEXUS,
        failure: Failure::new(Stage::Connect, Class::Local, "no password"),
    });
    assert_eq!(word(&bench), "did not start");
    bench.send(Event::InventoryChanged);
    assert_eq!(word(&bench), "did not start");
    let mut ended = elsewhere();
    (ended.running, ended.outcome) = (false, Some(Outcome::Complete));
    set(&mut bench, NEXUS, ended);
    assert_eq!(word(&bench), "12 345 images");
}

#[test]
fn a_killed_crawl_is_interrupted() {
    let mut bench = at_nexus();
    let mut killed = elsewhere();
    killed.running = false;
    set(&mut bench, NEXUS, killed);
    assert_eq!(word(&bench), "interrupted");
    let status = status::registry(
        &bench.app.state.world,
        bench.app.state.pages.browse.registry().unwrap(),
    );
    assert!(status.cause.unwrap().ends_with("what it read is kept"));
}

#[test]
fn a_crawl_that_has_ended_here_is_not_another_process_s() {
    let mut bench = at_nexus();
    set(&mut bench, NEXUS, elsewhere());
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert!(word(&bench).starts_with("crawling 45"));
    let ended = Event::CrawlEnded {
        registry: NEXUS,
        summary: Arc::new(fixture::summary()),
        record: Box::new(fixture::record(0, Some(Outcome::Partial), 5)),
    };
    // The inventory has not been read again.
    bench.app.update(ended);
    assert_eq!(word(&bench), "partial: 5 failures");
}

#[test]
fn a_crawl_is_started_once_and_cancelled() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("c"), [Effect::Do(Work::StartCrawl(NEXUS))]);
    assert!(bench.app.animates());
    assert_eq!(bench.press("c"), []);
    assert!(said(&bench).contains("x cancels"));
    bench.progress(&[(NEXUS, fixture::reading())]);
    assert!(bench.app.state.world.starting.is_empty());
    assert_eq!(bench.press("x"), [Effect::Do(Work::CancelCrawl(NEXUS))]);
    let row = bench.app.state.pages.browse.registry().unwrap().clone();
    assert_eq!(
        status::registry(&bench.app.state.world, &row).words[0],
        "stopping"
    );
    bench.send(Event::CrawlEnded {
        registry: NEXUS,
        summary: Arc::new(fixture::summary()),
        record: Box::new(fixture::record(0, Some(Outcome::Partial), 5)),
    });
    assert!(!bench.app.state.world.is_crawling(NEXUS) && !bench.app.animates());
    assert!(said(&bench).contains("nexus-prod: partial, 5 failures (f lists them)"));
    assert_eq!(bench.press("x"), []);
    bench.registries[0].last_crawl = Some(fixture::record(0, Some(Outcome::Partial), 5));
    bench.send(Event::InventoryChanged);
    bench.press("fj");
    let Some(Overlay::Failures(failures)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(failures.selected().unwrap().class, Class::Digest);
    let copied = bench.press("y");
    assert!(
        matches!(&copied[..], [Effect::Screen(ScreenWork::Copy(text))] if text.contains("look for a proxy"))
    );
    let many = bench.failures.iter().cycle().take(40);
    bench.failures = many.cloned().collect();
    bench.send(Event::CrawlEnded {
        registry: NEXUS,
        summary: Arc::new(fixture::summary()),
        record: Box::new(fixture::record(0, Some(Outcome::Partial), 40)),
    });
    bench.press("<esc>fG");
    let (width, height) = (60, 16);
    bench.send(Event::Resize { width, height });
    let Some(Overlay::Failures(failures)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(
        (failures.pane.list.cursor, failures.pane.list.offset),
        (39, 35)
    );
}

#[test]
fn what_failed_in_the_selected_registry_is_read_again() {
    let mut bench = at_nexus();
    assert_eq!(bench.press("R"), []);
    assert!(said(&bench).starts_with("nothing failed in the last crawl of `nexus-prod`"));
    set(
        &mut bench,
        NEXUS,
        fixture::record(60, Some(Outcome::Partial), 3),
    );
    let retry = Effect::Do(Work::Retry {
        registry: NEXUS,
        retry: Retry::All,
    });
    assert_eq!(bench.press("R"), [retry]);
    assert!(bench.app.state.world.is_crawling(NEXUS));
    bench.press("gg/lab !git<enter>R");
    assert_eq!(said(&bench), "`lab` was not crawled yet; c crawls it");
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
    let notice = bench.app.state.world.notice.clone().unwrap();
    assert!(notice.text.contains("`HUB_PW` is not set"));
    assert!(notice.hint.unwrap().contains("export it"));
    let row = bench.app.state.pages.browse.registry().unwrap().clone();
    assert_eq!(
        status::registry(&bench.app.state.world, &row).words[0],
        "did not start"
    );
    assert_eq!(bench.press("c"), [Effect::Do(Work::StartCrawl(NEXUS))]);
    assert_eq!(
        status::registry(&bench.app.state.world, &row).words[0],
        "starting"
    );
}

#[test]
fn a_demonstration_crawls_by_itself_once_its_registries_are_listed() {
    let mut bench = Bench::empty(120, 40);
    bench.registries = fixture::registries();
    let size = bench.app.state.world.size;
    bench.app = crate::app::App::new(size, fixture::ago(0), bench.app.state.world.keys.clone());
    bench.app.crawl_at_once();
    let asked = bench.app.start();
    assert!(
        matches!(
            asked[..],
            [Effect::Ask {
                question: Question::Registries,
                ..
            }]
        ),
        "{asked:?}"
    );
    let answer = bench.answer(&asked[0]).unwrap();
    let effects = bench.send(answer);
    let active = bench
        .registries
        .iter()
        .filter(|row| row.spec.active)
        .count();
    let crawls = |effects: &[Effect]| {
        let begun = effects.iter();
        begun
            .filter(|effect| matches!(effect, Effect::Do(Work::StartCrawl(_))))
            .count()
    };
    assert_eq!(crawls(&effects), active, "{effects:?}");
    assert_eq!(said(&bench), format!("crawling {active} registries"));
    // Once, and not each time they are read.
    assert_eq!(crawls(&bench.send(Event::InventoryChanged)), 0);
}

#[test]
fn what_is_due_is_crawled_by_itself_and_once() {
    use std::time::Duration;

    let mut bench = loaded();
    let hour = Duration::from_hours(1);
    let later = |hours: i64| fixture::ago(-hours * 3600);
    assert_eq!(bench.app.next_due(), None, "nobody said that it should");
    bench.app.follow_schedule();
    assert_eq!(bench.app.next_due(), None, "no interval is set");
    let row = &mut bench.registries[0];
    row.spec.refresh_interval = Some(hour);
    let (id, began) = (row.id, row.last_crawl.as_ref().unwrap().started);
    bench.send(Event::InventoryChanged);
    let due = bench.app.next_due().unwrap();
    assert_eq!(due, began + hour);
    let now = due.max(later(0));
    assert_eq!(
        bench.send(Event::Due(now)),
        [Effect::Do(Work::StartCrawl(id))]
    );
    assert_eq!(bench.app.next_due(), None, "it is being begun");
    // It could not be begun: not again at once, but an hour later.
    bench.send(Event::CrawlRefused {
        registry: id,
        failure: Failure::new(Stage::Token, Class::Local, "`HUB_PW` is not set"),
    });
    assert_eq!(bench.app.next_due(), Some(now + hour));
    assert_eq!(bench.send(Event::Due(now)), []);
    // No question may come up by itself.
    bench.registries[0].spec.password = PasswordSource::Session;
    bench.send(Event::InventoryChanged);
    assert_eq!(bench.app.next_due(), None);
}

#[test]
fn a_crawl_is_paused_and_goes_on() {
    let mut bench = at_nexus();
    bench.press("p");
    assert_eq!(said(&bench), "`nexus-prod` is not being crawled");
    bench.send(Event::Progress(Arc::new(
        [(NEXUS, fixture::reading())].into(),
    )));
    assert!(bench.app.animates());
    let pause = |paused| {
        Effect::Do(Work::PauseCrawl {
            registry: NEXUS,
            paused,
        })
    };
    assert_eq!(bench.press("p"), [pause(true)]);
    assert_eq!(word(&bench), "paused at 45 %");
    assert!(
        said(&bench).contains("p goes on with it"),
        "{}",
        said(&bench)
    );
    assert!(!bench.app.animates(), "nothing moves");
    assert_eq!(bench.press("p"), [pause(false)]);
    assert_eq!(word(&bench), "crawling 45 %");
    // What is paused can be cancelled, and the next crawl is not paused.
    assert_eq!(bench.press("p"), [pause(true)]);
    assert_eq!(bench.press("x"), [Effect::Do(Work::CancelCrawl(NEXUS))]);
    assert_eq!(word(&bench), "stopping");
    bench.send(Event::CrawlEnded {
        registry: NEXUS,
        summary: Arc::new(fixture::summary()),
        record: Box::new(fixture::record(0, Some(Outcome::Cancelled), 8)),
    });
    assert!(bench.app.state.world.paused.is_empty());
}
