//! What is on the screen, and what is known behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Size;
use super::document::Tone;
use super::field::Field;
use super::layout::{self, Areas, Focus};
use super::overlay::Overlay;
use super::pane::{Images, Pane, Registries, Repositories, Wanted};
use crate::config::keys::{Context, KeyMap, KeyPress};
use crate::model::{
    Failure, ImageColumn, ImageRow, Order, Progress, RegistryId, RegistryRow, RepositoryRow,
    Timestamp, Trouble,
};

/// Something said in the line at the bottom until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Good, bad or neither.
    pub tone: Tone,
    /// What.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
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
    /// The pane that keys go to.
    pub focus: Focus,
    /// Every registry, whatever the filter says.
    pub all: Vec<RegistryRow>,
    /// The pane of registries.
    pub registries: Registries,
    /// The pane of repositories.
    pub repositories: Repositories,
    /// The pane of images.
    pub images: Images,
    /// The filter that is being typed, for the focused pane.
    pub typing: Option<Field>,
    /// The line that `:` opened. What is typed into it does nothing.
    pub command_line: Option<Field>,
    /// Crawls that run.
    pub progress: Arc<BTreeMap<RegistryId, Progress>>,
    /// Crawls that were asked for and have not been heard of.
    pub starting: BTreeSet<RegistryId>,
    /// Crawls that were asked to stand still until they are asked to go on.
    pub paused: BTreeSet<RegistryId>,
    /// Crawls that were asked to stop.
    pub stopping: BTreeSet<RegistryId>,
    /// Crawls that could not begin.
    pub refused: BTreeMap<RegistryId, Failure>,
    /// Pages over the panes, the uppermost last.
    pub overlays: Vec<Overlay>,
    /// What was last said.
    pub notice: Option<Notice>,
    /// Keys that begin a sequence.
    pub pending: Vec<KeyPress>,
    /// Counts ticks, for what moves by itself.
    pub beat: usize,
}

impl State {
    pub(super) fn new(size: Size, now: Timestamp, keys: KeyMap) -> Self {
        // The newest version is what people look for.
        let newest = Order {
            column: ImageColumn::Tag,
            descending: true,
        };
        Self {
            size,
            now,
            keys,
            focus: Focus::default(),
            all: Vec::new(),
            registries: Pane::new(Wanted::Of(()), Order::default()),
            repositories: Pane::new(Wanted::Unknown, Order::default()),
            images: Pane::new(Wanted::Unknown, newest),
            typing: None,
            command_line: None,
            progress: Arc::default(),
            starting: BTreeSet::new(),
            paused: BTreeSet::new(),
            stopping: BTreeSet::new(),
            refused: BTreeMap::new(),
            overlays: Vec::new(),
            notice: None,
            pending: Vec::new(),
            beat: 0,
        }
    }

    /// Where everything is; `None` on a screen that is too small.
    pub fn areas(&self) -> Option<Areas> {
        layout::areas(self.size, self.focus)
    }

    /// The selected registry.
    pub fn registry(&self) -> Option<&RegistryRow> {
        self.registries.selected()
    }

    /// The selected repository.
    pub fn repository(&self) -> Option<&RepositoryRow> {
        self.repositories.selected()
    }

    /// The selected image.
    pub fn image(&self) -> Option<&ImageRow> {
        self.images.selected()
    }

    /// The registry of this number, whatever the filter says.
    pub fn known(&self, id: RegistryId) -> Option<&RegistryRow> {
        self.all.iter().find(|row| row.id == id)
    }

    /// Whether a crawl of this registry runs or was asked for.
    pub fn is_crawling(&self, id: RegistryId) -> bool {
        self.progress.contains_key(&id) || self.starting.contains(&id)
    }

    /// Whether another process crawls this registry now.
    pub fn is_crawled_elsewhere(&self, row: &RegistryRow) -> bool {
        row.last_crawl.as_ref().is_some_and(|crawl| crawl.running) && !self.is_crawling(row.id)
    }

    /// Crawls that run or were asked for.
    pub fn crawls(&self) -> usize {
        let starting = self.starting.iter();
        self.progress.len()
            + starting
                .filter(|id| !self.progress.contains_key(id))
                .count()
    }

    /// Where a key is looked up now, the narrowest first.
    pub fn contexts(&self) -> &'static [Context] {
        use Context::{
            Ask, Check, CommandLine, Confirm, Detail, Failures, Filter, Form, Global, Images, Move,
            Page, Panes, Registries, Repositories,
        };
        if self.command_line.is_some() {
            return &[CommandLine, Global];
        }
        match self.overlays.last() {
            Some(Overlay::Form(_)) => &[Form, Global],
            Some(Overlay::Confirm(_)) => &[Confirm, Global],
            Some(Overlay::Ask(_)) => &[Ask, Global],
            Some(Overlay::Detail(_)) => &[Detail, Page, Move, Global],
            Some(Overlay::Failures(_)) => &[Failures, Page, Move, Global],
            Some(Overlay::Check(_)) => &[Check, Page, Move, Global],
            Some(Overlay::Help(_)) => &[Page, Move, Global],
            None if self.typing.is_some() => &[Filter, Global],
            None => match self.focus {
                Focus::Registries => &[Registries, Panes, Move, Global],
                Focus::Repositories => &[Repositories, Panes, Move, Global],
                Focus::Images => &[Images, Panes, Move, Global],
            },
        }
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice {
            tone,
            text: text.into(),
            hint: None,
        });
    }

    pub(super) fn say_trouble(&mut self, trouble: &Trouble) {
        self.notice = Some(Notice {
            tone: Tone::Bad,
            text: trouble.message.clone(),
            hint: trouble.hint.clone(),
        });
    }
}
