//! Saving and removing a registry: its settings in the inventory, its password where the
//! user wants it.

use std::sync::Arc;

use super::{blocking, trouble};
use crate::model::{
    PasswordEntry, PasswordSource, RegistryId, RegistryRow, RegistrySpec, SaveError, SaveFault,
    Trouble,
};
use crate::secret::{SecretError, Secrets};
use crate::store::{Store, StoreError};

/// A registry that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its number.
    pub id: RegistryId,
    /// Where its password is now.
    pub password: PasswordSource,
}

impl From<SecretError> for SaveError {
    fn from(error: SecretError) -> Self {
        Self {
            fault: match &error {
                SecretError::NoOsStore(_) => SaveFault::NoStore("no secret store works here"),
                SecretError::OsStoreTimeout(_) => {
                    SaveFault::NoStore("the secret store does not answer")
                }
                _ => SaveFault::Password,
            },
            trouble: error.trouble(),
        }
    }
}

impl From<Arc<StoreError>> for SaveError {
    fn from(error: Arc<StoreError>) -> Self {
        Self {
            fault: if error.is_state() {
                SaveFault::Inventory
            } else {
                SaveFault::Request
            },
            trouble: trouble(&error),
        }
    }
}

/// A setting that contradicts or needs another.
pub(super) fn wrong_setting(key: &'static str, message: impl Into<String>) -> SaveError {
    SaveError {
        fault: SaveFault::Setting(key),
        trouble: Trouble::new(message),
    }
}

/// Saves a registry, a new one where `id` is `None`. The password is kept before the
/// settings say where it is; where it cannot be kept nothing is saved. One that stays in
/// memory is the caller's to remember.
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
        PasswordEntry::Session(_) => spec.password = PasswordSource::Session,
        // Which store it is shows when it has taken the password.
        PasswordEntry::Typed(_, store) => {
            spec.password = store.clone().unwrap_or(PasswordSource::OsStore);
        }
    }
    if let Some((key, message)) = spec.contradictions().into_iter().next() {
        return Err(wrong_setting(key, message));
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
        return Err(Arc::new(StoreError::NameTaken(spec.name.clone())).into());
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
        Err(SecretError::NoEntry { .. }) => Err(wrong_setting(
            "username",
            "the kept password is for the former address and user: type it in again",
        )),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_said_whose_fault_it_is_and_what_to_do() {
        let fault = |error: SecretError| SaveError::from(error).fault;
        let bus = SecretError::NoOsStore("no D-Bus, in many words".to_owned());
        assert!(matches!(fault(bus), SaveFault::NoStore(gist) if !gist.contains("D-Bus")));
        let slow = SecretError::OsStoreTimeout(Duration::from_secs(2));
        assert!(matches!(fault(slow), SaveFault::NoStore(_)));
        let empty = SaveError::from(SecretError::NoVariable("PW".to_owned()));
        assert_eq!(empty.fault, SaveFault::Password);
        assert!(empty.to_string().contains("`PW`"), "{empty}");
        assert!(empty.trouble.hint.unwrap().contains("export"));

        let taken = StoreError::NameTaken("hub".parse().unwrap());
        let held = StoreError::Held {
            path: "inventory.redb".into(),
            waited: Duration::from_secs(1),
        };
        for (error, expected) in [(taken, SaveFault::Request), (held, SaveFault::Inventory)] {
            let error = SaveError::from(Arc::new(error));
            assert_eq!(error.fault, expected);
            assert!(error.trouble.hint.is_some(), "{error}");
        }
    }
}
