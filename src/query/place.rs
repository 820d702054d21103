//! Where an image stands in an order, and the best of many without keeping all of them.

use std::cmp::{Ordering, Reverse};

use super::{lead_tag, natural};
use crate::model::{
    Choice, Digest, ImageColumn, ImageRow, Kind, Order, Platform, RegistryId, Tag, Timestamp,
};

/// What a column holds of an image, in the order of the column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Name(Vec<u8>),
    Digest(Digest),
    Platforms(Vec<Platform>),
    Kind(Kind, Option<String>),
    Size(u64),
    At(Timestamp),
    Decision(Choice),
}

/// Where an image stands by one column: what is not known of it puts it last, whichever way
/// the order goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    group: u8,
    value: Way<Option<Value>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way<T> {
    Up(T),
    Down(Reverse<T>),
}

impl<T: Ord> Ord for Way<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Up(one), Self::Up(other)) => one.cmp(other),
            (Self::Down(one), Self::Down(other)) => one.cmp(other),
            (Self::Up(_), Self::Down(_)) => Ordering::Less,
            (Self::Down(_), Self::Up(_)) => Ordering::Greater,
        }
    }
}

impl<T: Ord> PartialOrd for Way<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Place {
    /// The place of `row` by `column`, in the direction of `order`.
    pub(super) fn new(row: &ImageRow, order: Order<ImageColumn>, column: ImageColumn) -> Self {
        let value = value(row, column);
        let lead = || lead_tag(&row.tags).is_some_and(Tag::is_accessory);
        let group = match (column, &value) {
            // Signatures and the like stand behind what they belong to, both ways.
            (ImageColumn::Tag, Some(_)) if lead() => 2,
            (_, None) => 1,
            _ => 0,
        };
        let value = if order.descending {
            Way::Down(Reverse(value))
        } else {
            Way::Up(value)
        };
        Self { group, value }
    }
}

fn value(row: &ImageRow, column: ImageColumn) -> Option<Value> {
    Some(match column {
        // Of one registry's images it tells nothing; see `Rank`.
        ImageColumn::Registry => return None,
        ImageColumn::Repository => Value::Name(natural::key(row.repository.as_str())),
        ImageColumn::Tag => Value::Name(natural::key(lead_tag(&row.tags)?.as_str())),
        ImageColumn::Digest => Value::Digest(row.digest.clone()),
        ImageColumn::Platforms => Value::Platforms(row.platforms.clone()),
        ImageColumn::Kind => Value::Kind(row.image.kind, row.image.artifact_type.clone()),
        ImageColumn::Size => Value::Size(row.image.size?),
        ImageColumn::Created => Value::At(row.image.created?),
        ImageColumn::Pushed => Value::At(row.facts.pushed?),
        ImageColumn::Pulled => Value::At(row.facts.pulled?),
        ImageColumn::Seen => Value::At(row.first_seen),
        ImageColumn::Change => Value::At(row.changed()),
        ImageColumn::LastSeen => Value::At(row.last_seen),
        ImageColumn::Decision => Value::Decision(row.decisions.first()?),
    })
}

/// An image's place among those of all registries. Where that is the same, it stays as it
/// came by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    place: Place,
    registry: usize,
    came: u64,
}

/// The first images in an order, of any number that come by.
#[derive(Debug)]
pub struct Best {
    order: Order<ImageColumn>,
    registries: Vec<RegistryId>,
    most: usize,
    kept: Vec<(Rank, ImageRow)>,
    total: u64,
}

impl Best {
    /// Images kept beyond those wanted before the others are let go.
    const ROOM: usize = 1024;

    /// Keeps the first `most` images by `order`. `registries` are in the order of their names.
    pub fn new(order: Order<ImageColumn>, registries: Vec<RegistryId>, most: usize) -> Self {
        Self {
            order,
            registries,
            most,
            kept: Vec::new(),
            total: 0,
        }
    }

    /// An empty one of the same kind, for a part of what comes by.
    pub fn another(&self) -> Self {
        Self::new(self.order, self.registries.clone(), self.most)
    }

    /// Takes what came by another into account, as if it had come by here after the rest.
    pub fn join(&mut self, other: Self) {
        let before = self.total;
        self.total += other.total;
        self.kept.extend(other.kept.into_iter().map(|(rank, row)| {
            let came = before + rank.came;
            (Rank { came, ..rank }, row)
        }));
        self.cut();
    }

    /// Takes an image into account.
    pub fn push(&mut self, row: ImageRow) {
        self.total += 1;
        let rank = self.rank(&row);
        self.kept.push((rank, row));
        // Twice as many as are wanted, so that each is looked at a few times only.
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(Self::ROOM) {
            self.cut();
        }
    }

    /// The first images in order, and how many there were.
    pub fn finish(mut self) -> (Vec<ImageRow>, u64) {
        self.cut();
        let rows = self.kept.into_iter().map(|(_, row)| row);
        (rows.collect(), self.total)
    }

    fn cut(&mut self) {
        self.kept
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.kept.truncate(self.most);
    }

    fn rank(&self, row: &ImageRow) -> Rank {
        let registry = match (self.order.column, self.order.descending) {
            (ImageColumn::Registry, descending) => {
                let found = self.registries.iter().position(|id| *id == row.registry);
                let at = found.unwrap_or(self.registries.len());
                if descending {
                    self.registries.len() - at
                } else {
                    at
                }
            }
            _ => 0,
        };
        Rank {
            place: Place::new(row, self.order, self.order.column),
            registry,
            came: self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::image;
    use super::*;

    fn rows(registry: u32, sizes: &[Option<u64>]) -> Vec<ImageRow> {
        let one = |(at, size): (usize, &Option<u64>)| {
            let mut row = image(&[&format!("{registry}.{at}")], Kind::Image, &[], *size);
            row.registry = RegistryId(registry);
            row
        };
        sizes.iter().enumerate().map(one).collect()
    }

    fn best(column: ImageColumn, descending: bool, most: usize) -> (Vec<String>, u64) {
        let order = Order { column, descending };
        // By name the second registry is the first.
        let mut best = Best::new(order, vec![RegistryId(2), RegistryId(1)], most);
        let mut other = best.another();
        for row in rows(2, &[Some(5), None, Some(7)]) {
            best.push(row);
        }
        for row in rows(1, &[Some(5), Some(1), None]) {
            other.push(row);
        }
        best.join(other);
        let (rows, total) = best.finish();
        (
            rows.iter().map(|row| row.tags[0].to_string()).collect(),
            total,
        )
    }

    #[test]
    fn the_first_of_all_registries_are_kept() {
        for (column, descending, wanted) in [
            (
                ImageColumn::Size,
                false,
                ["1.1", "2.0", "1.0", "2.2", "2.1", "1.2"],
            ),
            (
                ImageColumn::Size,
                true,
                ["2.2", "2.0", "1.0", "1.1", "2.1", "1.2"],
            ),
            (
                ImageColumn::Registry,
                false,
                ["2.0", "2.1", "2.2", "1.0", "1.1", "1.2"],
            ),
            (
                ImageColumn::Registry,
                true,
                ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2"],
            ),
            (
                ImageColumn::Tag,
                true,
                ["2.2", "2.1", "2.0", "1.2", "1.1", "1.0"],
            ),
            (
                ImageColumn::Pulled,
                true,
                ["2.0", "2.1", "2.2", "1.0", "1.1", "1.2"],
            ),
        ] {
            for most in [2, 6, usize::MAX] {
                let (found, total) = best(column, descending, most);
                assert_eq!(found, wanted[..most.min(6)], "{column:?} {descending}");
                assert_eq!(total, 6);
            }
        }
    }

    #[test]
    fn no_more_are_kept_than_it_takes() {
        let order = Order {
            column: ImageColumn::Size,
            descending: true,
        };
        let mut best = Best::new(order, vec![RegistryId(1)], 3);
        for size in 0..5000 {
            best.push(image(&["1"], Kind::Image, &[], Some(size)));
            assert!(best.kept.len() < 3 * 2 + Best::ROOM);
        }
        let (rows, total) = best.finish();
        let sizes: Vec<_> = rows.iter().filter_map(|row| row.image.size).collect();
        assert_eq!((sizes, total), (vec![4999, 4998, 4997], 5000));
    }
}
