//! Where in the inventory a digest is: the one walk that looks for it.

use crate::model::{Digest, ImageRow, Place, RegistryRow};
use crate::store::{Store, StoreError};

/// Images read at once: a long walk keeps no writer out.
const PAGE: usize = 5000;

/// Calls `found` for every image whose digest is wanted, and for every index with a child
/// whose digest is, with that digest. Blocks.
pub(super) fn each_place(
    store: &Store,
    registries: &[RegistryRow],
    wanted: impl Fn(&Digest) -> bool,
    mut found: impl FnMut(&RegistryRow, &ImageRow, &Digest),
) -> Result<(), StoreError> {
    for registry in registries {
        let mut after = None;
        loop {
            let (rows, next) = store.images_page(registry.id, after.as_ref(), PAGE)?;
            for row in &rows {
                if wanted(&row.digest) {
                    found(registry, row, &row.digest);
                }
                for child in &row.image.children {
                    if wanted(&child.digest) {
                        found(registry, row, &child.digest);
                    }
                }
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(())
}

/// Everywhere that the inventory has this digest: as an image, then as a child of an index.
/// Blocks.
pub(super) fn places(store: &Store, digest: &Digest) -> Result<Vec<Place>, StoreError> {
    let mut places = Vec::new();
    let registries = store.registries()?;
    each_place(
        store,
        &registries,
        |found| found == digest,
        |registry, row, _| {
            let place = Place {
                registry: registry.spec.name.clone(),
                repository: row.repository.clone(),
                digest: row.digest.clone(),
                tags: row.tags.clone(),
                is_child: row.digest != *digest,
            };
            // An index may list one child for several platforms.
            if places.last() != Some(&place) {
                places.push(place);
            }
        },
    )?;
    places.sort_by_key(|place| place.is_child);
    Ok(places)
}
