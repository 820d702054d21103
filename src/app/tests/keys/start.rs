//! What the screen is brought to before a key.

use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::tests::{detail, diff, drift, requests, triage};
use crate::app::{Effect, Event, Inspection, SecretRequest, Ticket, Work, past_fixture};
use crate::model::Digest;

/// The keys to the images of a repository with several.
const TO_IMAGES: &str = "jjjl/team/api<enter>l";

/// The screen of this name.
pub(super) fn of(name: &str) -> Bench {
    match name {
        "nothing" => Bench::empty(120, 40),
        "panes" => panes(),
        "many" => many(),
        "crawling" => {
            let mut bench = panes();
            bench.progress(&[(NEXUS, fixture::reading())]);
            bench
        }
        "decided" => {
            let mut bench = panes();
            let decided = bench.press(&format!("{TO_IMAGES}/1.9.2<enter>+"));
            assert!(bench.write(decided).is_empty());
            bench
        }
        "read" => read(),
        "checked" => {
            let mut bench = panes();
            let effects = bench.press("jjjt");
            check(&mut bench, &effects);
            bench
        }
        "form-checked" => {
            let mut bench = panes();
            let effects = bench.press("jjje<c-t>");
            check(&mut bench, &effects);
            bench
        }
        "asked" => {
            let mut bench = panes();
            bench.send(Event::SecretWanted {
                ticket: Ticket(1),
                request: SecretRequest {
                    title: "A passphrase".into(),
                    text: "It opens the file.".into(),
                    is_new: false,
                },
            });
            bench
        }
        "diffed" => {
            let mut bench = panes();
            let effects = bench.press(&format!("{TO_IMAGES}gg<space><space>D"));
            let platforms = ["linux/amd64", "linux/arm64/v8"];
            diff::both_came(&mut bench, &effects, |digest, _| {
                diff::index(digest, &platforms)
            });
            bench
        }
        "requests" => requests::shown(120, 40),
        other => panic!("there is no screen `{other}`"),
    }
}

/// Registries with a past, decisions of every kind, what takes room, differences.
fn panes() -> Bench {
    let mut bench = triage::planned(120, 40);
    bench.past = past_fixture::past();
    bench.usage = fixture::usage();
    bench.drifts = drift::drifts();
    for row in &mut bench.registries {
        let crawls = bench.past.crawls.iter().find(|(id, _)| *id == row.id);
        row.last_crawl = crawls.and_then(|(_, crawls)| crawls.last().cloned());
    }
    bench.send(Event::InventoryChanged);
    bench.press("1");
    bench
}

/// A repository with three hundred images, of which the hundredth is selected.
fn many() -> Bench {
    let mut bench = Bench::loaded(120, 40);
    let image = |n: u32| {
        let mut row = fixture::image(&[&format!("1.{n}")], &["linux/amd64"], None);
        row.digest = Digest::sha256(&n.to_le_bytes());
        row
    };
    bench.images = (0..300).map(image).collect();
    bench.press(TO_IMAGES);
    bench.press(&"j".repeat(100));
    bench
}

/// The page of an image of which all is read, at its configuration.
fn read() -> Bench {
    let mut bench = panes();
    bench.press(&format!("{TO_IMAGES}/1.10<enter><enter>"));
    for keys in ["]]", "]]]", "[["] {
        for effect in bench.press(keys) {
            let Effect::Do(Work::Inspect { ticket, .. }) = effect else {
                panic!("{effect:?}")
            };
            let image = detail::inspected(&bench);
            let remarks = Vec::new();
            let result = Ok(Box::new(Inspection { image, remarks }));
            bench.send(Event::Inspected { ticket, result });
        }
    }
    bench
}

/// The check that was begun fails at the token.
fn check(bench: &mut Bench, effects: &[Effect]) {
    let Some(Effect::Do(Work::Check { ticket, .. })) = effects.last() else {
        panic!("{effects:?}")
    };
    bench.send(Event::Checked {
        ticket: *ticket,
        report: fixture::report(),
        done: true,
    });
}
