//! Pages over the panes. The uppermost gets the keys.

mod ask;
mod check;
mod confirm;
mod detail;
mod failures;
mod form;
mod help;

pub use ask::{Ask, SecretRequest};
pub use check::Check;
pub use confirm::{Confirm, OnYes};
pub use detail::Detail;
pub use failures::Failures;
pub use form::{Entry, Form, FormCheck, FormLine, Input, Key};
pub use help::Help;

use super::list::Step;

/// A page over the panes.
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
    /// The keys.
    Help(Help),
    /// A question.
    Confirm(Confirm),
    /// A secret that is asked for.
    Ask(Box<Ask>),
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

    /// Brings it into range.
    pub fn settle(&mut self, len: usize, height: usize) {
        self.0 = self.0.min(len.saturating_sub(height));
    }
}
