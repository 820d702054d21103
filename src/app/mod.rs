//! The screen as a machine: events in, effects out.
//!
//! Owns what is on the screen and what keys do to it. It is pure and synchronous: it
//! blocks on nothing, reads no clock and no file, and starts nothing. `run` feeds it
//! events and carries out its effects; `ui` draws its state.

mod effect;
mod event;
pub mod key;
pub mod list;

pub use effect::{Effect, PasswordEntry};
pub use event::{Event, SaveError, Ticket, Trouble};

use crate::config::keys::KeyMap;
use crate::model::Timestamp;

/// Columns and rows of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Everything on the screen, and behind it.
#[derive(Clone, Debug)]
pub struct State {
    /// The terminal's size.
    pub size: Size,
    /// The time as last told.
    pub now: Timestamp,
    /// The keys.
    pub keys: KeyMap,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct App {
    /// What `ui` draws.
    pub state: State,
    revision: u64,
}

impl App {
    /// A machine that has not asked for anything yet; [`App::start`] does.
    pub fn new(size: Size, now: Timestamp, keys: KeyMap) -> Self {
        Self {
            state: State { size, now, keys },
            revision: 0,
        }
    }

    /// The first questions.
    pub fn start(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    /// Takes an event and says what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        if let Event::Quit = event {
            return vec![Effect::Quit];
        }
        self.revision += 1;
        Vec::new()
    }

    /// A number that moves only when something visible changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether something moves by itself: ticks are wanted, four a second.
    pub fn animates(&self) -> bool {
        false
    }

    /// Whether something on screen says how long ago it was: ticks are wanted, one a
    /// minute.
    pub fn ages(&self) -> bool {
        false
    }
}
