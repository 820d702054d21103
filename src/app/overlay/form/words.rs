//! What fields are called and what they do, in the words of the product that is chosen.

use super::Form;
use super::entry::{Entry, Input, Key};
use super::secrets::API_TOKEN;
use crate::app::document::Tone;
use crate::app::words::{fit, wrap};
use crate::model::setting;
use crate::model::{PasswordSource, Product, SecretKind, Wording, preset, wording};

/// Choices that leave no room in two lines of eighty columns for anything else.
const MANY: usize = 10;

impl Form {
    /// The product that is chosen, where one is.
    pub(super) fn product(&self) -> Option<Product> {
        self.text_of(Key::Setting("type")).parse().ok()
    }

    /// What the chosen product calls a field.
    fn wording(&self, entry: &Entry) -> Option<&'static Wording> {
        let key = match entry.key {
            Key::Setting(key) => key,
            Key::Secret(SecretKind::Password) => "password",
            Key::Secret(SecretKind::ApiToken) => API_TOKEN,
            Key::Keeping(_) | Key::Argument(..) => return None,
        };
        wording(self.product()?, key)
    }

    /// The name of a field, in the words of the product that is chosen.
    pub fn label(&self, entry: &Entry) -> &'static str {
        let wording = self.wording(entry);
        wording.map_or(entry.label, |wording| wording.label)
    }

    /// What the focused field does, in the words of the product that is chosen; of where a
    /// secret is kept, what the place in focus means.
    pub fn help(&self) -> &'static str {
        self.focused().map_or("", |entry| match entry.key {
            Key::Keeping(kind @ SecretKind::ApiToken)
                if *self.keeping(kind) == PasswordSource::None =>
            {
                entry.help
            }
            Key::Keeping(kind) => self.keeping(kind).place().meaning,
            Key::Setting("type") if let Some(product) = self.product() => preset(product).needs,
            _ => {
                let wording = self.wording(entry);
                wording.map_or(entry.help, |wording| wording.help)
            }
        })
    }

    /// What the focused field may be, and what it is unless it is set.
    pub fn range(&self) -> String {
        let Some(entry) = self.focused() else {
            return String::new();
        };
        let range = match (&entry.input, entry.key) {
            (Input::Choice { .. }, Key::Keeping(kind)) => {
                return self.stores.note(self.keeping(kind));
            }
            // All of them rather than how one is chosen: they take the room that there is.
            (Input::Choice { words, .. }, _) if words.len() > MANY => return words.join(", "),
            (Input::Choice { words, .. }, _) => {
                format!("left, right or a letter: {}", words.join(", "))
            }
            (Input::Switch(_), _) => "space turns it on and off".to_owned(),
            (_, Key::Setting(key))
                if setting::find(key).is_some_and(|it| it.input == setting::Input::File) =>
            {
                format!("{}; the right arrow at its end completes it", entry.range)
            }
            _ => entry.range.to_owned(),
        };
        let default = match entry.key {
            Key::Setting(key) => setting::find(key)
                .filter(|setting| !setting.is_positional())
                .map_or_else(String::new, setting::Setting::default_text),
            _ => String::new(),
        };
        match (default.as_str(), &entry.input) {
            ("", _) => range,
            ("true", Input::Switch(_)) => format!("{range}; default on"),
            ("false", Input::Switch(_)) => format!("{range}; default off"),
            (default, _) => format!("{range}; default {default}"),
        }
    }

    /// Both in at most so many lines: the help first, of which nothing is left out that has
    /// room.
    pub fn advice(&self, width: u16, height: u16) -> Vec<(Tone, String)> {
        let (width, height) = (usize::from(width), usize::from(height));
        let range = squeezed(&self.range(), width, height.saturating_sub(1).clamp(1, 2));
        let help = squeezed(
            self.help(),
            width,
            height.saturating_sub(range.len()).max(1),
        );
        let help = help.into_iter().map(|line| (Tone::Plain, line));
        let lines = help.chain(range.into_iter().map(|line| (Tone::Dim, line)));
        lines.collect()
    }
}

/// A text in at most so many lines, the last one cut where not all has room.
fn squeezed(text: &str, width: usize, height: usize) -> Vec<String> {
    let mut lines = wrap(text, width);
    if lines.len() > height {
        let rest = lines.split_off(height.saturating_sub(1)).join(" ");
        lines.push(fit(&rest, width));
    }
    lines
}
