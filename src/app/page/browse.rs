//! Registries, the repositories of the selected one, and the images of the selected
//! repository: three panes side by side, of which those on the right follow the cursors on
//! their left.

pub mod columns;
mod filtering;
mod memory;
mod order;
mod panes;
mod past;
mod pointing;
mod questions;
pub mod scope;
mod seek;
mod tree;
mod triage;
mod widths;

pub use panes::Panes;
pub use past::Past;
pub use questions::MOST_IMAGES;

use crate::app::act;
use crate::app::document::Tone;
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{self, Areas, Focus, registry_rows, table_rows};
use crate::app::list::Step;
use crate::app::overlay::Detail;
use crate::app::page::Target;
use crate::app::pane::{Images, Pane, Registries, Repositories, Wanted};
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::app::{Event, Ticket, Work};
use crate::config::keys::{Command, Context, KeyPress};
use crate::model::{
    Answer, Filter, ImageColumn, ImageRow, Order, RegistryId, RegistryRow, RepositoryRow, Trouble,
};
use scope::{ImagesOf, Reach};
use tree::Tree;
use triage::Gathering;
use widths::Borders;

/// The three panes.
#[derive(Clone, Debug)]
pub struct Browse {
    /// The pane that keys go to.
    pub focus: Focus,
    /// The pane of registries.
    pub registries: Registries,
    /// The pane of repositories.
    pub repositories: Repositories,
    /// The pane of images.
    pub images: Images,
    /// The crawls of the selected registry, where there is room to tell of them.
    pub past: Past,
    /// The filter that is being typed, for the focused pane.
    pub typing: Option<Field>,
    /// The registry to select once it is listed: one that was just added.
    select: Option<RegistryId>,
    /// Whether the repositories of all registries are shown.
    all_registries: bool,
    /// How wide the pane of images looks.
    reach: Reach,
    /// Cells that the names of registries take, of repositories and of images.
    named: (u16, u16),
    /// The tree of repositories, where they are shown as one.
    tree: Option<Tree>,
    /// Whether the focused pane has the screen to itself.
    zoomed: bool,
    /// How far the borders between the panes were moved.
    borders: Borders,
    /// What the cursors are on their way to.
    sought: Option<Target>,
    /// Whether it is to be opened once it is reached.
    opens: bool,
    /// Whether keys go where they went while that is sought.
    stays: bool,
    /// The images that are read to decide about them.
    gathering: Option<Gathering>,
    /// The steps of decisions that the rows show.
    version: u64,
}

impl Default for Browse {
    fn default() -> Self {
        // The newest version is what people look for.
        let newest = Order {
            column: ImageColumn::Tag,
            descending: true,
        };
        Self {
            focus: Focus::default(),
            registries: Pane::new(Wanted::Of(()), Order::default()),
            repositories: Pane::new(Wanted::Unknown, Order::default()),
            images: Pane::new(Wanted::Unknown, newest),
            past: Past::default(),
            typing: None,
            select: None,
            all_registries: false,
            reach: Reach::default(),
            named: (0, 0),
            tree: None,
            zoomed: false,
            borders: Borders::default(),
            sought: None,
            opens: false,
            stays: false,
            gathering: None,
            version: 0,
        }
    }
}

impl Browse {
    /// The registry selected in its pane.
    pub fn registry(&self) -> Option<&RegistryRow> {
        self.registries.selected()
    }

    /// The selected repository; none where a folder is selected.
    pub fn repository(&self) -> Option<&RepositoryRow> {
        let branch = self.repositories.selected()?;
        branch.folder.is_none().then_some(&branch.row)
    }

    /// The selected image.
    pub fn image(&self) -> Option<&ImageRow> {
        self.images.selected()
    }

    /// The filter of the focused pane.
    pub fn filter(&self) -> &Filter {
        match self.focus {
            Focus::Registries => &self.registries.filter,
            Focus::Repositories => &self.repositories.filter,
            Focus::Images => &self.images.filter,
        }
    }

    fn select_added(&mut self, world: &World) {
        let Some(id) = self.select.filter(|id| world.known(*id).is_some()) else {
            return;
        };
        self.select = None;
        let find = |page: &Self| {
            let rows = &page.registries.listing.rows;
            rows.iter().position(|row| row.id == id)
        };
        let at = find(self).or_else(|| {
            // What was just saved is not to be hidden by an older filter.
            self.registries.filter = Filter::default();
            self.show_registries(world);
            find(self)
        });
        self.registries.list.cursor = at.unwrap_or(0);
    }

    fn in_panes(&mut self, command: Command, outside: &mut Outside<'_>) {
        if self.in_tree(command) {
            return;
        }
        if let Some(step) = Step::of(command) {
            self.step(step, outside.world);
            return;
        }
        match command {
            Command::Left | Command::Right | Command::NextPane | Command::PreviousPane => {
                self.focus = neighbour(self.focus, command);
            }
            Command::Open if self.is_on_its_way() => self.opens = true,
            Command::Open => self.open(outside),
            Command::Wider | Command::Narrower => self.reach(command, outside),
            Command::Tree => {
                self.turn_tree();
                let said = if self.tree.is_some() {
                    "repositories as a tree"
                } else {
                    "repositories as a list"
                };
                outside.say(Tone::Plain, said);
            }
            Command::Zoom => self.zoomed = !self.zoomed,
            Command::Grow | Command::Shrink => self.resize(command, outside.world),
            Command::Back if self.stop_gathering(outside) => {}
            Command::Back if self.give_up_reach(outside) => {}
            Command::Back if self.filter().text().is_empty() && self.clear_marks() => {}
            Command::Back if self.filter().text().is_empty() => {
                self.focus = neighbour(self.focus, Command::Left);
            }
            Command::Back => self.set_filter("", outside),
            Command::Filter => self.typing = Some(Field::new(self.filter().text())),
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                self.copy(command, outside);
            }
            Command::History => {
                if let Some(target) = self.target() {
                    outside.go_to_history(target);
                }
            }
            Command::Diff => {
                self.compare(outside);
            }
            Command::Mark | Command::MarkRange | Command::MarkAll => {
                let height = self.height(outside.world);
                let _ = match self.focus {
                    Focus::Registries => self.registries.mark(command, height),
                    Focus::Repositories => self.repositories.mark(command, height),
                    Focus::Images => self.images.mark(command, height),
                };
            }
            Command::Keep | Command::Delete | Command::LookAgain | Command::Note => {
                self.decide(command, outside);
            }
            _ if self.order(command, outside) => {}
            _ => {
                if let Some(row) = self.meant(outside.world).cloned() {
                    act::on_registry(&row, command, outside);
                }
            }
        }
    }

    /// Why a command for a selected row does nothing.
    fn nothing_selected(&self, world: &World) -> Notice {
        Notice::plain(if world.all.is_empty() {
            let key = world.key_of(Command::Add);
            format!("there is no registry yet; {key} adds one")
        } else if self.registry().is_none() {
            "no registry is selected".to_owned()
        } else if self.repository().is_none() {
            "no repository is selected".to_owned()
        } else {
            "no image is selected".to_owned()
        })
    }

    /// Whether the screen has room for the focused pane alone.
    fn stands_alone(&self, world: &World) -> bool {
        let areas = layout::areas(world.size);
        let panes = areas
            .map(|areas| self.panes(areas.body))
            .unwrap_or_default();
        let shown = [panes.registries, panes.repositories, panes.images];
        !self.zoomed && shown.iter().flatten().count() < 2
    }

    /// Whether there is neither a filter, nor a mark, nor a pane further out.
    fn has_nothing_to_clear(&self) -> bool {
        let marks = match self.focus {
            Focus::Registries => self.registries.marks.len(),
            Focus::Repositories => self.repositories.marks.len(),
            Focus::Images => self.images.marks.len(),
        };
        let is_first = neighbour(self.focus, Command::Left) == self.focus;
        is_first && marks == 0 && self.filter().text().is_empty() && self.gathering.is_none()
    }

    /// Whether the focused pane has a row to open.
    fn has_row(&self) -> bool {
        match self.focus {
            Focus::Registries => self.registry().is_some(),
            Focus::Repositories => self.repositories.selected().is_some(),
            Focus::Images => self.image().is_some(),
        }
    }

    /// Whether the focused pane has rows that a filter could let through, or may have: while
    /// they are read a filter can be typed.
    fn has_rows(&self, world: &World) -> bool {
        match self.focus {
            Focus::Registries => !world.all.is_empty(),
            Focus::Repositories => {
                self.repositories.listing.total > 0 || self.repositories.is_loading()
            }
            Focus::Images => self.images.listing.total > 0 || self.images.is_loading(),
        }
    }

    fn open(&mut self, outside: &mut Outside<'_>) {
        match self.focus {
            Focus::Registries => self.focus = Focus::Repositories,
            Focus::Repositories => self.focus = Focus::Images,
            Focus::Images => {
                if let Some(detail) = self.detail(outside.world) {
                    outside.open(detail);
                }
            }
        }
    }

    /// The page of the selected image.
    pub fn detail(&self, world: &World) -> Option<Detail> {
        let image = self.image()?.clone();
        let registry = world.known(image.registry)?;
        Some(Detail::new(image, &registry.spec))
    }

    fn step(&mut self, step: Step, world: &World) {
        self.choose();
        let height = self.height(world);
        match self.focus {
            Focus::Registries => self.registries.step(step, height),
            Focus::Repositories => self.repositories.step(step, height),
            Focus::Images => self.images.step(step, height),
        }
    }

    /// How many rows the focused pane shows.
    fn height(&self, world: &World) -> usize {
        let Some(areas) = layout::areas(world.size) else {
            return 1;
        };
        let area = self.panes(areas.body).of(self.focus).unwrap_or(areas.body);
        match self.focus {
            Focus::Registries => registry_rows(area),
            Focus::Repositories | Focus::Images => table_rows(area),
        }
    }
}

impl Layer for Browse {
    fn contexts(&self) -> &'static [Context] {
        use Context::{Browse, Filter, Global, Images, Move, Pages, Registries, Repositories};
        match self.focus {
            _ if self.typing.is_some() => &[Filter, Global],
            Focus::Registries => &[Registries, Browse, Pages, Move, Global],
            Focus::Repositories => &[Repositories, Browse, Pages, Move, Global],
            Focus::Images => &[Images, Browse, Pages, Move, Global],
        }
    }

    fn is_typed_into(&self) -> bool {
        self.typing.is_some()
    }

    fn entered(&mut self, outside: &mut Outside<'_>) {
        self.reload(outside);
    }

    fn target(&self) -> Option<Target> {
        let registry = self.registry_of_row()?;
        let image = self.image().filter(|_| self.focus == Focus::Images);
        let repository = self.repository().map(|row| &row.name);
        let repository = image.map(|row| &row.repository).or(repository);
        let repository = repository.filter(|_| self.focus != Focus::Registries);
        Some(Target {
            registry,
            repository: repository.cloned(),
            image: image.map(|row| row.digest.clone()),
            tag: None,
        })
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        let needs = |is_there: bool| (!is_there).then(|| self.nothing_selected(world));
        match command {
            _ if self.typing.is_some() => None,
            Command::Open => needs(self.has_row()),
            Command::History => needs(self.registry().is_some()),
            Command::Filter if !self.has_rows(world) => {
                Some(Notice::plain("there is nothing here to filter"))
            }
            Command::CopyReference | Command::CopyTag | Command::CopyDigest | Command::CopyPull => {
                match self.images.meant()[..] {
                    [] => needs(false),
                    [_] => self
                        .detail(world)
                        .and_then(|one| one.named().cannot_copy(command)),
                    _ => None,
                }
            }
            Command::Left | Command::Right if neighbour(self.focus, command) == self.focus => {
                Some(Notice::plain("there is no pane further on"))
            }
            Command::Zoom if self.stands_alone(world) => {
                Some(Notice::plain("this pane has the screen to itself"))
            }
            Command::Grow | Command::Shrink => self.cannot_resize(command, world),
            Command::Back if self.has_nothing_to_clear() => {
                let key = world.key_of(Command::Quit);
                Some(Notice::plain(format!(
                    "there is nothing to go back from; {key} quits"
                )))
            }
            Command::Diff => self.cannot_compare(),
            Command::Wider | Command::Narrower => self.cannot_reach(command),
            Command::OrderName if self.focus == Focus::Images => {
                let is_of_one =
                    matches!(self.images.wanted(), Wanted::Of(ImagesOf::Repository(..)));
                is_of_one.then(|| Notice::plain("these images are all of one repository"))
            }
            Command::Mark | Command::MarkRange | Command::MarkAll => {
                self.cannot_mark(command, world)
            }
            Command::Keep | Command::Delete | Command::LookAgain | Command::Note => {
                self.cannot_decide(command, world)
            }
            Command::Crawl
            | Command::Retry
            | Command::Cancel
            | Command::Pause
            | Command::Failures
            | Command::Usage
            | Command::Check
            | Command::Edit
            | Command::Duplicate
            | Command::Remove => match self.meant(world) {
                Some(row) => act::why_not(row, command, world),
                None => needs(false),
            },
            _ => None,
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.typing.is_some() {
            self.in_filter(command, outside);
        } else {
            self.in_panes(command, outside);
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if let Some(field) = &mut self.typing {
            field.key(press);
            let text = field.text().to_owned();
            self.set_filter(&text, outside);
        }
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        self.point(pointed, areas)
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let Some(field) = &mut self.typing else {
            return false;
        };
        field.paste(text);
        let text = field.text().to_owned();
        self.set_filter(&text, outside);
        true
    }

    /// Makes the panes on the right follow the cursors on their left, and asks again what
    /// changed while a question was in flight.
    fn follow(&mut self, outside: &mut Outside<'_>) {
        self.seek_on(outside);
        let wanted = self.wanted_repositories(outside.world);
        if self.repositories.want(wanted) || self.repositories.must_ask_again() {
            self.ask_repositories(outside);
        }
        let wanted = self.wanted_images(outside.world);
        if self.images.want(wanted) || self.images.must_ask_again() {
            self.ask_images(outside);
        }
        let areas = layout::areas(outside.world.size);
        let has_room = areas.is_some_and(|areas| self.panes(areas.body).past.is_some());
        let row = self.registries.selected().filter(|_| has_room);
        self.past.follow(row, outside);
        let withdrawn = [self.repositories.withdraw(), self.images.withdraw()];
        for ticket in withdrawn.into_iter().flatten() {
            outside.work(Work::Withdraw { ticket });
        }
        self.show_pending(outside.world);
    }

    fn reload(&mut self, outside: &mut Outside<'_>) {
        self.ask_repositories(outside);
        self.ask_images(outside);
    }

    fn awaits(&self, ticket: Ticket) -> bool {
        let gathers = self.gathering.as_ref().is_some_and(|it| it.awaits(ticket));
        let pane = self.repositories.awaits(ticket) || self.images.awaits(ticket);
        gathers || pane || self.past.awaits(ticket)
    }

    fn answered(&mut self, ticket: Ticket, answer: Answer, outside: &mut Outside<'_>) -> bool {
        match answer {
            Answer::Repositories(listing) => self.take_repositories(ticket, listing, outside.world),
            answer if self.gathering.as_ref().is_some_and(|it| it.awaits(ticket)) => {
                self.gather(answer, outside);
                true
            }
            Answer::Images(listing) => self.take_images(ticket, listing, outside.world),
            Answer::Crawls(records) => self.past.take(ticket, records),
            _ => false,
        }
    }

    fn registries(&mut self, world: &World) -> bool {
        if let Some(trouble) = &world.broken {
            self.registries.broken = Some(trouble.clone());
            return true;
        }
        let shown = self.show_registries(world);
        self.select_added(world);
        shown
    }

    fn unanswered(&mut self, ticket: Ticket, trouble: &Trouble) {
        if self.gathering.take_if(|it| it.awaits(ticket)).is_none() {
            let _ = self.repositories.failed(ticket, trouble)
                || self.images.failed(ticket, trouble)
                || self.past.failed(ticket, trouble);
        }
    }

    fn hear(&mut self, event: &Event, outside: &mut Outside<'_>) -> bool {
        match event {
            Event::CrawlEnded { .. } => self.show_registries(outside.world),
            Event::Saved { result: Ok(id), .. } => {
                self.select = Some(*id);
                false
            }
            _ => false,
        }
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        // A pane that is not shown now will be as high as the page when it is.
        let panes = self.panes(areas.body);
        let of = |pane| panes.of(pane).unwrap_or(areas.body);
        self.registries.settle(registry_rows(of(Focus::Registries)));
        self.repositories
            .settle(table_rows(of(Focus::Repositories)));
        self.images.settle(table_rows(of(Focus::Images)));
    }

    fn moves(&self) -> bool {
        self.gathering.is_some()
            || self.registries.is_loading()
            || self.repositories.is_loading()
            || self.images.is_loading()
    }
}

fn neighbour(focus: Focus, command: Command) -> Focus {
    use Focus::{Images, Registries, Repositories};
    match (focus, command) {
        (Registries, Command::Right | Command::NextPane)
        | (Images, Command::Left | Command::PreviousPane) => Repositories,
        (Repositories, Command::Right | Command::NextPane)
        | (Registries, Command::PreviousPane)
        | (Images, Command::Right) => Images,
        (Repositories | Images | Registries, _) => Registries,
    }
}
