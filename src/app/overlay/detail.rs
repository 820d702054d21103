//! Everything about one image.

use super::{Scroll, close};
use crate::app::act;
use crate::app::document::{Document, Tone};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::words::{artifact, counted, moment};
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context};
use crate::model::text::size;
use crate::model::{Endpoint, ImageRow, Kind, Product, RegistrySpec, RepositoryName, Tag};

/// The page of an image.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The image.
    pub image: ImageRow,
    /// Host and repository, as references begin.
    pub origin: String,
    /// How far it is scrolled.
    pub scroll: Scroll,
}

/// Adds a digest, unbroken where the width allows: beside its label, else below it.
fn digest(document: &mut Document, tone: Tone, label: &str, digest: &str) {
    let column = COLUMN.max(label.len() + 1);
    if column + digest.len() <= document.width() {
        document.entry(column, (Tone::Dim, label), tone, digest);
    } else {
        document.text(Tone::Dim, label);
        document.entry(2, (Tone::Plain, ""), tone, digest);
    }
}

/// Columns of the labels.
const COLUMN: usize = 15;

/// Host and repository as clients write them in front of `:tag` or `@digest`.
///
/// Artifactory is the one product whose base path is part of what clients write:
/// `host/KEY/repository` for `…/api/docker/KEY`.
fn origin(spec: &RegistrySpec, repository: &RepositoryName) -> String {
    let endpoint: &Endpoint = &spec.endpoint;
    let key = match spec.product {
        Some(Product::Artifactory | Product::ArtifactoryPath) | None => endpoint
            .base()
            .split_once("/api/docker/")
            .map(|(_, key)| key.trim_matches('/')),
        Some(_) => None,
    };
    match key {
        Some(key) if !key.is_empty() => format!("{}/{key}/{repository}", endpoint.authority()),
        _ => format!("{}/{repository}", endpoint.authority()),
    }
}

impl Detail {
    /// The page of this image.
    pub fn new(image: ImageRow, spec: &RegistrySpec) -> Self {
        Self {
            origin: origin(spec, &image.repository),
            image,
            scroll: Scroll::default(),
        }
    }

    /// The page.
    pub fn document(&self, width: u16) -> Document {
        let image = &self.image;
        let facts = &image.image;
        let mut document = Document::new(width);
        digest(
            &mut document,
            Tone::Plain,
            "digest",
            &image.digest.to_string(),
        );
        let mut fact = |label: &str, tone, text: &str| {
            document.entry(COLUMN, (Tone::Dim, label), tone, text);
        };
        let tags: Vec<&str> = image.tags.iter().map(Tag::as_str).collect();
        match tags.len() {
            0 => fact("tags", Tone::Dim, "none"),
            1 => fact("tag", Tone::Plain, tags[0]),
            n => fact(&format!("{n} tags"), Tone::Plain, &tags.join("  ")),
        }
        if let Some(since) = image.stale_since {
            let text = format!("since {}: it could not be confirmed", moment(since));
            fact("stale", Tone::Warn, &text);
        }
        let kind = match facts.kind {
            Kind::Artifact => artifact(facts.artifact_type.as_deref()),
            kind => kind.as_str().to_owned(),
        };
        fact("kind", Tone::Plain, &kind);
        let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
        if !platforms.is_empty() {
            let label = if platforms.len() == 1 {
                "platform"
            } else {
                "platforms"
            };
            fact(label, Tone::Plain, &platforms.join("  "));
        }
        match facts.size {
            Some(bytes) => fact(
                "size",
                Tone::Plain,
                &format!("{}, {bytes} bytes", size(bytes)),
            ),
            None if facts.has_unread_children() => {
                fact("size", Tone::Dim, "not known: its images are not all read");
            }
            None => fact("size", Tone::Dim, "not known"),
        }
        match facts.created {
            Some(at) => fact("built", Tone::Plain, &moment(at)),
            None => fact("built", Tone::Dim, "not known"),
        }
        fact("first seen", Tone::Plain, &moment(image.first_seen));
        fact("last seen", Tone::Plain, &moment(image.last_seen));
        self.told(&mut fact);
        fact("media type", Tone::Plain, facts.media_type.as_str());
        if let Some(artifact_type) = &facts.artifact_type {
            fact("artifact type", Tone::Plain, artifact_type);
        }
        fact("repository", Tone::Plain, &self.origin);
        self.children(&mut document);
        document
    }

    /// What the registry's own listing tells.
    fn told(&self, fact: &mut impl FnMut(&str, Tone, &str)) {
        let told = &self.image.facts;
        if let Some(at) = told.pushed {
            fact("pushed", Tone::Plain, &moment(at));
        }
        let times = told.pulls.map(|n| counted(n, "pull", "pulls"));
        let last = told.pulled.map(moment);
        match (last, times) {
            (Some(last), Some(times)) => fact("pulled", Tone::Plain, &format!("{last}, {times}")),
            (Some(text), None) | (None, Some(text)) => fact("pulled", Tone::Plain, &text),
            (None, None) => {}
        }
        if !told.immutable.is_empty() {
            let tags: Vec<&str> = told.immutable.iter().map(Tag::as_str).collect();
            fact("immutable", Tone::Plain, &tags.join("  "));
        }
        if told.locked == Some(true) {
            fact("locked", Tone::Plain, "the registry lets nobody delete it");
        }
        if let Some(found) = &told.vulnerabilities {
            let tone = if found.critical > 0 {
                Tone::Warn
            } else {
                Tone::Plain
            };
            let scanned = found.scanned.map(|at| format!("; scanned {}", moment(at)));
            let text = format!("{}{}", found.words(), scanned.unwrap_or_default());
            fact("vulnerable", tone, &text);
        }
    }

    fn children(&self, document: &mut Document) {
        let children = &self.image.image.children;
        if children.is_empty() {
            return;
        }
        document.gap();
        let attached = children.iter().filter(|child| child.accessory).count();
        let images = self.image.image.runnable().count();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let listed = counted(count(images), "image", "images");
        document.heading(&match count(attached) {
            0 => format!("Lists {listed}"),
            n => format!(
                "Lists {listed} and {}",
                counted(n, "attestation", "attestations")
            ),
        });
        for child in children {
            let (tone, name) = match &child.platform {
                _ if child.accessory => (Tone::Dim, "attestation".to_owned()),
                _ if child.is_index => (Tone::Dim, "index".to_owned()),
                Some(platform) => (Tone::Plain, platform.to_string()),
                None => (Tone::Dim, "no platform".to_owned()),
            };
            let name = match child.size {
                Some(bytes) => format!("{name:<16} {:>9}", size(bytes)),
                None => name,
            };
            digest(document, tone, &name, &child.digest.to_string());
        }
    }

    /// Shows the row of the same image, where it is among these.
    pub(in crate::app) fn refresh(&mut self, rows: &[ImageRow]) {
        let same = |row: &&ImageRow| {
            row.registry == self.image.registry
                && row.repository == self.image.repository
                && row.digest == self.image.digest
        };
        if let Some(row) = rows.iter().find(same) {
            self.image = row.clone();
        }
    }

    /// The reference by digest.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.origin, self.image.digest)
    }
}

impl Layer for Detail {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Detail,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        act::cannot_copy(&self.image, command)
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let mut scroll = self.scroll;
        let scrolled = scroll.take(command, outside.world, |width| self.document(width));
        self.scroll = scroll;
        match command {
            _ if scrolled.is_some() => {}
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                act::copy(self, command, outside);
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let page = world.page();
        let len = self.document(page.width).len();
        self.scroll.settle(len, usize::from(page.height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixture;

    #[test]
    fn what_the_registry_tells_of_an_image_is_shown_where_it_tells_it() {
        use crate::model::{ImageFacts, Timestamp, Vulnerabilities};
        let mut image = fixture::image(&["1"], &["linux/amd64"], None);
        let spec = fixture::spec("hub", "https://hub.example");
        let shown = |image: &ImageRow| {
            let document = Detail::new(image.clone(), &spec).document(80);
            let lines = document.lines.iter();
            let lines: Vec<String> = lines
                .map(|line| format!("{} {}", line.label.trim(), line.text))
                .collect();
            lines.join("\n")
        };
        let silent = shown(&image);
        let labels = ["pushed", "pulled", "immutable", "locked", "vulnerable"];
        for label in labels {
            assert!(!silent.contains(label), "{silent}");
        }
        image.facts = ImageFacts {
            pushed: Timestamp::from_second(1_700_000_000).ok(),
            pulled: Timestamp::from_second(1_700_000_060).ok(),
            pulls: Some(17),
            immutable: vec!["1".parse().unwrap()],
            locked: Some(true),
            vulnerabilities: Some(Vulnerabilities {
                critical: 1,
                ..Vulnerabilities::default()
            }),
        };
        let told = shown(&image);
        for label in labels {
            assert!(told.contains(label), "{label}: {told}");
        }
        assert!(
            told.contains(", 17 pulls") && told.contains("1 critical"),
            "{told}"
        );
    }

    #[test]
    fn an_index_tells_the_size_of_each_platform() {
        let platforms = ["linux/amd64", "linux/arm64/v8", "linux/s390x"];
        let image = fixture::image(&["1"], &platforms, Some(90_000_000));
        let spec = fixture::spec("hub", "https://hub.example");
        let document = Detail::new(image, &spec).document(80);
        let texts: Vec<String> = document
            .lines
            .iter()
            .map(|line| format!("{}{}", line.label, line.text))
            .collect();
        for platform in platforms {
            let told =
                |text: &String| text.starts_with(platform) && text.trim_end().ends_with("30.0 MB");
            assert!(texts.iter().any(told), "{platform}: {texts:#?}");
        }
    }
}
