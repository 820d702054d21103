//! Saving and removing a registry: its settings in the inventory, its secrets where the user
//! wants them.

use std::sync::Arc;

use super::{blocking, trouble};
use crate::model::{
    PasswordSource, RegistryId, RegistryRow, RegistrySpec, SaveError, SaveFault, SecretEntries,
    SecretEntry, SecretKind, Trouble,
};
use crate::secret::{SecretError, Secrets, is_same_account, shares_entry};
use crate::store::{Store, StoreError};

/// A registry that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its number.
    pub id: RegistryId,
    password: PasswordSource,
    api_token: PasswordSource,
}

impl Saved {
    /// Where its secret of this kind is now.
    pub fn place(&self, kind: SecretKind) -> &PasswordSource {
        match kind {
            SecretKind::Password => &self.password,
            SecretKind::ApiToken => &self.api_token,
        }
    }
}

impl From<SecretError> for SaveError {
    fn from(error: SecretError) -> Self {
        Self {
            fault: match &error {
                SecretError::NoOsStore(_) => {
                    SaveFault::NoStore("no secret store works here".into())
                }
                SecretError::OsStoreTimeout(_) => {
                    SaveFault::NoStore("the secret store does not answer".into())
                }
                _ => SaveFault::Secret,
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

/// Saves a registry, a new one where `id` is `None`. A secret is kept before the settings say
/// where it is; where it cannot be kept nothing is saved. One that stays in memory is the
/// caller's to remember.
pub async fn save(
    store: &Store,
    secrets: &Secrets,
    id: Option<RegistryId>,
    mut spec: RegistrySpec,
    entries: SecretEntries,
) -> Result<Saved, SaveError> {
    let rows = all(store).await?;
    let before = before(&rows, id, &spec)?;
    for kind in SecretKind::ALL {
        match entries.of(kind) {
            SecretEntry::Keep => {
                if let Some(before) = &before {
                    *spec.place_mut(kind) = before.spec.place(kind).clone();
                    follow(secrets, kind, &before.spec, &spec).await?;
                }
            }
            SecretEntry::From(source) => *spec.place_mut(kind) = source.clone(),
            SecretEntry::Session(_) => *spec.place_mut(kind) = PasswordSource::Session,
            // Which store it is shows when it has taken the secret.
            SecretEntry::Typed(_, store) => {
                *spec.place_mut(kind) = store.clone().unwrap_or(PasswordSource::OsStore);
            }
        }
    }
    if let Some((key, message)) = spec.contradictions().into_iter().next() {
        return Err(wrong_setting(key, message));
    }
    for kind in SecretKind::ALL {
        match entries.of(kind) {
            SecretEntry::Typed(secret, store) => {
                *spec.place_mut(kind) = secrets.keep(kind, store.clone(), &spec, secret).await?;
            }
            // A store of ours is named that nothing was put into now: it must have it.
            SecretEntry::From(source) if source.is_ours() => secrets.look_for(kind, &spec).await?,
            _ => {}
        }
    }
    // What nobody uses any more goes. Where only the passphrase lacks, nothing is changed,
    // so that it can be tried again; a store that is not there keeps nobody from leaving it.
    let mut left = Ok(());
    for kind in SecretKind::ALL {
        if let Some(before) = before
            && !is_used(kind, &rows, id, &before.spec, Some(&spec))
        {
            let forgotten = secrets.forget(kind, &before.spec).await;
            if let Err(error @ (SecretError::NoPassphrase(_) | SecretError::WrongPassphrase(_))) =
                forgotten
            {
                return Err(error.into());
            }
            left = left.and(forgotten);
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
        api_token: spec.api_token,
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
    kind: SecretKind,
    rows: &[RegistryRow],
    id: Option<RegistryId>,
    old: &RegistrySpec,
    new: Option<&RegistrySpec>,
) -> bool {
    let others = rows.iter().filter(|row| Some(row.id) != id);
    let mut specs = others.map(|row| &row.spec).chain(new);
    specs.any(|spec| shares_entry(kind, spec, old))
}

/// A kept secret belongs to an address and a user. When either is edited it must be typed in
/// again: it is not for another host.
pub(super) async fn follow(
    secrets: &Secrets,
    kind: SecretKind,
    before: &RegistrySpec,
    after: &RegistrySpec,
) -> Result<(), SaveError> {
    if !before.place(kind).is_ours() || is_same_account(kind, before, after) {
        return Ok(());
    }
    match secrets.look_for(kind, after).await {
        Ok(()) => Ok(()),
        Err(SecretError::NoEntry { .. }) => Err(match kind {
            SecretKind::Password => wrong_setting(
                "username",
                "the kept password is for the former address and user: type it in again",
            ),
            SecretKind::ApiToken => wrong_setting(
                "api-token",
                "the kept API token is for the former address and user: type it in again",
            ),
        }),
        Err(error) => Err(error.into()),
    }
}

/// Removes a registry, all that is known of it, and its secrets where we kept them. A secret
/// that cannot be removed is reported after the rest is gone.
pub async fn remove(store: &Store, secrets: &Secrets, row: &RegistryRow) -> Result<(), SaveError> {
    let rows = all(store).await?;
    let (id, name) = (row.id, row.spec.name.clone());
    let handle = store.clone();
    blocking(move || handle.remove_registry(id, &name)).await?;
    let mut left = Ok(());
    for kind in SecretKind::ALL {
        if !is_used(kind, &rows, Some(id), &row.spec, None) {
            left = left.and(secrets.forget(kind, &row.spec).await);
        }
    }
    Ok(left?)
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
        let empty = SaveError::from(SecretError::NoVariable {
            kind: SecretKind::Password,
            name: "PW".to_owned(),
        });
        assert_eq!(empty.fault, SaveFault::Secret);
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
