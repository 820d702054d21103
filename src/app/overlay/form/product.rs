//! What is filled in as soon as the product is chosen.

use super::Form;
use super::entry::{Entry, Input, Key};
use crate::app::field::Field;
use crate::model::{PRESETS, Preset, preset, setting};

impl Form {
    /// Fills in what is known of the product that is chosen, where a field still has its
    /// default; what was filled in so for another product goes.
    pub(super) fn fill_in(&mut self) {
        let preset = self.product().map(preset);
        for entry in &mut self.entries {
            let Key::Setting(key) = entry.key else {
                continue;
            };
            if entry.is_touched {
                continue;
            }
            let value = entry.value();
            let default = default_of(key);
            let is_of_another = value != entry.initial
                && PRESETS.iter().any(|it| value_of(it, key) == Some(&value));
            match preset.and_then(|preset| value_of(preset, key)) {
                Some(known) if is_of_another || value == default => entry.fill(known),
                None if is_of_another => entry.fill(&default),
                _ => {}
            }
        }
    }
}

fn value_of(preset: &Preset, key: &str) -> Option<&'static str> {
    let mut values = preset.values.iter();
    values.find(|(of, _)| *of == key).map(|(_, value)| *value)
}

/// What a field of a new registry has.
fn default_of(key: &str) -> String {
    let setting = setting::find(key).filter(|setting| !setting.is_positional());
    setting.map_or_else(String::new, setting::Setting::default_text)
}

impl Entry {
    /// Gives it a value that its setting takes.
    fn fill(&mut self, value: &str) {
        match &mut self.input {
            Input::Text(field) => *field = Field::new(value),
            Input::Choice { words, at } => {
                *at = words.iter().position(|word| *word == value).unwrap_or(*at);
            }
            Input::Switch(on) => *on = value == "true",
            Input::Secret(_) => {}
        }
    }
}
