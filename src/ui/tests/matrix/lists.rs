//! Lists over a page: failures, what takes room, differences, requests.

use super::making::{failed, pressed, ticket, waiting};
use super::{Cell, Row};
use crate::app::Event;
use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::tests::{drift, requests};
use crate::model::{Class, Difference, Drift, Drifts, Failure, Outcome, Stage, Usage};
use Cell::{Drawn, Never};

const UNFILTERED: &str = "it has no filter: what matters most stands first";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            page: "failures",
            cells: [
                Drawn(|width, height| {
                    let mut bench = partial(width, height);
                    bench.failures.clear();
                    bench.press("f");
                    bench
                }),
                Drawn(|width, height| waiting(partial(width, height), "f")),
                Drawn(|width, height| {
                    let mut bench = partial(width, height);
                    bench.press("fj");
                    bench
                }),
                Drawn(|width, height| failures(width, height, "f<c-f><space>j<space>")),
                Drawn(|width, height| failed(partial(width, height), "f")),
                Drawn(|width, height| failures(width, height, "f/403 part3<enter>")),
            ],
        },
        Row {
            page: "drift",
            cells: [
                Drawn(|width, height| {
                    compared(
                        width,
                        height,
                        Drifts {
                            same: 57,
                            ..Drifts::default()
                        },
                    )
                }),
                Drawn(|width, height| waiting(marked(width, height), "D")),
                Drawn(|width, height| {
                    let mut bench = drift::compared(width, height);
                    bench.press("jj");
                    bench
                }),
                Drawn(drift_many),
                Drawn(|width, height| failed(marked(width, height), "D")),
                Never(UNFILTERED),
            ],
        },
        Row {
            page: "usage",
            cells: [
                Drawn(|width, height| pressed(width, height, "/nexus<enter>U")),
                Drawn(|width, height| waiting(pressed(width, height, "/nexus<enter>"), "U")),
                Drawn(|width, height| usage(width, height, fixture::usage(), "j")),
                Drawn(usage_many),
                Drawn(|width, height| failed(pressed(width, height, "/nexus<enter>"), "U")),
                Never(UNFILTERED),
            ],
        },
        Row {
            page: "requests",
            cells: [
                Drawn(|width, height| pressed(width, height, "@")),
                Never("the lines are in memory: nothing is waited for"),
                Drawn(|width, height| {
                    let mut bench = requests::shown(width, height);
                    bench.press("kkk");
                    bench
                }),
                Drawn(requests_many),
                Never("a request that failed is a line, and its trouble stands below"),
                Drawn(|width, height| {
                    let mut bench = requests::shown(width, height);
                    bench.press("/harbor<enter>k");
                    bench
                }),
            ],
        },
    ]
}

/// A screen on which a registry is selected whose last crawl was partial.
fn partial(width: u16, height: u16) -> Bench {
    let mut bench = pressed(width, height, "/harbor<enter><esc>");
    bench.registries[1].last_crawl = Some(fixture::record(0, Some(Outcome::Partial), 3));
    bench.send(Event::InventoryChanged);
    bench
}

/// The page of four hundred failures.
fn failures(width: u16, height: u16, keys: &str) -> Bench {
    let mut bench = partial(width, height);
    let failure = |n: u16| {
        let (class, status) = match n % 3 {
            0 => (Class::Denied, 403),
            _ => (Class::Server, 502),
        };
        let name = format!("team/part{}/service-{n}", n % 7).parse().unwrap();
        let said = format!("`GET /v2/team/manifests/1.{n}`: {status}: `DENIED`");
        Failure::new(Stage::Manifest, class, said)
            .with_status(status)
            .in_repository(&name)
            .at_reference(format!("1.{n}"))
            .with_hint("give the user the right to pull")
    };
    bench.failures = (0..400).map(failure).collect();
    bench.registries[1].last_crawl = Some(fixture::record(0, Some(Outcome::Partial), 412));
    bench.send(Event::InventoryChanged);
    bench.press(keys);
    bench
}

/// A screen on which one registry is marked and another selected.
fn marked(width: u16, height: u16) -> Bench {
    pressed(width, height, "/nexus<enter> <esc>/harbor<enter>")
}

fn compared(width: u16, height: u16, drifts: Drifts) -> Bench {
    let mut bench = marked(width, height);
    bench.drifts = drifts;
    bench.press("D");
    bench
}

fn drift_many(width: u16, height: u16) -> Bench {
    let mut drifts = drift::drifts();
    let some = drifts.rows.clone();
    let row = |n: usize| Drift {
        repository: format!("team/service-{n:03}").parse().unwrap(),
        difference: match n % 5 {
            0 => Difference::Different,
            _ => Difference::Missing,
        },
        ..some[1 + n % 3].clone()
    };
    drifts.rows = (0..300).map(row).collect();
    let mut bench = compared(width, height, drifts);
    bench.press("<c-f>jj");
    bench
}

fn usage(width: u16, height: u16, rows: Vec<Usage>, keys: &str) -> Bench {
    let mut bench = pressed(width, height, "/nexus<enter>");
    bench.usage = rows;
    bench.press(&format!("U{keys}"));
    bench
}

fn usage_many(width: u16, height: u16) -> Bench {
    let one = |n: u64| Usage {
        registry: NEXUS,
        repository: format!("group/part-{}/service-{n}", n % 9).parse().ok(),
        images: n + 1,
        tags: n + 3,
        bytes: 9_000_000_000 / (n + 1),
        exclusive: 1_000_000_000 / (n + 1),
        unknown: u64::from(n % 11 == 3),
    };
    usage(width, height, (0..300).map(one).collect(), "<c-f>j")
}

fn requests_many(width: u16, height: u16) -> Bench {
    let mut bench = requests::shown(width, height);
    let now = bench.app.state.world.clock.now;
    let asked = ticket(&bench.send(Event::Tick(now)));
    let lines = requests::lines(11..=400);
    bench.send(Event::RequestsRead {
        ticket: asked,
        lines,
    });
    bench.press("<c-b>k");
    bench
}
