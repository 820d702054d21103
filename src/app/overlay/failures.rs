//! The failures of the last crawl of a registry, whichever process ran it: a list, and
//! below it the selected one in full. They come from the inventory.

use crate::app::Ticket;
use crate::app::document::{Document, Tone};
use crate::app::list::List;
use crate::model::{CrawlRecord, Failure, RegistryId, RegistryRow, Trouble};

/// The list of failures.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Whose.
    pub registry: RegistryId,
    /// Its name.
    pub name: String,
    /// The crawl, as last heard of.
    pub crawl: CrawlRecord,
    /// Its failures, as far as they have been read.
    pub failures: Vec<Failure>,
    /// The question for them, until it is answered.
    pub asked: Option<Ticket>,
    /// Why they could not be read.
    pub trouble: Option<Trouble>,
    /// The cursor.
    pub list: List,
}

/// Lines that the selected failure has below the list at least, a rule included, and as
/// many as it never needs more.
const BELOW: (u16, u16) = (6, 10);

impl Failures {
    /// The page of this crawl, whose failures were asked for.
    pub fn new(registry: &RegistryRow, crawl: CrawlRecord, asked: Ticket) -> Self {
        Self {
            registry: registry.id,
            name: registry.spec.name.to_string(),
            crawl,
            failures: Vec::new(),
            asked: Some(asked),
            trouble: None,
            list: List::default(),
        }
    }

    /// The selected failure.
    pub fn selected(&self) -> Option<&Failure> {
        self.failures.get(self.list.cursor)
    }

    /// How many rows the list has in a page whose inside has this height. A short list
    /// leaves the rest to the selected failure.
    pub fn rows(&self, height: u16) -> u16 {
        let below = (height / 2).clamp(BELOW.0, BELOW.1);
        let room = height.saturating_sub(below);
        let len = u16::try_from(self.failures.len()).unwrap_or(u16::MAX);
        len.min(room).max(1)
    }

    /// Failures that were counted but not kept one by one.
    pub fn unlisted(&self) -> u64 {
        let listed = u64::try_from(self.failures.len()).unwrap_or(u64::MAX);
        self.crawl.failures.saturating_sub(listed)
    }

    /// What the list says of a failure besides its message: where it happened.
    pub fn place(failure: &Failure) -> String {
        let mut place = failure
            .repository
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        if let Some(reference) = &failure.reference {
            let between = if reference.contains(':') { "@" } else { ":" };
            place = format!("{place}{between}{reference}");
        }
        place
    }

    /// The selected failure in full.
    pub fn document(&self, width: u16) -> Document {
        let mut document = Document::new(width);
        if let Some(failure) = self.selected() {
            let place = Self::place(failure);
            if !place.is_empty() {
                document.text(Tone::Heading, &place);
            }
            document.text(Tone::Bad, &failure.message);
            // Where the status is not what went wrong, the message does not say it.
            if let Some(status) = failure.status
                && !failure.message.contains(&status.to_string())
            {
                document.text(Tone::Dim, &format!("HTTP {status}"));
            }
            if let Some(hint) = &failure.hint {
                document.text(Tone::Plain, hint);
            }
        }
        document
    }
}
