//! What is put on the clipboard.

use crate::app::ScreenWork;
use crate::app::overlay::Detail;
use crate::app::overlay::detail::origin;
use crate::app::world::{Notice, Outside};
use crate::config::keys::Command;
use crate::model::{Digest, ImageRow, RegistrySpec, RepositoryName, Tag};
use crate::query::lead_tag;

/// Why what names an image cannot be copied.
pub(in crate::app) fn cannot_copy(image: &ImageRow, command: Command) -> Option<Notice> {
    let needs_tag = command == Command::CopyTag && image.tags.is_empty();
    needs_tag.then(|| Notice::plain("this image has no tag; its digest names it"))
}

/// Copies what names an image.
pub(in crate::app) fn copy(detail: &Detail, command: Command, outside: &mut Outside<'_>) {
    let text = match (command, lead_tag(&detail.image.tags)) {
        (Command::CopyDigest, _) => detail.image.digest.to_string(),
        (Command::CopyTag, Some(tag)) => format!("{}:{tag}", detail.origin),
        (Command::CopyPull, _) => format!("docker pull {}", detail.reference()),
        _ => detail.reference(),
    };
    outside.screen(ScreenWork::Copy(text));
}

/// What names an image of which no more is at hand, as it is copied.
pub(in crate::app) fn named(
    spec: &RegistrySpec,
    repository: &RepositoryName,
    tag: Option<&Tag>,
    digest: &Digest,
    command: Command,
) -> String {
    let origin = origin(spec, repository);
    match (command, tag) {
        (Command::CopyDigest, _) => digest.to_string(),
        (Command::CopyTag, Some(tag)) => format!("{origin}:{tag}"),
        (Command::CopyPull, _) => format!("docker pull {origin}@{digest}"),
        _ => format!("{origin}@{digest}"),
    }
}
