//! What is on the screen, and what is known behind it.

use super::layer::Layer;
use super::layout::{self, Areas};
use super::overlay::Overlay;
use super::page::Pages;
use super::world::{Notice, World};
use super::{Size, act};
use crate::config::keys::{Command, Context, KeyMap, KeyPress};
use crate::model::Timestamp;

/// Everything on the screen, and behind it.
#[derive(Clone, Debug)]
pub struct State {
    /// What is known whatever page is looked at.
    pub world: World,
    /// The pages.
    pub pages: Pages,
    /// What lies over the page, the uppermost last.
    pub overlays: Vec<Overlay>,
    /// Keys that begin a sequence.
    pub pending: Vec<KeyPress>,
}

impl State {
    pub(super) fn new(size: Size, now: Timestamp, keys: KeyMap) -> Self {
        Self {
            world: World::new(size, now, keys),
            pages: Pages::default(),
            overlays: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Where everything is; `None` on a screen that is too small.
    pub fn areas(&self) -> Option<Areas> {
        layout::areas(self.world.size)
    }

    /// The layer that gets the keys.
    pub(super) fn top(&self) -> &dyn Layer {
        match self.overlays.last() {
            Some(overlay) => overlay.layer_ref(),
            None => self.pages.shown_ref(),
        }
    }

    /// Where a key is looked up now, the narrowest first.
    pub fn contexts(&self) -> &'static [Context] {
        self.top().contexts()
    }

    /// Why a command can do nothing now.
    pub(super) fn why_not(&self, command: Command) -> Option<Notice> {
        let says = |text: &str| Some(Notice::plain(text));
        match command {
            Command::GoBack if !self.pages.has_trail() => says("there is nowhere to go back to"),
            Command::Undo if !self.world.triage.can_undo() => says("there is no decision to undo"),
            Command::Keep
            | Command::Delete
            | Command::LookAgain
            | Command::Note
            | Command::Undo
                if self.world.triage.is_full() =>
            {
                says("decisions are still being written; try again")
            }
            Command::Add | Command::Import | Command::Duplicate | Command::Remove
                if self.world.read_only =>
            {
                says("with --read-only no registry is added or removed")
            }
            Command::Demo if !self.world.all.is_empty() => {
                says("`supercargo demo` shows the demonstration, beside these registries")
            }
            Command::CrawlAll if self.world.read_only => Some(act::read_only()),
            Command::GoRepository => match self.top().target() {
                Some(target) if target.repository.is_some() => None,
                _ => says("no repository is selected"),
            },
            _ => self.top().why_not(command, &self.world),
        }
    }

    /// Whether a command can do something now.
    pub fn offers(&self, command: Command) -> bool {
        self.why_not(command).is_none()
    }
}
