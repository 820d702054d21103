//! The REST API of GitFlic over packages (docs.gitflic.ru/api/package):
//! HAL, in pages that are counted from zero.

use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::Gitflic;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::product::hex;
use crate::simulator::product::user::{User, is_below};
use crate::simulator::random::{mix, mix_text};
use crate::simulator::registry::Registry;

/// Entries of a page where the client does not say.
const USUAL_PAGE: usize = 10;

/// Whose packages are asked for.
struct Owner {
    /// What their names begin with; empty for the server's own.
    above: String,
    kind: &'static str,
}

impl Owner {
    /// The owner of a path below `/registry/`, and what comes after `package`.
    fn of(path: &str) -> Option<(Self, &str)> {
        let (owner, rest) = path.split_once("package")?;
        let parts: Vec<&str> = owner.split('/').filter(|part| !part.is_empty()).collect();
        let owner = match parts[..] {
            [] => Self {
                above: String::new(),
                kind: "GLOBAL",
            },
            ["project", name, project] => Self {
                above: format!("project/{name}/{project}"),
                kind: "PROJECT",
            },
            ["company", name] => Self {
                above: format!("company/{name}"),
                kind: "COMPANY",
            },
            _ => return None,
        };
        Some((owner, rest.trim_matches('/')))
    }

    /// That of a repository, by its name (names by level).
    fn of_repository(name: &str) -> Self {
        let parts: Vec<&str> = name.split('/').collect();
        match parts[..] {
            ["project", owner, project, _, ..] => Self {
                above: format!("project/{owner}/{project}"),
                kind: "PROJECT",
            },
            ["company", owner, _, ..] => Self {
                above: format!("company/{owner}"),
                kind: "COMPANY",
            },
            _ => Self {
                above: String::new(),
                kind: "GLOBAL",
            },
        }
    }

    fn uuid(&self) -> String {
        uuid(&format!("owner {}", self.above))
    }
}

impl Gitflic {
    pub(super) fn rest(&self, asked: &Asked<'_>, registry: &Registry, path: &str) -> Answer {
        let user = match self.holder(asked) {
            Ok(user) => user,
            Err(status) => return refusal(status),
        };
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return refusal(StatusCode::METHOD_NOT_ALLOWED);
        }
        if path == "/project/my" {
            return self.projects(asked, registry, user);
        }
        let Some((owner, rest)) = path.strip_prefix("/registry/").and_then(Owner::of) else {
            return refusal(StatusCode::NOT_FOUND);
        };
        // All packages of the server are for its administrators.
        let may = if owner.above.is_empty() {
            user.administrator
        } else {
            user.may_read(&owner.above)
        };
        if !may {
            return refusal(StatusCode::FORBIDDEN);
        }
        let names = registry.content().names().into_iter();
        let names: Vec<String> = names
            .filter(|name| owner.above.is_empty() || is_below(name, &owner.above))
            .collect();
        if names.is_empty() && !owner.above.is_empty() {
            return refusal(StatusCode::NOT_FOUND);
        }
        if rest.is_empty() {
            let shown: Vec<Value> = names.iter().map(|name| package(registry, name)).collect();
            return self.page(asked, "simplePackageInfoModelList", &shown);
        }
        let (id, of_package) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(name) = names.iter().find(|name| uuid(name) == id) else {
            return refusal(StatusCode::NOT_FOUND);
        };
        match of_package {
            "" => answer::json(package(registry, name).to_string()),
            "version-list" => {
                self.page(asked, "packageVersionModelList", &versions(registry, name))
            }
            _ => refusal(StatusCode::NOT_FOUND),
        }
    }

    /// `Authorization: token …`, with an access token. A transport token is the wrong kind.
    fn holder(&self, asked: &Asked<'_>) -> Result<&User, StatusCode> {
        let given = asked
            .authorization
            .and_then(|text| text.strip_prefix("token "));
        let given = given.ok_or(StatusCode::UNAUTHORIZED)?.trim();
        let fits = |user: &&User| user.secret.expose() == given;
        match self.access_tokens.iter().find(fits) {
            Some(user) if !user.expired => Ok(user),
            None if self.users.iter().any(|user| fits(&user)) => Err(StatusCode::FORBIDDEN),
            Some(_) | None => Err(StatusCode::UNAUTHORIZED),
        }
    }

    /// The projects of who asks (docs.gitflic.ru/api/project).
    fn projects(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        let names = registry.content().names().into_iter();
        let mut owners: Vec<String> = names
            .filter(|name| user.may_read(name))
            .map(|name| Owner::of_repository(&name).above)
            .filter(|above| above.starts_with("project/"))
            .collect();
        owners.dedup();
        let shown: Vec<Value> = owners
            .iter()
            .filter_map(|above| {
                let (owner, alias) = above.strip_prefix("project/")?.split_once('/')?;
                Some(json!({
                    "id": uuid(&format!("owner {above}")),
                    "title": alias,
                    "alias": alias,
                    "ownerAlias": owner,
                    "owner": { "alias": owner, "type": "USER" },
                    "private": true,
                }))
            })
            .collect();
        self.page(asked, "projectList", &shown)
    }

    /// A page, counted from zero; without `_embedded` where there is nothing on it.
    fn page(&self, asked: &Asked<'_>, key: &str, all: &[Value]) -> Answer {
        let number = |name: &str| asked.parameter(name).and_then(|text| text.parse().ok());
        let size = number("size")
            .unwrap_or(USUAL_PAGE)
            .clamp(1, self.most_on_page);
        let page: usize = number("page").unwrap_or(0);
        let shown: Vec<&Value> = all
            .iter()
            .skip(page.saturating_mul(size))
            .take(size)
            .collect();
        let mut body = json!({ "page": {
            "size": size,
            "totalElements": all.len() + self.claims_besides,
            "totalPages": all.len().div_ceil(size),
            "number": page,
        } });
        if !shown.is_empty() || self.embeds_empty {
            body["_embedded"] = json!({ key: shown });
        }
        let media_type = HeaderValue::from_static("application/hal+json");
        answer::answer(StatusCode::OK, media_type, body.to_string().into())
    }
}

/// The tagged manifests of a repository with their tags, by tag.
fn tagged(all: &[Held]) -> Vec<(&str, &Held)> {
    let mut tagged = Vec::new();
    for held in all {
        tagged.extend(held.tags.iter().map(|(tag, _)| (tag.as_str(), held)));
    }
    tagged.sort_by_key(|(tag, _)| *tag);
    tagged
}

/// A package with its latest version.
fn package(registry: &Registry, name: &str) -> Value {
    let owner = Owner::of_repository(name);
    let image = name.strip_prefix(&owner.above).unwrap_or(name);
    let image = image.trim_start_matches('/');
    let all = registry.content().held(name);
    let latest = tagged(&all).into_iter();
    let latest = latest.max_by_key(|(_, held)| held.facts.pushed);
    json!({
        "id": uuid(name),
        "name": image,
        "version": latest.map(|(tag, _)| tag),
        "groupId": "",
        "artifactId": image,
        "type": "container",
        "ownerUuid": owner.uuid(),
        "ownerType": owner.kind,
    })
}

/// A version a tag. Whether the file of a container is its manifest is not known; its name
/// and hash are those of the manifest here.
fn versions(registry: &Registry, name: &str) -> Vec<Value> {
    let version = |(tag, held): (&str, &Held)| {
        let id = uuid(&format!("{name}:{tag}"));
        let stored = &held.stored;
        json!({
            "id": id,
            "baseVersion": tag,
            "version": tag,
            "lowerVersion": tag.to_lowercase(),
            "downloadCount": held.facts.pulls,
            "packageUploadType": "TRANSPORT",
            "packageFiles": [{
                "id": uuid(&format!("file of {id}")),
                "name": "manifest.json",
                "size": stored.body.len(),
                "hashSha256": hex(&stored.digest),
            }],
        })
    };
    let all = registry.content().held(name);
    tagged(&all).into_iter().map(version).collect()
}

/// An identity that is the same for the same text.
fn uuid(text: &str) -> String {
    let (high, low) = (mix_text(0, text), mix(mix_text(1, text)));
    let digits = format!("{high:016x}{low:016x}");
    [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ]
    .join("-")
}

fn refusal(status: StatusCode) -> Answer {
    let text = json!({ "status": status.as_u16(), "error": status.canonical_reason() });
    let media_type = HeaderValue::from_static("application/json");
    answer::answer(status, media_type, text.to_string().into())
}
