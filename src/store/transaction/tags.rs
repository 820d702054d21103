//! Findings about tags.

use std::collections::HashSet;

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Digest, RepositoryName, Tag, What};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::read::below;
use crate::store::row::{self, TagRow};

impl Transaction<'_> {
    pub(super) fn tag(
        &mut self,
        repository: &RepositoryName,
        tag: &Tag,
        digest: &Digest,
    ) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let key = key::tag(registry, RepositoryId(row.id), tag);
        let mut sum = row.sum;
        let is_told = row.listed_at.is_some();
        let compact = digest.to_bytes();
        let mut fresh = TagRow {
            digest: &compact,
            stale: None,
            first_seen: started,
            moved: None,
        };
        let mut from = None;
        let before = self.tags.table().get(key.as_slice())?;
        let is_new = before.is_none();
        if let Some(before) = &before {
            let before: TagRow<'_> = row::decode("tags", before.value())?;
            fresh.first_seen = before.first_seen;
            fresh.moved = before.moved;
            if before.digest != compact {
                fresh.moved = Some(started);
                from = Some(row::digest("tags", before.digest)?);
            } else if before.stale.is_none() {
                return Ok(());
            }
        }
        drop(before);
        let value = row::encode("tags", &fresh)?;
        self.tags.insert(&mut sum, &key, &value)?;
        let row = self.repository(repository)?;
        row.sum = sum;
        let (tag, digest) = (tag.clone(), digest.clone());
        let what = match from {
            Some(from) => {
                self.totals.moved += 1;
                What::TagMoved {
                    tag,
                    from,
                    to: digest,
                }
            }
            None if is_new => {
                row.tags += 1;
                self.row.tags += 1;
                What::TagAppeared { tag, digest }
            }
            // It was stale, and is no more.
            None => return Ok(()),
        };
        if is_told {
            self.change(repository, what);
        }
        Ok(())
    }

    /// What is known of a tag stays, stale since the crawl that first could not read it.
    pub(super) fn unread(
        &mut self,
        repository: &RepositoryName,
        tag: &Tag,
    ) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let key = key::tag(registry, RepositoryId(row.id), tag);
        let seen = row.listed_at.unwrap_or(row.first_seen);
        let mut sum = row.sum;
        let Some(known) = self.tags.table().get(key.as_slice())? else {
            return Ok(());
        };
        let mut changed: TagRow<'_> = row::decode("tags", known.value())?;
        if changed.stale.is_some() {
            return Ok(());
        }
        changed.stale = Some((started, seen));
        let value = row::encode("tags", &changed)?;
        drop(known);
        self.tags.insert(&mut sum, &key, &value)?;
        self.repository(repository)?.sum = sum;
        Ok(())
    }

    /// These tags are gone, and the images that nothing names any more.
    pub(super) fn gone(
        &mut self,
        repository: &RepositoryName,
        tags: &[Tag],
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let row = self.repository(repository)?;
        let id = RepositoryId(row.id);
        let is_told = row.listed_at.is_some();
        let mut sum = row.sum;
        let mut lost = 0;
        for tag in tags {
            let key = key::tag(registry, id, tag);
            let Some(before) = self.tags.remove(&mut sum, &key)? else {
                continue;
            };
            lost += 1;
            if is_told {
                let before: TagRow<'_> = row::decode("tags", &before)?;
                let from = row::digest("tags", before.digest)?;
                let tag = tag.clone();
                self.change(repository, What::TagGone { tag, from });
            }
        }
        self.row.tags = self.row.tags.saturating_sub(lost);
        let row = self.repository(repository)?;
        row.tags = row.tags.saturating_sub(lost);
        row.sum = sum;
        let mut named = HashSet::new();
        for entry in below(self.tags.table(), &key::of_repository(registry, id))? {
            let (_, value) = entry?;
            let row: TagRow<'_> = row::decode("tags", value.value())?;
            named.insert(row.digest.to_vec());
        }
        self.keep_images(repository, &named)
    }
}
