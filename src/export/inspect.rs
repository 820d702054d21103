//! One image in full: `inspect --format json`, an object; for people, titled sections.

use serde::Serialize;

use crate::model::{Inspected, Json, Timestamp, text};

/// Columns of the text, as on the smallest screen.
const WIDTH: usize = 80;
/// Where the second column of a section begins.
const INDENT: usize = 15;
/// Lines of one value that are shown to people.
const LINES: usize = 6;

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
            pushed: moment(known.and_then(|row| row.pushed)),
            pulled: moment(known.and_then(|row| row.pulled)),
            first_seen: moment(known.map(|row| row.first_seen)),
            last_seen: moment(known.map(|row| row.last_seen)),
            stale_since: moment(known.and_then(|row| row.stale_since)),
        }
    }

    /// The image for people: a section for each thing that is known, 80 columns.
    pub fn sections(&self) -> String {
        let mut out = Sections::default();
        self.summary(&mut out);
        out.table(
            "Children",
            self.children.iter().map(|child| {
                let platform = match (&child.platform, child.accessory) {
                    (Some(platform), _) => platform.clone(),
                    (None, true) => "(accessory)".to_owned(),
                    (None, false) => "(no platform)".to_owned(),
                };
                (platform, child.size.map(text::size), child.digest.clone())
            }),
        );
        out.table(
            "Layers",
            self.layers.iter().map(|layer| {
                (
                    String::new(),
                    Some(text::size(layer.size)),
                    layer.digest.clone(),
                )
            }),
        );
        if let Some(facts) = &self.configuration {
            facts.sections(&mut out);
        }
        self.annotations(&mut out);
        self.steps(&mut out);
        match &self.referrers {
            None => {
                out.title("Referrers");
                out.line("not known: the registry could not be asked");
            }
            Some(all) => out.table(
                "Referrers",
                all.iter().map(|one| {
                    let kind = one.artifact_type.clone().unwrap_or_default();
                    (kind, one.size.map(text::size), one.digest.clone())
                }),
            ),
        }
        self.everywhere(&mut out);
        out.text
    }

    fn summary(&self, out: &mut Sections) {
        let mut name = format!("{}/{}", self.registry, self.repository);
        if let Some(tag) = self.tag {
            name.push_str(&format!(":{tag}"));
        }
        out.text.push_str(&name);
        out.text.push('\n');
        out.line(&self.digest);
        if let Some(index) = &self.index {
            out.pair("of index", index);
        }
        out.pair("kind", self.kind);
        out.pair("media type", &self.media_type);
        for (name, value) in [
            ("artifact type", &self.artifact_type),
            ("subject", &self.subject),
        ] {
            if let Some(value) = value {
                out.pair(name, value);
            }
        }
        let unknown = || "not known".to_owned();
        out.pair("size", &self.size.map_or_else(unknown, text::size));
        let seen = match (&self.first_seen, &self.last_seen) {
            (Some(first), Some(last)) => format!("first {first}, last {last}"),
            _ => "not in the inventory".to_owned(),
        };
        out.pair("seen", &seen);
        for (name, value) in [
            ("stale since", &self.stale_since),
            ("pushed", &self.pushed),
            ("pulled", &self.pulled),
        ] {
            if let Some(value) = value {
                out.pair(name, value);
            }
        }
        out.pair("read from", self.from);
    }

    fn annotations(&self, out: &mut Sections) {
        let Some(Json::Map(annotations)) = self.manifest.and_then(|all| all.member("annotations"))
        else {
            return;
        };
        if !annotations.is_empty() {
            out.title("Annotations");
        }
        for (name, value) in annotations {
            if let Json::Text(value) = value {
                out.line(&format!("{name}={value}"));
            }
        }
    }

    fn steps(&self, out: &mut Sections) {
        if self.history.is_empty() {
            return;
        }
        out.title("History");
        for step in &self.history {
            let at = step
                .created
                .as_deref()
                .map_or("(no date)", |at| &at[..at.len().min(10)]);
            let mut said = text::fold(step.created_by.as_deref().unwrap_or("(no command)"));
            if let Some(comment) = step
                .comment
                .as_deref()
                .filter(|comment| !comment.is_empty())
            {
                said.push_str(&format!(" # {}", text::fold(comment)));
            }
            if step.empty_layer {
                said.push_str(" (no layer)");
            }
            out.pair(at, &said);
        }
    }

    fn everywhere(&self, out: &mut Sections) {
        out.title("Places");
        if self.places.is_empty() {
            out.line("none in the inventory");
        }
        for place in &self.places {
            let mut line = format!("{}/{}", place.registry, place.repository);
            let tags = place.tags.join(" ");
            if !tags.is_empty() {
                line.push_str(&format!("  {tags}"));
            }
            if place.role == "child" {
                line.push_str(&format!("  in index {}", place.digest));
            } else if place.tags.is_empty() {
                line.push_str("  untagged");
            }
            out.line(&line);
        }
    }
}

impl ConfigurationObject {
    fn sections(&self, out: &mut Sections) {
        out.title("Configuration");
        let os = self.os.as_deref().unwrap_or("unknown");
        let architecture = self.architecture.as_deref().unwrap_or("unknown");
        let mut platform = format!("{os}/{architecture}");
        if let Some(variant) = &self.variant {
            platform.push_str(&format!("/{variant}"));
        }
        out.pair("platform", &platform);
        for (name, value) in [
            ("built", &self.created),
            ("author", &self.author),
            ("user", &self.user),
            ("working dir", &self.working_dir),
            ("stop signal", &self.stop_signal),
        ] {
            if let Some(value) = value {
                out.pair(name, value);
            }
        }
        for (name, words) in [("entrypoint", &self.entrypoint), ("command", &self.cmd)] {
            if !words.is_empty() {
                // As JSON, so that it is clear where a word ends.
                out.pair(name, &serde_json::to_string(words).unwrap_or_default());
            }
        }
        for (name, values) in [("ports", &self.exposed_ports), ("volumes", &self.volumes)] {
            if !values.is_empty() {
                out.pair(name, &values.join(" "));
            }
        }
        for (title, lines) in [
            ("Environment", self.env.clone()),
            (
                "Labels",
                self.labels
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect(),
            ),
        ] {
            if !lines.is_empty() {
                out.title(title);
                for line in lines {
                    out.line(&line);
                }
            }
        }
    }
}

/// The text as it grows.
#[derive(Default)]
struct Sections {
    text: String,
}

impl Sections {
    fn title(&mut self, title: &str) {
        self.text.push_str(&format!("\n{title}\n"));
    }

    /// A name and its value, which goes on below itself.
    fn pair(&mut self, name: &str, value: &str) {
        // A digest is never broken.
        let len = value.chars().count();
        if len > WIDTH - INDENT && len <= WIDTH - 4 && !value.contains(' ') {
            self.text.push_str(&format!("  {name}\n    {value}\n"));
            return;
        }
        let lines = wrapped(value, WIDTH - INDENT);
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            let before = format!("  {name:<width$}", width = INDENT - 2);
            self.text.push_str(format!("{before}{line}").trim_end());
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        for (at, part) in wrapped(line, WIDTH - 4).iter().enumerate() {
            let indent = if at == 0 { "  " } else { "    " };
            self.text.push_str(&format!("{indent}{part}\n"));
        }
    }

    /// Lines of a name, a size and a digest; the names stand on a line of their own where
    /// there is no room for them beside a digest.
    fn table(&mut self, title: &str, rows: impl Iterator<Item = (String, Option<String>, String)>) {
        let mut is_first = true;
        for (name, size, digest) in rows {
            if std::mem::take(&mut is_first) {
                self.title(title);
            }
            let size = size.unwrap_or_else(|| "?".to_owned());
            self.text.push_str(&format!("  {digest:<71}{size:>7}\n"));
            if !name.is_empty() {
                self.line(&format!("  {name}"));
            }
        }
    }
}

/// `text` in lines of at most `width` columns, broken at blanks where there are some; at
/// most so many of them.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthChar;

    let mut lines = vec![String::new()];
    let (mut used, mut blank) = (0, None);
    for c in text.chars() {
        let own = c.width().unwrap_or(0);
        if used + own > width {
            let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
            let (full, rest) = match blank {
                Some(at) if at > 0 => line.split_at(at),
                _ => (line.as_str(), ""),
            };
            let rest = rest.trim_start().to_owned();
            if lines.len() == LINES {
                if let Some(last) = lines.last_mut() {
                    last.extend(full.chars().take(width.saturating_sub(1)).chain(['…']));
                }
                return lines;
            }
            if let Some(last) = lines.last_mut() {
                full.trim_end().clone_into(last);
            }
            used = rest.chars().filter_map(char::width).sum();
            lines.push(rest);
            blank = None;
        }
        if let Some(line) = lines.last_mut() {
            if c == ' ' {
                blank = Some(line.len());
            }
            line.push(c);
            used += own;
        }
    }
    if let Some(last) = lines.last_mut() {
        last.truncate(last.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BuildStep, Child, ConfigurationFacts, Digest, LayerFacts, MediaType, Place, ReadFrom,
        Referrer,
    };

    fn image() -> Inspected {
        let at = |second| Timestamp::from_second(second).ok();
        let digest = |text: &str| Digest::sha256(text.as_bytes());
        let child = |text: &str, platform: Option<&str>, size| Child {
            digest: digest(text),
            platform: platform.map(|platform| platform.parse().unwrap()),
            accessory: platform.is_none(),
            is_index: false,
            size,
        };
        Inspected {
            registry: "hub".parse().unwrap(),
            repository: "team/app".parse().unwrap(),
            tag: Some("1.0".parse().unwrap()),
            digest: digest("image"),
            index: Some(digest("index")),
            kind: crate::model::Kind::Image,
            media_type: MediaType::OciManifest,
            artifact_type: None,
            subject: None,
            size: Some(123_456_789),
            from: ReadFrom::Cache,
            manifest: Some(Json::Map(vec![
                ("schemaVersion".to_owned(), Json::Unsigned(2)),
                (
                    "annotations".to_owned(),
                    Json::Map(vec![(
                        "org.opencontainers.image.version".to_owned(),
                        Json::Text("1.0".to_owned()),
                    )]),
                ),
            ])),
            children: vec![
                child("a", Some("linux/amd64"), Some(5_000_000)),
                child("b", None, None),
            ],
            layers: vec![LayerFacts {
                digest: digest("layer"),
                size: 123_000_000,
                media_type: Some("x\u{1b}".to_owned()),
            }],
            configuration: Some(ConfigurationFacts {
                created: at(1_750_000_000),
                os: Some("linux".to_owned()),
                architecture: Some("arm64".to_owned()),
                variant: Some("v8".to_owned()),
                user: Some("10:20".to_owned()),
                env: vec!["PATH=/bin".to_owned(), format!("LONG={}", "x".repeat(600))],
                entrypoint: vec!["/bin/sh".to_owned(), "-c".to_owned()],
                cmd: vec!["run \u{202e} me".to_owned()],
                labels: vec![("title".to_owned(), "words ".repeat(30))],
                exposed_ports: vec!["80/tcp".to_owned()],
                ..ConfigurationFacts::default()
            }),
            history: vec![
                BuildStep {
                    created: at(1_740_000_000),
                    created_by: Some("/bin/sh -c #(nop)  ADD x /".to_owned()),
                    comment: Some("base".to_owned()),
                    empty_layer: false,
                },
                BuildStep {
                    empty_layer: true,
                    ..BuildStep::default()
                },
            ],
            referrers: Some(vec![Referrer {
                digest: digest("sbom"),
                artifact_type: Some("application/spdx+json".to_owned()),
                size: Some(700),
            }]),
            places: vec![
                Place {
                    registry: "hub".parse().unwrap(),
                    repository: "team/app".parse().unwrap(),
                    digest: digest("image"),
                    tags: vec!["1.0".parse().unwrap(), "stable".parse().unwrap()],
                    is_child: false,
                },
                Place {
                    registry: "hub".parse().unwrap(),
                    repository: "team/app".parse().unwrap(),
                    digest: digest("index"),
                    tags: vec!["latest".parse().unwrap()],
                    is_child: true,
                },
            ],
            known: None,
        }
    }

    #[test]
    fn people_read_it_in_eighty_columns() {
        let image = image();
        let shown = InspectObject::new(&image).sections();
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH));
        insta::assert_snapshot!("an_image_in_full", shown);
    }

    #[test]
    fn programs_read_the_shape_that_was_promised() {
        let image = Inspected {
            referrers: None,
            configuration: None,
            ..image()
        };
        let object = serde_json::to_value(InspectObject::new(&image)).unwrap();
        for field in [
            "registry",
            "repository",
            "tag",
            "digest",
            "media_type",
            "artifact_type",
            "size",
            "from",
            "manifest",
            "children",
            "layers",
            "configuration",
            "history",
            "referrers",
            "places",
            "first_seen",
            "last_seen",
            "stale_since",
        ] {
            assert!(object.get(field).is_some(), "{field}");
        }
        assert_eq!(object["from"], "cache");
        assert_eq!(object["manifest"]["schemaVersion"], 2);
        assert_eq!(object["children"][1]["accessory"], true);
        assert_eq!(object["places"][1]["as"], "child");
        assert!(object["referrers"].is_null() && object["configuration"].is_null());
        assert!(!object.to_string().contains("\\u001b"), "{object}");
    }

    #[test]
    fn long_values_are_broken_and_cut() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("漢字漢", 4), ["漢字", "漢"]);
        let cut = wrapped(&"x".repeat(100), 4);
        assert_eq!(cut.len(), LINES);
        assert_eq!(cut.last().map(String::as_str), Some("xxx…"));
    }
}
