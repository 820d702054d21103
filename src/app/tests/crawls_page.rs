//! The page of crawls.

use super::{said, top};
use crate::app::fixture::{self, Bench, GITLAB, HARBOR, NEXUS};
use crate::app::overlay::Overlay;
use crate::app::page::crawls::Part;
use crate::app::page::{Crawls, PageId};
use crate::app::past_fixture;
use crate::app::{Effect, Event, ScreenWork, Work};
use crate::config::keys::KeyPress;
use crate::model::{Answer, Question, RegistryId, Retried, Retry, Trouble};

/// A bench with a past, on the page of crawls.
fn bench() -> Bench {
    let mut bench = past_fixture::bench(120, 40);
    assert_eq!(bench.press("4"), []);
    bench
}

fn page(bench: &Bench) -> &Crawls {
    &bench.app.state.pages.crawls
}

fn rows(bench: &Bench) -> Vec<(RegistryId, u64)> {
    let rows = page(bench).pane.listing.rows.iter();
    rows.map(|row| (row.registry(), row.record.number))
        .collect()
}

/// A crawl of the second registry that runs here.
fn running(bench: &mut Bench) {
    let mut record = past_fixture::crawl(3, 120, 0, 0);
    (record.outcome, record.elapsed, record.running) = (None, None, true);
    bench.past.crawls[1].1.push(record.clone());
    bench.registries[1].last_crawl = Some(record);
    bench.progress(&[(HARBOR, fixture::reading())]);
    bench.send(Event::InventoryChanged);
}

/// Presses a key and answers nothing.
fn unanswered(bench: &mut Bench, key: &str) -> Vec<Effect> {
    let key = KeyPress::parse_all(key).unwrap()[0];
    bench.app.update(Event::Key(key))
}

#[test]
fn crawls_of_all_registries_stand_in_one_list_running_ones_first() {
    let mut bench = bench();
    let past = [
        (NEXUS, 7),
        (GITLAB, 1),
        (NEXUS, 6),
        (NEXUS, 5),
        (HARBOR, 2),
        (HARBOR, 1),
        (NEXUS, 4),
    ];
    assert_eq!(rows(&bench), past);
    bench.press("jj");
    running(&mut bench);
    assert_eq!(rows(&bench)[0], (HARBOR, 3));
    assert_eq!(rows(&bench)[1..], past);
    let row = page(&bench).selected().unwrap();
    assert_eq!(
        (row.registry(), row.record.number),
        (NEXUS, 6),
        "the cursor"
    );
}

#[test]
fn of_two_that_began_in_one_second_the_later_stands_first() {
    let mut bench = bench();
    let mut latest = page(&bench).pane.listing.rows[0].record.clone();
    latest.number += 1;
    bench.past.crawls[0].1.push(latest.clone());
    bench.registries[0].last_crawl = Some(latest);
    bench.send(Event::InventoryChanged);
    assert_eq!(rows(&bench)[..2], [(NEXUS, 8), (NEXUS, 7)]);
}

#[test]
fn only_crawls_that_are_not_known_are_asked_for() {
    let mut bench = bench();
    let registries = |bench: &mut Bench| {
        let effects = bench.app.update(Event::InventoryChanged);
        let answer = effects.iter().find_map(|effect| bench.answer(effect));
        bench.app.update(answer.unwrap())
    };
    let asked = registries(&mut bench);
    assert_eq!(asked, [], "nothing is new");
    // What runs is counted on, and its earlier crawls are what they were.
    running(&mut bench);
    let mut latest = bench.registries[1].last_crawl.clone().unwrap();
    latest.failures = 1;
    bench.registries[1].last_crawl = Some(latest);
    let asked = registries(&mut bench);
    assert_eq!(asked, []);
    assert_eq!(page(&bench).pane.listing.rows[0].record.failures, 1);
    bench.registries[0].last_crawl = Some(past_fixture::crawl(8, 0, 0, 0));
    let asked = registries(&mut bench);
    let [
        Effect::Ask {
            question: Question::Crawls { registry: NEXUS },
            ..
        },
    ] = asked[..]
    else {
        panic!("{asked:?}")
    };
    // A registry that is removed takes its crawls along.
    bench.registries.remove(1);
    bench.send(Event::InventoryChanged);
    assert!(rows(&bench).iter().all(|(id, _)| *id != HARBOR));
}

#[test]
fn what_failed_follows_the_cursor_and_old_answers_are_dropped() {
    let mut bench = bench();
    bench.press("j");
    assert_eq!(page(&bench).below.groups.len(), 3);
    bench.press("k");
    assert!(page(&bench).below.groups.is_empty());
    let asked = unanswered(&mut bench, "j");
    let [first @ Effect::Ask { ticket, question }] = &asked[..] else {
        panic!("{asked:?}")
    };
    let (registry, crawl) = (GITLAB, 1);
    assert_eq!(*question, Question::Failures { registry, crawl });
    let withdrawn = Effect::Do(Work::Withdraw { ticket: *ticket });
    assert_eq!(unanswered(&mut bench, "G"), [withdrawn]);
    assert_eq!(unanswered(&mut bench, "k"), []);
    assert_eq!(unanswered(&mut bench, "k"), []);
    let answer = bench.answer(first).unwrap();
    let asked = bench.app.update(answer.clone());
    assert!(page(&bench).below.groups.is_empty(), "of another crawl");
    let [second @ Effect::Ask { question, .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    let (registry, crawl) = (HARBOR, 2);
    assert_eq!(*question, Question::Failures { registry, crawl });
    let second = bench.answer(second).unwrap();
    bench.app.update(second);
    assert_eq!(page(&bench).below.groups.len(), 3);
    assert_eq!(bench.app.update(answer), [], "an old ticket");
}

#[test]
fn failures_are_walked_through_copied_and_gone_to() {
    let mut bench = bench();
    bench.press("j<tab>");
    assert_eq!(page(&bench).focus, Part::Failures);
    let copied = bench.press("y");
    let [Effect::Screen(ScreenWork::Copy(text))] = &copied[..] else {
        panic!("{copied:?}")
    };
    assert!(
        text.starts_with("tags: team/secret: listing tags was refused"),
        "{text}"
    );
    assert!(text.ends_with("pull from `team/secret`"), "{text}");
    bench.press("j<enter>");
    let Some(Overlay::Failures(list)) = top(&bench) else {
        panic!("{:?}", top(&bench))
    };
    assert_eq!(list.pane.list.cursor, 1, "the kind that was selected");
    assert_eq!((list.registry, list.crawl.number), (GITLAB, 1));
    bench.press("<esc>k");
    bench.repositories[2].registry = GITLAB;
    bench.press("gr");
    assert_eq!(bench.app.state.pages.at, PageId::Browse);
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/secret");
    bench.press("<c-o>");
    assert_eq!(bench.app.state.pages.at, PageId::Crawls);
    bench.press("f<enter>");
    assert!(top(&bench).is_none());
    let browse = &bench.app.state.pages.browse;
    assert_eq!(browse.repository().unwrap().name.as_str(), "team/secret");
    bench.press("<c-o><esc>");
    assert_eq!(page(&bench).focus, Part::Crawls);
    bench.press("gr");
    assert_eq!(said(&bench), "no repository is selected");
}

#[test]
fn the_registry_of_the_selected_crawl_is_crawled_paused_and_cancelled() {
    let mut bench = bench();
    assert_eq!(bench.press("c"), [Effect::Do(Work::StartCrawl(NEXUS))]);
    running(&mut bench);
    bench.press("gg");
    assert_eq!(bench.press("c"), []);
    assert!(
        said(&bench).contains("is being crawled"),
        "{}",
        said(&bench)
    );
    let pause = |paused| {
        Effect::Do(Work::PauseCrawl {
            registry: HARBOR,
            paused,
        })
    };
    assert_eq!(bench.press("p"), [pause(true)]);
    assert_eq!(bench.press("p"), [pause(false)]);
    assert_eq!(bench.press("x"), [Effect::Do(Work::CancelCrawl(HARBOR))]);
    bench.press("jj");
    assert_eq!(bench.press("x"), []);
    assert_eq!(said(&bench), "`gitlab` is not being crawled");
}

#[test]
fn what_a_crawl_had_to_say_of_its_lists_is_kept_beside_it() {
    let mut bench = bench();
    let note = "the API refused to list; V2 listed instead".to_owned();
    let mut latest = past_fixture::crawl(8, 120, 0, 0);
    latest.notes = vec![note.clone()];
    latest.retry_of = Some(Retried {
        number: 6,
        started: fixture::ago(fixture::DAY),
    });
    bench.past.crawls[0].1.push(latest.clone());
    bench.registries[0].last_crawl = Some(latest);
    bench.send(Event::InventoryChanged);
    bench.press("gg");
    assert_eq!(
        page(&bench).facts(&bench.app.state.world.clock),
        [
            "only what failed since crawl 6, begun 2026-11-19 12:16 UTC, was read again",
            note.as_str()
        ]
    );
    bench.press("j");
    assert!(
        !page(&bench)
            .facts(&bench.app.state.world.clock)
            .contains(&note),
        "of another crawl"
    );
}

fn retry(registry: RegistryId, names: &[&str]) -> Effect {
    let these = names.iter().map(|name| name.parse().unwrap()).collect();
    let retry = match names {
        [] => Retry::All,
        _ => Retry::Of(these),
    };
    Effect::Do(Work::Retry { registry, retry })
}

#[test]
fn what_failed_is_read_again_all_or_of_one_kind() {
    let mut bench = bench();
    bench.press("j");
    assert_eq!(page(&bench).selected().unwrap().registry(), GITLAB);
    assert_eq!(bench.press("R"), [retry(GITLAB, &[])]);
    assert_eq!(said(&bench), "reading again what failed in `gitlab`");
    assert_eq!(bench.press("R"), []);
    assert_eq!(said(&bench), "`gitlab` is being crawled; x cancels");
    let mut bench = self::bench();
    bench.press("j<tab>j");
    let group = page(&bench).below.selected().unwrap().clone();
    let failure = &bench.failures[group.members[0]];
    let name = failure.repository.clone().unwrap();
    assert_eq!(bench.press("R"), [retry(GITLAB, &[name.as_str()])]);
    assert_eq!(said(&bench), "reading 1 repository of `gitlab` again");
}

#[test]
fn where_nothing_is_to_be_read_again_the_key_says_why() {
    let mut bench = bench();
    assert_eq!(bench.press("R"), []);
    assert_eq!(
        said(&bench),
        "nothing failed in the last crawl of `nexus-prod`; c crawls all of it again"
    );
    // What an earlier crawl says failed may be well by now.
    let mut later = past_fixture::crawl(2, 60, 0, 1);
    later.running = false;
    bench.past.crawls.iter_mut().for_each(|(id, all)| {
        if *id == GITLAB {
            all.push(later.clone());
        }
    });
    bench.registries[2].last_crawl = Some(later);
    bench.send(Event::InventoryChanged);
    bench.press("gg");
    while page(&bench).selected().unwrap().record.number != 1
        || page(&bench).selected().unwrap().registry() != GITLAB
    {
        bench.press("j");
    }
    bench.press("<tab>");
    assert_eq!(bench.press("R"), []);
    assert!(
        said(&bench).starts_with("a later crawl"),
        "{}",
        said(&bench)
    );
    bench.registries[2].spec.active = false;
    bench.send(Event::InventoryChanged);
    bench.press("<tab>R");
    assert_eq!(said(&bench), "`gitlab` is inactive; e edits its settings");
    bench.app.state.world.read_only = true;
    for key in ["R", "c", "C"] {
        assert_eq!(bench.press(key), []);
        assert_eq!(said(&bench), "nothing is crawled under `--read-only`");
    }
}

#[test]
fn what_cannot_be_done_says_why() {
    let mut bench = Bench::empty(80, 24);
    bench.press("4");
    for keys in ["<enter>", "c", "<tab>", "y"] {
        assert_eq!(bench.press(keys), []);
        assert!(said(&bench).starts_with("there is no crawl yet"), "{keys}");
    }
    let mut bench = self::bench();
    for (keys, wanted) in [
        ("<enter>", "this crawl had no failures"),
        ("<tab>", "this crawl had no failures"),
        ("y", "this crawl had no failures"),
        ("<esc>", "nothing narrows this page"),
    ] {
        assert_eq!(bench.press(keys), []);
        assert_eq!(said(&bench), wanted, "{keys}");
    }
    assert_eq!(page(&bench).focus, Part::Crawls);
}

#[test]
fn failures_that_cannot_be_read_say_so_once() {
    let mut bench = bench();
    let asked = unanswered(&mut bench, "j");
    let [Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    let result: Result<Answer, Trouble> = Err(Trouble::new("disk"));
    assert_eq!(bench.app.update(Event::Answered { ticket, result }), []);
    assert_eq!(page(&bench).below.trouble, Some(Trouble::new("disk")));
    // Leaving the row and coming back tries again.
    bench.press("kj");
    assert_eq!(page(&bench).below.groups.len(), 3);
}
