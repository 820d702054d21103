//! A TOML file of the user's, read so that everything that is wrong in it is told at once,
//! each with its line.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::text;

/// Letters of what was found that a message repeats.
const REPEATED: usize = 40;

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// A file while it is read: where its lines end, and what was found wrong so far.
pub(super) struct Document<'a> {
    source: &'a str,
    wrong: Vec<Wrong>,
    /// Lines that are no TOML: what else seems wrong with them follows from that.
    broken: Vec<usize>,
}

impl<'a> Document<'a> {
    /// The document and its root table, as far as it is TOML.
    pub(super) fn parse(source: &'a str) -> (DeTable<'a>, Self) {
        let (root, errors) = DeTable::parse_recoverable(source);
        let mut document = Self {
            source,
            wrong: Vec::new(),
            broken: Vec::new(),
        };
        for error in errors {
            let what = text::quote(error.message(), 200);
            let at = error.span().unwrap_or(0..0);
            document.note(at.clone(), what);
            document.broken.push(document.line(at.start));
        }
        (root.into_inner(), document)
    }

    /// Notes something wrong.
    pub(super) fn note(&mut self, at: Range<usize>, what: impl Into<String>) {
        let line = self.line(at.start);
        if !self.broken.contains(&line) {
            let what = what.into();
            self.wrong.push(Wrong { line, what });
        }
    }

    /// The line of a place.
    pub(super) fn line(&self, at: usize) -> usize {
        let before = self.source.get(..at).unwrap_or(self.source);
        1 + before.matches('\n').count()
    }

    /// How much was found wrong so far.
    pub(super) fn count(&self) -> usize {
        self.wrong.len()
    }

    /// Whether nothing was found wrong so far.
    pub(super) fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Notes a key that means nothing in `place`.
    pub(super) fn unknown<'k>(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        place: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let name = key.get_ref();
        let told = match text::nearest(name, known.clone()) {
            Some(near) => format!("`{near}` is meant?"),
            None if known.clone().count() == 1 => {
                format!("the only one is {}", known.collect::<String>())
            }
            None => format!("known are {}", known.collect::<Vec<_>>().join(", ")),
        };
        let name = text::quote(name, REPEATED);
        self.note(key.span(), format!("{place} has no key `{name}`: {told}"));
    }

    /// Notes a value of another type than the one that is wanted.
    pub(super) fn mistyped(&mut self, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) {
        let found = article(value.get_ref().type_str());
        self.note(value.span(), format!("`{key}` is {wanted}, not {found}"));
    }

    /// What is wrong, in the order of lines.
    pub(super) fn finish(mut self) -> Vec<Wrong> {
        self.wrong.sort_by_key(|wrong| wrong.line);
        self.wrong
    }
}

/// A type's name as a sentence uses it.
fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'i']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
