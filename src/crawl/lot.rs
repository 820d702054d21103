//! Manifests that a product's API gives many at a time: the first that is wanted brings those
//! beside it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::{Crawl, lock};
use crate::model::{Digest, Failure, RepositoryName};
use crate::registry::{Manifest, Reference};

/// Manifests that will be wanted, in lots of one request each; none where each is read by
/// itself.
#[derive(Default)]
pub(super) struct Lots(HashMap<Digest, Arc<Lot>>);

/// What one request brings.
struct Lot {
    repository: RepositoryName,
    digests: Vec<Digest>,
    /// What came and was not wanted yet.
    read: OnceCell<Mutex<HashMap<Digest, Manifest>>>,
}

impl Lots {
    /// Lots of the manifests behind these digests, each of which is in this repository.
    pub(super) fn of<'a>(
        crawl: &Crawl,
        wanted: impl Iterator<Item = (&'a RepositoryName, &'a Digest)>,
    ) -> Self {
        let Some(most) = crawl.registry.bulk() else {
            return Self::default();
        };
        let mut lots = HashMap::new();
        let mut open: HashMap<&RepositoryName, Vec<Digest>> = HashMap::new();
        let mut known = std::collections::HashSet::new();
        let mut close = |repository: &RepositoryName, digests: Vec<Digest>| {
            let lot = Arc::new(Lot {
                repository: repository.clone(),
                digests,
                read: OnceCell::new(),
            });
            for digest in &lot.digests {
                lots.insert(digest.clone(), Arc::clone(&lot));
            }
        };
        for (repository, digest) in wanted {
            if !known.insert(digest) {
                continue;
            }
            let digests = open.entry(repository).or_default();
            digests.push(digest.clone());
            if digests.len() >= most {
                close(repository, std::mem::take(digests));
            }
        }
        for (repository, digests) in open {
            if !digests.is_empty() {
                close(repository, digests);
            }
        }
        Self(lots)
    }

    /// The manifest behind `digest`: out of its lot, or read by itself where it came with none.
    pub(super) async fn manifest(
        &self,
        crawl: &Crawl,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, Failure> {
        let lot = self.0.get(digest);
        if let Some(lot) = lot.filter(|lot| lot.repository == *repository) {
            let ask = || async {
                let asked = crawl.registry.manifests(&lot.repository, &lot.digests);
                let read = asked.await.into_iter();
                let read = read.map(|manifest| (manifest.digest.clone(), manifest));
                Mutex::new(read.collect())
            };
            let came = lot.read.get_or_init(ask).await;
            if let Some(manifest) = lock(came).remove(digest) {
                return Ok(manifest);
            }
        }
        let reference = Reference::Digest(digest.clone());
        crawl.registry.manifest(repository, &reference).await
    }
}
