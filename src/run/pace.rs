//! When to do what may wait a little: frames, progress, reloads. Each at once after a
//! quiet time, and then no more often than its pace.

use std::time::Duration;

use tokio::time::Instant;

/// Something that is due at most once in a while.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    last: Option<Instant>,
    wanted: bool,
}

impl Pace {
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            last: None,
            wanted: false,
        }
    }

    /// It is wanted.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// When it is due; `None` while it is not wanted.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.wanted
            .then(|| self.last.map_or(now, |last| last + self.every))
    }

    /// It was done.
    pub(super) fn done(&mut self, now: Instant) {
        self.last = Some(now);
        self.wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_at_once_and_the_next_waits() {
        let mut pace = Pace::new(Duration::from_millis(33));
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
        assert_eq!(pace.due(start), Some(start + Duration::from_millis(33)));
    }
}
