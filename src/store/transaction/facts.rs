//! Findings about what a registry's listing tells of images.

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Digest, ImageFacts, RepositoryName};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::row::{self, FactsRow, ImageRow};

impl Transaction<'_> {
    /// A listing told this of an image, in the place of what an earlier one told. What is so
    /// already is not written again.
    pub(super) fn facts(
        &mut self,
        repository: &RepositoryName,
        digest: &Digest,
        facts: &ImageFacts,
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let id = RepositoryId(self.repository(repository)?.id);
        let key = key::image(registry, id, digest);
        // It may have gone meanwhile.
        let Some(known) = self.known_image(&key)? else {
            return Ok(());
        };
        let facts = facts.clone().kept();
        let fresh = ImageRow {
            pushed: facts.pushed.map(row::seconds),
            pulled: facts.pulled.map(row::seconds),
            ..known.clone()
        };
        if fresh != known {
            self.put_image(repository, &key, Some(&known), &fresh)?;
        }
        let mut sum = self.repository(repository)?.sum;
        if let Some(row) = FactsRow::of(&facts) {
            let value = row.encode()?;
            let before = self.facts_rows.table().get(key.as_slice())?;
            let is_same = before.is_some_and(|before| before.value() == value);
            if !is_same {
                self.facts_rows.insert(&mut sum, &key, &value)?;
            }
        } else {
            self.facts_rows.remove(&mut sum, &key)?;
        }
        self.repository(repository)?.sum = sum;
        Ok(())
    }
}
