//! What people type after `/`: words that a row must show, or must not.

/// A filter, parsed once. Words are separated by blanks and all required; `!word`
/// excludes; a word with `*` or `?` is matched against the whole of a text, any other
/// word anywhere in it. Letters of ASCII are compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

/// A word of a [`Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// In lower case.
    pub text: Vec<u8>,
    /// Whether a row must not show it.
    pub exclude: bool,
    /// Whether `*` and `?` in it stand for other letters.
    pub glob: bool,
}

impl Filter {
    /// The filter of this text. Every text is one; blanks alone let everything through.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().filter_map(|word| {
            let (exclude, word) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            // A lone `!` is a word that is still being typed.
            (!word.is_empty()).then(|| Word {
                text: word.to_ascii_lowercase().into_bytes(),
                exclude,
                glob: word.contains(['*', '?']),
            })
        });
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
