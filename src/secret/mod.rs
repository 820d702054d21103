//! Where a password comes from: the environment, a command, the operating system's store,
//! the kernel's keyrings, our own encrypted file, the files and helpers of Docker and
//! podman, or a person. Knows nothing of registries beyond a name and an address.
//!
//! Nothing here writes a secret to a file in plain text, a log or a process argument, and
//! nothing falls back to a place the user did not name.

mod age;
mod auto;
mod command;
mod docker;
mod environment;
mod error;
mod file;
mod helper;
mod keyutils;
mod os_store;
mod prompt;
mod stores;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use error::SecretError;
pub use prompt::{Nobody, Prompt, Request};

use crate::model::{Credentials, PasswordSource, RegistrySpec, Secret};
use docker::Tool;
use file::EncryptedFile;

/// How long a store or a command may take.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// What came of looking for credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The credentials; `None` where there are none, and the registry is asked as anybody.
    pub credentials: Option<Credentials>,
    /// Where they came from, in words; empty where there are none.
    pub place: String,
    /// Places that were passed over, and why.
    pub notes: Vec<String>,
}

/// The places where secrets are. Clones share what was asked for in this run.
#[derive(Clone)]
pub struct Secrets {
    inner: Arc<Inner>,
}

struct Inner {
    prompt: prompt::Marked,
    file: EncryptedFile,
    /// Passwords that a person gave in this run.
    typed: Mutex<HashMap<String, Secret>>,
    /// A person is asked one thing at a time.
    asking: tokio::sync::Mutex<()>,
}

/// The name under which our stores keep a registry's password.
///
/// It holds the address and the user: a password is not sent to another host or for
/// another user because a setting was edited.
fn account(spec: &RegistrySpec) -> String {
    let user = spec.username.as_deref().unwrap_or_default();
    format!("{user}@{}", spec.endpoint)
}

impl Secrets {
    /// The places for the state in `state`; `prompt` asks a person.
    pub fn new(state: &Path, prompt: Arc<dyn Prompt>) -> Self {
        Self {
            inner: Arc::new(Inner {
                prompt: prompt::Marked::new(prompt),
                file: EncryptedFile::in_directory(state),
                typed: Mutex::default(),
                asking: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// Whether a person is being asked now: that takes as long as it takes.
    pub fn is_asking(&self) -> bool {
        self.inner.prompt.is_asking()
    }

    /// The credentials a registry's settings lead to.
    ///
    /// `typed` is the password that was typed in during this run, for
    /// [`PasswordSource::Session`].
    ///
    /// # Errors
    ///
    /// Where the place named does not hold it, cannot be asked, or takes too long.
    pub async fn credentials(
        &self,
        spec: &RegistrySpec,
        typed: Option<&Secret>,
    ) -> Result<Found, SecretError> {
        let name = spec.password.place().name;
        let (password, place) = match &spec.password {
            PasswordSource::Auto => return self.auto(spec).await,
            PasswordSource::None => return Ok(Found::default()),
            PasswordSource::Docker => return named(Tool::Docker, spec).await,
            PasswordSource::Podman => return named(Tool::Podman, spec).await,
            store @ (PasswordSource::OsStore | PasswordSource::Keyutils | PasswordSource::File) => {
                let found = self.kept(store, spec).await?;
                let missing = || SecretError::NoEntry {
                    place: store.clone(),
                    account: account(spec),
                };
                (found.ok_or_else(missing)?, name.to_owned())
            }
            PasswordSource::Environment(variable) => (
                from_environment(variable, |variable| std::env::var(variable))?,
                format!("{name} `{variable}`"),
            ),
            PasswordSource::Command(line) => (
                command::first_line(line, &about(spec), COMMAND_TIMEOUT).await?,
                name.to_owned(),
            ),
            PasswordSource::Session => (
                match typed {
                    Some(typed) => typed.clone(),
                    None => self.ask(spec).await?,
                },
                name.to_owned(),
            ),
        };
        complete(spec, password, place)
    }

    /// Whether a person was asked in this run, and went on without.
    fn was_declined(&self, spec: &RegistrySpec) -> bool {
        let typed = self.inner.typed.lock();
        let typed = typed.unwrap_or_else(PoisonError::into_inner);
        typed.get(&account(spec)).is_some_and(Secret::is_empty)
    }

    fn declined(&self, spec: &RegistrySpec) {
        let typed = self.inner.typed.lock();
        let mut typed = typed.unwrap_or_else(PoisonError::into_inner);
        typed.insert(account(spec), Secret::new(""));
    }

    /// Asks a person for a password that is kept nowhere, once a run.
    async fn ask(&self, spec: &RegistrySpec) -> Result<Secret, SecretError> {
        let _one = self.inner.asking.lock().await;
        let account = account(spec);
        let known = |typed: &Mutex<HashMap<String, Secret>>| {
            let typed = typed.lock().unwrap_or_else(PoisonError::into_inner);
            typed.get(&account).cloned()
        };
        if let Some(known) = known(&self.inner.typed).filter(|known| !known.is_empty()) {
            return Ok(known);
        }
        let request = Request::Password {
            registry: spec.name.clone(),
            username: spec.username.clone().unwrap_or_default(),
        };
        let given = self.inner.prompt.ask(request).await;
        let given = given
            .filter(|given| !given.is_empty())
            .ok_or(SecretError::NotTyped)?;
        self.inner
            .typed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account, given.clone());
        Ok(given)
    }
}

/// What the program behind a password command is told in its environment.
fn about(spec: &RegistrySpec) -> Vec<(&'static str, String)> {
    vec![
        ("SUPERCARGO_REGISTRY", spec.name.to_string()),
        ("SUPERCARGO_ADDRESS", spec.endpoint.to_string()),
        (
            "SUPERCARGO_USERNAME",
            spec.username.clone().unwrap_or_default(),
        ),
    ]
}

/// A password with the user name that is set beside it.
fn complete(spec: &RegistrySpec, password: Secret, place: String) -> Result<Found, SecretError> {
    if password.is_empty() {
        return Err(SecretError::Empty { place });
    }
    let username = spec.username.clone();
    let username = username.ok_or_else(|| SecretError::NoUser(place.clone()))?;
    Ok(Found {
        credentials: Some(Credentials::new(username, password)),
        place,
        notes: Vec::new(),
    })
}

/// What the file of `tool` holds, which must be something.
async fn named(tool: Tool, spec: &RegistrySpec) -> Result<Found, SecretError> {
    let entry = docker::find(tool, spec).await?;
    let entry = entry.ok_or_else(|| SecretError::NoEntry {
        place: spec.password.clone(),
        account: spec.endpoint.to_string(),
    })?;
    for_user(spec, entry)
}

/// An entry of another tool, for the user that is set here, if one is.
fn for_user(spec: &RegistrySpec, entry: docker::Entry) -> Result<Found, SecretError> {
    let theirs = &entry.credentials.username;
    match &spec.username {
        // Of many tokens nobody says whose they are.
        Some(ours) if !theirs.is_empty() && ours != theirs => Err(SecretError::OtherUser {
            place: entry.place,
            theirs: docker::shown(theirs),
            ours: ours.clone(),
        }),
        _ => Ok(Found {
            credentials: Some(entry.credentials),
            place: entry.place,
            notes: Vec::new(),
        }),
    }
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

/// What fuzz targets reach of this room.
#[cfg(any(fuzzing, test))]
pub mod fuzz {
    /// Reads a `config.json` or `auth.json` and looks into it.
    pub fn docker_config(bytes: &[u8]) {
        super::docker::look(bytes);
    }
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

    fn secrets(prompt: impl Prompt + 'static) -> Secrets {
        Secrets::new(Path::new("/nonexistent/state"), Arc::new(prompt))
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
        let found = secrets(Nobody)
            .credentials(&spec(PasswordSource::None), None)
            .await;
        assert_eq!(found.unwrap(), Found::default());
    }

    #[tokio::test]
    async fn what_was_typed_is_used_and_missed() {
        let spec = spec(PasswordSource::Session);
        let typed = Secret::new("hunter2");
        let found = secrets(Nobody).credentials(&spec, Some(&typed)).await;
        let found = found.unwrap().credentials.unwrap();
        assert_eq!(
            (found.username.as_str(), found.password.expose()),
            ("ann", "hunter2")
        );
        let error = secrets(Nobody).credentials(&spec, None).await.unwrap_err();
        assert_eq!(error, SecretError::NotTyped);
        assert!(error.hint().contains("--password-env"));
    }

    #[tokio::test]
    async fn a_person_is_asked_once_a_run() {
        let asked = Arc::default();
        let secrets = secrets(file::Always("hunter2", Arc::clone(&asked)));
        let spec = spec(PasswordSource::Session);
        for _ in 0..3 {
            let found = secrets.credentials(&spec, None).await.unwrap();
            assert_eq!(found.credentials.unwrap().password.expose(), "hunter2");
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn where_nothing_has_one_a_person_is_asked_and_may_go_on_without() {
        let mut spec = spec(PasswordSource::Auto);
        // No place of this host can know such a registry.
        spec.endpoint = "https://nowhere.invalid:1".parse().unwrap();
        let asked = Arc::default();
        let given = secrets(file::Always("hunter2", Arc::clone(&asked)));
        for _ in 0..2 {
            let found = given.credentials(&spec, None).await.unwrap();
            assert_eq!(found.credentials.unwrap().password.expose(), "hunter2");
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);

        let asked = Arc::default();
        let declined = secrets(file::Always("", Arc::clone(&asked)));
        for _ in 0..2 {
            let found = declined.credentials(&spec, None).await.unwrap();
            assert_eq!(found.credentials, None);
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
        spec.username = None;
        assert_eq!(
            given.credentials(&spec, None).await.unwrap().credentials,
            None
        );
    }

    #[test]
    fn an_entry_of_somebody_else_is_not_taken() {
        let entry = |user: &str| docker::Entry {
            credentials: Credentials::new(user, Secret::new("hunter2")),
            place: "docker's `config.json`".to_owned(),
        };
        let spec = spec(PasswordSource::Docker);
        assert!(for_user(&spec, entry("ann")).is_ok());
        let error = for_user(&spec, entry("bob")).unwrap_err().to_string();
        assert!(
            error.contains("`bob`") && error.contains("`ann`"),
            "{error}"
        );
        let mut nobody = spec;
        nobody.username = None;
        let found = for_user(&nobody, entry("bob")).unwrap();
        assert_eq!(found.credentials.unwrap().username, "bob");
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
