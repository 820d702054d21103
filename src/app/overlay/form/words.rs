//! What fields are called and what they do, in the words of the product that is chosen.

use super::Form;
use super::entry::{Entry, Key};
use super::secrets::API_TOKEN;
use crate::model::{Product, SecretKind, Wording, wording};

impl Form {
    /// The product that is chosen, where one is.
    fn product(&self) -> Option<Product> {
        self.text_of(Key::Setting("type")).parse().ok()
    }

    /// What the chosen product calls a field.
    fn wording(&self, entry: &Entry) -> Option<&'static Wording> {
        let key = match entry.key {
            Key::Setting(key) => key,
            Key::Secret(SecretKind::Password) => "password",
            Key::Secret(SecretKind::ApiToken) => API_TOKEN,
            Key::Keeping(_) | Key::Argument(..) | Key::More | Key::Save => return None,
        };
        wording(self.product()?, key)
    }

    /// The name of a field, in the words of the product that is chosen.
    pub fn label(&self, entry: &Entry) -> &'static str {
        let wording = self.wording(entry);
        wording.map_or(entry.label, |wording| wording.label)
    }

    /// What the focused field does, in one line, in the words of the product that is chosen.
    pub fn help(&self) -> &'static str {
        self.focused().map_or("", |entry| {
            let wording = self.wording(entry);
            wording.map_or(entry.help, |wording| wording.help)
        })
    }
}
