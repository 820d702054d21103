//! An image as `DescribeImages` tells it: one entry a digest.

use serde::Deserialize;

use crate::http::Cover;
use crate::model::{Digest, Image, ImageFacts, Kind, MediaType, Tag};
use crate::registry::lenient::{Epoch, List, Number, Text};
use crate::registry::list::{Listed, Told};
use crate::registry::manifest;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Detail {
    pub(super) image_digest: Text,
    image_tags: List<Text>,
    image_pushed_at: Epoch,
    last_recorded_pull_time: Epoch,
    image_manifest_media_type: Text,
    artifact_media_type: Text,
    image_size_in_bytes: Number,
    image_status: Text,
}

impl Detail {
    /// The entry that it is; `None` where it has no digest, or holds a secret. Its manifest
    /// is read, once: no list tells a platform, or the layers. One that is archived has none
    /// to be read, and is what the list tells until it is restored.
    pub(super) fn listed(&self, cover: &Cover) -> Option<Listed> {
        let digest: Digest = self.image_digest.parse()?;
        if self.image_digest.holds_secret(cover) {
            return None;
        }
        let tags = self.image_tags.iter();
        let tags = tags.filter_map(|text| tag(text, cover)).collect();
        let media_type = self.image_manifest_media_type.uncovered();
        let media_type = MediaType::from(media_type.unwrap_or_default());
        Some(Listed {
            tags,
            digest,
            is_index: media_type.is_index(),
            told: if self.is_archived() {
                Told::Image(Box::new(self.image(media_type, cover)))
            } else {
                Told::Nothing
            },
            facts: ImageFacts {
                pushed: self.image_pushed_at.get(),
                pulled: self.last_recorded_pull_time.get(),
                ..ImageFacts::default()
            },
        })
    }

    /// Whether it is kept where nobody can pull it, or on its way back from there.
    pub(super) fn is_archived(&self) -> bool {
        self.image_status.is_there() && !self.image_status.is("ACTIVE")
    }

    /// The image as far as it is told: no platform, and of an index no children.
    fn image(&self, media_type: MediaType, cover: &Cover) -> Image {
        let configuration = &self.artifact_media_type;
        let is_image = !configuration.is_there() || manifest::is_image_configuration(configuration);
        let kind = if media_type.is_index() {
            Kind::Index
        } else if is_image {
            Kind::Image
        } else {
            Kind::Artifact
        };
        let mut image = Image::new(kind, media_type);
        image.size = self.image_size_in_bytes.get();
        if kind == Kind::Artifact {
            image.artifact_type = configuration.show(cover, manifest::TYPE_LEN);
        }
        image
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
