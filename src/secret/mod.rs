//! Where a password comes from: the operating system's store, the environment, a command,
//! or a person. Knows nothing of registries beyond a name and an address.
//!
//! Nothing here writes a secret to a file, a log or a process argument, and nothing falls
//! back to a place the user did not name.

mod command;
mod error;
mod os_store;

use std::time::Duration;

pub use error::SecretError;

use crate::model::{Credentials, PasswordSource, RegistrySpec, Secret};

/// How long a store or a command may take.
const OS_STORE_TIMEOUT: Duration = Duration::from_secs(2);
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// The name under which the operating system's store keeps a registry's password.
///
/// It holds the address and the user: a password is not sent to another host or for
/// another user because a setting was edited.
fn account(spec: &RegistrySpec) -> String {
    let user = spec.username.as_deref().unwrap_or_default();
    format!("{user}@{}", spec.endpoint)
}

/// The credentials a registry's settings lead to; `None` where it has none.
///
/// `typed` is the password that was typed in during this run, for
/// [`PasswordSource::Session`].
///
/// # Errors
///
/// Where the place named does not hold it, cannot be asked, or takes too long.
pub async fn credentials(
    spec: &RegistrySpec,
    typed: Option<&Secret>,
) -> Result<Option<Credentials>, SecretError> {
    let password = match &spec.password {
        PasswordSource::Auto
        | PasswordSource::None
        | PasswordSource::Keyutils
        | PasswordSource::File
        | PasswordSource::Docker
        | PasswordSource::Podman => return Ok(None),
        PasswordSource::OsStore => os_store::get(account(spec), OS_STORE_TIMEOUT).await?,
        PasswordSource::Environment(name) => from_environment(name, |name| std::env::var(name))?,
        PasswordSource::Command(command) => command::run(command, COMMAND_TIMEOUT).await?,
        PasswordSource::Session => typed.cloned().ok_or(SecretError::NotTyped)?,
    };
    if password.is_empty() {
        return Err(SecretError::Empty {
            place: spec.password.to_string(),
        });
    }
    Ok(spec
        .username
        .clone()
        .map(|username| Credentials::new(username, password)))
}

fn from_environment(
    name: &str,
    read: impl Fn(&str) -> Result<String, std::env::VarError>,
) -> Result<Secret, SecretError> {
    let variable = || name.to_owned();
    match read(name) {
        Ok(text) => Ok(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Err(std::env::VarError::NotPresent) => Err(SecretError::NoVariable(variable())),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::NotText(variable())),
    }
}

/// Keeps a registry's password in the operating system's store.
///
/// # Errors
///
/// [`SecretError::NoOsStore`] where none works, with the ways that do.
pub async fn keep(spec: &RegistrySpec, password: &Secret) -> Result<(), SecretError> {
    os_store::set(account(spec), password.clone(), OS_STORE_TIMEOUT).await
}

/// Removes a registry's password from the operating system's store. None there is fine.
pub async fn forget(spec: &RegistrySpec) -> Result<(), SecretError> {
    os_store::delete(account(spec), OS_STORE_TIMEOUT).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(source: PasswordSource) -> RegistrySpec {
        let mut spec = RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        );
        spec.username = Some("ann".into());
        spec.password = source;
        spec
    }

    #[test]
    fn a_variable_is_read_at_each_use() {
        let secret = from_environment("PW", |_| Ok("hunter2\n".into())).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        let error = from_environment("PW", |_| Err(std::env::VarError::NotPresent)).unwrap_err();
        assert!(error.to_string().contains("`PW`") && error.hint().contains("export PW"));
    }

    #[tokio::test]
    async fn no_password_is_no_credentials() {
        assert_eq!(
            credentials(&spec(PasswordSource::None), None)
                .await
                .unwrap(),
            None
        );
    }

    #[tokio::test]
    async fn what_was_typed_is_used_and_missed() {
        let spec = spec(PasswordSource::Session);
        let typed = Secret::new("hunter2");
        let found = credentials(&spec, Some(&typed)).await.unwrap().unwrap();
        assert_eq!(
            (found.username.as_str(), found.password.expose()),
            ("ann", "hunter2")
        );
        assert!(matches!(
            credentials(&spec, None).await,
            Err(SecretError::NotTyped)
        ));
    }

    #[test]
    fn the_account_changes_with_host_and_user() {
        let first = spec(PasswordSource::OsStore);
        let mut moved = first.clone();
        moved.endpoint = "https://elsewhere.example".parse().unwrap();
        assert_ne!(account(&first), account(&moved));
        let mut renamed = first.clone();
        renamed.name = "other".parse().unwrap();
        assert_eq!(account(&first), account(&renamed));
    }
}
