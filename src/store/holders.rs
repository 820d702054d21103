//! How many images have a layer: what would be freed with one of them, and what would not.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{ReadOnlyTable, ReadTransaction};

use super::error::InnerError;
use super::key;
use super::read::each_repository;
use super::row::{self, ContentsRow, ImageRow, LAYER_TRIES, LayerKey, LayerRow};
use super::schema::{CONTENTS, LAYERS};
use super::sum;
use super::walk::Walk;
use super::{Store, StoreError, roots};
use crate::model::{Kind, Layer, RegistryId};

type Bytes = &'static [u8];

impl Store {
    /// How many images of a registry have each of these layers, in their order; an index has
    /// those of what it lists for platforms. Images of several repositories count in each.
    /// None where the registry is not there, and where `cancel` says that no answer is wanted
    /// any more.
    pub fn holders(
        &self,
        id: RegistryId,
        layers: &[Layer],
        cancel: &AtomicBool,
    ) -> Result<Vec<u64>, StoreError> {
        let counted = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            let keys = keys(transaction, id, layers)?;
            let mut counts: HashMap<LayerKey, u64> =
                keys.iter().flatten().map(|key| (*key, 0)).collect();
            let walk = Walk::open(transaction, id)?;
            let contents = transaction.open_table(CONTENTS)?;
            each_repository(transaction, &registry, None, |_, row| {
                walk.images(&row, |image| {
                    for layer in layers_of(&contents, id, image)? {
                        if let Some(count) = counts.get_mut(&layer) {
                            *count += 1;
                        }
                    }
                    Ok(())
                })?;
                Ok(!cancel.load(Ordering::Relaxed))
            })?;
            if cancel.load(Ordering::Relaxed) {
                return Ok(Vec::new());
            }
            let count = |key: &Option<LayerKey>| key.and_then(|key| counts.get(&key).copied());
            Ok(keys.iter().map(|key| count(key).unwrap_or(0)).collect())
        })?;
        Ok(counted.unwrap_or_default())
    }
}

/// The short keys of layers; none of one that no image has.
fn keys(
    transaction: &ReadTransaction,
    id: RegistryId,
    layers: &[Layer],
) -> Result<Vec<Option<LayerKey>>, InnerError> {
    let table = transaction.open_table(LAYERS)?;
    let find = |layer: &Layer| {
        let wanted = LayerRow::from(layer);
        for tries in 0..LAYER_TRIES {
            let short = row::layer_key(layer, tries);
            let key = key::layer(id, short);
            let Some(value) = table.get(key.as_slice())? else {
                break;
            };
            let value = sum::open("layers", &key, value.value())?;
            if row::decode::<LayerRow>("layers", value)? == wanted {
                return Ok(Some(short));
            }
        }
        Ok(None)
    };
    layers.iter().map(find).collect()
}

/// The layers of an image, each once; of an index those of what it lists for platforms.
fn layers_of(
    contents: &ReadOnlyTable<Bytes, Bytes>,
    id: RegistryId,
    image: ImageRow,
) -> Result<Vec<LayerKey>, InnerError> {
    let mut layers = image.layers;
    if image.image.kind == Kind::Index {
        for child in image.image.runnable() {
            let key = key::contents(id, &child.digest);
            if let Some(value) = contents.get(key.as_slice())? {
                let value = sum::open("contents", &key, value.value())?;
                let contents: ContentsRow = row::decode("contents", value)?;
                layers.extend(contents.layers);
            }
        }
    }
    layers.sort_unstable();
    layers.dedup();
    Ok(layers)
}
