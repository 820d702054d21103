//! What takes room in a registry: its repositories, the largest first.

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
use crate::model::{Answer, Question, RegistryId, RegistryRow, Trouble, Usage as Row, UsageBy};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageColumn {
    /// The repository.
    Repository,
    /// How many images it has.
    Images,
    /// What its blobs take.
    Size,
    /// How much that is beside the largest.
    Bar,
    /// What nothing else in the registry has.
    Exclusive,
}

/// The columns, in order.
pub const COLUMNS: [Column<UsageColumn>; 5] = [
    Column::text(UsageColumn::Repository, "REPOSITORY", 20),
    Column::fixed(UsageColumn::Size, "SIZE", 9).at_right(),
    Column::fixed(UsageColumn::Exclusive, "ONLY HERE", 9).at_right(),
    Column::fixed(UsageColumn::Bar, "", 16).ranked(1),
    Column::fixed(UsageColumn::Images, "IMAGES", 7)
        .at_right()
        .ranked(2),
];

/// The page.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Which registry.
    pub registry: RegistryId,
    /// What it is called.
    pub name: String,
    /// Its repositories, the largest first; `None` until they are known.
    pub rows: Option<Vec<Row>>,
    /// The cursor.
    pub list: List,
    /// Why they could not be read.
    pub trouble: Option<Trouble>,
    asked: Option<Ticket>,
}

impl Usage {
    /// The page of a registry; asks for what it shows.
    pub(in crate::app) fn begin(registry: &RegistryRow, outside: &mut Outside<'_>) -> Self {
        let asked = outside.ask_anew(Question::Usage {
            registry: registry.id,
            by: UsageBy::Repository,
        });
        Self {
            registry: registry.id,
            name: registry.spec.name.to_string(),
            rows: None,
            list: List::default(),
            trouble: None,
            asked: Some(asked),
        }
    }

    /// How many there are.
    fn len(&self) -> usize {
        self.rows.as_ref().map_or(0, Vec::len)
    }

    /// The selected one.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.as_ref()?.get(self.list.cursor)
    }

    /// Where the rows are on a page: headings and a line below them are none.
    fn rows_in(inside: Area) -> Area {
        inside.rows(1, inside.height.saturating_sub(3))
    }

    /// How many rows that page shows.
    fn height(inside: Area) -> usize {
        usize::from(Self::rows_in(inside).height).max(1)
    }

    /// What all of them come to, in words: what repositories share counts in each.
    pub fn unknown(&self) -> u64 {
        let rows = self.rows.iter().flatten();
        rows.map(|row| row.unknown).sum()
    }
}

impl Layer for Usage {
    fn contexts(&self) -> &'static [Context] {
        &[
            Context::Usage,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let opens = command == Command::Open && self.selected().is_none();
        opens.then(|| Notice::plain("no repository is selected"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if let Some(step) = Step::of(command) {
            let height = Self::height(outside.world.page());
            self.list.step(step, self.len(), height);
            return Flow::Stay;
        }
        if command == Command::Open {
            if let Some(target) = self.target() {
                outside.go_to(target);
            }
            return Flow::Stay;
        }
        close(command)
    }

    fn target(&self) -> Option<Target> {
        Some(Target {
            repository: Some(self.selected()?.repository.clone()?),
            ..Target::registry(self.registry)
        })
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    fn answered(&mut self, _: Ticket, answer: Answer, _: &mut Outside<'_>) -> bool {
        self.asked = None;
        let Answer::Usage(mut rows) = answer else {
            return false;
        };
        rows.sort_by(|a, b| {
            b.bytes
                .cmp(&a.bytes)
                .then_with(|| a.repository.cmp(&b.repository))
        });
        self.rows = Some(rows);
        true
    }

    fn unanswered(&mut self, _: Ticket, trouble: &Trouble) {
        self.asked = None;
        self.trouble = Some(trouble.clone());
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let rows = Self::rows_in(areas.page.inside());
        self.list.point(pointed, rows, 1, self.len())
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let height = Self::height(world.page());
        self.list.settle(self.len(), height);
    }

    fn moves(&self) -> bool {
        self.asked.is_some()
    }

    fn closed(&mut self, outside: &mut Outside<'_>) {
        if let Some(ticket) = self.asked {
            outside.work(crate::app::Work::Withdraw { ticket });
        }
    }
}
