//! What crawls found different: `changes --format …`.

use serde::Serialize;

use super::{Row, short};
use crate::model::{Change, RegistryName, TimeZone, What};

/// A line a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    at: String,
    registry: String,
    crawl: u64,
    repository: String,
    subject: &'static str,
    change: &'static str,
    tag: Option<String>,
    digest: Option<String>,
    from: Option<String>,
    tags: Option<u64>,
    images: Option<u64>,
    /// When, for people where they are.
    #[serde(skip)]
    local: String,
}

impl ChangeLine {
    /// The line of a change in the registry of this name. People read its time in `zone`.
    pub fn new(registry: &RegistryName, change: &Change, zone: &TimeZone) -> Self {
        let local = change.at.to_zoned(zone.clone());
        let mut line = Self {
            at: change.at.to_string(),
            registry: registry.to_string(),
            crawl: change.crawl,
            repository: change.repository.to_string(),
            subject: "repository",
            change: "appeared",
            tag: change.what.tag().map(ToString::to_string),
            digest: None,
            from: None,
            tags: None,
            images: None,
            local: local.strftime("%Y-%m-%d %H:%M").to_string(),
        };
        match &change.what {
            What::RepositoryAppeared { tags, images } => {
                (line.tags, line.images) = (Some(*tags), Some(*images));
            }
            What::RepositoryGone { tags, images } => {
                line.change = "gone";
                (line.tags, line.images) = (Some(*tags), Some(*images));
            }
            What::TagAppeared { digest, .. } => {
                line.subject = "tag";
                line.digest = Some(digest.to_string());
            }
            What::TagMoved { from, to, .. } => {
                (line.subject, line.change) = ("tag", "moved");
                (line.digest, line.from) = (Some(to.to_string()), Some(from.to_string()));
            }
            What::TagGone { from, .. } => {
                (line.subject, line.change) = ("tag", "gone");
                line.from = Some(from.to_string());
            }
            What::ImageAppeared(digest) => {
                line.subject = "image";
                line.digest = Some(digest.to_string());
            }
            What::ImageGone(from) => {
                (line.subject, line.change) = ("image", "gone");
                line.from = Some(from.to_string());
            }
        }
        line
    }

    /// What happened, in words.
    fn told(&self) -> String {
        let of = |digest: &Option<String>| digest.as_deref().map_or("", short).to_owned();
        let counted = |count: Option<u64>, what: &str| match count {
            Some(1) => format!("1 {what}"),
            count => format!("{} {what}s", count.unwrap_or(0)),
        };
        match (self.subject, self.change) {
            ("repository", change) => {
                let (tags, images) = (counted(self.tags, "tag"), counted(self.images, "image"));
                let with = if change == "gone" { "had" } else { "with" };
                format!("{change}, {with} {tags}, {images}")
            }
            ("tag", "moved") => format!("moved {} → {}", of(&self.from), of(&self.digest)),
            ("tag", "gone") => format!("gone, was {}", of(&self.from)),
            ("tag", change) => format!("{change} as {}", of(&self.digest)),
            (_, change) => format!("image {change}"),
        }
    }
}

impl Row for ChangeLine {
    const COLUMNS: &'static [&'static str] = &["WHEN", "CRAWL", "WHAT", "CHANGE"];
    const FIELDS: &'static [&'static str] = &[
        "at",
        "registry",
        "crawl",
        "repository",
        "subject",
        "change",
        "tag",
        "digest",
        "from",
        "tags",
        "images",
    ];

    fn cells(&self) -> Vec<String> {
        let repository = &self.repository;
        let image = self.digest.as_ref().or(self.from.as_ref());
        let what = match (&self.tag, image) {
            (Some(tag), _) => format!("{repository}:{tag}"),
            (None, Some(image)) => format!("{repository}@{}", short(image)),
            (None, None) => repository.clone(),
        };
        vec![
            self.local.clone(),
            // One cell: the line fits a terminal of 80 columns.
            format!("{} #{}", self.registry, self.crawl),
            what,
            self.told(),
        ]
    }

    fn fields(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let count = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
        vec![
            self.at.clone(),
            self.registry.clone(),
            self.crawl.to_string(),
            self.repository.clone(),
            self.subject.to_owned(),
            self.change.to_owned(),
            text(&self.tag),
            text(&self.digest),
            text(&self.from),
            count(self.tags),
            count(self.images),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, RegistryId, Timestamp};
    use serde_json::json;

    fn line(what: What) -> ChangeLine {
        let change = Change {
            at: Timestamp::from_second(1_750_000_000).unwrap(),
            registry: RegistryId(1),
            crawl: 7,
            repository: "team/app".parse().unwrap(),
            what,
        };
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        ChangeLine::new(&"hub".parse().unwrap(), &change, &zone)
    }

    #[test]
    fn every_change_has_the_shape_that_scripts_read_and_words_for_people() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        let (old, new) = (a.short(), b.short());
        let tag = || "1.0".parse().unwrap();
        let (was, is) = (a.to_string(), b.to_string());
        let (from, to) = (a.clone(), b.clone());
        let (tags, images) = (3, 1);
        let none = json!(null);
        for (what, shape, thing, told) in [
            (
                What::RepositoryAppeared { tags, images },
                json!(["repository", "appeared", none, none, none, 3, 1]),
                "team/app".to_owned(),
                "appeared, with 3 tags, 1 image".to_owned(),
            ),
            (
                What::RepositoryGone { tags, images },
                json!(["repository", "gone", none, none, none, 3, 1]),
                "team/app".to_owned(),
                "gone, had 3 tags, 1 image".to_owned(),
            ),
            (
                What::TagAppeared {
                    tag: tag(),
                    digest: b.clone(),
                },
                json!(["tag", "appeared", "1.0", is, none, none, none]),
                "team/app:1.0".to_owned(),
                format!("appeared as {new}"),
            ),
            (
                What::TagMoved {
                    tag: tag(),
                    from,
                    to,
                },
                json!(["tag", "moved", "1.0", is, was, none, none]),
                "team/app:1.0".to_owned(),
                format!("moved {old} → {new}"),
            ),
            (
                What::TagGone {
                    tag: tag(),
                    from: a.clone(),
                },
                json!(["tag", "gone", "1.0", none, was, none, none]),
                "team/app:1.0".to_owned(),
                format!("gone, was {old}"),
            ),
            (
                What::ImageAppeared(b.clone()),
                json!(["image", "appeared", none, is, none, none, none]),
                format!("team/app@{new}"),
                "image appeared".to_owned(),
            ),
            (
                What::ImageGone(a.clone()),
                json!(["image", "gone", none, none, was, none, none]),
                format!("team/app@{old}"),
                "image gone".to_owned(),
            ),
        ] {
            let line = line(what);
            let value = serde_json::to_value(&line).unwrap();
            let keys = value.as_object().unwrap().keys();
            let mut fields = ChangeLine::FIELDS.to_vec();
            fields.sort_unstable();
            assert_eq!(keys.collect::<Vec<_>>(), fields);
            let values = ChangeLine::FIELDS.iter().map(|field| value[field].clone());
            let mut wanted = vec![
                json!("2025-06-15T15:06:40Z"),
                json!("hub"),
                json!(7),
                json!("team/app"),
            ];
            wanted.extend(shape.as_array().unwrap().clone());
            assert_eq!(values.collect::<Vec<_>>(), wanted, "{value}");
            let cells = ["2025-06-15 17:06", "hub #7", &thing, &told];
            assert_eq!(line.cells(), cells);
            assert_eq!(line.fields().len(), ChangeLine::FIELDS.len());
            let plain = |value: &serde_json::Value| match value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(line.fields(), wanted.iter().map(plain).collect::<Vec<_>>());
        }
    }
}
