//! Globs over names with `/` between their components: `*` and `?` stay inside one
//! component, `**` crosses them.

use std::str::FromStr;
use std::sync::Arc;

use super::text::quote;

/// Letters of what was typed that a message repeats.
const REPEATED: usize = 80;

/// A glob, parsed once. Clones share it.
#[derive(Clone, Debug)]
pub struct Glob(Arc<globset::GlobMatcher>);

impl Glob {
    /// Whether a text has letters that stand for others, and is meant as a glob.
    pub fn is_meant(text: &str) -> bool {
        text.contains(['*', '?', '[', '{'])
    }

    /// The glob of `pattern` that takes upper and lower case for one.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern.
    pub fn any_case(pattern: &str) -> Result<Self, String> {
        Self::build(pattern, true)
    }

    fn build(pattern: &str, any_case: bool) -> Result<Self, String> {
        globset::GlobBuilder::new(pattern)
            .literal_separator(true)
            .case_insensitive(any_case)
            .build()
            .map(|glob| Self(Arc::new(glob.compile_matcher())))
            .map_err(|error| {
                format!(
                    "`{}` is no glob: {}; write `app*` or `team/**`, and `[[]` for a bracket \
                     itself",
                    quote(pattern, REPEATED),
                    error.kind()
                )
            })
    }

    /// The pattern, as it was typed.
    pub fn as_str(&self) -> &str {
        self.0.glob().glob()
    }

    /// Whether the whole of `name` matches.
    pub fn is_match(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.0.glob() == other.0.glob()
    }
}

impl Eq for Glob {}

impl FromStr for Glob {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        Self::build(pattern, false)
    }
}
