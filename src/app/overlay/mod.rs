//! What lies over the page. The uppermost overlay gets the keys.

mod ask;
mod check;
mod confirm;
pub(super) mod detail;
mod diff;
mod drift;
mod failures;
mod find;
mod form;
mod help;
mod line;
pub mod palette;
mod reading;
mod requests;
mod usage;

pub use ask::{Ask, SecretRequest};
pub use check::Check;
pub use confirm::{Confirm, OnYes};
pub use detail::{Detail, Tab as DetailTab};
pub use diff::Diff;
pub use drift::{COLUMNS as DRIFT_COLUMNS, Drift, DriftColumn};
pub use failures::{COLUMNS as FAILURE_COLUMNS, FailureColumn, FailureRow, Failures};
pub use find::{Find, matches};
pub use form::{COLUMN as FORM_COLUMN, Entry, Form, FormCheck, FormLine, Input, Key};
pub use help::Help;
pub(super) use help::title;
pub use line::Line;
pub use palette::{Does, Palette};
pub use requests::{COLUMNS as REQUEST_COLUMNS, RequestColumn, Requests};
pub use usage::{COLUMNS as USAGE_COLUMNS, Usage, UsageColumn};

use super::layer::{Flow, Layer};
use super::list::Step;
use super::world::World;
use crate::app::document::Document;
use crate::config::keys::Command;

/// What lies over the page.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A registry's settings.
    Form(Box<Form>),
    /// Everything about an image.
    Detail(Box<Detail>),
    /// The failures of a crawl.
    Failures(Box<Failures>),
    /// A connection check.
    Check(Box<Check>),
    /// What takes room.
    Usage(Box<Usage>),
    /// In what two registries differ.
    Drift(Box<Drift>),
    /// In what two images differ.
    Diff(Box<Diff>),
    /// The log of requests.
    Requests(Box<Requests>),
    /// The keys.
    Help(Box<Help>),
    /// A question.
    Confirm(Confirm),
    /// A secret that is asked for.
    Ask(Box<Ask>),
    /// Commands by name.
    Palette(Box<Palette>),
    /// A line that is asked for.
    Line(Box<Line>),
}

impl Overlay {
    /// What it does with keys and news.
    pub(super) fn layer(&mut self) -> &mut dyn Layer {
        match self {
            Self::Form(form) => &mut **form,
            Self::Detail(detail) => &mut **detail,
            Self::Failures(failures) => &mut **failures,
            Self::Check(check) => &mut **check,
            Self::Usage(usage) => &mut **usage,
            Self::Requests(requests) => &mut **requests,
            Self::Drift(drift) => &mut **drift,
            Self::Diff(diff) => &mut **diff,
            Self::Help(help) => &mut **help,
            Self::Confirm(confirm) => confirm,
            Self::Ask(ask) => &mut **ask,
            Self::Palette(palette) => &mut **palette,
            Self::Line(line) => &mut **line,
        }
    }

    /// The same, to look at.
    pub(super) fn layer_ref(&self) -> &dyn Layer {
        match self {
            Self::Form(form) => &**form,
            Self::Detail(detail) => &**detail,
            Self::Failures(failures) => &**failures,
            Self::Check(check) => &**check,
            Self::Usage(usage) => &**usage,
            Self::Requests(requests) => &**requests,
            Self::Drift(drift) => &**drift,
            Self::Diff(diff) => &**diff,
            Self::Help(help) => &**help,
            Self::Confirm(confirm) => confirm,
            Self::Ask(ask) => &**ask,
            Self::Palette(palette) => &**palette,
            Self::Line(line) => &**line,
        }
    }

    /// Whether what it was opened for is done, so that it is to be closed.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Form(form) => form.is_saved,
            Self::Line(line) => line.is_done,
            _ => false,
        }
    }
}

/// What an overlay does with a command that it has no use for.
fn close(command: Command) -> Flow {
    match command {
        Command::Close | Command::No => Flow::Close,
        _ => Flow::Stay,
    }
}

macro_rules! boxed {
    ($($name:ident),*) => {$(
        impl From<$name> for Overlay {
            fn from(overlay: $name) -> Self {
                Self::$name(Box::new(overlay))
            }
        }
    )*};
}

boxed!(
    Form, Detail, Failures, Check, Ask, Palette, Usage, Line, Requests, Drift, Diff, Help
);

impl From<Confirm> for Overlay {
    fn from(overlay: Confirm) -> Self {
        Self::Confirm(overlay)
    }
}

/// How far a page of lines is scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll(pub usize);

impl Scroll {
    /// Takes a step through `len` lines of which `height` are on screen.
    pub fn step(&mut self, step: Step, len: usize, height: usize) {
        // The last line that may be on top is the one that leaves the page full.
        self.0 = step.from(self.0, len.saturating_sub(height) + 1, height);
    }

    /// Takes the step of a command through a page of these lines; `None` where the command
    /// is none.
    fn take(
        &mut self,
        command: Command,
        world: &World,
        document: impl FnOnce(u16) -> Document,
    ) -> Option<Flow> {
        let step = Step::of(command)?;
        let page = world.page();
        let len = document(page.width).len();
        self.step(step, len, usize::from(page.height));
        Some(Flow::Stay)
    }

    /// Brings it into range.
    pub fn settle(&mut self, len: usize, height: usize) {
        self.0 = self.0.min(len.saturating_sub(height));
    }
}
