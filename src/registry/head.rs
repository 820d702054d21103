//! What a known tag names now: by one conditional `HEAD`, and by a conditional `GET` where
//! the registry, or something before it, does not let `HEAD` tell.

use std::sync::atomic::{AtomicU8, Ordering};

use super::error::{Attempt, Standing};
use super::manifest::{ACCEPT, CAP, Manifest, stated_digest};
use super::token::Scope;
use super::{Reference, Registry};
use crate::http::header::{self, HeaderValue};
use crate::http::{Request, Response, StatusCode};
use crate::model::{Class, Digest, Failure, RepositoryName, Stage, Tag};

/// What a tag names now, compared with what it was known to name.
#[derive(Clone, Debug, PartialEq)]
pub enum TagDigest {
    /// The same.
    Unchanged,
    /// Another manifest.
    Moved(Digest),
    /// `HEAD` did not tell: what it names, read.
    Read(Box<Manifest>),
}

const UNTRIED: u8 = 0;
const WORKS: u8 = 1;
const REFUSED: u8 = 2;

/// `HEAD`s that a `GET` contradicted before none is sent any more.
const CONTRADICTIONS: u8 = 2;

/// What was learnt of `HEAD` in this crawl.
#[derive(Default)]
pub(super) struct Head {
    state: AtomicU8,
    contradicted: AtomicU8,
    /// Whether a condition that holds is answered by a 304.
    conditions: AtomicU8,
    /// The first `HEAD` of a crawl is tried by one caller; the others learn from it.
    turn: tokio::sync::Mutex<()>,
}

impl Head {
    fn is(&self, state: u8) -> bool {
        self.state.load(Ordering::Relaxed) == state
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::Relaxed);
    }

    /// Whether it tells digests; `None` where it was not tried.
    pub(super) fn works(&self) -> Option<bool> {
        told(&self.state)
    }

    /// Whether a tag that names what it was known to name is answered by a 304; `None` where
    /// that was not seen.
    pub(super) fn answers_conditions(&self) -> Option<bool> {
        told(&self.conditions)
    }

    /// Notes how a request was answered whose condition held.
    fn saw_unchanged(&self, status: StatusCode) {
        let state = if status == StatusCode::NOT_MODIFIED {
            WORKS
        } else {
            REFUSED
        };
        self.conditions.store(state, Ordering::Relaxed);
    }
}

fn told(state: &AtomicU8) -> Option<bool> {
    match state.load(Ordering::Relaxed) {
        WORKS => Some(true),
        REFUSED => Some(false),
        _ => None,
    }
}

/// What came of a `HEAD`.
enum Told {
    Digest(TagDigest),
    /// It is refused, or answered without a digest.
    Nothing,
    /// The tag is not there, or is not shown to `HEAD`.
    Missing,
}

impl Registry {
    /// What `tag` names, where it was known to name `known`.
    pub async fn tag_digest(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        known: &Digest,
    ) -> Result<TagDigest, Failure> {
        let head = &self.inner.head;
        let mut first = None;
        if head.is(UNTRIED) {
            first = Some(head.turn.lock().await).filter(|_| head.is(UNTRIED));
        }
        let _first = first;
        if head.is(REFUSED) {
            return self.by_get(repository, tag, known).await;
        }
        match self.by_head(repository, tag, known).await? {
            Told::Digest(digest) => {
                head.set(WORKS);
                Ok(digest)
            }
            Told::Nothing => {
                let read = self.by_get(repository, tag, known).await?;
                head.set(REFUSED);
                Ok(read)
            }
            Told::Missing => {
                let read = self.by_get(repository, tag, known).await?;
                // Once, it may have come back just now.
                if head.contradicted.fetch_add(1, Ordering::Relaxed) + 1 >= CONTRADICTIONS {
                    head.set(REFUSED);
                }
                Ok(read)
            }
        }
    }

    async fn by_head(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        known: &Digest,
    ) -> Result<Told, Failure> {
        let url = self.place(repository).url(&format!("manifests/{tag}"));
        let request = conditional(Request::head(url), known);
        let (attempt, outcome) = self.ask_tag(repository, tag, request).await;
        let (response, standing) = match outcome {
            Ok(answer) => answer,
            // Firewalls cut what they do not like.
            Err(failure) if matches!(failure.class, Class::Connect | Class::Timeout) => {
                return Ok(Told::Nothing);
            }
            Err(failure) => return Err(failure),
        };
        let status = response.status;
        Ok(match status {
            StatusCode::NOT_MODIFIED | StatusCode::OK => match compared(&response, known) {
                Some(told) => {
                    if told == TagDigest::Unchanged {
                        self.inner.head.saw_unchanged(status);
                    }
                    Told::Digest(told)
                }
                None => Told::Nothing,
            },
            StatusCode::NOT_FOUND | StatusCode::GONE => Told::Missing,
            StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => {
                return Err(attempt.refused(&response, standing));
            }
            StatusCode::NOT_IMPLEMENTED => Told::Nothing,
            _ if status.is_server_error() => return Err(attempt.refused(&response, standing)),
            _ => Told::Nothing,
        })
    }

    async fn by_get(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        known: &Digest,
    ) -> Result<TagDigest, Failure> {
        let url = self.place(repository).url(&format!("manifests/{tag}"));
        let request = conditional(Request::get(url, CAP), known);
        let (attempt, outcome) = self.ask_counted(repository, tag, request).await;
        let (response, standing) = outcome?;
        if response.status == StatusCode::NOT_MODIFIED {
            self.inner.head.saw_unchanged(response.status);
            return match compared(&response, known) {
                Some(TagDigest::Unchanged) => Ok(TagDigest::Unchanged),
                // It is not what we have, whatever the status says.
                _ => self.unconditionally(repository, tag).await,
            };
        }
        if !response.status.is_success() {
            return Err(attempt.refused(&response, standing));
        }
        let manifest = Self::read_manifest(&attempt, &response, &Reference::Tag(tag.clone()))?;
        if manifest.digest == *known {
            self.inner.head.saw_unchanged(response.status);
        }
        Ok(TagDigest::Read(Box::new(manifest)))
    }

    async fn unconditionally(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<TagDigest, Failure> {
        let manifest = self
            .manifest(repository, &Reference::Tag(tag.clone()))
            .await?;
        Ok(TagDigest::Read(Box::new(manifest)))
    }

    /// The digest that `tag` names, by a `HEAD`, which costs nothing where manifests are
    /// counted; `None` where that does not tell.
    pub async fn named_digest(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<Option<Digest>, Failure> {
        if self.inner.head.is(REFUSED) {
            return Ok(None);
        }
        let url = self.place(repository).url(&format!("manifests/{tag}"));
        let request =
            Request::head(url).with_header(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        let (attempt, outcome) = self.ask_tag(repository, tag, request).await;
        let (response, standing) = outcome?;
        if response.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(attempt.refused(&response, standing));
        }
        // What else it refuses, the `GET` says in words.
        let digest = stated_digest(response.headers());
        Ok(digest.filter(|_| response.status.is_success()))
    }

    /// The same as [`ask_tag`](Self::ask_tag), for a request that the registry may count.
    async fn ask_counted(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        request: Request,
    ) -> (Attempt, Result<(Response, Standing), Failure>) {
        let attempt = self.attempt_at(repository, tag, &request);
        let leave = match self.leave(&attempt).await {
            Ok(leave) => leave,
            Err(failure) => return (attempt, Err(failure)),
        };
        let (attempt, outcome) = self.ask_tag(repository, tag, request).await;
        drop(leave);
        let outcome = outcome.and_then(|answer| {
            self.check_quota(&attempt, &answer.0)?;
            Ok(answer)
        });
        (attempt, outcome)
    }

    async fn ask_tag(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
        request: Request,
    ) -> (Attempt, Result<(Response, Standing), Failure>) {
        let attempt = self.attempt_at(repository, tag, &request);
        let scope = Scope::Pull(repository.clone());
        let outcome = self.send(&attempt, &scope, request).await;
        (attempt, outcome)
    }

    fn attempt_at(&self, repository: &RepositoryName, tag: &Tag, request: &Request) -> Attempt {
        Attempt::new(Stage::Manifest, request, self.cover())
            .in_repository(repository)
            .at_reference(tag)
    }
}

/// The request for a manifest, unless it is still `known` (RFC 9110 §13.1.2).
fn conditional(request: Request, known: &Digest) -> Request {
    let request = request.with_header(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    match HeaderValue::from_str(&format!("\"{known}\"")) {
        Ok(etag) => request.with_header(header::IF_NONE_MATCH, etag),
        Err(_) => request,
    }
}

/// What the digest in the headers says beside `known`; `None` where it cannot be compared.
fn compared(response: &Response, known: &Digest) -> Option<TagDigest> {
    let not_modified = response.status == StatusCode::NOT_MODIFIED;
    match stated_digest(response.headers()) {
        Some(digest) if digest == *known => Some(TagDigest::Unchanged),
        // A 304 for another digest contradicts itself.
        Some(_) if not_modified => None,
        Some(digest) if digest.algorithm() == known.algorithm() => Some(TagDigest::Moved(digest)),
        Some(_) => None,
        None => not_modified.then_some(TagDigest::Unchanged),
    }
}
