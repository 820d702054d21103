//! Where in the inventory a digest is.

use crate::model::{Digest, DigestStart, ImageRow, Place, RegistryRow};
use crate::store::{Store, StoreError};

/// Calls `found` for every image whose digest begins so, and for every index with a child
/// whose digest does, with that digest. Blocks.
pub(super) fn each_place(
    store: &Store,
    registries: &[RegistryRow],
    start: &DigestStart,
    mut found: impl FnMut(&RegistryRow, &ImageRow, &Digest),
) -> Result<(), StoreError> {
    for registry in registries {
        for repository in store.repositories_with(registry.id, start)? {
            for row in &store.images(registry.id, &repository)? {
                let children = row.image.children.iter().map(|child| &child.digest);
                for digest in std::iter::once(&row.digest).chain(children) {
                    if start.begins(digest) {
                        found(registry, row, digest);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Everywhere that the inventory has this digest: as an image, then as a child of an index.
/// Blocks.
pub(super) fn places(store: &Store, digest: &Digest) -> Result<Vec<Place>, StoreError> {
    let mut places = Vec::new();
    // Every digest begins with itself.
    let Ok(start) = digest.to_string().parse::<DigestStart>() else {
        return Ok(places);
    };
    let registries = store.registries()?;
    each_place(store, &registries, &start, |registry, row, found| {
        if found != digest {
            return;
        }
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
    })?;
    places.sort_by_key(|place| place.is_child);
    Ok(places)
}
