//! GitLab's REST API, `/api/v4` (lib/api), as far as it lists projects, groups and what
//! their container registries hold.

use hyper::header::{HeaderName, LINK, RETRY_AFTER};
use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::entity::{Numbered, Repository, group, groups_of, project, row, tag_detail, tags};
use super::{Gitlab, GitlabProject, GitlabToken, GitlabTokenKind, REST, deepest};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::list::pairs;
use crate::simulator::product::user::is_below;
use crate::simulator::registry::Registry;
use crate::simulator::token::credentials_of;

const MOST_A_PAGE: usize = 100;
const USUAL: usize = 20;

/// What is answered, or the refusal of it.
type Answered<T = Answer> = Result<T, Box<Answer>>;

/// Says how much of the API may still be asked. No time passes by itself here, so
/// that the reset stays where it is.
pub(super) fn limit_headers(registry: &Registry, set: &mut impl FnMut(&'static str, &str)) {
    let Some(counter) = registry.api_quota() else {
        return;
    };
    let (limit, used) = (counter.limit(), counter.used());
    set("ratelimit-limit", &limit.to_string());
    set("ratelimit-observed", &used.to_string());
    set(
        "ratelimit-remaining",
        &limit.saturating_sub(used).to_string(),
    );
    set("ratelimit-reset", "1767225600");
    set("ratelimit-name", "throttle_authenticated_api");
}

fn message(status: StatusCode, text: &str) -> Box<Answer> {
    let mut answer = answer::json(json!({ "message": text }).to_string());
    *answer.status_mut() = status;
    Box::new(answer)
}

fn not_found(what: &str) -> Box<Answer> {
    message(StatusCode::NOT_FOUND, &format!("404 {what} Not Found"))
}

/// A refusal in the form of OAuth 2, which tokens are refused in.
fn oauth(status: StatusCode, error: &str, description: &str) -> Box<Answer> {
    let mut body = json!({ "error": error, "error_description": description });
    if error == "insufficient_scope" {
        body["scope"] = json!("api read_api");
    }
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = status;
    Box::new(answer)
}

fn json_of(value: &Value) -> Answer {
    answer::json(value.to_string())
}

fn is_open(token: Option<&GitlabToken>, project: &GitlabProject) -> bool {
    project.public || token.is_some_and(|token| token.may_read(project))
}

/// Whether a number, or a path in one component, names this.
fn is_named(text: &str, id: usize, path: &str) -> bool {
    text.parse() == Ok(id) || text == path
}

impl Gitlab {
    pub(super) fn rest(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        let Some(below) = asked.path.strip_prefix(REST) else {
            // The pages for people, which all begin with this one.
            let there = format!("{}/users/sign_in", registry.origins().api);
            return answer::redirect(StatusCode::FOUND, &there);
        };
        if registry.failures() >= self.ban_after {
            return answer::plain(StatusCode::FORBIDDEN, "Forbidden\n");
        }
        if let Some(counter) = registry.api_quota()
            && !counter.take()
        {
            let mut answer = answer::plain(StatusCode::TOO_MANY_REQUESTS, "Retry later\n");
            let seconds = counter.window().as_secs().to_string();
            answer::set(&mut answer, RETRY_AFTER, &seconds);
            return answer;
        }
        let answered = self.signed_in(asked).and_then(|token| {
            let decoded = |part| percent_decode_str(part).decode_utf8_lossy().into_owned();
            let parts: Vec<String> = below.split('/').map(decoded).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            self.below(asked, registry, token, &parts)
        });
        answered.unwrap_or_else(|refusal| *refusal)
    }

    /// Whose token it is, in whichever header it came. Basic is overlooked.
    fn signed_in(&self, asked: &Asked<'_>) -> Answered<Option<&GitlabToken>> {
        let bearer = credentials_of(asked.authorization, "bearer");
        let given = asked.header("private-token").or(bearer);
        let job = asked.header("job-token");
        let unauthorized = || message(StatusCode::UNAUTHORIZED, "401 Unauthorized");
        let Some(secret) = given.or(job) else {
            // That one is for packages only.
            let is_refused = asked.headers.contains_key("deploy-token");
            return if is_refused {
                Err(unauthorized())
            } else {
                Ok(None)
            };
        };
        let fits = |token: &&GitlabToken| {
            let in_its_header = match token.kind {
                GitlabTokenKind::Personal { .. } | GitlabTokenKind::Project => given.is_some(),
                GitlabTokenKind::Job => given.is_none(),
                // A deploy token can not use this API at all.
                GitlabTokenKind::Deploy => false,
            };
            in_its_header && token.user.secret.expose() == secret
        };
        let token = self.tokens.iter().find(fits).ok_or_else(unauthorized)?;
        if token.user.expired {
            let text = "Token is expired. You can either do re-authorization or token refresh.";
            return Err(oauth(StatusCode::UNAUTHORIZED, "invalid_token", text));
        }
        if matches!(token.kind, GitlabTokenKind::Personal { api: false, .. }) {
            let text = "The request requires higher privileges than provided by the access \
                        token.";
            return Err(oauth(StatusCode::FORBIDDEN, "insufficient_scope", text));
        }
        Ok(Some(token))
    }

    fn below(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        token: Option<&GitlabToken>,
        path: &[&str],
    ) -> Answered {
        if *asked.method != Method::GET {
            return Err(message(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed"));
        }
        let is_true = |name: &str| asked.parameter(name).is_some_and(|text| text == "true");
        let known = || token.ok_or_else(|| message(StatusCode::UNAUTHORIZED, "401 Unauthorized"));
        match path {
            ["version" | "metadata"] => known()
                .map(|_| json_of(&json!({ "version": "17.5.0-ee", "revision": "0123456789a" }))),
            ["user"] => known().map(|token| {
                let name = &token.user.name;
                json_of(&json!({ "id": 1, "username": name, "name": name, "state": "active" }))
            }),
            ["projects"] => {
                let mut all = self.visible(registry, token);
                // Also of an administrator: only those that the user is a member of.
                if is_true("membership") {
                    let reads = |path: &String| {
                        token.is_some_and(|token| {
                            token.user.reads.iter().any(|above| is_below(path, above))
                        })
                    };
                    all.retain(|found| reads(&found.project.path));
                }
                let simple = is_true("simple");
                self.projects(asked, registry, &all, simple)
            }
            ["projects", id] => {
                let found = self.readable(registry, token, id)?;
                Ok(json_of(&project(registry, &found, false)))
            }
            ["groups"] => {
                let mut groups: Vec<String> = self
                    .visible(registry, token)
                    .iter()
                    .flat_map(|found| groups_of(&found.project.path))
                    .collect();
                groups.sort_unstable();
                groups.dedup();
                let all = self.all_groups(registry);
                let rows = groups.iter().map(|path| group(&all, path)).collect();
                Ok(self.page(asked, registry, rows))
            }
            ["groups", id, "registry", "repositories"] => {
                let all = self.all_groups(registry);
                let mut numbered = all.iter().enumerate();
                let found = numbered.find(|(at, path)| is_named(id, at + 1, path));
                let (_, of) = found.ok_or_else(|| not_found("Group"))?;
                let mut repositories = self.repositories(registry);
                repositories.retain(|repository| {
                    is_below(&repository.path, of) && is_open(token, &repository.project.project)
                });
                if repositories.is_empty() && token.is_none() {
                    return Err(not_found("Group"));
                }
                // No tags, nor how many there are, since 15.0.
                let rows = repositories
                    .iter()
                    .map(|found| row(registry, found, false, false));
                Ok(self.page(asked, registry, rows.collect()))
            }
            ["projects", id, "registry", "repositories", rest @ ..] => {
                let project = self.readable(registry, token, id)?;
                if project.project.without_registry {
                    return Err(message(StatusCode::FORBIDDEN, "403 Forbidden"));
                }
                let mut repositories = self.repositories(registry);
                repositories.retain(|found| found.project.id == project.id);
                self.of_project(asked, registry, &repositories, rest)
            }
            ["registry", "repositories", id] => {
                let all = self.repositories(registry);
                let fits = |found: &&Repository| {
                    id.parse() == Ok(found.id) && is_open(token, &found.project.project)
                };
                let found = all.iter().find(fits);
                let found = found.ok_or_else(|| not_found("Container Repository"))?;
                let (tags, count) = (is_true("tags"), is_true("tags_count"));
                Ok(json_of(&row(registry, found, tags, count)))
            }
            _ => Err(message(StatusCode::NOT_FOUND, "404 Not Found")),
        }
    }

    /// What is below `/projects/:id/registry/repositories`.
    fn of_project(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repositories: &[Repository],
        rest: &[&str],
    ) -> Answered {
        let is_true = |name: &str| asked.parameter(name).is_some_and(|text| text == "true");
        let Some((id, rest)) = rest.split_first() else {
            let (tags, count) = (is_true("tags"), is_true("tags_count"));
            let rows = repositories
                .iter()
                .map(|found| row(registry, found, tags, count));
            return Ok(self.page(asked, registry, rows.collect()));
        };
        let mut all = repositories.iter();
        let found = all.find(|found| id.parse() == Ok(found.id));
        let found = found.ok_or_else(|| message(StatusCode::NOT_FOUND, "404 Not found"))?;
        match rest {
            ["tags"] => {
                let tags = tags(registry, &found.path);
                Ok(self.page(asked, registry, tags))
            }
            ["tags", name] => {
                let held = registry.content().held(&found.path);
                let named = |held: &&Held| held.tags.iter().any(|(tag, _)| tag == name);
                let held = held.iter().find(named).ok_or_else(|| not_found("Tag"))?;
                Ok(json_of(&tag_detail(registry, &found.path, name, held)))
            }
            _ => Err(message(StatusCode::NOT_FOUND, "404 Not Found")),
        }
    }

    fn numbered(&self, registry: &Registry) -> Vec<Numbered> {
        let all = self.all_projects(registry).into_iter().enumerate();
        all.map(|(at, project)| Numbered {
            id: at + 1,
            project,
        })
        .collect()
    }

    fn visible(&self, registry: &Registry, token: Option<&GitlabToken>) -> Vec<Numbered> {
        let mut all = self.numbered(registry);
        all.retain(|found| is_open(token, &found.project));
        all
    }

    /// A project by number or path; one that is not open is as good as none.
    fn readable(
        &self,
        registry: &Registry,
        token: Option<&GitlabToken>,
        id: &str,
    ) -> Answered<Numbered> {
        let mut all = self.visible(registry, token).into_iter();
        let found = all.find(|found| is_named(id, found.id, &found.project.path));
        found.ok_or_else(|| not_found("Project"))
    }

    fn repositories(&self, registry: &Registry) -> Vec<Repository> {
        let projects = self.all_projects(registry);
        let numbered = |(at, path): (usize, String)| {
            let (number, project) = deepest(&projects, &path)?;
            Some(Repository {
                id: at + 1,
                path,
                project: Numbered {
                    id: number + 1,
                    project: project.clone(),
                },
            })
        };
        let names = registry.content().names().into_iter().enumerate();
        names.filter_map(numbered).collect()
    }

    fn all_groups(&self, registry: &Registry) -> Vec<String> {
        let projects = self.all_projects(registry);
        let groups = projects.iter().flat_map(|project| groups_of(&project.path));
        let mut groups: Vec<String> = groups.collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Projects, the youngest first, or by pages that go on behind an id.
    fn projects(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        all: &[Numbered],
        simple: bool,
    ) -> Answered {
        let row = |found: &Numbered| project(registry, found, simple);
        let by_id = asked.parameter("order_by").as_deref() == Some("id");
        let ascending = asked.parameter("sort").as_deref() == Some("asc");
        let mut all: Vec<&Numbered> = all.iter().collect();
        if !ascending {
            all.reverse();
        }
        if asked.parameter("pagination").as_deref() != Some("keyset") {
            let rows = all.into_iter().map(row).collect();
            return Ok(self.page(asked, registry, rows));
        }
        if !by_id {
            let text = "Keyset pagination is not yet available for this type of request";
            return Err(message(StatusCode::METHOD_NOT_ALLOWED, text));
        }
        let marker = if ascending { "id_after" } else { "id_before" };
        let behind = asked
            .parameter(marker)
            .and_then(|id| id.parse::<usize>().ok());
        all.retain(|found| match behind {
            Some(id) if ascending => found.id > id,
            Some(id) => found.id < id,
            None => true,
        });
        let size = per_page(asked);
        let more = all.len() > size;
        all.truncate(size);
        let mut answer = json_of(&all.iter().map(|found| row(found)).collect());
        if let Some(last) = all.last().filter(|_| more) {
            let next = (marker, last.id.to_string());
            let link = format!("<{}>; rel=\"next\"", here(asked, registry, &next));
            answer::set(&mut answer, LINK, &link);
        }
        Ok(answer)
    }

    /// The page of a list that is asked for, with the numbers beside it
    /// (lib/gitlab/pagination/offset_header_builder.rb).
    fn page(&self, asked: &Asked<'_>, registry: &Registry, all: Vec<Value>) -> Answer {
        let size = per_page(asked);
        let number = asked
            .parameter("page")
            .and_then(|text| text.parse::<usize>().ok());
        let number = number.unwrap_or(1).max(1);
        let (total, pages) = (all.len(), all.len().div_ceil(size).max(1));
        let before = (number - 1).saturating_mul(size);
        let rows: Vec<Value> = all.into_iter().skip(before).take(size).collect();
        let next = (number < pages).then_some(number + 1);
        let previous = (number > 1).then(|| number - 1);
        let counts = total <= self.count_limit;
        let mut answer = json_of(&rows.into());
        let text = |number: Option<usize>| number.map_or_else(String::new, |n| n.to_string());
        let mut set = |name: &'static str, value: &str| {
            answer::set(&mut answer, HeaderName::from_static(name), value);
        };
        set("x-page", &number.to_string());
        set("x-per-page", &size.to_string());
        set("x-next-page", &text(next));
        set("x-prev-page", &text(previous));
        if counts {
            set("x-total", &total.to_string());
            set("x-total-pages", &pages.to_string());
        }
        let link = |rel: &str, number: usize| {
            let page = ("page", number.to_string());
            format!("<{}>; rel=\"{rel}\"", here(asked, registry, &page))
        };
        let mut links = Vec::new();
        links.extend(previous.map(|number| link("prev", number)));
        links.extend(next.map(|number| link("next", number)));
        links.push(link("first", 1));
        links.extend(counts.then(|| link("last", pages)));
        answer::set(&mut answer, LINK, &links.join(", "));
        answer
    }
}

/// More than 100 are not granted, and nobody says so.
fn per_page(asked: &Asked<'_>) -> usize {
    let wish = asked
        .parameter("per_page")
        .and_then(|text| text.parse::<usize>().ok());
    wish.unwrap_or(USUAL).clamp(1, MOST_A_PAGE)
}

/// The address that was asked, with one parameter set.
fn here(asked: &Asked<'_>, registry: &Registry, (name, value): &(&str, String)) -> String {
    let mut query: Vec<(String, String)> = pairs(asked.query)
        .filter(|(key, _)| key != name && key != "per_page")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    query.push(((*name).to_owned(), value.clone()));
    query.push(("per_page".to_owned(), per_page(asked).to_string()));
    query.sort_unstable();
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(query);
    format!("{}{}?{}", registry.origins().api, asked.path, text.finish())
}
