//! The kernel's keyrings (keyrings(7)), through the `keyring` family of libraries: what
//! they hold is gone when the host restarts, and with most set-ups some days after the
//! last login. For hosts where nothing else works, and only where it is chosen.

use std::time::Duration;

use super::SecretError;
use super::os_store;
use crate::model::Secret;

#[cfg(target_os = "linux")]
fn entry(account: &str) -> keyring_core::Result<keyring_core::Entry> {
    use keyring_core::api::CredentialStoreApi;

    let store = linux_keyutils_keyring_store::Store::new()?;
    store.build(os_store::SERVICE, account, None)
}

#[cfg(not(target_os = "linux"))]
fn entry(_: &str) -> keyring_core::Result<keyring_core::Entry> {
    Err(keyring_core::Error::NoDefaultStore)
}

fn none(error: &keyring_core::Error) -> SecretError {
    SecretError::NoKeyutils(crate::model::text::quote(&error.to_string(), 160))
}

/// The secret kept there; `None` where there is none.
pub(super) async fn get(account: String, limit: Duration) -> Result<Option<Secret>, SecretError> {
    match os_store::ask(limit, move || entry(&account)?.get_password()).await? {
        Ok(found) => Ok(Some(Secret::new(found))),
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(error) => Err(none(&error)),
    }
}

pub(super) async fn set(
    account: String,
    secret: Secret,
    limit: Duration,
) -> Result<(), SecretError> {
    let kept = os_store::ask(limit, move || {
        let entry = entry(&account)?;
        entry.set_password(secret.expose())?;
        Ok(entry.get_password()? == secret.expose())
    });
    match kept.await? {
        Ok(true) => Ok(()),
        Ok(false) => Err(SecretError::NoKeyutils(
            "they took the secret and gave another back".to_owned(),
        )),
        Err(error) => Err(none(&error)),
    }
}

pub(super) async fn delete(account: String, limit: Duration) -> Result<(), SecretError> {
    match os_store::ask(limit, move || entry(&account)?.delete_credential()).await? {
        Ok(()) | Err(keyring_core::Error::NoEntry) => Ok(()),
        Err(error) => Err(none(&error)),
    }
}
