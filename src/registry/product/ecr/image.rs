//! An image as `DescribeImages` tells it: one entry a digest.

use serde::Deserialize;

use crate::http::Cover;
use crate::model::{Digest, ImageFacts, MediaType, Tag};
use crate::registry::lenient::{Epoch, List, Text};
use crate::registry::list::{self, Listed};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Detail {
    pub(super) image_digest: Text,
    image_tags: List<Text>,
    image_pushed_at: Epoch,
    last_recorded_pull_time: Epoch,
    image_manifest_media_type: Text,
}

impl Detail {
    /// The entry that it is; `None` where it has no digest, or holds a secret. Its manifest
    /// is read, once: no list tells a platform, or the layers.
    pub(super) fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.image_digest.parse()?;
        if self.image_digest.holds_secret(cover) {
            return None;
        }
        let tags = self.image_tags.iter();
        let tags = tags.filter_map(|text| tag(text, cover)).collect();
        let media_type = self.image_manifest_media_type.uncovered();
        Some(Listed {
            tags,
            digest,
            is_index: MediaType::from(media_type.unwrap_or_default()).is_index(),
            told: list::Told::Nothing,
            facts: ImageFacts {
                pushed: self.image_pushed_at.get(),
                pulled: self.last_recorded_pull_time.get(),
                ..ImageFacts::default()
            },
        })
    }

    /// The tags that are none.
    pub(super) fn strange(&self, cover: &Cover) -> impl Iterator<Item = &Text> {
        let tags = self.image_tags.iter();
        tags.filter(move |text| tag(text, cover).is_none())
    }
}

fn tag(text: &Text, cover: &Cover) -> Option<Tag> {
    text.parse().filter(|_| !text.holds_secret(cover))
}
