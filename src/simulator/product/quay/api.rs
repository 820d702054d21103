//! Quay's `/api/v1` (endpoints/api: user.py, repository.py, tag.py), as far as it lists.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::{API, MOST, Quay, QuayToken, behind, cursor};
use crate::model::Timestamp;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::registry::Registry;
use crate::simulator::token::credentials_of;

/// Tags of a page where the client does not say.
const USUAL: usize = 50;

/// The repository that a path of the API names.
pub(super) fn repository(path: &str) -> Option<String> {
    let name = path.strip_prefix(API)?.strip_prefix("repository/")?;
    let name = name.strip_suffix("/tag/").unwrap_or(name);
    Some(name.to_owned())
}

/// A refusal as a problem (RFC 7807), with the fields of before that.
fn problem(status: StatusCode, kind: &str, detail: &str) -> Answer {
    let body = json!({
        "detail": detail,
        "error_message": detail,
        "error_type": kind,
        "title": kind,
        "type": format!("http://quay/api/v1/error/{kind}"),
        "status": status.as_u16(),
    });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = status;
    answer
}

/// The refusal of who is not known, and of who is and may not.
fn unauthorized(token: Option<&QuayToken>) -> Answer {
    if token.is_some() {
        problem(StatusCode::FORBIDDEN, "insufficient_scope", "Unauthorized")
    } else {
        let detail = "Requires authentication";
        problem(StatusCode::UNAUTHORIZED, "invalid_token", detail)
    }
}

fn json_of(value: &Value) -> Answer {
    answer::json(value.to_string())
}

/// As e-mails write it.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

impl Quay {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if let Some(counter) = registry.api_quota()
            && !counter.take()
        {
            // nginx, which does not say for how long.
            let page = "<html><head><title>429 Too Many Requests</title></head></html>";
            let html = HeaderValue::from_static("text/html");
            return answer::answer(StatusCode::TOO_MANY_REQUESTS, html, page.into());
        }
        // Whoever brings no token that is one is nobody, and is not told so (process_oauth).
        let secret = credentials_of(asked.authorization, "bearer");
        let token = secret.and_then(|secret| self.token(secret));
        let path = asked.path.strip_prefix(API).unwrap_or_default();
        if *asked.method != hyper::Method::GET {
            let message = "The method is not allowed for the requested URL.";
            return problem(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", message);
        }
        match path {
            "discovery" => json_of(&json!({
                "swagger": "2.0",
                "info": { "version": "v1", "title": "Quay Frontend" },
                "paths": {},
            })),
            "user/" => match token {
                Some(token) if token.reads_user => json_of(&me(registry, token)),
                // `InvalidToken` for both.
                Some(_) | None => unauthorized(None),
            },
            "repository" => self.repositories(asked, registry, token),
            _ => match repository(asked.path).filter(|_| path.ends_with("/tag/")) {
                Some(name) => self.tags(asked, registry, token, &name),
                None => problem(StatusCode::NOT_FOUND, "not_found", "Not Found"),
            },
        }
    }

    /// Whether a repository is open by this token.
    fn opens(&self, token: Option<&QuayToken>, name: &str) -> bool {
        let by_token = token.filter(|token| token.reads_repositories);
        self.may_read(by_token.map(|token| &token.user), name)
    }

    fn repositories(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: Option<&QuayToken>,
    ) -> Answer {
        let is_true = |name: &str| {
            let value = asked.parameter(name).unwrap_or_default();
            matches!(value.to_lowercase().as_str(), "true" | "1" | "yes")
        };
        let namespace = asked.parameter("namespace").filter(|name| !name.is_empty());
        let with_public = is_true("public");
        if namespace.is_none() && !with_public {
            let detail = "namespace, starred or public are required for this API call";
            return problem(StatusCode::BAD_REQUEST, "invalid_request", detail);
        }
        let mut names = registry.content().names();
        names.retain(|name| {
            let is_in = name.split('/').next() == namespace.as_deref() || namespace.is_none();
            let is_own = token.is_some_and(|token| token.user.may_read(name));
            is_in && (is_own || with_public && self.is_public(name))
        });
        let from = behind(asked.parameter("next_page"));
        let rows: Vec<Value> = names
            .iter()
            .skip(from)
            .take(MOST)
            .filter_map(|name| {
                let (namespace, rest) = name.split_once('/')?;
                Some(json!({
                    "namespace": namespace,
                    "name": rest,
                    "description": null,
                    "is_public": self.is_public(name),
                    "kind": "image",
                    "state": "NORMAL",
                    "is_starred": false,
                }))
            })
            .collect();
        let mut body = json!({ "repositories": rows });
        if names.len() > from + MOST {
            body["next_page"] = json!(cursor(from + MOST));
        }
        json_of(&body)
    }

    /// The history of tags, or those that are alive, the newest first.
    fn tags(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: Option<&QuayToken>,
        name: &str,
    ) -> Answer {
        if !self.opens(token, name) {
            return unauthorized(token);
        }
        if !registry.content().has(name) {
            return problem(StatusCode::NOT_FOUND, "not_found", "Not Found");
        }
        let alive = asked
            .parameter("onlyActiveTags")
            .is_some_and(|value| value == "true");
        let number = |name: &str| asked.parameter(name).and_then(|text| text.parse().ok());
        let size = number("limit").unwrap_or(USUAL).clamp(1, MOST);
        let page = number("page").unwrap_or(1).max(1);
        let mut rows = self.rows(registry, name, alive);
        rows.sort_by(|(one, a, _), (other, b, _)| other.cmp(one).then(a.cmp(b)));
        let from = (page - 1).saturating_mul(size);
        let shown: Vec<&Value> = rows
            .iter()
            .skip(from)
            .take(size)
            .map(|(_, _, row)| row)
            .collect();
        json_of(&json!({
            "tags": shown,
            "page": page,
            "has_additional": rows.len() > from + size,
        }))
    }

    fn rows(&self, registry: &Registry, name: &str, alive: bool) -> Vec<(i64, String, Value)> {
        let mut rows = Vec::new();
        for held in registry.content().held(name).iter() {
            let start = held.facts.pushed;
            let document = held.document();
            let is_list = document["manifests"].is_array();
            let size = |layer: &Value| layer["size"].as_u64().unwrap_or(0);
            let layers = document["layers"].as_array();
            let size = layers.map(|layers| layers.iter().map(size).sum::<u64>());
            for (tag, is_immutable) in &held.tags {
                let mut row = json!({
                    "name": tag,
                    "reversion": false,
                    "start_ts": start.as_second(),
                    "manifest_digest": held.stored.digest.to_string(),
                    "is_manifest_list": is_list,
                    "size": size,
                    "last_modified": date(start),
                    "immutable": is_immutable,
                });
                let fits =
                    |(of, which, _): &&(String, String, Timestamp)| of == name && which == tag;
                if let Some((_, _, end)) = self.ends.iter().find(fits) {
                    row["end_ts"] = json!(end.as_second());
                    row["expiration"] = json!(date(*end));
                }
                let is_dead = self
                    .dead
                    .iter()
                    .any(|(of, which)| of == name && which == tag);
                if is_dead && !alive {
                    // What the tag named before.
                    let mut before = row.clone();
                    before["start_ts"] = json!(start.as_second() - 1000);
                    before["end_ts"] = json!(start.as_second());
                    before["expiration"] = json!(date(start));
                    before["manifest_digest"] = json!(format!("sha256:{}", "d".repeat(64)));
                    rows.push((start.as_second() - 1000, tag.clone(), before));
                }
                rows.push((start.as_second(), tag.clone(), row));
            }
        }
        rows
    }
}

/// Whom a token stands for, with the organizations of which that user may read something.
fn me(registry: &Registry, token: &QuayToken) -> Value {
    let user = &token.user;
    let all = super::super::first_components(registry.content());
    let organizations: Vec<Value> = all
        .into_iter()
        .filter(|name| *name != user.name && super::super::sees(user, name))
        .map(|name| json!({ "name": name, "can_create_repo": false, "public": false }))
        .collect();
    json!({
        "anonymous": false,
        "username": user.name,
        "avatar": {},
        "organizations": organizations,
    })
}
