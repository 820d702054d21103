//! All keys, from the key map, beginning with the place where help was asked for.

use crate::app::layer::{Flow, Layer};
use crate::app::layout::Areas;
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context};
use unicode_width::UnicodeWidthStr;

use super::{Scroll, close};
use crate::app::document::{Document, Sign, Tone};
use crate::config::keys::KeyMap;

/// The page of keys.
#[derive(Clone, Copy, Debug)]
pub struct Help {
    /// How far it is scrolled.
    pub scroll: Scroll,
    first: &'static [Context],
}

/// Columns of the keys.
const COLUMN: usize = 20;

impl Help {
    /// Help that begins with the keys of these contexts.
    pub fn new(first: &'static [Context]) -> Self {
        Self {
            scroll: Scroll::default(),
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

impl Layer for Help {
    fn contexts(&self) -> &'static [Context] {
        &[Context::Overlay, Context::Move, Context::Global]
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        (command == Command::Help).then(|| Notice::plain("these are the keys"))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let Self { scroll, first } = self;
        let help = Self {
            scroll: *scroll,
            first,
        };
        let page = |width| help.document(&outside.world.keys, width);
        if let Some(flow) = scroll.take(command, outside.world, page) {
            return flow;
        }
        close(command)
    }

    fn settle(&mut self, world: &World, _: &Areas) {
        let page = world.page();
        let len = self.document(&world.keys, page.width).len();
        self.scroll.settle(len, usize::from(page.height));
    }
}
