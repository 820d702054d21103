//! Lists of rows as they are asked for and answered: by which column they are ordered, and
//! what a filter let through.

use serde::{Deserialize, Serialize};

/// What repositories can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepositoryColumn {
    /// The registry, by its number.
    Registry,
    /// The name, in natural order.
    #[default]
    Name,
    /// The number of tags.
    Tags,
    /// The number of images.
    Images,
    /// The size of all images; repositories of which none is known come last.
    Size,
    /// When the newest image was built; repositories of which that is not known come last.
    Newest,
    /// The architectures that images are for.
    Platforms,
    /// What the last crawl changed.
    Change,
    /// What needs attention: failed, refused, stale, partial, not crawled, empty, complete.
    State,
}

impl RepositoryColumn {
    /// Every column, in the order of the screen.
    pub const ALL: [Self; 9] = [
        Self::Registry,
        Self::Name,
        Self::Tags,
        Self::Images,
        Self::Size,
        Self::Newest,
        Self::Platforms,
        Self::Change,
        Self::State,
    ];

    /// The column in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Name => "name",
            Self::Tags => "tags",
            Self::Images => "images",
            Self::Size => "size",
            Self::Newest => "newest image",
            Self::Platforms => "platforms",
            Self::Change => "change",
            Self::State => "state",
        }
    }
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order<C> {
    /// The column.
    pub column: C,
    /// Largest first.
    pub descending: bool,
}

/// Rows that a filter let through, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many there were before the filter.
    pub total: usize,
    /// How many the filter let through: more than the rows where only the first are given.
    pub matched: usize,
}

impl<T> Listing<T> {
    /// All rows that a filter let through, of so many.
    pub fn whole(rows: Vec<T>, total: usize) -> Self {
        Self {
            matched: rows.len(),
            rows,
            total,
        }
    }

    /// Whether there are more rows than are given.
    pub fn is_cut(&self) -> bool {
        self.matched > self.rows.len()
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            total: 0,
            matched: 0,
        }
    }
}
