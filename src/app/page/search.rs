//! Where something is, as it is typed: a line, and below it what is found in all registries.
//!
//! The inventory is asked for the first hits as soon as the line is another, then for those
//! that follow, as long as the page is looked at. One question is in flight; one for what
//! the line no longer says is withdrawn, and its answer dropped.

mod built;
pub mod columns;
mod found;

pub use found::{Elsewhere, Found, MOST, Narrowing};

use built::Built;
pub use built::WhenBuilt;

use crate::app::act::Named;
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Areas, search_in, search_rows};
use crate::app::list::Step;
use crate::app::overlay::Diff;
use crate::app::page::Target;
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::app::{Ticket, Work};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{self, Answer, Cursor, Question, RegistryId, Trouble};

/// Hits that are asked for first: more than a screen has, so that they come at once.
const FIRST: usize = 200;

/// The page.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is searched for, as it is typed.
    pub field: Field,
    /// Whether the line is typed into; else keys move through the hits.
    pub is_typed: bool,
    /// What was found.
    pub found: Found,
    /// Why there are no hits.
    pub broken: Option<Trouble>,
    /// What the line says; `None` without a word.
    wanted: Option<model::Search>,
    /// Where it was last searched for.
    registries: Vec<RegistryId>,
    /// What the hits are of.
    shown: Option<model::Search>,
    next: Next,
    flight: Option<Flight>,
    /// When the images of the hits on screen were built.
    pub built: Built,
}

/// What is to be asked as soon as nothing is in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    /// The first hits.
    First,
    /// Those that follow.
    Behind(Cursor),
    /// All, as they are now.
    Again,
}

/// A question on its way.
#[derive(Clone, Debug)]
struct Flight {
    ticket: Ticket,
    /// What it asks for.
    search: model::Search,
    /// Whether its hits follow those that are there.
    follows: bool,
    /// Whether more hits than are there now are awaited of it.
    is_new: bool,
    is_withdrawn: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            field: Field::default(),
            is_typed: true,
            found: Found::default(),
            broken: None,
            wanted: None,
            registries: Vec::new(),
            shown: None,
            next: Next::Nothing,
            flight: None,
            built: Built::default(),
        }
    }
}

impl Search {
    /// What the line says; `None` without a word.
    pub fn wanted(&self) -> Option<&model::Search> {
        self.wanted.as_ref()
    }

    /// Whether the hits are of what the line says.
    pub fn is_current(&self) -> bool {
        self.wanted == self.shown
    }

    /// Whether more hits may come.
    pub fn is_reading(&self) -> bool {
        let in_flight = self.flight.as_ref().is_some_and(|flight| flight.is_new);
        self.wanted.is_some() && (in_flight || matches!(self.next, Next::First | Next::Behind(_)))
    }

    /// The selected hit; none while the hits are of something else.
    pub fn selected(&self) -> Option<&model::Hit> {
        self.found.selected().filter(|_| self.is_current())
    }

    /// Searches for what the line says now.
    fn search(&mut self) {
        let wanted = model::Search::new(self.field.text());
        if wanted == self.wanted {
            return;
        }
        self.wanted = wanted;
        self.broken = None;
        self.next = Next::First;
        if self.wanted.is_none() {
            self.found.replace(Vec::new());
            self.shown = None;
            self.next = Next::Nothing;
        }
    }

    /// Searches for the same in what the inventory is now.
    fn search_again(&mut self) {
        if self.wanted.is_none() || self.next == Next::First {
            return;
        }
        let flight = self.flight.as_ref();
        let is_asked = flight.is_some_and(|flight| !flight.is_withdrawn);
        self.next = if is_asked || self.is_current() {
            Next::Again
        } else {
            Next::First
        };
    }

    fn ask(&mut self, outside: &mut Outside<'_>) {
        let Some(search) = self.wanted.clone() else {
            return;
        };
        let rows = outside.world.all.iter();
        let registries: Vec<_> = rows.map(|row| row.id).collect();
        if registries.is_empty() {
            return;
        }
        let next = std::mem::replace(&mut self.next, Next::Nothing);
        let is_new = next != Next::Again;
        let (after, enough) = match next {
            Next::Nothing => return,
            Next::First => (None, FIRST),
            Next::Behind(cursor) => (Some(cursor), MOST - self.found.len()),
            Next::Again => (None, MOST),
        };
        let follows = after.is_some();
        self.registries.clone_from(&registries);
        let ticket = outside.ask_anew(Question::Search {
            registries,
            search: Box::new(search.clone()),
            after,
            enough,
        });
        self.flight = Some(Flight {
            ticket,
            search,
            follows,
            is_new,
            is_withdrawn: false,
        });
    }

    /// Asks when the images of the hits on screen were built.
    fn ask_built(&mut self, outside: &mut Outside<'_>) {
        let Some(areas) = layout::areas(outside.world.size) else {
            return;
        };
        if !self.is_current() {
            return;
        }
        let from = self.found.list.offset;
        let rows = from..from + search_rows(areas.body);
        let found = &self.found;
        let hits = rows.filter_map(|row| found.row(row)).map(|(hit, _)| hit);
        self.built.want(hits, outside);
    }

    /// What the selected hit names.
    fn named(&self, world: &World) -> Option<Named> {
        let hit = self.selected()?;
        Some(Named::hit(&world.known(hit.registry)?.spec, hit))
    }

    /// Why there is no hit to do something with.
    fn nothing_selected(&self, world: &World) -> Notice {
        Notice::plain(if world.all.is_empty() {
            "there is no registry yet to search in"
        } else if self.wanted.is_none() {
            "nothing is searched for yet"
        } else if self.broken.is_some() {
            "the inventory could not be searched"
        } else if !self.is_current() || self.is_reading() {
            "still searching"
        } else {
            "no hit is selected"
        })
    }

    /// Looks at hits of one kind.
    pub(in crate::app) fn narrow_to(&mut self, narrowing: Narrowing) {
        self.found.narrow(narrowing);
    }

    fn narrow(&mut self, by: usize) {
        let narrowing = self.found.narrowing().turned(by);
        self.found.narrow(narrowing);
    }
}

impl Layer for Search {
    fn contexts(&self) -> &'static [Context] {
        use Context::{Global, Move, Pages, Search, SearchLine};
        if self.is_typed {
            &[SearchLine, Global]
        } else {
            &[Search, Pages, Move, Global]
        }
    }

    fn is_typed_into(&self) -> bool {
        self.is_typed
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        match command {
            Command::Open | Command::Accept => {
                let nothing = self.selected().is_none();
                nothing.then(|| self.nothing_selected(world))
            }
            Command::Diff => match self.selected() {
                None => Some(self.nothing_selected(world)),
                Some(hit) if hit.digest.is_none() => Some(Notice::plain(
                    "a repository was found, not an image: enter goes there",
                )),
                Some(_) => None,
            },
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                match self.named(world) {
                    Some(named) => named.cannot_copy(command),
                    None => Some(self.nothing_selected(world)),
                }
            }
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if let Some(step) = Step::of(command) {
            let areas = layout::areas(outside.world.size);
            let height = areas.map_or(1, |areas| search_rows(areas.body));
            self.found.step(step, height);
            return Flow::Stay;
        }
        match command {
            Command::Open => {
                if let Some(target) = self.target() {
                    outside.go_to(target);
                }
            }
            Command::Diff => {
                let hit = self.selected().cloned();
                if let Some((hit, digest)) = hit.and_then(|hit| Some((hit.clone(), hit.digest?))) {
                    let (registry, tag) = (hit.registry, hit.tag.as_ref());
                    let page = Diff::before(registry, &hit.repository, &digest, tag, outside);
                    outside.open(page);
                }
            }
            Command::Accept => self.is_typed = false,
            Command::Back if !self.is_typed => self.is_typed = true,
            Command::Back if self.field.text().is_empty() => outside.go_back(),
            Command::Back => {
                self.field = Field::default();
                self.search();
            }
            Command::Filter => self.is_typed = true,
            Command::NextTab => self.narrow(1),
            Command::PreviousTab => self.narrow(Narrowing::EACH.len() - 1),
            _ => {
                if let Some(named) = self.named(outside.world) {
                    named.copy(command, outside);
                }
            }
        }
        Flow::Stay
    }

    fn target(&self) -> Option<Target> {
        let hit = self.selected()?;
        Some(Target {
            registry: hit.registry,
            repository: Some(hit.repository.clone()),
            image: hit.digest.clone(),
            tag: hit.tag.clone(),
        })
    }

    fn entered(&mut self, outside: &mut Outside<'_>) {
        self.is_typed = true;
        self.reload(outside);
    }

    fn returned(&mut self, outside: &mut Outside<'_>) {
        self.reload(outside);
    }

    fn told(&mut self, words: &str, _: &mut Outside<'_>) {
        self.field = Field::new(words);
        self.found.narrow(Narrowing::All);
        self.search();
    }

    fn press(&mut self, press: KeyPress, _: &mut Outside<'_>) {
        self.field.key(press);
        self.search();
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        if !self.is_current() {
            return Touch::Missed;
        }
        let touch = self.found.point(pointed, search_in(areas.body));
        let selects = touch != Touch::Missed && pointed.is_press();
        if selects && std::mem::replace(&mut self.is_typed, false) {
            return Touch::Done;
        }
        touch
    }

    fn paste(&mut self, text: &str, _: &mut Outside<'_>) -> bool {
        if self.is_typed {
            self.field.paste(text);
            self.search();
        }
        self.is_typed
    }

    fn follow(&mut self, outside: &mut Outside<'_>) {
        match &mut self.flight {
            None => self.ask(outside),
            Some(flight) if flight.is_withdrawn => {}
            Some(flight) if self.wanted.as_ref() == Some(&flight.search) => {}
            Some(flight) => {
                flight.is_withdrawn = true;
                let ticket = flight.ticket;
                outside.work(Work::Withdraw { ticket });
            }
        }
        self.ask_built(outside);
    }

    fn reload(&mut self, _: &mut Outside<'_>) {
        self.built.forget();
        self.search_again();
    }

    fn registries(&mut self, world: &World) -> bool {
        let rows = world.all.iter();
        let are_others = !rows.map(|row| row.id).eq(self.registries.iter().copied());
        if are_others {
            self.search_again();
        }
        false
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        let flight = self.flight.as_ref();
        flight.is_some_and(|flight| flight.ticket == ticket) || self.built.awaits(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        if let Answer::Built(built) = answer {
            self.built.answered(built);
            return true;
        }
        let Some(flight) = self.flight.take() else {
            return false;
        };
        let Answer::Search(page) = answer else {
            return false;
        };
        // What was withdrawn may not be whole.
        if flight.is_withdrawn {
            return false;
        }
        if flight.follows {
            self.found.extend(page.rows);
        } else {
            // The cursor follows its hit only while the same is searched for.
            if self.shown.as_ref() != Some(&flight.search) {
                self.found.replace(Vec::new());
            }
            self.found.replace(page.rows);
        }
        self.shown = Some(flight.search);
        self.broken = None;
        // What changed meanwhile is asked for whole.
        if self.next == Next::Nothing
            && let Some(cursor) = page.next
        {
            if self.found.len() < MOST {
                self.next = Next::Behind(cursor);
            } else {
                self.found.is_cut = true;
            }
        }
        true
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if self.built.awaits(ticket) {
            return self.built.unanswered();
        }
        let flight = self.flight.take();
        if flight.is_some_and(|flight| !flight.is_withdrawn) {
            self.broken = Some(trouble.clone());
        }
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        self.found.settle(search_rows(areas.body));
    }

    fn moves(&self) -> bool {
        self.is_reading()
    }
}
