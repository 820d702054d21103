//! The store as the crawl's port to what was known before.

use std::collections::HashSet;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::blocking;
use crate::crawl::Known;
use crate::model::{
    Digest, KnownName, KnownRepository, Memory, RegistryId, RepositoryName, RepositoryRow,
    UnreadIndex,
};
use crate::store::Store;

/// What the inventory holds of one registry.
pub(super) struct Inventory {
    pub(super) store: Store,
    pub(super) registry: RegistryId,
}

fn known_name(row: RepositoryRow) -> KnownName {
    KnownName {
        name: row.name,
        tags: row.tags,
        is_stale: row.state.stale_since.is_some(),
    }
}

impl Known for Inventory {
    fn repositories(&self) -> BoxFuture<'_, Vec<KnownName>> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            match blocking(move || store.repositories(id)).await {
                Ok(rows) => rows.into_iter().map(known_name).collect(),
                Err(error) => {
                    tracing::warn!(%error, "known repositories could not be read");
                    Vec::new()
                }
            }
        }
        .boxed()
    }

    fn memory(&self) -> BoxFuture<'_, Memory> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            blocking(move || store.memory(id))
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "what the last crawl left could not be read");
                    Memory::default()
                })
        }
        .boxed()
    }

    fn unread_count(&self, all: bool) -> BoxFuture<'_, u64> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            blocking(move || store.unread_count(id, all))
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "unread indexes could not be counted");
                    0
                })
        }
        .boxed()
    }

    fn unread(
        &self,
        after: Option<(RepositoryName, Digest)>,
        count: usize,
        all: bool,
    ) -> BoxFuture<'_, Vec<UnreadIndex>> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            blocking(move || store.unread_indexes(id, after.as_ref(), count, all))
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "unread indexes could not be found");
                    Vec::new()
                })
        }
        .boxed()
    }

    fn children(&self, repository: RepositoryName) -> BoxFuture<'_, Option<HashSet<Digest>>> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            let read = move || {
                let images = store.images(id, &repository)?;
                let children = images.into_iter().flat_map(|row| row.image.children);
                Ok(children.map(|child| child.digest).collect())
            };
            blocking(read)
                .await
                .inspect_err(|error| {
                    tracing::warn!(%error, "what indexes list could not be read");
                })
                .ok()
        }
        .boxed()
    }

    fn of(&self, repositories: Vec<RepositoryName>) -> BoxFuture<'_, Vec<KnownRepository>> {
        let (store, id) = (self.store.clone(), self.registry);
        async move {
            let count = repositories.len();
            // Without it everything is read anew, which is slower and as right.
            blocking(move || store.known(id, &repositories))
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "what is known could not be read");
                    vec![KnownRepository::default(); count]
                })
        }
        .boxed()
    }
}
