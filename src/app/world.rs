//! What every page and overlay knows: registries and what is at work on them, the time, the
//! keys, and what was last said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clock::Clock;
use super::document::Tone;
use super::event::Ticket;
use super::layout::{self, Area};
use super::overlay::{Does, Overlay};
use super::page::{PageId, Place, Target};
use super::triage::{self, Triage};
use super::{Effect, Size, Work};
use crate::config::keys::{Command, KeyMap};
use crate::model::{
    CrawlRecord, Failure, Progress, Question, RegistryId, RegistryRow, Timestamp, Trouble,
};

/// Something said in the line at the bottom until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Good, bad or neither.
    pub tone: Tone,
    /// What.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Notice {
    /// Says something, without a hint.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            hint: None,
        }
    }

    /// Says something that is neither good nor bad.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(Tone::Plain, text)
    }
}

impl From<&Trouble> for Notice {
    fn from(trouble: &Trouble) -> Self {
        Self {
            tone: Tone::Bad,
            text: trouble.message.clone(),
            hint: trouble.hint.clone(),
        }
    }
}

/// What is known whatever page is looked at.
#[derive(Clone, Debug)]
pub struct World {
    /// The terminal's size.
    pub size: Size,
    /// The time as last told, and how times are said.
    pub clock: Clock,
    /// The keys.
    pub keys: KeyMap,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Every registry, whatever a filter says.
    pub all: Vec<RegistryRow>,
    /// Crawls that run.
    pub progress: Arc<BTreeMap<RegistryId, Progress>>,
    /// Crawls that were asked for and have not been heard of.
    pub starting: BTreeSet<RegistryId>,
    /// Crawls that were asked to stand still until they are asked to go on.
    pub paused: BTreeSet<RegistryId>,
    /// Crawls that were asked to stop.
    pub stopping: BTreeSet<RegistryId>,
    /// Crawls that could not begin.
    pub refused: BTreeMap<RegistryId, Failure>,
    /// What was last said.
    pub notice: Option<Notice>,
    /// The theme that was chosen here, by its name; the configuration's where none was.
    pub theme: Option<&'static str>,
    /// Whether the terminal is to have no colours, whatever is chosen.
    pub colourless: bool,
    /// What is said until the first key, whatever else there is to say; empty after that.
    pub greeting: &'static str,
    /// Counts ticks, for what moves by itself.
    pub beat: usize,
    /// Decisions on their way, and those that can be undone.
    pub(super) triage: Triage,
    /// Why the registries could not be read.
    pub broken: Option<Trouble>,
    /// The question for the registries, until it is answered, and whether to ask again then.
    asked: Option<Ticket>,
    again: bool,
    /// The number of the last question.
    pub(super) last: Ticket,
}

impl World {
    pub(super) fn new(size: Size, now: Timestamp, keys: KeyMap) -> Self {
        Self {
            size,
            clock: Clock::new(now),
            keys,
            read_only: false,
            all: Vec::new(),
            progress: Arc::default(),
            starting: BTreeSet::new(),
            paused: BTreeSet::new(),
            stopping: BTreeSet::new(),
            refused: BTreeMap::new(),
            notice: None,
            theme: None,
            colourless: false,
            greeting: "",
            beat: 0,
            triage: Triage::default(),
            broken: None,
            asked: None,
            again: false,
            last: Ticket::default(),
        }
    }

    /// The registry of this number.
    pub fn known(&self, id: RegistryId) -> Option<&RegistryRow> {
        self.all.iter().find(|row| row.id == id)
    }

    /// What a registry is called.
    pub fn name_of(&self, registry: RegistryId) -> String {
        self.known(registry).map_or_else(
            || "the registry".to_owned(),
            |row| row.spec.name.to_string(),
        )
    }

    /// Whether a crawl of this registry runs or was asked for.
    pub fn is_crawling(&self, id: RegistryId) -> bool {
        self.progress.contains_key(&id) || self.starting.contains(&id)
    }

    /// Whether another process crawls this registry now.
    pub fn is_crawled_elsewhere(&self, row: &RegistryRow) -> bool {
        row.last_crawl.as_ref().is_some_and(|crawl| crawl.running) && !self.is_crawling(row.id)
    }

    /// Crawls that run or were asked for.
    pub fn crawls(&self) -> usize {
        let starting = self.starting.iter();
        self.progress.len()
            + starting
                .filter(|id| !self.progress.contains_key(id))
                .count()
    }

    /// The cells that overlays write into; none on a screen that is too small.
    pub(super) fn page(&self) -> Area {
        let areas = layout::areas(self.size);
        areas.map_or_else(Area::default, |areas| areas.page.inside())
    }

    /// The words for a command's key, for sentences that name it.
    pub fn key_of(&self, command: Command) -> String {
        self.keys.key(command)
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice::new(tone, text));
    }

    pub(super) fn say_trouble(&mut self, trouble: &Trouble) {
        self.notice = Some(trouble.into());
    }

    /// A number for something that is asked for.
    pub(super) fn ticket(&mut self) -> Ticket {
        self.last.0 += 1;
        self.last
    }

    /// Asks for the registries; after the answer that is under way, where one is.
    pub(super) fn ask_registries(&mut self, effects: &mut Vec<Effect>) {
        if self.asked.is_some() {
            self.again = true;
            return;
        }
        let ticket = self.ticket();
        self.asked = Some(ticket);
        let question = Question::Registries;
        effects.push(Effect::Ask { ticket, question });
    }

    /// Whether the answer with this number is that for the registries, which then is under
    /// way no more.
    pub(super) fn awaited(&mut self, ticket: Ticket) -> bool {
        self.asked.take_if(|asked| *asked == ticket).is_some()
    }

    /// Asks again what changed while a question was under way.
    pub(super) fn follow(&mut self, effects: &mut Vec<Effect>) {
        if self.asked.is_none() && std::mem::take(&mut self.again) {
            self.ask_registries(effects);
        }
    }

    /// Takes the registries as they are now.
    pub(super) fn take_registries(&mut self, rows: Vec<RegistryRow>) -> bool {
        self.broken = None;
        // Why a crawl did not start is of no interest any more once another one has ended.
        for row in &rows {
            let ended = |row: &RegistryRow| {
                let crawl = row.last_crawl.as_ref()?;
                crawl.outcome.map(|_| crawl.number)
            };
            let before = self.known(row.id).and_then(ended);
            if ended(row).is_some_and(|number| before != Some(number)) {
                self.refused.remove(&row.id);
            }
        }
        let changed = self.all != rows;
        self.all = rows;
        changed
    }

    pub(super) fn crawl_over(&mut self, registry: RegistryId) {
        self.starting.remove(&registry);
        self.paused.remove(&registry);
        self.stopping.remove(&registry);
        // The sample of a crawl that is over would go on saying that it runs.
        if self.progress.contains_key(&registry) {
            let mut progress = (*self.progress).clone();
            progress.remove(&registry);
            self.progress = progress.into();
        }
        self.refused.remove(&registry);
    }

    /// Until the inventory is read again, the row would say that the crawl runs.
    pub(super) fn remember(&mut self, registry: RegistryId, record: &CrawlRecord) {
        if let Some(row) = self.all.iter_mut().find(|row| row.id == registry) {
            row.last_crawl = Some(record.clone());
        }
    }
}

/// What a page or overlay can do outside itself.
pub struct Outside<'a> {
    /// What all of them know.
    pub world: &'a mut World,
    /// What is to be done outside the machine.
    pub(super) effects: &'a mut Vec<Effect>,
    /// Overlays to open above all others, in this order.
    pub(super) opened: Vec<Overlay>,
    /// Where to go, or what to do, after this.
    pub(super) goes: Option<Way>,
}

/// Where to go, or what to do, after a layer has done its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// There.
    To(Place),
    /// To where one was.
    Back,
    /// Nowhere: this is done, with the words that were written behind its name, once what
    /// lies uppermost is closed.
    Run(Does, String),
}

impl<'a> Outside<'a> {
    /// What a layer can reach, before it has done anything.
    pub(super) fn new(world: &'a mut World, effects: &'a mut Vec<Effect>) -> Self {
        Self {
            world,
            effects,
            opened: Vec::new(),
            goes: None,
        }
    }

    /// Has some work done.
    pub(super) fn work(&mut self, work: Work) {
        self.effects.push(Effect::Do(work));
    }

    /// Has something done to the terminal.
    pub(super) fn screen(&mut self, work: super::ScreenWork) {
        self.effects.push(Effect::Screen(work));
    }

    /// Asks the inventory.
    pub(super) fn ask(&mut self, ticket: Ticket, question: Question) {
        self.effects.push(Effect::Ask { ticket, question });
    }

    /// Asks the inventory, with a new number.
    pub(super) fn ask_anew(&mut self, question: Question) -> Ticket {
        let ticket = self.world.ticket();
        self.ask(ticket, question);
        ticket
    }

    pub(super) fn open(&mut self, overlay: impl Into<Overlay>) {
        self.opened.push(overlay.into());
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.world.say(tone, text);
    }

    /// Has decisions written, which can be undone.
    pub(super) fn decide(&mut self, step: triage::Step) {
        let World { triage, last, .. } = &mut *self.world;
        triage.make(step, last, self.effects);
    }

    /// Goes to the changes of something in the inventory.
    pub(super) fn go_to_history(&mut self, target: Target) {
        self.goes = Some(Way::To(Place {
            page: PageId::Changes,
            target: Some(target),
        }));
    }

    /// Goes to something in the inventory, and closes what lies over the page.
    pub(super) fn go_to(&mut self, target: Target) {
        self.goes = Some(Way::To(Place {
            page: PageId::Browse,
            target: Some(target),
        }));
    }

    /// Closes what lies uppermost, and does something.
    pub(super) fn run(&mut self, does: Does, words: String) {
        self.goes = Some(Way::Run(does, words));
    }

    /// Goes back to where one was.
    pub(super) fn go_back(&mut self) {
        self.goes = Some(Way::Back);
    }
}
