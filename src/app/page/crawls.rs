//! Crawls of all registries, running and past, the newest first; below them what failed in the
//! selected one.

pub mod below;
pub mod columns;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

pub use below::{Below, CrawlKey, Group};

use crate::app::act;
use crate::app::clock::Clock;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Area, Areas};
use crate::app::list::Step;
use crate::app::overlay::Failures;
use crate::app::page::Target;
use crate::app::pane::{Keyed, Pane, Wanted};
use crate::app::pointer::{Pointed, Touch};
use crate::app::words::{count, counted, lasted};
use crate::app::world::{Notice, Outside, World};
use crate::app::{ScreenWork, Ticket};
use crate::config::keys::{Command, Context};
use crate::model::{
    Answer, CrawlRecord, Listing, Order, Question, RegistryId, RegistryRow, Trouble,
};

/// Crawls of a registry that are listed: its latest.
const LISTED: usize = 500;

/// A crawl.
#[derive(Clone, Debug, PartialEq)]
pub struct CrawlRow {
    /// What it is known by.
    key: CrawlKey,
    /// As it is remembered.
    pub record: CrawlRecord,
}

impl CrawlRow {
    /// Its registry.
    pub fn registry(&self) -> RegistryId {
        self.key.0
    }
}

impl Keyed for CrawlRow {
    type Key = CrawlKey;
    fn key(&self) -> CrawlKey {
        self.key
    }
}

/// What keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The crawls.
    #[default]
    Crawls,
    /// What failed in the selected one.
    Failures,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Crawls {
    /// The crawls.
    pub pane: Pane<CrawlRow, (), ()>,
    /// What failed in the selected one.
    pub below: Below,
    /// What keys go to.
    pub focus: Part,
    /// The crawls of each registry, the oldest first.
    known: BTreeMap<RegistryId, Vec<CrawlRecord>>,
    /// Registries whose crawls are to be read.
    unread: BTreeSet<RegistryId>,
    asked: Option<(Ticket, RegistryId)>,
}

impl Default for Crawls {
    fn default() -> Self {
        Self {
            pane: Pane::new(Wanted::Of(()), Order::default()),
            below: Below::default(),
            focus: Part::default(),
            known: BTreeMap::new(),
            unread: BTreeSet::new(),
            asked: None,
        }
    }
}

/// Where the parts of the page are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// How many there are.
    pub head: Area,
    /// Headings and rows.
    pub table: Area,
    /// What there is to say of the selected one, a rule above it.
    pub below: Area,
}

/// Rows of crawls that are seen, whatever there is to say of one.
const LEAST: u16 = 6;

impl Parts {
    /// Where the crawls are: below their headings.
    fn rows_in(self) -> Area {
        self.table.rows(1, self.table.height)
    }

    /// The crawls that fit there.
    fn rows(self) -> usize {
        usize::from(self.rows_in().height)
    }

    /// Where the groups of failures are: below a rule and so many lines of facts.
    fn groups_in(self, facts: usize) -> Area {
        let above = u16::try_from(facts).unwrap_or(u16::MAX).saturating_add(1);
        self.below
            .rows(above.min(self.below.height), self.below.height)
    }

    /// The groups of failures that fit below so many lines of facts.
    fn groups(self, facts: usize) -> usize {
        usize::from(self.groups_in(facts).height).max(1)
    }
}

impl Crawls {
    /// The selected crawl.
    pub fn selected(&self) -> Option<&CrawlRow> {
        self.pane.selected()
    }

    /// Its key, and how many failures it has.
    fn wanted(&self) -> Option<(CrawlKey, u64)> {
        let row = self.selected()?;
        Some((row.key, row.record.failures))
    }

    /// How many crawls are listed, of how many.
    pub fn total(&self) -> String {
        let listing = &self.pane.listing;
        let (shown, all) = (listing.rows.len() as u64, listing.total as u64);
        if shown < all {
            format!("the latest {} of {} crawls", count(shown), count(all))
        } else {
            counted(all, "crawl", "crawls")
        }
    }

    /// Whether crawls are being read for the first time.
    pub fn is_loading(&self) -> bool {
        self.pane.listing.rows.is_empty() && (self.asked.is_some() || !self.unread.is_empty())
    }

    /// What there is to say of the selected crawl beside its failures, a line each.
    pub fn facts(&self, clock: &Clock) -> Vec<String> {
        let Some(row) = self.selected() else {
            return Vec::new();
        };
        let record = &row.record;
        let mut facts = Vec::new();
        if let Some(at) = record.resume_at {
            let at = clock.moment(at);
            facts.push(format!("the registry's quota ended it; it can go on {at}"));
        }
        let held = record.traffic.held;
        if !held.away.is_zero() {
            facts.push(format!("the registry was away for {}", lasted(held.away)));
        }
        if !held.refused.is_zero() {
            let with = held.refused_with;
            let with = with.map_or_else(String::new, |status| format!(" (HTTP {status})"));
            let held = lasted(held.refused);
            facts.push(format!("the registry let nothing be read for {held}{with}"));
        }
        if record.traffic.retries > 0 {
            let retries = counted(record.traffic.retries, "request was", "requests were");
            facts.push(format!("{retries} sent again"));
        }
        if record.mismatched > 0 {
            let images = counted(record.mismatched, "image differs", "images differ");
            facts.push(format!("{images} from what was kept of it"));
        }
        if let Some(whole) = record.retry_of {
            facts.push(format!(
                "only what failed since crawl {}, begun {}, was read again",
                whole.number,
                clock.moment(whole.started)
            ));
        }
        facts.extend(record.notes.iter().cloned());
        facts
    }

    /// Where the parts are on a page in this area.
    pub fn parts(&self, clock: &Clock, body: Area) -> Parts {
        let lines = match self.selected() {
            Some(row) if row.record.failures > 0 => self.below.groups.len().max(1),
            _ => 0,
        } + self.facts(clock).len();
        let lines = u16::try_from(lines).unwrap_or(u16::MAX);
        let room = body.height.saturating_sub(2 + LEAST).min(body.height / 2);
        let below = match lines {
            0 => 0,
            lines => lines.saturating_add(1).min(room),
        };
        Parts {
            head: body.rows(0, 1),
            table: body.rows(1, body.height.saturating_sub(1 + below)),
            below: body.rows(body.height - below, below),
        }
    }

    /// Puts the crawls of all registries together: those that run, then the newest.
    fn show(&mut self) -> bool {
        let mut rows: Vec<CrawlRow> = Vec::new();
        let mut total = 0;
        for (registry, crawls) in &self.known {
            total += crawls.len();
            let latest = crawls.iter().rev().take(LISTED);
            rows.extend(latest.map(|record| CrawlRow {
                key: (*registry, record.number),
                record: record.clone(),
            }));
        }
        // Two of one registry may have begun in one second.
        rows.sort_by_key(|row| {
            let (registry, number) = row.key;
            let started = Reverse(row.record.started);
            (!row.record.running, started, registry, Reverse(number))
        });
        self.pane.accept((), Listing::whole(rows, total))
    }

    fn registry<'w>(&self, world: &'w World) -> Option<&'w RegistryRow> {
        world.known(self.selected()?.key.0)
    }

    /// Whether the selected crawl is the latest of its registry.
    fn is_latest(&self, world: &World) -> bool {
        let latest = self.registry(world).and_then(|row| row.last_crawl.as_ref());
        let selected = self.selected().map(|row| row.record.number);
        latest.map(|crawl| crawl.number) == selected
    }

    fn step(&mut self, step: Step, world: &World) {
        let Some(areas) = layout::areas(world.size) else {
            return;
        };
        let parts = self.parts(&world.clock, areas.body);
        match self.focus {
            Part::Crawls => {
                self.pane.step(step, parts.rows());
            }
            Part::Failures => {
                let height = parts.groups(self.facts(&world.clock).len());
                self.below.list.step(step, self.below.groups.len(), height);
            }
        }
    }

    /// The list of all failures of the selected crawl; on the selected kind, where keys go
    /// to those.
    fn open(&self, outside: &mut Outside<'_>) {
        let (Some(row), Some(crawl)) = (self.registry(outside.world).cloned(), self.selected())
        else {
            return;
        };
        let mut list = Failures::begin(&row, crawl.record.clone(), outside);
        if self.below.is_of(crawl.key) {
            list.take(self.below.failures.clone());
            if let (Part::Failures, Some(group)) = (self.focus, self.below.selected()) {
                list.select(group.members.first().copied().unwrap_or(0));
            }
        }
        outside.open(list);
    }

    fn why_no_failures(&self, world: &World) -> Option<Notice> {
        let Some(row) = self.selected() else {
            return Some(nothing_selected(world));
        };
        (row.record.failures == 0).then(|| {
            Notice::plain(if row.record.running {
                "this crawl has no failures so far"
            } else {
                "this crawl had no failures"
            })
        })
    }

    /// Sees which registries have other crawls than were read.
    fn compare(&mut self, world: &World) {
        let is_there =
            |id: &RegistryId| world.known(*id).is_some_and(|row| row.last_crawl.is_some());
        self.known.retain(|id, _| is_there(id));
        self.unread.retain(is_there);
        for row in &world.all {
            let Some(latest) = &row.last_crawl else {
                continue;
            };
            let known = self.known.get_mut(&row.id).and_then(|all| all.last_mut());
            match known {
                // Its earlier crawls are what they were.
                Some(known) if known.number == latest.number => *known = latest.clone(),
                _ => {
                    self.unread.insert(row.id);
                }
            }
        }
    }
}

fn nothing_selected(world: &World) -> Notice {
    let key = world.key_of(Command::CrawlAll);
    Notice::plain(format!(
        "there is no crawl yet; {key} crawls every registry"
    ))
}

impl Layer for Crawls {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Crawls,
            Context::Pages,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        match command {
            Command::Open | Command::Failures => self.why_no_failures(world),
            Command::NextPane | Command::PreviousPane | Command::Right
                if self.focus == Part::Crawls =>
            {
                self.why_no_failures(world)
            }
            Command::CopyReference => match self.why_no_failures(world) {
                None if self.below.failure().is_none() => {
                    Some(Notice::plain("the failures are being read"))
                }
                why => why,
            },
            Command::Left if self.focus == Part::Crawls => {
                Some(Notice::plain("the crawls are what is selected"))
            }
            Command::Back if self.focus == Part::Crawls => {
                Some(Notice::plain("nothing narrows this page"))
            }
            Command::Retry if self.focus == Part::Failures && !self.is_latest(world) => {
                Some(act::older_crawl())
            }
            Command::Crawl | Command::Retry | Command::Cancel | Command::Pause => {
                match self.registry(world) {
                    Some(row) => act::why_not(row, command, world),
                    None => Some(nothing_selected(world)),
                }
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
            Command::Open | Command::Failures => self.open(outside),
            Command::NextPane | Command::PreviousPane => {
                self.focus = match self.focus {
                    Part::Crawls => Part::Failures,
                    Part::Failures => Part::Crawls,
                };
            }
            Command::Right => self.focus = Part::Failures,
            Command::Left | Command::Back => self.focus = Part::Crawls,
            Command::CopyReference => {
                if let Some(failure) = self.below.failure() {
                    let hint = failure.hint.as_deref().unwrap_or_default();
                    let text = format!("{failure} {hint}").trim().to_owned();
                    outside.screen(ScreenWork::Copy(text));
                }
            }
            Command::Retry if self.focus == Part::Failures => {
                if let Some(row) = self.registry(outside.world).cloned() {
                    act::retry(&row, act::retry_of(self.below.meant()), outside);
                }
            }
            Command::Crawl | Command::Retry | Command::Cancel | Command::Pause => {
                if let Some(row) = self.registry(outside.world).cloned() {
                    act::on_registry(&row, command, outside);
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    fn target(&self) -> Option<Target> {
        let row = self.selected()?;
        let mut target = Target::registry(row.key.0);
        if self.focus == Part::Failures {
            let failure = self.below.failure();
            target.repository = failure.and_then(|failure| failure.repository.clone());
        }
        Some(target)
    }

    fn pointed(&mut self, pointed: Pointed, world: &World, areas: &Areas) -> Touch {
        let parts = self.parts(&world.clock, areas.body);
        let (mut part, mut touch) = (Part::Crawls, self.pane.point(pointed, parts.rows_in(), 1));
        if touch == Touch::Missed {
            let area = parts.groups_in(self.facts(&world.clock).len());
            let len = self.below.groups.len();
            (part, touch) = (Part::Failures, self.below.list.point(pointed, area, 1, len));
        }
        if touch == Touch::Missed || !pointed.is_press() || self.focus == part {
            return touch;
        }
        self.focus = part;
        Touch::Done
    }

    fn follow(&mut self, outside: &mut Outside<'_>) {
        if self.asked.is_none()
            && let Some(registry) = self.unread.pop_first()
        {
            let ticket = outside.ask_anew(Question::Crawls { registry });
            self.asked = Some((ticket, registry));
        }
        let wanted = self.wanted();
        self.below.follow(wanted, outside);
        if wanted.is_none_or(|(_, failures)| failures == 0) {
            self.focus = Part::Crawls;
        }
    }

    fn entered(&mut self, outside: &mut Outside<'_>) {
        self.compare(outside.world);
        self.show();
    }

    fn registries(&mut self, world: &World) -> bool {
        if let Some(trouble) = &world.broken {
            self.pane.broken = Some(trouble.clone());
            return true;
        }
        self.compare(world);
        self.show()
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == ticket) || self.below.awaits(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        match answer {
            Answer::Crawls(records) => {
                if let Some((_, registry)) = self.asked.take() {
                    self.known.insert(registry, records);
                }
                self.show()
            }
            Answer::Failures(failures) => self.below.take(failures),
            _ => false,
        }
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if !self.below.failed(ticket, trouble) {
            self.asked = None;
            self.pane.broken = Some(trouble.clone());
        }
    }

    fn settle(&mut self, world: &World, areas: &Areas) {
        let parts = self.parts(&world.clock, areas.body);
        self.pane.settle(parts.rows());
        let height = parts.groups(self.facts(&world.clock).len());
        self.below.list.settle(self.below.groups.len(), height);
    }

    fn moves(&self) -> bool {
        self.is_loading() || self.below.is_loading()
    }
}
