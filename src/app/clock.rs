//! The time as last told, and how it is said: where the reader is, in as few characters as
//! tell it.

use crate::model::{TimeZone, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Ages are said in days below this many, in months below the next.
const MONTHS_FROM: i64 = 60;
const YEARS_FROM: i64 = 730;
/// Hundredths of a day that a mean month and a mean year have.
const MONTH: i64 = 3_044;
const YEAR: i64 = 36_525;

/// The time, and the zone in which times are said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The time as last told.
    pub now: Timestamp,
    /// The reader's zone.
    pub zone: TimeZone,
}

impl Clock {
    /// A clock in UTC.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            zone: TimeZone::UTC,
        }
    }

    /// How long ago, in one unit and at most six characters: `now`, `5 min`, `3 h`, `12 d`,
    /// `7 mo`, `2 y`. What is yet to come is the day it will be: some builds say so.
    pub fn age(&self, at: Timestamp) -> String {
        let seconds = self.now.as_second() - at.as_second();
        let days = seconds / DAY;
        match seconds {
            ..0 if seconds > -MINUTE => "now".to_owned(),
            ..0 => self.when(at),
            0..MINUTE => "now".to_owned(),
            MINUTE..HOUR => format!("{} min", seconds / MINUTE),
            HOUR..DAY => format!("{} h", seconds / HOUR),
            _ if days < MONTHS_FROM => format!("{days} d"),
            _ if days < YEARS_FROM => format!("{} mo", days * 100 / MONTH),
            _ => format!("{} y", days * 100 / YEAR),
        }
    }

    /// When, in at most ten characters: the time on the day of `now`, else the day, with its
    /// year where that is another: `14:05`, `Nov 20`, `2024-02-17`.
    pub fn when(&self, at: Timestamp) -> String {
        let (today, then) = (self.day(self.now), self.day(at));
        match () {
            () if then == today => self.local(at, "%H:%M"),
            () if then[..4] == today[..4] => self.day_of_year(at),
            () => then,
        }
    }

    /// [`when`](Self::when) for a sentence: `at 14:05`, `on Nov 20`.
    pub fn when_said(&self, at: Timestamp) -> String {
        let when = self.when(at);
        let before = if when.contains(':') { "at" } else { "on" };
        format!("{before} {when}")
    }

    /// A date and time to the minute, with the zone: `2026-11-20 14:05 CET`.
    pub fn moment(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d %H:%M %Z")
    }

    /// A day: `2026-11-20`.
    pub fn day(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d")
    }

    /// A time of the day, to the second.
    pub fn second(&self, at: Timestamp) -> String {
        self.local(at, "%H:%M:%S")
    }

    /// A day of the year: `Nov 20`.
    pub fn day_of_year(&self, at: Timestamp) -> String {
        self.local(at, "%b %-d")
    }

    /// How many days the day of `at` is after the first of 1970, in the reader's zone.
    pub fn day_number(&self, at: Timestamp) -> i64 {
        let offset = self.zone.to_offset(at).seconds();
        (at.as_second() + i64::from(offset)).div_euclid(DAY)
    }

    /// When such a day begins; `None` where time is over.
    pub fn day_begins(&self, number: i64) -> Option<Timestamp> {
        let noon = Timestamp::from_second(number.checked_mul(DAY)? + DAY / 2).ok()?;
        let day = noon.to_zoned(TimeZone::UTC).date();
        Some(day.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    /// When an age that is shown may change, where nothing shown is younger than
    /// `youngest`: each minute while minutes or hours are told, then once a day.
    pub fn next_change(&self, youngest: Timestamp) -> Option<Timestamp> {
        let now = self.now.as_second();
        let young = now - youngest.as_second() < DAY;
        let unit = if young { MINUTE } else { DAY };
        Timestamp::from_second((now.div_euclid(unit) + 1).checked_mul(unit)?).ok()
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        at.to_zoned(self.zone.clone()).strftime(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new("2026-11-20T12:16:40Z".parse().unwrap())
    }

    fn berlin(now: &str) -> Clock {
        Clock {
            now: now.parse().unwrap(),
            zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
        }
    }

    #[test]
    fn times_are_short() {
        for (then, wanted, said) in [
            ("2026-11-20T00:00:00Z", "00:00", "at 00:00"),
            ("2026-11-20T23:59:59Z", "23:59", "at 23:59"),
            ("2026-11-19T23:59:59Z", "Nov 19", "on Nov 19"),
            ("2026-11-21T00:00:00Z", "Nov 21", "on Nov 21"),
            ("2026-01-01T00:00:00Z", "Jan 1", "on Jan 1"),
            ("2025-11-20T12:00:00Z", "2025-11-20", "on 2025-11-20"),
            ("-000001-03-04T00:00:00Z", "-001-03-04", "on -001-03-04"),
        ] {
            let then = then.parse().unwrap();
            assert_eq!(clock().when(then), wanted);
            assert_eq!(clock().when_said(then), said);
        }
    }

    #[test]
    fn an_age_is_one_unit() {
        let clock = clock();
        let before = |seconds: i64| Timestamp::from_second(clock.now.as_second() - seconds);
        for (seconds, wanted) in [
            (0, "now"),
            (59, "now"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (86_399, "23 h"),
            (86_400, "1 d"),
            (59 * DAY, "59 d"),
            (60 * DAY, "1 mo"),
            (61 * DAY, "2 mo"),
            (420 * DAY, "13 mo"),
            (729 * DAY, "23 mo"),
            (731 * DAY, "2 y"),
            (20_000 * DAY, "54 y"),
            // Clocks differ by a little, and some builds give no true date.
            (-30, "now"),
            (-90, "12:18"),
            (-40 * DAY, "Dec 30"),
        ] {
            assert_eq!(clock.age(before(seconds).unwrap()), wanted, "{seconds}");
        }
    }

    #[test]
    fn times_are_those_of_the_reader() {
        let clock = berlin("2026-11-20T23:30:00Z");
        let late = "2026-11-20T22:59:00Z".parse().unwrap();
        assert_eq!(clock.when(clock.now), "00:30");
        assert_eq!(clock.when(late), "Nov 20");
        assert_eq!(clock.moment(late), "2026-11-20 23:59 CET");
        assert_eq!(clock.day(clock.now), "2026-11-21");
        assert_eq!(clock.second(late), "23:59:00");
    }

    /// The day on which the clocks go back has 25 hours.
    #[test]
    fn days_begin_at_the_readers_midnight() {
        let clock = berlin("2026-11-20T12:00:00Z");
        let begins = |text: &str| {
            let number = clock.day_number(text.parse().unwrap());
            clock.day_begins(number).unwrap().to_string()
        };
        assert_eq!(begins("2026-10-25T12:00:00Z"), "2026-10-24T22:00:00Z");
        assert_eq!(begins("2026-10-25T22:59:59Z"), "2026-10-24T22:00:00Z");
        assert_eq!(begins("2026-10-25T23:00:00Z"), "2026-10-25T23:00:00Z");
    }

    #[test]
    fn a_wake_is_wanted_where_an_age_may_change() {
        let clock = clock();
        let after = |youngest: &str| clock.next_change(youngest.parse().unwrap()).unwrap();
        let minute: Timestamp = "2026-11-20T12:17:00Z".parse().unwrap();
        assert_eq!(after("2026-11-20T12:16:00Z"), minute);
        assert_eq!(after("2026-11-19T12:17:00Z"), minute);
        let midnight: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        assert_eq!(after("2026-11-19T12:16:39Z"), midnight);
    }
}
