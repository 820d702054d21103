//! Text as a server sent it. It may be compared and read; to be shown it is covered first.

use std::borrow::Cow;
use std::str::FromStr;

use reqwest::header::{AsHeaderName, HeaderMap};

use super::cover::{Cover, Shown};

/// A text of an answer.
#[derive(Clone, Debug)]
pub struct Wire<'a> {
    text: Cow<'a, str>,
    cover: &'a Cover,
}

impl<'a> Wire<'a> {
    /// `text`, which came by the way of `cover`.
    pub fn new(text: impl Into<Cow<'a, str>>, cover: &'a Cover) -> Self {
        Self {
            text: text.into(),
            cover,
        }
    }

    /// Whether it is this.
    pub fn is(&self, other: &str) -> bool {
        self.text == other
    }

    /// Whether it is this, upper and lower case being the same.
    pub fn is_like(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }

    /// Whether it begins so.
    pub fn starts_with(&self, start: &str) -> bool {
        self.text.starts_with(start)
    }

    /// What it says as a value of its own.
    pub fn parse<T: FromStr>(&self) -> Option<T> {
        self.text.parse().ok()
    }

    /// What is behind `start`.
    pub fn strip_prefix(&self, start: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(start)?.to_owned();
        Some(Self::new(rest, self.cover))
    }

    /// What stands before `end`, without blanks around it; all of it where there is none.
    pub fn before(&self, end: char) -> Self {
        let start = self.text.split(end).next().unwrap_or_default().trim();
        Self::new(start.to_owned(), self.cover)
    }

    /// Its first word.
    pub fn word(&self) -> Option<Self> {
        let word = self.text.split_whitespace().next()?.to_owned();
        Some(Self::new(word, self.cover))
    }

    /// As it may be shown, at most `max` characters of it.
    pub fn show(&self, max: usize) -> Shown {
        self.cover.show(&self.text, max)
    }

    /// Whether a secret of eight characters or more is in it.
    pub fn holds_secret(&self) -> bool {
        self.cover.holds(&self.text)
    }

    /// The text as it came, for parsers of a form of their own; never to be shown.
    pub fn uncovered(&self) -> &str {
        &self.text
    }
}

/// The headers of an answer.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    map: &'a HeaderMap,
    cover: &'a Cover,
}

impl<'a> Headers<'a> {
    /// `map`, which came by the way of `cover`.
    pub fn new(map: &'a HeaderMap, cover: &'a Cover) -> Self {
        Self { map, cover }
    }

    /// A header's first value, where it is there and is ASCII.
    pub fn get(&self, name: impl AsHeaderName) -> Option<Wire<'a>> {
        let text = self.map.get(name)?.to_str().ok()?;
        Some(Wire::new(text, self.cover))
    }

    /// Every value of a header; what is no text is replaced.
    pub fn all<N: AsHeaderName>(self, name: N) -> impl Iterator<Item = Wire<'a>> + use<'a, N> {
        let cover = self.cover;
        let values = self.map.get_all(name).into_iter();
        values.map(move |value| Wire::new(String::from_utf8_lossy(value.as_bytes()), cover))
    }

    /// Whether there is such a header.
    pub fn has(&self, name: impl AsHeaderName) -> bool {
        self.map.contains_key(name)
    }

    /// Whether the name of any header holds `part`.
    pub fn any_named(&self, part: &str) -> bool {
        self.map.keys().any(|name| name.as_str().contains(part))
    }

    /// What covers them.
    pub fn cover(&self) -> &'a Cover {
        self.cover
    }
}
