//! What people type after `/`: words that a row must show, or must not.

use super::Glob;

/// A filter, parsed once. Words are separated by blanks and all required; `!word`
/// excludes; a word with `*`, `?`, `[` or `{` is a [`Glob`] that the whole of a text must match, any
/// other word may stand anywhere in it. Letters of ASCII are compared without case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

/// A word of a [`Filter`].
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// In lower case.
    pub text: Vec<u8>,
    /// Whether a row must not show it.
    pub exclude: bool,
    /// The glob it is, where it is one.
    pub glob: Option<Glob>,
}

impl Word {
    /// This word; `None` for a lone `!`, which is a word that is still being typed.
    pub fn new(word: &str) -> Option<Self> {
        let (exclude, word) = match word.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        // What is still being typed may be no glob.
        let glob = word.contains(['*', '?', '[', '{']);
        (!word.is_empty()).then(|| Self {
            text: word.to_ascii_lowercase().into_bytes(),
            exclude,
            glob: glob.then(|| Glob::without_case(word).ok()).flatten(),
        })
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
