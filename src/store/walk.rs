//! The images of one repository after the other, compared with what was written.

use redb::{ReadOnlyTable, ReadTransaction};

use super::error::InnerError;
use super::facts::Facts;
use super::key::{self, RepositoryId};
use super::read::below;
use super::row::{self, ImageRow, RepositoryRow};
use super::schema::{IMAGES, TAGS};
use super::sum::Sum;
use crate::model::RegistryId;

type Bytes = &'static [u8];

/// The tables that the images of a registry are in.
pub(super) struct Walk {
    id: RegistryId,
    tags: ReadOnlyTable<Bytes, Bytes>,
    images: ReadOnlyTable<Bytes, Bytes>,
    facts: Facts,
}

impl Walk {
    pub(super) fn open(transaction: &ReadTransaction, id: RegistryId) -> Result<Self, InnerError> {
        Ok(Self {
            id,
            tags: transaction.open_table(TAGS)?,
            images: transaction.open_table(IMAGES)?,
            facts: Facts::open(transaction)?,
        })
    }

    /// Shows each image of a repository. What was shown counts when this returns well.
    pub(super) fn images(
        &self,
        row: &RepositoryRow,
        mut each: impl FnMut(ImageRow) -> Result<(), InnerError>,
    ) -> Result<(), InnerError> {
        let prefix = key::of_repository(self.id, RepositoryId(row.id));
        let mut seen = Sum::default();
        for entry in below(&self.tags, &prefix)? {
            let (key, value) = entry?;
            seen.add("tags", key.value(), value.value());
        }
        for entry in below(&self.images, &prefix)? {
            let (key, value) = entry?;
            seen.add("images", key.value(), value.value());
            each(row::decode("images", value.value())?)?;
        }
        self.facts.sum(&prefix, &mut seen)?;
        seen.matches(row.sum, "tags and images")
    }
}
