//! GitHub's REST API, as far as it lists packages.

use hyper::header::{LINK, USER_AGENT};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Ghcr, GhcrToken};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::list::pairs;
use crate::simulator::registry::Registry;
use crate::simulator::token::credentials_of;

/// Entries of a page at most, and where the client does not say.
const MOST: usize = 100;
const USUAL: usize = 30;

/// The secret that a request brings, in either of two words.
pub(super) fn secret<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let by = |scheme| credentials_of(asked.authorization, scheme);
    by("bearer").or_else(|| by("token"))
}

/// The repository that a path of the API names, where it names the owner.
pub(super) fn repository(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let ["orgs" | "users", owner, "packages", "container", name, ..] = parts[..] else {
        return None;
    };
    let name = percent_decode_str(name).decode_utf8_lossy();
    Some(format!("{}/{name}", owner.to_lowercase()))
}

fn refusal(status: StatusCode, message: &str) -> Answer {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_u16().to_string(),
    });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = status;
    answer
}

impl Ghcr {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if !asked.headers.contains_key(USER_AGENT) {
            let message = "Request forbidden by administrative rules. Please make sure your \
                           request has a User-Agent header";
            return answer::plain(StatusCode::FORBIDDEN, message);
        }
        if let Some(counter) = registry.api_quota()
            && !counter.take()
        {
            // Not 429: as a missing right, but for its headers.
            return refusal(
                StatusCode::FORBIDDEN,
                "API rate limit exceeded for user ID 1.",
            );
        }
        if asked.authorization.is_none() {
            return refusal(StatusCode::UNAUTHORIZED, "Requires authentication");
        }
        let Some(token) = secret(asked).and_then(|secret| self.token(secret)) else {
            registry.count_failure();
            return refusal(StatusCode::UNAUTHORIZED, "Bad credentials");
        };
        if *asked.method != Method::GET {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        }
        let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
        match parts[..] {
            ["user"] => {
                let body = json!({ "login": token.user.name, "id": 1, "type": "User" });
                answer::json(body.to_string())
            }
            ["user", "orgs"] => self.own_organizations(asked, registry, token),
            [kind @ ("orgs" | "users"), owner, "packages"] => {
                self.packages(asked, registry, token, kind, owner)
            }
            ["user", "packages"] => self.packages(asked, registry, token, "user", &token.user.name),
            [
                kind @ ("orgs" | "users"),
                owner,
                "packages",
                "container",
                name,
                "versions",
            ] => self.versions(asked, registry, token, kind, (owner, name)),
            ["user", "packages", "container", name, "versions"] => {
                self.versions(asked, registry, token, "user", (&token.user.name, name))
            }
            _ => refusal(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    /// The versions of a package. Those of a user who is named are of public ones alone; who
    /// signs in is told of all.
    fn versions(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: &GhcrToken,
        kind: &str,
        (owner, name): (&str, &str),
    ) -> Answer {
        let name = percent_decode_str(name).decode_utf8_lossy();
        let full = format!("{}/{name}", owner.to_lowercase());
        if !token.reads_packages() {
            let message = "You need at least read:packages scope to get a package's versions.";
            return refusal(StatusCode::FORBIDDEN, message);
        }
        let fits = self.is_organization(owner) == (kind == "orgs");
        let reader = (kind != "users").then_some(token);
        if !fits || !registry.content().has(&full) || !self.may_read(reader, &full) {
            return refusal(StatusCode::NOT_FOUND, "Package not found.");
        }
        let rows = versions(registry, &full);
        page(asked, registry, &rows)
    }

    fn own_organizations(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: &GhcrToken,
    ) -> Answer {
        if !token.has(&["read:org", "write:org", "admin:org", "user"]) {
            let message = "You need at least read:org scope or user scope to list your \
                           organizations.";
            return refusal(StatusCode::FORBIDDEN, message);
        }
        let is_member = |name: &&String| token.user.reads.contains(&name.to_lowercase());
        let own = self.organizations.iter().filter(is_member);
        let rows: Vec<Value> = own.map(|name| json!({ "login": name, "id": 2 })).collect();
        page(asked, registry, &rows)
    }

    fn packages(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: &GhcrToken,
        kind: &str,
        owner: &str,
    ) -> Answer {
        if asked.parameter("package_type").is_none() {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return refusal(
                status,
                "Invalid argument. Missing required key: package_type",
            );
        }
        if !token.reads_packages() {
            let message = "You need at least read:packages scope to list packages.";
            return refusal(StatusCode::FORBIDDEN, message);
        }
        let below = owner.to_lowercase();
        let mut names = registry.content().below(&below);
        let is_known = |known: &GhcrToken| known.user.name.eq_ignore_ascii_case(owner);
        let is_user =
            !self.is_organization(owner) && (!names.is_empty() || self.tokens.iter().any(is_known));
        let fits = match kind {
            "orgs" => self.is_organization(owner),
            _ => is_user,
        };
        if !fits {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        }
        names.retain(|name| self.may_read(Some(token), name));
        let row = |(id, full): (usize, &String)| {
            let name = full.split_once('/').map_or("", |(_, name)| name);
            let visibility = if self.may_read(None, full) {
                "public"
            } else {
                "private"
            };
            json!({
                "id": id + 1,
                "name": name,
                "package_type": "container",
                "owner": { "login": owner },
                "version_count": registry.content().held(full).len(),
                "visibility": visibility,
                "created_at": "2026-01-01T00:00:00Z",
                "updated_at": "2026-01-01T00:00:00Z",
            })
        };
        let rows: Vec<Value> = names.iter().enumerate().map(row).collect();
        page(asked, registry, &rows)
    }
}

/// Every manifest, the latest first: children and attestations by themselves, without a word
/// of what they are.
fn versions(registry: &Registry, name: &str) -> Vec<Value> {
    let held = registry.content().held(name);
    let row = |held: &crate::simulator::content::Held| {
        let tags: Vec<&String> = held.tags.iter().map(|(tag, _)| tag).collect();
        json!({
            "id": held.number + 1,
            "name": held.stored.digest.to_string(),
            "created_at": held.facts.pushed.to_string(),
            "updated_at": held.facts.pushed.to_string(),
            "metadata": { "package_type": "container", "container": { "tags": tags } },
        })
    };
    held.iter().rev().map(row).collect()
}

/// A page with absolute links, which is all that tells how many there are.
fn page(asked: &Asked<'_>, registry: &Registry, rows: &[Value]) -> Answer {
    let number = |name: &str| asked.parameter(name).and_then(|text| text.parse().ok());
    let size = number("per_page").unwrap_or(USUAL).clamp(1, MOST);
    let page = number("page").unwrap_or(1).max(1);
    let from = (page - 1).saturating_mul(size);
    let shown: Vec<&Value> = rows.iter().skip(from).take(size).collect();
    let mut answer = answer::json(json!(shown).to_string());
    let last = rows.len().div_ceil(size).max(1);
    let there = |page: usize, rel: &str| {
        let others = pairs(asked.query).filter(|(key, _)| key != "page");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(others)
            .append_pair("page", &page.to_string());
        let api = &registry.origins().api;
        format!("<{api}{}?{}>; rel=\"{rel}\"", asked.path, query.finish())
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(there(page - 1, "prev"));
    }
    if page < last {
        links.push(there(page + 1, "next"));
        links.push(there(last, "last"));
    }
    if page > 1 {
        links.push(there(1, "first"));
    }
    if !links.is_empty() {
        answer::set(&mut answer, LINK, &links.join(", "));
    }
    answer
}
