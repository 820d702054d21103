//! The fields of the registry form, made of the table of settings; secrets, of which settings
//! only say where they are kept, have fields of their own.

use crate::app::field::{Field, SecretField};
use crate::config::keys::{Code, KeyPress};
use crate::model::setting::{self, Section, Setting};
use crate::model::{PASSWORD_SOURCES, PasswordSource, PasswordSupply, RegistrySpec, SecretKind};

/// Which field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The setting of this key.
    Setting(&'static str),
    /// Where a secret is kept.
    Keeping(SecretKind),
    /// The secret itself.
    Secret(SecretKind),
    /// What says more exactly where, of the place with this word: the environment variable
    /// it is read from, the command that prints it.
    Argument(SecretKind, &'static str),
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
        words: Vec<&'static str>,
        /// Which.
        at: usize,
    },
    /// On or off.
    Switch(bool),
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
    /// The part of the form that it is in.
    pub section: Section,
    /// What it was when the form was opened.
    pub(super) initial: String,
    /// Whether something was typed or chosen in it.
    pub(super) is_touched: bool,
    /// Whether what is wrong with it is what the inventory said of it.
    pub(super) is_refused: bool,
}

impl Entry {
    /// Its value as text; of a secret nothing.
    pub fn value(&self) -> String {
        match &self.input {
            Input::Text(field) => field.text().to_owned(),
            Input::Choice { words, at } => words.get(*at).copied().unwrap_or_default().to_owned(),
            Input::Switch(on) => on.to_string(),
            Input::Secret(_) => String::new(),
        }
    }

    /// How many characters are typed in it.
    pub fn letters(&self) -> usize {
        match &self.input {
            Input::Secret(field) => field.len(),
            _ => self.value().chars().count(),
        }
    }

    /// The field in which a path is typed.
    pub(super) fn path(&mut self) -> Option<&mut Field> {
        let Key::Setting(key) = self.key else {
            return None;
        };
        let is_file = setting::find(key).is_some_and(|it| it.input == setting::Input::File);
        match &mut self.input {
            Input::Text(field) if is_file => Some(field),
            _ => None,
        }
    }

    /// Whether nothing is typed in it.
    pub(super) fn is_blank(&self) -> bool {
        match &self.input {
            Input::Secret(field) => field.is_empty(),
            _ => self.value().is_empty(),
        }
    }

    /// Whether it has to be filled in, and nobody has begun to.
    pub(super) fn is_awaited(&self) -> bool {
        let is_needed = match self.key {
            Key::Setting(key) => setting::find(key).is_some_and(Setting::is_positional),
            _ => false,
        };
        is_needed && !self.is_touched && self.is_blank()
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

pub(super) fn of_setting(setting: &'static Setting, spec: Option<&RegistrySpec>) -> Entry {
    let value = match spec {
        Some(spec) => (setting.get)(spec),
        None if setting.is_positional() => String::new(),
        None => setting.default_text(),
    };
    let input = match setting.input {
        setting::Input::Choice(words) => Input::Choice {
            words: words.to_vec(),
            at: words.iter().position(|word| *word == value).unwrap_or(0),
        },
        setting::Input::Switch => Input::Switch(value == "true"),
        setting::Input::Text | setting::Input::List | setting::Input::File => {
            Input::Text(Field::new(&value))
        }
    };
    Entry {
        key: Key::Setting(setting.key),
        label: setting.label,
        help: setting.help,
        range: setting.range,
        input,
        error: None,
        section: setting.section,
        initial: value,
        is_touched: false,
        is_refused: false,
    }
}

/// The places that may keep a secret of this kind, in the order in which they are offered.
pub(super) fn places(kind: SecretKind) -> impl Iterator<Item = &'static PasswordSource> {
    PASSWORD_SOURCES
        .iter()
        .filter(move |place| kind == SecretKind::Password || place.keeps_api_tokens())
}

/// What a place is called in the choice of those for this kind of secret.
pub(super) fn choice(kind: SecretKind, place: &PasswordSource) -> &'static str {
    match (kind, place) {
        (SecretKind::ApiToken, PasswordSource::None) => "no token of its own",
        _ => place.place().choice,
    }
}

/// What the fields of a secret are called, and what they do.
struct Words {
    keeping: (&'static str, &'static str),
    secret: (&'static str, &'static str),
}

fn words(kind: SecretKind) -> Words {
    match kind {
        SecretKind::Password => Words {
            keeping: (
                "Password kept",
                "Where the password is kept; never in the settings or the inventory",
            ),
            secret: ("Password", "The password or token itself"),
        },
        SecretKind::ApiToken => Words {
            keeping: (
                "API token kept",
                "Where the secret of the product's own API is kept, where that wants another",
            ),
            secret: ("API token", "The token itself"),
        },
    }
}

/// The fields of a secret that is kept at `source`.
pub(super) fn of_secret(kind: SecretKind, source: &PasswordSource) -> Vec<Entry> {
    let entry = |key, (label, help), range, input: Input| {
        let mut entry = Entry {
            key,
            label,
            help,
            range,
            input,
            error: None,
            section: Section::SignIn,
            initial: String::new(),
            is_touched: false,
            is_refused: false,
        };
        entry.initial = entry.value();
        entry
    };
    let words = words(kind);
    let offered = Input::Choice {
        words: places(kind).map(|place| choice(kind, place)).collect(),
        at: places(kind)
            .position(|place| source.is_like(place))
            .unwrap_or(0),
    };
    let mut entries = vec![
        entry(
            Key::Secret(kind),
            words.secret,
            "typed or pasted, not shown; empty keeps the one there is",
            Input::Secret(SecretField::default()),
        ),
        entry(Key::Keeping(kind), words.keeping, "", offered),
    ];
    for other in places(kind) {
        let place = other.place();
        if let PasswordSupply::Named(argument) = place.supply {
            let text = Some(source).filter(|source| source.is_like(other));
            let text = text.and_then(PasswordSource::argument);
            entries.push(entry(
                Key::Argument(kind, place.word),
                (argument.label, argument.help),
                argument.range,
                Input::Text(Field::new(text.unwrap_or_default())),
            ));
        }
    }
    entries
}
