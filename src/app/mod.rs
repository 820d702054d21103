//! The screen as a machine: events in, effects out.
//!
//! Owns what is on the screen and what keys do to it. It is pure and synchronous: it
//! blocks on nothing, reads no clock and no file, and starts nothing. `run` feeds it
//! events and carries out its effects; `ui` draws its state.
//!
//! A key goes to the uppermost page, else to the field that is typed into, else through
//! the key map to a command. A question to the inventory carries a ticket; see
//! [`pane`] for how answers are matched.

mod answers;
mod command;
pub mod document;
mod effect;
mod event;
pub mod field;
pub mod key;
pub mod layout;
pub mod list;
pub mod overlay;
pub mod pane;
pub mod scroll;
mod state;
pub mod status;
pub mod words;

pub use command::NO_COMMAND_LINE;
pub use effect::{Effect, ScreenWork, Work};
pub use event::{Event, Ticket};
pub use overlay::SecretRequest;
pub use state::{Notice, State};

use std::collections::BTreeMap;

use overlay::Overlay;

use crate::config::keys::{Command, KeyMap, KeyPress, Meaning};
use crate::model::{Filter, PasswordSource, RegistryId, RegistryRow, SecretKind, Timestamp};
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
    last: Ticket,
    /// The registry to select once it is listed: one that was just added.
    select: Option<RegistryId>,
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
            last: Ticket::default(),
            select: None,
            crawls_at_once: false,
            follows_schedule: false,
            begun: BTreeMap::new(),
        }
    }

    /// Crawls registries by themselves when they are due.
    pub fn follow_schedule(&mut self) {
        self.follows_schedule = true;
    }

    /// When the next registry is due; `None` where none will be by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        let rows = self.state.all.iter().filter(|_| self.follows_schedule);
        rows.filter_map(|row| self.due_at(row)).min()
    }

    /// When a registry is to be crawled by itself. One whose password is asked for waits for
    /// somebody who wants it crawled: no question may come up while something else is typed.
    fn due_at(&self, row: &RegistryRow) -> Option<Timestamp> {
        let is_busy = self.state.is_crawling(row.id) || self.state.is_crawled_elsewhere(row);
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
        self.state.now = now;
        let due: Vec<RegistryRow> = self
            .state
            .all
            .iter()
            .filter(|_| self.follows_schedule)
            .filter(|row| self.due_at(row).is_some_and(|at| at <= now))
            .cloned()
            .collect();
        for row in &due {
            self.begun.insert(row.id, now);
            self.crawl(row, effects);
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
        self.ask_all(&mut effects);
        effects
    }

    /// Takes an event and says what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let changed = match event {
            Event::Key(press) => self.key(press, &mut effects),
            Event::Paste(text) => self.paste(text, &mut effects),
            Event::Resize { width, height } => {
                self.state.size = Size { width, height };
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
        let works = |overlay: &Overlay| match overlay {
            Overlay::Check(check) => check.running.is_some(),
            Overlay::Form(form) => {
                form.saving.is_some() || form.check.as_ref().is_some_and(|c| c.running.is_some())
            }
            _ => false,
        };
        state.areas().is_some()
            && (state.crawls() > state.paused.len()
                || state.registries.is_loading()
                || state.repositories.is_loading()
                || state.images.is_loading()
                || state.overlays.iter().any(works))
    }

    fn ticket(&mut self) -> Ticket {
        self.last.0 += 1;
        self.last
    }

    fn key(&mut self, press: KeyPress, effects: &mut Vec<Effect>) -> bool {
        let said = self.state.notice.take().is_some();
        let contexts = self.state.contexts();
        let typing = self.state.typing.is_some()
            || self.state.command_line.is_some()
            || matches!(
                self.state.overlays.last(),
                Some(Overlay::Form(_) | Overlay::Ask(_))
            );
        let mut pressed = std::mem::take(&mut self.state.pending);
        pressed.push(press);
        let mut meaning = self.state.keys.meaning(contexts, &pressed);
        if meaning == Meaning::Nothing && pressed.len() > 1 {
            // The sequence came to nothing; the key itself may mean something.
            pressed = vec![press];
            meaning = self.state.keys.meaning(contexts, &pressed);
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
                self.typed(press, effects);
                true
            }
            _ => said,
        }
    }

    fn typed(&mut self, press: KeyPress, effects: &mut Vec<Effect>) {
        if let Some(line) = &mut self.state.command_line {
            line.key(press);
        } else if let Some(Overlay::Form(form)) = self.state.overlays.last_mut() {
            if form.saving.is_none() {
                form.key(press);
            }
        } else if let Some(Overlay::Ask(ask)) = self.state.overlays.last_mut() {
            ask.key(press);
        } else if let Some(field) = &mut self.state.typing {
            field.key(press);
            let text = field.text().to_owned();
            self.filter(&text, effects);
        }
    }

    fn paste(&mut self, text: String, effects: &mut Vec<Effect>) -> bool {
        // It may be a password.
        let text = zeroize::Zeroizing::new(text);
        if let Some(line) = &mut self.state.command_line {
            line.paste(&text);
        } else if let Some(Overlay::Form(form)) = self.state.overlays.last_mut() {
            if form.saving.is_none() {
                form.paste(&text);
            }
        } else if let Some(Overlay::Ask(ask)) = self.state.overlays.last_mut() {
            ask.paste(&text);
        } else if let (true, Some(field)) = (self.state.overlays.is_empty(), &mut self.state.typing)
        {
            field.paste(&text);
            let text = field.text().to_owned();
            self.filter(&text, effects);
        } else {
            return false;
        }
        true
    }

    fn tick(&mut self, now: Timestamp) -> bool {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let moved = minute(self.state.now) != minute(now);
        self.state.now = now;
        if self.animates() {
            self.state.beat = self.state.beat.wrapping_add(1);
            return true;
        }
        // A day, or a registry's refresh interval, may have ended.
        moved
    }

    /// Filters the focused pane.
    fn filter(&mut self, text: &str, effects: &mut Vec<Effect>) {
        let filter = Filter::new(text);
        match self.state.focus {
            layout::Focus::Registries => {
                self.state.registries.filter = filter;
                self.show_registries();
            }
            layout::Focus::Repositories => {
                self.state.repositories.filter = filter;
                self.ask_repositories(effects);
            }
            layout::Focus::Images => {
                self.state.images.filter = filter;
                self.ask_images(effects);
            }
        }
    }

    /// The words for a command's key, for sentences that name it.
    fn key_of(&self, command: Command) -> String {
        self.state.keys.key(command)
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
