//! The failures of the last crawl of a registry, whichever process ran it: a list, and
//! below it the selected one in full. They come from the inventory.

use super::close;
use crate::app::ScreenWork;
use crate::app::Ticket;
use crate::app::document::{Document, Tone};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::list::List;
use crate::app::list::Step;
use crate::app::page::Target;
use crate::app::world::{Outside, World};
use crate::config::keys::{Command, Context};
use crate::model::{Answer, CrawlRecord, Failure, Question, RegistryId, RegistryRow, Trouble};

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
    /// The page of this crawl; asks for its failures.
    pub(in crate::app) fn begin(
        registry: &RegistryRow,
        crawl: CrawlRecord,
        outside: &mut Outside<'_>,
    ) -> Self {
        let mut page = Self {
            registry: registry.id,
            name: registry.spec.name.to_string(),
            crawl,
            failures: Vec::new(),
            asked: None,
            trouble: None,
            list: List::default(),
        };
        page.asked = Some(page.ask(outside));
        page
    }

    fn ask(&self, outside: &mut Outside<'_>) -> Ticket {
        outside.ask_anew(Question::Failures {
            registry: self.registry,
            crawl: self.crawl.number,
        })
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

impl Layer for Failures {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Failures,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn target(&self) -> Option<Target> {
        let repository = self.selected()?.repository.clone();
        Some(Target {
            repository,
            ..Target::registry(self.registry)
        })
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if let Some(step) = Step::of(command) {
            let rows = usize::from(self.rows(outside.world.page().height));
            self.list.step(step, self.failures.len(), rows);
            return Flow::Stay;
        }
        if command != Command::CopyReference {
            return close(command);
        }
        if let Some(failure) = self.selected() {
            let hint = failure.hint.as_deref().unwrap_or_default();
            let text = format!("{failure} {hint}").trim().to_owned();
            outside.screen(ScreenWork::Copy(text));
        }
        Flow::Stay
    }

    /// Asks again where the crawl has recorded more failures meanwhile.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        let row = outside.world.known(self.registry);
        let Some(crawl) = row.and_then(|row| row.last_crawl.clone()) else {
            return;
        };
        if self.asked.is_none()
            && crawl.number == self.crawl.number
            && crawl.failures != self.crawl.failures
        {
            self.crawl = crawl;
            self.asked = Some(self.ask(outside));
        }
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        self.asked = None;
        let Answer::Failures(failures) = answer else {
            return false;
        };
        self.failures = failures;
        self.trouble = None;
        true
    }

    fn unanswered(&mut self, _: Ticket, trouble: &Trouble) {
        self.asked = None;
        self.trouble = Some(trouble.clone());
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let rows = usize::from(self.rows(world.page().height));
        self.list.settle(self.failures.len(), rows);
    }
}
