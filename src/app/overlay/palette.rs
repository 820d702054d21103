//! Commands by name: a line that is typed into, and what it may mean, the likeliest first.
//! Nothing acts before it is chosen. Knows which commands there are from the one who opened
//! it; what is chosen is carried out by the way that keys take.

use crate::app::document::Tone;
use crate::app::field::Field;
use crate::app::layer::{Flow, Layer};
use crate::app::layout::{Area, Areas};
use crate::app::list::{List, Step};
use crate::app::pointer::{Pointed, Touch};
use crate::app::world::{Notice, Outside, World};
use crate::config::keys::{Command, Context, KeyPress};
use crate::query::fuzzy;

/// Rows of commands at most.
const ROWS: u16 = 12;
/// How far a command is whose help alone has what was typed.
const IN_HELP: usize = 1000;

/// What a line of the palette does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// What a key does.
    Command(Command),
    /// What has a name only.
    Verb(Verb),
}

/// What has a name and no key, as people know it from other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Goes to a registry by its name.
    Registry,
    /// Searches for repositories.
    Repository,
    /// What other programs call contexts are registries here.
    Contexts,
    /// Chooses a theme.
    Theme,
    /// Quits.
    Quit,
}

/// A command in the palette.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it does.
    pub does: Does,
    /// Its name.
    pub name: &'static str,
    /// What is written behind the name, where anything may be.
    pub words: &'static str,
    /// The key that does the same; empty where none does.
    pub key: String,
    /// What it does, in words.
    pub help: String,
    /// Why it can do nothing here.
    pub why_not: Option<String>,
}

/// The palette.
#[derive(Clone, Debug)]
pub struct Palette {
    /// What is typed behind the colon.
    pub field: Field,
    /// The cursor over what that may mean.
    pub list: List,
    entries: Vec<Entry>,
}

impl Palette {
    /// A palette with these commands, those that can act first.
    pub(in crate::app) fn new(entries: Vec<Entry>) -> Self {
        Self {
            field: Field::default(),
            list: List::default(),
            entries,
        }
    }

    /// The name that is typed, and what stands behind it.
    fn typed(&self) -> (String, &str) {
        let text = self.field.text().trim_start();
        let (name, words) = text.split_once(' ').unwrap_or((text, ""));
        (name.to_ascii_lowercase(), words.trim())
    }

    /// What the line may mean, the likeliest first.
    pub fn matching(&self) -> Vec<&Entry> {
        let (name, words) = self.typed();
        let far = |entry: &Entry| {
            if !words.is_empty() {
                return (entry.name == name && !entry.words.is_empty()).then_some(0);
            }
            let in_help = name.len() > 2 && entry.help.to_ascii_lowercase().contains(&name);
            fuzzy::distance(entry.name, &name).or_else(|| in_help.then_some(IN_HELP))
        };
        let found = self.entries.iter();
        let mut found: Vec<_> = found.filter_map(|one| Some((far(one)?, one))).collect();
        found.sort_by_key(|(far, entry)| (*far, entry.why_not.is_some()));
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Whether what was typed is no part of a command's name.
    fn is_guess(&self, entry: &Entry) -> bool {
        let (name, _) = self.typed();
        !entry.name.contains(&name)
    }

    /// Writes the name of a command into the line.
    fn complete(&mut self, entry: &Entry) {
        let behind = if entry.words.is_empty() { "" } else { " " };
        self.field = Field::new(&format!("{}{behind}", entry.name));
        self.list = List::default();
    }

    /// What is said where the line means nothing.
    pub fn unknown(&self) -> String {
        let (name, words) = self.typed();
        let names = self.entries.iter().map(|entry| entry.name);
        if !words.is_empty() && names.clone().any(|one| one == name) {
            return format!("nothing is written behind `{name}`");
        }
        match fuzzy::nearest(names, &name) {
            Some(near) => format!("there is no command `{name}`; the nearest is `{near}`"),
            None => format!("there is no command `{name}`"),
        }
    }

    /// Where it lies on this page: as high as it needs to be, at the bottom.
    pub fn area(&self, page: Area) -> Area {
        let rows = u16::try_from(self.matching().len()).unwrap_or(u16::MAX);
        let height = (rows.clamp(1, ROWS) + 3).min(page.height);
        page.rows(page.height - height, height)
    }

    /// How many rows of commands it shows in its area.
    pub fn rows(area: Area) -> usize {
        usize::from(area.inside().height.saturating_sub(1))
    }
}

impl Layer for Palette {
    fn contexts(&self) -> &'static [Context] {
        &[Context::CommandLine, Context::Global]
    }

    fn is_typed_into(&self) -> bool {
        true
    }

    fn why_not(&self, command: Command, _: &World) -> Option<Notice> {
        let means_nothing = || self.matching().is_empty();
        (command == Command::Accept && means_nothing()).then(|| Notice::plain(self.unknown()))
    }

    fn command(&mut self, command: Command, outside: &mut Outside<'_>) -> Flow {
        let all = self.matching();
        let selected = all.get(self.list.cursor).map(|entry| (*entry).clone());
        let len = all.len();
        if let Some(step) = Step::of(command) {
            self.list.step(step, len, usize::from(ROWS));
            return Flow::Stay;
        }
        match (command, selected) {
            // A slip of the fingers is no command: what has the letters, but not so, is
            // written first, and done by a second key.
            (Command::Accept, Some(entry)) if self.list.cursor == 0 && self.is_guess(&entry) => {
                self.complete(&entry);
                let text = format!("once more does `{}`", entry.name);
                outside.say(Tone::Plain, text);
            }
            (Command::Accept, Some(entry)) => {
                let words = self.typed().1.to_owned();
                outside.run(entry.does, words);
            }
            (Command::NextField, Some(entry)) => self.complete(&entry),
            (Command::Leave, _) => return Flow::Close,
            _ => {}
        }
        Flow::Stay
    }

    fn press(&mut self, press: KeyPress, _: &mut Outside<'_>) {
        self.field.key(press);
        self.list = List::default();
    }

    fn pointed(&mut self, pointed: Pointed, _: &World, areas: &Areas) -> Touch {
        let area = self.area(areas.page);
        let rows = area.inside();
        let rows = rows.rows(0, rows.height.saturating_sub(1));
        let len = self.matching().len();
        match self.list.point(pointed, rows, 1, len) {
            Touch::Means(_) => Touch::Means(Command::Accept),
            touch => touch,
        }
    }

    fn paste(&mut self, text: &str, _: &mut Outside<'_>) -> bool {
        self.field.paste(text);
        self.list = List::default();
        true
    }

    fn settle(&mut self, _: &World, areas: &Areas) {
        let rows = Self::rows(self.area(areas.page));
        let len = self.matching().len();
        self.list.settle(len, rows);
    }
}
