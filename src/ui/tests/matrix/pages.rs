//! The five pages.

use super::making::{TO_IMAGES, failed, many_images, pressed, waiting};
use super::{Cell, Row};
use crate::app::fixture::{self, Bench, HARBOR, NEXUS};
use crate::app::tests::triage::planned;
use crate::app::{Event, past_fixture};
use crate::model::{Choice, Decision, Digest, RegistryId};
use crate::ui::tests::search;
use Cell::{Drawn, Never};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            page: "browse",
            cells: [
                Drawn(Bench::empty),
                Drawn(browse_loading),
                Drawn(|width, height| pressed(width, height, &format!("{TO_IMAGES}jj"))),
                Drawn(browse_many),
                Drawn(|width, height| {
                    failed(pressed(width, height, "/nexus<enter>l/team<enter>"), "jl")
                }),
                Drawn(|width, height| pressed(width, height, &format!("{TO_IMAGES}/1.9<enter>"))),
            ],
        },
        Row {
            page: "search",
            cells: [
                Drawn(|width, height| pressed(width, height, "szzz")),
                Drawn(|width, height| waiting(pressed(width, height, "s"), "a")),
                Drawn(|width, height| pressed(width, height, "sapi 1<down>")),
                Drawn(search_many),
                Drawn(|width, height| failed(pressed(width, height, "s"), "a")),
                Drawn(|width, height| pressed(width, height, "sapi 1<tab>")),
            ],
        },
        Row {
            page: "changes",
            cells: [
                Drawn(|width, height| {
                    let mut bench = past_fixture::bench(width, height);
                    bench.past.changes.clear();
                    bench.press("3");
                    bench
                }),
                Drawn(|width, height| waiting(past_fixture::bench(width, height), "3")),
                Drawn(|width, height| past(width, height, "3jj")),
                Drawn(changes_many),
                Drawn(|width, height| failed(past_fixture::bench(width, height), "3")),
                Drawn(|width, height| past(width, height, "3/latest<enter>")),
            ],
        },
        Row {
            page: "crawls",
            cells: [
                Drawn(|width, height| {
                    let mut bench = Bench::loaded(width, height);
                    for row in &mut bench.registries {
                        row.last_crawl = None;
                    }
                    bench.send(Event::InventoryChanged);
                    bench.press("4");
                    bench
                }),
                Drawn(|width, height| waiting(past_fixture::bench(width, height), "4")),
                Drawn(|width, height| past(width, height, "4jj")),
                Drawn(crawls_many),
                Drawn(|width, height| failed(past_fixture::bench(width, height), "4")),
                Never("crawls are not filtered: they stand in the order of time, a few a day"),
            ],
        },
        Row {
            page: "plan",
            cells: [
                Drawn(|width, height| pressed(width, height, "5")),
                Drawn(|width, height| waiting(Bench::loaded(width, height), "5")),
                Drawn(planned),
                Drawn(plan_many),
                Drawn(|width, height| failed(Bench::loaded(width, height), "5")),
                Drawn(|width, height| {
                    let mut bench = planned(width, height);
                    bench.press("/delete !gone<enter>");
                    bench
                }),
            ],
        },
    ]
}

/// A screen with a past on which these keys were pressed.
fn past(width: u16, height: u16, keys: &str) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    bench.press(keys);
    bench
}

fn browse_loading(width: u16, height: u16) -> Bench {
    waiting(pressed(width, height, "/nexus<enter>l/team<enter>"), "jl")
}

fn browse_many(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.images = many_images(400);
    bench.press(&format!("{TO_IMAGES}os<c-f><c-f>j"));
    bench
}

fn search_many(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.press("s");
    let ticket = search::ask(&mut bench, "1");
    search::answer(&mut bench, ticket, search::many(200));
    bench.press("<down><c-f><c-f>");
    bench
}

fn changes_many(width: u16, height: u16) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    let some = bench.past.changes.clone();
    let one = |n: usize| {
        let mut change = some[5 + n % 4].clone();
        change.repository = format!("team/service-{n}").parse().unwrap();
        change
    };
    bench.past.changes = (0..3_000).map(one).collect();
    bench.press("3<c-d><c-d>");
    bench
}

fn crawls_many(width: u16, height: u16) -> Bench {
    let mut bench = past_fixture::bench(width, height);
    for (registry, crawls) in &mut bench.past.crawls {
        let [nexus, harbor] = [NEXUS, HARBOR].map(|id| id == *registry);
        let every = if nexus { 1 } else { 3 };
        let number = |at: i64| u64::try_from(80 - at).unwrap();
        *crawls = (1..80)
            .rev()
            .map(|at| {
                let failures = u64::from(harbor && at % 4 == 1) * 3;
                past_fixture::crawl(number(at), at * every * fixture::HOUR, 5, failures)
            })
            .collect();
    }
    for row in &mut bench.registries {
        let crawls = bench.past.crawls.iter().find(|(id, _)| *id == row.id);
        row.last_crawl = crawls.and_then(|(_, crawls)| crawls.last().cloned());
    }
    bench.send(Event::InventoryChanged);
    bench.press("4<c-f>j");
    bench
}

fn plan_many(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.images = many_images(300);
    for (n, row) in bench.images.iter_mut().enumerate() {
        row.decisions.image = Some(Decision {
            choice: [Choice::Delete, Choice::Delete, Choice::Keep, Choice::Look][n % 4],
            note: (n % 7 == 0).then(|| "superseded".to_owned()),
            at: fixture::ago(fixture::DAY),
        });
        row.digest = Digest::sha256(&n.to_le_bytes());
        assert_eq!(row.registry, RegistryId(1));
    }
    bench.press("5<c-f><space>j<space>");
    bench
}
