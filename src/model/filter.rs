//! What people type after `/`: words that a row must show, or must not.

use std::ops::Range;

use super::Glob;

/// A filter, parsed once. Words are separated by blanks and all required; `!word`
/// excludes; a word that is a [`Glob`] is matched against the whole of a text, any other
/// word anywhere in it. Letters of ASCII are compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

/// A word of a [`Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    text: String,
    glob: Option<Glob>,
    /// Whether a row must not show it.
    pub exclude: bool,
}

impl Word {
    /// This word; `None` for a lone `!`, which is a word that is still being typed.
    pub fn new(word: &str) -> Option<Self> {
        let (exclude, word) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        (!word.is_empty()).then(|| Self {
            text: word.to_owned(),
            // One that is still being typed, such as `[`, is letters until it is whole.
            glob: Some(word)
                .filter(|word| Glob::is_meant(word))
                .and_then(|word| Glob::any_case(word).ok()),
            exclude,
        })
    }

    /// Whether a text begins so; of a glob, whether it is the whole of it.
    pub fn begins(&self, text: &str) -> bool {
        if let Some(glob) = &self.glob {
            return glob.is_match(text);
        }
        let start = text.as_bytes().get(..self.text.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(self.text.as_bytes()))
    }

    /// Whether a text ends so; of a glob, whether it is the whole of it.
    pub fn ends(&self, text: &str) -> bool {
        if let Some(glob) = &self.glob {
            return glob.is_match(text);
        }
        let from = text.len().checked_sub(self.text.len());
        let end = from.map(|from| &text.as_bytes()[from..]);
        end.is_some_and(|end| end.eq_ignore_ascii_case(self.text.as_bytes()))
    }

    /// Where it stands first in this text; of a glob, all of it where it is that.
    pub fn place(&self, text: &str) -> Option<Range<usize>> {
        if self.glob.is_some() {
            return self.is_in(text).then_some(0..text.len());
        }
        let wanted = self.text.as_bytes();
        let mut parts = text.as_bytes().windows(wanted.len());
        let at = parts.position(|part| part.eq_ignore_ascii_case(wanted))?;
        Some(at..at + wanted.len())
    }

    /// How many bytes it has.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether it stands in this text; of a glob, whether it is the whole of it.
    pub fn is_in(&self, text: &str) -> bool {
        if let Some(glob) = &self.glob {
            return glob.is_match(text);
        }
        let wanted = self.text.as_bytes();
        text.as_bytes()
            .windows(wanted.len())
            .any(|part| part.eq_ignore_ascii_case(wanted))
    }
}

impl Filter {
    /// The filter of this text. Every text is one; blanks alone let everything through.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().filter_map(Word::new);
        Self {
            words: words.collect(),
            text: text.to_owned(),
        }
    }

    /// The text it was made of.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
