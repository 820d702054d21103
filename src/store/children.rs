//! Indexes whose children are still to be read, and what is known of those.

use redb::{ReadTransaction, ReadableTable};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::read::{below, below_after, each_repository, repository_row};
use super::row::{self, Built, ContentsRow, ImageRow, LayerKey, LayerRow, RepositoryRow};
use super::schema::{CONTENTS, IMAGES, LAYERS};
use super::{Store, StoreError, roots, sum, verify};
use crate::model::{
    Blobs, Contents, Digest, Kind, Layer, Level, RegistryId, RepositoryName, UnreadIndex,
};

type Bytes = &'static [u8];

impl Store {
    /// How many indexes of a registry have children that are not all read; with `all` the
    /// number of its images, of which no more can be indexes.
    pub fn unread_count(&self, id: RegistryId, all: bool) -> Result<u64, StoreError> {
        let count = self.lease.read(|transaction| {
            let Some(row) = roots::read(transaction, id)? else {
                return Ok(0);
            };
            Ok(if all { row.images } else { row.unread })
        })?;
        Ok(count.unwrap_or(0))
    }

    /// Indexes whose children are not all read, by repository and digest, those behind
    /// `after`: `count` at most. With `all` every index, with nothing known of its children.
    pub fn unread_indexes(
        &self,
        id: RegistryId,
        after: Option<&(RepositoryName, Digest)>,
        count: usize,
        all: bool,
    ) -> Result<Vec<UnreadIndex>, StoreError> {
        let indexes = self.lease.read(|transaction| {
            let mut indexes = Vec::new();
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(indexes);
            };
            if registry.unread == 0 && !all {
                return Ok(indexes);
            }
            if let Some((repository, digest)) = after
                && let Some(row) = repository_row(transaction, id, repository)?
            {
                let found = Found {
                    id,
                    repository,
                    row: &row,
                    all,
                };
                found.unread(transaction, Some(digest), count, &mut indexes)?;
            }
            let after = after.map(|(repository, _)| repository);
            if indexes.len() < count {
                each_repository(transaction, &registry, after, |name, row| {
                    if row.unread > 0 || all {
                        let found = Found {
                            id,
                            repository: &name,
                            row: &row,
                            all,
                        };
                        found.unread(transaction, None, count, &mut indexes)?;
                    }
                    Ok(indexes.len() < count)
                })?;
            }
            Ok(indexes)
        })?;
        Ok(indexes.unwrap_or_default())
    }

    /// The layers of one image of a repository, in their order; of an index those of its
    /// children that were read. Empty where none are known.
    pub fn layers(
        &self,
        id: RegistryId,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Vec<Layer>, StoreError> {
        let layers = self.lease.read(|transaction| {
            let Some(row) = repository_row(transaction, id, repository)? else {
                return Ok(Vec::new());
            };
            verify::repository(transaction, id, &row)?;
            let images = transaction.open_table(IMAGES)?;
            let wanted = key::image(id, RepositoryId(row.id), digest);
            // A search in a damaged tree misses what a walk, which was just summed, finds.
            for entry in below(&images, &key::of_repository(id, RepositoryId(row.id)))? {
                let (key, value) = entry?;
                if key.value() == wanted {
                    let image: ImageRow = row::decode("images", value.value())?;
                    return layers_of(transaction, id, &image);
                }
            }
            Ok(Vec::new())
        })?;
        Ok(layers.unwrap_or_default())
    }
}

fn layers_of(
    transaction: &ReadTransaction,
    id: RegistryId,
    row: &ImageRow,
) -> Result<Vec<Layer>, InnerError> {
    let known = Known::open(transaction, id)?;
    let mut layers = known.layers(&row.layers)?;
    for child in row.image.runnable() {
        match known.contents(&child.digest)? {
            Some(contents) => layers.extend(contents.blobs.layers),
            // Its size was read, and what else was read with it is not to be found.
            None if child.size.is_some() && row.image.level > Level::Listed => {
                return Err(InnerError::Damaged { what: "contents" });
            }
            None => {}
        }
    }
    Ok(layers)
}

/// A repository that was found.
struct Found<'r> {
    id: RegistryId,
    repository: &'r RepositoryName,
    row: &'r RepositoryRow,
    /// Whether every index is wanted, with nothing known of its children.
    all: bool,
}

impl Found<'_> {
    /// Appends its indexes with unread children, those behind `after`.
    fn unread(
        &self,
        transaction: &ReadTransaction,
        after: Option<&Digest>,
        count: usize,
        indexes: &mut Vec<UnreadIndex>,
    ) -> Result<(), InnerError> {
        let id = RepositoryId(self.row.id);
        let prefix = key::of_repository(self.id, id);
        let images = transaction.open_table(IMAGES)?;
        let known = Known::open(transaction, self.id)?;
        let range = if let Some(after) = after {
            below_after(&images, &prefix, &key::image(self.id, id, after))?
        } else {
            // Once at its beginning, as with the repositories.
            verify::repository(transaction, self.id, self.row)?;
            below(&images, &prefix)?
        };
        for entry in range {
            if indexes.len() >= count {
                break;
            }
            let (key, value) = entry?;
            let row: ImageRow = row::decode("images", value.value())?;
            let wanted = row.image.has_unread_children()
                || (self.all
                    && row.image.level > Level::Listed
                    && row.image.runnable().next().is_some());
            if !wanted {
                continue;
            }
            let children = row.image.runnable().map(|child| {
                if self.all {
                    return Ok((child.digest.clone(), None));
                }
                let mut contents = known.contents(&child.digest)?;
                if contents.is_none() {
                    contents = known.tagged(&images, self.id, id, &child.digest)?;
                }
                Ok((child.digest.clone(), contents))
            });
            indexes.push(UnreadIndex {
                repository: self.repository.clone(),
                digest: row::digest("images", &key.value()[prefix.len()..])?,
                children: children.collect::<Result<_, InnerError>>()?,
            });
        }
        Ok(())
    }
}

/// What is known of manifests and layers in one registry.
struct Known {
    registry: RegistryId,
    contents: redb::ReadOnlyTable<Bytes, Bytes>,
    layers: redb::ReadOnlyTable<Bytes, Bytes>,
}

impl Known {
    fn open(transaction: &ReadTransaction, registry: RegistryId) -> Result<Self, InnerError> {
        Ok(Self {
            registry,
            contents: transaction.open_table(CONTENTS)?,
            layers: transaction.open_table(LAYERS)?,
        })
    }

    fn contents(&self, digest: &Digest) -> Result<Option<Contents>, InnerError> {
        let key = key::contents(self.registry, digest);
        let Some(value) = self.contents.get(key.as_slice())? else {
            return Ok(None);
        };
        let value = sum::open("contents", &key, value.value())?;
        let row: ContentsRow = row::decode("contents", value)?;
        Ok(Some(Contents {
            size: row.size,
            created: row.created(),
            is_dated: row.built != Built::Unread,
            blobs: Blobs {
                config: row.config,
                layers: self.layers(&row.layers)?,
            },
        }))
    }

    /// The contents of a child that is an image of its own in the same repository.
    fn tagged(
        &self,
        images: &impl ReadableTable<Bytes, Bytes>,
        id: RegistryId,
        repository: RepositoryId,
        digest: &Digest,
    ) -> Result<Option<Contents>, InnerError> {
        let key = key::image(id, repository, digest);
        let Some(value) = images.get(key.as_slice())? else {
            return Ok(None);
        };
        let row: ImageRow = row::decode("images", value.value())?;
        let Some(size) = row.image.size else {
            return Ok(None);
        };
        if row.image.kind != Kind::Image || row.image.level < Level::Whole {
            return Ok(None);
        }
        Ok(Some(Contents {
            size,
            created: row.image.created,
            is_dated: true,
            blobs: Blobs {
                config: row.config,
                layers: self.layers(&row.layers)?,
            },
        }))
    }

    fn layers(&self, keys: &[LayerKey]) -> Result<Vec<Layer>, InnerError> {
        keys.iter()
            .map(|short| {
                let key = key::layer(self.registry, *short);
                let found = self.layers.get(key.as_slice())?;
                let found = found.ok_or(InnerError::Damaged { what: "layers" })?;
                let value = sum::open("layers", &key, found.value())?;
                Ok(row::decode::<LayerRow>("layers", value)?.into())
            })
            .collect()
    }
}
