//! Which images a selection wants.

use crate::model::{ImageRow, ImageSelection};

/// Whether `wanted` has this image. An index is wanted for a digest that one of its
/// children has.
pub fn selects(wanted: &ImageSelection, row: &ImageRow) -> bool {
    wanted.kind.is_none_or(|kind| kind == row.image.kind)
        && wanted.may_be_in(row.repository.as_str())
        && (!wanted.needs_tag()
            || row
                .tags
                .iter()
                .any(|tag| wanted.may_be_tagged(tag.as_str())))
        && wanted
            .platform
            .as_deref()
            .is_none_or(|part| row.platforms.iter().any(|p| p.answers_to(part)))
        && wanted.digest.as_deref().is_none_or(|part| {
            has_prefix(&row.digest.to_string(), part)
                || row
                    .image
                    .children
                    .iter()
                    .any(|child| has_prefix(&child.digest.to_string(), part))
        })
}

fn has_prefix(digest: &str, wanted: &str) -> bool {
    digest.starts_with(wanted)
        || digest
            .split_once(':')
            .is_some_and(|(_, encoded)| encoded.starts_with(wanted))
}
