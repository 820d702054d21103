//! What is searched for in all registries at once, and what is found.

use super::{Digest, DigestStart, Filter, RegistryId, RepositoryName, Tag, Word};
use serde::{Deserialize, Serialize};

/// Digits of a digest that must be typed before it is taken for one, where no algorithm
/// stands before them: fewer are in every tenth digest.
const DIGITS: usize = 4;

/// What is searched for: words, each in the name of a repository or of a tag, or the beginning
/// of a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The words, as a [`Filter`] has them.
    pub words: Filter,
    /// Words with a colon: how the name of a repository ends and how that of a tag begins.
    pub pairs: Vec<(Option<Word>, Option<Word>)>,
    /// The digest that the only word begins, where it can be one.
    pub digest: Option<DigestStart>,
}

impl Search {
    /// The search for this text; `None` where it has no word.
    pub fn new(text: &str) -> Option<Self> {
        let typed: Vec<&str> = text.split_whitespace().collect();
        let digest = match typed[..] {
            [only] => only.parse::<DigestStart>().ok(),
            _ => None,
        };
        let digest = digest.filter(|start| text.contains(':') || start.length() >= DIGITS);
        // Of other algorithms' names a repository's cannot be told.
        let is_named = digest.is_some() && text.trim_start().starts_with("sha");
        let (mut words, mut pairs) = (Vec::new(), Vec::new());
        for word in typed {
            match word.rsplit_once(':') {
                Some((name, tag)) if !is_named => pairs.push((Word::new(name), Word::new(tag))),
                _ => words.push(word),
            }
        }
        let words = Filter::new(&words.join(" "));
        let has_word = !words.is_empty() || !pairs.is_empty();
        has_word.then_some(Self {
            words,
            pairs,
            digest,
        })
    }
}

/// By what something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Matched {
    /// The name of a repository.
    Repository,
    /// The name of a tag.
    Tag,
    /// The digest of an image.
    Digest,
    /// The digest of a manifest that an index lists.
    Child,
}

impl Matched {
    /// By what, in a word, as the outputs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Child => "child",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The registry it is in.
    pub registry: RegistryId,
    /// Its repository.
    pub repository: RepositoryName,
    /// The tag; of an image that was found by a digest the tag it is best known by. `None`
    /// for a repository, and for an image that no tag names.
    pub tag: Option<Tag>,
    /// The image; `None` for a repository.
    pub digest: Option<Digest>,
    /// The manifest that the image, an index, lists, where it was found by that one.
    pub child: Option<Digest>,
    /// By what it was found.
    pub matched: Matched,
}
