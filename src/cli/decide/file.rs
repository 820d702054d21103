//! A file of decisions, read whole or refused line by line.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::export::DecisionLine;
use crate::model::{
    self, Choice, Decided, Decision, RegistryId, RegistryRow, Subject, Timestamp, text,
};

/// Lines of a file that are told to be wrong; how many more there are is told in one.
const TOLD: usize = 20;
/// Letters of what stands there that a message repeats.
const REPEATED: usize = 60;

/// A field as somebody may have written it.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    #[default]
    Missing,
    Other(IgnoredAny),
}

impl Field {
    fn text(&self, key: &str) -> Result<Option<&str>, String> {
        match self {
            Self::Text(text) => Ok(Some(text)),
            Self::Missing => Ok(None),
            Self::Other(_) => Err(format!("`{key}` is not a text")),
        }
    }

    fn needed(&self, key: &str) -> Result<&str, String> {
        self.text(key)?.ok_or_else(|| format!("`{key}` is missing"))
    }
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    registry: Field,
    #[serde(default)]
    repository: Field,
    #[serde(default)]
    digest: Field,
    #[serde(default)]
    tag: Field,
    #[serde(default)]
    decision: Field,
    #[serde(default)]
    note: Field,
    #[serde(default)]
    at: Field,
}

/// Decisions by registry, each registry's by repository.
pub(super) type ByRegistry = Vec<(RegistryId, Vec<Decided>)>;

/// What the file says. What names no time was decided `now`.
///
/// # Errors
///
/// What is wrong with it, line by line.
pub(super) fn read(
    file: &str,
    registries: &[RegistryRow],
    now: Timestamp,
) -> Result<ByRegistry, Vec<String>> {
    let file = file.trim_start_matches('\u{feff}');
    let mut reading = Reading {
        registries,
        now,
        decided: BTreeMap::new(),
        places: HashMap::new(),
        wrong: Vec::new(),
    };
    if file.trim_start().starts_with('[') {
        let lines: Vec<Line> = serde_json::from_str(file).map_err(|error| {
            vec![format!(
                "line {}: {}",
                error.line(),
                no_json(&error, "an array of objects")
            )]
        })?;
        for (at, line) in lines.iter().enumerate() {
            reading.take(format!("entry {}", at + 1), Ok(line));
        }
    } else {
        for (at, line) in file.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let read = serde_json::from_str::<Line>(line);
            let read = read.map_err(|error| no_json(&error, "an object a line"));
            reading.take(
                format!("line {}", at + 1),
                read.as_ref().map_err(Clone::clone),
            );
        }
    }
    reading.finish()
}

fn no_json(error: &serde_json::Error, wanted: &str) -> String {
    // What it says of the place is that of the line.
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or_default();
    format!(
        "it is not {wanted}, as NDJSON or JSON: {}",
        text::quote(why, REPEATED)
    )
}

struct Reading<'r> {
    registries: &'r [RegistryRow],
    now: Timestamp,
    decided: BTreeMap<RegistryId, Vec<Decided>>,
    /// Where something was decided about each thing.
    places: HashMap<(RegistryId, String, Subject), String>,
    wrong: Vec<String>,
}

impl Reading<'_> {
    fn take(&mut self, place: String, line: Result<&Line, String>) {
        let read = line.and_then(|line| self.one(line));
        let (id, decided) = match read {
            Ok(read) => read,
            Err(why) => return self.wrong.push(format!("{place}: {why}")),
        };
        let subject = (id, decided.repository.to_string(), decided.subject.clone());
        if let Some(before) = self.places.get(&subject) {
            let why = format!("{place}: it is about the same as {before}; leave one of them");
            return self.wrong.push(why);
        }
        self.places.insert(subject, place);
        self.decided.entry(id).or_default().push(decided);
    }

    fn one(&self, line: &Line) -> Result<(RegistryId, Decided), String> {
        let id = self.registry(line.registry.needed("registry")?)?;
        let repository = line.repository.needed("repository")?.parse();
        let repository = repository.map_err(|why: model::NameError| why.to_string())?;
        let subject = match (line.digest.text("digest")?, line.tag.text("tag")?) {
            (Some(digest), None) => {
                let digest = digest.parse();
                Subject::Image(digest.map_err(|why: model::DigestError| why.to_string())?)
            }
            (None, Some(tag)) => Subject::Tag(
                tag.parse()
                    .map_err(|why: model::NameError| why.to_string())?,
            ),
            (None, None) => return Err("it has neither a `digest` nor a `tag`".to_owned()),
            (Some(_), Some(_)) => {
                return Err(
                    "it is about an image or a tag: leave `digest` or `tag` null".to_owned(),
                );
            }
        };
        let note = model::note(line.note.text("note")?.unwrap_or_default())?;
        let at = self.at(line.at.text("at")?)?;
        let decision = line.decision.needed("decision")?;
        let decision = if decision == DecisionLine::NONE {
            None
        } else {
            let choice = decision.parse::<Choice>();
            let choice = choice.map_err(|why| format!("{why}, or `none` to take back"))?;
            Some(Decision { choice, note, at })
        };
        let decided = Decided {
            repository,
            subject,
            decision,
        };
        Ok((id, decided))
    }

    fn registry(&self, name: &str) -> Result<RegistryId, String> {
        let names = || self.registries.iter().map(|row| row.spec.name.as_str());
        let found = self
            .registries
            .iter()
            .find(|row| row.spec.name.as_str() == name);
        found.map(|row| row.id).ok_or_else(|| {
            let like = text::nearest(name, names());
            let like = like.map_or_else(String::new, |like| format!("; `{like}` is there"));
            format!(
                "there is no registry `{}`{like}",
                text::quote(name, REPEATED)
            )
        })
    }

    fn at(&self, typed: Option<&str>) -> Result<Timestamp, String> {
        let Some(typed) = typed else {
            return Ok(self.now);
        };
        // Whole seconds are kept.
        let read = typed.parse::<Timestamp>().ok();
        let read = read.and_then(|at| Timestamp::from_second(at.as_second()).ok());
        read.ok_or_else(|| {
            format!(
                "`{}` is no time: write it as `2026-10-01T12:00:00Z`",
                text::quote(typed, REPEATED)
            )
        })
    }

    fn finish(mut self) -> Result<ByRegistry, Vec<String>> {
        let wrong = self.wrong.len();
        if wrong > TOLD {
            self.wrong.truncate(TOLD);
            self.wrong.push(format!("and {} more", wrong - TOLD));
        }
        if wrong > 0 {
            return Err(self.wrong);
        }
        let decided = self.decided.into_iter().map(|(id, mut decided)| {
            decided.sort_by(|one, other| one.repository.cmp(&other.repository));
            (id, decided)
        });
        Ok(decided.collect())
    }
}
