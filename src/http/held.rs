//! How long everybody stood still, and for what: wall-clock time, counted once however many
//! requests waited.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use crate::model::Held;

/// The account of the time held.
#[derive(Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    /// Until when all is entered in `held`.
    entered: Option<Instant>,
    held: Held,
    /// Hosts that are away now.
    away: usize,
    refused_until: Option<Instant>,
    /// Whether the user lets everybody wait: that is nobody else's doing.
    is_paused: bool,
}

impl Entries {
    fn enter(&mut self, now: Instant) {
        let from = self.entered.replace(now).unwrap_or(now);
        if self.is_paused {
            return;
        }
        if self.away > 0 {
            self.held.away += now.saturating_duration_since(from);
        } else if let Some(until) = self.refused_until {
            self.held.refused += until.min(now).saturating_duration_since(from);
        }
    }
}

impl Ledger {
    /// A host is away from now on: all that goes there waits.
    pub(super) fn left(&self) {
        self.entries().away += 1;
    }

    /// A host is back, or nobody waits for it any more.
    pub(super) fn back(&self) {
        let mut entries = self.entries();
        entries.away = entries.away.saturating_sub(1);
    }

    /// Everybody waits for `pause` because of this answer.
    pub(super) fn refused(&self, pause: Duration, status: StatusCode) {
        let mut entries = self.entries();
        let until = Instant::now() + pause;
        let later = entries.refused_until.map_or(until, |now| now.max(until));
        entries.refused_until = Some(later);
        entries.held.refused_with = Some(status.as_u16());
    }

    /// Time that the user lets everybody wait begins, or is over, and is not counted.
    pub(super) fn pause(&self, is_paused: bool) {
        self.entries().is_paused = is_paused;
    }

    /// The sum so far.
    pub(super) fn sum(&self) -> Held {
        self.entries().held
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.enter(Instant::now());
        entries
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_is_counted_once_and_for_what_it_was_held() {
        let ledger = Ledger::default();
        let seconds = Duration::from_secs;
        sleep(seconds(5)).await;
        ledger.refused(seconds(4), StatusCode::TOO_MANY_REQUESTS);
        ledger.refused(seconds(2), StatusCode::TOO_MANY_REQUESTS);
        sleep(seconds(3)).await;
        assert_eq!(ledger.sum().refused, seconds(3));
        ledger.left();
        ledger.left();
        sleep(seconds(6)).await;
        ledger.back();
        sleep(seconds(1)).await;
        ledger.back();
        sleep(seconds(9)).await;
        ledger.left();
        ledger.pause(true);
        sleep(seconds(60)).await;
        assert_eq!(ledger.sum().away, seconds(7));
        ledger.pause(false);
        ledger.back();
        let held = ledger.sum();
        assert_eq!((held.away, held.refused), (seconds(7), seconds(3)));
        assert_eq!(held.total(), seconds(10));
        assert_eq!(held.refused_with, Some(429));
    }
}
