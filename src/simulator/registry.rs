//! What the registry says: CNCF Distribution 2.8 on the wire (OCI distribution-spec 1.1).
//!
//! From a request to an answer, at once and without faults. Knows the content and the
//! rules; not sockets, pace or faults.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{
    ACCEPT, CACHE_CONTROL, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    WWW_AUTHENTICATE,
};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::answer::{self, Answer, DOCKER_CONTENT_DIGEST};
use super::behaviour::{Auth, Behaviour, TagPaging};
use super::content::{Content, Stored};
use super::document::{DOCKER_LIST, OCI_INDEX, OCI_MANIFEST, to_json};
use super::list::{Page, pairs};
use super::quota::Counter;
use super::reveal;
use super::route::Route;
use super::token::{Access, Issued, Need, Tokens, access};
use crate::model::Digest;

#[derive(Debug)]
pub(super) struct Registry {
    content: Content,
    behaviour: Behaviour,
    tokens: Tokens,
    quota: Option<Counter>,
    origin: String,
}

/// An answer, and the token it hands out, which has to be ended in time.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) token: Option<String>,
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
    pub(super) fn new(content: Content, behaviour: Behaviour, origin: String) -> Self {
        Self {
            content,
            quota: behaviour.quota.map(Counter::new),
            behaviour,
            tokens: Tokens::default(),
            origin,
        }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    pub(super) fn quota(&self) -> Option<&Counter> {
        self.quota.as_ref()
    }

    pub(super) fn token_lifetime(&self) -> Duration {
        match self.behaviour.auth {
            Auth::Token { lifetime, .. } => lifetime,
            _ => Duration::ZERO,
        }
    }

    pub(super) fn expire(&self, token: &str) {
        self.tokens.expire(token);
    }

    /// Puts the product's own headers on an answer below `/v2/`.
    pub(super) fn mark(&self, answer: &mut Answer, route: &Route) {
        if *route == Route::Token {
            return;
        }
        for (name, value) in &self.behaviour.personality.headers {
            answer::set(answer, HeaderName::from_static(name), value);
        }
    }

    pub(super) fn answer<B>(
        &self,
        request: &Request<B>,
        route: &Route,
        authorization: Option<&str>,
        form: &str,
    ) -> Reply {
        let query = request.uri().query().unwrap_or_default();
        if *route == Route::Token {
            return self.token(request.method(), authorization, query, form);
        }
        let mut answer = self.below_v2(request, route, authorization, query);
        self.mark(&mut answer, route);
        Reply {
            answer,
            token: None,
        }
    }

    fn below_v2<B>(
        &self,
        request: &Request<B>,
        route: &Route,
        authorization: Option<&str>,
        query: &str,
    ) -> Answer {
        if *route == Route::PingWithoutSlash {
            return answer::redirect(StatusCode::MOVED_PERMANENTLY, "/v2/");
        }
        let need = Need::of(route);
        let challenge = |error| self.challenge(&need, error);
        let auth = &self.behaviour.auth;
        match access(auth, &self.tokens, authorization, &need, challenge) {
            Access::Granted => {}
            Access::Challenged(challenge) => return unauthorized(&challenge, &need),
        }
        if *request.method() == Method::OPTIONS
            && let Some(methods) = reveal::methods(route)
        {
            return reveal::allow(methods);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        match route {
            Route::Ping => answer::json(&b"{}"[..]),
            Route::Catalogue => self.catalogue(query),
            Route::Tags(name) => self.tags(name, query),
            Route::Manifest(name, reference) => {
                let read = || self.manifest(request, name, reference);
                match &self.quota {
                    Some(counter) => counter.counted(request.method(), read),
                    None => read(),
                }
            }
            Route::Blob(name, digest) => self.blob(name, digest),
            Route::Referrers(name, digest) if self.behaviour.referrers => {
                reveal::referrers(&self.content, name, digest)
            }
            Route::Referrers(..) | Route::Token | Route::PingWithoutSlash | Route::Other => {
                answer::no_such_page()
            }
        }
    }

    fn challenge(&self, need: &Need, error: Option<&str>) -> String {
        let personality = &self.behaviour.personality;
        let Auth::Token { .. } = self.behaviour.auth else {
            return format!("Basic realm=\"{}\"", personality.realm);
        };
        let scope = need.scope().map(|scope| format!(",scope=\"{scope}\""));
        let error = error.map(|error| format!(",error=\"{error}\""));
        format!(
            "Bearer realm=\"{}/auth/token\",service=\"{}\"{}{}",
            self.origin,
            personality.service,
            scope.unwrap_or_default(),
            error.unwrap_or_default()
        )
    }

    fn token(
        &self,
        method: &Method,
        authorization: Option<&str>,
        query: &str,
        form: &str,
    ) -> Reply {
        let plain = |answer| Reply {
            answer,
            token: None,
        };
        let Auth::Token {
            credentials,
            anonymous_pull,
            lifetime,
        } = &self.behaviour.auth
        else {
            return plain(answer::no_such_page());
        };
        let Behaviour {
            seed, token_uses, ..
        } = self.behaviour;
        let issued = match (method, &self.behaviour.identity_token) {
            (&Method::GET, _) => self.tokens.issue(
                seed,
                token_uses,
                credentials.as_ref(),
                *anonymous_pull,
                authorization,
                query,
            ),
            (&Method::POST, Some(known)) => {
                self.tokens.issue_by_form(seed, token_uses, known, form)
            }
            // The OAuth2 form is absent, as it is in many token servers.
            _ => return plain(answer::no_such_page()),
        };
        match issued {
            Issued::Token(token) => {
                let key = if *method == Method::GET {
                    "token"
                } else {
                    "access_token"
                };
                let body = json!({ key: token, "expires_in": lifetime.as_secs() });
                Reply {
                    answer: answer::json(body.to_string()),
                    token: Some(token),
                }
            }
            Issued::Refused => {
                let mut refusal = answer::error(
                    StatusCode::UNAUTHORIZED,
                    "UNAUTHORIZED",
                    "incorrect username or password",
                    None,
                );
                let realm = format!("Basic realm=\"{}\"", self.behaviour.personality.realm);
                answer::set(&mut refusal, WWW_AUTHENTICATE, &realm);
                plain(refusal)
            }
            Issued::Throttled => plain(answer::error(
                StatusCode::TOO_MANY_REQUESTS,
                "TOOMANYREQUESTS",
                "too many tokens are alive",
                None,
            )),
        }
    }

    fn catalogue(&self, query: &str) -> Answer {
        let paging = &self.behaviour.paging;
        let page = match Page::asked(paging, query) {
            Ok(page) => page,
            Err(refusal) => return *refusal,
        };
        let find = |last: Option<&str>, limit| Some(self.content.catalogue(last, limit));
        let Some(cut) = page.cut(paging, find) else {
            return answer::no_such_page();
        };
        let mut answer = answer::json(to_json(&CataloguePage {
            repositories: &cut.names,
        }));
        page.link_next(&mut answer, paging, &self.origin, "/v2/_catalog", &cut);
        answer
    }

    fn tags(&self, name: &str, query: &str) -> Answer {
        let paging = &self.behaviour.paging;
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
        let find = |last: Option<&str>, limit| self.content.tags(name, last, limit);
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
            tags: (!cut.names.is_empty()).then_some(&cut.names),
        }));
        page.link_next(&mut answer, paging, &self.origin, &path, &cut);
        answer
    }

    fn manifest<B>(&self, request: &Request<B>, name: &str, reference: &str) -> Answer {
        let Some(mut stored) = self.content.manifest(name, reference) else {
            return unknown_manifest(name, reference);
        };
        let headers = request.headers();
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
        if self.behaviour.head_digest || request.method() != Method::HEAD {
            answer::set(&mut answer, DOCKER_CONTENT_DIGEST, &digest);
        }
        answer
    }

    fn blob(&self, name: &str, reference: &str) -> Answer {
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
        let media_type = HeaderValue::from_static("application/octet-stream");
        let mut answer = answer::answer(StatusCode::OK, media_type, body);
        answer::set(&mut answer, CACHE_CONTROL, "max-age=31536000");
        answer::set(&mut answer, DOCKER_CONTENT_DIGEST, reference);
        answer
    }
}

fn unauthorized(challenge: &str, need: &Need) -> Answer {
    let detail = need.scope().map(|scope| {
        let mut parts = scope.splitn(2, ':');
        let kind = parts.next().unwrap_or_default().to_owned();
        let (name, action) = parts
            .next()
            .and_then(|rest| rest.rsplit_once(':'))
            .unwrap_or_default();
        json!([{ "Type": kind, "Class": "", "Name": name, "Action": action }])
    });
    let mut answer = answer::error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHORIZED",
        "authentication required",
        // 2.8 says `null` here, and leaves it out everywhere else.
        Some(detail.unwrap_or_default()),
    );
    answer::set(&mut answer, WWW_AUTHENTICATE, challenge);
    answer
}

fn unknown_manifest(name: &str, reference: &str) -> Answer {
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
