//! What the form says of secrets: where each is kept, and what is to become of it.

use super::Form;
use super::entry::{Input, Key, choice, places};
use crate::model::{PasswordSource, RegistrySpec, SecretEntry, SecretKind};

/// The setting that says where the API token is kept, which has the fields of a secret.
pub(super) const API_TOKEN: &str = "api-token";

/// The field of a setting.
pub(super) fn field(key: &'static str) -> Key {
    match key {
        API_TOKEN => Key::Keeping(SecretKind::ApiToken),
        key => Key::Setting(key),
    }
}

/// Where a secret of a new registry is kept, unless another place is chosen.
pub(super) fn default_place(kind: SecretKind) -> PasswordSource {
    match kind {
        SecretKind::Password => PasswordSource::Auto,
        SecretKind::ApiToken => PasswordSource::None,
    }
}

impl Form {
    /// The kind of place that is chosen for a secret.
    pub(super) fn keeping(&self, kind: SecretKind) -> &'static PasswordSource {
        let at = match self.entry(Key::Keeping(kind)).map(|entry| &entry.input) {
            Some(Input::Choice { at, .. }) => *at,
            _ => 0,
        };
        places(kind).nth(at).unwrap_or(&PasswordSource::None)
    }

    /// What is to become of a secret, and in `spec` where it is then.
    pub(super) fn secret(
        &self,
        kind: SecretKind,
        spec: &mut RegistrySpec,
    ) -> Result<SecretEntry, (Key, String)> {
        let keeping = self.keeping(kind);
        // A secret is of its registry alone.
        let base = self.base.as_ref().filter(|_| self.id.is_some());
        let kept = base.map(|base| base.place(kind));
        let typed = self
            .entry(Key::Secret(kind))
            .and_then(|entry| match &entry.input {
                Input::Secret(field) if !field.is_empty() => Some(field.secret()),
                _ => None,
            });
        let (source, entry) = match typed {
            Some(secret) if keeping.is_ours() => {
                let entry = SecretEntry::Typed(secret, Some(keeping.clone()));
                (keeping.clone(), entry)
            }
            Some(secret) if keeping.is_typed() => (keeping.clone(), SecretEntry::Session(secret)),
            // Which store it is shows when it has taken the secret.
            Some(secret) if keeping.is_chosen_by_itself() => {
                (PasswordSource::OsStore, SecretEntry::Typed(secret, None))
            }
            Some(_) => {
                let place = choice(kind, keeping);
                let text = format!(
                    "not kept with `{place}`: take it away (ctrl-u), or choose below where to keep it"
                );
                return Err((Key::Secret(kind), text));
            }
            None if keeping.is_typed() => {
                let Some(kept) = kept.filter(|kept| kept.is_like(keeping)) else {
                    let none = choice(kind, &PasswordSource::None);
                    let text = format!("type the {}, or choose `{none}`", kind.as_str());
                    return Err((Key::Secret(kind), text));
                };
                (kept.clone(), SecretEntry::Keep)
            }
            None => {
                let key = Key::Argument(kind, keeping.place().word);
                let argument = self.text_of(key);
                let source = keeping.with_argument(argument.trim());
                let source = source.map_err(|error| (key, error))?;
                (source.clone(), SecretEntry::From(source))
            }
        };
        *spec.place_mut(kind) = source;
        Ok(entry)
    }
}
