//! The form of a registry. Its fields are made of the table of settings, in the sections
//! that the table names; only secrets, of which settings say no more than where they are
//! kept, have fields of their own.
//!
//! Nothing is saved before the user says so; a check runs on what is in the form.

mod check;
mod entry;
mod filled;
mod layer;
mod lines;
mod product;
mod secrets;
mod stores;
mod words;

pub use check::FormCheck;
pub use entry::{Entry, Input, Key};
use entry::{choose, of_secret, of_setting, places};
pub use layer::COLUMN;
pub use lines::FormLine;
use secrets::{API_TOKEN, default_place, field};
use stores::Stores;

use crate::app::Ticket;
use crate::app::completion::Completion;
use crate::config::keys::{Code, KeyPress};
use crate::model::setting::{SETTINGS, Section};
use crate::model::{PASSWORD, RegistryId, RegistryName, RegistrySpec, SecretKind, StoreOffer};

/// The form.
#[derive(Clone, Debug)]
pub struct Form {
    /// The registry that is edited; `None` adds one.
    pub id: Option<RegistryId>,
    /// Every field, shown or not, section by section.
    pub entries: Vec<Entry>,
    /// The index of the focused field.
    pub at: usize,
    /// The first line on screen.
    pub offset: usize,
    /// The last check.
    pub check: Option<FormCheck>,
    /// The question, while it is being saved.
    pub saving: Option<Ticket>,
    /// Why it was not saved, where that is no one field's fault.
    pub trouble: Option<String>,
    /// Whether it is saved, and has nothing more to do.
    pub(in crate::app) is_saved: bool,
    /// How the path in focus may go on.
    pub completion: Completion,
    purpose: Purpose,
    stores: Stores,
    base: Option<RegistrySpec>,
}

/// What a form is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To add a registry.
    Add,
    /// To add one like another.
    Duplicate,
    /// To change one.
    Edit,
    /// To look at one.
    View,
}

impl Form {
    /// An empty form, to add a registry.
    pub fn add() -> Self {
        Self::of(Purpose::Add, None, None)
    }

    /// The form of a known registry.
    pub fn edit(id: RegistryId, spec: &RegistrySpec) -> Self {
        Self::of(Purpose::Edit, Some(id), Some(spec))
    }

    /// The same, to look at.
    pub fn view(id: RegistryId, spec: &RegistrySpec) -> Self {
        Self::of(Purpose::View, Some(id), Some(spec))
    }

    /// A form that adds a registry with the settings of another, but for its secrets, under
    /// a name that is not `taken`.
    pub fn duplicate(spec: &RegistrySpec, taken: impl Fn(&RegistryName) -> bool) -> Self {
        let mut spec = spec.clone();
        let name = spec.name.to_string();
        let name: String = name.chars().take(60).collect();
        let mut names = (2..1000).filter_map(|n| format!("{name}-{n}").parse().ok());
        if let Some(free) = names.find(|name| !taken(name)) {
            spec.name = free;
        }
        Self::of(Purpose::Duplicate, None, Some(&spec))
    }

    fn of(purpose: Purpose, id: Option<RegistryId>, spec: Option<&RegistrySpec>) -> Self {
        let mut entries = Vec::new();
        let secret = |kind| match spec {
            Some(spec) => of_secret(kind, spec.place(kind)),
            None => of_secret(kind, &default_place(kind)),
        };
        for section in Section::ALL {
            let settings = SETTINGS.iter().filter(|setting| setting.section == section);
            for setting in settings {
                if setting.key == API_TOKEN {
                    entries.extend(secret(SecretKind::ApiToken));
                    continue;
                }
                entries.push(of_setting(setting, spec));
                if setting.key == "username" {
                    entries.extend(secret(SecretKind::Password));
                }
            }
        }
        Self {
            id,
            entries,
            at: 0,
            offset: 0,
            check: None,
            saving: None,
            trouble: None,
            is_saved: false,
            completion: Completion::default(),
            purpose,
            stores: Stores::default(),
            base: spec.cloned(),
        }
    }

    /// What the form is for.
    pub fn title(&self) -> String {
        let name = self.base.as_ref().map(|spec| spec.name.to_string());
        let name = name.unwrap_or_default();
        match self.purpose {
            Purpose::Add => "Add a registry".to_owned(),
            Purpose::Duplicate => format!("Add {name}, like another"),
            Purpose::Edit => format!("Edit {name}"),
            Purpose::View => format!("{name}: view only"),
        }
    }

    /// Whether it is there to be looked at.
    pub(super) fn is_view(&self) -> bool {
        self.purpose == Purpose::View
    }

    /// What stands in an empty field of a secret.
    pub fn placeholder(&self) -> &'static str {
        match self.purpose {
            Purpose::Add => "",
            Purpose::Duplicate => "not copied",
            Purpose::Edit | Purpose::View => "unchanged",
        }
    }

    /// Goes to the setting of this key, or to the password.
    pub fn reveal(&mut self, key: &'static str) {
        let password = [
            Key::Secret(SecretKind::Password),
            Key::Keeping(SecretKind::Password),
        ];
        let setting = [field(key)];
        let keys = if key == PASSWORD {
            &password[..]
        } else {
            &setting[..]
        };
        let mut keys = keys.iter();
        let at = keys.find_map(|key| {
            let mut entries = self.entries.iter();
            entries.position(|entry| entry.key == *key && self.is_shown(entry))
        });
        self.go_to(at.unwrap_or(self.at));
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

    fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn text_of(&self, key: Key) -> String {
        self.entry(key).map_or_else(String::new, Entry::value)
    }

    /// Whether keys go to the fields, and not to the check.
    pub fn is_in_fields(&self) -> bool {
        !self.check.as_ref().is_some_and(|check| check.is_focused)
    }

    /// To the next field, or the one before, from section to section and round.
    pub fn step(&mut self, down: bool) {
        let count = self.entries.len();
        let shown = |i: &usize| self.entries.get(*i).is_some_and(|e| self.is_shown(e));
        let mut others = 1..count;
        let next = if down {
            others.map(|by| (self.at + by) % count).find(shown)
        } else {
            let back = |by| (self.at + count - by) % count;
            others.find_map(|by| Some(back(by)).filter(shown))
        };
        self.go_to(next.unwrap_or(self.at));
    }

    /// To the first field of the next section, or of the one before, and round.
    pub fn turn(&mut self, forward: bool) {
        let count = Section::ALL.len();
        let section = self.section();
        let at = Section::ALL.iter().position(|one| *one == section);
        let by = if forward { 1 } else { count - 1 };
        let next = Section::ALL[(at.unwrap_or(0) + by) % count];
        let first = self.entries.iter().position(|one| one.section == next);
        self.go_to(first.unwrap_or(self.at));
    }

    /// To the field of this index.
    fn go_to(&mut self, at: usize) {
        let section = self.entries.get(at).map(|entry| entry.section);
        self.leave_field(section != Some(self.section()));
        self.completion.forget();
        self.at = at;
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
        };
        if changed {
            self.changed();
        }
    }

    /// Takes pasted text.
    fn insert(&mut self, text: &str) {
        let Some(entry) = self.entries.get_mut(self.at) else {
            return;
        };
        match &mut entry.input {
            Input::Text(field) => field.paste(text),
            Input::Secret(field) => field.paste(text),
            Input::Choice { .. } | Input::Switch(_) => return,
        }
        self.changed();
    }

    /// Takes note that the focused field is another than before.
    fn changed(&mut self) {
        self.trouble = None;
        let Some(entry) = self.entries.get_mut(self.at) else {
            return;
        };
        entry.is_touched = true;
        if entry.key == Key::Setting("type") {
            self.fill_in();
        }
        self.reconsider(self.at);
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
}
