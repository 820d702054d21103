//! URLs as messages and logs may show them: without user information, fragment, and the
//! values of query parameters that look like secrets (presigned storage links carry them).

use reqwest::Url;

use crate::model::text;

/// Longest URL shown, in characters.
pub(super) const SHOWN: usize = 300;

/// Parts of query keys whose values are not shown.
const SECRET_KEYS: [&str; 11] = [
    "token",
    "sig",
    "secret",
    "passw",
    "key",
    "credential",
    "auth",
    "session",
    "policy",
    "code",
    "x-amz-",
];

/// `url` for a message, a log line or a crash report; whole, for it is still to be covered.
pub(super) fn redacted(url: &Url) -> String {
    let mut shown = format!("{}://", url.scheme());
    shown.push_str(url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        shown.push(':');
        shown.push_str(&port.to_string());
    }
    shown.push_str(&path_and_query(url));
    text::harmless(&shown).into_owned()
}

/// Path and query of `url`, by the same rules.
pub(super) fn path_and_query(url: &Url) -> String {
    let mut shown = url.path().to_owned();
    for (index, pair) in url
        .query()
        .into_iter()
        .flat_map(|q| q.split('&'))
        .enumerate()
    {
        shown.push(if index == 0 { '?' } else { '&' });
        let key = pair.split('=').next().unwrap_or(pair);
        if is_secret(key) {
            shown.push_str(key);
            shown.push_str("=…");
        } else {
            shown.push_str(pair);
        }
    }
    text::harmless(&shown).into_owned()
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // `next_page`, `last` and the like are cursors, not secrets.
    SECRET_KEYS.iter().any(|part| key.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_urls_are_not_shown() {
        for (url, shown) in [
            (
                "https://ann:pw@h.example:8443/a?X-Amz-Signature=dead&n=5#frag",
                "https://h.example:8443/a?X-Amz-Signature=…&n=5",
            ),
            (
                "http://h/v2/_catalog?last=team%2Fapp&n=2",
                "http://h/v2/_catalog?last=team%2Fapp&n=2",
            ),
            (
                "https://h/b?sig=abc&access_token=x",
                "https://h/b?sig=…&access_token=…",
            ),
            ("https://[::1]:5000/", "https://[::1]:5000/"),
            (
                "https://h/token?service=s&scope=repository:a:pull",
                "https://h/token?service=s&scope=repository:a:pull",
            ),
        ] {
            assert_eq!(redacted(&url.parse().unwrap()), shown);
        }
    }
}
