//! Whether something that a list lacks is there: asked for by itself.

use std::sync::atomic::Ordering;

use serde::Deserialize;

use super::error::Attempt;
use super::lenient::{List, Number, Object, Text};
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
            let manifest = Self::read_manifest(&attempt, &response, &reference)?;
            return Ok(Presence::There(manifest));
        }
        if says_gone(&response) {
            return Ok(Presence::Gone);
        }
        Err(attempt.refused(&response, standing))
    }

    /// Whether `repository` is there: whether its tags can be listed.
    pub async fn repository_presence(&self, repository: &RepositoryName) -> Presence<()> {
        let mut url = self.place(repository).url("tags/list");
        url.query_pairs_mut().append_pair("n", "1");
        let request = Request::get(url, CAP).staying();
        let attempt = Attempt::new(Stage::Tags, &request, self.cover()).in_repository(repository);
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
    let body: Object<Body> = serde_json::from_slice(&response.body).unwrap_or_default();
    let Some(body) = body.get() else {
        return false;
    };
    let (first, has_list) = match &body.errors {
        Some(errors) => (errors.iter().next().and_then(Object::get), true),
        None => (Some(&body.error), false),
    };
    let Some(first) = first else {
        return false;
    };
    if first.code.is_empty() {
        // Artifactory numbers its errors.
        return has_list && first.status.get().is_some();
    }
    !EVASIVE.iter().any(|code| first.code.is(code))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    errors: Option<List<Object<Said>>>,
    #[serde(flatten)]
    error: Said,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    code: Text,
    status: Number,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::scripted::{Reply, Script};
    use crate::http::{Url, scripted};

    async fn is_own(body: &str) -> bool {
        let script = Script::new();
        script.reply("GET /x", Reply::status(404).body(body.to_owned()));
        let http = scripted(script, &crate::model::Limits::default());
        let url: Url = "http://h/x".parse().unwrap();
        says_gone(&http.send(Request::get(url, 1000)).await.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_registrys_own_words_say_that_a_thing_is_gone() {
        for (body, own) in [
            (r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#, true),
            (r#"{"errors":[{"code":"NOT_FOUND","message":"x"}]}"#, true),
            (r#"{"errors":[{"status":404,"message":"x"}]}"#, true),
            (r#"{"code":"MANIFEST_UNKNOWN","detail":null}"#, true),
            (r#"{"errors":[{"code":"DENIED"}]}"#, false),
            (r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#, false),
            (r#"{"errors":[]}"#, false),
            (r#"{"errors":"x","code":"NAME_UNKNOWN"}"#, false),
            (r#"{"message":"no Route matched with those values"}"#, false),
            (r#"{"status":404,"error":"Not Found"}"#, false),
            ("404 page not found", false),
            ("", false),
        ] {
            assert_eq!(is_own(body).await, own, "{body}");
        }
    }
}
