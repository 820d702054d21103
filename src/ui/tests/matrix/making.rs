//! How a screen is brought into a state.

use crate::app::fixture::{self, Bench, NEXUS};
use crate::app::{Effect, Event, Ticket, Work};
use crate::model::{ImageRow, Trouble};

/// The keys to the images of a repository with several.
pub(super) const TO_IMAGES: &str = "/nexus<enter>l/team/api<enter>l";

/// What an inventory says that cannot be read.
pub(super) fn trouble() -> Trouble {
    Trouble {
        message: "the inventory `/var/lib/supercargo/inventory.redb` cannot be read".into(),
        hint: Some("run `supercargo doctor`".into()),
    }
}

/// Presses keys whose questions are not answered.
pub(super) fn waiting(mut bench: Bench, keys: &str) -> Bench {
    bench.held = Some(Vec::new());
    bench.press(keys);
    assert!(bench.held.as_ref().is_some_and(|held| !held.is_empty()));
    bench
}

/// The same, and every question comes to nothing.
pub(super) fn failed(bench: Bench, keys: &str) -> Bench {
    let mut bench = waiting(bench, keys);
    while let Some(Effect::Ask { ticket, .. }) = bench.held.as_mut().and_then(Vec::pop) {
        let result = Err(trouble());
        bench.send(Event::Answered { ticket, result });
    }
    bench
}

/// A loaded screen on which these keys were pressed.
pub(super) fn pressed(width: u16, height: u16, keys: &str) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.press(keys);
    bench
}

/// The number of the work that was asked for.
pub(super) fn ticket(effects: &[Effect]) -> Ticket {
    let mut tickets = effects.iter().filter_map(|effect| match effect {
        Effect::Do(
            Work::Check { ticket, .. }
            | Work::Save { ticket, .. }
            | Work::Inspect { ticket, .. }
            | Work::ReadRequests { ticket, .. },
        ) => Some(*ticket),
        _ => None,
    });
    tickets.next_back().unwrap()
}

/// So many images of one repository.
pub(super) fn many_images(count: u32) -> Vec<ImageRow> {
    let image = |n: u32| {
        let tag = format!("{}.{}.{n}", n / 100, n / 10 % 10);
        let size = 40_000_000 + u64::from(n) * 1_234_567;
        let mut row = fixture::image(&[&tag], &["linux/amd64"], Some(size));
        assert_eq!(row.registry, NEXUS);
        row.image.created = Some(fixture::ago(i64::from(n) * fixture::HOUR));
        row
    };
    (0..count).map(image).collect()
}
