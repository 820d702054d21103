//! The operating system's secret store, through `keyring`: Secret Service, Keychain,
//! Credential Manager. Its calls block and may wait for a dialogue that nobody sees, so
//! each has a thread of its own and a time limit.

use std::time::Duration;

use keyring::{Entry, Error};

use super::SecretError;
use crate::model::{Secret, text};

/// The service that every entry of ours belongs to.
pub(super) const SERVICE: &str = "supercargo";

/// The secret kept there; `None` where there is none.
pub(super) async fn get(account: String, limit: Duration) -> Result<Option<Secret>, SecretError> {
    match ask(limit, move || entry(&account)?.get_password()).await? {
        Ok(found) => Ok(Some(Secret::new(found))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(&error)),
    }
}

pub(super) async fn set(
    account: String,
    secret: Secret,
    limit: Duration,
) -> Result<(), SecretError> {
    let kept = ask(limit, move || {
        let entry = entry(&account)?;
        entry.set_password(secret.expose())?;
        // A store that takes a secret and does not have it is no store.
        Ok(entry.get_password()? == secret.expose())
    });
    match kept.await? {
        Ok(true) => Ok(()),
        Ok(false) => Err(SecretError::NoOsStore(
            "it took the secret and gave another back".to_owned(),
        )),
        Err(error) => Err(explain(&error)),
    }
}

pub(super) async fn delete(account: String, limit: Duration) -> Result<(), SecretError> {
    match ask(limit, move || entry(&account)?.delete_credential()).await? {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(explain(&error)),
    }
}

fn entry(account: &str) -> keyring::Result<Entry> {
    Entry::new(SERVICE, account)
}

/// Runs `question` on a thread that is left behind when it takes too long: nothing can
/// stop a call into a store that waits for a person.
pub(super) async fn ask<T: Send + 'static>(
    limit: Duration,
    question: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Result<keyring::Result<T>, SecretError> {
    let (answer, received) = tokio::sync::oneshot::channel();
    let started = std::thread::Builder::new()
        .name("secret-store".to_owned())
        .spawn(move || {
            // Nobody may be waiting any more.
            let _ = answer.send(question());
        });
    if let Err(error) = started {
        return Err(SecretError::NoOsStore(error.to_string()));
    }
    match tokio::time::timeout(limit, received).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err(SecretError::NoOsStore("it broke off".to_owned())),
        Err(_) => Err(SecretError::OsStoreTimeout(limit)),
    }
}

fn explain(error: &Error) -> SecretError {
    match error {
        Error::NoDefaultStore => {
            let why = match Entry::store_status() {
                Err(why) => text::quote(&why.to_string(), 160),
                Ok(()) => "none is set up".to_owned(),
            };
            SecretError::NoOsStore(why)
        }
        other => SecretError::NoOsStore(text::quote(&other.to_string(), 160)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_waits_for_a_dialogue_is_given_up() {
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let result = ask(Duration::from_millis(20), move || {
            let _ = wait.recv();
            Ok(())
        });
        let error = result.await.unwrap_err();
        assert!(matches!(error, SecretError::OsStoreTimeout(_)));
        assert!(error.hint().contains("--password-env"));
        drop(release);
    }
}
