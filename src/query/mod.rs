//! Pure list work: which rows are shown, and in which order.
//!
//! Owns filters, orders and the selection of the `images` command. Knows rows, not
//! where they come from nor where they are shown.

mod filter;
mod natural;
pub mod schedule;
mod selection;
mod sort;
mod standing;

pub use filter::Filter;
pub use selection::ImageSelection;
pub use sort::lead_tag;
pub use standing::{Standing, reason, standing};

use crate::model::{ImageRow, RegistryRow, RepositoryRow};

/// What repositories can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepositoryColumn {
    /// The name, in natural order.
    #[default]
    Name,
    /// The number of tags.
    Tags,
    /// The number of images.
    Images,
    /// What needs attention: failed, refused, stale, partial, not crawled, empty, complete.
    State,
}

impl RepositoryColumn {
    /// Every column, in the order of the screen.
    pub const ALL: [Self; 4] = [Self::Name, Self::Tags, Self::Images, Self::State];

    /// The column in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Tags => "tags",
            Self::Images => "images",
            Self::State => "state",
        }
    }
}

/// What images can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImageColumn {
    /// The tag that leads ([`lead_tag`]), in natural order; untagged images come last.
    #[default]
    Tag,
    /// The digest.
    Digest,
    /// The platforms.
    Platforms,
    /// Image, index or artifact, then the artifact type.
    Kind,
    /// The size; images of unknown size come last.
    Size,
    /// When it was built; images that do not say come last.
    Created,
    /// When a crawl first saw it.
    Seen,
}

impl ImageColumn {
    /// Every column, in the order of the screen.
    pub const ALL: [Self; 7] = [
        Self::Tag,
        Self::Digest,
        Self::Platforms,
        Self::Kind,
        Self::Size,
        Self::Created,
        Self::Seen,
    ];

    /// The column in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Platforms => "platforms",
            Self::Kind => "kind",
            Self::Size => "size",
            Self::Created => "built",
            Self::Seen => "first seen",
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
#[derive(Clone, Debug, PartialEq)]
pub struct Listing<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many there were before the filter.
    pub total: usize,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            total: 0,
        }
    }
}

impl<T> Listing<T> {
    fn filtered(mut rows: Vec<T>, keep: impl FnMut(&T) -> bool) -> Self {
        let total = rows.len();
        rows.retain(keep);
        Self { rows, total }
    }
}

/// Registries by name.
pub fn registries(rows: Vec<RegistryRow>, filter: &Filter) -> Listing<RegistryRow> {
    let mut listing = Listing::filtered(rows, |row| filter.matches_registry(row));
    listing
        .rows
        .sort_by_cached_key(|row| natural::key(row.spec.name.as_str()));
    listing
}

/// Repositories that the filter lets through, in the order asked for.
pub fn repositories(
    rows: Vec<RepositoryRow>,
    filter: &Filter,
    order: Order<RepositoryColumn>,
) -> Listing<RepositoryRow> {
    let mut listing = Listing::filtered(rows, |row| filter.matches_repository(row));
    sort::repositories(&mut listing.rows, order);
    listing
}

/// Images that the filter lets through, in the order asked for.
pub fn images(
    rows: Vec<ImageRow>,
    filter: &Filter,
    order: Order<ImageColumn>,
) -> Listing<ImageRow> {
    let mut listing = Listing::filtered(rows, |row| filter.matches_image(row));
    sort::images(&mut listing.rows, order);
    listing
}

#[cfg(test)]
mod tests;
