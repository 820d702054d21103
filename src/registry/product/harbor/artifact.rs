//! An artifact as Harbor's API tells it (api/v2.0/swagger.yaml, `Artifact`), and what an
//! inventory takes of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::Cover;
use crate::model::{
    Child, Digest, Image, ImageFacts, Kind, MediaType, Platform, Tag, Timestamp, Vulnerabilities,
};
use crate::registry::lenient::{Flag, List, Number, Object, Presence, Text};
use crate::registry::list::{self, Listed};
use crate::registry::manifest;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Artifact {
    #[serde(rename = "type")]
    kind: Text,
    manifest_media_type: Text,
    #[serde(rename = "artifact_type")]
    own_type: Text,
    repository_name: Text,
    digest: Text,
    size: Number,
    push_time: Text,
    pull_time: Text,
    extra_attrs: Object<Attributes>,
    references: List<Object<Reference>>,
    tags: List<Object<TagRow>>,
    scan_overview: Object<BTreeMap<String, Object<Scan>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    architecture: Text,
    os: Text,
    variant: Text,
    created: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    child_digest: Text,
    platform: Object<Attributes>,
    annotations: Object<Annotations>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotations {
    #[serde(rename = "vnd.docker.reference.type")]
    reference: Presence,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagRow {
    name: Text,
    immutable: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scan {
    end_time: Text,
    summary: Object<ScanSummary>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScanSummary {
    summary: Object<BTreeMap<String, Number>>,
}

impl Artifact {
    /// The repository that it is in, where this says it.
    pub(super) fn repository(&self) -> Option<&str> {
        self.repository_name.uncovered()
    }

    /// As messages show it.
    pub(super) fn shown(&self, cover: &Cover) -> String {
        let digest = self.digest.show(cover, 80);
        digest.unwrap_or_else(|| "an artifact without a digest".to_owned())
    }

    /// The entry that it is; `None` where it has no digest, or holds a secret.
    pub(super) fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.digest.parse()?;
        let tags = || self.tags.iter().filter_map(Object::get);
        let names = |tag: &TagRow| -> Option<Tag> { tag.name.parse() };
        let all: Vec<Tag> = tags().filter_map(names).collect();
        if self.digest.holds_secret(cover) || tags().any(|tag| tag.name.holds_secret(cover)) {
            return None;
        }
        let mut immutable: Vec<Tag> = tags()
            .filter(|tag| tag.immutable.is_set())
            .filter_map(names)
            .collect();
        immutable.sort_unstable();
        let media_type = MediaType::from(self.manifest_media_type.uncovered().unwrap_or_default());
        let is_index = media_type.is_index();
        // A type that is none of the usual ones is for the manifest to say.
        let image = match media_type {
            MediaType::Other(_) => None,
            usual => self.image(usual, is_index, cover),
        };
        let told = match image {
            Some(image) => list::Told::Image(Box::new(image)),
            None => list::Told::Nothing,
        };
        Some(Listed {
            tags: all,
            digest,
            is_index,
            told,
            facts: ImageFacts {
                pushed: moment(&self.push_time),
                pulled: moment(&self.pull_time),
                immutable,
                vulnerabilities: self.vulnerabilities(),
                ..ImageFacts::default()
            },
        })
    }

    /// The image as far as it is told; `None` where something has to be read.
    fn image(&self, media_type: MediaType, is_index: bool, cover: &Cover) -> Option<Image> {
        let nothing = Attributes::default();
        let attributes = self.extra_attrs.get().unwrap_or(&nothing);
        if is_index {
            let mut image = Image::new(Kind::Index, media_type);
            let references = self.references.iter().map(Object::get);
            image.children = references
                .map(|row| row.and_then(|row| row.child(cover)))
                .collect::<Option<Vec<Child>>>()?;
            return (!image.children.is_empty()).then_some(image);
        }
        let mut image = Image::new(Kind::Image, media_type);
        image.size = Some(self.size.get()?);
        if !self.kind.is("IMAGE") {
            image.kind = Kind::Artifact;
            image.artifact_type = Some(self.own_type.show(cover, 160)?);
            return Some(image);
        }
        // It does not tell the variant that the configuration has.
        let architecture = attributes.architecture.uncovered()?;
        if architecture.starts_with("arm") {
            return None;
        }
        image.platform = Some(attributes.platform(cover)?);
        image.created = attributes.created.parse();
        Some(image)
    }

    /// Of several reports the newest counts.
    fn vulnerabilities(&self) -> Option<Vulnerabilities> {
        let reports = self.scan_overview.get()?.values().filter_map(Object::get);
        let report = reports.max_by_key(|report| moment(&report.end_time))?;
        let counts = report.summary.get()?.summary.get()?;
        let of = |severity: &str| counts.get(severity).and_then(Number::get).unwrap_or(0);
        Some(Vulnerabilities {
            critical: of("Critical"),
            high: of("High"),
            medium: of("Medium"),
            low: of("Low"),
            unknown: of("Unknown"),
            scanned: moment(&report.end_time),
        })
    }
}

impl Attributes {
    fn platform(&self, cover: &Cover) -> Option<Platform> {
        manifest::platform(&self.os, &self.architecture, &self.variant, cover)
    }
}

impl Reference {
    /// `None` where it does not tell whether it is a platform.
    fn child(&self, cover: &Cover) -> Option<Child> {
        let digest = self.child_digest.parse()?;
        let platform = self.platform.get().and_then(|raw| raw.platform(cover));
        let refers = self
            .annotations
            .get()
            .is_some_and(|all| all.reference.is_there());
        let child = manifest::child(digest, platform, refers);
        (child.accessory || child.platform.is_some()).then_some(child)
    }
}

/// A time; the year 1 stands for never.
fn moment(text: &Text) -> Option<Timestamp> {
    text.parse::<Timestamp>().filter(|at| at.as_second() > 0)
}
