//! What of the form is on screen: its sections, and the fields of the one in focus.

use super::{Entry, Form, Key};
use crate::app::layout::{self, Area};
use crate::app::words::wrap;
use crate::model::setting::Section;

/// A line of the form as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormLine {
    /// The field of this index.
    Field(usize),
    /// What is wrong with the field above.
    Error {
        /// One line of it.
        text: String,
        /// Whether it is the first.
        first: bool,
    },
    /// How the path in the field above may go on.
    Offer(String),
}

impl Form {
    /// The section in focus: that of the focused field.
    pub fn section(&self) -> Section {
        self.focused()
            .map_or(Section::Address, |entry| entry.section)
    }

    /// Whether something in a section is known to be wrong.
    pub fn is_wrong(&self, section: Section) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.section == section && entry.error.is_some())
    }

    /// Whether a field is to be seen when its section is.
    pub(super) fn is_shown(&self, entry: &Entry) -> bool {
        match entry.key {
            // What is typed stays in sight, wherever it is to be kept.
            Key::Secret(kind) => {
                let place = self.keeping(kind);
                place.is_typed() || place.is_chosen_by_itself() || !entry.is_blank()
            }
            Key::Argument(kind, word) => self.keeping(kind).place().word == word,
            Key::Setting(_) | Key::Keeping(_) => true,
        }
    }

    /// Lines of the section in focus, in `width` columns of which the fields' values begin
    /// after `column`.
    pub fn lines(&self, width: u16, column: u16) -> Vec<FormLine> {
        let room = usize::from(width.saturating_sub(column));
        let section = self.section();
        let mut lines = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.section != section || !self.is_shown(entry) {
                continue;
            }
            lines.push(FormLine::Field(at));
            if let Some(error) = &entry.error {
                let wrapped = wrap(error, room).into_iter().enumerate();
                lines.extend(wrapped.map(|(i, text)| FormLine::Error {
                    text,
                    first: i == 0,
                }));
            }
            if at == self.at {
                let offers = self.completion.lines().into_iter();
                lines.extend(offers.map(FormLine::Offer));
            }
        }
        lines
    }

    /// How many lines the longest section has, nothing being wrong: a page that high does
    /// not jump when one goes from section to section.
    pub fn longest(&self) -> usize {
        let rows = |section: &Section| {
            let entries = self.entries.iter();
            let shown = entries.filter(|entry| entry.section == *section && self.is_shown(entry));
            shown.count()
        };
        Section::ALL.iter().map(rows).max().unwrap_or(0)
    }

    /// How many lines the check takes in a page like this, its rule included; `None`
    /// where none was run.
    pub fn check_rows(&self, page: Area) -> Option<u16> {
        let most = layout::form(page, Some(u16::MAX)).check?;
        let height = most.height.saturating_sub(1);
        let lines = self.check.as_ref()?.document(most.width, height).len();
        Some(u16::try_from(lines).unwrap_or(height) + 1)
    }

    /// Brings the focused field, and what is wrong with it, on screen.
    pub(super) fn settle_on(&mut self, lines: &[FormLine], height: usize) {
        let at = lines
            .iter()
            .position(|line| *line == FormLine::Field(self.at))
            .unwrap_or(0);
        let errors = lines[(at + 1).min(lines.len())..]
            .iter()
            .take_while(|line| !matches!(line, FormLine::Field(_)))
            .count();
        let height = height.max(1);
        let low = (at + errors + 1).saturating_sub(height).min(at);
        self.offset = self
            .offset
            .clamp(low, at)
            .min(lines.len().saturating_sub(height));
    }
}
