//! Layers, and what the children of indexes hold.

use redb::ReadableTable as _;

use super::Transaction;
use crate::model::{Contents, Digest, IndexFacts, Layer, Level, RepositoryName};
use crate::store::error::InnerError;
use crate::store::key::{self, RepositoryId};
use crate::store::row::{self, Built, ContentsRow, LayerKey, LayerRow};
use crate::store::sum;

impl Transaction<'_> {
    /// The keys of these layers, each written once in a registry.
    pub(super) fn intern(&mut self, layers: &[Layer]) -> Result<Vec<LayerKey>, InnerError> {
        layers.iter().map(|layer| self.intern_one(layer)).collect()
    }

    fn intern_one(&mut self, layer: &Layer) -> Result<LayerKey, InnerError> {
        let fresh = LayerRow::from(layer);
        for tries in 0..row::LAYER_TRIES {
            let short = row::layer_key(layer, tries);
            let key = key::layer(self.registry, short);
            let known: Option<LayerRow> = self
                .layers
                .get(key.as_slice())?
                .map(|value| row::decode("layers", sum::open("layers", &key, value.value())?))
                .transpose()?;
            match known {
                Some(known) if known == fresh => return Ok(short),
                Some(_) => {}
                None => {
                    let value = sum::seal("layers", &key, row::encode("layers", &fresh)?);
                    self.layers.insert(key.as_slice(), value.as_slice())?;
                    return Ok(short);
                }
            }
        }
        Err(InnerError::Damaged { what: "layers" })
    }

    /// The children of an index were read.
    pub(super) fn children(
        &mut self,
        repository: &RepositoryName,
        digest: &Digest,
        sizes: &[(Digest, u64)],
        index: Option<&IndexFacts>,
    ) -> Result<(), InnerError> {
        let registry = self.registry;
        let id = RepositoryId(self.repository(repository)?.id);
        let key = key::image(registry, id, digest);
        let known = self.known_image(&key)?;
        // It may have gone meanwhile.
        let Some(known) = known else { return Ok(()) };
        let mut fresh = known.clone();
        for child in &mut fresh.image.children {
            let read = sizes.iter().find(|(read, _)| *read == child.digest);
            child.size = read.map(|(_, size)| *size).or(child.size);
        }
        if let Some(index) = index {
            fresh.image.size = Some(index.size);
            fresh.image.created = index.created;
            fresh.image.level = Level::Whole;
        }
        if fresh == known {
            return Ok(());
        }
        let was_whole = known.image.level == Level::Whole;
        self.totals.mismatched += u64::from(was_whole);
        self.put_image(repository, &key, Some(&known), &fresh)
    }

    /// A manifest that some index lists was read.
    pub(super) fn contents(
        &mut self,
        child: &Digest,
        contents: &Contents,
    ) -> Result<(), InnerError> {
        let built = match contents.created {
            Some(at) => Built::At(row::seconds(at)),
            None if contents.is_dated => Built::Unsaid,
            None => Built::Unread,
        };
        let key = key::contents(self.registry, child);
        let known: Option<ContentsRow> = self
            .contents_rows
            .get(key.as_slice())?
            .map(|value| row::decode("contents", sum::open("contents", &key, value.value())?))
            .transpose()?;
        let row = ContentsRow {
            size: contents.size,
            layers: self.intern(&contents.blobs.layers)?,
            built,
            config: contents.blobs.config,
        };
        if known.as_ref() == Some(&row) {
            return Ok(());
        }
        let value = sum::seal("contents", &key, row::encode("contents", &row)?);
        self.contents_rows
            .insert(key.as_slice(), value.as_slice())?;
        Ok(())
    }
}
