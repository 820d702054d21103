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
    let mut candidates: Vec<_> = answers.iter().map(|(platform, _)| *platform).collect();
    candidates.sort_unstable();
    candidates.dedup();
    Err(InspectError::Ambiguous {
        what: wanted.to_owned(),
        candidates: candidates.iter().map(ToString::to_string).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, MediaType};

    fn index(platforms: &[&str]) -> Image {
        let mut image = Image::new(Kind::Index, MediaType::OciIndex);
        image.children = platforms
            .iter()
            .enumerate()
            .map(|(at, platform)| Child {
                digest: Digest::sha256(&[u8::try_from(at).unwrap()]),
                platform: platform.parse().ok(),
                accessory: *platform == "none",
                is_index: false,
                size: None,
            })
            .collect();
        image
    }

    #[test]
    fn a_platform_is_chosen_where_it_is_clear_which_is_meant() {
        let image = index(&[
            "none",
            "linux/amd64",
            "linux/arm/v6",
            "linux/arm/v7",
            "linux/arm64/v8",
            "linux/amd64",
            "windows/amd64",
        ]);
        let own = Digest::sha256(b"index");
        for (wanted, at) in [
            ("linux/amd64", 1),
            ("linux/arm/v7", 3),
            ("arm64", 4),
            ("linux/arm64", 4),
            ("windows", 6),
        ] {
            let child = choose(&image, &own, wanted).unwrap();
            assert_eq!(child.digest, Digest::sha256(&[at]), "{wanted}");
        }
        for (wanted, says) in [
            ("arm", "may be\n  linux/arm/v6\n  linux/arm/v7"),
            ("amd64", "may be\n  linux/amd64\n  windows/amd64"),
            ("s390x", "is not for `s390x`, but for `linux/amd64`, "),
        ] {
            let error = choose(&image, &own, wanted).unwrap_err();
            assert!(error.to_string().contains(says), "{wanted}: {error}");
            assert!(error.is_usage() && error.hint().is_some());
        }
        assert!(is_one("linux/arm64/v8") && is_one("arm64"));
        for text in ["", "a b", "linux/", "linux/amd64/v1/x", "\u{1b}"] {
            assert!(!is_one(text), "{text:?}");
        }
        assert!(is_one(&of_this_host()));
    }
}
