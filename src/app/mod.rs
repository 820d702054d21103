//! The screen as a machine: events in, effects out.
//!
//! Owns what is on the screen and what keys do to it. It is pure and synchronous: it
//! blocks on nothing, reads no clock and no file, and starts nothing. `run` feeds it
//! events and carries out its effects; `ui` draws its state.
//!
//! A key goes to the uppermost page, else to the field that is typed into, else through
//! the key map to a command. A question to the inventory carries a ticket; see
//! [`pane`] for how answers are matched.

mod act;
mod by_name;
pub mod clock;
mod command;
pub mod completion;
pub mod document;
mod effect;
mod event;
pub mod field;
pub mod header;
pub mod key;
mod keyed;
mod layer;
pub mod layout;
pub mod list;
pub mod marks;
mod memory;
mod news;
pub mod overlay;
pub mod page;
pub mod pane;
pub mod pointer;
pub mod record;
pub mod sorts;
mod state;
pub mod status;
pub mod table;
pub mod triage;
pub mod words;
mod world;

pub use effect::{Effect, ScreenWork, Viewer, Work};
pub use event::{Event, ImportRefused, Imported, Inspection, Ticket};
pub use overlay::SecretRequest;
pub use state::State;
pub use world::{Notice, Outside, World};

use std::collections::BTreeMap;

use document::Tone;
use layer::Layer;
use page::{Pages, Place};
use pointer::{Pointed, Touch};
use world::Way;

use crate::config::keys::{Command, KeyMap, KeyPress, Meaning};
use crate::model::{PasswordSource, RegistryId, RegistryRow, SecretKind, Timestamp};
use crate::query::schedule;

/// Columns and rows of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct App {
    /// What `ui` draws.
    pub state: State,
    revision: u64,
    /// Whether every active registry is to be crawled once they are listed.
    crawls_at_once: bool,
    /// Whether registries are crawled by themselves when they are due, and when each was
    /// last begun so: one that could not be begun is not tried again at once.
    follows_schedule: bool,
    begun: BTreeMap<RegistryId, Timestamp>,
}

impl App {
    /// A machine that has not asked for anything yet; [`App::start`] does.
    pub fn new(size: Size, now: Timestamp, keys: KeyMap) -> Self {
        Self {
            state: State::new(size, now, keys),
            revision: 0,
            crawls_at_once: false,
            follows_schedule: false,
            begun: BTreeMap::new(),
        }
    }

    /// Crawls registries by themselves when they are due.
    pub fn follow_schedule(&mut self) {
        self.follows_schedule = true;
    }

    /// Shows registries' settings to be looked at: nothing may be saved.
    pub fn read_only(&mut self) {
        self.state.world.read_only = true;
    }

    /// When the next registry is due; `None` where none will be by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        let rows = self
            .state
            .world
            .all
            .iter()
            .filter(|_| self.follows_schedule);
        rows.filter_map(|row| self.due_at(row)).min()
    }

    /// When an age that is shown may change, as [`Event::Tick`] then tells. What a crawl
    /// found is no younger than its crawl.
    pub fn next_age(&self) -> Option<Timestamp> {
        let world = &self.state.world;
        let crawls = world.all.iter().filter_map(|row| row.last_crawl.as_ref());
        let ends = crawls.filter_map(|crawl| {
            let took = crawl.elapsed.unwrap_or_default();
            crawl.started.checked_add(took).ok()
        });
        world.clock.next_change(ends.max()?)
    }

    /// When a registry is to be crawled by itself. One whose password is asked for waits for
    /// somebody who wants it crawled: no question may come up while something else is typed.
    fn due_at(&self, row: &RegistryRow) -> Option<Timestamp> {
        let is_busy =
            self.state.world.is_crawling(row.id) || self.state.world.is_crawled_elsewhere(row);
        let asks = |kind| *row.spec.place(kind) == PasswordSource::Session;
        if is_busy || SecretKind::ALL.into_iter().any(asks) {
            return None;
        }
        let due = schedule::due_at(row)?;
        match (self.begun.get(&row.id), row.spec.refresh_interval) {
            (Some(begun), Some(interval)) => Some(due.max(begun.checked_add(interval).ok()?)),
            _ => Some(due),
        }
    }

    /// Begins what is due.
    fn begin_due(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        self.state.world.clock.now = now;
        let due: Vec<RegistryRow> = self
            .state
            .world
            .all
            .iter()
            .filter(|_| self.follows_schedule)
            .filter(|row| self.due_at(row).is_some_and(|at| at <= now))
            .cloned()
            .collect();
        for row in &due {
            self.begun.insert(row.id, now);
            self.outside(effects, |outside| act::crawl(row, outside));
        }
        !due.is_empty()
    }

    /// Crawls every active registry as soon as it knows which there are, without a key.
    pub fn crawl_at_once(&mut self) {
        self.crawls_at_once = true;
    }

    /// The first questions.
    pub fn start(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.state.world.ask_registries(&mut effects);
        self.on_top(&mut effects, |page, outside| page.entered(outside));
        effects
    }

    /// Takes an event and says what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let changed = match event {
            Event::Key(press) => self.key(press, &mut effects),
            Event::Paste(text) => self.paste(text, &mut effects),
            Event::Pointed(pointed) => self.pointed(pointed, &mut effects),
            Event::Resize { width, height } => {
                self.state.world.size = Size { width, height };
                true
            }
            Event::Tick(now) => self.tick(now),
            Event::Due(now) => self.begin_due(now, &mut effects),
            Event::Quit => {
                effects.push(Effect::Screen(ScreenWork::Quit));
                false
            }
            answer => self.take(answer, &mut effects),
        };
        self.follow(&mut effects);
        self.settle();
        self.revision += u64::from(changed);
        effects
    }

    /// A number that moves only when something visible may have changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether something moves by itself: ticks are wanted, four a second.
    pub fn animates(&self) -> bool {
        let state = &self.state;
        let mut overlays = state.overlays.iter();
        state.areas().is_some()
            && (state.world.crawls() > state.world.paused.len()
                || state.pages.shown_ref().moves()
                || overlays.any(|overlay| overlay.layer_ref().moves()))
    }

    fn key(&mut self, press: KeyPress, effects: &mut Vec<Effect>) -> bool {
        self.state.world.notice = None;
        self.state.world.greeting = "";
        let contexts = self.state.contexts();
        let typing = self.state.top().is_typed_into();
        let mut pressed = std::mem::take(&mut self.state.pending);
        pressed.push(press);
        let tried: String = pressed.iter().map(ToString::to_string).collect();
        let mut meaning = self.state.world.keys.meaning(contexts, &pressed);
        if meaning == Meaning::Nothing && pressed.len() > 1 {
            // The sequence came to nothing; the key itself may mean something.
            pressed = vec![press];
            meaning = self.state.world.keys.meaning(contexts, &pressed);
        }
        match meaning {
            Meaning::Command(command) => {
                self.command(command, effects);
                true
            }
            // What is typed is text, not the beginning of a sequence.
            Meaning::Beginning if !typing => {
                self.state.pending = pressed;
                true
            }
            _ if typing => {
                self.on_top(effects, |top, outside| top.press(press, outside));
                true
            }
            _ => {
                let world = &mut self.state.world;
                let help = world.key_of(Command::Help);
                let said = format!("{tried} means nothing here; {help} lists the keys");
                world.say(Tone::Plain, said);
                true
            }
        }
    }

    fn paste(&mut self, text: String, effects: &mut Vec<Effect>) -> bool {
        // It may be a password.
        let text = zeroize::Zeroizing::new(text);
        self.on_top(effects, |top, outside| top.paste(&text, outside))
    }

    /// Takes what was pointed at. The pages' names are pressed where nothing lies over the page;
    /// a form that is half filled in is not left by a slip of the hand.
    fn pointed(&mut self, pointed: Pointed, effects: &mut Vec<Effect>) -> bool {
        let Some(areas) = self.state.areas() else {
            return false;
        };
        let is_page = pointed.is_press() && self.state.overlays.is_empty();
        let (tabs, _) = header::tabs(areas.header, self.state.pages.at);
        let mut pressed = tabs.into_iter().filter(|_| is_page);
        if let Some(tab) = pressed.find(|tab| pointed.is_in(tab.area)) {
            self.touched();
            let (page, target) = (tab.page, None);
            self.go(Place { page, target }, effects);
            return true;
        }
        let State {
            world,
            overlays,
            pages,
            ..
        } = &mut self.state;
        let touch = match overlays.last_mut() {
            Some(overlay) => overlay.layer().pointed(pointed, world, &areas),
            None => pages.shown().pointed(pointed, world, &areas),
        };
        if touch != Touch::Missed {
            self.touched();
        }
        if let Touch::Means(command) = touch {
            self.command(command, effects);
        }
        touch != Touch::Missed
    }

    /// Ends what is said until something is done, and the sequence that keys began.
    fn touched(&mut self) {
        self.state.world.notice = None;
        self.state.world.greeting = "";
        self.state.pending.clear();
    }

    fn tick(&mut self, now: Timestamp) -> bool {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let moved = minute(self.state.world.clock.now) != minute(now);
        self.state.world.clock.now = now;
        if self.animates() {
            self.state.world.beat = self.state.world.beat.wrapping_add(1);
            return true;
        }
        // A day, or a registry's refresh interval, may have ended.
        moved
    }

    /// Does something that is of no layer. What it opens lies above all others.
    fn outside<T>(
        &mut self,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut Outside<'_>) -> T,
    ) -> T {
        let State {
            world, overlays, ..
        } = &mut self.state;
        let mut outside = Outside::new(world, effects);
        let done = act(&mut outside);
        overlays.append(&mut outside.opened);
        done
    }

    /// Does something with the layer that gets the keys.
    fn on_top<T>(
        &mut self,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut dyn Layer, &mut Outside<'_>) -> T,
    ) -> T {
        let State {
            world,
            overlays,
            pages,
            ..
        } = &mut self.state;
        let mut outside = Outside::new(world, effects);
        let top = match overlays.last_mut() {
            Some(overlay) => overlay.layer(),
            None => pages.shown(),
        };
        let done = act(top, &mut outside);
        let Outside {
            mut opened, goes, ..
        } = outside;
        overlays.append(&mut opened);
        match goes {
            Some(Way::To(place)) => {
                self.leave_overlays(effects);
                self.go(place, effects);
            }
            Some(Way::Back) => {
                self.leave_overlays(effects);
                self.command(Command::GoBack, effects);
            }
            Some(Way::Run(does, words)) => {
                self.close(effects);
                self.run(does, &words, effects);
            }
            None => {}
        }
        done
    }

    /// Does something with every layer, pages first.
    fn on_all(
        &mut self,
        effects: &mut Vec<Effect>,
        act: impl FnMut(&mut dyn Layer, &mut Outside<'_>),
    ) {
        self.on_each(effects, |pages| pages.all().into(), act);
    }

    /// Does something with every layer that is shown: the page, and what lies over it.
    fn on_shown(
        &mut self,
        effects: &mut Vec<Effect>,
        act: impl FnMut(&mut dyn Layer, &mut Outside<'_>),
    ) {
        self.on_each(effects, |pages| vec![pages.shown()], act);
    }

    /// Does something with these pages, and then with every overlay.
    fn on_each(
        &mut self,
        effects: &mut Vec<Effect>,
        which: fn(&mut Pages) -> Vec<&mut dyn Layer>,
        mut act: impl FnMut(&mut dyn Layer, &mut Outside<'_>),
    ) {
        let State {
            world,
            overlays,
            pages,
            ..
        } = &mut self.state;
        let mut outside = Outside::new(world, effects);
        for page in which(pages) {
            act(page, &mut outside);
        }
        for overlay in overlays.iter_mut() {
            act(overlay.layer(), &mut outside);
        }
        let mut opened = outside.opened;
        overlays.append(&mut opened);
    }

    /// Closes the uppermost overlay.
    fn close(&mut self, effects: &mut Vec<Effect>) {
        if let Some(mut overlay) = self.state.overlays.pop() {
            self.outside(effects, |outside| overlay.layer().closed(outside));
        }
    }

    /// Closes what lies over the page.
    fn leave_overlays(&mut self, effects: &mut Vec<Effect>) {
        while !self.state.overlays.is_empty() {
            self.close(effects);
        }
    }

    /// Goes to a place.
    fn go(&mut self, place: Place, effects: &mut Vec<Effect>) {
        self.state.pages.go(place);
        self.on_top(effects, |page, outside| page.entered(outside));
    }

    /// Reads again what is shown.
    fn reload(&mut self, effects: &mut Vec<Effect>) {
        self.state.world.ask_registries(effects);
        self.on_shown(effects, |layer, outside| layer.reload(outside));
    }

    /// Asks for what is wanted by now.
    fn follow(&mut self, effects: &mut Vec<Effect>) {
        self.state.world.follow(effects);
        self.on_shown(effects, |layer, outside| layer.follow(outside));
    }

    /// Brings every cursor into range and on screen.
    fn settle(&mut self) {
        let Some(areas) = self.state.areas() else {
            return;
        };
        let State {
            world,
            overlays,
            pages,
            ..
        } = &mut self.state;
        for page in pages.all() {
            page.settle(world, &areas);
        }
        for overlay in overlays {
            overlay.layer().settle(world, &areas);
        }
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
pub(crate) mod past_fixture;
#[cfg(test)]
pub(crate) mod tests;
