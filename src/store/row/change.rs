//! Rows of changes. Their registry and crawl are in the key.

use serde::{Deserialize, Serialize};

use crate::model::{Digest, RepositoryName, Tag, What};
use crate::store::error::InnerError;

/// A change. The repository stands by its name: it may be gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct ChangeRow<'b> {
    pub(in crate::store) repository: &'b str,
    #[serde(borrow)]
    pub(in crate::store) what: WhatRow<'b>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum WhatRow<'b> {
    RepositoryAppeared {
        tags: u64,
        images: u64,
    },
    RepositoryGone {
        tags: u64,
        images: u64,
    },
    TagAppeared {
        tag: &'b str,
        digest: Digest,
    },
    TagMoved {
        tag: &'b str,
        from: Digest,
        to: Digest,
    },
    TagGone {
        tag: &'b str,
        from: Digest,
    },
    ImageAppeared(Digest),
    ImageGone(Digest),
}

const DAMAGED: InnerError = InnerError::Damaged { what: "changes" };

fn tag(text: &str) -> Result<Tag, InnerError> {
    text.parse().map_err(|_| DAMAGED)
}

impl ChangeRow<'_> {
    /// The repository and what happened in it.
    pub(in crate::store) fn read(self) -> Result<(RepositoryName, What), InnerError> {
        let what = match self.what {
            WhatRow::RepositoryAppeared { tags, images } => {
                What::RepositoryAppeared { tags, images }
            }
            WhatRow::RepositoryGone { tags, images } => What::RepositoryGone { tags, images },
            WhatRow::TagAppeared { tag: name, digest } => What::TagAppeared {
                tag: tag(name)?,
                digest,
            },
            WhatRow::TagMoved {
                tag: name,
                from,
                to,
            } => What::TagMoved {
                tag: tag(name)?,
                from,
                to,
            },
            WhatRow::TagGone { tag: name, from } => What::TagGone {
                tag: tag(name)?,
                from,
            },
            WhatRow::ImageAppeared(digest) => What::ImageAppeared(digest),
            WhatRow::ImageGone(digest) => What::ImageGone(digest),
        };
        let repository = self.repository.parse().map_err(|_| DAMAGED)?;
        Ok((repository, what))
    }
}
