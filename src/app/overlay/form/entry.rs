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

/// Where a password may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    Auto,
    Nowhere,
    OsStore,
    File,
    Memory,
    Variable,
    Command,
    Docker,
    Podman,
    Keyutils,
}

/// Every place, in the order of [`KEEPING_WORDS`].
const KEEPINGS: [Keeping; 10] = [
    Keeping::Auto,
    Keeping::Nowhere,
    Keeping::OsStore,
    Keeping::File,
    Keeping::Memory,
    Keeping::Variable,
    Keeping::Command,
    Keeping::Docker,
    Keeping::Podman,
    Keeping::Keyutils,
];

const KEEPING_WORDS: &[&str] = &[
    "wherever one is found",
    "no password",
    "in the system's secret store",
    "in a file, encrypted with a passphrase",
    "in memory, until the program ends",
    "in an environment variable",
    "a command prints it",
    "in docker's config.json",
    "in podman's auth.json",
    "in the kernel (keyutils), until a restart",
];

impl Keeping {
    /// The place that stands at `index` of the words.
    pub(super) fn at(index: usize) -> Self {
        KEEPINGS.get(index).copied().unwrap_or(Self::Auto)
    }

    /// Whether the password itself is typed in.
    pub(super) fn is_typed(self) -> bool {
        matches!(
            self,
            Self::OsStore | Self::File | Self::Memory | Self::Keyutils
        )
    }
}

pub(super) fn keeping_of(source: &PasswordSource) -> Keeping {
    match source {
        PasswordSource::Auto => Keeping::Auto,
        PasswordSource::None => Keeping::Nowhere,
        PasswordSource::OsStore => Keeping::OsStore,
        PasswordSource::File => Keeping::File,
        PasswordSource::Session => Keeping::Memory,
        PasswordSource::Environment(_) => Keeping::Variable,
        PasswordSource::Command(_) => Keeping::Command,
        PasswordSource::Docker => Keeping::Docker,
        PasswordSource::Podman => Keeping::Podman,
        PasswordSource::Keyutils => Keeping::Keyutils,
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

/// Takes a key to another of the words, of those that are `offered`.
pub(super) fn choose(
    words: &[&str],
    at: &mut usize,
    press: KeyPress,
    offered: impl Fn(usize) -> bool,
) -> bool {
    let count = words.len();
    let steps = 1..=count;
    let step = |step: usize| (*at + step) % count;
    let next = match press.code {
        Code::Right | Code::Char(' ') => steps.map(step).find(|i| offered(*i)),
        Code::Left => steps.map(|back| step(count - back)).find(|i| offered(*i)),
        // A letter goes to the next word that begins with it.
        Code::Char(c) if press.text().is_some() => steps
            .map(step)
            .find(|i| offered(*i) && words[*i].starts_with(c.to_ascii_lowercase())),
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
                words: KEEPING_WORDS,
                at: source
                    .and_then(|source| {
                        let keeping = keeping_of(source);
                        KEEPINGS.iter().position(|known| *known == keeping)
                    })
                    .unwrap_or(0),
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
