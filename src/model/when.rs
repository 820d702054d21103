//! Times, ages and sizes as people type them, each read in one place. What time it is and
//! which zone is local are the caller's to say: nothing here looks at a clock.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::setting;
use super::text::quote;

/// Letters of what was typed that a message repeats.
const REPEATED: usize = 40;

/// A moment: `2026-10-01` and `today` (the beginning of that day), `2026-10-01T12:00`, a
/// time of RFC 3339, `yesterday`, or how long ago: `7d`, `12h`. What names no offset from
/// UTC is in `zone`.
///
/// # Errors
///
/// What is wrong with the text, and what would be right.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let typed = text.trim();
    let wrong = || {
        format!(
            "`{}` is no time: write `2026-10-01`, `2026-10-01T12:00`, `today`, `yesterday`, \
             or how long ago: `7d`, `12h`",
            quote(text, REPEATED)
        )
    };
    let day = |days_ago: i64| {
        let today = now.to_zoned(zone.clone()).date();
        let day = today.checked_sub(jiff::Span::new().days(days_ago)).ok()?;
        Some(day.to_zoned(zone.clone()).ok()?.timestamp())
    };
    let found = if typed.eq_ignore_ascii_case("today") {
        day(0)
    } else if typed.eq_ignore_ascii_case("yesterday") {
        day(1)
    } else if let Ok(moment) = typed.parse::<Timestamp>() {
        Some(moment)
    } else if let Some(local) = local(typed) {
        zone.to_timestamp(local).ok()
    } else {
        let ago = setting::read_duration(typed).filter(|_| !is_bare_number(typed));
        ago.and_then(|ago| SignedDuration::try_from(ago).ok())
            .and_then(|ago| now.checked_sub(ago).ok())
    };
    found.ok_or_else(wrong)
}

/// A date, with or without a time of day.
fn local(text: &str) -> Option<DateTime> {
    // The library reads an offset and lets it go; here every offset was read before.
    let time_of_day = text.get(10..).unwrap_or_default();
    if time_of_day.contains(['+', '-', '[', 'Z', 'z']) {
        return None;
    }
    text.parse().ok()
}

/// A bare number is a year, a crawl or seconds to different people.
fn is_bare_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How long: `30s`, `5m`, `12h`, `7d`, `1d12h`; a bare number is seconds.
///
/// # Errors
///
/// What is wrong with the text, and what would be right.
pub fn age(text: &str) -> Result<Duration, String> {
    setting::read_duration(text.trim()).ok_or_else(|| {
        format!(
            "`{}` is no age: write `12h`, `7d`, `365d`",
            quote(text, REPEATED)
        )
    })
}

/// Bytes: `500`, `10k`, `200MB`, `1.5GiB`. `k`, `M`, `G` and `T` count in thousands, `Ki`,
/// `Mi`, `Gi` and `Ti` in 1024; a `B` after them and the case of letters say nothing.
/// Rounded down to whole bytes.
///
/// # Errors
///
/// What is wrong with the text, and what would be right.
pub fn size(text: &str) -> Result<u64, String> {
    bytes(text.trim()).ok_or_else(|| {
        format!(
            "`{}` is no size: write `500`, `10k`, `200MB` or `1.5GiB`",
            quote(text, REPEATED)
        )
    })
}

fn bytes(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (base, power) = match unit {
        "" => (1, 0),
        "k" => (1000, 1),
        "m" => (1000, 2),
        "g" => (1000, 3),
        "t" => (1000, 4),
        "ki" => (1024_u128, 1),
        "mi" => (1024, 2),
        "gi" => (1024, 3),
        "ti" => (1024, 4),
        _ => return None,
    };
    let unit = base.checked_pow(power)?;
    let (whole, part) = match number.split_once('.') {
        None => (number, ""),
        // A part of a byte is none, and a point stands between digits.
        Some((_, part)) if part.is_empty() || power == 0 => return None,
        Some(halves) => halves,
    };
    let parts = u32::try_from(part.len()).ok().filter(|&len| len <= 12)?;
    let scale = 10_u128.checked_pow(parts)?;
    let part = if part.is_empty() {
        0
    } else {
        part.parse::<u128>().ok()?
    };
    let scaled = u128::from(whole.parse::<u64>().ok()?)
        .checked_mul(scale)?
        .checked_add(part)?;
    u64::try_from(scaled.checked_mul(unit)? / scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two hours east of UTC in summer, one in winter.
    fn zone() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn read(text: &str) -> Result<String, String> {
        let now: Timestamp = "2026-10-26T00:30:00+01:00".parse().unwrap();
        moment(text, now, &zone()).map(|moment| moment.to_string())
    }

    #[test]
    fn moments_are_read_in_the_local_zone() {
        for (text, wanted) in [
            ("2026-10-01", "2026-09-30T22:00:00Z"),
            ("2026-12-01", "2026-11-30T23:00:00Z"),
            ("2026-10-01T12:00", "2026-10-01T10:00:00Z"),
            ("2026-10-01 12:00:30", "2026-10-01T10:00:30Z"),
            ("2026-10-01T12:00:00Z", "2026-10-01T12:00:00Z"),
            ("2026-10-01T12:00:00-05:00", "2026-10-01T17:00:00Z"),
            ("today", "2026-10-25T23:00:00Z"),
            // The day before was an hour longer.
            ("Yesterday", "2026-10-24T22:00:00Z"),
            ("7d", "2026-10-18T23:30:00Z"),
            (" 12h ", "2026-10-25T11:30:00Z"),
            ("1d12h", "2026-10-24T11:30:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_told_what_would_be() {
        for text in [
            "",
            "last week",
            "2026-13-01",
            "2026-02-30",
            "2026",
            "30",
            "-7d",
            "2026-10-01T12:00[Europe/Berlin]",
            "99999999999d",
            "7w7",
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains("`yesterday`") && error.contains("`7d`"),
                "{error}"
            );
        }
    }

    #[test]
    fn ages_are_durations() {
        assert_eq!(age("365d"), Ok(Duration::from_hours(365 * 24)));
        assert_eq!(age("1d12h"), Ok(Duration::from_hours(36)));
        assert_eq!(age("90"), Ok(Duration::from_secs(90)));
        assert!(age("old").unwrap_err().contains("`7d`"));
    }

    #[test]
    fn sizes_count_in_thousands_or_in_1024() {
        for (text, wanted) in [
            ("0", 0),
            ("500", 500),
            ("500B", 500),
            ("10k", 10_000),
            ("10KB", 10_000),
            ("10Ki", 10_240),
            ("200MB", 200_000_000),
            ("200 MiB", 209_715_200),
            ("1.5GiB", 1_610_612_736),
            ("1.5g", 1_500_000_000),
            ("2T", 2_000_000_000_000),
            ("0.001k", 1),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(size(text), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "B",
            "k",
            "1.5",
            "1.",
            ".5k",
            "1..5k",
            "-1",
            "1e3",
            "10x",
            "10kk",
            "1,5G",
            "18446744073709551616",
            "99999999T",
            "1.0000000000001k",
        ] {
            let error = size(text).unwrap_err();
            assert!(error.contains("`1.5GiB`"), "{text}: {error}");
        }
    }
}
