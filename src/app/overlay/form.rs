//! The form of a registry. Its fields are made of the table of settings; only secrets, of
//! which settings say no more than where they are kept, have fields of their own.
//!
//! Nothing is saved before the user says so; a check runs on what is in the form.

mod entry;
mod layer;
mod secrets;
mod stores;
mod words;

pub use entry::{Entry, Input, Key};
use entry::{button, choose, of_secret, of_setting, places};
pub use layer::COLUMN;
use secrets::{API_TOKEN, default_place, field};
use stores::Stores;

use super::check::{Extent, stages, verdict};
use crate::app::Ticket;
use crate::app::document::{Document, Tone};
use crate::app::layout::{self, Area};
use crate::app::words::{unsaved, wrap};
use crate::config::keys::{Code, KeyPress};
use crate::model::setting::{self, SETTINGS};
use crate::model::{
    CheckReport, RegistryId, RegistrySpec, SaveError, SaveFault, SecretEntries, SecretKind,
    StoreOffer, Verdict,
};

/// A check run from the form.
#[derive(Clone, Debug)]
pub struct FormCheck {
    /// The question, until its last answer came.
    pub running: Option<Ticket>,
    /// What is known so far.
    pub report: CheckReport,
}

impl FormCheck {
    /// The result in at most `height` lines: where not all fits, first without the
    /// stages that were left out, then with one line for each that passed, then with
    /// those together.
    pub fn document(&self, width: u16, height: u16) -> Document {
        let height = usize::from(height);
        let begin = || {
            let mut document = Document::new(width);
            let (tone, text) = verdict(&self.report, self.running.is_some());
            document.text(tone, &format!("Check: {text}"));
            document
        };
        for extent in [Extent::Full, Extent::WithoutSkipped, Extent::Brief] {
            let mut document = begin();
            stages(&mut document, &self.report, self.running.is_some(), extent);
            if document.len() <= height {
                return document;
            }
        }
        let mut document = begin();
        let passed: Vec<&str> = self
            .report
            .stages
            .iter()
            .filter(|stage| matches!(stage.verdict, Verdict::Passed(_)))
            .map(|stage| stage.stage.as_str())
            .collect();
        document.text(Tone::Good, &format!("passed: {}", passed.join(", ")));
        if let Some(failure) = self.report.first_failure() {
            document.text(Tone::Bad, &failure.to_string());
            if let Some(hint) = &failure.hint {
                document.text(Tone::Plain, hint);
            }
        }
        document.lines.truncate(height);
        document
    }
}

/// A line of the form as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormLine {
    /// The field of this index.
    Field(usize),
    /// What is wrong with the field above.
    Error {
        /// One line of it.
        text: String,
        /// Whether it is the first.
        first: bool,
    },
}

/// The form.
#[derive(Clone, Debug)]
pub struct Form {
    /// The registry that is edited; `None` adds one.
    pub id: Option<RegistryId>,
    /// Every field, shown or not.
    pub entries: Vec<Entry>,
    /// The index of the focused field.
    pub at: usize,
    /// The first line on screen.
    pub offset: usize,
    /// Whether the settings few people need are shown.
    pub more: bool,
    /// The last check.
    pub check: Option<FormCheck>,
    /// The question, while it is being saved.
    pub saving: Option<Ticket>,
    /// Why it was not saved, where that is no one field's fault.
    pub trouble: Option<String>,
    /// Whether it is saved, and has nothing more to do.
    pub(in crate::app) is_saved: bool,
    stores: Stores,
    base: Option<RegistrySpec>,
}

/// The settings that most registries need, in the order of the form; the password's own
/// fields come after the user name.
const BASIC: [&str; 8] = [
    "name",
    "address",
    "type",
    "active",
    "auth",
    "username",
    "load-full-list",
    "repository",
];

impl Form {
    /// How many lines the check takes in a page like this, its rule included; `None`
    /// where none was run.
    pub fn check_rows(&self, page: Area) -> Option<u16> {
        let most = layout::form(page, Some(u16::MAX)).check?;
        let height = most.height.saturating_sub(1);
        let lines = self.check.as_ref()?.document(most.width, height).len();
        Some(u16::try_from(lines).unwrap_or(height) + 1)
    }

    /// An empty form, to add a registry.
    pub fn add() -> Self {
        Self::of(None, None)
    }

    /// The form of a known registry.
    pub fn edit(id: RegistryId, spec: &RegistrySpec) -> Self {
        Self::of(Some(id), Some(spec))
    }

    fn of(id: Option<RegistryId>, spec: Option<&RegistrySpec>) -> Self {
        let mut entries = Vec::new();
        let secret = |kind, more| match spec {
            Some(spec) => of_secret(kind, spec.place(kind), more),
            None => of_secret(kind, &default_place(kind), more),
        };
        let basic = BASIC.iter().filter_map(|key| setting::find(key));
        for setting in basic {
            entries.push(of_setting(setting, spec, false));
            if setting.key == "username" {
                entries.extend(secret(SecretKind::Password, false));
            }
        }
        entries.push(button(
            Key::More,
            "More settings",
            "Limits, timeouts, TLS, proxy: space or enter shows and hides them",
        ));
        for setting in SETTINGS {
            if setting.key == API_TOKEN {
                entries.extend(secret(SecretKind::ApiToken, true));
            } else if !BASIC.contains(&setting.key) {
                entries.push(of_setting(setting, spec, true));
            }
        }
        entries.push(button(
            Key::Save,
            "Save",
            "Enter saves the registry; a crawl is another step",
        ));
        Self {
            id,
            entries,
            at: 0,
            offset: 0,
            more: false,
            check: None,
            saving: None,
            trouble: None,
            is_saved: false,
            stores: Stores::default(),
            base: spec.cloned(),
        }
    }

    /// What the form is for.
    pub fn title(&self) -> String {
        match &self.base {
            Some(spec) => format!("Edit {}", spec.name),
            None => "Add a registry".to_owned(),
        }
    }

    /// The focused field.
    pub fn focused(&self) -> Option<&Entry> {
        self.entries.get(self.at)
    }

    /// Whether anything is other than when the form was opened.
    pub fn is_changed(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.input {
            Input::Secret(secret) => !secret.is_empty(),
            _ => entry.value() != entry.initial,
        })
    }

    fn is_shown(&self, entry: &Entry) -> bool {
        match entry.key {
            _ if entry.more && !self.more => false,
            Key::Secret(kind) => self.keeping(kind).is_typed(),
            Key::Argument(kind, word) => self.keeping(kind).place().word == word,
            _ => true,
        }
    }

    fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn text_of(&self, key: Key) -> String {
        self.entry(key).map_or_else(String::new, Entry::value)
    }

    /// Lines on screen, in `width` columns of which the fields' values begin after
    /// `column`.
    pub fn lines(&self, width: u16, column: u16) -> Vec<FormLine> {
        let room = usize::from(width.saturating_sub(column));
        let mut lines = Vec::new();
        for (i, entry) in self.entries.iter().enumerate() {
            if !self.is_shown(entry) {
                continue;
            }
            lines.push(FormLine::Field(i));
            if let Some(error) = &entry.error {
                let wrapped = wrap(error, room).into_iter().enumerate();
                lines.extend(wrapped.map(|(i, text)| FormLine::Error {
                    text,
                    first: i == 0,
                }));
            }
        }
        lines
    }

    /// Brings the focused field, and what is wrong with it, on screen.
    pub fn settle(&mut self, lines: &[FormLine], height: usize) {
        if !self
            .entries
            .get(self.at)
            .is_some_and(|entry| self.is_shown(entry))
        {
            self.at = 0;
        }
        let at = lines
            .iter()
            .position(|line| *line == FormLine::Field(self.at))
            .unwrap_or(0);
        let errors = lines[(at + 1).min(lines.len())..]
            .iter()
            .take_while(|line| matches!(line, FormLine::Error { .. }))
            .count();
        let height = height.max(1);
        let low = (at + errors + 1).saturating_sub(height).min(at);
        self.offset = self
            .offset
            .clamp(low, at)
            .min(lines.len().saturating_sub(height));
    }

    /// To the next field shown, or the one before; stops at both ends.
    pub fn step(&mut self, down: bool) {
        self.validate_focused();
        let shown = |i: &usize| self.entries.get(*i).is_some_and(|e| self.is_shown(e));
        let next = if down {
            (self.at + 1..self.entries.len()).find(shown)
        } else {
            (0..self.at).rev().find(shown)
        };
        self.at = next.unwrap_or(self.at);
    }

    /// Takes a key that the key map has no meaning for.
    fn key(&mut self, press: KeyPress) {
        let Some(entry) = self.entries.get_mut(self.at) else {
            return;
        };
        let changed = match &mut entry.input {
            Input::Text(field) => field.key(press),
            Input::Secret(field) => field.key(press),
            Input::Choice { words, at } => choose(words, at, press, |i| match entry.key {
                Key::Keeping(kind) => places(kind)
                    .nth(i)
                    .is_some_and(|place| !self.stores.refuses(place)),
                _ => true,
            }),
            Input::Switch(on) => {
                let turns = matches!(press.code, Code::Left | Code::Right | Code::Char(' '));
                *on ^= turns;
                turns
            }
            Input::Button => {
                if entry.key == Key::More && press.text() == Some(' ') {
                    self.more = !self.more;
                }
                false
            }
        };
        if changed {
            entry.error = None;
            self.trouble = None;
        }
    }

    /// Whether the stores of this host are to be tried now: their field is reached.
    pub fn wants_stores(&mut self) -> bool {
        let there = self
            .focused()
            .is_some_and(|entry| matches!(entry.key, Key::Keeping(_)));
        there && self.stores.ask()
    }

    /// Takes what came of trying the stores.
    pub fn offered(&mut self, offers: Vec<StoreOffer>) {
        self.stores = Stores::Tried(offers);
    }

    /// What the focused field may be, in one line.
    pub fn range(&self) -> String {
        let Some(entry) = self.focused() else {
            return String::new();
        };
        match (&entry.input, entry.key) {
            (Input::Choice { .. }, Key::Keeping(kind)) => self.stores.note(self.keeping(kind)),
            (Input::Choice { words, .. }, _) => {
                format!("left, right or a letter: {}", words.join(", "))
            }
            (Input::Switch(_), _) => "space turns it on and off".to_owned(),
            _ => entry.range.to_owned(),
        }
    }

    /// Takes pasted text.
    fn insert(&mut self, text: &str) {
        if let Some(entry) = self.entries.get_mut(self.at) {
            entry.error = None;
            match &mut entry.input {
                Input::Text(field) => field.paste(text),
                Input::Secret(field) => field.paste(text),
                Input::Choice { .. } | Input::Switch(_) | Input::Button => {}
            }
        }
    }

    /// Says what is wrong with the focused field, once it is left.
    fn validate_focused(&mut self) {
        let Some(mut spec) = self.base.clone().or_else(blank) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(self.at) {
            // A field that nobody has filled in yet is no mistake before saving.
            let untouched = entry.value().is_empty() && entry.initial.is_empty();
            if let (Key::Setting(key), false) = (entry.key, untouched) {
                entry.error = setting::find(key)
                    .and_then(|setting| (setting.set)(&mut spec, &entry.value()).err());
            }
        }
    }

    /// The settings and secrets as the form says them; `None` where something is wrong,
    /// which is then said at its field, and the first such field is focused.
    pub fn filled(&mut self) -> Option<(RegistrySpec, SecretEntries)> {
        let mut spec = self.base.clone().or_else(blank)?;
        let mut wrong: Vec<(Key, String)> = Vec::new();
        for entry in &self.entries {
            if let Key::Setting(key) = entry.key
                && let Some(setting) = setting::find(key)
                && let Err(error) = (setting.set)(&mut spec, &entry.value())
            {
                wrong.push((entry.key, error));
            }
        }
        let mut entries = SecretEntries::KEEP;
        for kind in SecretKind::ALL {
            match self.secret(kind, &mut spec) {
                Ok(entry) => *entries.of_mut(kind) = entry,
                Err(error) => wrong.push(error),
            }
        }
        if wrong.is_empty() {
            let contradictions = spec.contradictions().into_iter();
            wrong.extend(contradictions.map(|(key, text)| (field(key), text)));
        }
        self.say(wrong);
        let right = self.entries.iter().all(|entry| entry.error.is_none());
        right.then_some((spec, entries))
    }

    /// Says what is wrong, each at its field, and goes to the first.
    fn say(&mut self, wrong: Vec<(Key, String)>) {
        for entry in &mut self.entries {
            entry.error = None;
        }
        let mut first = None;
        for (key, text) in wrong {
            let at = self.entries.iter().position(|entry| entry.key == key);
            let Some(at) = at else {
                self.trouble = Some(text);
                continue;
            };
            let entry = &mut self.entries[at];
            self.more |= entry.more;
            entry.error.get_or_insert(text);
            first = Some(first.map_or(at, |first: usize| first.min(at)));
        }
        if let Some(at) = first {
            self.at = at;
        }
    }

    /// Takes the news that it could not be saved.
    pub fn refused(&mut self, error: &SaveError) {
        self.saving = None;
        let text = unsaved(error);
        match error.fault {
            SaveFault::Setting(key) => self.say(vec![(field(key), text)]),
            _ => self.trouble = Some(text),
        }
    }
}

/// Settings at their defaults, to be overwritten by the form's.
fn blank() -> Option<RegistrySpec> {
    let name = "registry".parse().ok()?;
    let endpoint = "https://registry.example".parse().ok()?;
    Some(RegistrySpec::new(name, endpoint))
}
