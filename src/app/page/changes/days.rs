//! How many changes there were a day, in UTC.

use super::Changes;
use crate::model::Timestamp;

const DAY: i64 = 86_400;
/// No more days than these are counted.
const MOST: i64 = 60;

impl Changes {
    /// The beginning of each day of the period, the oldest first, and how many shown changes
    /// it has. Days of which not all was read are left out.
    pub fn days(&self, now: Timestamp) -> Vec<(Timestamp, usize)> {
        let day = |at: Timestamp| at.as_second().div_euclid(DAY);
        let today = day(now);
        let oldest_read = self.read.last().map(|row| day(row.change.at));
        let begin = self.scope.period.since(now).map(day);
        let begin = match (begin, oldest_read) {
            (Some(begin), Some(read)) if self.has_more => begin.max(read + 1),
            (None, Some(read)) => read + i64::from(self.has_more),
            (begin, _) => begin.unwrap_or(today),
        };
        let begin = begin.max(today - MOST + 1);
        let mut days: Vec<(Timestamp, usize)> = (begin..=today)
            .filter_map(|day| Some((Timestamp::from_second(day * DAY).ok()?, 0)))
            .collect();
        for row in &self.pane.listing.rows {
            let at = usize::try_from(day(row.change.at) - begin).ok();
            if let Some((_, count)) = at.and_then(|at| days.get_mut(at)) {
                *count += 1;
            }
        }
        days
    }
}
