//! The page of crawls.

use std::time::Duration;

use super::changes::SIZES;
use super::{Theme, dark, painted, text};
use crate::app::fixture::{self, Bench, HARBOR, NEXUS};
use crate::app::past_fixture;
use crate::app::{Effect, Event};
use crate::config::keys::KeyPress;
use crate::config::theme::Theme as Looks;
use crate::model::{Class, Failure, Progress, RegistryId, Stage, Traffic, Trouble};

fn bench(width: u16, height: u16) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    bench.press("4");
    bench
}

fn shown(bench: &Bench, theme: &Theme) -> String {
    text(&painted(bench, theme).0).join("\n")
}

/// The latest crawl of a registry runs in this process.
fn run(bench: &mut Bench, id: RegistryId) {
    let number = 10;
    let mut record = past_fixture::crawl(number, 182, 0, 0);
    (record.outcome, record.elapsed, record.running) = (None, None, true);
    let crawls = bench.past.crawls.iter_mut().find(|(of, _)| *of == id);
    crawls.unwrap().1.push(record.clone());
    let row = bench.registries.iter_mut().find(|row| row.id == id);
    row.unwrap().last_crawl = Some(record);
    bench.send(Event::InventoryChanged);
}

#[test]
fn past_crawls() {
    scene!(SIZES, "past_crawls", |width, height| {
        let mut bench = bench(width, height);
        bench.press("j");
        bench
    });
}

#[test]
fn running_crawls() {
    scene!(SIZES, "running_crawls", |width, height| {
        let mut bench = bench(width, height);
        run(&mut bench, NEXUS);
        run(&mut bench, HARBOR);
        let held = Progress {
            traffic: Traffic {
                held_for: Some(Duration::from_millis(27_400)),
                ..fixture::reading().traffic
            },
            ..fixture::reading()
        };
        bench.progress(&[(NEXUS, fixture::reading()), (HARBOR, held)]);
        bench.press("gg");
        bench
    });
}

/// Sixty failures of the last crawl of a registry, opened.
fn failures(width: u16, height: u16) -> Bench {
    let mut bench = bench(width, height);
    bench.failures = (0..60_u16)
        .map(|n| {
            let name = format!("team/part{}/service-{n}", n % 7).parse().unwrap();
            let (class, status) = match n % 3 {
                0 => (Class::Denied, 403),
                _ => (Class::Server, 502),
            };
            Failure::new(Stage::Manifest, class, format!("the manifest: {status}"))
                .with_status(status)
                .in_repository(&name)
                .at_reference(format!("1.{n}"))
                .with_hint("give the user the right to pull")
        })
        .collect();
    bench.past.crawls[1].1.last_mut().unwrap().failures = 60;
    bench.registries[1].last_crawl = bench.past.crawls[1].1.last().cloned();
    bench.send(Event::InventoryChanged);
    while bench
        .app
        .state
        .pages
        .crawls
        .selected()
        .is_some_and(|row| row.registry() != HARBOR)
    {
        bench.press("j");
    }
    bench.press("f");
    bench
}

#[test]
fn failures_filtered_while_typing() {
    scene!(SIZES, "failures_filtered_while_typing", |width, height| {
        let mut bench = failures(width, height);
        bench.press("<space>/403 part3");
        bench
    });
}

#[test]
fn failures_marked() {
    scene!(SIZES, "failures_marked", |width, height| {
        let mut bench = failures(width, height);
        bench.press("<space>jj<space>");
        bench
    });
}

#[test]
fn paused_crawl_where_nothing_may_be_written() {
    scene!(
        SIZES,
        "paused_crawl_where_nothing_may_be_written",
        |width, height| {
            let mut bench = bench(width, height);
            run(&mut bench, NEXUS);
            bench.progress(&[(NEXUS, fixture::reading())]);
            bench.press("ggp");
            bench.app.state.world.read_only = true;
            bench.press("j");
            bench
        },
    );
}

#[test]
fn many_failures_of_a_crawl() {
    scene!(SIZES, "many_failures_of_a_crawl", |width, height| {
        let mut bench = bench(width, height);
        bench.failures = (0..400)
            .map(|n| {
                let name = format!("part{}/r{n}", n % 30).parse().unwrap();
                Failure::new(Stage::Tags, Class::Denied, "`GET /v2/x`: 403: `DENIED`")
                    .in_repository(&name)
                    .with_hint("give the user the right to pull")
            })
            .collect();
        let crawls = &mut bench.past.crawls[1].1;
        let last = crawls.last_mut().unwrap();
        last.failures = 400;
        last.traffic.retries = 12;
        last.traffic.held.refused = Duration::from_secs(38);
        last.traffic.held.refused_with = Some(429);
        bench.registries[1].last_crawl = Some(last.clone());
        bench.send(Event::InventoryChanged);
        bench.press("4jjjj<tab>jj");
        bench
    });
}

#[test]
fn a_page_without_crawls_says_why() {
    let mut none = Bench::empty(60, 16);
    none.press("4");
    let mut uncrawled = Bench::loaded(60, 16);
    for row in &mut uncrawled.registries {
        row.last_crawl = None;
    }
    uncrawled.send(Event::InventoryChanged);
    uncrawled.press("4");
    // One registry, whose crawls cannot be read.
    let mut waiting = Bench::loaded(60, 16);
    waiting.registries.truncate(1);
    waiting.send(Event::InventoryChanged);
    let key = KeyPress::parse_all("4").unwrap()[0];
    let asked = waiting.app.update(Event::Key(key));
    let [Effect::Ask { ticket, .. }] = asked[..] else {
        panic!("{asked:?}")
    };
    let reading = shown(&waiting, &dark());
    let result = Err(Trouble::new("the disk is gone"));
    waiting.send(Event::Answered { ticket, result });
    for (screen, wanted) in [
        (shown(&none, &dark()), "No registry yet."),
        (shown(&uncrawled, &dark()), "No registry was crawled yet."),
        (reading, "Reading which crawls there were."),
        (shown(&waiting, &dark()), "the disk is gone"),
    ] {
        assert!(screen.contains(wanted), "{wanted}: {screen}");
    }
}

#[test]
fn each_end_of_a_crawl_has_its_word() {
    let mut bench = bench(160, 45);
    let mut killed = past_fixture::crawl(8, 30, 0, 0);
    (killed.outcome, killed.elapsed) = (None, None);
    let mut elsewhere = past_fixture::crawl(3, 20, 0, 0);
    (elsewhere.outcome, elsewhere.elapsed, elsewhere.running) = (None, None, true);
    bench.past.crawls[0].1.push(killed.clone());
    bench.past.crawls[1].1.push(elsewhere.clone());
    bench.registries[0].last_crawl = Some(killed);
    bench.registries[1].last_crawl = Some(elsewhere);
    bench.send(Event::InventoryChanged);
    let screen = shown(&bench, &dark());
    for word in [
        "crawled elsewhere",
        "interrupted",
        "complete",
        "partial",
        "cancelled",
        "failed",
        "unknown",
    ] {
        assert!(screen.contains(word), "{word}: {screen}");
    }
}

#[test]
fn in_ascii_bars_and_signs_are_still_told_apart() {
    let mut bench = bench(120, 40);
    run(&mut bench, NEXUS);
    bench.progress(&[(NEXUS, fixture::reading())]);
    let theme = Theme::new(Looks::named("mono").unwrap(), true);
    let screen = shown(&bench, &theme);
    assert!(screen.is_ascii(), "{screen}");
    for sign in ["45 % #####.......", "* complete", "% partial", "x failed"] {
        assert!(screen.contains(sign), "{sign}: {screen}");
    }
}
