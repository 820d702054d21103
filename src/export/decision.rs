//! Decisions: `decide export`, and what a dry run would decide.

use serde::Serialize;

use super::Row;
use crate::model::{Decided, RegistryName, Subject, text};

/// A line a decision, as `decide import` reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionLine {
    registry: String,
    repository: String,
    digest: Option<String>,
    tag: Option<String>,
    decision: &'static str,
    note: Option<String>,
    at: Option<String>,
}

impl DecisionLine {
    /// The word for no decision.
    pub const NONE: &'static str = "none";

    /// The line of a decision in the registry of this name.
    pub fn new(registry: &RegistryName, decided: &Decided) -> Self {
        let (digest, tag) = match &decided.subject {
            Subject::Image(digest) => (Some(digest.to_string()), None),
            Subject::Tag(tag) => (None, Some(tag.to_string())),
        };
        let decision = decided.decision.as_ref();
        let note = decision.and_then(|decision| decision.note.as_deref());
        Self {
            registry: registry.to_string(),
            repository: decided.repository.to_string(),
            digest,
            tag,
            decision: decision.map_or(Self::NONE, |decision| decision.choice.as_str()),
            note: note.map(|note| text::harmless(note).into_owned()),
            at: decision.map(|decision| decision.at.to_string()),
        }
    }
}

impl Row for DecisionLine {
    const COLUMNS: &'static [&'static str] = &[
        "REGISTRY",
        "REPOSITORY",
        "TAG OR DIGEST",
        "DECISION",
        "AT",
        "NOTE",
    ];
    const WHERE_FILLED: &'static [&'static str] = &["AT", "NOTE"];
    const FIELDS: &'static [&'static str] = &[
        "registry",
        "repository",
        "digest",
        "tag",
        "decision",
        "note",
        "at",
    ];

    fn cells(&self) -> Vec<String> {
        let digest = self
            .digest
            .as_deref()
            .map(|digest| match digest.split_once(':') {
                Some((_, encoded)) => encoded.chars().take(12).collect(),
                None => digest.to_owned(),
            });
        let day = self
            .at
            .as_deref()
            .map(|at| at[..at.len().min(10)].to_owned());
        vec![
            self.registry.clone(),
            self.repository.clone(),
            self.tag.clone().or(digest).unwrap_or_default(),
            self.decision.to_owned(),
            day.unwrap_or_default(),
            self.note.clone().unwrap_or_default(),
        ]
    }

    fn fields(&self) -> Vec<String> {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.registry.clone(),
            self.repository.clone(),
            or_empty(&self.digest),
            or_empty(&self.tag),
            self.decision.to_owned(),
            or_empty(&self.note),
            or_empty(&self.at),
        ]
    }
}
