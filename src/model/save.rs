//! What is said when a registry is saved: what is to become of its password, which stores
//! would take it, and why nothing was saved.

use super::{PasswordSource, RegistrySpec, Secret, Trouble};

/// What is to become of a registry's password. Secrets are wiped when dropped and shown by
/// no `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordEntry {
    /// It stays where it is.
    Keep,
    /// It comes from here from now on.
    From(PasswordSource),
    /// This one was typed in and goes into this store of ours, or into the first that works.
    Typed(Secret, Option<PasswordSource>),
    /// This one was typed in and stays in memory until the program ends.
    Session(Secret),
}

impl PasswordEntry {
    /// Says in `spec` where a check finds the password, and returns one that was typed in:
    /// a check keeps it nowhere.
    pub fn for_check(self, spec: &mut RegistrySpec) -> Option<Secret> {
        match self {
            Self::Keep => None,
            Self::From(source) => {
                spec.password = source;
                None
            }
            Self::Typed(secret, _) | Self::Session(secret) => {
                spec.password = PasswordSource::Session;
                Some(secret)
            }
        }
    }
}

/// A store of ours that passwords can be kept in, as it is on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOffer {
    /// Which.
    pub store: PasswordSource,
    /// Why it does not work; `None` where an entry could be written, read and deleted.
    pub trouble: Option<Trouble>,
}

/// Why a registry was not saved or removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", trouble.message)]
pub struct SaveError {
    /// Whose fault it is.
    pub fault: SaveFault,
    /// What happened, and what to do next.
    pub trouble: Trouble,
}

/// What kept a registry from being saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveFault {
    /// The setting of this key contradicts or needs another.
    Setting(&'static str),
    /// No secret store of the system takes the password. The words are a few, for where
    /// there is no room for what the system says of it.
    NoStore(&'static str),
    /// The password could not be kept or found.
    Password,
    /// It cannot be saved like this: the name is taken, nothing may be written.
    Request,
    /// The inventory could not be read or written.
    Inventory,
}
