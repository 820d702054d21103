//! What all registries share: content, pages of lists, manifests, blobs, tokens
//! (OCI distribution-spec 1.1, on the wire as CNCF Distribution 2.8 has it).
//!
//! From a request to an answer, at once and without faults. What differs from product to
//! product is in [`super::product`]; sockets and pace are not known here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::header::{ACCEPT, CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::answer::{self, Answer, DOCKER_CONTENT_DIGEST};
use super::asked::{Asked, Origin, Origins};
use super::behaviour::{Behaviour, Paging, TagPaging};
use super::content::{Content, Stored};
use super::document::{DOCKER_LIST, OCI_INDEX, OCI_MANIFEST, to_json};
use super::list::{Page, pairs};
use super::quota::Counter;
use super::route::Route;
use super::storage;
use super::token::Tokens;
use crate::model::Digest;

#[derive(Debug)]
pub(super) struct Registry {
    content: Content,
    behaviour: Behaviour,
    tokens: Tokens,
    quota: Option<Counter>,
    api_quota: Option<Counter>,
    upstream_pulls: AtomicU64,
    failures: AtomicU64,
    /// How often its catalogue was read from the beginning.
    catalogues: AtomicU64,
    origins: Origins,
}

/// An answer, and the token it hands out, which has to be ended in time.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) token: Option<(String, Duration)>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            token: None,
        }
    }
}

#[derive(Serialize)]
struct CataloguePage<'a> {
    repositories: &'a [String],
}

/// 2.8 says `null` for a repository without tags.
#[derive(Serialize)]
struct TagsPage<'a> {
    name: &'a str,
    tags: Option<&'a Vec<String>>,
}

impl Registry {
    pub(super) fn new(content: Content, behaviour: Behaviour, origins: Origins) -> Self {
        Self {
            content,
            quota: behaviour.quota.map(Counter::new),
            api_quota: behaviour
                .product
                .personality()
                .api_quota()
                .map(Counter::new),
            behaviour,
            tokens: Tokens::default(),
            upstream_pulls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            catalogues: AtomicU64::new(0),
            origins,
        }
    }

    pub(super) fn origins(&self) -> &Origins {
        &self.origins
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    pub(super) fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub(super) fn quota(&self) -> Option<&Counter> {
        self.quota.as_ref()
    }

    /// How often a proxy had to ask its upstream for a manifest.
    pub(super) fn upstream_pulls(&self) -> u64 {
        self.upstream_pulls.load(Ordering::Relaxed)
    }

    /// What was asked of the product's own API, where that is counted.
    pub(super) fn api_quota(&self) -> Option<&Counter> {
        self.api_quota.as_ref()
    }

    /// Counts an attempt to sign in that failed.
    pub(super) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How many attempts to sign in failed.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Counts a manifest that a proxy has to ask its upstream for.
    pub(super) fn count_upstream_pull(&self) {
        self.upstream_pulls.fetch_add(1, Ordering::Relaxed);
    }

    /// The action that a request asks for, where its path does not tell it.
    pub(super) fn action<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.behaviour.product.personality().action(headers)
    }

    /// What a path asks for, as the product reads it.
    pub(super) fn route(&self, origin: Origin, path: &str) -> Route {
        match origin {
            Origin::Storage => Route::parse(path),
            _ => self.behaviour.product.personality().route(origin, path),
        }
    }

    /// Puts the product's own headers on an answer.
    pub(super) fn mark(&self, asked: &Asked<'_>, answer: &mut Answer) {
        if asked.origin != Origin::Storage {
            let personality = self.behaviour.product.personality();
            personality.mark(asked, self, answer);
        }
    }

    pub(super) fn answer(&self, asked: &Asked<'_>) -> Reply {
        if asked.origin == Origin::Storage {
            return storage::answer(asked, self).into();
        }
        let personality = self.behaviour.product.personality();
        let mut reply = personality.answer(asked, self);
        self.mark(asked, &mut reply.answer);
        reply
    }

    /// A page of the repositories that `find` gives: up to so many names behind one, in the
    /// order of the list.
    pub(super) fn catalogue(
        &self,
        paging: &Paging,
        query: &str,
        path: &str,
        find: impl Fn(Option<&str>, usize) -> Vec<String>,
    ) -> Answer {
        let page = match Page::asked(paging, query) {
            Ok(page) => page,
            Err(refusal) => return *refusal,
        };
        // A page that goes on, or is of one entry to see how it pages, is no beginning.
        let goes_on = pairs(query)
            .any(|(key, value)| key == paging.cursor.as_str() || (key == "n" && value == "1"));
        if let Some(push) = self.behaviour.pushed
            && !goes_on
        {
            push(
                &self.content,
                self.catalogues.fetch_add(1, Ordering::Relaxed),
            );
        }
        let Some(cut) = page.cut(paging, |last, limit| Some(find(last, limit))) else {
            return answer::no_such_page();
        };
        let mut answer = answer::json(to_json(&CataloguePage {
            repositories: &cut.names,
        }));
        page.link_next(&mut answer, paging, &self.origins.registry, path, &cut);
        answer
    }

    /// A page of tags that are not all among the content, sorted.
    pub(super) fn some_tags(
        &self,
        paging: &Paging,
        name: &str,
        query: &str,
        tags: &[String],
    ) -> Answer {
        let find = |last: Option<&str>, limit| {
            let behind = tags.iter().filter(|tag| Some(tag.as_str()) > last);
            Some(behind.take(limit).cloned().collect())
        };
        self.page_of_tags(paging, name, query, find)
    }

    /// A page of the tags of a repository.
    pub(super) fn tags(&self, paging: &Paging, name: &str, query: &str) -> Answer {
        let find = |last: Option<&str>, limit| self.content.tags(name, last, limit);
        self.page_of_tags(paging, name, query, find)
    }

    fn page_of_tags(
        &self,
        paging: &Paging,
        name: &str,
        query: &str,
        find: impl Fn(Option<&str>, usize) -> Option<Vec<String>>,
    ) -> Answer {
        let asked = pairs(query).any(|(key, _)| key == "n");
        let paged = match paging.tags {
            TagPaging::Never => false,
            TagPaging::Asked => asked,
            TagPaging::Always => true,
        };
        let page = if paged {
            match Page::asked(paging, query) {
                Ok(page) => page,
                Err(refusal) => return *refusal,
            }
        } else {
            Page::WHOLE
        };
        let Some(mut cut) = page.cut(paging, find) else {
            return answer::error(
                StatusCode::NOT_FOUND,
                "NAME_UNKNOWN",
                "repository name not known to registry",
                Some(json!({ "name": name })),
            );
        };
        let path = format!("/v2/{name}/tags/list");
        // 2.8 lists tags as its disk does, in no order; nobody should rely on one.
        if paging.tags == TagPaging::Never {
            cut.names.reverse();
        }
        let mut answer = answer::json(to_json(&TagsPage {
            name,
            tags: (!cut.names.is_empty() || !paging.null_when_empty).then_some(&cut.names),
        }));
        page.link_next(&mut answer, paging, &self.origins.registry, &path, &cut);
        answer
    }

    /// A manifest by tag or digest, counted where there is a quota.
    pub(super) fn manifest(&self, asked: &Asked<'_>, name: &str, reference: &str) -> Answer {
        let read = || self.stored_manifest(asked, name, reference);
        match &self.quota {
            Some(counter) => counter.counted(asked.method, read),
            None => read(),
        }
    }

    fn stored_manifest(&self, asked: &Asked<'_>, name: &str, reference: &str) -> Answer {
        let Some(mut stored) = self.content.manifest(name, reference) else {
            return unknown_manifest(name, reference);
        };
        let headers = asked.headers;
        if self.behaviour.etag && matches_etag(headers, &stored.digest) {
            return answer::not_modified();
        }
        match accepted(headers, &stored, reference) {
            Accepted::AsItIs => {}
            Accepted::Child(digest) => match self.content.manifest(name, &digest.to_string()) {
                Some(child) => stored = child,
                None => return unknown_manifest(name, reference),
            },
            Accepted::Not(message) => {
                return answer::error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message, None);
            }
        }
        let media_type = HeaderValue::from_str(&stored.media_type)
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let mut answer = answer::answer(StatusCode::OK, media_type, stored.body.clone());
        let digest = stored.digest.to_string();
        if self.behaviour.etag {
            answer::set(&mut answer, ETAG, &format!("\"{digest}\""));
        }
        if self.behaviour.head_digest || *asked.method != Method::HEAD {
            answer::set(&mut answer, DOCKER_CONTENT_DIGEST, &digest);
        }
        answer
    }

    /// A blob, or where it is handed out.
    pub(super) fn blob(&self, name: &str, reference: &str) -> Answer {
        let Ok(digest) = reference.parse::<Digest>() else {
            return answer::error(
                StatusCode::BAD_REQUEST,
                "DIGEST_INVALID",
                "provided digest did not match uploaded content",
                None,
            );
        };
        let Some(body) = self.content.blob(name, &digest) else {
            return answer::error(
                StatusCode::NOT_FOUND,
                "BLOB_UNKNOWN",
                "blob unknown to registry",
                Some(json!(reference)),
            );
        };
        if let Some(storage) = &self.origins.storage {
            let location = storage::address(storage, self.behaviour.seed, name, reference);
            return answer::redirect(StatusCode::TEMPORARY_REDIRECT, &location);
        }
        let media_type = HeaderValue::from_static("application/octet-stream");
        let mut answer = answer::answer(StatusCode::OK, media_type, body);
        answer::set(&mut answer, CACHE_CONTROL, "max-age=31536000");
        answer::set(&mut answer, DOCKER_CONTENT_DIGEST, reference);
        answer
    }
}

pub(super) fn unknown_manifest(name: &str, reference: &str) -> Answer {
    let detail = if reference.parse::<Digest>().is_ok() {
        json!({ "Name": name, "Revision": reference })
    } else {
        json!({ "Tag": reference })
    };
    answer::error(
        StatusCode::NOT_FOUND,
        "MANIFEST_UNKNOWN",
        "manifest unknown",
        Some(detail),
    )
}

/// Whether a client that accepts only some types gets what is stored.
enum Accepted {
    AsItIs,
    /// A Docker list is replaced by its linux/amd64 child where a tag was asked for.
    Child(Digest),
    Not(&'static str),
}

fn accepted(headers: &HeaderMap, stored: &Arc<Stored>, reference: &str) -> Accepted {
    // Exact names only: Distribution 2.8 knows neither `*/*` nor `q`.
    let named = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim() == stored.media_type);
    if named {
        return Accepted::AsItIs;
    }
    match stored.media_type.as_str() {
        OCI_MANIFEST => {
            Accepted::Not("OCI manifest found, but accept header does not support OCI manifests")
        }
        OCI_INDEX => {
            Accepted::Not("OCI index found, but accept header does not support OCI indexes")
        }
        DOCKER_LIST if reference.parse::<Digest>().is_err() => match stored.default_child() {
            Some(child) => Accepted::Child(child.clone()),
            None => Accepted::Not("manifest unknown"),
        },
        // The rewriting of schema 2 into signed schema 1 is not simulated.
        _ => Accepted::AsItIs,
    }
}

fn matches_etag(headers: &HeaderMap, digest: &Digest) -> bool {
    let digest = digest.to_string();
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim_matches('"') == digest)
}
