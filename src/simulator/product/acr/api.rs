//! The lists of Azure's registries (Azure/acr-cli docs/swagger.yaml).

use hyper::header::LINK;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::Acr;
use crate::model::{Kind, Timestamp};
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::document::{DOCKER_CONFIG, OCI_CONFIG};
use crate::simulator::registry::Registry;

/// What the repositories' own lists end with.
const LISTS: [&str; 2] = ["_manifests", "_tags"];

/// Tags that the row of a manifest names at most (Azure/azure-cli#7438, Azure/acr#529).
const TAGS_OF_A_ROW: usize = 10;

/// The repository that a path below the API names.
pub(super) fn repository(below: &str) -> Option<String> {
    let below = percent_encoding::percent_decode_str(below).decode_utf8_lossy();
    if below == "_catalog" {
        return None;
    }
    let end = LISTS
        .iter()
        .find_map(|list| below.find(&format!("/{list}")));
    Some(below[..end.unwrap_or(below.len())].to_owned())
}

/// A time with seven digits behind the second.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.1234567Z").to_string()
}

/// What may be done with something, which may be locked in two ways.
fn attributes(may_delete: bool, may_write: bool) -> Value {
    json!({
        "deleteEnabled": may_delete,
        "writeEnabled": may_write,
        "readEnabled": true,
        "listEnabled": true,
    })
}

fn missing(what: &str) -> Answer {
    let code = format!("{what}_UNKNOWN");
    let message = format!("{} is not found", what.to_lowercase());
    answer::error(StatusCode::NOT_FOUND, &code, &message, None)
}

impl Acr {
    pub(super) fn api(
        &self,
        asked: &Asked<'_>,
        registry: &Registry,
        repository: Option<&str>,
    ) -> Answer {
        if !matches!(*asked.method, Method::GET | Method::HEAD) {
            return answer::unsupported();
        }
        let Some(name) = repository else {
            return self.catalogue(asked, registry, "/acr/v1/_catalog");
        };
        if !registry.content().has(name) {
            return missing("NAME");
        }
        let all = registry.content().held(name);
        let path = percent_encoding::percent_decode_str(asked.path).decode_utf8_lossy();
        let below = path.strip_prefix(&format!("/acr/v1/{name}"));
        let below: Vec<&str> = below.unwrap_or_default().split('/').skip(1).collect();
        match below[..] {
            [] => said(&json!({
                "registry": self.service(),
                "imageName": name,
                "createdTime": all.iter().map(|held| held.facts.pushed).min().map(time),
                "lastUpdateTime": all.iter().map(|held| held.facts.pushed).max().map(time),
                "manifestCount": all.len(),
                "tagCount": all.iter().map(|held| held.tags.len()).sum::<usize>(),
                "changeableAttributes": attributes(true, true),
            })),
            ["_manifests"] => {
                let row = |held: &Held| {
                    let digest = held.stored.digest.to_string();
                    (digest, self.manifest(name, &all, held))
                };
                self.page(asked, name, "manifests", all.iter().map(row).collect())
            }
            ["_manifests", digest] => {
                let is_it = |held: &&Held| held.stored.digest.to_string() == digest;
                let Some(held) = all.iter().find(is_it) else {
                    return missing("MANIFEST");
                };
                said(&json!({
                    "registry": self.service(),
                    "imageName": name,
                    "manifest": self.manifest(name, &all, held),
                }))
            }
            ["_tags"] => self.page(asked, name, "tags", tags(&all)),
            ["_tags", tag] => match tags(&all).into_iter().find(|(known, _)| known == tag) {
                Some((_, row)) => said(&json!({
                    "registry": self.service(),
                    "imageName": name,
                    "tag": row,
                })),
                None => missing("TAG"),
            },
            _ => answer::no_such_page(),
        }
    }

    /// A page of rows by what they are called, or by when they were pushed.
    fn page(
        &self,
        asked: &Asked<'_>,
        name: &str,
        key: &str,
        mut rows: Vec<(String, Value)>,
    ) -> Answer {
        let order = asked.parameter("orderby").unwrap_or_default();
        match order.as_str() {
            "" | "none" => rows.sort_by(|a, b| a.0.cmp(&b.0)),
            "timeasc" | "timedesc" => {
                let at = |row: &Value| row["lastUpdateTime"].to_string();
                rows.sort_by_key(|(name, row)| (at(row), name.clone()));
                if order == "timedesc" {
                    rows.reverse();
                }
            }
            _ => {
                let message = "invalid orderby";
                return answer::error(StatusCode::BAD_REQUEST, "BAD_REQUEST", message, None);
            }
        }
        if let Some(digest) = asked.parameter("digest") {
            rows.retain(|(_, row)| row["digest"] == digest);
        }
        let size = asked.parameter("n").and_then(|n| n.parse().ok());
        let size: usize = size.map_or(100, |n: usize| n.clamp(1, 1000));
        let from = match asked.parameter("last").filter(|last| !last.is_empty()) {
            None => 0,
            Some(last) => match rows.iter().position(|(name, _)| *name == last) {
                Some(at) => at + 1,
                None => rows.iter().filter(|(name, _)| *name <= last).count(),
            },
        };
        let more = rows.len() > from + size;
        let rows: Vec<(String, Value)> = rows.into_iter().skip(from).take(size).collect();
        let mut body = json!({ "registry": self.service(), "imageName": name });
        let last = rows.last().map(|(last, _)| last.clone());
        // An empty page has no list at all.
        if !rows.is_empty() {
            body[key] = rows.into_iter().map(|(_, row)| row).collect();
        }
        let mut answer = said(&body);
        if let Some(last) = last.filter(|_| more && self.links) {
            let last: String = url::form_urlencoded::byte_serialize(last.as_bytes()).collect();
            let path = asked.path;
            let link = format!("<{path}?last={last}&n={size}&orderby={order}>; rel=\"next\"");
            answer::set(&mut answer, LINK, &link);
        }
        answer
    }

    /// The row of a manifest of the repository `name`, which holds `all`.
    fn manifest(&self, name: &str, all: &[Held], held: &Held) -> Value {
        let document = held.document();
        let configuration = document["config"]["mediaType"].as_str();
        let is_image =
            configuration.is_some_and(|kind| kind == OCI_CONFIG || kind == DOCKER_CONFIG);
        let size = if self.manifest_sizes.iter().any(|known| known == name) {
            held.stored.body.len() as u64
        } else {
            image_size(all, held)
        };
        let mut row = json!({
            "digest": held.stored.digest.to_string(),
            "imageSize": size,
            "createdTime": time(held.facts.pushed),
            "lastUpdateTime": time(held.facts.pushed),
            "mediaType": held.stored.media_type,
            "changeableAttributes": attributes(!self.locked.contains(&held.stored.digest), true),
        });
        if let Some(configuration) = configuration {
            row["configMediaType"] = configuration.into();
        }
        for key in ["artifactType", "subject"] {
            if let Some(value) = document.get(key) {
                row[key] = value.clone();
            }
        }
        if !held.tags.is_empty() {
            // Which of them it names is documented by nobody.
            let tags = held.tags.iter().take(TAGS_OF_A_ROW);
            row["tags"] = tags.map(|(tag, _)| tag.clone()).collect();
        }
        // The variant is told by none.
        let platform = held.stored.image.as_ref().filter(|_| is_image);
        if let Some(platform) = platform.and_then(|image| image.platform.as_ref()) {
            row["architecture"] = platform.architecture().into();
            row["os"] = platform.os().into();
        }
        if let Some(children) = document["manifests"].as_array() {
            let reference = |child: &Value| {
                json!({
                    "digest": child["digest"],
                    "architecture": child["platform"]["architecture"],
                    "os": child["platform"]["os"],
                })
            };
            row["references"] = children.iter().map(reference).collect();
        }
        row
    }
}

fn said(value: &Value) -> Answer {
    answer::json(value.to_string())
}

/// The bytes of an image, those of its manifest included; of an index, those of what it lists.
/// The first layer of an image for Windows is Microsoft's, is kept by no registry, and is not
/// counted.
fn image_size(all: &[Held], held: &Held) -> u64 {
    let Some(image) = &held.stored.image else {
        return held.counted_size();
    };
    if image.kind == Kind::Index {
        let children = image.children.iter();
        let held = children.filter_map(|child| {
            let mut all = all.iter();
            all.find(|held| held.stored.digest == child.digest)
        });
        return held.map(|child| image_size(all, child)).sum();
    }
    let platform = image.platform.as_ref();
    let is_windows = platform.is_some_and(|platform| platform.os() == "windows");
    let first_layer = held.document()["layers"][0]["size"].as_u64();
    let elsewhere = first_layer.filter(|_| is_windows).unwrap_or(0);
    held.counted_size() - elsewhere
}

fn tags(all: &[Held]) -> Vec<(String, Value)> {
    let of = |held: &Held| -> Vec<(String, Value)> {
        let rows = held.tags.iter().map(|(tag, is_locked)| {
            let row = json!({
                "name": tag,
                "digest": held.stored.digest.to_string(),
                "createdTime": time(held.facts.pushed),
                "lastUpdateTime": time(held.facts.pushed),
                "signed": false,
                "changeableAttributes": attributes(true, !is_locked),
            });
            (tag.clone(), row)
        });
        rows.collect()
    };
    all.iter().flat_map(of).collect()
}
