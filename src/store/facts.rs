//! What registries' listings told of images, read beside the images of a repository. Its rows
//! are under the sum of their repository, as tags and images are.

use std::collections::HashMap;

use redb::{ReadOnlyTable, ReadTransaction, TableError};

use super::error::InnerError;
use super::read::below;
use super::row::{self, FactsRow, ImageRow};
use super::schema::FACTS;
use super::sum::Sum;
use crate::model::ImageFacts;

type Bytes = &'static [u8];

/// The table, as far as there is one: versions before this made none.
pub(super) struct Facts(Option<ReadOnlyTable<Bytes, Bytes>>);

impl Facts {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, InnerError> {
        match transaction.open_table(FACTS) {
            Err(TableError::TableDoesNotExist(_)) => Ok(Self(None)),
            table => Ok(Self(Some(table?))),
        }
    }

    /// Adds the rows below `prefix`, the key of a repository, to what was seen of it.
    pub(super) fn sum(&self, prefix: &[u8], seen: &mut Sum) -> Result<(), InnerError> {
        if let Some(table) = &self.0 {
            for entry in below(table, prefix)? {
                let (key, value) = entry?;
                seen.add("facts", key.value(), value.value());
            }
        }
        Ok(())
    }

    /// The same, and what they say, by their images' digests in compact form.
    pub(super) fn read(
        &self,
        prefix: &[u8],
        seen: &mut Sum,
    ) -> Result<HashMap<Vec<u8>, ImageFacts>, InnerError> {
        let mut facts = HashMap::new();
        if let Some(table) = &self.0 {
            for entry in below(table, prefix)? {
                let (key, value) = entry?;
                seen.add("facts", key.value(), value.value());
                let row = FactsRow::decode(value.value())?;
                facts.insert(key.value()[prefix.len()..].to_vec(), row.into_facts()?);
            }
        }
        Ok(facts)
    }
}

/// All that is told of an image: by its own row, and by its row of facts where it has one.
pub(super) fn of_image(row: &ImageRow, beside: Option<ImageFacts>) -> ImageFacts {
    ImageFacts {
        pushed: row.pushed.map(row::timestamp),
        pulled: row.pulled.map(row::timestamp),
        ..beside.unwrap_or_default()
    }
}
