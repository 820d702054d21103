//! Orders of rows. Sorting is stable, so that equal rows keep the store's order.

use std::cmp::Reverse;

use super::natural;
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
        RepositoryColumn::Tags => by(rows, down, |row| row.tags),
        RepositoryColumn::Images => by(rows, down, |row| row.images),
        RepositoryColumn::State => by(rows, down, attention),
    }
}

pub(super) fn images(rows: &mut [ImageRow], order: Order<ImageColumn>) {
    let down = order.descending;
    by_known(rows, down, |row| {
        lead_tag(&row.tags).map(|tag| natural::key(tag.as_str()))
    });
    match order.column {
        // Signatures and the like stand behind what they belong to, both ways.
        ImageColumn::Tag => {
            rows.sort_by_key(|row| lead_tag(&row.tags).is_some_and(Tag::is_accessory));
        }
        ImageColumn::Digest => by(rows, down, |row| row.digest.clone()),
        ImageColumn::Platforms => by(rows, down, |row| row.platforms.clone()),
        ImageColumn::Kind => by(rows, down, |row| {
            (row.image.kind, row.image.artifact_type.clone())
        }),
        ImageColumn::Size => by_known(rows, down, |row| row.image.size),
        ImageColumn::Created => by_known(rows, down, |row| row.image.created),
        ImageColumn::Seen => by(rows, down, |row| row.first_seen),
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

fn by<T, K: Ord>(rows: &mut [T], descending: bool, key: impl Fn(&T) -> K) {
    if descending {
        rows.sort_by_cached_key(|row| Reverse(key(row)));
    } else {
        rows.sort_by_cached_key(key);
    }
}

/// As [`by`], with the rows that have no key last in both directions.
fn by_known<T, K: Ord>(rows: &mut [T], descending: bool, key: impl Fn(&T) -> Option<K>) {
    if descending {
        rows.sort_by_cached_key(|row| {
            let key = key(row);
            (key.is_none(), Reverse(key))
        });
    } else {
        rows.sort_by_cached_key(|row| {
            let key = key(row);
            (key.is_none(), key)
        });
    }
}
