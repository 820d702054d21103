//! The REST API (googleapis google/devtools/artifactregistry/v1, in the JSON of protobuf:
//! numbers of 64 bits are texts, and what is empty is left out).

use std::collections::BTreeSet;

use hyper::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::ArtifactRegistry;
use crate::model::Timestamp;
use crate::simulator::answer::{self, Answer};
use crate::simulator::asked::Asked;
use crate::simulator::content::Held;
use crate::simulator::registry::Registry;
use crate::simulator::token::credentials_of;

const MOST: usize = 1000;

impl ArtifactRegistry {
    pub(super) fn rest(&self, asked: &Asked<'_>, registry: &Registry) -> Answer {
        if *asked.method != Method::GET {
            return refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "Method not found.");
        }
        let path = percent_decode_str(asked.path)
            .decode_utf8_lossy()
            .into_owned();
        let path: Vec<&str> = path.trim_start_matches('/').splitn(7, '/').collect();
        let [
            "v1",
            "projects",
            project,
            "locations",
            location,
            "repositories",
            ref rest @ ..,
        ] = path[..]
        else {
            return refusal(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "Requested entity was not found.",
            );
        };
        let token = credentials_of(asked.authorization, "bearer");
        let Some(user) = token.and_then(|token| self.by_access_token(registry, token)) else {
            if asked.authorization.is_some() {
                registry.count_failure();
            }
            let message = "Request had invalid authentication credentials. Expected OAuth 2 \
                           access token, login cookie or other valid authentication credential.";
            return refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message);
        };
        // One that belongs to a domain is written with a colon here, and with a slash in names.
        let (id, project) = (project, &*project.replacen(':', "/", 1));
        if id.contains('.') && !id.contains(':') {
            let message = format!("Invalid resource field value: projects/{id}");
            return refusal(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", &message);
        }
        if self.disabled.iter().any(|disabled| disabled == project) {
            let message = format!(
                "Artifact Registry API has not been used in project {project} before or it is \
                 disabled."
            );
            return refusal(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &message);
        }
        let sees = |name: &str| {
            self.may_read(Some(user), name)
                || user
                    .reads
                    .iter()
                    .any(|read| super::super::is_below(read, name))
        };
        let denied = |what: &str| {
            let message = format!(
                "Permission 'artifactregistry.{what}' denied on resource (or it may not exist)."
            );
            refusal(StatusCode::FORBIDDEN, "PERMISSION_DENIED", &message)
        };
        if !sees(project) || location != self.location {
            return denied("repositories.list");
        }
        let front = format!("projects/{id}/locations/{location}/repositories");
        match *rest {
            [] => {
                let stores = self.stores(registry, project);
                let rows = stores.iter().map(|(name, format)| {
                    json!({
                        "name": format!("{front}/{name}"),
                        "format": format,
                        "mode": "STANDARD_REPOSITORY",
                        "createTime": "2026-01-01T00:00:00Z",
                    })
                });
                page(asked, "repositories", rows.collect())
            }
            [rest] => {
                let mut parts = rest.splitn(3, '/');
                let (store, kind) = (parts.next().unwrap_or_default(), parts.next());
                let prefix = match &self.gcr {
                    Some(_) => project.to_owned(),
                    None => format!("{project}/{store}"),
                };
                let known = self.stores(registry, project);
                let is_known = known.iter().any(|(name, _)| *name == store);
                if !is_known || !sees(&prefix) || kind != Some("dockerImages") {
                    return denied("dockerimages.list");
                }
                let all = self.images(registry, &front, store, &prefix);
                match parts.next() {
                    None => page(asked, "dockerImages", all),
                    Some(image) => {
                        let wanted = format!("{front}/{store}/dockerImages/{image}");
                        // Its own `%2F` is encoded once more on the way.
                        let is = |row: &&Value| row["name"] == wanted;
                        all.iter().find(is).map_or_else(
                            || denied("dockerimages.get"),
                            |row| answer::json(row.to_string()),
                        )
                    }
                }
            }
            _ => denied("repositories.get"),
        }
    }

    /// The repositories of a project, and one of another format.
    fn stores(&self, registry: &Registry, project: &str) -> BTreeSet<(String, &'static str)> {
        if let Some(host) = &self.gcr {
            return BTreeSet::from([(host.clone(), "DOCKER")]);
        }
        let below = registry.content().below(project).into_iter();
        let mut all: BTreeSet<(String, &'static str)> = below
            .filter_map(|name| {
                let store = name
                    .strip_prefix(project)?
                    .strip_prefix('/')?
                    .split('/')
                    .next()?;
                Some((store.to_owned(), "DOCKER"))
            })
            .collect();
        all.insert(("wheels".to_owned(), "PYTHON"));
        all
    }

    fn images(&self, registry: &Registry, front: &str, store: &str, prefix: &str) -> Vec<Value> {
        let content = registry.content();
        let mut all = Vec::new();
        for name in content.below(prefix) {
            let Some(image) = name
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            for held in content.held(&name).iter() {
                all.push(self.image(held, front, store, &name, image));
            }
        }
        all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        all
    }

    fn image(&self, held: &Held, front: &str, store: &str, name: &str, image: &str) -> Value {
        let digest = &held.stored.digest;
        let own = image.replace('/', "%2F");
        let mut row = json!({
            "name": format!("{front}/{store}/dockerImages/{own}@{digest}"),
            "uri": format!("{}/{name}@{digest}", self.host()),
            "imageSizeBytes": held.counted_size().to_string(),
            "uploadTime": time(held.facts.pushed),
            "updateTime": time(held.facts.pushed),
            "mediaType": held.stored.media_type,
        });
        if !held.tags.is_empty() {
            row["tags"] = held.tags.iter().map(|(tag, _)| tag.clone()).collect();
        }
        if let Some(built) = held.stored.image.as_ref().and_then(|image| image.created) {
            row["buildTime"] = time(built).into();
        }
        if let Some(kind) = held.document()["artifactType"].as_str() {
            row["artifactType"] = kind.into();
        }
        let children = held.document()["manifests"].as_array();
        if let Some(children) = children.filter(|_| self.tells_children) {
            let child = |child: &Value| {
                let mut told = Map::new();
                for key in ["architecture", "os", "variant"] {
                    if let Some(text) = child["platform"][key].as_str() {
                        told.insert(key.to_owned(), text.into());
                    }
                }
                told.insert("digest".to_owned(), child["digest"].clone());
                told.insert("mediaType".to_owned(), child["mediaType"].clone());
                Value::Object(told)
            };
            row["imageManifests"] = children.iter().map(child).collect();
        }
        row
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.123456Z").to_string()
}

/// A page; the token of the next is no number to others.
fn page(asked: &Asked<'_>, key: &str, rows: Vec<Value>) -> Answer {
    let size = asked
        .parameter("pageSize")
        .and_then(|size| size.parse().ok());
    let size: usize = size.filter(|size| *size > 0).unwrap_or(100).min(MOST);
    let token = asked.parameter("pageToken").unwrap_or_default();
    let at = token.strip_prefix("CAo=").and_then(|at| at.parse().ok());
    let Some(from) = at.or_else(|| token.is_empty().then_some(0)) else {
        let message = "Invalid page token.";
        return refusal(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message);
    };
    let more = rows.len() > from + size;
    let rows: Vec<Value> = rows.into_iter().skip(from).take(size).collect();
    let mut body = Map::new();
    if !rows.is_empty() {
        body.insert(key.to_owned(), rows.into());
    }
    if more {
        body.insert(
            "nextPageToken".to_owned(),
            format!("CAo={}", from + size).into(),
        );
    }
    answer::json(Value::Object(body).to_string())
}

/// The form of error of Google's APIs.
fn refusal(status: StatusCode, word: &str, message: &str) -> Answer {
    let body = json!({
        "error": { "code": status.as_u16(), "message": message, "status": word },
    });
    let mut answer = answer::json(body.to_string());
    *answer.status_mut() = status;
    answer
}
