//! An artifact in the form of Harbor's API (api/v2.0/swagger.yaml, `Artifact`).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::model::Digest;
use crate::simulator::content::{Content, Held};
use crate::simulator::document::{COSIGN_LAYER, DOCKER_CONFIG, HELM_CONFIG, OCI_CONFIG};

/// A repository with everything in it, and the numbers that Harbor gives.
pub(super) struct Shelf {
    pub(super) name: String,
    pub(super) project_id: usize,
    pub(super) repository_id: usize,
    pub(super) held: Arc<[Held]>,
}

/// What is said of an artifact where it is asked for.
pub(super) struct Wanted {
    pub(super) tags: bool,
    pub(super) immutable: bool,
    pub(super) accessories: bool,
    /// The form of report that is asked for.
    pub(super) scan: Option<String>,
}

/// A time as Harbor writes it; never is the year 1.
pub(super) fn time(at: Option<crate::model::Timestamp>) -> String {
    at.map_or_else(
        || "0001-01-01T00:00:00.000Z".to_owned(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
    )
}

impl Shelf {
    /// `names` are those of all repositories, sorted.
    pub(super) fn open(content: &Content, names: &[String], name: &str, project: usize) -> Self {
        let at = names.partition_point(|known| known.as_str() < name);
        Self {
            name: name.to_owned(),
            project_id: project,
            repository_id: at + 1,
            held: content.held(name),
        }
    }

    pub(super) fn id(&self, held: &Held) -> usize {
        self.repository_id * 1_000_000 + held.number + 1
    }

    /// Neither a child of an index without a tag of its own, nor an accessory: `q=base=*`
    /// lists the children too, and nothing lists accessories (dao.go, setAccessoryQuery).
    pub(super) fn listed(&self, with_children: bool) -> Vec<&Held> {
        let is_listed = |held: &&Held| {
            let is_base = !held.tags.is_empty() || held.parents.is_empty();
            (with_children || is_base) && subject(held).is_none()
        };
        self.held.iter().filter(is_listed).collect()
    }

    pub(super) fn artifact(&self, held: &Held, wanted: &Wanted) -> Value {
        let body = held.document();
        let config_type = body["config"]["mediaType"].as_str();
        let own_type = body["artifactType"].as_str();
        let manifest_type = held.stored.media_type.as_str();
        let media_type = config_type.unwrap_or(manifest_type);
        let mut artifact = json!({
            "id": self.id(held),
            "type": kind(media_type, config_type.is_none()),
            "media_type": media_type,
            "manifest_media_type": manifest_type,
            "artifact_type": own_type.unwrap_or(media_type),
            "project_id": self.project_id,
            "repository_id": self.repository_id,
            "repository_name": self.name,
            "digest": held.stored.digest.to_string(),
            "size": self.size(held),
            "icon": "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06",
            "push_time": time(Some(held.facts.pushed)),
            "pull_time": time(held.facts.pulled),
            "extra_attrs": extra(held, config_type),
            "references": self.references(held, body),
            "tags": null,
            "labels": null,
            "accessories": null,
        });
        if wanted.tags && !held.tags.is_empty() {
            artifact["tags"] = self.tags(held, wanted.immutable);
        }
        if wanted.accessories {
            artifact["accessories"] = self.accessories(held);
        }
        if let (Some(mime), Some(report)) = (&wanted.scan, scan(held)) {
            artifact["scan_overview"] = Map::from_iter([(mime.clone(), report)]).into();
        }
        artifact
    }

    /// Bytes of the manifest, the configuration and the layers; of an index, its own bytes
    /// and the sizes of all it lists (controller/artifact/manifest).
    fn size(&self, held: &Held) -> u64 {
        let document = held.document();
        let children = document["manifests"].as_array().into_iter().flatten();
        let children = children.filter_map(|child| self.by_digest(&child["digest"]));
        held.counted_size() + children.map(|child| self.size(child)).sum::<u64>()
    }

    fn by_digest(&self, digest: &Value) -> Option<&Held> {
        let digest = digest.as_str()?;
        let fits = |held: &&Held| held.stored.digest.to_string() == digest;
        self.held.iter().find(fits)
    }

    fn references(&self, held: &Held, body: &Value) -> Value {
        let Some(children) = body["manifests"].as_array() else {
            return Value::Null;
        };
        let reference = |child: &Value| {
            json!({
                "parent_id": self.id(held),
                "child_id": self.by_digest(&child["digest"]).map(|child| self.id(child)),
                "child_digest": child["digest"],
                "platform": child["platform"],
                "annotations": child["annotations"],
                "urls": null,
            })
        };
        children.iter().map(reference).collect()
    }

    pub(super) fn tags(&self, held: &Held, with_immutable: bool) -> Value {
        let tags = held.tags.iter().enumerate();
        let tag = |(at, (name, immutable)): (usize, &(String, bool))| {
            json!({
                "id": self.id(held) * 1000 + at,
                "artifact_id": self.id(held),
                "repository_id": self.repository_id,
                "name": name,
                "push_time": time(Some(held.facts.pushed)),
                "pull_time": time(held.facts.pulled),
                "immutable": with_immutable && *immutable,
            })
        };
        tags.map(tag).collect()
    }

    fn accessories(&self, of: &Held) -> Value {
        let accessory = |held: &Held| {
            let (subject, kind) = subject(held)?;
            (subject == of.stored.digest).then(|| {
                json!({
                    "id": self.id(held),
                    "artifact_id": self.id(held),
                    "subject_artifact_id": self.id(of),
                    "subject_artifact_digest": subject.to_string(),
                    "subject_artifact_repo": self.name,
                    "size": self.size(held),
                    "digest": held.stored.digest.to_string(),
                    "type": kind,
                    "creation_time": time(Some(held.facts.pushed)),
                })
            })
        };
        let found: Vec<Value> = self.held.iter().filter_map(accessory).collect();
        if found.is_empty() {
            Value::Null
        } else {
            found.into()
        }
    }
}

/// What an artifact is an accessory of, and as what.
fn subject(held: &Held) -> Option<(Digest, &'static str)> {
    let body = held.document();
    let layers = body["layers"].as_array().map_or(&[][..], Vec::as_slice);
    // cosign names what it signs by a tag (middleware/cosign), others by a subject
    // (middleware/subject).
    let signs = layers
        .iter()
        .any(|layer| layer["mediaType"] == COSIGN_LAYER);
    let by_tag = held.tags.iter().find_map(|(tag, _)| {
        let hex = tag.strip_prefix("sha256-")?.strip_suffix(".sig")?;
        format!("sha256:{hex}").parse::<Digest>().ok()
    });
    if let Some(digest) = by_tag.filter(|_| signs) {
        return Some((digest, "signature.cosign"));
    }
    let digest = body["subject"]["digest"].as_str()?.parse().ok()?;
    Some((digest, "subject.accessory"))
}

/// The type, in capitals (processor/default.go).
fn kind(media_type: &str, is_index: bool) -> &'static str {
    match media_type {
        OCI_CONFIG | DOCKER_CONFIG => "IMAGE",
        _ if is_index => "IMAGE",
        HELM_CONFIG => "CHART",
        _ => "UNKNOWN",
    }
}

/// What the configuration says; of an image no variant (image/manifest_v2.go).
fn extra(held: &Held, config_type: Option<&str>) -> Value {
    let is_image = matches!(config_type, Some(OCI_CONFIG | DOCKER_CONFIG));
    let Some(image) = held.stored.image.as_ref().filter(|_| is_image) else {
        return Value::Null;
    };
    json!({
        "architecture": image.platform.as_ref().map_or("", |platform| platform.architecture()),
        "os": image.platform.as_ref().map_or("", |platform| platform.os()),
        "created": image.created.map(|at| at.to_string()),
        "author": "",
        "config": { "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"] },
    })
}

/// What a scanner found in an image.
fn scan(held: &Held) -> Option<Value> {
    let scan = held.facts.scan?;
    let severity = match (scan.critical, scan.high, scan.medium, scan.low) {
        (0, 0, 0, 0) => "None",
        (0, 0, 0, _) => "Low",
        (0, 0, _, _) => "Medium",
        (0, _, _, _) => "High",
        _ => "Critical",
    };
    Some(json!({
        "report_id": "5f62c830-f996-11e9-957f-0242c0a89008",
        "scan_status": "Success",
        "severity": severity,
        "duration": 3,
        "summary": {
            "total": scan.total(),
            "fixable": scan.fixable,
            "summary": {
                "Critical": scan.critical,
                "High": scan.high,
                "Medium": scan.medium,
                "Low": scan.low,
            },
        },
        "start_time": time(Some(held.facts.pushed)),
        "end_time": time(Some(held.facts.pushed)),
        "complete_percent": 100,
        "scanner": { "name": "Trivy", "vendor": "Aqua Security", "version": "v0.58.0" },
    }))
}
