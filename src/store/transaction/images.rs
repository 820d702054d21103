//! Findings about images.

use std::collections::HashSet;

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Blobs, Digest, Image, Level, RepositoryName, What};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::read::below;
use crate::store::row::{self, ImageRow, SummaryRow};

impl Transaction<'_> {
    /// An image was read. What was known of it with as much read or more stays, unless it
    /// says something else.
    pub(super) fn image(
        &mut self,
        repository: &RepositoryName,
        digest: &Digest,
        image: &Image,
        blobs: &Blobs,
    ) -> Result<(), InnerError> {
        let (registry, started) = (self.registry, self.started);
        let row = self.repository(repository)?;
        let key = key::image(registry, RepositoryId(row.id), digest);
        let known = self.known_image(&key)?;
        let mut image = image.clone();
        let config = blobs.config;
        let Some(known) = known else {
            let fresh = ImageRow {
                image,
                layers: self.intern(&blobs.layers)?,
                first_seen: started,
                pushed: None,
                pulled: None,
                listed: false,
                config,
            };
            self.put_image(repository, &key, None, &fresh)?;
            let row = self.repository(repository)?;
            row.images += 1;
            let is_told = row.listed_at.is_some();
            let id = RepositoryId(row.id);
            self.digest(id, digest);
            for child in &fresh.image.children {
                self.digest(id, &child.digest);
            }
            self.row.images += 1;
            self.totals.new += 1;
            if is_told {
                self.change(repository, What::ImageAppeared(digest.clone()));
            }
            return Ok(());
        };
        image.adopt_children(&known.image);
        if image.level < known.image.level {
            return Ok(());
        }
        image.adopt_listed(&known.image);
        let layers = if blobs.layers.is_empty() && image.level == Level::Listed {
            known.layers.clone()
        } else {
            self.intern(&blobs.layers)?
        };
        let fresh = ImageRow {
            image,
            layers,
            config: config.or(known.config),
            ..known.clone()
        };
        if fresh == known {
            return Ok(());
        }
        // Formats before this did not say which configuration it has.
        let is_other = known
            != ImageRow {
                config: known.config,
                ..fresh.clone()
            };
        let is_listed = known.image.level == Level::Listed;
        let is_read_again = fresh.image.level == known.image.level && !is_listed;
        self.totals.mismatched += u64::from(is_read_again && is_other);
        if fresh.image.children.len() != known.image.children.len() {
            let id = RepositoryId(self.repository(repository)?.id);
            for child in &fresh.image.children {
                self.digest(id, &child.digest);
            }
        }
        self.put_image(repository, &key, Some(&known), &fresh)
    }

    /// The row under this key, where there is one.
    pub(super) fn known_image(&self, key: &[u8]) -> Result<Option<ImageRow>, InnerError> {
        let found = self.images.table().get(key)?;
        found
            .map(|value| row::decode("images", value.value()))
            .transpose()
    }

    /// Writes an image's row in the place of another, or of none.
    pub(super) fn put_image(
        &mut self,
        repository: &RepositoryName,
        key: &[u8],
        before: Option<&ImageRow>,
        fresh: &ImageRow,
    ) -> Result<(), InnerError> {
        let value = row::encode("images", fresh)?;
        let is_unread = |row: &ImageRow| u64::from(row.image.has_unread_children());
        let (was, is) = (before.map_or(0, is_unread), is_unread(fresh));
        self.row.unread = (self.row.unread + is).saturating_sub(was);
        let row = self.repository(repository)?;
        row.unread = (row.unread + is).saturating_sub(was);
        match (&mut row.summary, before) {
            (None, _) => {}
            (Some(summary), None) => summary.add(&fresh.image),
            (Some(summary), Some(before)) => summary.renew(&before.image, &fresh.image),
        }
        let mut sum = row.sum;
        self.images.insert(&mut sum, key, &value)?;
        self.repository(repository)?.sum = sum;
        Ok(())
    }

    /// The registry says that the repository holds these images, and no others.
    pub(super) fn images_listed(
        &mut self,
        repository: &RepositoryName,
        images: &[Digest],
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let listed: HashSet<Vec<u8>> = images.iter().map(Digest::to_bytes).collect();
        let row = self.repository(repository)?;
        let prefix = key::of_repository(registry, RepositoryId(row.id));
        let mut changed = Vec::new();
        for entry in below(self.images.table(), &prefix)? {
            let (key, value) = entry?;
            let mut row: ImageRow = row::decode("images", value.value())?;
            let is_listed = listed.contains(&key.value()[prefix.len()..]);
            if row.listed != is_listed {
                row.listed = is_listed;
                changed.push((key.value().to_vec(), row));
            }
        }
        for (key, row) in &changed {
            self.put_image(repository, key, Some(row), row)?;
        }
        Ok(())
    }

    /// Removes the images of a repository but those that a tag names, and those that the
    /// registry lists by themselves.
    pub(super) fn keep_images(
        &mut self,
        repository: &RepositoryName,
        named: &HashSet<Vec<u8>>,
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let row = self.repository(repository)?;
        let is_told = row.listed_at.is_some();
        let mut sum = row.sum;
        let prefix = key::of_repository(registry, RepositoryId(row.id));
        let mut unnamed = Vec::new();
        let mut unread = 0;
        for entry in below(self.images.table(), &prefix)? {
            let (key, value) = entry?;
            if named.contains(&key.value()[prefix.len()..]) {
                continue;
            }
            let row: ImageRow = row::decode("images", value.value())?;
            if !row.listed {
                unread += u64::from(row.image.has_unread_children());
                unnamed.push(key.value().to_vec());
            }
        }
        for key in &unnamed {
            self.images.remove(&mut sum, key)?;
            self.facts_rows.remove(&mut sum, key)?;
            if is_told {
                let digest = row::digest("images", &key[prefix.len()..])?;
                self.change(repository, What::ImageGone(digest));
            }
        }
        let gone = unnamed.len() as u64;
        self.totals.gone += gone;
        self.row.images = self.row.images.saturating_sub(gone);
        self.row.unread = self.row.unread.saturating_sub(unread);
        let row = self.repository(repository)?;
        row.images = row.images.saturating_sub(gone);
        row.unread = row.unread.saturating_sub(unread);
        row.sum = sum;
        if gone > 0 || row.summary.is_none() {
            self.sum_up(repository, &prefix)?;
        }
        Ok(())
    }

    /// Sums the images of a repository up.
    fn sum_up(&mut self, repository: &RepositoryName, prefix: &[u8]) -> Result<(), InnerError> {
        let before = self.repository(repository)?.summary.take();
        let mut summary = before.map_or_else(SummaryRow::default, |before| before.emptied());
        for entry in below(self.images.table(), prefix)? {
            let (_, value) = entry?;
            let row: ImageRow = row::decode("images", value.value())?;
            summary.add(&row.image);
        }
        self.repository(repository)?.summary = Some(summary);
        Ok(())
    }
}
