//! What the tabs say.

use super::Detail;
use super::overview::{COLUMN, digest};
use crate::app::Inspection;
use crate::app::clock::Clock;
use crate::app::document::{Document, Tone};
use crate::app::layout::Area;
use crate::app::overlay::reading::Reading;
use crate::app::words::counted;
use crate::model::text::{fold, size};
use crate::model::{BuildStep, Change, Digest, Json, Tag, What};

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What the inventory knows.
    #[default]
    Overview,
    /// What an index lists.
    Platforms,
    /// The layers of one platform.
    Layers,
    /// How a container of it runs.
    Configuration,
    /// How it was built.
    History,
    /// The manifest itself.
    Manifest,
    /// Signatures, SBOMs and what else refers to it.
    Referrers,
    /// Where else it is.
    Places,
    /// What crawls saw its tags do.
    TagHistory,
}

impl Tab {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Platforms,
        Self::Layers,
        Self::Configuration,
        Self::History,
        Self::Manifest,
        Self::Referrers,
        Self::Places,
        Self::TagHistory,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Platforms => "platforms",
            Self::Layers => "layers",
            Self::Configuration => "configuration",
            Self::History => "history",
            Self::Manifest => "manifest",
            Self::Referrers => "referrers",
            Self::Places => "places",
            Self::TagHistory => "tag-history",
        }
    }

    /// Where the names of tabs are in the first line of a page, while this one is shown. Where
    /// not all fit, those around it are there. It stands between signs of a cell each.
    pub fn beside(self, inside: Area) -> Vec<(Self, Area)> {
        let cells = |tab: Self| {
            let signs = if tab == self { 2 } else { 0 };
            u16::try_from(tab.name().len()).unwrap_or(u16::MAX) + signs
        };
        let mut tabs = Self::ALL.to_vec();
        let width = |tabs: &[Self]| tabs.iter().map(|tab| cells(*tab) + 1).sum::<u16>();
        while width(&tabs) > inside.width && tabs.len() > 1 {
            // The end goes first, unless it is what is shown.
            if tabs.last() == Some(&self) {
                tabs.remove(0);
            } else {
                tabs.pop();
            }
        }
        let mut used = 0;
        let line = inside.rows(0, 1);
        let placed = tabs.into_iter().map(|tab| {
            let area = line.columns(used, cells(tab));
            used += cells(tab) + 1;
            (tab, area)
        });
        placed.collect()
    }

    pub(super) fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    pub(super) fn previous(self) -> Self {
        Self::ALL[(self as usize + Self::ALL.len() - 1) % Self::ALL.len()]
    }
}

/// Cells of the bar that shows how large a layer is beside the largest, and where there are
/// not so many columns.
const BAR: usize = 20;
const SHORT: usize = 8;
const ROOMY: usize = 100;

impl Detail {
    /// The tab that is shown.
    pub fn document(&self, clock: &Clock, width: u16) -> Document {
        if self.tab == Tab::Overview {
            return self.overview(clock, width);
        }
        let mut document = Document::new(width);
        match self.tab {
            Tab::Overview => {}
            Tab::Platforms => self.platforms_tab(&mut document),
            Tab::Layers => self.of_platform(&mut document, |document, found| {
                self.layers(document, found);
            }),
            Tab::Configuration => self.of_platform(&mut document, |document, found| {
                configuration(clock, document, found, self.reveals);
            }),
            Tab::History => self.of_platform(&mut document, |document, found| {
                for step in &found.image.history {
                    build_step(clock, document, step);
                }
                if found.image.history.is_empty() {
                    document.text(Tone::Dim, "The configuration tells no history.");
                }
            }),
            Tab::Manifest => read(&mut document, &self.whole, |document, found| {
                match &found.image.manifest {
                    Some(manifest) => json(document, manifest),
                    None => document.text(Tone::Dim, "The manifest is no JSON."),
                }
            }),
            Tab::Referrers => read(&mut document, &self.whole, referrers),
            Tab::Places => read(&mut document, &self.whole, places),
            Tab::TagHistory => self.tag_history(clock, &mut document),
        }
        document
    }

    fn platforms_tab(&self, document: &mut Document) {
        let children = &self.image.image.children;
        if children.is_empty() {
            document.text(Tone::Dim, "This is no index: it lists no other images.");
            let own = self.image.platforms.first();
            if let Some(platform) = own {
                document.entry(
                    COLUMN,
                    (Tone::Dim, "platform"),
                    Tone::Plain,
                    &platform.to_string(),
                );
            }
        }
        for child in children {
            let (tone, name) = match &child.platform {
                _ if child.accessory => (Tone::Dim, "attestation".to_owned()),
                _ if child.is_index => (Tone::Dim, "index".to_owned()),
                Some(platform) => (Tone::Plain, platform.to_string()),
                None => (Tone::Dim, "no platform".to_owned()),
            };
            let bytes = child.size.map_or_else(|| "unread".to_owned(), size);
            digest(
                document,
                tone,
                &format!("{name:<18} {bytes:>9}"),
                &child.digest.to_string(),
            );
        }
    }

    /// A tab about the image of one platform.
    fn of_platform(&self, document: &mut Document, tab: impl FnOnce(&mut Document, &Inspection)) {
        let all = self.platforms();
        if let Some(platform) = self.platform() {
            let more = if all.len() > 1 {
                format!(
                    " ({} of {}, tab shows the next)",
                    self.platform + 1,
                    all.len()
                )
            } else {
                String::new()
            };
            document.text(Tone::Heading, &format!("{platform}{more}"));
            document.gap();
        }
        read(document, &self.part, tab);
    }

    fn layers(&self, document: &mut Document, found: &Inspection) {
        let layers = &found.image.layers;
        if layers.is_empty() {
            document.text(Tone::Dim, "It has no layers.");
            return;
        }
        // What made a layer tells more than how long its bar is.
        let bar = if document.width() < ROOMY { SHORT } else { BAR };
        let label = format!(
            "{:>3} {:>9} {:bar$} {:<12} {:<11} ",
            "#", "SIZE", "", "DIGEST", "SHARED WITH"
        );
        document.entry(label.len(), (Tone::Dim, &label), Tone::Dim, "MADE BY");
        let largest = layers.iter().map(|layer| layer.size).max().unwrap_or(0);
        let mut steps = found.image.history.iter().filter(|step| !step.empty_layer);
        for (at, layer) in layers.iter().enumerate() {
            let label = format!(
                "{:>3} {:>9} {:<bar$} {} {:<11} ",
                at + 1,
                size(layer.size),
                "█".repeat(cells(layer.size, largest, bar)),
                layer.digest.short(),
                self.shared.with(at)
            );
            let by = steps.next().and_then(|step| step.created_by.as_deref());
            let by = by.map_or_else(|| "unknown".to_owned(), instruction);
            document.entry(label.chars().count(), (Tone::Plain, &label), Tone::Dim, &by);
        }
        let total: u64 = layers.iter().map(|layer| layer.size).sum();
        let count = u64::try_from(layers.len()).unwrap_or(u64::MAX);
        let alone = self.shared.alone().map(|bytes| {
            let registry = &self.registry;
            format!("; {} in no other image of {registry}", size(bytes))
        });
        let text = format!(
            "{} in {}{}",
            size(total),
            counted(count, "layer", "layers"),
            alone.unwrap_or_default()
        );
        document.gap();
        document.text(Tone::Plain, &text);
    }

    fn tag_history(&self, clock: &Clock, document: &mut Document) {
        if let Some(trouble) = &self.trouble {
            document.text(Tone::Bad, &trouble.message);
            return;
        }
        let Some(changes) = &self.history else {
            document.text(Tone::Busy, "reading…");
            return;
        };
        let about = changes.iter().filter(|change| self.is_about(&change.what));
        let mut told: Vec<&Change> = about.collect();
        // What its tags did in a crawl says that it came or went.
        let of_tags = told.iter().filter(|change| change.what.tag().is_some());
        let of_tags: Vec<u64> = of_tags.map(|change| change.crawl).collect();
        told.retain(|change| change.what.tag().is_some() || !of_tags.contains(&change.crawl));
        if told.is_empty() {
            document.text(
                Tone::Dim,
                "No crawl that is remembered saw its tags appear, move or go.",
            );
        }
        for change in told {
            let (tone, text) = told_of(&change.what, &self.image.digest);
            let at = clock.moment(change.at);
            document.entry(at.len() + 2, (Tone::Dim, &at), tone, &text);
        }
    }

    fn is_about(&self, what: &What) -> bool {
        let own = |tag: &Tag| self.image.tags.contains(tag);
        match what {
            What::TagAppeared { tag, digest } | What::TagGone { tag, from: digest } => {
                own(tag) || *digest == self.image.digest
            }
            What::TagMoved { tag, from, to } => {
                own(tag) || *from == self.image.digest || *to == self.image.digest
            }
            What::ImageGone(digest) | What::ImageAppeared(digest) => *digest == self.image.digest,
            What::RepositoryAppeared { .. } | What::RepositoryGone { .. } => false,
        }
    }
}

/// What a change says, seen from one image.
fn told_of(what: &What, own: &Digest) -> (Tone, String) {
    let name = |digest: &Digest| {
        if digest == own {
            "this image".to_owned()
        } else {
            digest.short()
        }
    };
    match what {
        What::TagAppeared { tag, digest } => {
            (Tone::Good, format!("+ {tag} appeared: {}", name(digest)))
        }
        What::TagMoved { tag, from, to } => (
            Tone::Warn,
            format!("→ {tag} moved from {} to {}", name(from), name(to)),
        ),
        What::TagGone { tag, from } => (Tone::Bad, format!("− {tag} gone: was {}", name(from))),
        What::ImageAppeared(_) => (Tone::Good, "+ the image appeared".to_owned()),
        What::ImageGone(_) => (Tone::Bad, "− the image went".to_owned()),
        What::RepositoryAppeared { .. } => (Tone::Good, "+ the repository appeared".to_owned()),
        What::RepositoryGone { .. } => (Tone::Bad, "− the repository went".to_owned()),
    }
}

/// What was read, or why not.
fn read(document: &mut Document, reading: &Reading, tab: impl FnOnce(&mut Document, &Inspection)) {
    if let Some(trouble) = &reading.trouble {
        document.text(Tone::Bad, &trouble.message);
        if let Some(hint) = &trouble.hint {
            document.text(Tone::Plain, hint);
        }
        return;
    }
    let Some(found) = &reading.found else {
        document.text(Tone::Busy, "reading… (esc gives up)");
        return;
    };
    for remark in found.remarks.iter().filter(|remark| remark.is_trouble()) {
        document.text(Tone::Warn, &remark.to_string());
    }
    tab(document, found);
}

/// Cells of a bar that stands for so many of the most bytes.
fn cells(bytes: u64, most: u64, cells: usize) -> usize {
    let share = u128::from(bytes) * cells as u128 / u128::from(most.max(1));
    usize::try_from(share).unwrap_or(cells).min(cells)
}

/// An instruction without what the builder put around it.
pub(in crate::app::overlay) fn instruction(text: &str) -> String {
    let text = fold(text);
    let text = text.strip_prefix("/bin/sh -c ").unwrap_or(&text);
    let text = text.strip_prefix("#(nop) ").unwrap_or(text);
    text.trim().to_owned()
}

fn build_step(clock: &Clock, document: &mut Document, step: &BuildStep) {
    let at = step
        .created
        .map_or_else(|| "no date".to_owned(), |at| clock.day(at));
    let by = step
        .created_by
        .as_deref()
        .map_or_else(|| "unknown".to_owned(), instruction);
    let tone = if step.empty_layer {
        Tone::Dim
    } else {
        Tone::Plain
    };
    document.entry(12, (Tone::Dim, &at), tone, &by);
}

/// Whether the value of a variable looks like a secret by its name.
pub(in crate::app::overlay) fn looks_secret(name: &str) -> bool {
    const WORDS: [&str; 6] = [
        "PASS",
        "SECRET",
        "TOKEN",
        "CREDENTIAL",
        "API_KEY",
        "PRIVATE",
    ];
    let name = name.to_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

fn configuration(clock: &Clock, document: &mut Document, found: &Inspection, reveals: bool) {
    let Some(facts) = &found.image.configuration else {
        document.text(Tone::Dim, "It has no configuration of an image.");
        return;
    };
    let words = |words: &[String]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        quoted.join(" ")
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    for (label, value) in [
        ("user", text(&facts.user)),
        ("entrypoint", words(&facts.entrypoint)),
        ("command", words(&facts.cmd)),
        ("working dir", text(&facts.working_dir)),
        ("ports", facts.exposed_ports.join(" ")),
        ("volumes", facts.volumes.join(" ")),
        ("stop signal", text(&facts.stop_signal)),
        ("author", text(&facts.author)),
        (
            "built",
            facts.created.map(|at| clock.moment(at)).unwrap_or_default(),
        ),
    ] {
        match (label, value.is_empty()) {
            ("user", true) => {
                document.entry(COLUMN, (Tone::Dim, label), Tone::Warn, "root: none is set");
            }
            (_, true) => {}
            _ => document.entry(COLUMN, (Tone::Dim, label), Tone::Plain, &value),
        }
    }
    if !facts.env.is_empty() {
        document.gap();
        document.heading("Environment");
    }
    for variable in &facts.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        let (tone, value) = if looks_secret(name) && !reveals && !value.is_empty() {
            (
                Tone::Warn,
                "covered, as its name looks like a secret's; d shows it",
            )
        } else {
            (Tone::Plain, value)
        };
        let column = COLUMN.max(name.len() + 1);
        document.entry(column, (Tone::Dim, name), tone, value);
    }
    if !facts.labels.is_empty() {
        document.gap();
        document.heading("Labels");
    }
    for (name, value) in &facts.labels {
        document.text(Tone::Dim, name);
        document.entry(2, (Tone::Plain, ""), Tone::Plain, value);
    }
}

fn referrers(document: &mut Document, found: &Inspection) {
    match &found.image.referrers {
        None => document.text(Tone::Dim, "unknown: the registry could not be asked"),
        Some(all) if all.is_empty() => {
            document.text(Tone::Dim, "Nothing refers to it: no signature, no SBOM.");
        }
        Some(all) => {
            for one in all {
                let kind = one.artifact_type.as_deref().unwrap_or("unknown kind");
                let bytes = one
                    .size
                    .map_or_else(String::new, |bytes| format!(", {}", size(bytes)));
                document.text(Tone::Plain, &format!("{kind}{bytes}"));
                document.entry(2, (Tone::Plain, ""), Tone::Dim, &one.digest.to_string());
            }
        }
    }
}

fn places(document: &mut Document, found: &Inspection) {
    let places = &found.image.places;
    if places.is_empty() {
        document.text(Tone::Dim, "The inventory has it nowhere.");
    }
    for place in places {
        let tags: Vec<&str> = place.tags.iter().map(Tag::as_str).collect();
        let what = match (place.is_child, tags.is_empty()) {
            (true, _) => format!("in index {}", place.digest.short()),
            (false, true) => "untagged".to_owned(),
            (false, false) => tags.join("  "),
        };
        document.text(
            Tone::Plain,
            &format!("{}/{}", place.registry, place.repository),
        );
        document.entry(2, (Tone::Plain, ""), Tone::Dim, &what);
    }
}

/// A document, a member a line. What is too long for one goes on below itself.
fn json(document: &mut Document, value: &Json) {
    for (depth, line) in json_lines(value) {
        document.entry(depth * 2, (Tone::Plain, ""), Tone::Plain, &line);
    }
}

/// A document as text.
pub(super) fn json_text(value: &Json) -> String {
    let lines = json_lines(value).into_iter();
    let lines: Vec<String> = lines
        .map(|(depth, line)| format!("{}{line}", "  ".repeat(depth)))
        .collect();
    lines.join("\n")
}

/// Lines, and how deep each is.
fn json_lines(value: &Json) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    write(&mut lines, "", value, 0, "");
    lines
}

fn write(lines: &mut Vec<(usize, String)>, label: &str, value: &Json, depth: usize, end: &str) {
    let comma = |at: usize, len: usize| if at + 1 < len { "," } else { "" };
    match value {
        Json::Map(members) if !members.is_empty() => {
            lines.push((depth, format!("{label}{{")));
            for (at, (key, value)) in members.iter().enumerate() {
                let key = format!("{key:?}: ");
                write(lines, &key, value, depth + 1, comma(at, members.len()));
            }
            lines.push((depth, format!("}}{end}")));
        }
        Json::List(list) if !list.is_empty() => {
            lines.push((depth, format!("{label}[")));
            for (at, value) in list.iter().enumerate() {
                let end = comma(at, list.len());
                write(lines, "", value, depth + 1, end);
            }
            lines.push((depth, format!("]{end}")));
        }
        other => {
            let text = match other {
                Json::Null => "null".to_owned(),
                Json::Bool(value) => value.to_string(),
                Json::Unsigned(value) => value.to_string(),
                Json::Signed(value) => value.to_string(),
                Json::Float(value) => value.to_string(),
                Json::Text(text) => format!("{text:?}"),
                Json::List(_) => "[]".to_owned(),
                Json::Map(_) => "{}".to_owned(),
            };
            lines.push((depth, format!("{label}{text}{end}")));
        }
    }
}
