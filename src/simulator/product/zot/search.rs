//! The search extension of zot: one query of its GraphQL, by which all images are listed
//! (`pkg/extensions/search/{schema.graphql,resolver.go,convert/metadb.go}`).

use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::Zot;
use crate::model::{Platform, Timestamp};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::{Content, Held};
use crate::simulator::document::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};
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

/// Every tag of every repository that a user may read, as far as the metadata know it.
fn images(registry: &Registry, user: &User, repository: &str) -> Vec<Map<String, Value>> {
    let content = registry.content();
    let mut names = content.names();
    names.retain(|name| user.may_read(name) && (repository.is_empty() || repository == name));
    names.sort_unstable();
    let mut images = Vec::new();
    for name in names {
        let known = Known {
            content,
            repository: &name,
            held: content.held(&name),
        };
        let held = known.held.iter();
        let tags = held.flat_map(|one| one.tags.iter().map(move |(tag, _)| (tag, one)));
        let mut tags: Vec<(&String, &Held)> = tags.collect();
        tags.sort_unstable_by_key(|(tag, _)| *tag);
        for (tag, one) in tags {
            if !is_signature(tag) {
                images.extend(known.image(tag, one));
            }
        }
    }
    images
}

/// Signatures, and what looks like the tag of a list of referrers by its end
/// (`pkg/meta/parse.go`, `pkg/common/common.go`).
fn is_signature(tag: &str) -> bool {
    let is_of_referrers = tag
        .rsplit_once("sha256-")
        .is_some_and(|(_, rest)| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let hex = tag.strip_prefix("sha256-");
    let hex = hex.and_then(|rest| rest.strip_suffix(".sig"));
    is_of_referrers || hex.is_some_and(|hex| hex.len() == 64)
}

/// What the metadata know of one repository.
struct Known<'a> {
    content: &'a Content,
    repository: &'a str,
    held: Arc<[Held]>,
}

impl Known<'_> {
    /// The image that a tag names; `None` of an index that leads to no manifest.
    fn image(&self, tag: &str, held: &Held) -> Option<Map<String, Value>> {
        let is_index = held.document()["manifests"].is_array();
        let (media_type, manifests) = if is_index {
            let below = self.below(held);
            if below.is_empty() {
                return None;
            }
            (OCI_INDEX, below)
        } else {
            // The type is that of what it was made into, whatever was pushed.
            (OCI_MANIFEST, vec![(held, Value::Null)])
        };
        let size: u64 = manifests.iter().map(|(one, _)| one.counted_size()).sum();
        let updated = if is_index {
            self.index_updated(held, &manifests)
        } else {
            self.updated(held)
        };
        let manifests: Vec<Value> = manifests
            .iter()
            .map(|(one, said)| manifest(one, said))
            .collect();
        let facts = &held.facts;
        let image = json!({
            "RepoName": self.repository,
            "Tag": tag,
            "Digest": held.stored.digest.to_string(),
            "MediaType": media_type,
            "Size": size.to_string(),
            "LastUpdated": time(updated),
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

    /// The manifests that an index leads to, through other indexes as well, each with the
    /// platform that the index states; what is no manifest by its entry there, and what is
    /// not there, is left out (`getAllContainedMeta`).
    fn below(&self, index: &Held) -> Vec<(&Held, Value)> {
        let entries = index.document()["manifests"].as_array();
        let mut below = Vec::new();
        for entry in entries.into_iter().flatten() {
            let media_type = entry["mediaType"].as_str().unwrap_or_default();
            let is_it = |one: &&Held| entry["digest"] == one.stored.digest.to_string();
            let Some(child) = self.held.iter().find(is_it) else {
                continue;
            };
            match media_type {
                OCI_INDEX | DOCKER_LIST => {
                    let nested = self.below(child).into_iter();
                    below.extend(nested.map(|(one, _)| (one, Value::Null)));
                }
                OCI_MANIFEST | DOCKER_MANIFEST => below.push((child, entry["platform"].clone())),
                _ => {}
            }
        }
        below
    }

    fn configuration(&self, held: &Held) -> Value {
        let digest = held.document()["config"]["digest"].as_str();
        let digest = digest.and_then(|digest| digest.parse().ok());
        let config = digest.and_then(|digest| self.content.blob(self.repository, &digest));
        let read = config.and_then(|config| serde_json::from_slice(&config).ok());
        read.unwrap_or_default()
    }

    /// When an image was built, as an annotation or a label says it
    /// (`convert/annotations.go`).
    fn annotated(&self, held: &Held) -> Option<Timestamp> {
        let labels = || created(&self.configuration(held)["config"]["Labels"]);
        created(&held.document()["annotations"]).or_else(labels)
    }

    /// When it was built: as annotated, and as its configuration says where it is not.
    fn updated(&self, held: &Held) -> Option<Timestamp> {
        let configured = || self.configuration(held)["created"].as_str()?.parse().ok();
        self.annotated(held).or_else(configured)
    }

    /// The same of an index: its own annotation, or that of its first manifest, or when the
    /// latest of them was built.
    fn index_updated(&self, index: &Held, manifests: &[(&Held, Value)]) -> Option<Timestamp> {
        created(&index.document()["annotations"])
            .or_else(|| self.annotated(manifests.first()?.0))
            .or_else(|| {
                manifests
                    .iter()
                    .filter_map(|(one, _)| self.updated(one))
                    .max()
            })
    }
}

/// The date of building among annotations or labels.
fn created(annotations: &Value) -> Option<Timestamp> {
    let mut found = [
        "org.opencontainers.image.created",
        "org.label-schema.build-date",
    ]
    .iter()
    .filter_map(|key| annotations[*key].as_str());
    found.next()?.parse().ok()
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
