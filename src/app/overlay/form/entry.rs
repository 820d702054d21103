//! The fields of the registry form, made of the table of settings; the password, which is
//! no setting, has fields of its own.

use crate::app::field::{Field, SecretField};
use crate::config::keys::{Code, KeyPress};
use crate::model::setting::{self, Setting};
use crate::model::{PasswordSource, RegistrySpec};

/// Which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The setting of this key.
    Setting(&'static str),
    /// Where the password is kept.
    Keeping,
    /// The password itself.
    Password,
    /// The environment variable it is read from.
    Variable,
    /// The command that prints it.
    Command,
    /// The line that folds the settings few people need.
    More,
    /// The line that saves.
    Save,
}

/// How a field is filled in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A line of text.
    Text(Field),
    /// A line that is not shown.
    Secret(SecretField),
    /// One of these words.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// Which.
        at: usize,
    },
    /// On or off.
    Switch(bool),
    /// Nothing to fill in.
    Button,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which.
    pub key: Key,
    /// Its name.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What it may be.
    pub range: &'static str,
    /// How it is filled in.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether it is one of those few people need.
    pub(super) more: bool,
    /// What it was when the form was opened.
    pub(super) initial: String,
}

/// Where a password may be kept, in the order of [`keeping_of`].
const KEEPINGS: &[&str] = &[
    "no password",
    "in the system's secret store",
    "in memory, until the program ends",
    "in an environment variable",
    "a command prints it",
];

pub(super) fn keeping_of(source: &PasswordSource) -> usize {
    match source {
        PasswordSource::Auto
        | PasswordSource::None
        | PasswordSource::Keyutils
        | PasswordSource::File
        | PasswordSource::Docker
        | PasswordSource::Podman => 0,
        PasswordSource::OsStore => 1,
        PasswordSource::Session => 2,
        PasswordSource::Environment(_) => 3,
        PasswordSource::Command(_) => 4,
    }
}

impl Entry {
    /// Its value as text; of a secret nothing.
    pub fn value(&self) -> String {
        match &self.input {
            Input::Text(field) => field.text().to_owned(),
            Input::Choice { words, at } => words.get(*at).copied().unwrap_or_default().to_owned(),
            Input::Switch(on) => on.to_string(),
            Input::Secret(_) | Input::Button => String::new(),
        }
    }
}

pub(super) fn choose(words: &[&str], at: &mut usize, press: KeyPress) -> bool {
    let count = words.len();
    let next = match press.code {
        Code::Right | Code::Char(' ') => Some((*at + 1) % count),
        Code::Left => Some((*at + count - 1) % count),
        // A letter goes to the next word that begins with it.
        Code::Char(c) if press.text().is_some() => (1..=count)
            .map(|step| (*at + step) % count)
            .find(|i| words[*i].starts_with(c.to_ascii_lowercase())),
        _ => None,
    };
    *at = next.unwrap_or(*at);
    next.is_some()
}

pub(super) fn of_setting(
    setting: &'static Setting,
    spec: Option<&RegistrySpec>,
    more: bool,
) -> Entry {
    let value = match spec {
        Some(spec) => (setting.get)(spec),
        None if setting.is_positional() => String::new(),
        None => setting.default_text(),
    };
    let input = match setting.input {
        setting::Input::Choice(words) => Input::Choice {
            words,
            at: words.iter().position(|word| *word == value).unwrap_or(0),
        },
        setting::Input::Switch => Input::Switch(value == "true"),
        setting::Input::Text | setting::Input::List => Input::Text(Field::new(&value)),
    };
    Entry {
        key: Key::Setting(setting.key),
        label: setting.label,
        help: setting.help,
        range: setting.range,
        input,
        error: None,
        more,
        initial: value,
    }
}

pub(super) fn of_password(source: Option<&PasswordSource>) -> Vec<Entry> {
    let entry = |key, label, help, range, input: Input| {
        let mut entry = Entry {
            key,
            label,
            help,
            range,
            input,
            error: None,
            more: false,
            initial: String::new(),
        };
        entry.initial = entry.value();
        entry
    };
    let (variable, command) = match source {
        Some(PasswordSource::Environment(name)) => (name.as_str(), ""),
        Some(PasswordSource::Command(command)) => ("", command.as_str()),
        _ => ("", ""),
    };
    vec![
        entry(
            Key::Keeping,
            "Password kept",
            "Where the password is kept; never in the settings or the inventory",
            "",
            Input::Choice {
                words: KEEPINGS,
                at: source.map_or(0, keeping_of),
            },
        ),
        entry(
            Key::Password,
            "Password",
            "The password or token itself; leave it empty to keep the one there is",
            "typed or pasted, not shown",
            Input::Secret(SecretField::default()),
        ),
        entry(
            Key::Variable,
            "Variable",
            "The environment variable, read at each use",
            "a name such as REGISTRY_PASSWORD",
            Input::Text(Field::new(variable)),
        ),
        entry(
            Key::Command,
            "Command",
            "Its first line of output is the password; run at each use, without a shell",
            "such as `pass show registry`",
            Input::Text(Field::new(command)),
        ),
    ]
}

pub(super) fn button(key: Key, label: &'static str, help: &'static str) -> Entry {
    Entry {
        key,
        label,
        help,
        range: "",
        input: Input::Button,
        error: None,
        more: false,
        initial: String::new(),
    }
}
