//! What commands do in the panes, and to what lies over them.

mod pages;

pub(super) use pages::stop_check;

use super::document::Tone;
use super::field::Field;
use super::layout::{Focus, registry_rows, table_rows};
use super::list::Step;
use super::overlay::{Check, Confirm, Detail, Failures, Form, Help, OnYes, Overlay};
use super::pane::Wanted;
use super::words::{cause, counted};
use super::{App, Effect, ScreenWork, Work};
use crate::config::keys::Command;
use crate::model::{
    CheckReport, ImageColumn, ListState, Order, Question, RegistryRow, RepositoryColumn,
    SecretEntries, Trouble,
};

/// What is said of the line that `:` opens.
pub const NO_COMMAND_LINE: &str = "there is no command line yet";

/// The step that a command takes through a list or page.
fn step(command: Command) -> Option<Step> {
    Some(match command {
        Command::Down => Step::Rows(1),
        Command::Up => Step::Rows(-1),
        Command::HalfDown => Step::HalfPages(1),
        Command::HalfUp => Step::HalfPages(-1),
        Command::PageDown => Step::HalfPages(2),
        Command::PageUp => Step::HalfPages(-2),
        Command::Top => Step::Top,
        Command::Bottom => Step::Bottom,
        _ => return None,
    })
}

impl App {
    pub(super) fn command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Quit => {
                self.state.command_line = None;
                self.quit(effects);
            }
            Command::Suspend => effects.push(Effect::Screen(ScreenWork::Suspend)),
            Command::Redraw => effects.push(Effect::Screen(ScreenWork::Redraw)),
            Command::Help => {
                let help = Help::new(self.state.contexts());
                self.state.overlays.push(Overlay::Help(help));
            }
            Command::CommandLine => self.state.command_line = Some(Field::default()),
            _ if self.state.command_line.take().is_some() => {
                let key = self.key_of(Command::Help);
                let text = format!("nothing was done: {NO_COMMAND_LINE}; {key} shows the keys");
                self.state.say(Tone::Plain, text);
            }
            _ => match self.state.overlays.pop() {
                Some(overlay) => self.in_overlay(overlay, command, effects),
                None if self.state.typing.is_some() => self.in_filter(command, effects),
                None => self.in_panes(command, effects),
            },
        }
    }

    /// Asks where crawls run; asked already, or nothing runs, and the program ends.
    fn quit(&mut self, effects: &mut Vec<Effect>) {
        let asked = matches!(
            self.state.overlays.last(),
            Some(Overlay::Confirm(confirm)) if confirm.on_yes == OnYes::Quit
        );
        let crawls = u64::try_from(self.state.crawls()).unwrap_or(u64::MAX);
        if crawls == 0 || asked {
            effects.push(Effect::Screen(ScreenWork::Quit));
            return;
        }
        self.state.overlays.push(Overlay::Confirm(Confirm {
            on_yes: OnYes::Quit,
            title: "Quit while crawling?".to_owned(),
            text: format!(
                "{}. What was read so far is kept; the next crawl reads the rest.",
                if crawls == 1 {
                    "A crawl is running and will be cancelled".to_owned()
                } else {
                    format!(
                        "{} are running and will be cancelled",
                        counted(crawls, "crawl", "crawls")
                    )
                }
            ),
        }));
    }

    fn in_filter(&mut self, command: Command, effects: &mut Vec<Effect>) {
        self.state.typing = None;
        if command == Command::Back {
            self.filter("", effects);
        }
    }

    fn in_panes(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(step) = step(command) {
            self.step(step);
            return;
        }
        let state = &mut self.state;
        match command {
            Command::Left | Command::Right | Command::NextPane | Command::PreviousPane => {
                state.focus = neighbour(state.focus, command);
            }
            Command::FocusRegistries => state.focus = Focus::Registries,
            Command::FocusRepositories => state.focus = Focus::Repositories,
            Command::FocusImages => state.focus = Focus::Images,
            Command::Open => self.open(),
            Command::Back => {
                if self.filter_text().is_empty() {
                    self.state.focus = neighbour(self.state.focus, Command::Left);
                } else {
                    self.filter("", effects);
                }
            }
            Command::Filter => {
                let field = Field::new(self.filter_text());
                self.state.typing = Some(field);
            }
            Command::SortNext | Command::SortReverse => self.sort(command, effects),
            Command::Reload => self.ask_all(effects),
            Command::Add => state.overlays.push(Overlay::Form(Box::new(Form::add()))),
            Command::CrawlAll => self.crawl_all(effects),
            Command::CopyReference | Command::CopyTag => self.copy_image(command, effects),
            _ => self.on_registry(command, effects),
        }
    }

    /// Commands that need a selected registry.
    fn on_registry(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let Some(row) = self.state.registry().cloned() else {
            self.say_nothing_selected();
            return;
        };
        match command {
            Command::Edit => {
                let form = Form::edit(row.id, &row.spec);
                self.state.overlays.push(Overlay::Form(Box::new(form)));
            }
            Command::Remove => self.ask_removal(&row),
            Command::Crawl if self.state.is_crawling(row.id) => {
                let key = self.state.keys.key(Command::Cancel);
                let text = format!("`{}` is being crawled; {key} cancels", row.spec.name);
                self.state.say(Tone::Plain, text);
            }
            Command::Crawl => self.crawl(&row, effects),
            Command::Pause if self.state.is_crawling(row.id) => self.pause(&row, effects),
            Command::Cancel if self.state.is_crawling(row.id) => {
                self.state.stopping.insert(row.id);
                effects.push(Effect::Do(Work::CancelCrawl(row.id)));
            }
            Command::Cancel | Command::Pause => {
                let name = &row.spec.name;
                let text = if self.state.is_crawled_elsewhere(&row) {
                    format!("another process crawls `{name}`; it can only be stopped there")
                } else {
                    format!("`{name}` is not being crawled")
                };
                self.state.say(Tone::Plain, text);
            }
            Command::Check => {
                let ticket = self.ticket();
                effects.push(Effect::Do(Work::Check {
                    ticket,
                    id: Some(row.id),
                    spec: Box::new(row.spec.clone()),
                    secrets: SecretEntries::KEEP,
                }));
                self.state.overlays.push(Overlay::Check(Box::new(Check {
                    registry: row.id,
                    name: row.spec.name.to_string(),
                    address: row.spec.endpoint.to_string(),
                    running: Some(ticket),
                    report: CheckReport::default(),
                    scroll: super::overlay::Scroll::default(),
                })));
            }
            Command::Failures => self.show_failures(&row, effects),
            _ => {}
        }
    }

    /// Says why a command for the selected row does nothing.
    fn say_nothing_selected(&mut self) {
        let key = self.state.keys.key(Command::Add);
        let state = &self.state;
        let text = if state.all.is_empty() {
            format!("there is no registry yet; {key} adds one")
        } else if state.registry().is_none() {
            "no registry is selected".to_owned()
        } else if state.repository().is_none() {
            "no repository is selected".to_owned()
        } else {
            "no image is selected".to_owned()
        };
        self.state.say(Tone::Plain, text);
    }

    /// Pauses a crawl, or lets it go on.
    fn pause(&mut self, row: &RegistryRow, effects: &mut Vec<Effect>) {
        let (name, state) = (&row.spec.name, &mut self.state);
        let paused = !state.paused.remove(&row.id);
        let text = if paused {
            state.paused.insert(row.id);
            let key = state.keys.key(Command::Pause);
            format!("the crawl of `{name}` is paused; {key} goes on with it")
        } else {
            format!("the crawl of `{name}` goes on")
        };
        effects.push(Effect::Do(Work::PauseCrawl {
            registry: row.id,
            paused,
        }));
        state.say(Tone::Plain, text);
    }

    fn ask_removal(&mut self, row: &RegistryRow) {
        let name = &row.spec.name;
        let secrets = if row.spec.api_token.is_ours() {
            "its kept password and API token"
        } else {
            "its kept password"
        };
        let held = if row.repositories == 0 {
            format!("Its settings and {secrets} go")
        } else {
            format!(
                "Its settings, {secrets} and its inventory go: {}, {}, and the \
                 history of its crawls",
                counted(row.repositories, "repository", "repositories"),
                counted(row.images, "image", "images"),
            )
        };
        self.state.overlays.push(Overlay::Confirm(Confirm {
            on_yes: OnYes::Remove(row.id),
            title: format!("Remove {name}?"),
            text: format!("{held}. Nothing is changed on the registry itself."),
        }));
    }

    pub(super) fn crawl(&mut self, row: &RegistryRow, effects: &mut Vec<Effect>) {
        self.state.starting.insert(row.id);
        self.state.refused.remove(&row.id);
        effects.push(Effect::Do(Work::StartCrawl(row.id)));
    }

    pub(super) fn crawl_all(&mut self, effects: &mut Vec<Effect>) {
        let idle: Vec<RegistryRow> = self
            .state
            .all
            .iter()
            .filter(|row| row.spec.active && !self.state.is_crawling(row.id))
            .filter(|row| !self.state.is_crawled_elsewhere(row))
            .cloned()
            .collect();
        for row in &idle {
            self.crawl(row, effects);
        }
        let text = match idle.len() {
            0 if self.state.all.is_empty() => "there is no registry to crawl".to_owned(),
            0 => "every active registry is being crawled".to_owned(),
            n => {
                let n = u64::try_from(n).unwrap_or(u64::MAX);
                format!("crawling {}", counted(n, "registry", "registries"))
            }
        };
        self.state.say(Tone::Plain, text);
    }

    fn show_failures(&mut self, row: &RegistryRow, effects: &mut Vec<Effect>) {
        let name = &row.spec.name;
        if let Some(failure) = self.state.refused.get(&row.id) {
            let trouble = Trouble {
                message: format!("{name}: not started: {}", cause(failure)),
                hint: failure.hint.clone(),
            };
            self.state.say_trouble(&trouble);
            return;
        }
        if let Some(crawl) = row.last_crawl.as_ref().filter(|crawl| crawl.failures > 0) {
            let ticket = self.ticket();
            let question = Question::Failures {
                registry: row.id,
                crawl: crawl.number,
            };
            effects.push(Effect::Ask { ticket, question });
            let page = Failures::new(row, crawl.clone(), ticket);
            self.state.overlays.push(Overlay::Failures(Box::new(page)));
            return;
        }
        let key = self.state.keys.key(Command::Crawl);
        let text = match (&row.list, &row.last_crawl) {
            (ListState::Refused(why) | ListState::Failed(why), _) => {
                self.state.say(Tone::Bad, why.clone());
                return;
            }
            (_, None) if self.state.is_crawling(row.id) => format!("`{name}` has no failures yet"),
            (_, None) => format!("`{name}` was not crawled yet; {key} crawls it"),
            (_, Some(crawl)) if crawl.outcome.is_none() => {
                format!("the crawl of `{name}` has no failures so far")
            }
            _ => format!("the last crawl of `{name}` had no failures"),
        };
        self.state.say(Tone::Plain, text);
    }

    fn open(&mut self) {
        let state = &mut self.state;
        match state.focus {
            Focus::Registries if state.registry().is_some() => state.focus = Focus::Repositories,
            Focus::Repositories if state.repository().is_some() => state.focus = Focus::Images,
            Focus::Images if state.image().is_some() => {
                let detail = self.detail().map(|page| Overlay::Detail(Box::new(page)));
                self.state.overlays.extend(detail);
            }
            _ => self.say_nothing_selected(),
        }
    }

    /// The page of the selected image.
    fn detail(&self) -> Option<Detail> {
        let image = self.state.image()?.clone();
        Some(Detail::new(image, &self.state.registry()?.spec))
    }

    fn copy_image(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match self.detail() {
            Some(detail) => self.copy(&detail, command, effects),
            None => self.say_nothing_selected(),
        }
    }

    fn step(&mut self, step: Step) {
        let Some(areas) = self.state.areas() else {
            return;
        };
        let state = &mut self.state;
        match state.focus {
            Focus::Registries => {
                let height = areas.registries.map_or(1, registry_rows);
                state.registries.step(step, height);
            }
            Focus::Repositories => {
                let height = areas.repositories.map_or(1, table_rows);
                state.repositories.step(step, height);
            }
            Focus::Images => {
                let height = areas.images.map_or(1, table_rows);
                state.images.step(step, height);
            }
        }
    }

    fn filter_text(&self) -> &str {
        match self.state.focus {
            Focus::Registries => self.state.registries.filter.text(),
            Focus::Repositories => self.state.repositories.filter.text(),
            Focus::Images => self.state.images.filter.text(),
        }
    }

    fn sort(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let turn = command == Command::SortReverse;
        match self.state.focus {
            Focus::Registries => {
                self.state
                    .say(Tone::Plain, "registries are ordered by name");
            }
            Focus::Repositories => {
                let order = &mut self.state.repositories.order;
                *order = next(*order, turn, &RepositoryColumn::ALL);
                let text = ordered(order.column.as_str(), order.descending);
                self.state.repositories.start_at_top();
                self.state.say(Tone::Plain, text);
                self.ask_repositories(effects);
            }
            Focus::Images => {
                let order = &mut self.state.images.order;
                *order = next(*order, turn, &ImageColumn::OF_REPOSITORY);
                let text = ordered(order.column.as_str(), order.descending);
                self.state.images.start_at_top();
                self.state.say(Tone::Plain, text);
                self.ask_images(effects);
            }
        }
    }

    /// Whether the repositories of nobody or somebody are wanted: what the selection says.
    pub(super) fn wanted_repositories(&self) -> Wanted<crate::model::RegistryId> {
        match self.state.registry() {
            Some(row) => Wanted::Of(row.id),
            None if self.state.registries.is_loading() => Wanted::Unknown,
            None => Wanted::Nothing,
        }
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

/// The order with the next column, or turned round.
fn next<C: Copy + PartialEq>(order: Order<C>, turn: bool, columns: &[C]) -> Order<C> {
    if turn {
        return Order {
            descending: !order.descending,
            ..order
        };
    }
    let at = columns.iter().position(|column| *column == order.column);
    let next = at.map_or(0, |at| (at + 1) % columns.len());
    Order {
        column: columns[next],
        ..order
    }
}

/// The order in words: its column may not be on a narrow screen.
fn ordered(column: &str, descending: bool) -> String {
    let way = if descending {
        "descending"
    } else {
        "ascending"
    };
    format!("ordered by {column}, {way}")
}
