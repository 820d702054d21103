//! Answers: the registry's forms of success and error, and answers spoilt by a fault.
//!
//! Knows bytes, headers and how a body can break off; not what it is about.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, LINK, LOCATION,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::document::to_json;
use super::fault::What;
use super::token::Need;

pub(super) const DOCKER_CONTENT_DIGEST: HeaderName =
    HeaderName::from_static("docker-content-digest");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// An answer before it is put on the wire.
pub(super) type Answer = Response<Bytes>;

/// An answer with a status, a type and a body.
pub(super) fn answer(status: StatusCode, media_type: HeaderValue, body: Bytes) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}

pub(super) fn json(body: impl Into<Bytes>) -> Answer {
    answer(StatusCode::OK, JSON, body.into())
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: [Error<'a>; 1],
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Value>,
}

/// The registry's form of error (OCI distribution-spec 1.1, "Error Codes").
pub(super) fn error(
    status: StatusCode,
    code: &str,
    message: &str,
    detail: Option<Value>,
) -> Answer {
    let errors = [Error {
        code,
        message,
        detail,
    }];
    answer(status, JSON, to_json(&Errors { errors }))
}

/// A 401 with this challenge, as Distribution 2.8 words it.
pub(super) fn unauthorized(challenge: &str, need: &Need) -> Answer {
    let detail = need.scope().map(|scope| {
        let mut parts = scope.splitn(2, ':');
        let kind = parts.next().unwrap_or_default().to_owned();
        let (name, action) = parts
            .next()
            .and_then(|rest| rest.rsplit_once(':'))
            .unwrap_or_default();
        json!([{ "Type": kind, "Class": "", "Name": name, "Action": action }])
    });
    let mut answer = error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required",
        // 2.8 says `null` here, and leaves it out everywhere else.
        Some(detail.unwrap_or_default()),
    );
    set(&mut answer, WWW_AUTHENTICATE, challenge);
    answer
}

/// What Go's router says to a path it does not know.
pub(super) fn no_such_page() -> Answer {
    let body = Bytes::from_static(b"404 page not found\n");
    answer(StatusCode::NOT_FOUND, PLAIN, body)
}

/// A text for people.
pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    answer(status, PLAIN, text.into())
}

pub(super) fn unsupported() -> Answer {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "UNSUPPORTED",
        "The operation is unsupported.",
        None,
    )
}

pub(super) fn not_modified() -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer
}

pub(super) fn redirect(status: StatusCode, location: &str) -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    set(&mut answer, LOCATION, location);
    answer
}

/// Sets a header, unless the value is none that HTTP can carry.
pub(super) fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// Sets a header of any name, unless name or value are none that HTTP can carry.
fn set_named(answer: &mut Answer, name: &str, value: &str) {
    if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
        set(answer, name, value);
    }
}

/// The answer of a fault that does not ask the registry; `None` for the others.
pub(super) fn instead(what: &What) -> Option<Answer> {
    match what {
        What::Status { code, retry_after } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let (code, message) = match status.as_u16() {
                401 => ("UNAUTHORIZED", "authentication required"),
                403 => ("DENIED", "requested access to the resource is denied"),
                404 => ("NAME_UNKNOWN", "repository name not known to registry"),
                405 => ("UNSUPPORTED", "The operation is unsupported."),
                429 => ("TOOMANYREQUESTS", "too many requests"),
                503 => ("UNAVAILABLE", "service unavailable"),
                _ => ("UNKNOWN", "unknown error"),
            };
            let mut answer = error(status, code, message, None);
            if let Some(seconds) = retry_after {
                answer
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(answer)
        }
        What::Html => {
            let page = b"<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>";
            Some(answer(StatusCode::OK, HTML, Bytes::from_static(page)))
        }
        What::NotJson => Some(json(Bytes::from_static(b"{\"errors\":[oops"))),
        What::Say {
            code,
            headers,
            body,
        } => {
            let mut answer = Answer::new(body.clone().into());
            *answer.status_mut() = StatusCode::from_u16(*code).unwrap_or_default();
            for (name, value) in headers {
                set_named(&mut answer, name, value);
            }
            Some(answer)
        }
        What::RedirectTo(location) => Some(redirect(StatusCode::TEMPORARY_REDIRECT, location)),
        _ => None,
    }
}

/// What a fault does to an answer that the registry gave.
pub(super) fn spoil(answer: &mut Answer, what: &What) {
    if answer.status() != StatusCode::OK {
        return;
    }
    match what {
        What::WrongDigest => lengthen(answer, answer.body().len() + 1),
        What::Pad(length) => lengthen(answer, *length),
        What::NullTags => {
            if let Ok(Value::Object(mut page)) = serde_json::from_slice(answer.body()) {
                for (_, list) in page.iter_mut().filter(|(_, value)| value.is_array()) {
                    *list = Value::Null;
                }
                *answer.body_mut() = Value::Object(page).to_string().into();
            }
        }
        What::Link(link) => set(answer, LINK, link),
        What::Header(name, value) => set_named(answer, name, value),
        What::Gzip => {
            *answer.body_mut() = gzip(answer.body());
            let encoding = HeaderValue::from_static("gzip");
            answer.headers_mut().insert(CONTENT_ENCODING, encoding);
        }
        What::Without(name) => {
            answer.headers_mut().remove(name.as_str());
        }
        _ => {}
    }
}

/// The bytes as a gzip file of blocks that are stored as they are (RFC 1951 §3.2.4,
/// RFC 1952).
fn gzip(plain: &[u8]) -> Bytes {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = plain.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        file.push(u8::from(blocks.peek().is_none()));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    if plain.is_empty() {
        file.extend([1, 0, 0, 255, 255]);
    }
    let sum = plain.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    });
    file.extend((!sum).to_le_bytes());
    // Modulo 2^32, as the format has it.
    file.extend(&plain.len().to_le_bytes()[..4]);
    file.into()
}

/// Blanks at the end: still the same JSON, no longer the same digest.
fn lengthen(answer: &mut Answer, length: usize) {
    let mut longer = answer.body().to_vec();
    longer.resize(length.max(longer.len()), b' ');
    *answer.body_mut() = longer.into();
}

/// Puts an answer on the wire, whole or as far as a fault lets it.
pub(super) fn send(answer: Answer, without_body: bool, what: Option<&What>) -> Response<Wire> {
    let (mut head, body) = answer.into_parts();
    if head.status != StatusCode::NOT_MODIFIED {
        head.headers
            .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let wire = match what {
        _ if without_body => Wire::whole(Bytes::new()),
        Some(What::Truncate(length)) => Wire::cut(&body, *length, End::Break { flushed: false }),
        Some(What::Stall(length)) => Wire::cut(&body, *length, End::Stall),
        _ => Wire::whole(body),
    };
    Response::from_parts(head, wire)
}

/// A body, and how it ends.
#[derive(Debug)]
pub(super) struct Wire {
    bytes: Bytes,
    end: End,
}

#[derive(Debug)]
enum End {
    Whole,
    /// The connection is closed, once what is before has left.
    Break {
        flushed: bool,
    },
    /// Nothing more comes.
    Stall,
}

impl Wire {
    fn whole(bytes: Bytes) -> Self {
        Self {
            bytes,
            end: End::Whole,
        }
    }

    fn cut(bytes: &Bytes, length: usize, end: End) -> Self {
        Self {
            bytes: bytes.slice(..length.min(bytes.len())),
            end,
        }
    }
}

impl Body for Wire {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.end {
            End::Whole => Poll::Ready(None),
            // hyper writes out what it has when a body makes it wait, and throws it away
            // when a body fails; so the body makes it wait once before it fails.
            End::Break { flushed } if !*flushed => {
                *flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Break { .. } => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
            End::Stall => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && matches!(self.end, End::Whole)
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Whole => SizeHint::with_exact(self.bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}

/// What a handler ends with: an answer, or a connection closed without one.
pub(super) type Handled = Result<Response<Wire>, io::Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoilt_answer_keeps_its_json() {
        let page = || json(&b"{\"name\":\"a\",\"tags\":[\"x\"]}"[..]);
        let mut none = page();
        spoil(&mut none, &What::NullTags);
        assert_eq!(&none.body()[..], b"{\"name\":\"a\",\"tags\":null}");
        let mut long = page();
        spoil(&mut long, &What::Pad(1000));
        assert_eq!(long.body().len(), 1000);
        let wanted: Value = serde_json::from_slice(page().body()).unwrap();
        let got: Value = serde_json::from_slice(long.body()).unwrap();
        assert_eq!(got, wanted);
        let mut refused = unsupported();
        spoil(&mut refused, &What::WrongDigest);
        assert_eq!(refused.body(), unsupported().body());
    }

    #[test]
    fn headers_are_changed_left_out_and_made_up() {
        let mut answer = json(&b"[]"[..]);
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        spoil(
            &mut answer,
            &What::Header("Content-Type".into(), "text/plain".into()),
        );
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain");
        spoil(&mut answer, &What::Without("content-type".into()));
        assert!(!answer.headers().contains_key(CONTENT_TYPE));
        let said = instead(&What::Say {
            code: 418,
            headers: vec![header("Retry-After", "7"), header("no name", "x")],
            body: "tea".into(),
        });
        let said = said.unwrap();
        assert_eq!(
            (said.status().as_u16(), &said.body()[..]),
            (418, &b"tea"[..])
        );
        assert_eq!(said.headers().len(), 1);
        assert_eq!(said.headers()[RETRY_AFTER], "7");
    }

    #[test]
    fn what_is_compressed_can_be_read() {
        use std::io::Read as _;
        for length in [0, 1, 70_000] {
            let plain = vec![b'x'; length];
            let mut answer = json(plain.clone());
            spoil(&mut answer, &What::Gzip);
            assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
            let mut read = Vec::new();
            let mut file = flate2::read::GzDecoder::new(&answer.body()[..]);
            file.read_to_end(&mut read).unwrap();
            assert!(read == plain, "{length}");
        }
    }

    #[test]
    fn only_some_faults_answer_instead_of_the_registry() {
        let throttled = instead(&What::Status {
            code: 429,
            retry_after: Some(3),
        });
        let throttled = throttled.unwrap();
        assert_eq!(throttled.status(), 429);
        assert_eq!(throttled.headers()[RETRY_AFTER], "3");
        assert!(instead(&What::Truncate(3)).is_none());
        assert!(instead(&What::NullTags).is_none());
    }
}
