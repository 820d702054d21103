//! Connection checks: `check --format json`, a line a target; as a table, a line a stage.

use serde::Serialize;

use crate::model::{CheckReport, StageReport, Verdict, text};

/// A line a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    registry: String,
    ok: bool,
    stages: Vec<StageLine>,
}

/// A stage of a target. `ok` is null where the stage was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct StageLine {
    stage: &'static str,
    ok: Option<bool>,
    ms: u64,
    detail: String,
    hint: Option<String>,
    #[serde(skip)]
    facts: Vec<String>,
}

impl StageLine {
    fn new(report: &StageReport) -> Self {
        let (ok, detail, hint) = match &report.verdict {
            Verdict::Passed(seen) => (Some(true), seen.as_str(), None),
            Verdict::Failed(failure) => (
                Some(false),
                failure.message.as_str(),
                failure.hint.as_deref(),
            ),
            Verdict::Skipped(why) => (None, why.as_str(), None),
        };
        Self {
            stage: report.stage.as_str(),
            ok,
            ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
            detail: match ok {
                None => format!("skipped: {}", text::harmless(detail)),
                Some(_) => text::harmless(detail).into_owned(),
            },
            hint: hint.map(|hint| text::harmless(hint).into_owned()),
            facts: report
                .facts
                .iter()
                .map(|fact| text::harmless(fact).into_owned())
                .collect(),
        }
    }

    /// For programs: what else was seen joins the detail.
    fn joined(mut self) -> Self {
        for fact in self.facts.drain(..) {
            self.detail.push_str("; ");
            self.detail.push_str(&fact);
        }
        self
    }
}

impl CheckLine {
    /// The line of a checked target.
    pub fn new(target: &str, report: &CheckReport) -> Self {
        Self {
            registry: text::harmless(target).into_owned(),
            ok: report.ok(),
            stages: report.stages.iter().map(StageLine::new).collect(),
        }
    }

    /// The check for programs.
    pub fn object(self) -> Self {
        Self {
            stages: self.stages.into_iter().map(StageLine::joined).collect(),
            ..self
        }
    }

    /// The check for people: a line a stage with what else was seen, then the next step.
    pub fn sentences(&self) -> String {
        let mut out = format!(
            "{}: {}\n",
            self.registry,
            if self.ok { "ok" } else { "failed" }
        );
        for line in &self.stages {
            let sign = match line.ok {
                Some(true) => "ok  ",
                Some(false) => "FAIL",
                None => "-   ",
            };
            let time = match line.ok {
                None => String::new(),
                Some(_) => format!("{} ms", line.ms),
            };
            out.push_str(&format!(
                "  {sign} {:<10} {time:>8}  {}\n",
                line.stage, line.detail
            ));
            for fact in &line.facts {
                out.push_str(&format!("       {:<10} {:>8}  {fact}\n", "", ""));
            }
            if let Some(hint) = &line.hint {
                out.push_str(&format!("       {:<10} {:>8}  → {hint}\n", "", ""));
            }
        }
        out
    }
}
