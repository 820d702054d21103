//! The result of a connection check.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::{Failure, Stage};

/// How one stage of a check went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It worked; what was seen, one line.
    Passed(String),
    /// It did not.
    Failed(Failure),
    /// It does not apply or could not run; why, one line.
    Skipped(String),
}

/// One stage of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// How it went.
    pub verdict: Verdict,
    /// What else was seen, a line each.
    pub facts: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// A connection check, stage by stage, in the order of [`Stage`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Every stage.
    pub stages: Vec<StageReport>,
}

impl CheckReport {
    /// Whether no stage failed.
    pub fn ok(&self) -> bool {
        self.first_failure().is_none()
    }

    /// The first stage that failed: what stands in the way.
    pub fn first_failure(&self) -> Option<&Failure> {
        self.stages.iter().find_map(|stage| match &stage.verdict {
            Verdict::Failed(failure) => Some(failure),
            _ => None,
        })
    }
}
