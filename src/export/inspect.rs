//! One image in full: `inspect --format json`, an object; for people, titled sections.

mod sections;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::facts::{self, VulnerabilitiesObject};
use crate::model::{Inspected, Json, Timestamp, text};

/// An image for outputs.
#[derive(Clone, Debug, Serialize)]
pub struct InspectObject<'i> {
    registry: &'i str,
    repository: &'i str,
    tag: Option<&'i str>,
    digest: String,
    index: Option<String>,
    kind: &'static str,
    media_type: String,
    artifact_type: Option<String>,
    subject: Option<String>,
    size: Option<u64>,
    from: &'static str,
    manifest: Option<&'i Json>,
    children: Vec<ChildObject>,
    layers: Vec<LayerObject>,
    configuration: Option<ConfigurationObject>,
    history: Vec<StepObject>,
    referrers: Option<Vec<ReferrerObject>>,
    places: Vec<PlaceObject>,
    pushed: Option<String>,
    pulled: Option<String>,
    pulls: Option<u64>,
    immutable: Option<Vec<String>>,
    locked: Option<bool>,
    vulnerabilities: Option<VulnerabilitiesObject>,
    expires: Option<String>,
    #[serde(skip)]
    found: Option<String>,
    first_seen: Option<String>,
    last_seen: Option<String>,
    stale_since: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct ChildObject {
    digest: String,
    platform: Option<String>,
    size: Option<u64>,
    accessory: bool,
}

#[derive(Clone, Debug, Serialize)]
struct LayerObject {
    digest: String,
    size: u64,
    media_type: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct ConfigurationObject {
    created: Option<String>,
    author: Option<String>,
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    user: Option<String>,
    env: Vec<String>,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    working_dir: Option<String>,
    labels: std::collections::BTreeMap<String, String>,
    exposed_ports: Vec<String>,
    volumes: Vec<String>,
    stop_signal: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct StepObject {
    created: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
    empty_layer: bool,
}

#[derive(Clone, Debug, Serialize)]
struct ReferrerObject {
    digest: String,
    artifact_type: Option<String>,
    size: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct PlaceObject {
    registry: String,
    repository: String,
    digest: String,
    tags: Vec<String>,
    #[serde(rename = "as")]
    role: &'static str,
}

fn moment(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn clean(text: &str) -> String {
    text::harmless(text).into_owned()
}

fn clean_all(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| clean(text)).collect()
}

impl<'i> InspectObject<'i> {
    /// The object of an image.
    pub fn new(image: &'i Inspected) -> Self {
        let optional = |text: &Option<String>| text.as_deref().map(clean);
        let known = image.known.as_ref();
        let found = known.and_then(|row| row.facts.vulnerabilities);
        Self {
            registry: image.registry.as_str(),
            repository: image.repository.as_str(),
            tag: image.tag.as_ref().map(crate::model::Tag::as_str),
            digest: image.digest.to_string(),
            index: image.index.as_ref().map(ToString::to_string),
            kind: image.kind.as_str(),
            media_type: clean(image.media_type.as_str()),
            artifact_type: optional(&image.artifact_type),
            subject: image.subject.as_ref().map(ToString::to_string),
            size: image.size,
            from: image.from.as_str(),
            manifest: image.manifest.as_ref(),
            children: image
                .children
                .iter()
                .map(|child| ChildObject {
                    digest: child.digest.to_string(),
                    platform: child.platform.as_ref().map(ToString::to_string),
                    size: child.size,
                    accessory: child.accessory,
                })
                .collect(),
            layers: image
                .layers
                .iter()
                .map(|layer| LayerObject {
                    digest: layer.digest.to_string(),
                    size: layer.size,
                    media_type: optional(&layer.media_type),
                })
                .collect(),
            configuration: image
                .configuration
                .as_ref()
                .map(|facts| ConfigurationObject {
                    created: moment(facts.created),
                    author: optional(&facts.author),
                    os: optional(&facts.os),
                    architecture: optional(&facts.architecture),
                    variant: optional(&facts.variant),
                    user: optional(&facts.user),
                    env: clean_all(&facts.env),
                    entrypoint: clean_all(&facts.entrypoint),
                    cmd: clean_all(&facts.cmd),
                    working_dir: optional(&facts.working_dir),
                    labels: facts
                        .labels
                        .iter()
                        .map(|(name, value)| (clean(name), clean(value)))
                        .collect(),
                    exposed_ports: clean_all(&facts.exposed_ports),
                    volumes: clean_all(&facts.volumes),
                    stop_signal: optional(&facts.stop_signal),
                }),
            history: image
                .history
                .iter()
                .map(|step| StepObject {
                    created: moment(step.created),
                    created_by: optional(&step.created_by),
                    comment: optional(&step.comment),
                    empty_layer: step.empty_layer,
                })
                .collect(),
            referrers: image.referrers.as_ref().map(|all| {
                let object = |one: &crate::model::Referrer| ReferrerObject {
                    digest: one.digest.to_string(),
                    artifact_type: optional(&one.artifact_type),
                    size: one.size,
                };
                all.iter().map(object).collect()
            }),
            places: image
                .places
                .iter()
                .map(|place| PlaceObject {
                    registry: place.registry.to_string(),
                    repository: place.repository.to_string(),
                    digest: place.digest.to_string(),
                    tags: place.tags.iter().map(ToString::to_string).collect(),
                    role: if place.is_child { "child" } else { "image" },
                })
                .collect(),
            pushed: moment(known.and_then(|row| row.facts.pushed)),
            pulled: moment(known.and_then(|row| row.facts.pulled)),
            pulls: known.and_then(|row| row.facts.pulls),
            immutable: known.and_then(|row| facts::immutable(&row.facts)),
            locked: known.and_then(|row| row.facts.locked),
            vulnerabilities: found.map(Into::into),
            expires: moment(known.and_then(|row| row.facts.expires)),
            found: found.map(|found| found.words()),
            first_seen: moment(known.map(|row| row.first_seen)),
            last_seen: moment(known.map(|row| row.last_seen)),
            stale_since: moment(known.and_then(|row| row.stale_since)),
        }
    }
}
