//! What an inventory held before a change. The tests of whole crawls use it as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Change, Digest, RegistryId, RepositoryName, Tag, What};
use crate::store::Store;

/// What an inventory holds, as far as changes tell of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Contents {
    pub(crate) repositories: BTreeMap<RepositoryName, (BTreeMap<Tag, Digest>, BTreeSet<Digest>)>,
}

impl Contents {
    pub(crate) fn of(store: &Store, id: RegistryId) -> Self {
        let mut all = Self::default();
        for row in store.repositories(id).unwrap() {
            if row.state.listed_at.is_none() {
                continue;
            }
            let entry = all.repositories.entry(row.name.clone()).or_default();
            for image in store.images(id, &row.name).unwrap() {
                for tag in image.tags {
                    entry.0.insert(tag, image.digest.clone());
                }
                entry.1.insert(image.digest);
            }
        }
        all
    }

    /// The contents before a change that led to these.
    pub(crate) fn undo(&mut self, change: Change) {
        let name = change.repository;
        match change.what {
            What::RepositoryAppeared { tags, images } => {
                let was = self.repositories.remove(&name).unwrap();
                assert_eq!((was.0.len() as u64, was.1.len() as u64), (tags, images));
                return;
            }
            What::RepositoryGone { .. } => {
                assert!(self.repositories.insert(name, Default::default()).is_none());
                return;
            }
            _ => {}
        }
        let (tags, images) = self.repositories.get_mut(&name).unwrap();
        match change.what {
            What::TagAppeared { tag, digest } => assert_eq!(tags.remove(&tag), Some(digest)),
            What::TagMoved { tag, from, to } => assert_eq!(tags.insert(tag, from), Some(to)),
            What::TagGone { tag, from } => assert_eq!(tags.insert(tag, from), None),
            What::ImageAppeared(digest) => assert!(images.remove(&digest)),
            What::ImageGone(digest) => assert!(images.insert(digest)),
            What::RepositoryAppeared { .. } | What::RepositoryGone { .. } => unreachable!(),
        }
    }
}
