//! Globs over names with `/` between their components: `*` and `?` stay inside one
//! component, `**` crosses them.

use std::str::FromStr;

/// A glob, parsed once.
#[derive(Clone, Debug)]
pub struct Glob(globset::GlobMatcher);

impl Glob {
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

impl Glob {
    /// A glob to which large and small letters are the same.
    pub fn without_case(pattern: &str) -> Result<Self, String> {
        Self::new(pattern, true)
    }

    fn new(pattern: &str, without_case: bool) -> Result<Self, String> {
        globset::GlobBuilder::new(pattern)
            .literal_separator(true)
            .case_insensitive(without_case)
            .build()
            .map(|glob| Self(glob.compile_matcher()))
            .map_err(|error| {
                let pattern = super::text::quote(pattern, 80);
                format!("`{pattern}` is no glob: {}", error.kind())
            })
    }
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        Self::new(pattern, false)
    }
}
