//! Of which sort an image is, and how it ranks among those in view: what colours say.

use super::document::{Sort, Tone};
use super::words::accessory;
use crate::model::{ImageRow, Kind};

/// Of which sort an image is.
pub fn sort(row: &ImageRow) -> Sort {
    match row.image.kind {
        Kind::Index => return Sort::Index,
        Kind::Image if !row.beneath => return Sort::Image,
        Kind::Image | Kind::Artifact => {}
    }
    let kind = row.image.artifact_type.as_deref().unwrap_or_default();
    match accessory(row).0.as_str() {
        "signature" => Sort::Signature,
        "SBOM" => Sort::Sbom,
        "attestation" => Sort::Attestation,
        _ if kind.contains("helm") => Sort::Chart,
        _ => Sort::Artifact,
    }
}

/// Where values lie among those in view: in the lowest third of them, or in the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thirds<T> {
    /// The lowest third ends below this.
    low: Option<T>,
    /// The highest third begins here.
    high: Option<T>,
}

impl<T: Ord + Copy> Thirds<T> {
    /// Of these values; those of fewer than three that differ are all alike.
    pub fn of(values: impl Iterator<Item = T>) -> Self {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        values.dedup();
        if values.len() < 3 {
            return Self {
                low: None,
                high: None,
            };
        }
        let third = values.len().div_ceil(3);
        Self {
            low: values.get(third).copied(),
            high: values.get(values.len() - third).copied(),
        }
    }

    /// How a value is told.
    pub fn tone(&self, value: T) -> Tone {
        if self.low.is_some_and(|low| value < low) {
            Tone::Low
        } else if self.high.is_some_and(|high| value >= high) {
            Tone::High
        } else {
            Tone::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_rank_by_thirds_of_those_that_differ() {
        use Tone::{High, Low, Plain};

        let told = |values: &[u64]| -> Vec<Tone> {
            let thirds = Thirds::of(values.iter().copied());
            values.iter().map(|value| thirds.tone(*value)).collect()
        };
        assert_eq!(told(&[]), []);
        assert_eq!(told(&[7, 7, 9]), [Plain, Plain, Plain]);
        assert_eq!(told(&[9, 1, 5]), [High, Low, Plain]);
        assert_eq!(told(&[1, 2, 3, 4]), [Low, Low, High, High]);
        assert_eq!(
            told(&[1, 1, 1, 2, 3, 3]),
            [Low, Low, Low, Plain, High, High]
        );
    }

    #[test]
    fn sorts_are_told_by_kind_artifact_type_and_tag() {
        let image = |kind, artifact: Option<&str>, beneath| {
            let mut row = crate::app::fixture::images().swap_remove(0);
            row.image.kind = kind;
            row.image.artifact_type = artifact.map(str::to_owned);
            row.beneath = beneath;
            sort(&row)
        };
        assert_eq!(image(Kind::Index, None, false), Sort::Index);
        assert_eq!(image(Kind::Image, None, false), Sort::Image);
        for (artifact, sort) in [
            ("application/vnd.cncf.helm.config.v1+json", Sort::Chart),
            (
                "application/vnd.dev.cosign.artifact.sig.v1+json",
                Sort::Signature,
            ),
            ("application/spdx+json", Sort::Sbom),
            ("application/vnd.in-toto+json", Sort::Attestation),
            ("application/vnd.example.thing", Sort::Artifact),
        ] {
            assert_eq!(
                image(Kind::Artifact, Some(artifact), true),
                sort,
                "{artifact}"
            );
        }
    }
}
