//! One request and its answer as they may be shown to people: everything that could be a
//! secret is left out, and bodies are only counted.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::cover::{COVERED, Cover};
use super::error::HttpError;
use super::message::{Request, Response};
use super::wall_clock;
use crate::model::Sent;

/// Parts of header names whose values are not shown.
const SECRET_NAMES: [&str; 8] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "key",
    "password",
    "credential",
    "session",
];

/// Longest header value shown, in characters.
const SHOWN: usize = 400;

/// A request that was sent, and what came of it.
pub struct Exchange<'a> {
    pub(super) request: &'a Request,
    pub(super) outcome: &'a Result<Response, HttpError>,
    pub(super) elapsed: Duration,
    /// How long it waited for its turn.
    pub(super) waited: Duration,
}

impl Exchange<'_> {
    /// The exchange as a line of a log.
    pub fn sent(&self) -> Sent {
        let cover = &self.request.cover;
        let answer = self.outcome.as_ref().ok();
        Sent {
            at: wall_clock(),
            method: self.request.method.to_string(),
            url: cover.show_url(&self.request.url).into_string(),
            status: answer.map(|response| response.status.as_u16()),
            bytes: answer.map_or(0, |response| response.body.len()),
            waited: self.waited,
            took: self.elapsed,
            trouble: self.outcome.as_ref().err().map(ToString::to_string),
        }
    }
}

impl fmt::Display for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "> {}", self.request.shown())?;
        let cover = &self.request.cover;
        headers(f, '>', &self.request.headers, cover)?;
        if let Some(body) = &self.request.body {
            writeln!(f, "> ({} bytes that are not shown)", body.len())?;
        }
        let took = self.elapsed.as_millis();
        match self.outcome {
            Ok(response) => {
                writeln!(f, "< {} after {took} ms", response.status)?;
                headers(f, '<', &response.headers, cover)?;
                writeln!(f, "< ({} bytes)", response.body.len())
            }
            Err(error) => writeln!(f, "< nothing after {took} ms: {error}"),
        }
    }
}

fn headers(
    f: &mut fmt::Formatter<'_>,
    sign: char,
    headers: &HeaderMap,
    cover: &Cover,
) -> fmt::Result {
    for (name, value) in headers {
        let shown_name = cover.show(name.as_str(), SHOWN);
        writeln!(f, "{sign} {shown_name}: {}", shown(name, value, cover))?;
    }
    Ok(())
}

/// A header's value as it may be shown.
fn shown(name: &HeaderName, value: &HeaderValue, cover: &Cover) -> String {
    let is_challenge = name.as_str().ends_with("-authenticate");
    let is_secret = value.is_sensitive()
        || (!is_challenge && SECRET_NAMES.iter().any(|part| name.as_str().contains(part)));
    if is_secret {
        // The scheme says what was tried, and gives nothing away.
        let scheme = value
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .map(|(scheme, _)| scheme)
            .filter(|scheme| ["Basic", "Bearer"].contains(scheme));
        return match scheme {
            Some(scheme) => format!("{scheme} {COVERED}"),
            None => COVERED.to_owned(),
        };
    }
    let value = String::from_utf8_lossy(value.as_bytes());
    // Storage links carry their signature in the query.
    match value.parse::<reqwest::Url>() {
        Ok(url) if url.has_host() => cover.show_url(&url).into_string(),
        _ => cover.show(&value, SHOWN).into_string(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::{AUTHORIZATION, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};

    use super::*;

    #[test]
    fn no_secret_is_shown_and_everything_else_is() {
        let mut basic = HeaderValue::from_static("Basic aHVudGVyMg==");
        basic.set_sensitive(true);
        let request = Request::get("https://h/v2/?sig=hunter2".parse().unwrap(), 1)
            .with_header(AUTHORIZATION, basic);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (WWW_AUTHENTICATE, r#"Bearer realm="https://auth/token""#),
            (SET_COOKIE, "sid=hunter2"),
            (LOCATION, "https://s3.example/blob?X-Amz-Signature=hunter2"),
            (HeaderName::from_static("x-amz-security-token"), "hunter2"),
            (HeaderName::from_static("server"), "nginx\u{7f}"),
        ] {
            headers.append(
                name,
                HeaderValue::from_bytes(value.replace('\u{7f}', "\u{e9}").as_bytes()).unwrap(),
            );
        }
        let outcome = Ok(Response {
            status: StatusCode::UNAUTHORIZED,
            headers,
            body: Bytes::from_static(b"{\"token\":\"hunter2\"}"),
            url: request.url.clone(),
            cover: Cover::default(),
        });
        let exchange = Exchange {
            request: &request,
            outcome: &outcome,
            elapsed: Duration::from_millis(12),
            waited: Duration::from_millis(3),
        };
        let line = exchange.sent();
        assert_eq!(line.url, "https://h/v2/?sig=…");
        assert_eq!((line.status, line.bytes), (Some(401), 19));
        assert!(!format!("{line:?}").contains("hunter2"));
        let text = exchange.to_string();
        assert!(
            !text.contains("hunter2") && !text.contains("aHVudGVy"),
            "{text}"
        );
        for part in [
            "> GET https://h/v2/?sig=…",
            "> authorization: Basic (not shown)",
            "< 401 Unauthorized after 12 ms",
            "< www-authenticate: Bearer realm=\"https://auth/token\"",
            "< location: https://s3.example/blob?X-Amz-Signature=…",
            "< server: nginx",
            "< (19 bytes)",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}
