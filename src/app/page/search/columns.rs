//! The columns of hits.

use crate::app::table::Column;

/// What a column shows of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitColumn {
    /// By what it was found.
    Match,
    /// The registry.
    Registry,
    /// The repository.
    Repository,
    /// The tag.
    Tag,
    /// The beginning of the digest.
    Digest,
    /// When the image was built.
    Built,
    /// Where else the image is.
    Elsewhere,
}

/// All, in order.
pub const OF_HITS: [Column<HitColumn>; 7] = [
    Column::fixed(HitColumn::Match, "MATCH", 10),
    Column::text(HitColumn::Registry, "REGISTRY", 8).at_most(24),
    Column::text(HitColumn::Repository, "REPOSITORY", 14),
    Column::text(HitColumn::Tag, "TAG", 8).at_most(40),
    Column::fixed(HitColumn::Digest, "DIGEST", 12).ranked(1),
    Column::fixed(HitColumn::Built, "BUILT", 7)
        .at_right()
        .ranked(2),
    Column::text(HitColumn::Elsewhere, "WHERE ELSE", 12)
        .at_most(32)
        .ranked(3),
];
