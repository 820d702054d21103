//! The API of Docker Hub, as far as it signs in and lists.

use hyper::header::HeaderName;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::DockerHub;
use crate::model::{Digest, Platform};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::{Held, Stored};
use crate::simulator::product::user::User;
use crate::simulator::registry::{Registry, Reply};
use crate::simulator::token::{Issued, credentials_of};

/// What tells of who signs in: the namespaces that are owned, and all organizations.
const OF_THE_USER: [&str; 2] = ["/v2/repositories/namespaces", "/v2/user/orgs/"];
const BELOW: &str = "/v2/namespaces/";
/// Entries of a page at most, and where the client does not say.
const MOST: usize = 100;
const USUAL: usize = 10;

/// The repository that a path of the API names.
pub(super) fn repository(path: &str) -> Option<String> {
    let (namespace, rest) = path.strip_prefix(BELOW)?.split_once("/repositories/")?;
    let name = rest.split('/').next()?;
    Some(format!("{namespace}/{name}"))
}

fn refusal(status: StatusCode, message: &str) -> Answer {
    let body = json!({ "message": message, "errinfo": {} });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = status;
    answer
}

impl DockerHub {
    /// Gives a token for a name and a password or access token.
    pub(super) fn sign_in(&self, asked: &Asked<'_>, registry: &Registry) -> Reply {
        if *asked.method != Method::POST {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed").into();
        }
        let told: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let text = |name: &str| told[name].as_str().unwrap_or_default();
        if text("identifier").is_empty() || text("secret").is_empty() {
            return refusal(
                StatusCode::BAD_REQUEST,
                "identifier and secret are required",
            )
            .into();
        }
        let fits = |user: &&User| {
            user.name == text("identifier")
                && user.secret.expose() == text("secret")
                && !user.expired
        };
        let Some(user) = self.users.iter().find(fits) else {
            registry.count_failure();
            let body = json!({ "detail": "Incorrect authentication credentials" });
            let mut answer = answer::json(body.to_string());
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
            return answer.into();
        };
        let seed = registry.behaviour().seed;
        match registry
            .tokens()
            .hand_out_to(seed, "eyJ", &user.name, Vec::new())
        {
            Issued::Token(token) => Reply {
                answer: answer::json(json!({ "access_token": token }).to_string()),
                token: Some((token, self.token_lifetime)),
            },
            _ => refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable").into(),
        }
    }

    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if let Some(counter) = registry.api_quota()
            && !counter.take()
        {
            let mut answer = refusal(StatusCode::TOO_MANY_REQUESTS, "too many requests");
            // A point in time; no time passes by itself here.
            let name = HeaderName::from_static("x-retry-after");
            answer::set(&mut answer, name, "1767225600");
            return answer;
        }
        if *asked.method != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        }
        let user = match asked.authorization {
            None => None,
            // A password is none of its tokens, and neither is a token of the registry.
            Some(given) => {
                let token = credentials_of(Some(given), "bearer");
                let holder = token.and_then(|token| registry.tokens().holder(token));
                let mut users = self.users.iter();
                match users.find(|user| Some(&user.name) == holder.as_ref()) {
                    Some(user) => Some(user),
                    None => return refusal(StatusCode::UNAUTHORIZED, "Unauthorized"),
                }
            }
        };
        if OF_THE_USER.contains(&asked.path) {
            return match user {
                Some(user) if Self::is_organization(user) => refusal(
                    StatusCode::FORBIDDEN,
                    "token issued from organization access token is not allowed",
                ),
                Some(user) => self.of_the_user(asked, registry, user),
                None => refusal(StatusCode::UNAUTHORIZED, "Unauthorized"),
            };
        }
        let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
        match parts[..] {
            ["v2", "namespaces", namespace, "repositories"] => {
                self.repositories(asked, registry, user, namespace)
            }
            ["v2", "namespaces", namespace, "repositories", name, "tags"] => {
                let name = format!("{namespace}/{name}");
                let is_open = self.may_read(user, &name) && registry.content().has(&name);
                if is_open {
                    self.tags(asked, registry, &name)
                } else {
                    refusal(StatusCode::NOT_FOUND, "object not found")
                }
            }
            _ => refusal(StatusCode::NOT_FOUND, "page not found"),
        }
    }

    /// The namespaces that somebody owns, or the organizations that somebody is in.
    fn of_the_user(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        if asked.path == OF_THE_USER[0] {
            return answer::json(json!({ "namespaces": self.owned(user) }).to_string());
        }
        let organizations = Self::namespaces(user).into_iter();
        let organizations = organizations.filter(|name| *name != user.name);
        let rows: Vec<Value> = organizations
            .map(|name| json!({ "orgname": name, "type": "Organization" }))
            .collect();
        self.page(asked, registry, &rows)
    }

    fn repositories(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        user: Option<&User>,
        namespace: &str,
    ) -> Answer {
        let content = registry.content();
        let is_known = |user: &User| Self::namespaces(user).contains(namespace);
        let mut names = content.below(namespace);
        names.retain(|name| name.matches('/').count() == 1);
        if names.is_empty() && !self.users.iter().any(is_known) {
            return refusal(StatusCode::NOT_FOUND, "object not found");
        }
        let lists = |user: &&User| !self.without_list.contains(&user.name);
        let listed_to = user.filter(lists);
        names.retain(|name| self.may_read(listed_to, name));
        let row = |full: &String| {
            let name = full.split_once('/').map_or("", |(_, name)| name);
            json!({
                "name": name,
                "namespace": namespace,
                "repository_type": "image",
                "status": 1,
                "is_private": !self.may_read(None, full),
                "last_updated": "2026-08-01T10:00:00.123456Z",
                "pull_count": 5,
            })
        };
        self.page(asked, registry, &names.iter().map(row).collect::<Vec<_>>())
    }

    fn tags(&self, asked: &Asked<'_>, registry: &Registry, name: &str) -> Answer {
        let mut rows = Vec::new();
        for held in registry.content().held(name).iter() {
            for (tag, _) in &held.tags {
                let mut row = row(registry, name, held, tag);
                let is_bare = |(of, which): &(String, String)| of == name && which == tag;
                if self.undigested.iter().any(is_bare) {
                    row["digest"] = Value::Null;
                    row["media_type"] = Value::Null;
                }
                rows.push((held.facts.pushed, row));
            }
        }
        // The latest first; those of one push stay together.
        rows.sort_by_key(|(pushed, _)| std::cmp::Reverse(*pushed));
        let rows: Vec<Value> = rows.into_iter().map(|(_, row)| row).collect();
        self.page(asked, registry, &rows)
    }

    fn page(&self, asked: &Asked<'_>, registry: &Registry, rows: &[Value]) -> Answer {
        let number = |name: &str| asked.parameter(name).and_then(|text| text.parse().ok());
        let size = number("page_size").unwrap_or(USUAL).clamp(1, MOST);
        let page: usize = number("page").unwrap_or(1);
        let from = page.saturating_sub(1).saturating_mul(size);
        if page == 0 || from > 0 && from >= rows.len() {
            return refusal(StatusCode::NOT_FOUND, "page not found");
        }
        let there = |page: usize| {
            let api = &registry.origins().api;
            format!("{api}{}?page={page}&page_size={size}", asked.path)
        };
        let count = rows
            .len()
            .saturating_add_signed(self.count_off_by.try_into().unwrap_or(0));
        let body = json!({
            "count": count,
            "next": (rows.len() > from + size).then(|| there(page + 1)),
            "previous": (page > 1).then(|| there(page - 1)),
            "results": rows.iter().skip(from).take(size).collect::<Vec<_>>(),
        });
        answer::json(body.to_string())
    }
}

fn row(registry: &Registry, name: &str, held: &Held, tag: &str) -> Value {
    let stored = &held.stored;
    let children = stored.image.iter().flat_map(|image| &image.children);
    let of = |digest: &Digest| registry.content().manifest(name, &digest.to_string());
    let mut images: Vec<Value> = children
        .filter_map(|child| of(&child.digest))
        .map(|child| image(&child, &child.digest, held))
        .collect();
    let is_index = stored
        .image
        .as_ref()
        .is_some_and(|image| !image.children.is_empty());
    if !is_index {
        images.push(image(stored, &stored.digest, held));
    }
    json!({
        "id": held.number,
        "name": tag,
        "full_size": images.iter().filter_map(|image| image["size"].as_u64()).sum::<u64>(),
        "last_updated": held.facts.pushed.to_string(),
        "tag_status": "active",
        "tag_last_pulled": held.facts.pulled.map(|at| at.to_string()),
        "tag_last_pushed": held.facts.pushed.to_string(),
        "v2": true,
        "media_type": stored.media_type,
        "content_type": "image",
        "digest": stored.digest.to_string(),
        "images": images,
    })
}

/// One image; what has no platform, as attestations and charts have none, has an unknown one.
fn image(stored: &Stored, digest: &Digest, held: &Held) -> Value {
    let image = stored.image.as_ref();
    let platform = image.and_then(|image| image.platform.as_ref());
    let part = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
    json!({
        "architecture": part(platform.map(Platform::architecture)),
        "features": "",
        "variant": platform.and_then(Platform::variant),
        "digest": digest.to_string(),
        "os": part(platform.map(Platform::os)),
        "os_features": "",
        "os_version": null,
        "size": image.and_then(|image| image.size).unwrap_or(0),
        "status": "active",
        "last_pulled": null,
        "last_pushed": held.facts.pushed.to_string(),
    })
}
