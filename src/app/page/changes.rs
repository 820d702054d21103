//! What crawls found changed: in all registries since some days ago, in one crawl, or in one
//! repository. The newest crawl comes first, and as much is read as is looked at.

pub mod columns;
mod days;
mod scope;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

pub use scope::{OneCrawl, Only, Period, Scope};

use columns::Needs;
use steps::Steps;

use crate::app::act::Named;
use crate::app::document::Tone;
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Area, Areas};
use crate::app::list::Step;
use crate::app::overlay::Diff;
use crate::app::page::Target;
use crate::app::pane::{Keyed, Pane, Wanted};
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::app::{Ticket, Work};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::when;
use crate::model::{
    Answer, Change, Choice, Decided, Filter, Order, Question, RegistryId, Trouble, What,
};
use crate::query::{self, ChangeRow, Turn};

/// Changes that are read at first, and no more than which are read.
const FIRST: usize = 2_000;
const MOST: usize = 32_000;
/// From so many rows before the end on, more are read.
const AHEAD: usize = 100;

/// From this height of the page on, it also shows how many changes there were a day.
const WITH_DAYS: u16 = 18;

impl Keyed for ChangeRow {
    type Key = Change;
    fn key(&self) -> Change {
        self.change.clone()
    }
}

/// The page.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The rows that the filter lets through.
    pub pane: Pane<ChangeRow, Scope, ()>,
    /// The filter.
    pub filter: Filter,
    /// The filter that is being typed.
    pub typing: Option<Field>,
    /// Which changes are wanted.
    pub scope: Scope,
    /// Whether there are more than were read.
    pub has_more: bool,
    /// How wide the texts of columns are.
    needs: Needs,
    /// All that was read.
    read: Vec<ChangeRow>,
    /// How many are wanted.
    enough: usize,
    /// The crawls of the registry that one crawl is shown of.
    steps: Steps,
    /// What was decided, by registry, as far as it was asked for.
    decided: BTreeMap<RegistryId, Vec<Decided>>,
    /// The registries whose decisions are to be read again.
    undecided: BTreeSet<RegistryId>,
    deciding: Option<(Ticket, RegistryId)>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            pane: Pane::new(Wanted::Unknown, Order::default()),
            filter: Filter::default(),
            typing: None,
            scope: Scope::default(),
            has_more: false,
            needs: Needs::default(),
            read: Vec::new(),
            enough: FIRST,
            steps: Steps::default(),
            decided: BTreeMap::new(),
            undecided: BTreeSet::new(),
            deciding: None,
        }
    }
}

/// Where the parts of the page are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The period and the totals.
    pub head: Area,
    /// How many there were a day, where there is room.
    pub days: Option<Area>,
    /// Headings and rows.
    pub table: Area,
}

impl Parts {
    /// Those of a page in this area.
    pub fn of(body: Area, has_days: bool) -> Self {
        let days = (has_days && body.height >= WITH_DAYS).then(|| body.rows(1, 1));
        let above = 1 + u16::from(days.is_some());
        Self {
            head: body.rows(0, 1),
            days,
            table: body.rows(above, body.height - above),
        }
    }

    /// Where the changes are: below their headings.
    fn rows_in(self) -> Area {
        self.table.rows(1, self.table.height)
    }

    /// The changes that fit there.
    fn rows(self) -> usize {
        usize::from(self.rows_in().height)
    }
}

impl Changes {
    /// The selected change.
    pub fn selected(&self) -> Option<&ChangeRow> {
        self.pane.selected()
    }

    /// What was decided about what a change took away.
    pub fn decision(&self, row: &ChangeRow) -> Option<Choice> {
        row.decided(self.decided.get(&row.change.registry)?)
    }

    /// How many shown rows appeared, moved and went.
    pub fn totals(&self) -> [usize; 3] {
        let count = |turn| {
            let rows = self.pane.listing.rows.iter();
            let rows = rows.filter(|row| row.turn() == turn);
            rows.map(ChangeRow::count).sum()
        };
        [Turn::Appeared, Turn::Moved, Turn::Gone].map(count)
    }

    /// Whether the changes are counted by day: those of one crawl are of one time.
    pub fn has_days(&self) -> bool {
        self.scope.crawl.is_none() && self.scope.period != Period::Day
    }

    /// Shows one place alone, as far back as is known; or every place again.
    pub(in crate::app) fn restrict(&mut self, target: Option<Target>) {
        self.typing = None;
        self.filter = Filter::default();
        self.scope.crawl = None;
        self.scope.only = target.map(|target| Only {
            registry: target.registry,
            repository: target.repository,
        });
        self.scope.period = match self.scope.only {
            Some(_) => Period::All,
            None => Period::default(),
        };
    }

    fn ask(&mut self, outside: &mut Outside<'_>) {
        if let Some((ticket, view)) = self.pane.ask(&mut outside.world.last) {
            let question = view.scope.question(outside.world.clock.now, self.enough);
            outside.ask(ticket, question);
        }
    }

    /// Whether repositories that came in numbers are one row: not where somebody looks for
    /// them by name, or at one crawl or registry alone.
    fn folds(&self) -> bool {
        !self.is_narrowed()
    }

    /// Shows those that were read and that the filter lets through.
    fn show(&mut self, scope: Scope, world: &World) -> bool {
        let names: BTreeMap<RegistryId, &str> = world
            .all
            .iter()
            .map(|row| (row.id, row.spec.name.as_str()))
            .collect();
        let folded;
        let rows = if self.folds() {
            folded = query::folded_changes(&self.read);
            &folded
        } else {
            &self.read
        };
        let listing = query::changes(rows, &self.filter, |row| {
            names.get(&row.change.registry).copied().unwrap_or_default()
        });
        self.needs = Needs::of(&listing.rows, world);
        self.pane.accept(scope, listing)
    }

    fn set_filter(&mut self, text: &str, world: &World) {
        self.filter = Filter::new(text);
        // Rows that are on their way go through it when they come.
        if self.pane.is_current() {
            self.show(self.scope.clone(), world);
        }
    }

    fn step(&mut self, step: Step, world: &World) {
        let height = layout::areas(world.size)
            .map_or(1, |areas| Parts::of(areas.body, self.has_days()).rows());
        self.pane.step(step, height);
    }

    /// Shows the crawl that is meant by a step, or none.
    fn show_crawl(&mut self, crawl: Option<OneCrawl>) {
        self.scope.crawl = crawl;
        self.pane.start_at_top();
    }

    /// The crawl before the one that is shown; where none is, that of the selected change.
    fn earlier(&self) -> Option<OneCrawl> {
        match self.scope.crawl {
            Some(crawl) => self.steps.earlier(crawl),
            None => self.selected().map(|row| OneCrawl {
                registry: row.change.registry,
                number: row.change.crawl,
                at: row.change.at,
            }),
        }
    }

    /// Ends what narrows the page, the latest first.
    fn widen(&mut self, world: &World) {
        if !self.filter.text().is_empty() {
            self.set_filter("", world);
        } else if self.scope.crawl.is_some() {
            self.show_crawl(None);
        } else if self.scope.only.is_some() {
            self.restrict(None);
        }
    }

    fn is_narrowed(&self) -> bool {
        !self.filter.text().is_empty() || self.scope.crawl.is_some() || self.scope.only.is_some()
    }

    /// Goes to what the selected change is about.
    fn open(&self, outside: &mut Outside<'_>) {
        let (Some(target), Some(row)) = (self.target(), self.selected()) else {
            return;
        };
        if let (Turn::Gone, Some(tag)) = (row.turn(), row.change.what.tag()) {
            let text = format!("`{tag}` is gone; this is the image it named");
            outside.say(Tone::Plain, text);
        }
        outside.go_to(target);
    }

    /// Opens the page of what the selected tag named, and names now.
    fn compare(&self, outside: &mut Outside<'_>) {
        let Some(row) = self.selected() else {
            return;
        };
        let change = &row.change;
        let (registry, repository) = (change.registry, &change.repository);
        let page = match (&change.what, row.digest()) {
            (What::TagMoved { tag, from, to }, _) => {
                Diff::moved(registry, repository, tag, [from, to], outside.world)
            }
            (what, Some(digest)) => Diff::before(registry, repository, digest, what.tag(), outside),
            (_, None) => return,
        };
        outside.open(page);
    }

    fn copy(&self, command: Command, outside: &mut Outside<'_>) {
        let Some(row) = self.selected() else {
            return;
        };
        let spec = outside.world.known(row.change.registry);
        if let (Some(digest), Some(spec)) = (row.digest(), spec.map(|row| &row.spec)) {
            let tag = row.change.what.tag();
            let named = Named::known(spec, &row.change.repository, tag, Some(digest));
            named.copy(command, outside);
        }
    }

    fn cannot_copy(&self, command: Command) -> Option<Notice> {
        let Some(row) = self.selected() else {
            return Some(Notice::plain("no change is selected"));
        };
        if row.digest().is_none() {
            return Some(Notice::plain("this is about a repository, not an image"));
        }
        (command == Command::CopyTag && row.change.what.tag().is_none())
            .then(|| Notice::plain("this image has no tag; its digest names it"))
    }

    /// Asks what was decided about what went, registry by registry.
    fn ask_decisions(&mut self, outside: &mut Outside<'_>) {
        while self.deciding.is_none()
            && let Some(registry) = self.undecided.pop_first()
        {
            let row = outside.world.known(registry);
            if row.is_some_and(|row| row.decisions > 0) {
                let ticket = outside.ask_anew(Question::Decisions { registry });
                self.deciding = Some((ticket, registry));
            } else {
                self.decided.remove(&registry);
            }
        }
    }

    fn take(
        &mut self,
        ticket: Ticket,
        changes: Vec<Change>,
        has_more: bool,
        world: &World,
    ) -> bool {
        let Some(asked) = self.pane.arrived(ticket) else {
            return false;
        };
        if asked.scope != self.scope {
            return false;
        }
        let mut changes = changes;
        changes.retain(|change| asked.scope.takes(change, world.clock.now));
        self.read = query::change_rows(&changes);
        self.has_more = has_more;
        let former = self.read.iter().filter(|row| row.former().is_some());
        self.undecided = former.map(|row| row.change.registry).collect();
        self.show(asked.scope, world)
    }
}

impl Layer for Changes {
    fn contexts(&self) -> &'static [Context] {
        if self.typing.is_some() {
            return &[Context::Filter, Context::Global];
        }
        &[
            Context::Changes,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn is_typed_into(&self) -> bool {
        self.typing.is_some()
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let says = |is_so: bool, text: &str| is_so.then(|| Notice::plain(text));
        let nothing = self.selected().is_none();
        match command {
            _ if self.typing.is_some() => None,
            Command::Filter => says(self.read.is_empty(), "there is nothing here to filter"),
            Command::Back => says(!self.is_narrowed(), "nothing narrows this page"),
            Command::PreviousTab if self.scope.crawl.is_some() && self.steps.is_loading() => {
                Some(Notice::plain("the crawls are being read"))
            }
            Command::PreviousTab if self.scope.crawl.is_some() => says(
                self.earlier().is_none(),
                "no earlier crawl of this registry whose changes are kept",
            ),
            Command::Diff => match self.selected() {
                None => Some(Notice::plain("no change is selected")),
                Some(row) => says(
                    row.digest().is_none() || row.turn() == Turn::Gone,
                    "only an image that is there can be compared with what it was before",
                ),
            },
            Command::Open | Command::PreviousTab => says(nothing, "no change is selected"),
            Command::NextTab => says(self.scope.crawl.is_none(), "all crawls are shown"),
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                self.cannot_copy(command)
            }
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if let Some(step) = Step::of(command) {
            self.step(step, outside.world);
            return Flow::Stay;
        }
        match command {
            Command::Accept => self.typing = None,
            Command::Back => {
                let was_typed = self.typing.take().is_some();
                if was_typed {
                    self.set_filter("", outside.world);
                } else {
                    self.widen(outside.world);
                }
            }
            Command::Filter => self.typing = Some(Field::new(self.filter.text())),
            Command::Period => {
                self.scope.crawl = None;
                self.scope.period = self.scope.period.next();
                self.pane.start_at_top();
            }
            Command::PreviousTab => {
                let earlier = self.earlier();
                self.show_crawl(earlier);
            }
            Command::NextTab => {
                // Behind the latest crawl all of them come again.
                let later = self.scope.crawl.and_then(|crawl| self.steps.later(crawl));
                self.show_crawl(later);
            }
            Command::Diff => self.compare(outside),
            Command::Open => self.open(outside),
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                self.copy(command, outside);
            }
            _ => {}
        }
        Flow::Stay
    }

    fn target(&self) -> Option<Target> {
        let row = self.selected()?;
        Some(Target {
            registry: row.change.registry,
            repository: row.folded.is_none().then(|| row.change.repository.clone()),
            image: row.digest().cloned(),
            tag: row.change.what.tag().cloned(),
        })
    }

    fn entered(&mut self, outside: &mut Outside<'_>) {
        self.reload(outside);
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if let Some(field) = &mut self.typing {
            field.key(press);
            let text = field.text().to_owned();
            self.set_filter(&text, outside.world);
        }
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let parts = Parts::of(areas.body, self.has_days());
        let touch = self.pane.point(pointed, parts.rows_in(), 1);
        if touch != Touch::Missed && pointed.is_press() {
            self.typing = None;
        }
        touch
    }

    /// Shows changes since then, in the shortest period that reaches so far back.
    fn told(&mut self, words: &str, outside: &mut Outside<'_>) {
        let now = outside.world.clock.now;
        match when::moment(words, now, &outside.world.clock.zone) {
            Ok(since) => {
                self.scope.crawl = None;
                self.scope.period = Period::reaching(since, now);
                self.pane.start_at_top();
            }
            Err(why) => outside.say(Tone::Plain, why),
        }
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let Some(field) = &mut self.typing else {
            return false;
        };
        field.paste(text);
        let text = field.text().to_owned();
        self.set_filter(&text, outside.world);
        true
    }

    fn follow(&mut self, outside: &mut Outside<'_>) {
        let all = &outside.world.all;
        self.scope.registries = all.iter().map(|row| row.id).collect();
        let wanted = if all.is_empty() {
            Wanted::Nothing
        } else {
            Wanted::Of(self.scope.clone())
        };
        let is_new = self.pane.want(wanted);
        if is_new {
            self.enough = FIRST;
        }
        let rows = self.pane.listing.rows.len();
        let is_near_end = self.pane.is_current() && self.pane.list.cursor + AHEAD >= rows;
        let wants_more =
            self.has_more && is_near_end && self.enough < MOST && !self.pane.is_asking();
        if wants_more {
            self.enough *= 2;
        }
        if is_new || wants_more || self.pane.must_ask_again() {
            self.ask(outside);
        }
        if let Some(ticket) = self.pane.withdraw() {
            outside.work(Work::Withdraw { ticket });
        }
        let registry = self.scope.crawl.map(|crawl| crawl.registry);
        self.steps.follow(registry, outside);
        self.ask_decisions(outside);
    }

    fn reload(&mut self, outside: &mut Outside<'_>) {
        self.steps.forget();
        // What is wanted anew is asked for when the page follows.
        if *self.pane.wanted() == Wanted::Of(self.scope.clone()) {
            self.ask(outside);
        }
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.pane.awaits(ticket)
            || self.steps.awaits(ticket)
            || self.deciding.is_some_and(|(asked, _)| asked == ticket)
    }

    fn answered(&mut self, ticket: Ticket, answer: Answer, outside: &mut Outside<'_>) -> bool {
        match answer {
            Answer::Changes(page) => {
                let has_more = page.next.is_some();
                self.take(ticket, page.rows, has_more, outside.world)
            }
            Answer::History(changes) => self.take(ticket, changes, false, outside.world),
            Answer::Crawls(records) => {
                self.steps.take(records);
                false
            }
            Answer::Decisions(decisions) => {
                let Some((_, registry)) = self.deciding.take() else {
                    return false;
                };
                self.decided.insert(registry, decisions);
                true
            }
            _ => false,
        }
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if !self.pane.failed(ticket, trouble) && !self.steps.failed(ticket) {
            self.deciding = None;
        }
    }

    fn registries(&mut self, world: &World) -> bool {
        if let Some(trouble) = &world.broken {
            self.pane.broken = Some(trouble.clone());
        }
        self.pane.broken.is_some()
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        let parts = Parts::of(areas.body, self.has_days());
        self.pane.settle(parts.rows());
    }

    fn moves(&self) -> bool {
        self.pane.is_loading()
    }
}
