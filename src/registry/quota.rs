//! What a registry says of itself in headers of any answer: how much it lets us ask, and
//! what time it has (RFC 9110 §6.6.1; draft-ietf-httpapi-ratelimit-headers; the older
//! `X-RateLimit-…`).

use std::time::Duration;

use jiff::SignedDuration;

use crate::http::Headers;
use crate::model::Timestamp;

/// How much the registry lets us ask, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests allowed in a window.
    pub limit: Option<u64>,
    /// Requests left of them.
    pub remaining: Option<u64>,
    /// How long a window is.
    pub window: Option<Duration>,
    /// How long until there are as many as at first, counted from the answer.
    pub reset: Option<Duration>,
}

/// Above this a number of seconds is a point in time and no span.
const EPOCH_FROM: u64 = 1_000_000_000;

/// The quota that `headers` state, received at `now`.
pub(super) fn quota(headers: Headers<'_>, now: Timestamp) -> Option<Quota> {
    // Most answers say nothing of it.
    if !headers.any_named("ratelimit") {
        return None;
    }
    let text = |name: &str| headers.get(name);
    let either = |name: &str| {
        text(&format!("ratelimit-{name}")).or_else(|| text(&format!("x-ratelimit-{name}")))
    };
    let (limit, remaining, reset) = (either("limit"), either("remaining"), either("reset"));
    let (joint, policy) = (text("ratelimit"), text("ratelimit-policy"));
    // Numbers are all that is taken of them.
    let [limit, remaining, reset, joint, policy] = [&limit, &remaining, &reset, &joint, &policy]
        .map(|value| Some(value.as_ref()?.uncovered()));
    // `"default";r=50;t=30` beside a policy, or `limit=100, remaining=50, reset=30`.
    let window = [limit, remaining, policy, joint]
        .into_iter()
        .flatten()
        .find_map(|value| parameter(value, &["w", "window"]));
    let reset = reset
        .and_then(leading)
        .or_else(|| parameter(joint?, &["t", "reset"]));
    let found = Quota {
        limit: limit
            .and_then(leading)
            .or_else(|| parameter(joint?, &["limit"]))
            .or_else(|| parameter(policy?, &["q"])),
        remaining: remaining
            .and_then(leading)
            .or_else(|| parameter(joint?, &["r", "remaining"])),
        window: window.map(Duration::from_secs),
        reset: reset.map(|seconds| {
            let ahead = if seconds < EPOCH_FROM {
                seconds
            } else {
                let now = u64::try_from(now.as_second()).unwrap_or_default();
                seconds.saturating_sub(now)
            };
            Duration::from_secs(ahead)
        }),
    };
    (found.limit.is_some() || found.remaining.is_some()).then_some(found)
}

/// The number that `value` begins with.
fn leading(value: &str) -> Option<u64> {
    let value = value.trim_start();
    let digits = value
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(value.len());
    value[..digits].parse().ok()
}

/// The number that one of `keys` has among the parameters of `value`.
fn parameter(value: &str, keys: &[&str]) -> Option<u64> {
    value.split([';', ',']).find_map(|part| {
        let (key, number) = part.split_once('=')?;
        keys.contains(&key.trim()).then(|| leading(number))?
    })
}

/// How far the server's clock is ahead of `now`; `None` where it does not say its time.
pub(super) fn clock_skew(headers: Headers<'_>, now: Timestamp) -> Option<SignedDuration> {
    let date = headers.get(crate::http::header::DATE)?;
    let theirs = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date.uncovered().trim())
        .ok()?;
    // A date has no fraction; ours is cut the same way.
    Some(SignedDuration::from_secs(
        theirs.as_second() - now.as_second(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Cover, HeaderMap, HeaderName};

    const NOW: &str = "2026-08-21T10:00:00.9Z";

    fn headers(lines: &str) -> HeaderMap {
        lines
            .lines()
            .filter_map(|line| line.trim().split_once(": "))
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, value.parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn quotas_are_read_in_every_form() {
        for (lines, wanted) in [
            ("content-type: text/plain", None),
            ("retry-after: 5\nratelimit-reset: 5", None),
            ("ratelimit-limit: many", None),
            (
                "ratelimit-limit: 100;w=21600\nratelimit-remaining: 87;w=21600",
                Some([Some(100), Some(87), Some(21600), None]),
            ),
            (
                "RateLimit-Limit: 10, 10;w=1;burst=1000\nratelimit-remaining: 9\nratelimit-reset: 1",
                Some([Some(10), Some(9), Some(1), Some(1)]),
            ),
            (
                "ratelimit: limit=100, remaining=50, reset=5",
                Some([Some(100), Some(50), None, Some(5)]),
            ),
            (
                "ratelimit-policy: \"default\";q=100;w=60\nratelimit: \"default\";r=50;t=30",
                Some([Some(100), Some(50), Some(60), Some(30)]),
            ),
            // GitHub: a point in time, 30 seconds from now.
            (
                "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-reset: 1787306430",
                Some([Some(5000), Some(4999), None, Some(30)]),
            ),
            (
                "x-ratelimit-remaining: 0\nx-ratelimit-reset: 1000000001",
                Some([None, Some(0), None, Some(0)]),
            ),
        ] {
            let found = quota(
                Headers::new(&headers(lines), &Cover::default()),
                NOW.parse().unwrap(),
            )
            .map(|quota| {
                let seconds = |span: Option<Duration>| span.map(|span| span.as_secs());
                [
                    quota.limit,
                    quota.remaining,
                    seconds(quota.window),
                    seconds(quota.reset),
                ]
            });
            assert_eq!(found, wanted, "{lines}");
        }
    }

    #[test]
    fn the_servers_clock_is_compared_with_ours() {
        for (date, wanted) in [
            ("Fri, 21 Aug 2026 10:00:00 GMT", Some(0)),
            ("Fri, 21 Aug 2026 10:05:00 GMT", Some(300)),
            ("Fri, 21 Aug 2026 09:59:00 GMT", Some(-60)),
            ("yesterday", None),
        ] {
            let headers = headers(&format!("date: {date}"));
            let cover = Cover::default();
            let skew = clock_skew(Headers::new(&headers, &cover), NOW.parse().unwrap());
            assert_eq!(skew, wanted.map(SignedDuration::from_secs), "{date}");
        }
        let (none, cover) = (HeaderMap::new(), Cover::default());
        assert_eq!(
            clock_skew(Headers::new(&none, &cover), NOW.parse().unwrap()),
            None
        );
    }
}
