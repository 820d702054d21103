//! Which child of an index is for a platform.

use super::error::InspectError;
use crate::model::{Child, Digest, Image, Platform};

/// Whether a person may mean a platform by this: `linux/arm64`, or one part of it alone.
pub(super) fn is_one(typed: &str) -> bool {
    typed.parse::<Platform>().is_ok() || Platform::new("any", typed, None).is_some()
}

/// The child for `wanted`: the one for exactly this platform, else the only one that
/// answers to it.
pub(super) fn choose<'i>(
    index: &'i Image,
    digest: &Digest,
    wanted: &str,
) -> Result<&'i Child, InspectError> {
    let of = |child: &'i Child| child.platform.as_ref().map(|platform| (platform, child));
    let exact = index
        .runnable()
        .filter_map(of)
        .find(|(platform, _)| platform.to_string() == wanted);
    if let Some((_, child)) = exact {
        return Ok(child);
    }
    let answers = index.runnable().filter_map(of);
    let answers: Vec<_> = answers
        .filter(|(platform, _)| platform.answers_to(wanted))
        .collect();
    let Some((first, child)) = answers.first() else {
        return Err(InspectError::NoPlatform {
            digest: digest.clone(),
            wanted: wanted.to_owned(),
            there: index.platforms(),
        });
    };
    // Builders list one platform several times.
    if answers.iter().all(|(platform, _)| platform == first) {
        return Ok(child);
    }
    let candidates = answers.iter().map(|(platform, _)| platform.to_string());
    Err(InspectError::Ambiguous {
        what: wanted.to_owned(),
        candidates: candidates.collect(),
    })
}

/// The platform of the host that this runs on, as images name it.
pub(super) fn of_this_host() -> String {
    use std::env::consts::{ARCH, OS};
    let os = match OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    };
    format!("{os}/{architecture}")
}
