//! One image in full for people: a titled section for each thing that is known.

use unicode_width::UnicodeWidthChar as _;

use super::{ConfigurationObject, InspectObject};
use crate::model::{Json, text};

/// Columns of the text, as on the smallest screen.
pub(super) const WIDTH: usize = 80;
/// Where the second column of a section begins.
const INDENT: usize = 15;
/// Lines of one value that are shown to people.
pub(super) const LINES: usize = 6;

impl InspectObject<'_> {
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
            ("expires", &self.expires),
        ] {
            if let Some(value) = value {
                out.pair(name, value);
            }
        }
        if let Some(pulls) = self.pulls {
            out.pair("pulls", &pulls.to_string());
        }
        if let Some(tags) = &self.immutable {
            out.pair("immutable", &tags.join(" "));
        }
        if self.locked == Some(true) {
            out.pair("locked", "the registry lets nobody delete it");
        }
        if let Some(found) = &self.found {
            out.pair("vulnerable", found);
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
            self.text.push_str(&format!(" {digest:<71} {size:>7}\n"));
            if !name.is_empty() {
                self.line(&format!("  {name}"));
            }
        }
    }
}

/// `text` in lines of at most `width` columns, broken at blanks where there are some; at
/// most so many of them.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
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
            used = rest
                .chars()
                .filter_map(unicode_width::UnicodeWidthChar::width)
                .sum();
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
