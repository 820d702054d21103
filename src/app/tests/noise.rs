//! Whatever happens, nothing panics and every cursor is on a row and on screen.

use std::sync::Arc;

use proptest::prelude::*;

use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::overlay::Overlay;
use crate::app::pointer::{Pointed, Pointing};
use crate::app::{Effect, Event, Ticket, layout, list};
use crate::config::keys::{Context, KeyMap, KeyPress};
use crate::model::{Answer, Listing, Outcome, RegistryId, Timestamp, Trouble};

/// Events without rhyme or reason: keys that mean something, keys that mean nothing,
/// sizes, pastes, news, and answers that come late or twice.
fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![
        6 => prop::sample::select(bound()).prop_map(Noise::Press),
        1 => Just(Noise::Hold),
        3 => (0usize..9, any::<bool>()).prop_map(|(at, fails)| Noise::Answer(at, fails)),
        2 => (0u64..60).prop_map(Noise::Written),
        12 => prop::sample::select(vec![
            "j", "k", "h", "l", "g", "gg", "G", "<c-d>", "<c-u>", "<pgdn>", "<enter>", "<esc>",
            "<tab>", "<s-tab>", "/", "a", "e", "D", "y", "n", "c", "C", "x", "t", "f", "s", "S",
            "r", "?", "q", "<space>", "<left>", "<backspace>", "<c-s>", "<c-t>", "1", "2", "3",
            "team", "é", "<f1>", "<c-c>", ":", "Y", "i", "d", "<right>", "<c-n>", "<c-p>",
        ]).prop_map(Noise::Keys),
        1 => (0u16..220, 0u16..70).prop_map(|(w, h)| Noise::Resize(w, h)),
        1 => ".{0,20}".prop_map(Noise::Paste),
        6 => (0u16..230, 0u16..80, prop::sample::select(vec![
            Pointing::Press, Pointing::WheelUp, Pointing::WheelDown,
        ])).prop_map(|(column, row, what)| Noise::Pointed(Pointed { column, row, what })),
        // Where the lists of a window of the usual size are.
        6 => (0u16..80, 0u16..24).prop_map(|(column, row)| {
            Noise::Pointed(Pointed { column, row, what: Pointing::Press })
        }),
        2 => (0usize..7).prop_map(Noise::Inventory),
        2 => (0u32..7).prop_map(Noise::Progress),
        1 => (1u32..7).prop_map(Noise::Ended),
        2 => (0u64..60).prop_map(Noise::Late),
        1 => Just(Noise::Tick),
    ]
}

/// Every key that means something somewhere.
fn bound() -> Vec<KeyPress> {
    let keys = KeyMap::standard();
    let bindings = Context::ALL
        .iter()
        .flat_map(|context| keys.bindings(*context));
    let mut presses: Vec<KeyPress> = bindings.flat_map(|it| it.keys.concat()).collect();
    presses.sort_unstable();
    presses.dedup();
    presses
}

#[derive(Clone, Debug)]
enum Noise {
    Press(KeyPress),
    /// Questions wait from now on.
    Hold,
    /// A question that waits is answered, whichever it is, or fails.
    Answer(usize, bool),
    Written(u64),
    Keys(&'static str),
    Resize(u16, u16),
    Paste(String),
    Pointed(Pointed),
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
        Noise::Press(press) => {
            bench.send(Event::Key(*press));
        }
        Noise::Hold => {
            bench.held.get_or_insert_default();
        }
        Noise::Answer(at, fails) => {
            let Some(held) = bench.held.as_mut().filter(|held| !held.is_empty()) else {
                return;
            };
            let question = held.remove(at % held.len());
            let answer = match (&question, fails) {
                (Effect::Ask { ticket, .. }, true) => Some(Event::Answered {
                    ticket: *ticket,
                    result: Err(Trouble::new("the disk is away")),
                }),
                _ => bench.answer(&question),
            };
            if let Some(answer) = answer {
                bench.send(answer);
            }
        }
        Noise::Written(ticket) => {
            let ticket = Ticket(*ticket);
            let failed = || Err(Trouble::new("the disk is full"));
            for event in [
                Event::Decided {
                    ticket,
                    result: Ok(()),
                },
                Event::Decided {
                    ticket,
                    result: failed(),
                },
                Event::Exported {
                    ticket,
                    result: Ok(3),
                },
                Event::Inspected {
                    ticket,
                    result: Err(Trouble::new("given up")),
                },
                Event::RequestsRead {
                    ticket,
                    lines: Vec::new(),
                },
                Event::Notice(Trouble::new("something")),
            ] {
                bench.send(event);
            }
        }
        Noise::Resize(width, height) => {
            let (width, height) = (*width, *height);
            bench.send(Event::Resize { width, height });
        }
        Noise::Paste(text) => {
            bench.send(Event::Paste(text.clone()));
        }
        Noise::Pointed(pointed) => {
            bench.send(Event::Pointed(*pointed));
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
                record: Box::new(fixture::record(0, Some(Outcome::Partial), 5)),
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
            let paths = vec!["/etc/a".to_owned(), "/etc/é".to_owned()];
            bench.send(Event::Completed { ticket, paths });
            let result = Ok(crate::app::Imported::default());
            bench.send(Event::Imported { ticket, result });
            for result in [
                Ok(Answer::Images(Listing::default())),
                Ok(Answer::Failures(fixture::summary().failures)),
                Err(Trouble::new("late")),
            ] {
                bench.send(Event::Answered { ticket, result });
            }
        }
        Noise::Tick => {
            let later = bench.app.state.world.clock.now.as_second() + 40;
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
                let page = areas.body;
                let panes = state.pages.browse.panes(page);
                let height = layout::registry_rows(panes.registries.unwrap_or(page));
                in_range(state.pages.browse.registries.list, state.pages.browse.registries.listing.rows.len(), height);
                let height = layout::table_rows(panes.repositories.unwrap_or(page));
                in_range(state.pages.browse.repositories.list, state.pages.browse.repositories.listing.rows.len(), height);
                let height = layout::table_rows(panes.images.unwrap_or(page));
                in_range(state.pages.browse.images.list, state.pages.browse.images.listing.rows.len(), height);
                let whole = usize::from(page.height);
                let pages = &state.pages;
                in_range(pages.plan.decisions.list, pages.plan.decisions.listing.rows.len(), whole);
                in_range(pages.crawls.pane.list, pages.crawls.pane.listing.rows.len(), whole);
            }
            if let Some(Overlay::Form(form)) = state.overlays.last() {
                prop_assert!(form.at < form.entries.len());
            }
            crate::ui::smoke(state);
        }
    }
}
