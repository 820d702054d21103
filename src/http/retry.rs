//! What is tried again, how often and after how long. The only place that retries.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

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

/// The waits between `tries` sendings: full jitter over half a second, doubled each time.
pub(super) fn delays(tries: usize) -> impl Iterator<Item = Duration> + Send {
    let plain = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(500))
        .with_factor(2.0)
        .with_max_delay(Duration::from_mins(1))
        .with_max_times(tries.saturating_sub(1));
    // backon's jitter adds up to the delay on top of it; what it adds is the full jitter.
    plain
        .with_jitter()
        .build()
        .zip(plain.build())
        .map(|(jittered, plain)| jittered.saturating_sub(plain))
}

/// What `Retry-After` asks for: seconds or an HTTP date (RFC 9110 §10.2.3). A date that
/// has passed asks for nothing.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    let pause = Duration::try_from(at.duration_since(now)).ok()?;
    (!pause.is_zero()).then_some(pause)
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
    fn retry_after_is_read_as_seconds_or_date() {
        let now: Timestamp = "2026-08-21T10:00:00Z".parse().unwrap();
        for (value, wanted) in [
            ("30", Some(30)),
            (" 7 ", Some(7)),
            ("0", None),
            ("Fri, 21 Aug 2026 10:01:00 GMT", Some(60)),
            ("Fri, 21 Aug 2026 09:00:00 GMT", None),
            ("soon", None),
            ("-5", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
            assert_eq!(
                retry_after(&headers, now),
                wanted.map(Duration::from_secs),
                "{value}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
