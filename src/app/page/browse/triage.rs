//! Marks and decisions on the rows of the panes.

use std::collections::VecDeque;

use super::Browse;
use crate::app::act;
use crate::app::document::Tone;
use crate::app::event::Ticket;
use crate::app::layout::Focus;
use crate::app::overlay::{Confirm, Diff, Drift, Line, OnYes};
use crate::app::triage::{self, Matter};
use crate::app::words::{count, counted};
use crate::app::world::{Notice, Outside, World};
use crate::app::{ScreenWork, Work};
use crate::config::keys::Command;
use crate::model::{
    Answer, Filter, ImageColumn, ImageRow, Order, Question, RegistryId, RegistryRow,
    RepositoryName, RepositoryRow,
};

/// Images of repositories about which is decided without a question.
const UNASKED: usize = 100;
/// Images about which is decided at once: their rows are held until then.
const MOST: u64 = 20_000;

/// The images of repositories, while they are read to decide about all of them.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    command: Command,
    /// The repositories that are still to be asked for.
    rest: VecDeque<(RegistryId, RepositoryName)>,
    asked: Ticket,
    matters: Vec<Matter>,
}

impl Gathering {
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == ticket
    }
}

impl Browse {
    /// Why a command about marks can do nothing.
    pub(super) fn cannot_mark(&self, command: Command, world: &World) -> Option<Notice> {
        if !self.has_row() {
            return Some(self.nothing_selected(world));
        }
        let branch = self.repositories.selected();
        let is_folder = branch.is_some_and(|branch| branch.folder.is_some());
        let is_about_it = self.focus == Focus::Repositories && command == Command::Mark;
        (is_folder && is_about_it).then(folder)
    }

    /// The two registries that are to be compared, the one that ought to be first; or why
    /// there are none.
    pub(super) fn compared(&self) -> Result<[&RegistryRow; 2], Notice> {
        let marked: Vec<&RegistryRow> = self.registries.marks.rows().collect();
        match (&marked[..], self.registry()) {
            ([first, second], _) => Ok([first, second]),
            ([first], Some(row)) if first.id != row.id => Ok([first, row]),
            ([] | [_], _) => Err(Notice::plain(
                "mark a registry (space) and select the one to compare it with",
            )),
            _ => Err(Notice::plain("two registries are compared: mark no more")),
        }
    }

    /// The two images that are to be compared, the older first; one alone where it is to be
    /// compared with what it was before.
    pub(super) fn compared_images(&self) -> Result<(&ImageRow, Option<&ImageRow>), Notice> {
        let marked: Vec<&ImageRow> = self.images.marks.rows().collect();
        let pair = match (&marked[..], self.image()) {
            ([], Some(row)) => return Ok((row, None)),
            ([], None) => return Err(Notice::plain("no image is selected")),
            ([one], Some(row)) if one.digest != row.digest => [*one, row],
            ([_], _) => {
                return Err(Notice::plain(
                    "one image is marked: select or mark the one to compare it with",
                ));
            }
            ([first, second], _) => [*first, *second],
            _ => return Err(Notice::plain("two images are compared: mark no more")),
        };
        let age = |row: &ImageRow| (row.image.created, row.first_seen);
        let [first, second] = pair;
        Ok(if age(first) <= age(second) {
            (first, Some(second))
        } else {
            (second, Some(first))
        })
    }

    /// Opens the page of what is compared.
    pub(super) fn compare(&self, outside: &mut Outside<'_>) {
        if self.focus == Focus::Registries {
            if let Ok([first, second]) = self.compared() {
                let page = Drift::begin(first, second, outside);
                outside.open(page);
            }
            return;
        }
        match self.compared_images() {
            Ok((first, Some(second))) => {
                let page = Diff::of(first, second, outside.world);
                outside.open(page);
            }
            Ok((row, None)) => {
                let tag = crate::query::lead_tag(&row.tags);
                let (registry, repository) = (row.registry, &row.repository);
                let page = Diff::before(registry, repository, &row.digest, tag, outside);
                outside.open(page);
            }
            Err(_) => {}
        }
    }

    /// Why nothing can be compared.
    pub(super) fn cannot_compare(&self) -> Option<Notice> {
        if self.focus == Focus::Registries {
            self.compared().err()
        } else {
            self.compared_images().err()
        }
    }

    /// Why nothing can be decided or noted.
    pub(super) fn cannot_decide(&self, command: Command, world: &World) -> Option<Notice> {
        match self.focus {
            Focus::Registries => Some(Notice::plain(
                "decisions are about images: go into a repository first",
            )),
            Focus::Images => match (self.images.meant().is_empty(), command) {
                (true, _) => Some(self.nothing_selected(world)),
                (false, Command::Note) => act::cannot_note(self.matters().iter()),
                (false, _) => None,
            },
            Focus::Repositories => {
                let meant = self.repositories_meant();
                let images: u64 = meant.iter().map(|row| row.images).sum();
                if meant.is_empty() && self.has_row() {
                    Some(folder())
                } else if meant.is_empty() {
                    Some(self.nothing_selected(world))
                } else if self.gathering.is_some() {
                    Some(Notice::plain("the images are still being read"))
                } else if images == 0 {
                    Some(Notice::plain("no image is known there"))
                } else if images > MOST {
                    let mut notice =
                        Notice::plain(format!("{} images are too many for one key", count(images)));
                    notice.hint = Some("`supercargo decide` decides about any number".to_owned());
                    Some(notice)
                } else {
                    None
                }
            }
        }
    }

    /// The repositories that are meant.
    fn repositories_meant(&self) -> Vec<&RepositoryRow> {
        let meant = self.repositories.meant().into_iter();
        let meant = meant.filter(|branch| branch.folder.is_none());
        meant.map(|branch| &branch.row).collect()
    }

    /// The images that are meant.
    fn matters(&self) -> Vec<Matter> {
        let rows = self.images.meant().into_iter();
        rows.map(Matter::image).collect()
    }

    /// Decides, or asks for the images of the repositories that are meant to do so.
    pub(super) fn decide(&mut self, command: Command, outside: &mut Outside<'_>) {
        if self.focus == Focus::Images {
            return act::decide(self.matters(), command, outside);
        }
        let meant = self.repositories_meant().into_iter();
        let mut rest: VecDeque<_> = meant.map(|row| (row.registry, row.name.clone())).collect();
        if let Some(first) = rest.pop_front() {
            self.gathering = Some(Gathering {
                command,
                rest,
                asked: ask(first, outside),
                matters: Vec::new(),
            });
        }
    }

    /// Takes the images of a repository, and decides where they were the last.
    pub(super) fn gather(&mut self, answer: Answer, outside: &mut Outside<'_>) {
        let Some(mut gathering) = self.gathering.take() else {
            return;
        };
        let Answer::Images(listing) = answer else {
            return;
        };
        for mut row in listing.rows {
            outside.world.triage.apply(&mut row);
            gathering.matters.push(Matter::image(&row));
        }
        if let Some(next) = gathering.rest.pop_front() {
            gathering.asked = ask(next, outside);
            self.gathering = Some(gathering);
            return;
        }
        let Gathering {
            command, matters, ..
        } = gathering;
        let Some(choice) = act::choice(command) else {
            match act::cannot_note(matters.iter()) {
                Some(why) => outside.world.notice = Some(why),
                None => outside.open(Line::note(matters)),
            }
            return;
        };
        if matters.is_empty() {
            return outside.say(Tone::Plain, "the images are there no more");
        }
        let step = triage::deciding(&matters, choice, outside.world.clock.now);
        if matters.len() <= UNASKED {
            return outside.decide(step);
        }
        let images = u64::try_from(matters.len()).unwrap_or(u64::MAX);
        let changed = u64::try_from(step.now.len()).unwrap_or(u64::MAX);
        let images = counted(images, "image", "images");
        let takes_back = step.now.iter().all(|(_, one)| one.decision.is_none());
        outside.open(Confirm {
            title: if takes_back {
                format!("Take back `{choice}` of {images}?")
            } else {
                format!("Decide `{choice}` about {images}?")
            },
            text: format!(
                "{} of them {} changed by it. Nothing is deleted from a registry, and {} undoes it.",
                count(changed),
                if changed == 1 { "is" } else { "are" },
                outside.world.key_of(Command::Undo)
            ),
            on_yes: OnYes::Decide(step),
        });
    }

    /// Reads no more images to decide about; `false` where none were read.
    pub(super) fn stop_gathering(&mut self, outside: &mut Outside<'_>) -> bool {
        let Some(gathering) = self.gathering.take() else {
            return false;
        };
        let ticket = gathering.asked;
        outside.work(Work::Withdraw { ticket });
        outside.say(Tone::Plain, "nothing was decided");
        true
    }

    /// Takes all marks of the focused pane away; `false` where there are none.
    pub(super) fn clear_marks(&mut self) -> bool {
        match self.focus {
            Focus::Registries => {
                let is_marked = !self.registries.marks.is_empty();
                self.registries.marks.clear();
                is_marked
            }
            Focus::Repositories => {
                let is_marked = !self.repositories.marks.is_empty();
                self.repositories.marks.clear();
                is_marked
            }
            Focus::Images => {
                let is_marked = !self.images.marks.is_empty();
                self.images.marks.clear();
                is_marked
            }
        }
    }

    /// How many rows of the focused pane are marked, and how many of them are not shown.
    pub fn marked(&self) -> (usize, usize) {
        match self.focus {
            Focus::Registries => self.registries.marked(),
            Focus::Repositories => self.repositories.marked(),
            Focus::Images => self.images.marked(),
        }
    }

    /// Copies what names the marked images, one a line.
    pub(super) fn copy(&self, command: Command, outside: &mut Outside<'_>) {
        let rows = self.images.meant().into_iter();
        let lines = rows.filter_map(|row| {
            let registry = outside.world.known(row.registry)?;
            let origin = act::origin(&registry.spec, &row.repository);
            act::Named::image(origin, row).text(command)
        });
        let lines: Vec<String> = lines.collect();
        outside.screen(ScreenWork::Copy(lines.join("\n")));
    }

    /// Shows in the rows what is on its way to the inventory.
    pub(super) fn show_pending(&mut self, world: &World) {
        let version = world.triage.version();
        if world.triage.is_settled() || std::mem::replace(&mut self.version, version) == version {
            return;
        }
        let rows = self.images.listing.rows.iter_mut();
        let rows = rows.chain(self.images.marks.rows_mut());
        let show = |row: &mut ImageRow| world.triage.apply(row);
        rows.for_each(show);
    }
}

fn folder() -> Notice {
    Notice::plain("a folder is selected: this is done to repositories, or to images")
}

fn ask(of: (RegistryId, RepositoryName), outside: &mut Outside<'_>) -> Ticket {
    outside.ask_anew(Question::Images {
        registry: of.0,
        repository: of.1,
        filter: Filter::default(),
        order: Order {
            column: ImageColumn::Tag,
            descending: false,
        },
    })
}
