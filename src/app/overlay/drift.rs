//! In what two registries differ that ought to hold the same.

use super::close;
use crate::app::event::Ticket;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{Area, Areas};
use crate::app::list::{List, Step};
use crate::app::page::Target;
use crate::app::pointer::{Pointed, Touch};
use crate::app::table::Column;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context};
use crate::model::{
    Answer, Difference, Drift as Row, Drifts, Question, RegistryId, RegistryRow, Trouble,
};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftColumn {
    /// The tag, in its repository.
    Name,
    /// In what it differs.
    Difference,
    /// What it names in the first registry.
    First,
    /// What it names in the second.
    Second,
}

/// The columns, in order.
pub const COLUMNS: [Column<DriftColumn>; 4] = [
    Column::text(DriftColumn::Name, "TAG", 20),
    Column::fixed(DriftColumn::Difference, "DIFFERENCE", 17),
    Column::fixed(DriftColumn::First, "FIRST", 12),
    Column::fixed(DriftColumn::Second, "SECOND", 12),
];

/// The page.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The first registry, as it ought to be, and the second.
    pub registries: [(RegistryId, String); 2],
    /// The differences; `None` until they are known.
    pub found: Option<Drifts>,
    /// The cursor.
    pub list: List,
    /// Why they could not be read.
    pub trouble: Option<Trouble>,
    asked: Option<Ticket>,
}

impl Drift {
    /// The page of two registries; asks for what it shows.
    pub(in crate::app) fn begin(
        first: &RegistryRow,
        second: &RegistryRow,
        outside: &mut Outside<'_>,
    ) -> Self {
        let mut page = Self {
            registries: [first, second].map(|row| (row.id, row.spec.name.to_string())),
            found: None,
            list: List::default(),
            trouble: None,
            asked: None,
        };
        page.ask(outside);
        page
    }

    fn ask(&mut self, outside: &mut Outside<'_>) {
        self.asked = Some(outside.ask_anew(Question::Drift {
            a: self.registries[0].0,
            b: self.registries[1].0,
            map: Vec::new(),
            repository: None,
            tag: None,
        }));
    }

    /// The differences, as far as they are known.
    pub fn rows(&self) -> &[Row] {
        self.found.as_ref().map_or(&[], |found| &found.rows)
    }

    /// The selected difference.
    pub fn selected(&self) -> Option<&Row> {
        self.rows().get(self.list.cursor)
    }

    /// Where the rows are on a page: two lines above them, headings and the last line are
    /// none.
    fn rows_in(inside: Area) -> Area {
        inside.rows(3, inside.height.saturating_sub(4))
    }

    /// How many rows that page shows.
    fn height(inside: Area) -> usize {
        usize::from(Self::rows_in(inside).height).max(1)
    }
}

impl Layer for Drift {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Drift,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let opens = command == Command::Open && self.selected().is_none();
        opens.then(|| Notice::plain("no difference is selected"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if let Some(step) = Step::of(command) {
            let height = Self::height(outside.world.page());
            self.list.step(step, self.rows().len(), height);
            return Flow::Stay;
        }
        match command {
            Command::Open => {
                if let Some(target) = self.target() {
                    outside.go_to(target);
                }
            }
            Command::NextTab => {
                self.registries.swap(0, 1);
                self.closed(outside);
                (self.found, self.trouble) = (None, None);
                self.ask(outside);
            }
            _ => return close(command),
        }
        Flow::Stay
    }

    /// The tag where it is: in the first registry, unless that has it not.
    fn target(&self) -> Option<Target> {
        let row = self.selected()?;
        let is_extra = row.difference == Difference::Extra;
        let (registry, repository) = if is_extra {
            let other = row.repository_in_b.as_ref().unwrap_or(&row.repository);
            (self.registries[1].0, other)
        } else {
            (self.registries[0].0, &row.repository)
        };
        Some(Target {
            registry,
            repository: Some(repository.clone()),
            image: if is_extra {
                row.b.clone()
            } else {
                row.a.clone()
            },
            tag: Some(row.tag.clone()),
        })
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        self.asked = None;
        let Answer::Drift(found) = answer else {
            return false;
        };
        self.found = Some(found);
        true
    }

    fn unanswered(&mut self, _: Ticket, trouble: &Trouble) {
        self.asked = None;
        self.trouble = Some(trouble.clone());
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let rows = Self::rows_in(areas.page.inside());
        let len = self.rows().len();
        self.list.point(pointed, rows, 1, len)
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let height = Self::height(world.page());
        self.list.settle(self.rows().len(), height);
    }

    fn moves(&self) -> bool {
        self.asked.is_some()
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        if let Some(ticket) = self.asked.take() {
            outside.work(crate::app::Work::Withdraw { ticket });
        }
    }
}
