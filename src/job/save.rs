//! Saving and removing a registry: its settings in the inventory, its password where the
//! user wants it.

use std::sync::Arc;

use super::blocking;
use crate::model::{PasswordSource, RegistryId, RegistryRow, RegistrySpec, Secret};
use crate::secret::{SecretError, Secrets};
use crate::store::{Store, StoreError};

/// What is to become of a registry's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordEntry {
    /// It stays where it is.
    Keep,
    /// It comes from here from now on.
    From(PasswordSource),
    /// This one was typed in and goes into this store, or into the first that works.
    Typed(Secret, Option<PasswordSource>),
}

/// A registry that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its number.
    pub id: RegistryId,
    /// Where its password is now.
    pub password: PasswordSource,
}

/// Why a registry was not saved or removed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SaveError {
    /// A setting contradicts or needs another.
    #[error("{message}")]
    Setting {
        /// The setting to mend.
        key: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The password could not be kept.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The inventory could not be written.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

impl SaveError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Setting { .. } => None,
            Self::Secret(error) => Some(error.hint()),
            Self::Store(error) => error.hint(),
        }
    }
}

/// Saves a registry, a new one where `id` is `None`. The password is kept before the
/// settings say where it is; where it cannot be kept nothing is saved.
pub async fn save(
    store: &Store,
    secrets: &Secrets,
    id: Option<RegistryId>,
    mut spec: RegistrySpec,
    password: PasswordEntry,
) -> Result<Saved, SaveError> {
    let rows = all(store).await?;
    let before = before(&rows, id, &spec)?;
    match &password {
        PasswordEntry::Keep => {
            if let Some(before) = &before {
                spec.password = before.spec.password.clone();
                follow(secrets, &before.spec, &spec).await?;
            }
        }
        PasswordEntry::From(source) => spec.password = source.clone(),
        // Which store it is shows when it has taken the password.
        PasswordEntry::Typed(_, store) => {
            spec.password = store.clone().unwrap_or(PasswordSource::OsStore);
        }
    }
    if let Some((key, message)) = spec.contradictions().into_iter().next() {
        return Err(SaveError::Setting { key, message });
    }
    if let PasswordEntry::Typed(secret, store) = &password {
        spec.password = secrets.keep(store.clone(), &spec, secret).await?;
    }
    // What nobody uses any more goes. Where only the passphrase lacks, nothing is changed,
    // so that it can be tried again; a store that is not there keeps nobody from leaving it.
    let mut left = Ok(());
    if let Some(before) = before
        && !is_used(&rows, id, &before.spec, Some(&spec))
    {
        left = secrets.forget(&before.spec).await;
        if let Err(error @ (SecretError::NoPassphrase(_) | SecretError::WrongPassphrase(_))) = left
        {
            return Err(error.into());
        }
    }
    let saved = {
        let (store, spec) = (store.clone(), spec.clone());
        blocking(move || match id {
            Some(id) => store.update_registry(id, &spec).map(|()| id),
            None => store.add_registry(&spec),
        })
        .await?
    };
    left?;
    Ok(Saved {
        id: saved,
        password: spec.password,
    })
}

pub(super) async fn all(store: &Store) -> Result<Vec<RegistryRow>, Arc<StoreError>> {
    let store = store.clone();
    blocking(move || store.registries()).await
}

/// The registry as it was. A name that is taken is found before a password is kept.
fn before<'a>(
    rows: &'a [RegistryRow],
    id: Option<RegistryId>,
    spec: &RegistrySpec,
) -> Result<Option<&'a RegistryRow>, SaveError> {
    let taken = rows
        .iter()
        .any(|row| row.spec.name == spec.name && Some(row.id) != id);
    if taken {
        return Err(SaveError::Store(Arc::new(StoreError::NameTaken(
            spec.name.clone(),
        ))));
    }
    Ok(rows.iter().find(|row| Some(row.id) == id))
}

/// Whether what is kept for `old` is kept for another registry too, or for `new`, which
/// takes its place: an entry belongs to a store, an address and a user.
fn is_used(
    rows: &[RegistryRow],
    id: Option<RegistryId>,
    old: &RegistrySpec,
    new: Option<&RegistrySpec>,
) -> bool {
    let others = rows.iter().filter(|row| Some(row.id) != id);
    let mut specs = others.map(|row| &row.spec).chain(new);
    specs.any(|spec| shares_password(spec, old))
}

/// Whether two registries use the same entry of the same store.
pub(super) fn shares_password(one: &RegistrySpec, other: &RegistrySpec) -> bool {
    one.password == other.password
        && one.endpoint == other.endpoint
        && one.username == other.username
}

/// A kept password belongs to an address and a user. When either is edited it must be
/// typed in again: it is not for another host.
pub(super) async fn follow(
    secrets: &Secrets,
    before: &RegistrySpec,
    after: &RegistrySpec,
) -> Result<(), SaveError> {
    let moved = before.endpoint != after.endpoint || before.username != after.username;
    if !before.password.is_ours() || !moved {
        return Ok(());
    }
    match secrets.credentials(after, None).await {
        Ok(_) => Ok(()),
        Err(SecretError::NoEntry { .. }) => Err(SaveError::Setting {
            key: "username",
            message: "the kept password is for the former address and user: type it in again"
                .to_owned(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Removes a registry, all that is known of it, and its password where we kept it. A
/// password that cannot be removed is reported after the rest is gone.
pub async fn remove(store: &Store, secrets: &Secrets, row: &RegistryRow) -> Result<(), SaveError> {
    let rows = all(store).await?;
    let (id, name) = (row.id, row.spec.name.clone());
    let handle = store.clone();
    blocking(move || handle.remove_registry(id, &name)).await?;
    if !is_used(&rows, Some(id), &row.spec, None) {
        secrets.forget(&row.spec).await?;
    }
    Ok(())
}
