//! Pure list work: which rows are shown, and in which order.
//!
//! Owns how filters and selections are applied and rows are ordered. Knows rows, not
//! where they come from nor where they are shown.

mod accessories;
mod change;
mod filter;
pub mod fuzzy;
mod leading;
mod natural;
mod place;
mod planned;
mod retry;
pub mod schedule;
pub mod search;
mod selection;
mod sort;
mod standing;
mod tree;

pub use change::{ChangeRow, Turn, change_rows, changes, folded as folded_changes};
pub use filter::lets_failure;
pub use leading::Leading;
pub use place::Best;
pub use planned::{plan, planned};
pub use retry::{ToRetry, failed, to_retry};
pub use selection::select;
pub use sort::lead_tag;
pub use standing::{Standing, reason, standing};
pub use tree::{Branch, Folder, tree};

use crate::model::{
    Filter, ImageColumn, ImageRow, Listing, Order, RegistryRow, RepositoryColumn, RepositoryRow,
};

fn filtered<T>(mut rows: Vec<T>, keep: impl FnMut(&T) -> bool) -> Listing<T> {
    let total = rows.len();
    rows.retain(keep);
    Listing::whole(rows, total)
}

/// Registries by name.
pub fn registries(rows: Vec<RegistryRow>, filter: &Filter) -> Listing<RegistryRow> {
    let mut listing = filtered(rows, |row| filter::lets_registry(filter, row));
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
    let mut listing = filtered(rows, |row| filter::lets_repository(filter, row));
    sort::repositories(&mut listing.rows, order);
    listing
}

/// Images that the filter lets through, in the order asked for; what hangs on one of them
/// stands right beneath it.
pub fn images(
    rows: Vec<ImageRow>,
    filter: &Filter,
    order: Order<ImageColumn>,
) -> Listing<ImageRow> {
    let mut listing = filtered(rows, |row| filter::lets_image(filter, row));
    sort::images(&mut listing.rows, order);
    accessories::beneath(&mut listing.rows);
    listing
}

/// Whether the filter lets an image of many repositories through.
pub fn lets_image_over(filter: &Filter, row: &ImageRow) -> bool {
    filter::lets_image_over(filter, row)
}

/// The first of many images: what hangs on one of them stands right beneath it. `total` is
/// how many there were before the filter.
pub fn first_images(best: Best, total: usize) -> Listing<ImageRow> {
    let (mut rows, matched) = best.finish();
    accessories::beneath(&mut rows);
    Listing {
        rows,
        total,
        matched: usize::try_from(matched).unwrap_or(usize::MAX),
    }
}

/// The same of those that stand first by their tags, in their order; all of `total` are wanted.
pub fn leading_images(mut rows: Vec<ImageRow>, total: usize) -> Listing<ImageRow> {
    accessories::beneath(&mut rows);
    Listing {
        rows,
        total,
        matched: total,
    }
}

#[cfg(test)]
mod tests;
