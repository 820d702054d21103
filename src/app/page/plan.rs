//! What was decided about images and tags, in all registries, and what it would free. Nothing
//! is deleted from a registry here.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr;

use crate::app::act::{self, Named};
use crate::app::document::Tone;
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Area, Areas};
use crate::app::list::Step;
use crate::app::overlay::Line;
use crate::app::page::Target;
use crate::app::pane::{Keyed, Pane, Wanted};
use crate::app::pointer::{Pointed, Touch};
use crate::app::table::Column;
use crate::app::triage::Matter;
use crate::app::world::{Notice, Outside, World};
use crate::app::{ScreenWork, Ticket, Work};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{
    Answer, Choice, Decided, Digest, Filter, Frees, Order, PlanColumn, Planned, PlannedPlace,
    Question, RegistryName, Since, Subject, Tag, Trouble,
};
use crate::query::lead_tag;

/// The decisions.
pub type Decisions = Pane<Planned, (), PlanColumn>;

impl Keyed for Planned {
    type Key = PlannedPlace;
    fn key(&self) -> PlannedPlace {
        self.place.clone()
    }
    fn width(&self) -> usize {
        self.place.repository.as_str().len()
    }
}

/// The page.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The decisions.
    pub decisions: Decisions,
    /// The filter that is being typed.
    pub typing: Option<Field>,
    /// What the decisions that are shown amount to.
    pub sum: Sum,
    /// Cells that the longest name of a subject takes, the longest note and the
    /// longest name of a registry.
    widest: [u16; 3],
    /// The steps of decisions that the rows show.
    version: u64,
}

/// What decisions amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Decisions to delete, look again, keep.
    pub choices: [u64; 3],
    /// What deleting would free at most, in bytes, each image of a registry once.
    pub frees: u64,
    /// Images to delete of which it is not known.
    pub unread: u64,
    /// Registries in which something would be free.
    pub registries: u64,
}

impl Sum {
    fn of(rows: &[Planned]) -> Self {
        let mut sum = Self::default();
        let mut images = BTreeMap::new();
        for row in rows {
            let at = match row.decision.choice {
                Choice::Delete => 0,
                Choice::Look => 1,
                Choice::Keep => 2,
            };
            sum.choices[at] += 1;
            if let (0, Some(image)) = (at, &row.image)
                && row.frees != Frees::Nothing
            {
                images.insert((row.place.registry, &image.digest), row.frees);
            }
        }
        let registries: BTreeSet<_> = images.keys().map(|(registry, _)| *registry).collect();
        sum.registries = u64::try_from(registries.len()).unwrap_or(u64::MAX);
        for frees in images.values() {
            match frees {
                Frees::UpTo(bytes) => sum.frees = sum.frees.saturating_add(*bytes),
                Frees::Unread => sum.unread += 1,
                Frees::Nothing => {}
            }
        }
        sum
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            decisions: Pane::new(Wanted::Of(()), Order::default()),
            typing: None,
            sum: Sum::default(),
            widest: [0; 3],
            version: 0,
        }
    }
}

/// Lines above the rows: the title, what they amount to, that nothing is deleted, headings.
pub const ABOVE: u16 = 4;

/// The columns, in order.
pub const COLUMNS: [Column<PlanColumn>; 8] = [
    Column::fixed(PlanColumn::Decision, PlanColumn::Decision.heading(), 10),
    text(PlanColumn::Registry, 8, 24).ranked(2),
    Column::text(PlanColumn::Repository, PlanColumn::Repository.heading(), 12),
    text(PlanColumn::Subject, 12, 30),
    text(PlanColumn::Age, 6, 6).at_right().ranked(4),
    text(PlanColumn::Pulled, 8, 11).at_right().ranked(5),
    text(PlanColumn::Frees, 11, 13).at_right().ranked(1),
    text(PlanColumn::Note, 8, 60).ranked(3),
];

const fn text(id: PlanColumn, least: u16, most: u16) -> Column<PlanColumn> {
    Column::text(id, id.heading(), least).at_most(most)
}

impl Plan {
    /// The selected decision.
    pub fn selected(&self) -> Option<&Planned> {
        self.decisions.selected()
    }

    /// Cells that the widest text of a column takes.
    pub fn need(&self, column: PlanColumn) -> u16 {
        match column {
            PlanColumn::Repository => self.decisions.widest,
            PlanColumn::Subject => self.widest[0],
            PlanColumn::Note => self.widest[1],
            PlanColumn::Registry => self.widest[2],
            _ => 0,
        }
    }

    /// Counts what the rows say.
    fn count(&mut self, world: &World) {
        let rows = &self.decisions.listing.rows;
        self.sum = Sum::of(rows);
        let notes = rows.iter().filter_map(|row| row.decision.note.as_deref());
        let note = notes.map(UnicodeWidthStr::width).max();
        let subject = rows.iter().map(subject_width).max();
        let registries: BTreeSet<_> = rows.iter().map(|row| row.place.registry).collect();
        let names = registries.into_iter().filter_map(|id| world.known(id));
        let name = names.map(|row| row.spec.name.as_str().len()).max();
        self.widest = [subject, note, name].map(|width| cells(width.unwrap_or(0)));
    }

    fn ask(&mut self, outside: &mut Outside<'_>) {
        if let Some((ticket, view)) = self.decisions.ask(&mut outside.world.last) {
            let question = Question::Plan {
                filter: view.filter,
                order: view.order,
            };
            outside.ask(ticket, question);
        }
    }

    fn set_filter(&mut self, text: &str, outside: &mut Outside<'_>) {
        self.decisions.filter = Filter::new(text);
        self.ask(outside);
    }

    fn height(world: &World) -> usize {
        layout::areas(world.size).map_or(1, |areas| rows(areas.body))
    }

    fn matters(&self) -> Vec<Matter> {
        let rows = self.decisions.meant().into_iter();
        rows.map(|row| Matter {
            registry: row.place.registry,
            repository: row.place.repository.clone(),
            subject: row.place.subject.clone(),
            before: Some(row.decision.clone()),
        })
        .collect()
    }

    /// What names a decision's subject, in the words of a command.
    fn named(row: &Planned, command: Command, world: &World) -> Option<String> {
        let spec = &world.known(row.place.registry)?.spec;
        let image = row.image.as_ref();
        let (tag, digest): (Option<&Tag>, Option<&Digest>) = match &row.place.subject {
            Subject::Tag(tag) => (Some(tag), image.map(|image| &image.digest)),
            Subject::Image(digest) => {
                let tags = image.map_or(&[][..], |image| &image.tags);
                (lead_tag(tags), Some(digest))
            }
        };
        Named::known(spec, &row.place.repository, tag, digest).text(command)
    }

    fn copy(&self, command: Command, outside: &mut Outside<'_>) {
        let rows = self.decisions.meant().into_iter();
        let lines = rows.filter_map(|row| Self::named(row, command, outside.world));
        let lines: Vec<String> = lines.collect();
        outside.screen(ScreenWork::Copy(lines.join("\n")));
    }

    /// The decisions that are shown, in the order of `decide export`.
    fn shown(&self, world: &World) -> Vec<(RegistryName, Decided)> {
        let mut rows: Vec<&Planned> = self.decisions.listing.rows.iter().collect();
        let registries = world.all.iter().enumerate();
        let number: BTreeMap<_, _> = registries.map(|(at, row)| (row.id, at)).collect();
        rows.sort_by_key(|row| (number.get(&row.place.registry), &row.place));
        let decided = rows.into_iter().filter_map(|row| {
            let name = world.known(row.place.registry)?.spec.name.clone();
            let decided = Decided {
                repository: row.place.repository.clone(),
                subject: row.place.subject.clone(),
                decision: Some(row.decision.clone()),
            };
            Some((name, decided))
        });
        decided.collect()
    }

    /// Shows in the rows what is on its way to the inventory; what was taken back goes.
    fn show_pending(&mut self, world: &World) {
        let version = world.triage.version();
        if world.triage.is_settled() || std::mem::replace(&mut self.version, version) == version {
            return;
        }
        let show = |row: &mut Planned| {
            match world.triage.pending_about(&row.place) {
                Some(Some(decision)) => row.decision = decision.clone(),
                Some(None) => return false,
                None => {}
            }
            true
        };
        self.decisions.listing.rows.retain_mut(show);
        self.decisions.renew_marks();
        self.count(world);
    }

    fn nothing(&self, world: &World) -> Notice {
        if self.decisions.is_loading() {
            return Notice::plain("the decisions are still being read");
        }
        let mut notice = Notice::plain("nothing is decided here");
        let keys = [Command::Keep, Command::Delete, Command::LookAgain].map(|it| world.key_of(it));
        notice.hint = Some(format!("{} on an image decide", keys.join(" ")));
        notice
    }
}

fn cells(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

/// Cells that the name of what a decision is about takes, with the word for what became of it.
fn subject_width(row: &Planned) -> usize {
    let tags = row.image.as_ref().map_or(&[][..], |image| &image.tags);
    let name = match &row.place.subject {
        Subject::Tag(tag) => "tag ".len() + tag.as_str().len(),
        Subject::Image(digest) if tags.is_empty() => digest.short().len(),
        Subject::Image(_) => tags.iter().map(|tag| tag.as_str().len() + 1).sum(),
    };
    let word = match row.since {
        Since::Same => "",
        Since::Moved { .. } | Since::Left(_) => "moved ",
        Since::Gone => "gone ",
    };
    word.len() + name
}

/// Where the decisions are.
fn rows_in(area: Area) -> Area {
    area.rows(ABOVE, area.height)
}

/// Rows that the page shows.
fn rows(area: Area) -> usize {
    usize::from(rows_in(area).height).max(1)
}

impl Layer for Plan {
    fn contexts(&self) -> &'static [Context] {
        use Context::{Filter, Global, Move, Pages, Plan};
        if self.typing.is_some() {
            &[Filter, Global]
        } else {
            &[Plan, Pages, Move, Global]
        }
    }

    fn is_typed_into(&self) -> bool {
        self.typing.is_some()
    }

    fn entered(&mut self, outside: &mut Outside<'_>) {
        self.ask(outside);
    }

    fn target(&self) -> Option<Target> {
        let row = self.selected()?;
        let image = row.image.as_ref().map(|image| image.digest.clone());
        let (image, tag) = match &row.place.subject {
            Subject::Image(digest) => (Some(digest.clone()), None),
            Subject::Tag(tag) => (image, Some(tag.clone())),
        };
        Some(Target {
            registry: row.place.registry,
            repository: Some(row.place.repository.clone()),
            image,
            tag,
        })
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        let meant = || self.decisions.meant();
        match command {
            _ if self.typing.is_some() => None,
            Command::Filter if self.decisions.listing.total == 0 => Some(self.nothing(world)),
            Command::Mark | Command::MarkRange | Command::MarkAll | Command::Open
                if self.selected().is_none() =>
            {
                Some(self.nothing(world))
            }
            Command::Back
                if self.decisions.filter.text().is_empty() && self.decisions.marks.is_empty() =>
            {
                let key = world.key_of(Command::BrowsePage);
                Some(Notice::plain(format!(
                    "nothing narrows this page; {key} goes to the registries"
                )))
            }
            Command::Save if self.decisions.listing.rows.is_empty() => Some(self.nothing(world)),
            Command::Keep | Command::Delete | Command::LookAgain | Command::Note
                if meant().is_empty() =>
            {
                Some(self.nothing(world))
            }
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                if meant().is_empty() {
                    return Some(self.nothing(world));
                }
                let named = |row: &&Planned| Self::named(row, command, world).is_some();
                (!meant().iter().any(named))
                    .then(|| Notice::plain("the image is gone, and its digest is not known"))
            }
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.typing.is_some() {
            self.typing = None;
            if command == Command::Back {
                self.set_filter("", outside);
            }
            return Flow::Stay;
        }
        let height = Self::height(outside.world);
        if let Some(step) = Step::of(command) {
            self.decisions.step(step, height);
            return Flow::Stay;
        }
        if let Some(column) = order::of(command) {
            let order = &mut self.decisions.order;
            let said = super::turn(order, column, column.as_str());
            outside.say(Tone::Plain, said);
            self.decisions.start_at_top();
            self.ask(outside);
            return Flow::Stay;
        }
        match command {
            Command::Open => {
                if let Some(target) = self.target() {
                    outside.go_to(target);
                }
            }
            Command::Filter => self.typing = Some(Field::new(self.decisions.filter.text())),
            Command::Back if !self.decisions.filter.text().is_empty() => {
                self.set_filter("", outside);
            }
            Command::Back => self.decisions.marks.clear(),
            Command::Keep | Command::Delete | Command::LookAgain | Command::Note => {
                act::decide(self.matters(), command, outside);
            }
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                self.copy(command, outside);
            }
            Command::Save => {
                let line = Line::file(self.shown(outside.world), outside.world);
                outside.open(line);
            }
            _ => {
                self.decisions.mark(command, height);
            }
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if let Some(field) = &mut self.typing {
            field.key(press);
            let text = field.text().to_owned();
            self.set_filter(&text, outside);
        }
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let touch = self.decisions.point(pointed, rows_in(areas.body), 1);
        if touch != Touch::Missed && pointed.is_press() {
            self.typing = None;
        }
        touch
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let Some(field) = &mut self.typing else {
            return false;
        };
        field.paste(text);
        let text = field.text().to_owned();
        self.set_filter(&text, outside);
        true
    }

    fn follow(&mut self, outside: &mut Outside<'_>) {
        if self.decisions.must_ask_again() {
            self.ask(outside);
        }
        if let Some(ticket) = self.decisions.withdraw() {
            outside.work(Work::Withdraw { ticket });
        }
        self.show_pending(outside.world);
    }

    fn reload(&mut self, outside: &mut Outside<'_>) {
        self.ask(outside);
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.decisions.awaits(ticket)
    }

    fn answered(&mut self, ticket: Ticket, answer: Answer, outside: &mut Outside<'_>) -> bool {
        let Answer::Plan(listing) = answer else {
            return false;
        };
        let changed = self.decisions.answer(ticket, listing);
        if changed {
            self.count(outside.world);
            // What is on its way is to be shown in these rows too.
            self.version = 0;
        }
        changed
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        self.decisions.failed(ticket, trouble);
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        self.decisions.settle(rows(areas.body));
    }

    fn moves(&self) -> bool {
        self.decisions.is_loading()
    }
}
