//! What a person wants of an image or a tag. A decision outlives crawls, and what it is about:
//! nothing is deleted by it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Digest, RepositoryName, Tag, Timestamp};

/// What is to become of something.
///
/// Its serialised form is part of the inventory's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Choice {
    /// It stays.
    Keep,
    /// It may go.
    Delete,
    /// Somebody is to look at it again.
    Look,
}

impl Choice {
    /// Every choice, in the order people are shown them.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Delete, Self::Look];

    /// The choice in a word, as commands and outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Look => "look",
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == text);
        found.ok_or_else(|| {
            format!(
                "{} is no decision: write `keep`, `delete` or `look`",
                super::text::quote(text, 32)
            )
        })
    }
}

/// Letters that a note may have.
const LONGEST_NOTE: usize = 500;

/// A note as it is kept: without blanks around it, `None` where nothing is left of it.
///
/// # Errors
///
/// Why it cannot be kept, and what would be right.
pub fn note(typed: &str) -> Result<Option<String>, String> {
    let text = typed.trim();
    if super::text::harmless(text) != text {
        return Err("a note is one line of plain text, without control characters".to_owned());
    }
    let letters = text.chars().count();
    if letters > LONGEST_NOTE {
        return Err(format!(
            "a note has at most {LONGEST_NOTE} letters, and this one has {letters}"
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is to become of it.
    pub choice: Choice,
    /// Why, in the words of who decided.
    pub note: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
}

/// What a decision is about, in its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// The image of this digest, whatever its tags.
    Image(Digest),
    /// This tag, whatever it names.
    Tag(Tag),
}

/// A decision with the place of what it is about. The registry is told beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The repository, which may be gone.
    pub repository: RepositoryName,
    /// What in it.
    pub subject: Subject,
    /// The decision; `None` takes back what was decided.
    pub decision: Option<Decision>,
}

/// The decisions about one image: its own, and those about its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// About the image.
    pub image: Option<Decision>,
    /// About tags that name it, sorted by tag.
    pub tags: Vec<(Tag, Decision)>,
}

impl Decisions {
    /// Whether one of them is this.
    pub fn has(&self, choice: Choice) -> bool {
        self.all().any(|decision| decision.choice == choice)
    }

    /// The choice about the image, else that about the first of its tags.
    pub fn first(&self) -> Option<Choice> {
        self.all().map(|decision| decision.choice).next()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.image.is_none() && self.tags.is_empty()
    }

    /// What was noted: with the image, else with its tags, each note once.
    pub fn note(&self) -> Option<String> {
        let mut notes: Vec<&str> = self.all().filter_map(|d| d.note.as_deref()).collect();
        notes.dedup();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn all(&self) -> impl Iterator<Item = &Decision> {
        let tags = self.tags.iter().map(|(_, decision)| decision);
        self.image.iter().chain(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_that_no_terminal_obeys() {
        assert_eq!(
            note("  ask the team \n"),
            Ok(Some("ask the team".to_owned()))
        );
        assert_eq!(note(" "), Ok(None));
        let longest = "ä".repeat(LONGEST_NOTE);
        assert_eq!(note(&longest), Ok(Some(longest.clone())));
        for (typed, says) in [
            (format!("{longest}ä"), "at most 500"),
            ("a\nb".to_owned(), "one line"),
            ("a\u{1b}[2J".to_owned(), "control characters"),
            ("a\u{202e}b".to_owned(), "control characters"),
        ] {
            let error = note(&typed).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
