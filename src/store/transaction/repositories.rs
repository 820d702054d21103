//! Findings about repositories.

use std::collections::HashSet;

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Digest, ListState, RepositoryName, Tag, What};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::read::{below, name_behind};
use crate::store::row::{self, RepositoryRow, TagRow};
use crate::store::sum;

impl Transaction<'_> {
    /// The row of a repository, made where there is none.
    pub(super) fn repository(
        &mut self,
        name: &RepositoryName,
    ) -> Result<&mut RepositoryRow, InnerError> {
        if !self.touched.contains_key(name) {
            let key = key::repository(self.registry, name);
            let found = self.repositories.table().get(key.as_slice())?;
            let found: Option<RepositoryRow> = found
                .map(|value| {
                    let value = sum::open("repositories", &key, value.value())?;
                    row::decode("repositories", value)
                })
                .transpose()?;
            let row = if let Some(row) = found {
                row
            } else {
                let id = self.name(name)?.id;
                self.row.repositories += 1;
                RepositoryRow::new(id, self.started)
            };
            self.touched.insert(name.clone(), row);
        }
        self.touched.get_mut(name).ok_or(InnerError::Damaged {
            what: "repositories",
        })
    }

    /// A repository's list was had: what is in it has been confirmed, what is not is stale.
    pub(super) fn listed(
        &mut self,
        repository: &RepositoryName,
        tags: &[Tag],
        images: Option<&[Digest]>,
        unread: &HashSet<Tag>,
    ) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let seen = row.listed_at.unwrap_or(row.first_seen);
        let is_first = row.listed_at.is_none();
        let prefix = key::of_repository(registry, RepositoryId(row.id));
        let mut sum = row.sum;
        let listed: HashSet<&Tag> = tags.iter().collect();
        let mut changed = Vec::new();
        let mut named = HashSet::new();
        for entry in below(self.tags.table(), &prefix)? {
            let (key, value) = entry?;
            let tag: Tag = name_behind("tags", key.value(), &prefix)?;
            let mut row: TagRow<'_> = row::decode("tags", value.value())?;
            let stale = if !listed.contains(&tag) {
                row.stale.or(Some((started, seen)))
            } else if unread.contains(&tag) {
                row.stale
            } else {
                None
            };
            named.insert(row.digest.to_vec());
            if stale != row.stale {
                row.stale = stale;
                changed.push((key.value().to_vec(), row::encode("tags", &row)?));
            }
        }
        for (key, value) in &changed {
            self.tags.insert(&mut sum, key, value)?;
        }
        self.repository(repository)?.sum = sum;
        if let Some(images) = images {
            self.images_listed(repository, images)?;
        }
        self.keep_images(repository, &named)?;
        let row = self.repository(repository)?;
        row.list = ListState::Listed;
        row.listed_at = Some(started);
        row.stale_since = None;
        if is_first {
            let (tags, images) = (row.tags, row.images);
            self.change(repository, What::RepositoryAppeared { tags, images });
        }
        Ok(())
    }

    /// The list of repositories was had: those of the known ones that it lacks are stale.
    pub(super) fn catalogue(&mut self, missing: &[RepositoryName]) -> Result<(), InnerError> {
        self.row.list = ListState::Listed;
        let started = self.started;
        for name in missing {
            self.repository(name)?.stale_since.get_or_insert(started);
        }
        Ok(())
    }

    /// These repositories are gone, with all that is in them.
    pub(super) fn gone_repositories(&mut self, names: &[RepositoryName]) -> Result<(), InnerError> {
        self.flush()?;
        for name in names {
            let key = key::repository(self.registry, name);
            let Some(value) = self.repositories.remove(&mut self.row.sum, &key)? else {
                continue;
            };
            let value = sum::open("repositories", &key, &value)?;
            let row: RepositoryRow = row::decode("repositories", value)?;
            let prefix = key::of_repository(self.registry, RepositoryId(row.id));
            if row.listed_at.is_some() {
                self.record_contents_gone(name, &prefix)?;
                let (tags, images) = (row.tags, row.images);
                self.change(name, What::RepositoryGone { tags, images });
            }
            self.tags.remove_below(&prefix)?;
            self.images.remove_below(&prefix)?;
            self.facts_rows.remove_below(&prefix)?;
            self.totals.gone += row.images;
            self.row.repositories = self.row.repositories.saturating_sub(1);
            self.row.tags = self.row.tags.saturating_sub(row.tags);
            self.row.images = self.row.images.saturating_sub(row.images);
            self.row.unread = self.row.unread.saturating_sub(row.unread);
        }
        Ok(())
    }

    /// Records what a repository holds that goes as a whole.
    fn record_contents_gone(
        &mut self,
        name: &RepositoryName,
        prefix: &[u8],
    ) -> Result<(), InnerError> {
        let mut tags: Vec<(Tag, Digest)> = Vec::new();
        for entry in below(self.tags.table(), prefix)? {
            let (key, value) = entry?;
            let row: TagRow<'_> = row::decode("tags", value.value())?;
            let tag = name_behind("tags", key.value(), prefix)?;
            tags.push((tag, row::digest("tags", row.digest)?));
        }
        let mut images = Vec::new();
        for entry in below(self.images.table(), prefix)? {
            let (key, _) = entry?;
            images.push(row::digest("images", &key.value()[prefix.len()..])?);
        }
        for (tag, from) in tags {
            self.change(name, What::TagGone { tag, from });
        }
        for digest in images {
            self.change(name, What::ImageGone(digest));
        }
        Ok(())
    }

    /// Without a list of repositories, those whose tags were not listed either could not
    /// be confirmed: they stay, stale.
    pub(in crate::store) fn mark_unconfirmed(
        &mut self,
        listed: &HashSet<RepositoryName>,
    ) -> Result<(), InnerError> {
        self.flush()?;
        let prefix = key::of_registry(self.registry);
        let mut stale = Vec::new();
        for entry in below(self.repositories.table(), &prefix)? {
            let (key, value) = entry?;
            let key = key.value();
            let value = sum::open("repositories", key, value.value())?;
            let mut row: RepositoryRow = row::decode("repositories", value)?;
            let name: RepositoryName = name_behind("repositories", key, &prefix)?;
            if row.stale_since.is_none() && !listed.contains(&name) {
                row.stale_since = Some(self.started);
                let value = row::encode("repositories", &row)?;
                stale.push((key.to_vec(), sum::seal("repositories", key, value)));
            }
        }
        for (key, value) in stale {
            self.repositories.insert(&mut self.row.sum, &key, &value)?;
        }
        Ok(())
    }

    /// Writes the repositories that were touched.
    pub(super) fn flush(&mut self) -> Result<(), InnerError> {
        for (name, row) in self.touched.drain() {
            let key = key::repository(self.registry, &name);
            let value = sum::seal("repositories", &key, row::encode("repositories", &row)?);
            self.repositories.insert(&mut self.row.sum, &key, &value)?;
        }
        Ok(())
    }
}
