//! All keys, from the key map, beginning with the place where help was asked for.

use unicode_width::UnicodeWidthStr;

use super::{Find, Scroll, close};
use crate::app::document::{Document, Sign, Tone};
use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::list::Step;
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyMap, KeyPress};

/// The page of keys.
#[derive(Clone, Debug)]
pub struct Help {
    /// How far it is scrolled.
    pub scroll: Scroll,
    /// What is looked for in it.
    pub find: Find,
    first: &'static [Context],
}

/// Columns of the keys.
const COLUMN: usize = 20;

impl Help {
    /// Help that begins with the keys of these contexts.
    pub fn new(first: &'static [Context]) -> Self {
        Self {
            scroll: Scroll::default(),
            find: Find::default(),
            first,
        }
    }

    /// The page.
    pub fn document(&self, keys: &KeyMap, width: u16) -> Document {
        let mut document = Document::new(width);
        let rest = Context::ALL.iter();
        let rest = rest.filter(|context| !self.first.contains(context));
        for context in self.first.iter().chain(rest).copied() {
            if keys.bindings(context).next().is_none() {
                continue;
            }
            if !document.is_empty() {
                document.gap();
            }
            document.heading(title(context));
            for binding in keys.bindings(context) {
                let shown = binding.all_keys();
                let column = COLUMN.max(shown.width() + 1);
                document.entry(column, (Tone::Key, &shown), Tone::Plain, &binding.help);
            }
        }
        document.gap();
        document.heading("Signs");
        for (sign, text) in SIGNS {
            let at = document.len();
            document.entry(4, (Tone::Plain, ""), Tone::Plain, text);
            document.sign(at, sign);
        }
        document
    }
}

/// What the signs mean; each also has its word wherever it stands.
const SIGNS: [(Sign, &str); 7] = [
    (Sign::Good, "complete: everything was listed and read"),
    (
        Sign::Partial,
        "partial, cancelled, interrupted or stale: something could not be read; what was known is kept",
    ),
    (
        Sign::Bad,
        "failed: it could not be had; the line at the bottom says why",
    ),
    (Sign::Refused, "refused: the registry said no"),
    (Sign::Unknown, "not crawled yet"),
    (
        Sign::Busy,
        "a crawl or check is at work, here or in another process",
    ),
    (Sign::Held, "waiting: the registry asked for a pause"),
];

/// Where the keys of a context are.
pub(in crate::app) fn title(context: Context) -> &'static str {
    match context {
        Context::Registries => "In the registries",
        Context::Repositories => "In the repositories",
        Context::Images => "In the images",
        Context::Browse => "In every pane",
        Context::Search => "Among what a search found",
        Context::SearchLine => "While a search is typed",
        Context::Changes => "In the changes",
        Context::Crawls => "In the crawls",
        Context::Plan => "In the decisions",
        Context::Pages => "On every page",
        Context::Move => "To move",
        Context::Filter => "While a filter is typed",
        Context::CommandLine => "While a command is typed",
        Context::Detail => "On the page of an image",
        Context::Help => "In this list of keys",
        Context::Failures => "In the list of failures",
        Context::Requests => "In the log of requests",
        Context::Drift => "In what two registries differ in",
        Context::Diff => "In what two images differ in",
        Context::Usage => "In what takes room",
        Context::Check => "On the page of a check",
        Context::Overlay => "On what lies over a page",
        Context::Form => "In the form of a registry",
        Context::FormCheck => "In the check beside the form",
        Context::Confirm => "At a question",
        Context::Ask => "Where a secret is asked for",
        Context::Line => "Where a line is asked for",
        Context::Global => "Everywhere",
    }
}

impl Help {
    fn lines(&self, world: &World) -> Document {
        self.document(&world.keys, world.page().width)
    }
}

impl Layer for Help {
    fn contexts(&self) -> &'static [Context] {
        if self.find.typing.is_some() {
            return &[Context::Filter, Context::Global];
        }
        &[
            Context::Help,
            Context::Overlay,
            Context::Move,
            Context::Global,
        ]
    }

    fn is_typed_into(&self) -> bool {
        self.find.typing.is_some()
    }

    fn why_not(&self, command: Command, world: &World) -> Option<Notice> {
        match command {
            Command::Help => Some(Notice::plain("these are the keys")),
            command => self.find.why_not(command, world),
        }
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        if self.find.typing.is_some() {
            self.find.end(command);
            return Flow::Stay;
        }
        let document = self.lines(outside.world);
        let height = usize::from(outside.world.page().height);
        if let Some(step) = Step::of(command) {
            self.scroll.step(step, document.len(), height);
            return Flow::Stay;
        }
        match command {
            Command::Filter => self.find.begin(),
            Command::NextMatch | Command::PreviousMatch => {
                self.find.turn(command, &document, &mut self.scroll, height);
            }
            Command::Back if self.find.clear() => {}
            Command::Back => return Flow::Close,
            _ => return close(command),
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, outside: &mut Outside<'_>) {
        if self.find.press(press) {
            let document = self.lines(outside.world);
            let height = usize::from(outside.world.page().height);
            self.find.follow(&document, &mut self.scroll, height);
        }
    }

    fn paste(&mut self, text: &str, outside: &mut Outside<'_>) -> bool {
        let is_typed = self.find.paste(text);
        let document = self.lines(outside.world);
        let height = usize::from(outside.world.page().height);
        self.find.follow(&document, &mut self.scroll, height);
        is_typed
    }

    fn pointed(&mut self, pointed: Pointed, world: &World, areas: &Areas) -> Touch {
        let len = self.lines(world).len();
        self.scroll.point(pointed, areas.page.inside(), len)
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let len = self.lines(world).len();
        self.scroll.settle(len, usize::from(world.page().height));
    }
}
