//! What the inventory says of an image: the first tab.

use super::Detail;
use crate::app::clock::Clock;
use crate::app::document::{Document, Tone};
use crate::app::words::{artifact, counted, decided, decision_tone};
use crate::model::text::size;
use crate::model::{Kind, Tag};

/// Adds a digest, unbroken where the width allows: beside its label, else below it.
pub(super) fn digest(document: &mut Document, tone: Tone, label: &str, digest: &str) {
    let column = COLUMN.max(label.len() + 1);
    if column + digest.len() <= document.width() {
        document.entry(column, (Tone::Dim, label), tone, digest);
    } else {
        document.text(Tone::Dim, label);
        document.entry(2, (Tone::Plain, ""), tone, digest);
    }
}

/// Columns of the labels.
pub(super) const COLUMN: usize = 15;

impl Detail {
    /// The tab.
    pub(super) fn overview(&self, clock: &Clock, width: u16) -> Document {
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
            let text = format!("since {}: it could not be confirmed", clock.moment(since));
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
            Some(at) => fact("built", Tone::Plain, &clock.moment(at)),
            None => fact("built", Tone::Dim, "not known"),
        }
        fact("first seen", Tone::Plain, &clock.moment(image.first_seen));
        fact("last seen", Tone::Plain, &clock.moment(image.last_seen));
        self.told(clock, &mut fact);
        self.decided(clock, &mut fact);
        fact("media type", Tone::Plain, facts.media_type.as_str());
        if let Some(artifact_type) = &facts.artifact_type {
            fact("artifact type", Tone::Plain, artifact_type);
        }
        fact("repository", Tone::Plain, &self.origin);
        self.children(&mut document);
        document
    }

    /// What the registry's own listing tells.
    fn told(&self, clock: &Clock, fact: &mut impl FnMut(&str, Tone, &str)) {
        let told = &self.image.facts;
        if let Some(at) = told.pushed {
            fact("pushed", Tone::Plain, &clock.moment(at));
        }
        let times = told.pulls.map(|n| counted(n, "pull", "pulls"));
        let last = told.pulled.map(|at| clock.moment(at));
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
        if let Some(at) = told.expires {
            let text = format!("{}, when the registry deletes it", clock.moment(at));
            fact("expires", Tone::Plain, &text);
        }
        if let Some(found) = &told.vulnerabilities {
            let tone = if found.critical > 0 {
                Tone::Warn
            } else {
                Tone::Plain
            };
            let scanned = found
                .scanned
                .map(|at| format!("; scanned {}", clock.moment(at)));
            let text = format!("{}{}", found.words(), scanned.unwrap_or_default());
            fact("vulnerable", tone, &text);
        }
    }

    /// What people decided about it and its tags, which deletes nothing.
    fn decided(&self, clock: &Clock, fact: &mut impl FnMut(&str, Tone, &str)) {
        let decisions = &self.image.decisions;
        let image = decisions
            .image
            .iter()
            .map(|decision| (String::new(), decision));
        let tags = decisions.tags.iter();
        let tags = tags.map(|(tag, decision)| (format!("tag {tag}: "), decision));
        for (about, decision) in image.chain(tags) {
            let note = decision.note.as_ref().map(|note| format!(": {note}"));
            let text = format!(
                "{about}{}, since {}{}",
                decided(decision.choice),
                clock.moment(decision.at),
                note.unwrap_or_default()
            );
            fact("decision", decision_tone(decision.choice), &text);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixture;
    use crate::model::ImageRow;

    fn clock() -> Clock {
        Clock::new(fixture::ago(0))
    }

    #[test]
    fn what_the_registry_tells_of_an_image_is_shown_where_it_tells_it() {
        use crate::model::{ImageFacts, Timestamp, Vulnerabilities};
        let mut image = fixture::image(&["1"], &["linux/amd64"], None);
        let spec = fixture::spec("hub", "https://hub.example");
        let shown = |image: &ImageRow| {
            let document = Detail::new(image.clone(), &spec).overview(&clock(), 80);
            let lines = document.lines.iter();
            let lines: Vec<String> = lines
                .map(|line| format!("{} {}", line.label.trim(), line.text))
                .collect();
            lines.join("\n")
        };
        let silent = shown(&image);
        let labels = [
            "pushed",
            "pulled",
            "immutable",
            "locked",
            "vulnerable",
            "expires",
        ];
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
            expires: Timestamp::from_second(1_800_000_000).ok(),
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
        let document = Detail::new(image, &spec).overview(&clock(), 80);
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
