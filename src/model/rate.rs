//! How fast a crawl goes, and what is left of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Phase, Progress};

/// The time that a rate is taken over.
const WINDOW: Duration = Duration::from_secs(10);
/// The least time that says anything.
const LEAST: Duration = Duration::from_secs(1);
/// How far apart the samples are that are kept.
const APART: Duration = Duration::from_millis(250);

/// Items done over the last seconds.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// When, since the crawl began, and how many by then; the oldest first.
    samples: VecDeque<(Duration, u64)>,
    latest: Option<(Duration, u64)>,
}

impl Rate {
    /// So many items were done at this time since the crawl began.
    pub fn sample(&mut self, at: Duration, done: u64) {
        self.latest = Some((at, done));
        let last = self.samples.back();
        if last.is_none_or(|(last, _)| at.saturating_sub(*last) >= APART) {
            self.samples.push_back((at, done));
        }
        // The one before the window's beginning is where it is counted from.
        while let Some((second, _)) = self.samples.get(1)
            && at.saturating_sub(*second) >= WINDOW
        {
            self.samples.pop_front();
        }
    }

    /// Forgets what was: other things are counted now, or nothing was to be done.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.latest = None;
    }

    /// Items a minute; `None` before there is enough to tell.
    pub fn per_minute(&self) -> Option<u64> {
        let (from, before) = self.samples.front()?;
        let (to, now) = self.latest?;
        let span = to.saturating_sub(*from);
        if span < LEAST {
            return None;
        }
        let items = u128::from(now.saturating_sub(*before));
        u64::try_from(items * 60_000 / span.as_millis()).ok()
    }
}

impl Progress {
    /// How many items are done, of how many; `None` as long as lists are outstanding, and
    /// nobody knows how many there are, and while it stops.
    pub fn items(&self) -> Option<(u64, u64)> {
        match self.phase {
            Phase::Connecting | Phase::Listing | Phase::Stopping => None,
            Phase::Reading => Some((self.tags_done, self.tags_found)),
            Phase::Children => Some((self.indexes_done, self.indexes_found)),
        }
    }

    /// What those items are.
    pub fn unit(&self) -> &'static str {
        match self.phase {
            Phase::Children => "indexes",
            _ => "tags",
        }
    }

    /// How long the rest takes at the present rate; `None` where that is not known.
    pub fn time_left(&self) -> Option<Duration> {
        let (done, all) = self.items()?;
        let rate = self.per_minute.filter(|rate| *rate > 0)?;
        let rest = all.saturating_sub(done);
        (rest > 0).then(|| Duration::from_secs(rest.saturating_mul(60).div_ceil(rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_minute(), None);
        rate.sample(seconds(0), 0);
        rate.sample(Duration::from_millis(500), 50);
        assert_eq!(rate.per_minute(), None, "too early to tell");
        for second in 1..=20 {
            rate.sample(seconds(second), 100 * second);
        }
        assert_eq!(rate.per_minute(), Some(6000));
        // Ten times as slow: after a window the time before it counts no more.
        for second in 21..=30 {
            rate.sample(seconds(second), 2000 + 10 * (second - 20));
        }
        assert_eq!(rate.per_minute(), Some(600));
        for second in 31..=40 {
            rate.sample(seconds(second), 2100);
        }
        assert_eq!(rate.per_minute(), Some(0));
        rate.clear();
        assert_eq!(rate.per_minute(), None);
    }

    #[test]
    fn samples_that_come_often_are_not_all_kept() {
        let mut rate = Rate::default();
        for tick in 0..10_000_u32 {
            rate.sample(Duration::from_millis(10) * tick, u64::from(tick));
        }
        assert_eq!(rate.per_minute(), Some(6000));
        assert!(rate.samples.len() <= 42, "{}", rate.samples.len());
    }

    #[test]
    fn what_is_left_is_told_when_the_lists_are_known() {
        let mut progress = Progress {
            phase: Phase::Listing,
            tags_found: 1000,
            tags_done: 400,
            per_minute: Some(1200),
            ..Progress::default()
        };
        assert_eq!((progress.items(), progress.time_left()), (None, None));
        progress.phase = Phase::Reading;
        assert_eq!(progress.items(), Some((400, 1000)));
        assert_eq!(progress.time_left(), Some(seconds(30)));
        progress.per_minute = Some(0);
        assert_eq!(progress.time_left(), None, "it stands still");
        progress.per_minute = None;
        assert_eq!(progress.time_left(), None);
    }
}
