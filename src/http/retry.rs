//! What is tried again, how often and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::gate::MAX_HOLD;
use super::host::Outcome;
use crate::model::Timestamp;

/// How often a request is sent at most.
pub(super) const TRIES: usize = 5;

/// Whether an answer of this status may be another one next time.
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        408 | 425 | 429 | 499 | 500 | 502..=504 | 520..=524
    )
}

/// The first wait of who is not told how long.
pub(super) const FIRST: Duration = Duration::from_millis(500);
/// The longest wait of who is not told how long.
const LONGEST: Duration = Duration::from_mins(1);
/// Seconds beyond which it does not matter how long one is to wait.
const AGES: f64 = 1e9;
/// How often a body that comes too slowly is asked for.
const SLOW_TRIES: usize = 2;
/// How often the tries of one request are given back.
const FORGIVEN: usize = 10;

/// What an outcome says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the answer.
    Good,
    /// The registry wants to be left alone, for so long where it says so.
    Refused(Option<Duration>),
    /// Nothing came, or what stands before a host that is not there answered.
    Away,
    /// Something else that may be better next time.
    Trouble,
    /// Nothing came, and nothing will.
    Failed,
}

/// What `outcome` says of its request. Before anything was ever received from its host, an
/// address that does not answer is a wrong one.
pub(super) fn judge(outcome: &Outcome, was_reached: bool) -> Verdict {
    match outcome {
        Ok(response) if response.is_throttled() => {
            let asked = response.asked_to_wait();
            // To ask again would not be answered for hours.
            let headers = &response.headers;
            let until = (!headers.contains_key(RETRY_AFTER))
                .then(|| until(headers, super::wall_clock()))
                .flatten();
            if is_counted_out(headers) || until.is_some_and(|until| until > MAX_HOLD) {
                return Verdict::Good;
            }
            Verdict::Refused(asked.map(|asked| asked.min(MAX_HOLD)))
        }
        Ok(response) if !is_transient(response.status) => Verdict::Good,
        Ok(response) => {
            let asked = response.asked_to_wait().map(|asked| asked.min(MAX_HOLD));
            match response.status.as_u16() {
                _ if asked.is_some() => Verdict::Refused(asked),
                502..=504 | 521..=523 => Verdict::Away,
                _ => Verdict::Trouble,
            }
        }
        Err(error) if !error.is_transient(was_reached) => Verdict::Failed,
        Err(error) if error.is_away() => Verdict::Away,
        Err(_) => Verdict::Trouble,
    }
}

/// Whether the server counts what is asked for over hours, and has no more to give: Docker
/// Hub's `ratelimit-remaining: 0;w=21600`.
fn is_counted_out(headers: &HeaderMap) -> bool {
    let value = headers.get("ratelimit-remaining");
    let Some((left, window)) = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(";w="))
    else {
        return false;
    };
    let window = window.trim().parse().unwrap_or(0);
    left.trim() == "0" && Duration::from_secs(window) > MAX_HOLD
}

/// The tries of one request.
pub(super) struct Tries {
    most: usize,
    used: usize,
    slow: usize,
    excused: u32,
    forgiven: usize,
}

impl Tries {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            used: 0,
            slow: 0,
            excused: 0,
            forgiven: 0,
        }
    }

    /// Whether nothing is tried again.
    pub(super) fn is_single(&self) -> bool {
        self.most <= 1
    }

    /// The wait after a try that brought nothing; `None` after the last one. `slow` is one
    /// that took long to bring it.
    pub(super) fn next(&mut self, slow: bool) -> Option<Duration> {
        let pause = delays(self.most).nth(self.used);
        self.used += 1;
        self.slow += usize::from(slow);
        pause.filter(|_| self.slow < SLOW_TRIES)
    }

    /// The wait after a refusal that is everybody's and uses up no try.
    pub(super) fn excused(&mut self) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.excused.min(10));
        self.excused += 1;
        pause.min(LONGEST)
    }

    /// Tries that met an outage are given back, some times.
    pub(super) fn forgive(&mut self) {
        if self.forgiven < FORGIVEN {
            self.forgiven += 1;
            self.used = 0;
        }
    }
}

/// The waits between `tries` sendings: full jitter over half a second, doubled each time.
fn delays(tries: usize) -> impl Iterator<Item = Duration> + Send {
    let plain = ExponentialBuilder::new()
        .with_min_delay(FIRST)
        .with_factor(2.0)
        .with_max_delay(LONGEST)
        .with_max_times(tries.saturating_sub(1));
    // backon's jitter adds up to the delay on top of it; what it adds is the full jitter.
    plain
        .with_jitter()
        .build()
        .zip(plain.build())
        .map(|(jittered, plain)| jittered.saturating_sub(plain))
}

/// What `Retry-After` asks for: seconds, with decimals where a server sends some, or an HTTP
/// date (RFC 9110 §10.2.3), which is compared with the answer's own `Date` where it has one:
/// that clock made it. A date that has passed asks for nothing.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let Some(value) = text(RETRY_AFTER) else {
        return until(headers, now);
    };
    let pause = if value.starts_with(|first: char| first.is_ascii_digit())
        && value.chars().all(|c| c.is_ascii_digit() || c == '.')
    {
        let seconds: f64 = value.parse().ok()?;
        Duration::try_from_secs_f64(seconds.min(AGES)).ok()?
    } else {
        let date = |text: &str| {
            let parser = jiff::fmt::rfc2822::DateTimeParser::new();
            parser.parse_timestamp(text).ok()
        };
        let sent = text(DATE).and_then(date).unwrap_or(now);
        Duration::try_from(date(value)?.duration_since(sent)).ok()?
    };
    (!pause.is_zero()).then_some(pause)
}

/// The points in time that some APIs name instead, in seconds since 1970: Docker Hub's
/// `X-Retry-After`, and `X-RateLimit-Reset` where nothing remains (GitHub).
fn until(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let reset = || {
        let is_over = number("x-ratelimit-remaining") == Some(0);
        number("x-ratelimit-reset").filter(|_| is_over)
    };
    let at = number("x-retry-after").or_else(reset)?;
    let ahead = u64::try_from(at.saturating_sub(now.as_second())).ok()?;
    // More than a day is no time of an allowance: it may be in milliseconds.
    (1..=24 * 3600)
        .contains(&ahead)
        .then(|| Duration::from_secs(ahead))
}

/// Whether a refusal is one for asking too much: by its status, or by its headers where the
/// status is that of a missing right (GitHub).
pub(super) fn is_throttled(status: StatusCode, headers: &HeaderMap) -> bool {
    let is_over = || {
        let left = headers.get("x-ratelimit-remaining");
        left.is_some_and(|left| left.as_bytes().trim_ascii() == b"0")
    };
    match status.as_u16() {
        429 => true,
        403 => headers.contains_key(RETRY_AFTER) || is_over(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn these_statuses_are_tried_again_and_no_others() {
        let retried: Vec<u16> = (400..=599)
            .filter(|code| is_transient(StatusCode::from_u16(*code).unwrap()))
            .collect();
        assert_eq!(
            retried,
            [
                408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524
            ]
        );
        for code in 200..400 {
            assert!(!is_transient(StatusCode::from_u16(code).unwrap()), "{code}");
        }
    }

    #[test]
    fn delays_are_jittered_below_a_doubling_bound() {
        for _ in 0..50 {
            let delays: Vec<_> = delays(TRIES).collect();
            assert_eq!(delays.len(), TRIES - 1);
            for (delay, bound) in delays.iter().zip([500, 1000, 2000, 4000]) {
                assert!(*delay <= Duration::from_millis(bound), "{delays:?}");
            }
        }
        assert_eq!(delays(1).count(), 0);
    }

    #[test]
    fn a_body_that_comes_slowly_is_asked_for_twice() {
        let mut tries = Tries::new(TRIES);
        assert!(tries.next(true).is_some());
        assert_eq!(tries.next(true), None);
    }

    #[test]
    fn what_is_counted_over_hours_is_not_asked_for_again() {
        for (value, wanted) in [
            ("0;w=21600", true),
            ("1;w=21600", false),
            ("0;w=60", false),
            ("0", false),
            ("0;w=", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("ratelimit-remaining", HeaderValue::from_static(value));
            assert_eq!(is_counted_out(&headers), wanted, "{value}");
        }
        assert!(!is_counted_out(&HeaderMap::new()));
    }

    #[test]
    fn points_in_time_are_read_where_apis_name_them() {
        let now: Timestamp = "2026-08-21T10:00:00Z".parse().unwrap();
        for (lines, wanted, is_limit) in [
            (&[("x-retry-after", "1787306430")][..], Some(30), false),
            (&[("x-retry-after", "1787306300")], None, false),
            (&[("x-retry-after", "soon")], None, false),
            (&[("x-retry-after", "1787306430000")], None, false),
            (
                &[("retry-after", "7"), ("x-retry-after", "1787306430")],
                Some(7),
                true,
            ),
            (
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1787306410"),
                ],
                Some(10),
                true,
            ),
            (
                &[
                    ("x-ratelimit-remaining", "4"),
                    ("x-ratelimit-reset", "1787306410"),
                ],
                None,
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let asked = retry_after(&headers, now).map(|pause| pause.as_secs());
            assert_eq!(asked, wanted, "{lines:?}");
            let forbidden = is_throttled(StatusCode::FORBIDDEN, &headers);
            assert_eq!(forbidden, is_limit, "{lines:?}");
            assert!(is_throttled(StatusCode::TOO_MANY_REQUESTS, &headers));
            assert!(!is_throttled(StatusCode::OK, &headers));
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        let now: Timestamp = "2026-08-21T10:00:00Z".parse().unwrap();
        let asked = |value: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_str(date).unwrap());
            }
            retry_after(&headers, now).map(|pause| pause.as_millis())
        };
        let huge = "9".repeat(400);
        for (value, wanted) in [
            ("30", Some(30_000)),
            (" 7 ", Some(7000)),
            ("1.5", Some(1500)),
            ("0", None),
            ("0.0", None),
            ("18446744073709551616", Some(1_000_000_000_000)),
            (huge.as_str(), Some(1_000_000_000_000)),
            ("Fri, 21 Aug 2026 10:01:00 GMT", Some(60_000)),
            ("Fri, 21 Aug 2026 09:00:00 GMT", None),
            ("soon", None),
            ("-5", None),
            ("1e9", None),
            ("1.2.3", None),
            (".5", None),
            ("inf", None),
        ] {
            assert_eq!(asked(value, None), wanted, "{value}");
        }
        // A server whose clock is an hour late, and one that is an hour early.
        let date = "Fri, 21 Aug 2026 09:00:20 GMT";
        let own = Some("Fri, 21 Aug 2026 09:00:00 GMT");
        assert_eq!(asked(date, own), Some(20_000));
        let date = "Fri, 21 Aug 2026 11:00:02 GMT";
        let own = Some("Fri, 21 Aug 2026 11:00:00 GMT");
        assert_eq!(asked(date, own), Some(2000));
        assert_eq!(asked(date, Some("yesterday")), Some(3_602_000));
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
