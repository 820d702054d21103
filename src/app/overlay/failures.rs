//! The failures of a crawl of a registry, whichever process ran it: a list that can be
//! filtered, marked, copied and read again, and below it the selected one in full. They come
//! from the inventory.

use std::collections::HashMap;

use super::close;
use crate::app::ScreenWork;
use crate::app::Ticket;
use crate::app::act;
use crate::app::document::{Document, Tone};
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::list::Step;
use crate::app::page::Target;
use crate::app::pane::{Keyed, Pane, Wanted};
use crate::app::pointer::{Pointed, Touch};
use crate::app::table::Column;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{
    Answer, CrawlRecord, Failure, Filter, Listing, Order, Question, RegistryId, RegistryRow,
    Trouble,
};
use crate::query;

/// What a failure is known by: its step, place and message, and which of those that have the
/// same it is.
type Key = (&'static str, String, String, usize);

/// A failure in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureRow {
    key: Key,
    /// As it is recorded.
    pub failure: Failure,
}

impl FailureRow {
    /// Where it happened.
    pub fn place(&self) -> &str {
        &self.key.1
    }
}

impl Keyed for FailureRow {
    type Key = Key;
    fn key(&self) -> Key {
        self.key.clone()
    }
}

/// What a column of failures shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureColumn {
    /// The step it happened in.
    Stage,
    /// Where.
    Place,
    /// What happened.
    Message,
}

/// The columns, in order.
pub const COLUMNS: [Column<FailureColumn>; 3] = [
    Column::fixed(FailureColumn::Stage, "STAGE", 13),
    Column::text(FailureColumn::Place, "WHERE", 12),
    Column::text(FailureColumn::Message, "WHAT", 12),
];

/// The list of failures.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Whose.
    pub registry: RegistryId,
    /// Its name.
    pub name: String,
    /// The crawl, as last heard of.
    pub crawl: CrawlRecord,
    /// Its failures, as far as they have been read: all of them, and those that are shown.
    all: Vec<FailureRow>,
    /// The latter.
    pub pane: Pane<FailureRow, (), ()>,
    /// What is typed to narrow them.
    pub typing: Option<Field>,
    /// The question for them, until it is answered.
    pub asked: Option<Ticket>,
    /// Why they could not be read.
    pub trouble: Option<Trouble>,
}

/// Lines that the selected failure has below the list at least, a rule included, and as
/// many as it never needs more.
const BELOW: (u16, u16) = (5, 10);
/// Lines of the list that are no failures: its headings.
const ABOVE: u16 = 1;

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
            all: Vec::new(),
            pane: Pane::new(Wanted::Of(()), Order::default()),
            typing: None,
            asked: None,
            trouble: None,
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

    /// Takes the failures that were read.
    pub(in crate::app) fn take(&mut self, failures: Vec<Failure>) {
        let mut seen: HashMap<(&'static str, String, String), usize> = HashMap::new();
        let rows = failures.into_iter().map(|failure| {
            let (stage, place) = (failure.stage.as_str(), Self::place(&failure));
            let same = seen
                .entry((stage, place.clone(), failure.message.clone()))
                .or_default();
            *same += 1;
            FailureRow {
                key: (stage, place, failure.message.clone(), *same),
                failure,
            }
        });
        self.all = rows.collect();
        self.show();
    }

    /// Shows those that the filter lets through.
    fn show(&mut self) {
        let filter = &self.pane.filter;
        let shown = self.all.iter();
        let shown = shown.filter(|row| query::lets_failure(filter, &row.failure));
        let shown = shown.cloned().collect();
        self.pane.accept((), Listing::whole(shown, self.all.len()));
    }

    /// Puts the cursor on a failure, by its place among all of them.
    pub(in crate::app) fn select(&mut self, at: usize) {
        self.pane.list.cursor = at;
    }

    /// How many there are, whatever the filter says.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none has been read.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The selected failure.
    pub fn selected(&self) -> Option<&Failure> {
        self.pane.selected().map(|row| &row.failure)
    }

    /// How many rows the list has below its headings, in a page whose inside has this height.
    /// A short list leaves the rest to the selected failure.
    pub fn rows(&self, height: u16) -> u16 {
        let below = (height / 2).clamp(BELOW.0, BELOW.1);
        let room = height.saturating_sub(below + ABOVE);
        let len = u16::try_from(self.pane.listing.rows.len()).unwrap_or(u16::MAX);
        len.min(room).max(1)
    }

    /// Cells of the widest text of a column.
    pub fn need(&self, column: FailureColumn) -> u16 {
        let rows = self.all.iter();
        let widest = match column {
            FailureColumn::Stage => None,
            FailureColumn::Place => rows.map(|row| row.place().chars().count()).max(),
            FailureColumn::Message => rows.map(|row| row.key.2.chars().count()).max(),
        }
        .unwrap_or(0);
        u16::try_from(widest).unwrap_or(u16::MAX)
    }

    /// Failures that were counted but not kept one by one.
    pub fn unlisted(&self) -> u64 {
        let listed = u64::try_from(self.all.len()).unwrap_or(u64::MAX);
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

    fn set_filter(&mut self, text: &str) {
        self.pane.filter = Filter::new(text);
        self.show();
    }

    /// To the next match, or the one before, round and round.
    fn turn(&mut self, command: Command) {
        let len = self.pane.listing.rows.len();
        let step = if command == Command::NextMatch {
            1
        } else {
            len.saturating_sub(1)
        };
        let at = self.pane.list.cursor + step;
        self.pane.list.cursor = at.checked_rem(len).unwrap_or(0);
    }

    /// The marked failures, else the selected one, a line each, with what to do next.
    fn copied(&self) -> String {
        let lines = self.pane.meant().into_iter().map(|row| {
            let hint = row.failure.hint.as_deref().unwrap_or_default();
            format!("{} {hint}", row.failure).trim().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Clears the filter, else the marks, else closes.
    fn back(&mut self) -> Flow {
        if !self.pane.filter.is_empty() {
            self.set_filter("");
        } else if !self.pane.marks.is_empty() {
            self.pane.marks.clear();
        } else {
            return Flow::Close;
        }
        Flow::Stay
    }

    fn nothing_here(&self) -> Option<Notice> {
        let text = match () {
            () if self.pane.selected().is_some() => return None,
            () if self.asked.is_some() => "the failures are being read",
            () if self.all.is_empty() => "there is no failure here",
            () => "no failure matches",
        };
        Some(Notice::plain(text))
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
        if self.typing.is_some() {
            return &[Context::Filter, Context::Global];
        }
        &[
            Context::Failures,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn is_typed_into(&self) -> bool {
        self.typing.is_some()
    }

    fn target(&self) -> Option<Target> {
        let repository = self.selected()?.repository.clone();
        Some(Target {
            repository,
            ..Target::registry(self.registry)
        })
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        match command {
            _ if self.typing.is_some() => None,
            // While they are being read a filter can be typed: what follows `/` is text.
            Command::Filter if self.all.is_empty() && self.asked.is_none() => self.nothing_here(),
            Command::NextMatch | Command::PreviousMatch if self.pane.filter.is_empty() => {
                let key = world.key_of(Command::Filter);
                Some(Notice::plain(format!(
                    "there is no filter; {key} types one"
                )))
            }
            Command::NextMatch
            | Command::PreviousMatch
            | Command::Mark
            | Command::MarkRange
            | Command::MarkAll => self.nothing_here(),
            Command::CopyReference if self.pane.meant().is_empty() => self.nothing_here(),
            Command::Open if self.target().is_none_or(|it| it.repository.is_none()) => self
                .nothing_here()
                .or_else(|| Some(Notice::plain("it is of no one repository"))),
            Command::Retry => match world.known(self.registry) {
                None => Some(Notice::plain("the registry is there no more")),
                Some(row) => {
                    let is_latest = row
                        .last_crawl
                        .as_ref()
                        .is_some_and(|crawl| crawl.number == self.crawl.number);
                    let here = self.nothing_here().filter(|_| self.pane.meant().is_empty());
                    act::why_not(row, command, world)
                        .or_else(|| (!is_latest).then(act::older_crawl))
                        .or(here)
                }
            },
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.typing.is_some() {
            self.typing = None;
            if command == Command::Back {
                self.set_filter("");
            }
            return Flow::Stay;
        }
        let height = usize::from(self.rows(outside.world.page().height));
        if let Some(step) = Step::of(command) {
            self.pane.step(step, height);
            return Flow::Stay;
        }
        match command {
            Command::Filter => self.typing = Some(Field::new(self.pane.filter.text())),
            Command::NextMatch | Command::PreviousMatch => self.turn(command),
            Command::CopyReference => outside.screen(ScreenWork::Copy(self.copied())),
            Command::Back => return self.back(),
            Command::Open => {
                if let Some(target) = self.selected().and_then(|it| image(self.registry, it)) {
                    outside.go_to(target);
                }
            }
            Command::Retry => {
                if let Some(row) = outside.world.known(self.registry).cloned() {
                    let meant = self.pane.meant().into_iter().map(|row| &row.failure);
                    act::retry(&row, act::retry_of(meant), outside);
                    // The list is one of the past from here on.
                    return Flow::Close;
                }
            }
            _ if self.pane.mark(command, height) => {}
            _ => return close(command),
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, _: &mut Outside<'_>) {
        if let Some(field) = &mut self.typing {
            field.key(press);
            let text = field.text().to_owned();
            self.set_filter(&text);
        }
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let inside = areas.page.inside();
        let rows = inside.rows(ABOVE, self.rows(inside.height));
        let touch = self.pane.point(pointed, rows, 1);
        if touch != Touch::Missed && pointed.is_press() {
            self.typing = None;
        }
        touch
    }

    fn paste(&mut self, text: &str, _: &mut Outside<'_>) -> bool {
        let Some(field) = &mut self.typing else {
            return false;
        };
        field.paste(text);
        let text = field.text().to_owned();
        self.set_filter(&text);
        true
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
        self.trouble = None;
        self.take(failures);
        true
    }

    fn unanswered(&mut self, _: Ticket, trouble: &Trouble) {
        self.asked = None;
        self.trouble = Some(trouble.clone());
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let rows = usize::from(self.rows(world.page().height));
        self.pane.settle(rows);
    }
}

/// Where a failure happened, as narrowly as it says.
fn image(registry: RegistryId, failure: &Failure) -> Option<Target> {
    let reference = failure.reference.as_deref().unwrap_or_default();
    Some(Target {
        repository: Some(failure.repository.clone()?),
        image: reference.parse().ok(),
        tag: reference.parse().ok(),
        ..Target::registry(registry)
    })
}
