//! The search extension of zot: one query of its GraphQL, by which all images are listed
//! (`pkg/extensions/search/{schema.graphql,resolver.go,convert/metadb.go}`).

use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::Zot;
use crate::model::{Platform, Timestamp};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::document::{OCI_INDEX, OCI_MANIFEST};
use crate::simulator::product::user::User;
use crate::simulator::registry::Registry;

/// The fields of an image that it knows; those of its manifests follow in braces.
const FIELDS: [&str; 11] = [
    "RepoName",
    "Tag",
    "Digest",
    "MediaType",
    "Size",
    "LastUpdated",
    "DownloadCount",
    "IsSigned",
    "LastPullTimestamp",
    "PushTimestamp",
    "Manifests",
];

/// Those that it knows since 2.1.2.
const LATER: [&str; 2] = ["LastPullTimestamp", "PushTimestamp"];

/// What is asked for.
struct Query {
    /// The repository; empty for all.
    repository: String,
    limit: usize,
    offset: usize,
    fields: Vec<String>,
}

impl Query {
    /// Reads a query for `ImageList`; `None` where it is another.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix('{')?.trim();
        let rest = rest.strip_prefix("ImageList(")?;
        let (arguments, rest) = rest.split_once("){")?;
        let quoted = arguments.split('"').nth(1)?;
        let number = |name: &str| -> usize {
            let behind = arguments.split(&format!("{name}:")).nth(1);
            let digits = behind.map(|text| text.trim_start().split(|c: char| !c.is_numeric()));
            digits
                .and_then(|mut parts| parts.next()?.parse().ok())
                .unwrap_or(0)
        };
        let results = rest.split_once("Results{")?.1;
        // Only names outside of inner braces are the image's.
        let (mut depth, mut fields, mut word) = (0, Vec::new(), String::new());
        for sign in results.chars() {
            if sign.is_alphanumeric() {
                word.push(sign);
                continue;
            }
            if depth == 0 && !word.is_empty() {
                fields.push(std::mem::take(&mut word));
            }
            word.clear();
            match sign {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
        Some(Self {
            repository: quoted.to_owned(),
            limit: number("limit"),
            offset: number("offset"),
            fields,
        })
    }
}

impl Zot {
    pub(super) fn search(&self, asked: &Asked<'_>, registry: &Registry, user: &User) -> Answer {
        let text = match *asked.method {
            Method::GET => asked.parameter("query"),
            Method::POST => serde_json::from_slice::<Value>(&asked.body)
                .ok()
                .and_then(|body| Some(body["query"].as_str()?.to_owned())),
            _ => return answer::unsupported(),
        };
        let Some(query) = text.as_deref().and_then(Query::parse) else {
            return self.problem("no operation provided", "GRAPHQL_PARSE_FAILED");
        };
        let knows = |field: &&String| {
            let is_later = LATER.contains(&field.as_str());
            FIELDS.contains(&field.as_str()) && (self.knows_times || !is_later)
        };
        if let Some(other) = query.fields.iter().find(|field| !knows(field)) {
            let message = format!("Cannot query field \"{other}\" on type \"ImageSummary\".");
            return self.problem(&message, "GRAPHQL_VALIDATION_FAILED");
        }
        let all = images(registry, user, &query.repository);
        let total = all.len() + self.counts_besides;
        // It sorts by repository and tag, whatever was pushed when.
        let page: Vec<Value> = all
            .into_iter()
            .skip(query.offset)
            .take(if query.limit == 0 {
                usize::MAX
            } else {
                query.limit
            })
            .map(|image| only(image, &query.fields))
            .collect();
        let body = json!({
            "data": {
                "ImageList": {
                    "Page": { "TotalCount": total, "ItemCount": page.len() },
                    "Results": page,
                },
            },
        });
        answer::json(body.to_string())
    }

    fn problem(&self, message: &str, code: &str) -> Answer {
        let body = json!({
            "errors": [{ "message": message, "extensions": { "code": code } }],
            "data": null,
        });
        let mut answer = answer::json(body.to_string());
        if !self.errs_with_success {
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        answer
    }
}

/// The fields that were asked for.
fn only(image: Map<String, Value>, fields: &[String]) -> Value {
    let asked = |(name, _): &(String, Value)| fields.contains(name);
    image
        .into_iter()
        .filter(asked)
        .collect::<Map<_, _>>()
        .into()
}

/// Every tag of every repository that a user may read, but for those of signatures and of
/// indexes without any image.
fn images(registry: &Registry, user: &User, repository: &str) -> Vec<Map<String, Value>> {
    let content = registry.content();
    let mut names = content.names();
    names.retain(|name| user.may_read(name) && (repository.is_empty() || repository == name));
    names.sort_unstable();
    let mut images = Vec::new();
    for name in names {
        let held = content.held(&name);
        let tags = held
            .iter()
            .flat_map(|one| one.tags.iter().map(move |(tag, _)| (tag, one)));
        let mut tags: Vec<(&String, &Held)> = tags.collect();
        tags.sort_unstable_by_key(|(tag, _)| *tag);
        for (tag, one) in tags {
            if !is_signature(tag) {
                images.extend(image(&name, tag, one, &held));
            }
        }
    }
    images
}

fn is_signature(tag: &str) -> bool {
    tag.strip_prefix("sha256-")
        .is_some_and(|rest| rest.strip_suffix(".sig").is_some() || !rest.contains('.'))
}

fn image(name: &str, tag: &str, held: &Held, all: &[Held]) -> Option<Map<String, Value>> {
    let document = held.document();
    let (media_type, manifests) = match document["manifests"].as_array() {
        Some(children) => {
            let children: Vec<Value> = children
                .iter()
                .filter_map(|child| {
                    let is_it = |one: &&Held| child["digest"] == one.stored.digest.to_string();
                    Some(manifest(all.iter().find(is_it)?, &child["platform"]))
                })
                .collect();
            if children.is_empty() {
                return None;
            }
            (OCI_INDEX, children)
        }
        // The type is that of what it was made into, whatever was pushed.
        None => (OCI_MANIFEST, vec![manifest(held, &Value::Null)]),
    };
    let size: u64 = match document["manifests"].as_array() {
        Some(_) => manifests
            .iter()
            .filter_map(|one| one["Size"].as_str()?.parse::<u64>().ok())
            .sum(),
        None => held.counted_size(),
    };
    let facts = &held.facts;
    let built = held.stored.image.as_ref().and_then(|image| image.created);
    let image = json!({
        "RepoName": name,
        "Tag": tag,
        "Digest": held.stored.digest.to_string(),
        "MediaType": media_type,
        "Size": size.to_string(),
        "LastUpdated": time(built),
        "DownloadCount": facts.pulls,
        "IsSigned": false,
        "LastPullTimestamp": time(facts.pulled),
        "PushTimestamp": time(Some(facts.pushed)),
        "Manifests": manifests,
    });
    match image {
        Value::Object(image) => Some(image),
        _ => None,
    }
}

/// A manifest; the platform is that of its configuration, or else what an index says.
fn manifest(held: &Held, said: &Value) -> Value {
    let document = held.document();
    let own = held.stored.image.as_ref();
    let (os, arch) = if let Some(platform) = own.and_then(|image| image.platform.as_ref()) {
        words(platform)
    } else {
        let of = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        (of("os"), of("architecture"))
    };
    let declared = document["artifactType"].as_str();
    let config = document["config"]["mediaType"].as_str();
    json!({
        "Digest": held.stored.digest.to_string(),
        "ConfigDigest": document["config"]["digest"],
        "Size": held.counted_size().to_string(),
        "Platform": { "Os": os, "Arch": arch },
        "ArtifactType": declared.or(config).unwrap_or_default(),
    })
}

/// Operating system, and architecture with its variant.
fn words(platform: &Platform) -> (String, String) {
    let arch = match platform.variant() {
        Some(variant) => format!("{}/{variant}", platform.architecture()),
        None => platform.architecture().to_owned(),
    };
    (platform.os().to_owned(), arch)
}

/// A time; never is the year 1.
fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}
