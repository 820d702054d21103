//! The API over packages (routers/api/v1/packages/package.go, modules/structs/package.go).

use hyper::header::{HeaderName, LINK};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{API, FORGEJO, Gitea};
use crate::model::Timestamp;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::product::user::{Account, User};
use crate::simulator::registry::Registry;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// A version of a package: a tag, or a manifest that was pushed by its digest.
struct Version {
    /// Without its owner.
    name: String,
    tag_or_digest: String,
    created: Timestamp,
    id: u64,
}

impl Gitea {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        let user = match self.who(asked, registry) {
            Account::Known(user) => Some(user),
            Account::Anonymous => None,
            Account::Wrong => {
                registry.count_failure();
                let message = "invalid username, password or token";
                return refusal(StatusCode::UNAUTHORIZED, message);
            }
        };
        if *asked.method != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        }
        let path = |front: &str| -> Option<Vec<String>> {
            let below = asked.path.strip_prefix(front)?;
            let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
            Some(below.split('/').map(decoded).collect())
        };
        let is_forgejo = self.version.contains("+gitea-");
        if let Some(path) = path(FORGEJO) {
            return match path[..] {
                [ref only] if only == "version" && is_forgejo => {
                    said(&json!({ "version": self.version }))
                }
                _ => refusal(StatusCode::NOT_FOUND, "The target couldn't be found."),
            };
        }
        let path = path(API).unwrap_or_default();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let ["version"] = path[..] {
            return said(&json!({ "version": self.version }));
        }
        if user.is_none() {
            return refusal(StatusCode::UNAUTHORIZED, "token is required");
        }
        let lacks = |user: &User| self.without_packages.contains(&user.name);
        if user.is_some_and(lacks) {
            let message = "token does not have at least one of required scope(s): [read:package]";
            return refusal(StatusCode::FORBIDDEN, message);
        }
        let none = || refusal(StatusCode::NOT_FOUND, "The target couldn't be found.");
        let ["packages", owner, ref rest @ ..] = path[..] else {
            return none();
        };
        let owner = owner.to_lowercase();
        if !self.may_read(user, &owner) || versions(registry, &owner).is_none() {
            return none();
        }
        let mut all = versions(registry, &owner).unwrap_or_default();
        match *rest {
            [] => self.page(asked, &owner, &all),
            ["container", name, version] => {
                all.retain(|row| row.name == name && row.tag_or_digest == version);
                all.first()
                    .map_or_else(none, |row| said(&shown(&owner, row)))
            }
            _ => none(),
        }
    }

    fn page(&self, asked: &Asked<'_>, owner: &str, all: &[Version]) -> Answer {
        let kind = asked.parameter("type").unwrap_or_default();
        let part = asked.parameter("q").unwrap_or_default().to_lowercase();
        let fits = |row: &&Version| {
            matches!(kind.as_str(), "" | "container") && row.name.to_lowercase().contains(&part)
        };
        let rows: Vec<&Version> = all.iter().filter(fits).collect();
        let number = |name: &str| asked.parameter(name).and_then(|text| text.parse().ok());
        let size = number("limit")
            .unwrap_or(30_usize)
            .clamp(1, self.most_on_page);
        let page = number("page").unwrap_or(1).max(1);
        let on_page = rows.iter().skip((page - 1) * size).take(size);
        let list: Value = on_page.map(|row| shown(owner, row)).collect();
        let mut answer = said(&list);
        if !self.states {
            return answer;
        }
        answer::set(&mut answer, TOTAL, &rows.len().to_string());
        let last = rows.len().div_ceil(size);
        let link = |page: usize, rel: &str| {
            let path = asked.path;
            format!("<{path}?limit={size}&page={page}&type={kind}>; rel=\"{rel}\"")
        };
        let mut links = Vec::new();
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        if page > 1 {
            links.extend([link(1, "first"), link(page - 1, "prev")]);
        }
        if !links.is_empty() {
            answer::set(&mut answer, LINK, &links.join(","));
        }
        answer
    }
}

/// All versions of an owner's packages, the newest first; `None` where there is no such
/// owner.
fn versions(registry: &Registry, owner: &str) -> Option<Vec<Version>> {
    let content = registry.content();
    let names = content.below(owner);
    let mut all = Vec::new();
    for repository in &names {
        let name = repository.strip_prefix(owner)?.strip_prefix('/')?;
        for held in content.held(repository).iter() {
            let digest = held.stored.digest.to_string();
            // What was pushed by its digest is a version by that name.
            let by_digest = held.tags.is_empty().then_some(digest);
            let tags = held.tags.iter().map(|(tag, _)| tag.clone());
            for version in tags.chain(by_digest) {
                let id = crate::simulator::random::mix_text(7, &format!("{repository}:{version}"));
                all.push(Version {
                    name: name.to_owned(),
                    tag_or_digest: version,
                    created: held.facts.pushed,
                    id: id >> 16,
                });
            }
        }
    }
    all.sort_by_key(|row| (std::cmp::Reverse(row.created), row.id));
    (!names.is_empty()).then_some(all)
}

fn shown(owner: &str, row: &Version) -> Value {
    json!({
        "id": row.id,
        "owner": { "id": 3, "login": owner, "username": owner },
        "repository": null,
        "creator": { "id": 1, "login": "ci", "username": "ci" },
        "type": "container",
        "name": row.name,
        "version": row.tag_or_digest,
        "html_url": format!("https://git.example/{owner}/-/packages/container/{}/{}",
            row.name, row.tag_or_digest),
        "created_at": row.created.to_string(),
    })
}

fn said(value: &Value) -> Answer {
    answer::json(value.to_string())
}

/// The API's own form of error.
fn refusal(status: StatusCode, message: &str) -> Answer {
    let body = json!({ "message": message, "url": "https://git.example/api/swagger" });
    let mut answer = said(&body);
    *answer.status_mut() = status;
    answer
}
