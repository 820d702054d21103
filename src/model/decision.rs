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

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What is to become of it.
    pub choice: Choice,
    /// Why, in the words of who decided.
    pub note: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
}

/// What a decision is about, in its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The image of this digest, whatever its tags.
    Image(Digest),
    /// This tag, whatever it names.
    Tag(Tag),
}

/// A decision with the place of what it is about. The registry is told beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The repository, which may be gone.
    pub repository: RepositoryName,
    /// What in it.
    pub subject: Subject,
    /// The decision; `None` takes back what was decided.
    pub decision: Option<Decision>,
}

/// The decisions about one image: its own, and those about its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
