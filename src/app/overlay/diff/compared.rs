//! What the page of a difference says.

use std::collections::BTreeMap;

use super::{Diff, Side};
use crate::app::Inspection;
use crate::app::clock::Clock;
use crate::app::document::{Document, Tone};
use crate::app::overlay::detail::{instruction, looks_secret};
use crate::app::words::counted;
use crate::model::text::size;
use crate::model::{Digest, LayerFacts};

/// Cells of the column of names.
const COLUMN: usize = 14;

/// What two images differ in, or what is still being read.
pub(super) fn document(diff: &Diff, clock: &Clock, width: u16) -> Document {
    let mut document = Document::new(width);
    if let Some(trouble) = &diff.trouble {
        say(&mut document, trouble);
        return document;
    }
    let Some([first, second]) = diff.sides.as_deref() else {
        document.text(Tone::Busy, "looking for what it was before… (esc gives up)");
        return document;
    };
    for (label, side) in [("from", first), ("to", second)] {
        let text = format!("{}  {}", side.name, side.digest);
        document.entry(COLUMN, (Tone::Dim, label), Tone::Plain, &text);
    }
    if first.digest == second.digest {
        document.gap();
        document.text(Tone::Good, "They are the same image.");
        return document;
    }
    let mut is_whole = true;
    for side in [first, second] {
        if let Some(trouble) = side.trouble() {
            document.gap();
            document.text(Tone::Bad, &format!("{} cannot be read:", side.name));
            say(&mut document, trouble);
            is_whole = false;
        }
    }
    if let [Some(_), Some(_)] = [&first.whole.found, &second.whole.found] {
        platforms(&mut document, first, second);
    }
    let (Some(a), Some(b)) = (first.image(), second.image()) else {
        if is_whole {
            document.gap();
            document.text(Tone::Busy, "reading both… (esc gives up)");
        }
        return document;
    };
    if let Some(platform) = diff.platform() {
        let all = diff.platforms().len();
        let more = if all > 1 {
            format!(" ({} of {all}, p shows the next)", diff.platform % all + 1)
        } else {
            String::new()
        };
        document.gap();
        document.heading(&format!("{platform}{more}"));
    }
    configuration(&mut document, clock, a, b);
    layers(&mut document, a, b);
    document
}

fn say(document: &mut Document, trouble: &crate::model::Trouble) {
    document.text(Tone::Bad, &trouble.message);
    if let Some(hint) = &trouble.hint {
        document.text(Tone::Plain, hint);
    }
}

/// What came and what went.
fn sets(document: &mut Document, label: &str, first: &[String], second: &[String]) {
    let mut label = Some(label);
    let gone = first.iter().filter(|one| !second.contains(one));
    let come = second.iter().filter(|one| !first.contains(one));
    let gone = gone.map(|one| (Tone::Bad, format!("− {one}")));
    let come = come.map(|one| (Tone::Good, format!("+ {one}")));
    for (tone, text) in gone.chain(come) {
        let label = label.take().unwrap_or_default();
        document.entry(COLUMN, (Tone::Dim, label), tone, &text);
    }
}

fn platforms(document: &mut Document, first: &Side, second: &Side) {
    let named = |side: &Side| -> Vec<String> {
        let all = side.platforms();
        all.iter().map(ToString::to_string).collect()
    };
    sets(document, "platforms", &named(first), &named(second));
}

/// `from → to`, where they differ.
fn fact(document: &mut Document, label: &str, first: &str, second: &str) {
    if first == second {
        return;
    }
    let said = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            text.to_owned()
        }
    };
    let text = format!("{} → {}", said(first), said(second));
    document.entry(COLUMN, (Tone::Dim, label), Tone::Warn, &text);
}

fn configuration(document: &mut Document, clock: &Clock, a: &Inspection, b: &Inspection) {
    let (Some(a), Some(b)) = (&a.image.configuration, &b.image.configuration) else {
        return;
    };
    let begun = document.len();
    let time = |at: Option<_>| at.map_or_else(String::new, |at| clock.moment(at));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let words = |words: &[String]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        quoted.join(" ")
    };
    fact(document, "built", &time(a.created), &time(b.created));
    fact(document, "user", &text(&a.user), &text(&b.user));
    let (first, second) = (words(&a.entrypoint), words(&b.entrypoint));
    fact(document, "entrypoint", &first, &second);
    fact(document, "command", &words(&a.cmd), &words(&b.cmd));
    let (first, second) = (text(&a.working_dir), text(&b.working_dir));
    fact(document, "working dir", &first, &second);
    let (first, second) = (text(&a.stop_signal), text(&b.stop_signal));
    fact(document, "stop signal", &first, &second);
    sets(document, "ports", &a.exposed_ports, &b.exposed_ports);
    sets(document, "volumes", &a.volumes, &b.volumes);
    let split = |all: &[String]| -> BTreeMap<String, String> {
        let pairs = all.iter().map(|it| it.split_once('=').unwrap_or((it, "")));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    values(document, "environment", &split(&a.env), &split(&b.env));
    let (first, second) = (a.labels.iter().cloned(), b.labels.iter().cloned());
    values(document, "labels", &first.collect(), &second.collect());
    if document.len() == begun {
        document.text(Tone::Dim, "Their configurations say the same.");
    }
}

/// Named values that came, went or are others now. Those that look like secrets by their
/// names are not shown.
fn values(
    document: &mut Document,
    label: &str,
    first: &BTreeMap<String, String>,
    second: &BTreeMap<String, String>,
) {
    let mut label = Some(label);
    let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let shown = |value: &str| {
            if looks_secret(name) && !value.is_empty() {
                "covered".to_owned()
            } else {
                value.to_owned()
            }
        };
        let (tone, text) = match (first.get(name), second.get(name)) {
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => (Tone::Warn, format!("→ {name}: {} → {}", shown(a), shown(b))),
            (Some(a), None) => (Tone::Bad, format!("− {name}={}", shown(a))),
            (None, Some(b)) => (Tone::Good, format!("+ {name}={}", shown(b))),
            (None, None) => continue,
        };
        let label = label.take().unwrap_or_default();
        document.entry(COLUMN, (Tone::Dim, label), tone, &text);
    }
}

fn layers(document: &mut Document, a: &Inspection, b: &Inspection) {
    let (first, second) = (&a.image.layers, &b.image.layers);
    let digests = |layers: &[LayerFacts]| -> Vec<Digest> {
        layers.iter().map(|layer| layer.digest.clone()).collect()
    };
    let (of_first, of_second) = (digests(first), digests(second));
    let bytes = |layers: &[&LayerFacts]| layers.iter().map(|layer| layer.size).sum::<u64>();
    let shared: Vec<&LayerFacts> = second
        .iter()
        .filter(|layer| of_first.contains(&layer.digest))
        .collect();
    document.gap();
    document.heading("Layers");
    let all = u64::try_from(second.len()).unwrap_or(u64::MAX);
    let text = format!(
        "{} of {}, {}",
        shared.len(),
        counted(all, "layer is in both", "layers are in both"),
        size(bytes(&shared))
    );
    document.text(Tone::Dim, &text);
    for (sign, tone, image, others) in [
        ("−", Tone::Bad, a, &of_second),
        ("+", Tone::Good, b, &of_first),
    ] {
        let mut steps = image.image.history.iter().filter(|step| !step.empty_layer);
        for layer in &image.image.layers {
            let made = steps.next().and_then(|step| step.created_by.as_deref());
            if others.contains(&layer.digest) {
                continue;
            }
            let made = made.map_or_else(|| "unknown".to_owned(), instruction);
            let label = format!("{sign} {:>9} {} ", size(layer.size), layer.digest.short());
            document.entry(label.chars().count(), (tone, &label), Tone::Dim, &made);
        }
    }
    let total = |layers: &[LayerFacts]| layers.iter().map(|layer| layer.size).sum::<u64>();
    let (before, now) = (total(first), total(second));
    let more = match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!(", {} more", size(now - before)),
        std::cmp::Ordering::Less => format!(", {} less", size(before - now)),
        std::cmp::Ordering::Equal => String::new(),
    };
    document.gap();
    let text = format!("{} → {}{more}", size(before), size(now));
    document.text(Tone::Plain, &text);
}
