//! A request and its answer, whole: bodies are read into memory up to a cap.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION,
};
use reqwest::{Method, StatusCode, Url};
use zeroize::Zeroizing;

use super::cover::Cover;
use super::wire::{Headers, Wire};

/// Bytes of a body that are looked at as text: more than a cover looks at, so that it
/// sees that the text goes on.
const BEGINNING: usize = 66 * 1024;

/// Reads the status that an answer of this status and body stands for.
pub type Means = fn(StatusCode, &[u8]) -> StatusCode;

/// A request.
#[derive(Clone)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// Its headers. Values that are secrets are marked sensitive.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Option<Bytes>,
    /// The most bytes of the answer's body that are read, after decompression.
    pub cap: usize,
    /// Whether a redirect to another origin is refused: a list comes from the registry
    /// itself, and whoever sends its reader elsewhere is a login page.
    pub stays: bool,
    /// What it is asked of, where that may be refused as a whole: a repository.
    group: Option<u64>,
    /// Whether it may be sent twice although its method does not say so.
    repeats: bool,
    /// The status that an answer stands for, where its own says less.
    means: Option<Means>,
    /// What is secret on the way that it takes; known once it is sent.
    pub(super) cover: Cover,
}

impl Request {
    /// A `GET` whose answer is read up to `cap` bytes.
    pub fn get(url: Url, cap: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: None,
            cap,
            stays: false,
            group: None,
            repeats: false,
            means: None,
            cover: Cover::default(),
        }
    }

    /// A `HEAD`.
    pub fn head(url: Url) -> Self {
        Self {
            method: Method::HEAD,
            ..Self::get(url, 0)
        }
    }

    /// An `OPTIONS`, which asks what may be done and does nothing.
    pub fn options(url: Url, cap: usize) -> Self {
        Self {
            method: Method::OPTIONS,
            ..Self::get(url, cap)
        }
    }

    /// A `POST` of a form that asks for something and changes nothing. Its body is a
    /// secret: no redirect takes it anywhere, and nothing shows it.
    pub fn post_form(url: Url, cap: usize) -> Self {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        Self {
            method: Method::POST,
            repeats: true,
            ..Self::get(url, cap)
        }
        .with_header(reqwest::header::CONTENT_TYPE, form)
    }

    /// A `POST` of plain text that asks for something and changes nothing.
    pub fn post_text(url: Url, cap: usize) -> Self {
        let text = HeaderValue::from_static("text/plain");
        Self {
            method: Method::POST,
            repeats: true,
            ..Self::get(url, cap)
        }
        .with_header(reqwest::header::CONTENT_TYPE, text)
    }

    /// A `POST` of JSON, of this media type, that asks for something and changes nothing.
    pub fn post_json(url: Url, cap: usize, media_type: &'static str) -> Self {
        Self {
            method: Method::POST,
            repeats: true,
            ..Self::get(url, cap)
        }
        .with_header(
            reqwest::header::CONTENT_TYPE,
            HeaderValue::from_static(media_type),
        )
    }

    /// The same, of a server that says in the body of its answers what others say by the
    /// status: that it is asked too much, for example.
    pub fn with_meaning(self, means: Means) -> Self {
        Self {
            means: Some(means),
            ..self
        }
    }

    /// The same answer, of the status that it stands for.
    pub(super) fn understood(&self, mut response: Response) -> Response {
        if let Some(means) = self.means {
            response.status = means(response.status, &response.body);
        }
        response
    }

    /// With a body.
    pub fn with_body(mut self, body: Zeroizing<String>) -> Self {
        // Its bytes are wiped when the last request that holds them is gone.
        self.body = Some(Bytes::from_owner(Wiped(body)));
        self
    }

    /// The same, for this origin alone.
    pub fn staying(self) -> Self {
        Self {
            stays: true,
            ..self
        }
    }

    /// The same, as one of a group: requests that stand and fall together, as those of one
    /// repository do. Where several of a group have used up their tries and none of it was
    /// answered, the others get one try each, until one is answered.
    pub fn in_group(self, group: u64) -> Self {
        Self {
            group: Some(group),
            ..self
        }
    }

    /// With one header more.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Method and URL as messages show them.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.method, self.cover.show_url(&self.url))
    }

    /// The group that it is of.
    pub(super) fn group(&self) -> Option<u64> {
        self.group
    }

    /// Whether it may be sent twice without harm.
    pub(super) fn may_repeat(&self) -> bool {
        self.repeats || self.is_safe()
    }

    /// Whether it changes nothing by its method (RFC 9110 §9.2.1).
    pub(super) fn is_safe(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Takes out every header that must not reach another origin.
    pub(super) fn strip_secrets(&mut self) {
        let names: Vec<HeaderName> = self
            .headers
            .iter()
            .filter(|(name, value)| {
                value.is_sensitive() || [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE].contains(name)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.headers.remove(name);
        }
    }
}

/// Text as the owner of a body's bytes.
struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// An answer.
#[derive(Clone)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, which other rooms see by [`Response::headers`].
    pub(super) headers: HeaderMap,
    /// Its body, decompressed. Of an answer that is no success at most 64 KiB are kept.
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: Url,
    /// What is secret on the way that it came.
    pub(super) cover: Cover,
}

impl Response {
    /// Its headers.
    pub fn headers(&self) -> Headers<'_> {
        Headers::new(&self.headers, &self.cover)
    }

    /// How long the sender is asked to wait, where it is asked to.
    pub fn asked_to_wait(&self) -> Option<Duration> {
        if !super::retry::is_transient(self.status) && !self.is_throttled() {
            return None;
        }
        super::retry::retry_after(&self.headers, super::wall_clock())
    }

    /// Whether it refuses because too much was asked.
    pub fn is_throttled(&self) -> bool {
        super::retry::is_throttled(self.status, &self.headers)
    }

    /// A header's value, where it is there once or more and is text.
    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<Wire<'_>> {
        self.headers().get(name)
    }

    /// What covers everything that is shown of it.
    pub fn cover(&self) -> &Cover {
        &self.cover
    }

    /// The beginning of its body as text, as much as is ever shown of one and more.
    pub fn beginning(&self) -> Wire<'_> {
        let start = self.body.trim_ascii_start();
        let start = &start[..start.len().min(BEGINNING)];
        Wire::new(String::from_utf8_lossy(start), &self.cover)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} from {}, {} bytes",
            self.status,
            self.cover.show_url(&self.url),
            self.body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret_and_strip_leaves_none() {
        let mut key = HeaderValue::from_static("hunter2");
        key.set_sensitive(true);
        let mut request = Request::get("https://h/?sig=hunter2".parse().unwrap(), 1)
            .with_header(HeaderName::from_static("x-key"), key)
            .with_header(AUTHORIZATION, HeaderValue::from_static("Basic hunter2"))
            .with_header(reqwest::header::ACCEPT, HeaderValue::from_static("*/*"));
        assert!(!format!("{request:?}").contains("hunter2"));
        request.strip_secrets();
        assert_eq!(request.headers.len(), 1);
    }
}
