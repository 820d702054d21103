//! A check that is run from the form, with what is in it.

use crate::app::Ticket;
use crate::app::document::{Document, Tone};
use crate::app::overlay::check::{Extent, stages, verdict};
use crate::model::{CheckReport, Verdict};

/// A check run from the form.
#[derive(Clone, Debug)]
pub struct FormCheck {
    /// The question, until its last answer came.
    pub running: Option<Ticket>,
    /// What is known so far.
    pub report: CheckReport,
    /// Whether keys go to it and not to the fields.
    pub is_focused: bool,
}

impl FormCheck {
    /// The result in at most `height` lines: where not all fits, first without the
    /// stages that were left out, then with one line for each that passed, then with
    /// those together.
    pub fn document(&self, width: u16, height: u16) -> Document {
        let height = usize::from(height);
        let begin = || {
            let mut document = Document::new(width);
            let (tone, text) = verdict(&self.report, self.running.is_some());
            document.text(tone, &format!("Check: {text}"));
            document
        };
        for extent in [Extent::Full, Extent::WithoutSkipped, Extent::Brief] {
            let mut document = begin();
            stages(&mut document, &self.report, self.running.is_some(), extent);
            if document.len() <= height {
                return document;
            }
        }
        let mut document = begin();
        let passed: Vec<&str> = self
            .report
            .stages
            .iter()
            .filter(|stage| matches!(stage.verdict, Verdict::Passed(_)))
            .map(|stage| stage.stage.as_str())
            .collect();
        document.text(Tone::Good, &format!("passed: {}", passed.join(", ")));
        if let Some(failure) = self.report.first_failure() {
            document.text(Tone::Bad, &failure.to_string());
            if let Some(hint) = &failure.hint {
                document.text(Tone::Plain, hint);
            }
        }
        document.lines.truncate(height);
        document
    }
}
