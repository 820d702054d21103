//! Whatever happens, nothing panics and every cursor is on a row and on screen.

use std::sync::Arc;

use proptest::prelude::*;

use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::overlay::Overlay;
use crate::app::{Event, Ticket, layout, list};
use crate::model::{Answer, Listing, Outcome, RegistryId, Timestamp, Trouble};

/// Events without rhyme or reason: keys that mean something, keys that mean nothing,
/// sizes, pastes, news, and answers that come late or twice.
fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![
        12 => prop::sample::select(vec![
            "j", "k", "h", "l", "g", "gg", "G", "<c-d>", "<c-u>", "<pgdn>", "<enter>", "<esc>",
            "<tab>", "<s-tab>", "/", "a", "e", "D", "y", "n", "c", "C", "x", "t", "f", "s", "S",
            "r", "?", "q", "<space>", "<left>", "<backspace>", "<c-s>", "<c-t>", "1", "2", "3",
            "team", "é", "<f1>", "<c-c>", ":",
        ]).prop_map(Noise::Keys),
        1 => (0u16..220, 0u16..70).prop_map(|(w, h)| Noise::Resize(w, h)),
        1 => ".{0,20}".prop_map(Noise::Paste),
        2 => (0usize..7).prop_map(Noise::Inventory),
        2 => (0u32..7).prop_map(Noise::Progress),
        1 => (1u32..7).prop_map(Noise::Ended),
        2 => (0u64..60).prop_map(Noise::Late),
        1 => Just(Noise::Tick),
    ]
}

#[derive(Clone, Debug)]
enum Noise {
    Keys(&'static str),
    Resize(u16, u16),
    Paste(String),
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
        Noise::Resize(width, height) => {
            let (width, height) = (*width, *height);
            bench.send(Event::Resize { width, height });
        }
        Noise::Paste(text) => {
            bench.send(Event::Paste(text.clone()));
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
            for result in [
                Ok(Answer::Images(Listing::default())),
                Ok(Answer::Failures(fixture::summary().failures)),
                Err(Trouble::new("late")),
            ] {
                bench.send(Event::Answered { ticket, result });
            }
        }
        Noise::Tick => {
            let later = bench.app.state.world.now.as_second() + 40;
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
            }
            if let Some(Overlay::Form(form)) = state.overlays.last() {
                prop_assert!(form.at < form.entries.len());
            }
            crate::ui::smoke(state);
        }
    }
}
