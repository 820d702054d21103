//! What the images of a repository are together, kept with its row so that a list of
//! repositories reads no images.

use serde::{Deserialize, Deserializer, Serialize};

use super::timestamp;
use crate::model::{FIRST_BUILT, Image, RepositoryChanges, RepositorySummary, Timestamp, What};

/// A repository's images and the changes of its tags, summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct SummaryRow {
    size: u64,
    unread: u64,
    newest: Option<i64>,
    architectures: Vec<Box<str>>,
    /// The crawl that last changed a tag: its number, and how many appeared, moved and went.
    changed: (u64, u64, u64, u64),
}

impl SummaryRow {
    /// Takes an image into account.
    pub(in crate::store) fn add(&mut self, image: &Image) {
        match image.size {
            Some(size) => self.size = self.size.saturating_add(size),
            None => self.unread += 1,
        }
        let built = image.created.map(Timestamp::as_second);
        self.newest = self.newest.max(built.filter(|at| *at > FIRST_BUILT));
        let children = image.runnable().filter_map(|child| child.platform.as_ref());
        for platform in image.platform.iter().chain(children) {
            let known = &mut self.architectures;
            let found = known.binary_search_by(|one| (**one).cmp(platform.architecture()));
            if let Err(at) = found {
                known.insert(at, platform.architecture().into());
            }
        }
    }

    /// More is known of an image.
    pub(in crate::store) fn renew(&mut self, before: &Image, fresh: &Image) {
        match before.size {
            Some(size) => self.size = self.size.saturating_sub(size),
            None => self.unread = self.unread.saturating_sub(1),
        }
        self.add(fresh);
    }

    /// The same for none of the images: what goes takes more with it than can be subtracted.
    pub(in crate::store) fn emptied(&self) -> Self {
        Self {
            changed: self.changed,
            ..Self::default()
        }
    }

    /// Counts what a crawl changed. The first listing of a repository is so many new tags.
    pub(in crate::store) fn count(&mut self, crawl: u64, what: &What) {
        let (appeared, moved, gone) = match what {
            What::RepositoryAppeared { tags, .. } => (*tags, 0, 0),
            What::TagAppeared { .. } => (1, 0, 0),
            What::TagMoved { .. } => (0, 1, 0),
            What::TagGone { .. } => (0, 0, 1),
            What::RepositoryGone { .. } | What::ImageAppeared(_) | What::ImageGone(_) => return,
        };
        if self.changed.0 != crawl {
            self.changed = (crawl, 0, 0, 0);
        }
        self.changed.1 += appeared;
        self.changed.2 += moved;
        self.changed.3 += gone;
    }

    /// The summary as others see it, of a registry whose last crawl has this number.
    pub(in crate::store) fn into_summary(self, last_crawl: u64) -> RepositorySummary {
        let (crawl, appeared, moved, gone) = self.changed;
        let is_last = crawl == last_crawl && crawl > FIRST_CRAWL;
        let changed = RepositoryChanges {
            appeared,
            moved,
            gone,
        };
        RepositorySummary {
            size: self.size,
            unread: self.unread,
            newest: self.newest.map(timestamp),
            architectures: self.architectures,
            changed: if is_last {
                changed
            } else {
                RepositoryChanges::default()
            },
        }
    }
}

/// The number of a registry's first crawl, to which everything is new.
const FIRST_CRAWL: u64 = 1;

/// Reads a summary at the end of a row. Versions before this one end their rows without it:
/// there is none then. That the row is whole is seen by its sum, before it is decoded.
#[allow(
    clippy::unnecessary_wraps,
    reason = "the signature that serde asks for"
)]
pub(super) fn at_end<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SummaryRow>, D::Error> {
    Ok(Option::deserialize(from).unwrap_or_default())
}
