//! Orders of rows. Sorting is stable, so that equal rows keep the store's order.

use std::cmp::Reverse;

use super::natural;
use super::place::Place;
use crate::model::{ImageColumn, ImageRow, ListState, Order, RepositoryColumn, RepositoryRow, Tag};

/// The tag an image is best known by: the highest version among its tags, where a
/// version begins with a digit or with `v` and a digit; otherwise the first in natural
/// order. Tags that tools make lead only where there is no other.
pub fn lead_tag(tags: &[Tag]) -> Option<&Tag> {
    if let [only] = tags {
        return Some(only);
    }
    let by_name = |tag: &&Tag| natural::key(tag.as_str());
    let given = || tags.iter().filter(|tag| !tag.is_accessory());
    given()
        .filter(|tag| is_version(tag.as_str()))
        .max_by_key(by_name)
        .or_else(|| given().min_by_key(by_name))
        .or_else(|| tags.first())
}

fn is_version(text: &str) -> bool {
    text.strip_prefix(['v', 'V'])
        .unwrap_or(text)
        .starts_with(|c: char| c.is_ascii_digit())
}

pub(super) fn repositories(rows: &mut [RepositoryRow], order: Order<RepositoryColumn>) {
    let down = order.descending;
    // Rows that are equal in the column stay in the order of their names, both ways.
    rows.sort_by_cached_key(|row| natural::key(row.name.as_str()));
    match order.column {
        RepositoryColumn::Name => {
            if down {
                rows.reverse();
            }
        }
        RepositoryColumn::Registry => by(rows, down, |row| row.registry),
        RepositoryColumn::Tags => by(rows, down, |row| row.tags),
        RepositoryColumn::Images => by(rows, down, |row| row.images),
        RepositoryColumn::Size => known(rows, down, |row| {
            let summary = row.summary.as_ref()?;
            (summary.size > 0 || summary.unread == 0).then_some(summary.size)
        }),
        RepositoryColumn::Newest => known(rows, down, |row| row.summary.as_ref()?.newest),
        RepositoryColumn::Platforms => known(rows, down, |row| {
            let architectures = &row.summary.as_ref()?.architectures;
            (!architectures.is_empty()).then(|| architectures.clone())
        }),
        RepositoryColumn::Change => by(rows, down, |row| {
            row.summary.as_ref().map_or(0, |it| it.changed.count())
        }),
        RepositoryColumn::State => by(rows, down, attention),
    }
}

pub(super) fn images(rows: &mut [ImageRow], order: Order<ImageColumn>) {
    let place = |row: &ImageRow, column| Place::new(row, order, column);
    // Rows that are equal in the column stay in the order of their tags.
    rows.sort_by_cached_key(|row| place(row, ImageColumn::Tag));
    if order.column != ImageColumn::Tag {
        rows.sort_by_cached_key(|row| place(row, order.column));
    }
}

/// What needs attention comes first.
fn attention(row: &RepositoryRow) -> u8 {
    match row.state.list {
        ListState::Failed(_) => 0,
        ListState::Refused(_) => 1,
        _ if row.state.stale_since.is_some() => 2,
        ListState::NotCrawled => 3,
        ListState::Listed if row.tags == 0 => 4,
        ListState::Listed => 5,
    }
}

/// The same, with those that are not known last, whichever way the order goes.
fn known<T, K: Ord>(rows: &mut [T], descending: bool, key: impl Fn(&T) -> Option<K>) {
    by(rows, descending, &key);
    rows.sort_by_key(|row| key(row).is_none());
}

fn by<T, K: Ord>(rows: &mut [T], descending: bool, key: impl Fn(&T) -> K) {
    if descending {
        rows.sort_by_cached_key(|row| Reverse(key(row)));
    } else {
        rows.sort_by_cached_key(key);
    }
}
