//! What pages and overlays have in common. The uppermost layer gets the keys; all of them
//! get the news.

use super::document::Tone;
use super::event::{Event, Ticket};
use super::layout::Areas;
use super::page::Target;
use super::pointer::{Pointed, Touch};
use super::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{Answer, Trouble};

/// What becomes of an overlay after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It closes, and what lies below it, too.
    CloseBelow,
}

/// A page, or what lies over it.
pub(super) trait Layer {
    /// Where keys are looked up, the narrowest first.
    fn contexts(&self) -> &'static [Context];

    /// Whether text is typed into it: a key without a meaning is text then, and no
    /// sequence begins.
    fn is_typed_into(&self) -> bool {
        false
    }

    /// Whether what is typed now is a secret.
    fn takes_secret(&self) -> bool {
        false
    }

    /// Why a command can do nothing here now, in the words for it; `None` where it can, or
    /// where there is nothing to say. The line of keys leaves out what cannot be done.
    fn why_not(&self, _command: Command, _world: &World) -> Option<Notice> {
        None
    }

    /// Carries out a command that can do something.
    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow;

    /// What is selected, where that is something in the inventory.
    fn target(&self) -> Option<Target> {
        None
    }

    /// Takes note that the page is shown from now on.
    fn entered(&mut self, _outside: &mut Outside<'_>) {}

    /// The same, where one came back to it: it is to be as it was left.
    fn returned(&mut self, outside: &mut Outside<'_>) {
        self.entered(outside);
    }

    /// Takes what was written behind the page's name.
    fn told(&mut self, words: &str, outside: &mut Outside<'_>) {
        outside.say(Tone::Plain, format!("`{words}` means nothing here"));
    }

    /// Takes a key that is text.
    fn press(&mut self, _press: KeyPress, _outside: &mut Outside<'_>) {}

    /// Takes what was pointed at on it. Says nothing, and opens nothing by itself: what a
    /// command does is done by that.
    fn pointed(&mut self, _pointed: Pointed, _world: &World, _areas: &Areas) -> Touch {
        Touch::Missed
    }

    /// Takes pasted text; `false` where none is typed here.
    fn paste(&mut self, _text: &str, _outside: &mut Outside<'_>) -> bool {
        false
    }

    /// Asks the inventory for what is wanted by now and was not asked for, and spares it
    /// what is wanted no more.
    fn follow(&mut self, _outside: &mut Outside<'_>) {}

    /// Reads again what is shown: the inventory is another. A page that is not shown does
    /// so when it is entered.
    fn reload(&mut self, _outside: &mut Outside<'_>) {}

    /// Takes the registries as they are now, or the news that they cannot be read.
    fn registries(&mut self, _world: &World) -> bool {
        false
    }

    /// Whether the answer with this number is for this layer.
    fn awaits(&self, _ticket: Ticket) -> bool {
        false
    }

    /// Takes an answer that it awaits. `true` where something visible may have changed.
    fn answered(&mut self, _ticket: Ticket, _answer: Answer, _outside: &mut Outside<'_>) -> bool {
        false
    }

    /// Takes the news that an answer that it awaits does not come.
    fn unanswered(&mut self, _ticket: Ticket, _trouble: &Trouble) {}

    /// Takes other news. `true` where something visible may have changed.
    fn hear(&mut self, _event: &Event, _outside: &mut Outside<'_>) -> bool {
        false
    }

    /// Brings every cursor into range and on screen.
    fn settle(&mut self, _world: &World, _areas: &Areas) {}

    /// Whether something on it moves by itself.
    fn moves(&self) -> bool {
        false
    }

    /// Does what is to be done when it closes.
    fn closed(&mut self, _outside: &mut Outside<'_>) {}
}
