//! What people type after `/`: words that a row must show, or must not.

use crate::model::{ImageRow, ListState, RegistryRow, RepositoryRow};

/// A filter, parsed once. Words are separated by blanks and all required; `!word`
/// excludes; a word with `*` or `?` is matched against the whole of a text, any other
/// word anywhere in it. Letters of ASCII are compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    /// In lower case.
    text: Vec<u8>,
    exclude: bool,
    glob: bool,
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

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a registry's name, address or product match.
    pub fn matches_registry(&self, row: &RegistryRow) -> bool {
        self.matches(|word| {
            word.is_in(row.spec.name.as_str())
                || word.is_in(&row.spec.endpoint.to_string())
                || row.spec.product.is_some_and(|p| word.is_in(p.as_str()))
        })
    }

    /// Whether a repository's name or the word for its state match.
    pub fn matches_repository(&self, row: &RepositoryRow) -> bool {
        self.matches(|word| {
            word.is_in(row.name.as_str())
                || word.is_in(state_word(row))
                || (row.state.stale_since.is_some() && word.is_in("stale"))
        })
    }

    /// Whether an image's tags, digest, platforms, kind or artifact type match.
    pub fn matches_image(&self, row: &ImageRow) -> bool {
        self.matches(|word| {
            row.tags.iter().any(|tag| word.is_in(tag.as_str()))
                || word.is_in(row.image.kind.as_str())
                || row
                    .image
                    .artifact_type
                    .as_deref()
                    .is_some_and(|t| word.is_in(t))
                || row.platforms.iter().any(|p| word.is_in(&p.to_string()))
                || word.is_in(&row.digest.to_string())
                || (row.stale_since.is_some() && word.is_in("stale"))
        })
    }

    fn matches(&self, shows: impl Fn(&Word) -> bool) -> bool {
        self.words.iter().all(|word| shows(word) != word.exclude)
    }
}

/// The state as the screen words it; a listed repository with tags has no word.
fn state_word(row: &RepositoryRow) -> &'static str {
    match row.state.list {
        ListState::NotCrawled if row.tags > 0 => "partial",
        ListState::NotCrawled => "not crawled",
        ListState::Listed if row.tags == 0 => "empty",
        ListState::Listed => "",
        ListState::Refused(_) => "refused",
        ListState::Failed(_) => "failed",
    }
}

impl Word {
    fn is_in(&self, text: &str) -> bool {
        let text = text.as_bytes();
        if self.glob {
            return glob(&self.text, text);
        }
        text.windows(self.text.len())
            .any(|part| part.eq_ignore_ascii_case(&self.text))
    }
}

/// `*` stands for any run, `?` for one byte. Steps back to the last `*` on a mismatch,
/// which is enough and takes at most pattern × text steps.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&b) if b == b'?' || b == text[t].to_ascii_lowercase() => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lets(filter: &str, text: &str) -> bool {
        Filter::new(filter).matches(|word| word.is_in(text))
    }

    #[test]
    fn words_are_all_required_and_excluded() {
        for (filter, text, wanted) in [
            ("", "team/api", true),
            ("  ", "team/api", true),
            ("API", "team/api", true),
            ("team api", "team/api", true),
            ("team web", "team/api", false),
            ("!api", "team/api", false),
            ("team !web", "team/api", true),
            ("!", "team/api", true),
            ("api-and-more", "api", false),
        ] {
            assert_eq!(lets(filter, text), wanted, "{filter:?} {text:?}");
        }
    }

    #[test]
    fn globs_match_whole_texts() {
        for (filter, text, wanted) in [
            ("team/*", "team/api", true),
            ("team/*", "x/team/api", false),
            ("*api", "team/api", true),
            ("*/*/*", "team/api", false),
            ("1.?", "1.9", true),
            ("1.?", "1.10", false),
            ("*a*b*c", "xaybzbc", true),
            ("*a*b*c", "xaybzb", false),
            ("!*-rc*", "1.0-rc.1", false),
            ("V*", "v1", true),
            ("*", "", true),
        ] {
            assert_eq!(lets(filter, text), wanted, "{filter:?} {text:?}");
        }
    }
}
