//! What the form says, and what is wrong with it.

use super::Form;
use super::entry::{Input, Key};
use super::secrets::field;
use crate::app::words::unsaved;
use crate::model::setting;
use crate::model::{RegistrySpec, SaveError, SaveFault, SecretEntries, SecretKind};

/// What the form says.
struct Judged {
    /// The settings as far as they are right.
    spec: RegistrySpec,
    /// What is to become of the secrets, as far as that is right.
    secrets: SecretEntries,
    /// What is wrong.
    wrong: Vec<(Key, String)>,
}

impl Form {
    /// The settings and secrets as far as they are right, and what is wrong, the fields in
    /// their order before what contradicts one another.
    fn judged(&self) -> Option<Judged> {
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
        let mut secrets = SecretEntries::KEEP;
        for kind in SecretKind::ALL {
            match self.secret(kind, &mut spec) {
                Ok(entry) => *secrets.of_mut(kind) = entry,
                Err(error) => wrong.push(error),
            }
        }
        let contradictions = spec.contradictions().into_iter();
        wrong.extend(contradictions.map(|(key, text)| (field(key), text)));
        Some(Judged {
            spec,
            secrets,
            wrong,
        })
    }

    /// The settings and secrets as the form says them; `None` where something is wrong,
    /// which is then said at its field, and the first such field is focused.
    pub fn filled(&mut self) -> Option<(RegistrySpec, SecretEntries)> {
        let judged = self.judged()?;
        let is_right = judged.wrong.is_empty();
        self.say(judged.wrong);
        is_right.then_some((judged.spec, judged.secrets))
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
            self.entries[at].error.get_or_insert(text);
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
            SaveFault::Setting(key) => {
                self.say(vec![(field(key), text)]);
                if let Some(entry) = self.entries.get_mut(self.at) {
                    entry.is_refused = true;
                }
            }
            _ => self.trouble = Some(text),
        }
    }

    /// Says what is wrong with the field that is left, and, where its section is left, what
    /// in that contradicts something. What must be filled in, and nobody has begun to, is no
    /// mistake before saving.
    pub(super) fn leave_field(&mut self, leaves_section: bool) {
        let Some(Judged { wrong, .. }) = self.judged() else {
            return;
        };
        let section = self.section();
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let is_left = at == self.at || (leaves_section && entry.section == section);
            if is_left && !entry.is_awaited() && !entry.is_refused {
                entry.error = wrong_at(&wrong, entry.key);
            }
        }
    }

    /// Says anew what was said to be wrong, the field of this index having been changed;
    /// what is right by now is said no more.
    pub(super) fn reconsider(&mut self, changed: usize) {
        let tells_of_secret = self
            .entries
            .get(changed)
            .is_some_and(|entry| matches!(entry.key, Key::Keeping(_) | Key::Secret(_)));
        let says_something = self.entries.iter().any(|entry| entry.error.is_some());
        if !says_something && !tells_of_secret {
            return;
        }
        let Some(Judged { wrong, .. }) = self.judged() else {
            return;
        };
        for (at, entry) in self.entries.iter_mut().enumerate() {
            entry.is_refused &= at != changed;
            // What was typed and would be lost is said at once.
            let is_typed = matches!(&entry.input, Input::Secret(typed) if !typed.is_empty());
            if (entry.error.is_some() || is_typed) && !entry.is_refused {
                entry.error = wrong_at(&wrong, entry.key);
            }
        }
    }
}

fn wrong_at(wrong: &[(Key, String)], key: Key) -> Option<String> {
    let mut wrong = wrong.iter();
    let (_, text) = wrong.find(|(at, _)| *at == key)?;
    Some(text.clone())
}

/// Settings at their defaults, to be overwritten by the form's.
fn blank() -> Option<RegistrySpec> {
    let name = "registry".parse().ok()?;
    let endpoint = "https://registry.example".parse().ok()?;
    Some(RegistrySpec::new(name, endpoint))
}
