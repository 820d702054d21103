//! What a registry's listing tells of an image, for outputs.

use serde::Serialize;

use crate::model::{ImageFacts, Vulnerabilities};

/// What a scan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct VulnerabilitiesObject {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
    unknown: u64,
    scanned: Option<String>,
}

impl From<Vulnerabilities> for VulnerabilitiesObject {
    fn from(found: Vulnerabilities) -> Self {
        Self {
            critical: found.critical,
            high: found.high,
            medium: found.medium,
            low: found.low,
            unknown: found.unknown,
            scanned: found.scanned.map(|at| at.to_string()),
        }
    }
}

impl VulnerabilitiesObject {
    /// The same in one field: `critical=1 high=0 …`.
    pub(super) fn field(&self) -> String {
        let counts = [
            ("critical", self.critical),
            ("high", self.high),
            ("medium", self.medium),
            ("low", self.low),
            ("unknown", self.unknown),
        ];
        let counts = counts.map(|(severity, count)| format!("{severity}={count}"));
        counts.join(" ")
    }
}

/// The tags that nobody can move or delete; `None` where none is known to be so.
pub(super) fn immutable(facts: &ImageFacts) -> Option<Vec<String>> {
    let tags = facts.immutable.iter().map(ToString::to_string);
    (!facts.immutable.is_empty()).then(|| tags.collect())
}
