//! What is said when a registry is saved: what is to become of its secrets, which stores
//! would take them, and why nothing was saved.

use std::borrow::Cow;

use super::{PasswordSource, RegistrySpec, Secret, SecretKind, Trouble, Typed};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// What is to become of a secret of a registry. Secrets are wiped when dropped and shown by
/// no `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretEntry {
    /// It stays where it is.
    Keep,
    /// It comes from here from now on.
    From(PasswordSource),
    /// This one was typed in and goes into this store of ours, or into the first that works.
    Typed(Secret, Option<PasswordSource>),
    /// This one was typed in and stays in memory until the program ends.
    Session(Secret),
}

/// What is to become of both secrets of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEntries {
    /// Of its password.
    pub password: SecretEntry,
    /// Of the token of the product's own API.
    pub api_token: SecretEntry,
}

impl SecretEntries {
    /// Both stay where they are.
    pub const KEEP: Self = Self {
        password: SecretEntry::Keep,
        api_token: SecretEntry::Keep,
    };

    /// What is to become of the secret of this kind.
    pub fn of(&self, kind: SecretKind) -> &SecretEntry {
        match kind {
            SecretKind::Password => &self.password,
            SecretKind::ApiToken => &self.api_token,
        }
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, kind: SecretKind) -> &mut SecretEntry {
        match kind {
            SecretKind::Password => &mut self.password,
            SecretKind::ApiToken => &mut self.api_token,
        }
    }

    /// Says in `spec` where a check finds the secrets, and returns those that were typed in: a
    /// check keeps them nowhere.
    pub fn for_check(self, spec: &mut RegistrySpec) -> Typed {
        let Self {
            password,
            api_token,
        } = self;
        Typed {
            password: password.for_check(SecretKind::Password, spec),
            api_token: api_token.for_check(SecretKind::ApiToken, spec),
        }
    }
}

impl SecretEntry {
    fn for_check(self, kind: SecretKind, spec: &mut RegistrySpec) -> Option<Secret> {
        match self {
            Self::Keep => None,
            Self::From(source) => {
                *spec.place_mut(kind) = source;
                None
            }
            Self::Typed(secret, _) | Self::Session(secret) => {
                *spec.place_mut(kind) = PasswordSource::Session;
                Some(secret)
            }
        }
    }
}

/// A store of ours that secrets can be kept in, as it is on this host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreOffer {
    /// Which.
    pub store: PasswordSource,
    /// Why it does not work; `None` where an entry could be written, read and deleted.
    pub trouble: Option<Trouble>,
}

/// Why a registry was not saved or removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}", trouble.message)]
pub struct SaveError {
    /// Whose fault it is.
    pub fault: SaveFault,
    /// What happened, and what to do next.
    pub trouble: Trouble,
}

/// What kept a registry from being saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveFault {
    /// The setting of this key contradicts or needs another.
    Setting(#[serde(deserialize_with = "key")] SettingKey),
    /// No secret store of the system takes the secret. The words are a few, for where
    /// there is no room for what the system says of it.
    NoStore(Cow<'static, str>),
    /// A secret could not be kept or found.
    Secret,
    /// It cannot be saved like this: the name is taken, nothing may be written.
    Request,
    /// The inventory could not be read or written.
    Inventory,
}

/// The key of a setting, as the table of settings has it.
type SettingKey = &'static str;

/// The key of a setting, or the word for the secret of a registry's own API.
fn key<'de, D: Deserializer<'de>>(from: D) -> Result<SettingKey, D::Error> {
    let word = String::deserialize(from)?;
    if word == API_TOKEN {
        return Ok(API_TOKEN);
    }
    let setting = super::setting::find(&word);
    let wrong = || D::Error::custom(format!("`{word}` is no setting"));
    setting.map(|setting| setting.key).ok_or_else(wrong)
}

/// What stands for the secret of a registry's own API where a setting's key is wanted.
const API_TOKEN: &str = "api-token";
