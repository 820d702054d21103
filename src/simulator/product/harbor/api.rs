//! Harbor's REST API, `/api/v2.0` (api/v2.0/swagger.yaml, server/v2.0/handler), as far as
//! it lists.

use std::collections::BTreeMap;

use hyper::header::{HeaderName, LINK};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::artifact::{Shelf, Wanted, time};
use super::{API, Found, Harbor, error, may_read};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::list::pairs;
use crate::simulator::product::user::User;
use crate::simulator::registry::Registry;

/// What is answered, or the refusal of it.
type Answered<T = Answer> = Result<T, Box<Answer>>;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const NATIVE_REPORT: &str = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0";
const GENERIC_REPORT: &str = "application/vnd.security.vulnerability.report; version=1.1";
const MOST_A_PAGE: i64 = 100;

/// The components of a path below the API as its router gets them.
///
/// The web server in front decodes a path once and encodes what is left of it again, so
/// that `%2F` has become a `/` before the router sees it, and `%252F` a `%2F`; the handler
/// decodes once more (handler/util.go, unescapePathParams).
fn components(path: &str) -> Option<Vec<String>> {
    let below = path.strip_prefix(API)?;
    let seen = percent_decode_str(below).decode_utf8_lossy().into_owned();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some(seen.split('/').map(decoded).collect())
}

/// The repository that a path of the API names, whole.
pub(super) fn repository(path: &str) -> Option<String> {
    match &components(path)?[..] {
        [projects, project, repositories, name, ..]
            if projects == "projects" && repositories == "repositories" =>
        {
            Some(format!("{project}/{name}"))
        }
        _ => None,
    }
}

/// Which page is asked for.
struct Page {
    number: i64,
    size: i64,
}

impl Page {
    fn asked(asked: &Asked<'_>) -> Answered<Self> {
        let number = |name: &str, usual: i64| {
            let Some(text) = asked.parameter(name) else {
                return Ok(usual);
            };
            text.parse::<i64>().map_err(|_| {
                let message = format!("{name} in query must be of type int64: \"{text}\"");
                unprocessable(&message)
            })
        };
        let page = Self {
            number: number("page", 1)?,
            size: number("page_size", 10)?,
        };
        if page.size > MOST_A_PAGE {
            let message = "page_size in query should be less than or equal to 100";
            return Err(unprocessable(message));
        }
        Ok(page)
    }
}

fn unprocessable(message: &str) -> Box<Answer> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Box::new(error(status, "UNPROCESSABLE_ENTITY", message))
}

fn unauthorized() -> Box<Answer> {
    let status = StatusCode::UNAUTHORIZED;
    Box::new(error(status, "UNAUTHORIZED", "unauthorized"))
}

fn not_found(message: &str) -> Box<Answer> {
    Box::new(error(StatusCode::NOT_FOUND, "NOT_FOUND", message))
}

fn is_true(asked: &Asked<'_>, name: &str, usual: bool) -> bool {
    let given = asked.parameter(name);
    given.map_or(usual, |text| matches!(text.as_str(), "true" | "True" | "1"))
}

/// The conditions of a `q`: `key=value` and `key=~part`, with commas between.
fn conditions(asked: &Asked<'_>) -> Vec<(String, String)> {
    let all = asked.parameter("q").unwrap_or_default();
    let condition = |part: &str| {
        let (key, value) = part.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    all.split(',').filter_map(condition).collect()
}

impl Harbor {
    pub(super) fn api(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            let message = format!("method {} is not allowed, but [GET] are", asked.method);
            return error(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                &message,
            );
        }
        let user = self.who(asked);
        let path = components(asked.path).unwrap_or_default();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = |name: &str| self.project(registry, name);
        let answered = match &path[..] {
            ["ping"] => Ok(answer::plain(StatusCode::OK, "Pong")),
            ["health"] => Ok(json_of(&json!({ "status": "healthy", "components": [] }))),
            ["systeminfo"] => Ok(self.system_info(user, registry)),
            ["projects"] => self.projects(asked, registry, user),
            ["projects", name] => self
                .by_name_or_id(asked, registry, user, name)
                .map(|found| json_of(&project(&found, &registry.content().names()))),
            ["projects", name, "artifacts"] if self.lists_project_artifacts => match user {
                None => Err(unauthorized()),
                Some(_) => self
                    .by_name_or_id(asked, registry, user, name)
                    .and_then(|found| self.artifacts(asked, registry, &found, None)),
            },
            ["repositories"] => self.repositories(asked, registry, user, None),
            ["projects", name, "repositories"] => readable(user, found(name))
                .and_then(|found| self.repositories(asked, registry, user, Some(&found))),
            ["projects", name, "repositories", rest] => {
                readable(user, found(name)).and_then(|in_| {
                    let whole = format!("{name}/{rest}");
                    if registry.content().has(&whole) {
                        Ok(json_of(&repository_of(&shelf(registry, &in_, rest))))
                    } else {
                        Err(not_found(&format!("repository {whole} not found")))
                    }
                })
            }
            ["projects", name, "repositories", rest, "artifacts"] => readable(user, found(name))
                .and_then(|found| self.artifacts(asked, registry, &found, Some(rest))),
            [
                "projects",
                name,
                "repositories",
                rest,
                "artifacts",
                reference,
            ] => readable(user, found(name)).and_then(|found| {
                let shelf = shelf(registry, &found, rest);
                let stored = registry.content().manifest(&shelf.name, reference);
                let held = stored.and_then(|stored| {
                    let mut held = shelf.held.iter();
                    held.find(|held| held.stored.digest == stored.digest)
                });
                let missing =
                    || not_found(&format!("artifact {}:{reference} not found", shelf.name));
                let held = held.ok_or_else(missing)?;
                Ok(json_of(&shelf.artifact(held, &wanted(asked))))
            }),
            _ => Err(not_found(&format!("path {} was not found", asked.path))),
        };
        answered.unwrap_or_else(|refusal| *refusal)
    }

    /// Only who signs in is told the version.
    fn system_info(&self, user: Option<&User>, registry: &Registry) -> Answer {
        let mut info = json!({
            "auth_mode": "db_auth",
            "primary_auth_mode": false,
            "self_registration": false,
            "banner_message": "",
            "oidc_provider_name": "",
        });
        if user.is_some() {
            let origin = &registry.origins().registry;
            info["harbor_version"] = json!(self.version);
            info["external_url"] = json!(origin);
            info["registry_url"] = json!(origin.trim_start_matches("http://"));
            info["read_only"] = json!(false);
            info["has_ca_root"] = json!(false);
            info["project_creation_restriction"] = json!("everyone");
            info["registry_storage_provider_name"] = json!("filesystem");
            info["notification_enable"] = json!(true);
            info["current_time"] = json!("2026-11-21T10:00:00.000Z");
        }
        json_of(&info)
    }

    /// A number is an id, unless a header says that it is a name.
    fn by_name_or_id(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        user: Option<&User>,
        text: &str,
    ) -> Answered<Found> {
        let is_name = asked.header("x-is-resource-name") == Some("true");
        let found = match text.parse::<usize>() {
            Ok(id) if !is_name => {
                let mut all = self.found(registry).into_iter();
                all.find(|found| found.id == id)
            }
            _ => self.project(registry, text),
        };
        readable(user, found)
    }

    fn projects(&self, asked: &Asked<'_>, registry: &Registry, user: Option<&User>) -> Answered {
        let name = asked.parameter("name").unwrap_or_default();
        let public = asked.parameter("public");
        let all = self.found(registry).into_iter().filter(|found| {
            let fits = public
                .as_deref()
                .is_none_or(|wanted| (wanted == "true") == found.project.public);
            may_read(user, &found.project) && found.project.name.contains(&name) && fits
        });
        let names = registry.content().names();
        self.page(asked, all.collect(), |found| project(&found, &names))
    }

    fn repositories(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        user: Option<&User>,
        of: Option<&Found>,
    ) -> Answered {
        let mut all = Vec::new();
        let projects = self.found(registry);
        let names = registry.content().names();
        for name in &names {
            let Some((first, _)) = name.split_once('/') else {
                continue;
            };
            let found = projects.iter().find(|found| found.project.name == first);
            let Some(found) = found.filter(|found| may_read(user, &found.project)) else {
                continue;
            };
            if of.is_none_or(|of| of.id == found.id) && fits_name(asked, name) {
                all.push(Shelf::open(registry.content(), &names, name, found.id));
            }
        }
        self.page(asked, all, |shelf| repository_of(&shelf))
    }

    fn artifacts(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        of: &Found,
        repository: Option<&str>,
    ) -> Answered {
        let conditions = conditions(asked);
        let value = |name: &str| {
            let mut all = conditions.iter();
            all.find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let base = value("base");
        if base.is_some_and(|base| base != "*") {
            let message = "the value of \"base\" query can only be exact match value with \"*\"";
            let refusal = error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
            return Err(Box::new(refusal));
        }
        let project = format!("{}/", of.project.name);
        let names = if let Some(rest) = repository {
            vec![format!("{project}{rest}")]
        } else {
            let mut names = registry.content().names();
            names.retain(|name| name.starts_with(&project));
            names
        };
        let known = registry.content().names();
        let open = |name: &String| Shelf::open(registry.content(), &known, name, of.id);
        let shelves: Vec<Shelf> = names.iter().map(open).collect();
        let mut all: Vec<(&Shelf, &Held)> = Vec::new();
        for shelf in &shelves {
            let listed = shelf.listed(base.is_some()).into_iter();
            let tagged = listed.filter(|held| match value("tags") {
                None => true,
                Some("*") => !held.tags.is_empty(),
                Some("nil") => held.tags.is_empty(),
                Some(tag) => held.tags.iter().any(|(name, _)| name == tag),
            });
            all.extend(tagged.map(|held| (shelf, held)));
        }
        let wanted = wanted(asked);
        self.page(asked, all, |(shelf, held)| shelf.artifact(held, &wanted))
    }

    /// The page of a list that is asked for, with the total and the pages beside it.
    fn page<T>(&self, asked: &Asked<'_>, all: Vec<T>, row: impl Fn(T) -> Value) -> Answered {
        let page = Page::asked(asked)?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let size = usize::try_from(page.size).ok().filter(|size| *size > 0);
        let size = size.unwrap_or(usize::MAX);
        let before = usize::try_from(page.number.max(1) - 1).unwrap_or(0);
        let before = before.saturating_mul(size);
        // What is on other pages is written out only where it decides the order.
        let rows: Vec<Value> = if asked.parameter("sort").is_some() {
            let mut rows: Vec<Value> = all.into_iter().map(row).collect();
            sort(asked, &mut rows);
            rows.into_iter().skip(before).take(size).collect()
        } else {
            let on_page = all.into_iter().skip(before).take(size);
            on_page.map(row).collect()
        };
        let mut answer = json_of(&rows.into());
        let stated = (total + self.total_off_by).max(0);
        answer::set(&mut answer, TOTAL, &stated.to_string());
        let links = links(asked, &page, total);
        if !links.is_empty() {
            answer::set(&mut answer, LINK, &links);
        }
        Ok(answer)
    }
}

/// By `sort`, `-` before a name for the other way round; else as numbered.
fn sort(asked: &Asked<'_>, all: &mut [Value]) {
    let Some(by) = asked.parameter("sort") else {
        return;
    };
    let (name, backwards) = by
        .strip_prefix('-')
        .map_or((by.as_str(), false), |n| (n, true));
    all.sort_by(|a, b| {
        let (a, b) = (&a[name], &b[name]);
        let order = match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_str().cmp(&b.as_str()),
        };
        if backwards { order.reverse() } else { order }
    });
}

/// The pages before and behind, in this order, with ` , ` between them and queries that
/// are not escaped (handler/base.go, Links; lib/link.go).
fn links(asked: &Asked<'_>, page: &Page, total: i64) -> String {
    if page.size <= 0 {
        return String::new();
    }
    let link = |number: i64, rel: &str| {
        let mut query: BTreeMap<String, String> = pairs(asked.query)
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        query.insert("page".to_owned(), number.to_string());
        query.insert("page_size".to_owned(), page.size.to_string());
        let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={v}")).collect();
        format!("<{}?{}>; rel=\"{rel}\"", asked.path, query.join("&"))
    };
    let mut links = Vec::new();
    if page.number > 1 && (page.number - 1) * page.size < total {
        links.push(link(page.number - 1, "prev"));
    }
    if page.size * page.number < total {
        links.push(link(page.number + 1, "next"));
    }
    links.join(" , ")
}

/// The project where it is open to who asks. Who signed in is told that it is not, whether
/// or not there is one; a system administrator, that there is none.
fn readable(user: Option<&User>, found: Option<Found>) -> Answered<Found> {
    match (user, found) {
        (user, Some(found)) if may_read(user, &found.project) => Ok(found),
        (None, _) => Err(unauthorized()),
        (Some(user), None) if user.administrator => Err(not_found("project not found")),
        (Some(_), _) => {
            let refusal = error(StatusCode::FORBIDDEN, "FORBIDDEN", "forbidden");
            Err(Box::new(refusal))
        }
    }
}

fn fits_name(asked: &Asked<'_>, name: &str) -> bool {
    conditions(asked).iter().all(|(key, value)| {
        let fits = value
            .strip_prefix('~')
            .map_or(name == value, |part| name.contains(part));
        key != "name" || fits
    })
}

fn shelf(registry: &Registry, of: &Found, rest: &str) -> Shelf {
    let name = format!("{}/{rest}", of.project.name);
    let content = registry.content();
    Shelf::open(content, &content.names(), &name, of.id)
}

fn wanted(asked: &Asked<'_>) -> Wanted {
    let accepted = asked.header("x-accept-vulnerabilities").unwrap_or_default();
    let accepted = accepted.split(',').map(str::trim);
    let known = |name: &&str| matches!(*name, NATIVE_REPORT | GENERIC_REPORT);
    let report = accepted.filter(known).map(str::to_owned).next();
    Wanted {
        tags: is_true(asked, "with_tag", true),
        immutable: is_true(asked, "with_immutable_status", false),
        accessories: is_true(asked, "with_accessory", false),
        scan: is_true(asked, "with_scan_overview", false)
            .then(|| report.unwrap_or_else(|| NATIVE_REPORT.to_owned())),
    }
}

fn project(found: &Found, names: &[String]) -> Value {
    let Found { id, project } = found;
    let below = format!("{}/", project.name);
    let repositories = names.iter().filter(|name| name.starts_with(&below));
    let text = |flag: bool| if flag { "true" } else { "false" };
    let mut value = json!({
        "project_id": id,
        "owner_id": 1,
        "owner_name": "admin",
        "name": project.name,
        "creation_time": "2025-01-07T09:00:00.000Z",
        "update_time": "2025-01-07T09:00:00.000Z",
        "repo_count": repositories.count(),
        "metadata": {
            "public": text(project.public),
            "prevent_vul": text(project.prevents_vulnerable),
            "severity": "high",
        },
        "cve_allowlist": { "id": id, "project_id": id, "items": [] },
    });
    // What tells a proxy project from others.
    if project.proxy.is_some() {
        value["registry_id"] = json!(id);
    }
    value
}

fn repository_of(shelf: &Shelf) -> Value {
    let pushed = || shelf.held.iter().map(|held| held.facts.pushed);
    json!({
        "id": shelf.repository_id,
        "project_id": shelf.project_id,
        "name": shelf.name,
        "artifact_count": shelf.listed(false).len(),
        "pull_count": shelf.held.iter().map(|held| held.facts.pulls).sum::<u64>(),
        "creation_time": time(pushed().min()),
        "update_time": time(pushed().max()),
    })
}

fn json_of(value: &Value) -> Answer {
    answer::json(value.to_string())
}
