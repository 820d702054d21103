//! Whether something that a list lacks is there: asked for by itself.

use std::sync::atomic::Ordering;

use super::error::Attempt;
use super::token::Scope;
use super::{Reference, Registry};
use crate::http::{Request, Response, StatusCode};
use crate::model::{Failure, RepositoryName, Stage, Tag};

use super::manifest::Manifest;

/// Most bytes read of a list of tags whose existence is all that matters.
const CAP: usize = 32 * 1024 * 1024;

/// Codes of the error envelope that say nothing of what is there.
const EVASIVE: [&str; 6] = [
    "UNAUTHORIZED",
    "DENIED",
    "FORBIDDEN",
    "TOOMANYREQUESTS",
    "UNAVAILABLE",
    "UNSUPPORTED",
];

/// What a registry says of a thing that was asked for by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence<T> {
    /// It is there.
    There(T),
    /// A 404 in the registry's own form. That it is gone is proven only where the same
    /// sign-in is answered for something else: see [`Registry::is_answered`].
    Gone,
    /// The answer proves nothing.
    Unknown,
}

impl Registry {
    /// Whether `tag` is there.
    pub async fn tag_presence(
        &self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<Presence<Manifest>, Failure> {
        let reference = Reference::Tag(tag.clone());
        let (attempt, response, standing) = self.fetch_manifest(repository, &reference).await?;
        if response.status.is_success() {
            let manifest = self.read_manifest(&attempt, &response, &reference)?;
            return Ok(Presence::There(manifest));
        }
        if says_gone(&response) {
            return Ok(Presence::Gone);
        }
        Err(attempt.refused(&response, standing))
    }

    /// Whether `repository` is there: whether its tags can be listed.
    pub async fn repository_presence(&self, repository: &RepositoryName) -> Presence<()> {
        let mut url = self.url(&format!("v2/{repository}/tags/list"));
        url.query_pairs_mut().append_pair("n", "1");
        let request = Request::get(url, CAP).staying();
        let attempt = Attempt::new(Stage::Tags, &request).in_repository(repository);
        let scope = Scope::Pull(repository.clone());
        match self.send(&attempt, &scope, request).await {
            Ok((response, _)) if response.status.is_success() => Presence::There(()),
            Ok((response, _)) if says_gone(&response) => Presence::Gone,
            Ok(_) | Err(_) => Presence::Unknown,
        }
    }

    /// Whether our sign-in was answered for some content, or none is asked for: who may see
    /// nothing at all is told of everything that it is not there.
    pub fn is_answered(&self) -> bool {
        self.inner.answered.load(Ordering::Relaxed) || !self.inner.auth.was_challenged()
    }
}

/// Whether the answer says, in the registry's own form, that the thing is not there.
fn says_gone(response: &Response) -> bool {
    let gone = matches!(response.status, StatusCode::NOT_FOUND | StatusCode::GONE);
    gone && is_own_form(response)
}

/// Whether the body is the error envelope of a registry (OCI distribution-spec 1.1, "Error
/// Codes"), or the form of one that leaves the envelope or the code away, and not that of a
/// gateway before it.
pub(super) fn is_own_form(response: &Response) -> bool {
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(&response.body) else {
        return false;
    };
    let error = match body.get("errors") {
        Some(errors) => match errors.get(0) {
            Some(first) => first,
            None => return false,
        },
        None => &body,
    };
    match error.get("code").and_then(serde_json::Value::as_str) {
        Some(code) => !code.is_empty() && !EVASIVE.contains(&code),
        // Artifactory numbers its errors.
        None => body.get("errors").is_some() && error.get("status").is_some(),
    }
}
