//! How many changes there were a day of the reader's.

use super::Changes;
use crate::app::clock::Clock;
use crate::model::Timestamp;

/// No more days than these are counted.
const MOST: i64 = 60;

impl Changes {
    /// The beginning of each day of the period, the oldest first, and how many shown changes
    /// it has. Days of which not all was read are left out.
    pub fn days(&self, clock: &Clock) -> Vec<(Timestamp, usize)> {
        let day = |at: Timestamp| clock.day_number(at);
        let today = day(clock.now);
        let oldest_read = self.read.last().map(|row| day(row.change.at));
        let begin = self.scope.period.since(clock.now).map(day);
        let begin = match (begin, oldest_read) {
            (Some(begin), Some(read)) if self.has_more => begin.max(read + 1),
            (None, Some(read)) => read + i64::from(self.has_more),
            (begin, _) => begin.unwrap_or(today),
        };
        let begin = begin.max(today - MOST + 1);
        let mut days: Vec<(Timestamp, usize)> = (begin..=today)
            .filter_map(|day| Some((clock.day_begins(day)?, 0)))
            .collect();
        for row in &self.pane.listing.rows {
            let at = usize::try_from(day(row.change.at) - begin).ok();
            if let Some((_, count)) = at.and_then(|at| days.get_mut(at)) {
                *count += row.count();
            }
        }
        days
    }
}
