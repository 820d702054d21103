//! What is put on the clipboard.

use crate::app::ScreenWork;
use crate::app::overlay::Detail;
use crate::app::world::{Notice, Outside};
use crate::config::keys::Command;
use crate::model::{Digest, ImageRow, Tag};
use crate::query::lead_tag;

/// Why what names an image cannot be copied.
pub(in crate::app) fn cannot_copy(image: &ImageRow, command: Command) -> Option<Notice> {
    let needs_tag = command == Command::CopyTag && image.tags.is_empty();
    needs_tag.then(|| Notice::plain("this image has no tag; its digest names it"))
}

/// Copies what names an image.
pub(in crate::app) fn copy(detail: &Detail, command: Command, outside: &mut Outside<'_>) {
    let (tags, digest) = (&detail.image.tags, &detail.image.digest);
    let text = copied(&detail.origin, lead_tag(tags), Some(digest), command);
    outside.screen(ScreenWork::Copy(text.unwrap_or_default()));
}

/// What names an image, in the words of a command; `origin` is host and repository. Where it
/// has no tag its digest names it, and where that is not known its tag; `None` without both.
pub(in crate::app) fn copied(
    origin: &str,
    tag: Option<&Tag>,
    digest: Option<&Digest>,
    command: Command,
) -> Option<String> {
    let by_tag = || tag.map(|tag| format!("{origin}:{tag}"));
    let reference = || digest.map(|digest| format!("{origin}@{digest}"));
    match command {
        Command::CopyDigest => digest.map(ToString::to_string),
        Command::CopyTag => by_tag().or_else(reference),
        Command::CopyPull => reference()
            .or_else(by_tag)
            .map(|one| format!("docker pull {one}")),
        _ => reference().or_else(by_tag),
    }
}
