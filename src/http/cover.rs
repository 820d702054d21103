//! What is secret on one way to a registry, and the one way from wire to reader: text of
//! an answer becomes [`Shown`] by being covered here, before it is folded or cut.
//!
//! Knows every credential, token and sensitive header of its way, each before it is sent
//! or as soon as it is received. Knows nothing of what texts mean.

mod forms;
#[cfg(test)]
mod tests;
mod views;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::message::Request;
use super::safe_url;
use crate::model::{CredentialKind, Credentials, text};
use forms::Forms;

/// What stands in place of a secret.
pub(super) const COVERED: &str = "(not shown)";

/// Most bytes of a text that are looked at; those behind are not shown either.
const WINDOW: usize = 64 * 1024;

/// Most bytes of a longer text that are shown: a secret that the end of the window cuts
/// lies behind them.
const VISIBLE: usize = 32 * 1024;

/// The type of bodies that hold secrets.
const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// Fields of a form that say nothing secret.
const OPEN_FIELDS: [&str; 4] = ["grant_type", "service", "client_id", "scope"];

/// Text of the wire as it may be shown: covered, on one line, harmless, of bounded length.
/// Nothing but a [`Cover`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shown(String);

impl Shown {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secrets of one way to a registry. Clones share them.
#[derive(Clone, Default)]
pub struct Cover(Arc<RwLock<Forms>>);

/// What is secret of the key file of a Google service account, as it is written there and as it
/// is read; `None` where `password` is none. The project and the address beside it are not:
/// names of repositories hold them.
fn private_key(user: &str, password: &str) -> Option<[Zeroizing<String>; 2]> {
    #[derive(Deserialize)]
    struct KeyFile {
        private_key: String,
    }
    if user != "_json_key" {
        return None;
    }
    let file: KeyFile = serde_json::from_str(password.trim()).ok()?;
    let as_read = Zeroizing::new(file.private_key);
    let as_written = Zeroizing::new(serde_json::to_string(as_read.as_str()).ok()?);
    let as_written = Zeroizing::new(as_written.trim_matches('"').to_owned());
    let is_key = as_read.contains("PRIVATE KEY-----") && password.contains(as_written.as_str());
    is_key.then_some([as_written, as_read])
}

impl Cover {
    /// Learns what the requests of `credentials` will carry.
    pub fn learn_credentials(&self, credentials: &Credentials) {
        let secret = credentials.password.expose();
        match credentials.kind {
            CredentialKind::Password => self.learn_password(&credentials.username, secret),
            // The id of an AWS key is no secret, and never sent beside it.
            CredentialKind::IdentityToken
            | CredentialKind::RegistryToken
            | CredentialKind::AwsKeys => self.learn_token(secret),
        }
    }

    /// Learns a user's password, by itself and as Basic sends it (RFC 7617).
    pub(super) fn learn_password(&self, user: &str, password: &str) {
        if password.is_empty() {
            return;
        }
        let pair = Zeroizing::new(format!("{user}:{password}"));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        let mut forms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some([as_written, as_read]) = private_key(user, password) {
            forms.add_secret(&as_written);
            forms.add_secret(&as_read);
            forms.add_whole(password);
            forms.add_whole(&pair);
            forms.add_whole(&encoded);
            return;
        }
        forms.add_secret(password);
        forms.add_secret(&pair);
        forms.add_secret(&encoded);
    }

    /// Learns a token, of which also parts are secret.
    pub fn learn_token(&self, token: &str) {
        let token = token.trim();
        let knows = |forms: &Forms| token.is_empty() || forms.has_token(token);
        // Requests repeat their tokens: most are known.
        if knows(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut forms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        forms.add_token(token);
    }

    /// Learns what is secret of `request`, which is about to be sent.
    pub(super) fn learn_request(&self, request: &Request) {
        for value in request.headers.values().filter(|v| v.is_sensitive()) {
            self.learn_header(value);
        }
        let media_type = request.headers.get(reqwest::header::CONTENT_TYPE);
        let is_form = media_type.is_some_and(|value| value.as_bytes() == FORM);
        let body = request.body.iter().filter(|_| is_form);
        for (key, value) in body.flat_map(|body| url::form_urlencoded::parse(body)) {
            if !OPEN_FIELDS.contains(&&*key) {
                self.learn_token(&value);
            }
        }
    }

    fn learn_header(&self, value: &HeaderValue) {
        let Ok(text) = value.to_str() else {
            return;
        };
        let (scheme, secret) = text.split_once(' ').unwrap_or(("", text));
        if scheme == "Basic"
            && let Ok(pair) = STANDARD.decode(secret).map(Zeroizing::new)
            && let Ok(pair) = std::str::from_utf8(&pair)
            && let Some((user, password)) = pair.split_once(':')
        {
            if self.0.read().is_ok_and(|forms| forms.has_secret(secret)) {
                return;
            }
            self.learn_password(user, password);
        } else {
            self.learn_token(secret);
        }
    }

    /// `text` as it may be shown, at most `max` characters of it.
    pub fn show(&self, text: &str, max: usize) -> Shown {
        self.shown(text, max, text::fold)
    }

    /// The same with its blanks as they are, line breaks and tabs being blanks: for values
    /// in which each of them counts.
    pub fn show_spaced(&self, text: &str, max: usize) -> Shown {
        self.shown(text, max, text::space)
    }

    fn shown(&self, text: &str, max: usize, on_one_line: fn(&str) -> String) -> Shown {
        let (mut seen, mut until) = (text, text.len());
        if text.len() > WINDOW {
            seen = &text[..text.floor_char_boundary(WINDOW)];
            until = VISIBLE;
        }
        let covered = self.covered(seen, until);
        let covered = covered.as_deref().unwrap_or(seen);
        let folded = on_one_line(covered);
        // What folding brought together was apart before.
        let again = (folded != covered)
            .then(|| self.covered(&folded, folded.len()))
            .flatten();
        let whole = again.as_deref().unwrap_or(&folded);
        Shown(text::shorten(&text::harmless(whole), max).into_owned())
    }

    /// `url` as it may be shown: without user information and fragment, and without the
    /// values of query parameters that look like secrets.
    pub fn show_url(&self, url: &Url) -> Shown {
        self.show(&safe_url::redacted(url), safe_url::SHOWN)
    }

    /// Path and query of `url`, by the same rules.
    pub fn show_path(&self, url: &Url) -> Shown {
        self.show(&safe_url::path_and_query(url), safe_url::SHOWN)
    }

    /// Whether a secret of eight characters or more stands in `text`, in any of its forms.
    /// For names, tags and digests, which are never altered. Takes no memory where the
    /// text holds neither a secret nor anything encoded.
    pub fn holds(&self, text: &str) -> bool {
        let forms = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if forms.is_in(text.as_bytes()) {
            return true;
        }
        views::is_encoded(text, forms.has_blank)
            && views::decoded(text)
                .iter()
                .any(|view| forms.is_in(view.bytes()))
    }

    /// A whole document with every secret of eight characters or more covered; `None` where
    /// it holds none, and is as it came.
    ///
    /// It is looked through in pieces, which overlap: what is decoded of a text takes many
    /// times its memory.
    pub fn cover_document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let text = String::from_utf8_lossy(bytes);
        let forms = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        let mut from = 0;
        loop {
            let until = text.floor_char_boundary(from + WINDOW);
            let piece = &text[from..until];
            forms.find(piece.as_bytes(), |range| {
                found.push(from + range.start..from + range.end);
            });
            if views::is_encoded(piece, forms.has_blank) {
                for view in views::decoded(piece) {
                    forms.find(view.bytes(), |range| {
                        let range = view.origin(&range);
                        found.push(from + range.start..from + range.end);
                    });
                }
            }
            if until == text.len() {
                break;
            }
            from = text.floor_char_boundary(from + WINDOW - VISIBLE);
        }
        if found.is_empty() {
            return None;
        }
        found.sort_unstable_by_key(|range| range.start);
        Some(without(&text, &found, text.len()).into_bytes())
    }

    /// The first `until` bytes of `text` with every secret covered; `None` where nothing
    /// is left out.
    fn covered(&self, text: &str, until: usize) -> Option<String> {
        let forms = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        if forms.is_short_secret(text.as_bytes()) {
            return Some(COVERED.to_owned());
        }
        forms.find(text.as_bytes(), |range| found.push(range));
        if views::is_encoded(text, forms.has_blank) {
            for view in views::decoded(text) {
                if forms.is_short_secret(view.bytes()) {
                    return Some(COVERED.to_owned());
                }
                forms.find(view.bytes(), |range| found.push(view.origin(&range)));
            }
        }
        if found.is_empty() && until >= text.len() {
            return None;
        }
        found.sort_unstable_by_key(|range| range.start);
        Some(without(text, &found, until))
    }
}

impl fmt::Debug for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cover(…)")
    }
}

/// `text` up to `until`, without `found`, which is in order.
fn without(text: &str, found: &[Range<usize>], until: usize) -> String {
    let until = text.floor_char_boundary(until);
    let mut shown = String::new();
    let mut at = 0;
    let mut ranges = found.iter().peekable();
    while let Some(range) = ranges.next() {
        let start = text.floor_char_boundary(range.start);
        if start >= until {
            break;
        }
        let mut end = range.end;
        // What overlaps or touches is one.
        while let Some(next) = ranges.next_if(|next| next.start <= end) {
            end = end.max(next.end);
        }
        shown.push_str(&text[at.min(start)..start]);
        shown.push_str(COVERED);
        at = text.ceil_char_boundary(end);
    }
    if at < until {
        shown.push_str(&text[at..until]);
    }
    shown
}
