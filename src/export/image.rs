//! Images: `images --format …`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Row;
use super::facts::{self, VulnerabilitiesObject};
use crate::model::{ImageColumn, ImageRow, Platform, RegistryName, Timestamp, text};

/// A line an image, or an image and platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageLine {
    registry: String,
    repository: String,
    digest: String,
    media_type: String,
    artifact_type: Option<String>,
    tags: Vec<String>,
    platforms: Vec<String>,
    children: Vec<ChildLine>,
    size: Option<u64>,
    created: Option<String>,
    pushed: Option<String>,
    pulled: Option<String>,
    pulls: Option<u64>,
    immutable: Option<Vec<String>>,
    locked: Option<bool>,
    vulnerabilities: Option<VulnerabilitiesObject>,
    expires: Option<String>,
    first_seen: String,
    last_seen: String,
    stale_since: Option<String>,
    decision: Option<&'static str>,
    tag_decisions: BTreeMap<String, &'static str>,
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ChildLine {
    digest: String,
    platform: Option<String>,
    size: Option<u64>,
}

fn moment(at: Timestamp) -> String {
    at.to_string()
}

impl ImageLine {
    /// The line of an image in the registry of this name.
    pub fn new(registry: &RegistryName, row: &ImageRow) -> Self {
        let mut tags: Vec<String> = row.tags.iter().map(ToString::to_string).collect();
        tags.sort_unstable();
        let first_seen = moment(row.first_seen);
        Self {
            registry: registry.to_string(),
            repository: row.repository.to_string(),
            digest: row.digest.to_string(),
            media_type: text::harmless(row.image.media_type.as_str()).into_owned(),
            artifact_type: row
                .image
                .artifact_type
                .as_deref()
                .map(|artifact_type| text::harmless(artifact_type).into_owned()),
            tags,
            platforms: row.platforms.iter().map(Platform::to_string).collect(),
            children: row
                .image
                .children
                .iter()
                .map(|child| ChildLine {
                    digest: child.digest.to_string(),
                    platform: child.platform.as_ref().map(Platform::to_string),
                    size: child.size,
                })
                .collect(),
            size: row.image.size,
            created: row.image.created.map(moment),
            pushed: row.facts.pushed.map(moment),
            pulled: row.facts.pulled.map(moment),
            pulls: row.facts.pulls,
            immutable: facts::immutable(&row.facts),
            locked: row.facts.locked,
            vulnerabilities: row.facts.vulnerabilities.map(Into::into),
            expires: row.facts.expires.map(moment),
            // Mostly one crawl, and writing a time takes as long as all else of a line.
            last_seen: if row.last_seen == row.first_seen {
                first_seen.clone()
            } else {
                moment(row.last_seen)
            },
            first_seen,
            stale_since: row.stale_since.map(moment),
            decision: row.decisions.image.as_ref().map(|d| d.choice.as_str()),
            tag_decisions: row
                .decisions
                .tags
                .iter()
                .map(|(tag, decision)| (tag.to_string(), decision.choice.as_str()))
                .collect(),
            note: row
                .decisions
                .note()
                .map(|note| text::harmless(&note).into_owned()),
        }
    }

    /// What was decided, in a cell: about the image, and about its tags by their names.
    fn decided(&self) -> String {
        let of_tags = self.tag_decisions.iter();
        let mut of_tags = of_tags.map(|(tag, decision)| format!("{tag}={decision}"));
        let mut cell: Vec<String> = self.decision.iter().map(ToString::to_string).collect();
        cell.extend(of_tags.next());
        match of_tags.count() {
            0 => {}
            more => cell.push(format!("+{more}")),
        }
        cell.join(" ")
    }

    /// A line for each platform, with the child that is for it; the image itself where it
    /// has no platform.
    pub fn per_platform(&self) -> Vec<Self> {
        if self.platforms.len() < 2 {
            return vec![self.clone()];
        }
        self.platforms
            .iter()
            .map(|platform| Self {
                platforms: vec![platform.clone()],
                children: self
                    .children
                    .iter()
                    .filter(|child| child.platform.as_ref() == Some(platform))
                    .cloned()
                    .collect(),
                ..self.clone()
            })
            .collect()
    }
}

impl Row for ImageLine {
    const COLUMNS: &'static [&'static str] = &[
        ImageColumn::Registry.heading(),
        ImageColumn::Repository.heading(),
        ImageColumn::Tag.heading(),
        ImageColumn::Digest.heading(),
        ImageColumn::Platforms.heading(),
        ImageColumn::Size.heading(),
        ImageColumn::Created.heading(),
        ImageColumn::Decision.heading(),
        "STATE",
    ];
    const WHERE_FILLED: &'static [&'static str] = &[ImageColumn::Decision.heading()];
    const FIELDS: &'static [&'static str] = &[
        "registry",
        "repository",
        "digest",
        "media_type",
        "artifact_type",
        "tags",
        "platforms",
        "children",
        "size",
        "created",
        "pushed",
        "pulled",
        "pulls",
        "immutable",
        "locked",
        "vulnerabilities",
        "expires",
        "first_seen",
        "last_seen",
        "stale_since",
        "decision",
        "tag_decisions",
        "note",
    ];

    fn cells(&self) -> Vec<String> {
        const SHOWN: usize = 4;
        let mut tags = self
            .tags
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ");
        if self.tags.len() > SHOWN {
            tags.push_str(&format!(" +{}", self.tags.len() - SHOWN));
        }
        let digest = match self.digest.split_once(':') {
            Some((_, encoded)) => encoded.chars().take(12).collect(),
            None => self.digest.clone(),
        };
        let platforms = match &self.artifact_type {
            Some(artifact_type) if self.platforms.is_empty() => artifact_type.clone(),
            _ => self.platforms.join(" "),
        };
        vec![
            self.registry.clone(),
            self.repository.clone(),
            tags,
            digest,
            platforms,
            self.size.map_or_else(|| "-".to_owned(), text::size),
            self.created
                .as_deref()
                .map_or("-", |at| &at[..at.len().min(10)])
                .to_owned(),
            self.decided(),
            self.stale_since.as_deref().map_or_else(String::new, |at| {
                format!("stale since {}", &at[..at.len().min(10)])
            }),
        ]
    }

    fn fields(&self) -> Vec<String> {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.registry.clone(),
            self.repository.clone(),
            self.digest.clone(),
            self.media_type.clone(),
            or_empty(&self.artifact_type),
            self.tags.join(" "),
            self.platforms.join(" "),
            self.children
                .iter()
                .map(|child| child.digest.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            self.size.map_or_else(String::new, |size| size.to_string()),
            or_empty(&self.created),
            or_empty(&self.pushed),
            or_empty(&self.pulled),
            self.pulls.map_or_else(String::new, |n| n.to_string()),
            self.immutable
                .as_ref()
                .map_or_else(String::new, |tags| tags.join(" ")),
            self.locked.map_or_else(String::new, |is| is.to_string()),
            self.vulnerabilities
                .as_ref()
                .map_or_else(String::new, VulnerabilitiesObject::field),
            or_empty(&self.expires),
            self.first_seen.clone(),
            self.last_seen.clone(),
            or_empty(&self.stale_since),
            self.decision.unwrap_or_default().to_owned(),
            self.tag_decisions
                .iter()
                .map(|(tag, decision)| format!("{tag}={decision}"))
                .collect::<Vec<_>>()
                .join(" "),
            or_empty(&self.note),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Child, Digest, Image, Kind, MediaType, RegistryId};

    fn index() -> ImageRow {
        let at = Timestamp::from_second(1_750_000_000).unwrap();
        let platforms: Vec<Platform> = ["linux/amd64", "linux/arm64/v8"]
            .map(|p| p.parse().unwrap())
            .to_vec();
        let mut image = Image::new(Kind::Index, MediaType::OciIndex);
        image.children = vec![
            Child {
                digest: Digest::sha256(b"a"),
                platform: Some(platforms[0].clone()),
                accessory: false,
                is_index: false,
                size: None,
            },
            Child {
                digest: Digest::sha256(b"b"),
                platform: Some(platforms[1].clone()),
                accessory: false,
                is_index: false,
                size: None,
            },
            Child {
                digest: Digest::sha256(b"c"),
                platform: None,
                accessory: true,
                is_index: false,
                size: None,
            },
        ];
        ImageRow {
            registry: RegistryId(1),
            repository: "team/app".parse().unwrap(),
            digest: Digest::sha256(b"index"),
            tags: vec!["latest".parse().unwrap(), "1.0".parse().unwrap()],
            image,
            platforms,
            facts: crate::model::ImageFacts::default(),
            first_seen: at,
            last_seen: at,
            moved: None,
            stale_since: None,
            decisions: crate::model::Decisions::default(),
            beneath: false,
        }
    }

    #[test]
    fn the_line_has_the_shape_that_scripts_read() {
        let line = ImageLine::new(&"hub".parse().unwrap(), &index());
        let value: serde_json::Value = serde_json::to_value(&line).unwrap();
        assert_eq!(
            serde_json::to_string(&line)
                .unwrap()
                .split(['"'])
                .filter(|w| ImageLine::FIELDS.contains(w))
                .collect::<Vec<_>>()[..3],
            ["registry", "repository", "digest"]
        );
        let keys: Vec<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut fields = ImageLine::FIELDS.to_vec();
        fields.sort_unstable();
        assert_eq!(keys, fields);
        assert_eq!(value["tags"], serde_json::json!(["1.0", "latest"]));
        assert_eq!(value["size"], serde_json::Value::Null);
        assert_eq!(value["children"][2]["platform"], serde_json::Value::Null);
        assert_eq!(value["first_seen"], "2025-06-15T15:06:40Z");
    }

    #[test]
    fn what_a_listing_tells_is_there_and_null_where_it_does_not() {
        use crate::model::{ImageFacts, Vulnerabilities};
        let mut row = index();
        let line = |row: &ImageRow| ImageLine::new(&"hub".parse().unwrap(), row);
        let told = ["pushed", "pulled", "pulls", "immutable", "locked"];
        let value = serde_json::to_value(line(&row)).unwrap();
        for field in told.into_iter().chain(["vulnerabilities", "expires"]) {
            assert_eq!(value[field], serde_json::Value::Null, "{field}");
        }
        row.facts = ImageFacts {
            pushed: Timestamp::from_second(0).ok(),
            pulled: Timestamp::from_second(60).ok(),
            pulls: Some(17),
            immutable: vec!["1.0".parse().unwrap(), "latest".parse().unwrap()],
            locked: Some(false),
            vulnerabilities: Some(Vulnerabilities {
                critical: 1,
                low: 4,
                scanned: Timestamp::from_second(90).ok(),
                ..Vulnerabilities::default()
            }),
            expires: Timestamp::from_second(120).ok(),
        };
        let value = serde_json::to_value(line(&row)).unwrap();
        let found = serde_json::json!({
            "critical": 1, "high": 0, "medium": 0, "low": 4, "unknown": 0,
            "scanned": "1970-01-01T00:01:30Z",
        });
        assert_eq!(value["vulnerabilities"], found);
        assert_eq!(value["expires"], "1970-01-01T00:02:00Z");
        assert_eq!(value["immutable"], serde_json::json!(["1.0", "latest"]));
        assert_eq!(
            (value["pulls"].as_u64(), value["locked"].as_bool()),
            (Some(17), Some(false))
        );
        let of = |name: &str| {
            let at = ImageLine::FIELDS.iter().position(|field| *field == name);
            line(&row).fields()[at.unwrap()].clone()
        };
        assert_eq!(told.map(of)[2..], ["17", "1.0 latest", "false"]);
        let counts = "critical=1 high=0 medium=0 low=4 unknown=0";
        assert_eq!(of("vulnerabilities"), counts);
        assert_eq!(of("expires"), "1970-01-01T00:02:00Z");
    }

    #[test]
    fn a_cell_tells_decisions_about_the_image_and_its_tags() {
        use crate::model::{Choice, Decision};
        let decision = |choice| Decision {
            choice,
            note: None,
            at: Timestamp::UNIX_EPOCH,
        };
        let mut row = index();
        let cell = |row: &ImageRow| ImageLine::new(&"hub".parse().unwrap(), row).decided();
        assert_eq!(cell(&row), "");
        row.decisions.image = Some(decision(Choice::Delete));
        assert_eq!(cell(&row), "delete");
        for tag in ["1.0", "latest"] {
            let tag = tag.parse().unwrap();
            row.decisions.tags.push((tag, decision(Choice::Keep)));
        }
        assert_eq!(cell(&row), "delete 1.0=keep +1");
    }

    #[test]
    fn a_platform_a_line_keeps_its_child() {
        let lines = ImageLine::new(&"hub".parse().unwrap(), &index()).per_platform();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1].platforms, ["linux/arm64/v8"]);
        assert_eq!(lines[1].children.len(), 1);
        assert_eq!(
            lines[1].children[0].digest,
            Digest::sha256(b"b").to_string()
        );
    }
}
