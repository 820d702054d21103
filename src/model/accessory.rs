//! What hangs on an image: signatures, attestations, SBOMs and other referrers.

use super::{Digest, ImageRow, Tag};

/// What a tag says that tools make to hang something on a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HungOn {
    /// The image that it hangs on.
    pub subject: Digest,
    /// What it is: `sig`, `att` or `sbom` (cosign's names); empty for a list of referrers
    /// (distribution-spec 1.1, "Referrers Tag Schema").
    pub suffix: String,
}

impl Tag {
    /// What hangs where, by this tag; `None` of any other tag.
    pub fn hung_on(&self) -> Option<HungOn> {
        if !self.is_accessory() {
            return None;
        }
        let (algorithm, rest) = self.as_str().split_once('-')?;
        let (hex, suffix) = rest.split_once('.').unwrap_or((rest, ""));
        Some(HungOn {
            subject: format!("{algorithm}:{hex}").parse().ok()?,
            suffix: suffix.to_owned(),
        })
    }
}

impl ImageRow {
    /// The image that it hangs on, by its manifest or else by its tag.
    pub fn subject(&self) -> Option<Digest> {
        let by_tag = || self.tags.iter().find_map(Tag::hung_on);
        let subject = self.image.subject.clone();
        subject.or_else(|| by_tag().map(|it| it.subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_tools_name_what_they_hang_on() {
        let hex = "a".repeat(64);
        for (tag, wanted) in [
            (format!("sha256-{hex}.sig"), Some("sig")),
            (format!("sha256-{hex}.sbom"), Some("sbom")),
            (format!("sha256-{hex}"), Some("")),
            ("sha256-abc.sig".to_owned(), None),
            ("latest".to_owned(), None),
        ] {
            let found = tag.parse::<Tag>().unwrap().hung_on();
            let subject: Digest = format!("sha256:{hex}").parse().unwrap();
            let wanted = wanted.map(|suffix| HungOn {
                subject,
                suffix: suffix.to_owned(),
            });
            assert_eq!(found, wanted, "{tag}");
        }
    }
}
