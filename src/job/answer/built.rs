//! When images were built: what a list of names is to say beside them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::model::{Cancel, Digest, ImagePlace, Timestamp};
use crate::store::{Store, StoreError};

/// In the order of the images. Each repository is read once, whole, as what is read of it is
/// compared with what was written.
pub(super) fn built(
    store: &Store,
    images: &[ImagePlace],
    cancel: &Cancel,
) -> Result<Vec<Option<Timestamp>>, StoreError> {
    let mut known: HashMap<_, HashMap<Digest, Option<Timestamp>>> = HashMap::new();
    let mut told = Vec::with_capacity(images.len());
    for place in images {
        if cancel.is_cancelled() {
            break;
        }
        let rows = match known.entry((place.registry, &place.repository)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let rows = store.images(place.registry, &place.repository)?.into_iter();
                let rows = rows.map(|row| (row.digest, row.image.created));
                unknown.insert(rows.collect())
            }
        };
        told.push(rows.get(&place.digest).copied().flatten());
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::super::tests::crawled;
    use super::*;
    use crate::model::{ImageRow, RegistryId};
    use crate::store::Access;

    #[test]
    fn each_image_is_told_in_its_place_and_one_that_is_gone_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let registry = crawled(&store, "hub");
        let rows: Vec<ImageRow> = all(&store, registry);
        assert!(rows.iter().any(|row| row.image.created.is_some()));
        let place = |row: &ImageRow, digest: &Digest| ImagePlace {
            registry,
            repository: row.repository.clone(),
            digest: digest.clone(),
        };
        let mut places: Vec<ImagePlace> =
            rows.iter().rev().map(|it| place(it, &it.digest)).collect();
        let mut wanted: Vec<_> = rows.iter().rev().map(|row| row.image.created).collect();
        places.push(place(&rows[0], &Digest::sha256(b"no image has it")));
        wanted.push(None);
        assert_eq!(built(&store, &places, &Cancel::default()).unwrap(), wanted);
        let cancel = Cancel::default();
        cancel.cancel();
        assert_eq!(built(&store, &places, &cancel).unwrap(), []);
    }

    fn all(store: &Store, registry: RegistryId) -> Vec<ImageRow> {
        store.images_page(registry, None, usize::MAX).unwrap().0
    }
}
