//! What nothing refers to any more: contents of children that no index lists, and layers
//! that no manifest has.

use std::collections::HashSet;

use super::error::InnerError;
use super::read::below;
use super::row::{self, ContentsRow, ImageRow};
use super::schema::{CONTENTS, IMAGES, LAYERS};
use super::{Store, StoreError, key, sum};
use crate::model::RegistryId;

impl Store {
    /// Removes what nothing in a registry refers to any more.
    pub(super) fn sweep(&self, id: RegistryId) -> Result<(), StoreError> {
        self.lease.write("what is no longer used", |transaction| {
            let prefix = key::of_registry(id);
            let mut children = HashSet::new();
            let mut layers = HashSet::new();
            for entry in below(&transaction.open_table(IMAGES)?, &prefix)? {
                let (_, value) = entry?;
                let row: ImageRow = row::decode("images", value.value())?;
                let digests = row.image.children.iter().map(|child| &child.digest);
                children.extend(digests.map(|digest| key::contents(id, digest)));
                layers.extend(row.layers);
            }
            let mut contents = transaction.open_table(CONTENTS)?;
            let mut unused = Vec::new();
            for entry in below(&contents, &prefix)? {
                let (key, value) = entry?;
                if children.contains(key.value()) {
                    let value = sum::open("contents", key.value(), value.value())?;
                    layers.extend(row::decode::<ContentsRow>("contents", value)?.layers);
                } else {
                    unused.push(key.value().to_vec());
                }
            }
            for key in unused {
                contents.remove(key.as_slice())?;
            }
            let mut table = transaction.open_table(LAYERS)?;
            let mut unused = Vec::new();
            for entry in below(&table, &prefix)? {
                let (key, _) = entry?;
                let short = key.value()[prefix.len()..].first_chunk::<8>();
                if !short.is_some_and(|short| layers.contains(short)) {
                    unused.push(key.value().to_vec());
                }
            }
            for key in unused {
                table.remove(key.as_slice())?;
            }
            Ok::<_, InnerError>(())
        })
    }
}
