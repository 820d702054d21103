//! When to do what may wait a little: frames, progress, reloads. Each at once after a
//! quiet time, and in the long run no more often than its pace.

use std::time::Duration;

use tokio::time::Instant;

/// Something that is due so often and no more, but for a few times in a row that a quiet
/// time has saved up.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    /// What a full saving is worth in time.
    saved: Duration,
    /// When all that was done would be paid for at this pace.
    paid: Option<Instant>,
    wanted: Option<Wanted>,
}

/// How much something is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    /// It leaves one of those that may follow in a row, for what is wanted at once.
    Soon,
    /// It may be the last in a row.
    AtOnce,
}

impl Pace {
    /// Due once in `every`.
    pub(super) fn new(every: Duration) -> Self {
        Self::in_a_row(every, 1)
    }

    /// Due once in `every`, and up to `times` in a row after a quiet time.
    pub(super) fn in_a_row(every: Duration, times: u32) -> Self {
        Self {
            every,
            saved: every * times.saturating_sub(1),
            paid: None,
            wanted: None,
        }
    }

    /// It is wanted.
    pub(super) fn want(&mut self) {
        self.wanted = self.wanted.max(Some(Wanted::Soon));
    }

    /// It is wanted, and somebody waits for it.
    pub(super) fn want_at_once(&mut self) {
        self.wanted = Some(Wanted::AtOnce);
    }

    /// When it is due; `None` while it is not wanted.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let saved = match self.wanted? {
            Wanted::Soon => self.saved.saturating_sub(self.every),
            Wanted::AtOnce => self.saved,
        };
        let at = self.paid.and_then(|paid| paid.checked_sub(saved));
        Some(at.map_or(now, |at| at.max(now)))
    }

    /// It was done.
    pub(super) fn done(&mut self, now: Instant) {
        self.paid = Some(self.paid.map_or(now, |paid| paid.max(now)) + self.every);
        self.wanted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_millis(40);

    #[tokio::test(start_paused = true)]
    async fn the_first_is_at_once_and_the_next_waits() {
        let mut pace = Pace::new(EVERY);
        let start = Instant::now();
        assert_eq!(
            pace.due(start),
            None,
            "nothing is due while nothing is wanted"
        );
        pace.want();
        assert_eq!(pace.due(start), Some(start));
        pace.done(start);
        assert_eq!(pace.due(start), None);
        pace.want();
        assert_eq!(pace.due(start), Some(start + EVERY));
        let later = start + EVERY * 10;
        assert_eq!(pace.due(later), Some(later));
        pace.done(later);
        pace.want();
        assert_eq!(
            pace.due(later),
            Some(later + EVERY),
            "quiet saves nothing up"
        );
    }

    /// What is always wanted is done so often in a second, from the first on.
    fn in_a_second(mut pace: Pace) -> usize {
        let start = Instant::now();
        let (mut now, mut times) = (start, 0);
        loop {
            pace.want_at_once();
            now = pace.due(now).unwrap();
            if now >= start + Duration::from_secs(1) {
                return times;
            }
            pace.done(now);
            times += 1;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_in_a_row_are_at_once_and_the_pace_holds() {
        let mut pace = Pace::in_a_row(EVERY, 3);
        let start = Instant::now();
        for _ in 0..3 {
            pace.want_at_once();
            assert_eq!(pace.due(start), Some(start));
            pace.done(start);
        }
        pace.want_at_once();
        assert_eq!(pace.due(start), Some(start + EVERY));
        assert_eq!(in_a_second(Pace::new(EVERY)), 25);
        assert_eq!(in_a_second(Pace::in_a_row(EVERY, 3)), 27);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_leaves_one_in_a_row_to_what_somebody_waits_for() {
        let mut pace = Pace::in_a_row(EVERY, 3);
        let mut now = Instant::now();
        for _ in 0..2 {
            pace.want();
            assert_eq!(pace.due(now), Some(now));
            pace.done(now);
        }
        pace.want();
        assert_eq!(pace.due(now), Some(now + EVERY));
        pace.want_at_once();
        assert_eq!(pace.due(now), Some(now));
        pace.want();
        assert_eq!(
            pace.due(now),
            Some(now),
            "it is wanted at once all the same"
        );
        // Somebody types fast, and each key changes something that is told later.
        for _ in 0..100 {
            pace.want_at_once();
            assert_eq!(pace.due(now), Some(now));
            pace.done(now);
            pace.want();
            let told = pace.due(now).unwrap();
            now += EVERY * 3 / 2;
            if told < now {
                pace.done(told);
            }
        }
    }
}
