//! Where a password comes from: the environment, a command, the operating system's store,
//! the kernel's keyrings, our own encrypted file, the files and helpers of Docker and
//! podman, or a person. Knows nothing of registries beyond a name and an address.
//!
//! Nothing here writes a secret to a file in plain text, a log or a process argument, and
//! nothing falls back to a place the user did not name.

mod age;
mod auto;
mod aws;
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

pub use environment::for_viewers;
pub use error::SecretError;
pub use prompt::{Nobody, Prompt, Request};

use crate::model::{
    self, AwsAccess, Credentials, PasswordSource, RegistrySpec, Secret, SecretKind, Typed,
};
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
    /// The secret of the product's own API, where that has one of its own.
    pub api_token: Option<Secret>,
    /// Keys of AWS, and what lends them.
    pub aws: Option<AwsAccess>,
}

impl Found {
    /// What the registry is asked with.
    pub fn secrets(&self) -> model::Secrets {
        model::Secrets {
            credentials: self.credentials.clone(),
            api_token: self.api_token.clone(),
            aws: self.aws.clone(),
        }
    }
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

/// The name under which our stores keep a secret of a registry.
///
/// It holds the address and the user: a secret is not sent to another host or for another
/// user because a setting was edited. That of a password ends with its address, in which no
/// blank can be, and so is never that of an API token.
fn account(spec: &RegistrySpec, kind: SecretKind) -> String {
    let user = spec.username.as_deref().unwrap_or_default();
    match kind {
        SecretKind::Password => format!("{user}@{}", spec.endpoint),
        SecretKind::ApiToken => {
            let api = spec.api.as_ref().unwrap_or(&spec.endpoint);
            format!("{user}@{api} (API token)")
        }
    }
}

/// Whether two registries use the same entry of the same store for their secret of this kind.
pub fn shares_entry(kind: SecretKind, one: &RegistrySpec, other: &RegistrySpec) -> bool {
    one.place(kind) == other.place(kind) && is_same_account(kind, one, other)
}

/// Whether what is kept of this kind for one is for the other too: both have the same address
/// and user.
pub fn is_same_account(kind: SecretKind, one: &RegistrySpec, other: &RegistrySpec) -> bool {
    account(one, kind) == account(other, kind)
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

    /// What a registry's settings lead to: its credentials, and the API token that they
    /// name. `typed` are those that were typed in during this run, for
    /// [`PasswordSource::Session`].
    ///
    /// # Errors
    ///
    /// Where a place named does not hold its secret, cannot be asked, or takes too long.
    pub async fn find(&self, spec: &RegistrySpec, typed: &Typed) -> Result<Found, SecretError> {
        let found = self.credentials(spec, typed.password.as_ref()).await?;
        let api_token = self.api_token(spec, typed.api_token.as_ref()).await?;
        Ok(Found { api_token, ..found })
    }

    /// The secret of this kind, to see that there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Secrets::find`].
    pub async fn look_for(&self, kind: SecretKind, spec: &RegistrySpec) -> Result<(), SecretError> {
        match kind {
            SecretKind::Password => self.credentials(spec, None).await.map(drop),
            SecretKind::ApiToken => self.api_token(spec, None).await.map(drop),
        }
    }

    async fn credentials(
        &self,
        spec: &RegistrySpec,
        typed: Option<&Secret>,
    ) -> Result<Found, SecretError> {
        match &spec.password {
            PasswordSource::Auto => return self.auto(spec).await,
            PasswordSource::None => return Ok(Found::default()),
            PasswordSource::Docker => return named(Tool::Docker, spec).await,
            PasswordSource::Podman => return named(Tool::Podman, spec).await,
            PasswordSource::Aws => return aws::find(spec).await,
            _ => {}
        }
        let (password, place) = self.at(SecretKind::Password, spec, typed).await?;
        complete(spec, password, place)
    }

    async fn api_token(
        &self,
        spec: &RegistrySpec,
        typed: Option<&Secret>,
    ) -> Result<Option<Secret>, SecretError> {
        if !spec.api_token.keeps_api_tokens() || spec.api_token == PasswordSource::None {
            return Ok(None);
        }
        let kind = SecretKind::ApiToken;
        let (token, place) = self.at(kind, spec, typed).await?;
        if token.is_empty() {
            return Err(SecretError::Empty { kind, place });
        }
        Ok(Some(token))
    }

    /// What is at the place that the settings name for a secret, and the place in words.
    async fn at(
        &self,
        kind: SecretKind,
        spec: &RegistrySpec,
        typed: Option<&Secret>,
    ) -> Result<(Secret, String), SecretError> {
        let source = spec.place(kind);
        let name = source.place().name;
        Ok(match source {
            PasswordSource::Environment(variable) => (
                from_environment(kind, variable, |variable| std::env::var(variable))?,
                format!("{name} `{variable}`"),
            ),
            PasswordSource::Command(line) => (
                command::first_line(kind, line, &about(spec), COMMAND_TIMEOUT).await?,
                name.to_owned(),
            ),
            PasswordSource::Session => (
                match typed {
                    Some(typed) => typed.clone(),
                    None => self.ask(kind, spec).await?,
                },
                name.to_owned(),
            ),
            store => {
                let found = self.kept(kind, store, spec).await?;
                let missing = || SecretError::NoEntry {
                    kind,
                    place: store.clone(),
                    account: account(spec, kind),
                };
                (found.ok_or_else(missing)?, name.to_owned())
            }
        })
    }

    /// Whether a person was asked for the password in this run, and went on without.
    fn was_declined(&self, spec: &RegistrySpec) -> bool {
        let typed = self.inner.typed.lock();
        let typed = typed.unwrap_or_else(PoisonError::into_inner);
        let account = account(spec, SecretKind::Password);
        typed.get(&account).is_some_and(Secret::is_empty)
    }

    fn declined(&self, spec: &RegistrySpec) {
        let typed = self.inner.typed.lock();
        let mut typed = typed.unwrap_or_else(PoisonError::into_inner);
        typed.insert(account(spec, SecretKind::Password), Secret::new(""));
    }

    /// Asks a person for a secret that is kept nowhere, once a run.
    async fn ask(&self, kind: SecretKind, spec: &RegistrySpec) -> Result<Secret, SecretError> {
        let _one = self.inner.asking.lock().await;
        let account = account(spec, kind);
        let known = |typed: &Mutex<HashMap<String, Secret>>| {
            let typed = typed.lock().unwrap_or_else(PoisonError::into_inner);
            typed.get(&account).cloned()
        };
        if let Some(known) = known(&self.inner.typed).filter(|known| !known.is_empty()) {
            return Ok(known);
        }
        let registry = spec.name.clone();
        let request = match kind {
            SecretKind::Password => Request::Password {
                registry,
                username: spec.username.clone().unwrap_or_default(),
            },
            SecretKind::ApiToken => Request::ApiToken { registry },
        };
        let given = self.inner.prompt.ask(request).await;
        let given = given
            .filter(|given| !given.is_empty())
            .ok_or(SecretError::NotTyped(kind))?;
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
        return Err(SecretError::Empty {
            kind: SecretKind::Password,
            place,
        });
    }
    let username = spec.username.clone();
    let username = username.ok_or_else(|| SecretError::NoUser(place.clone()))?;
    Ok(Found {
        credentials: Some(Credentials::new(username, password)),
        place,
        ..Found::default()
    })
}

/// What the file of `tool` holds, which must be something.
async fn named(tool: Tool, spec: &RegistrySpec) -> Result<Found, SecretError> {
    let entry = docker::find(tool, spec).await?;
    let entry = entry.ok_or_else(|| SecretError::NoEntry {
        kind: SecretKind::Password,
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
            ..Found::default()
        }),
    }
}

fn from_environment(
    kind: SecretKind,
    name: &str,
    read: impl Fn(&str) -> Result<String, std::env::VarError>,
) -> Result<Secret, SecretError> {
    let variable = || name.to_owned();
    match read(name) {
        Ok(text) => Ok(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Err(std::env::VarError::NotPresent) => Err(SecretError::NoVariable {
            kind,
            name: variable(),
        }),
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
        let secret =
            from_environment(SecretKind::Password, "PW", |_| Ok("hunter2\n".into())).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        let error = from_environment(SecretKind::Password, "PW", |_| {
            Err(std::env::VarError::NotPresent)
        })
        .unwrap_err();
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
        assert_eq!(error, SecretError::NotTyped(SecretKind::Password));
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
        let account = |spec| account(spec, SecretKind::Password);
        assert_ne!(account(&first), account(&moved));
        let mut renamed = first.clone();
        renamed.name = "other".parse().unwrap();
        assert_eq!(account(&first), account(&renamed));
    }

    #[test]
    fn no_password_is_kept_under_the_account_of_a_token() {
        let mut first = spec(PasswordSource::OsStore);
        first.api = Some("https://api.example/base".parse().unwrap());
        let token = account(&first, SecretKind::ApiToken);
        assert_eq!(token, "ann@https://api.example/base (API token)");
        // Whatever a registry is called, and whoever signs in.
        for user in ["ann@https://api.example/base (API token)", " (API token)"] {
            for base in ["", "/ (API token)", "/x%20(API%20token)"] {
                let mut other = first.clone();
                other.username = Some(user.to_owned());
                other.endpoint = format!("https://h{base}").parse().unwrap();
                let password = account(&other, SecretKind::Password);
                assert!(!password.ends_with(" (API token)"), "{password}");
            }
        }
        // It is for its own address.
        let mut moved = first.clone();
        moved.endpoint = "https://elsewhere.example".parse().unwrap();
        assert_eq!(account(&moved, SecretKind::ApiToken), token);
        moved.api = None;
        assert_ne!(account(&moved, SecretKind::ApiToken), token);
    }

    #[tokio::test]
    async fn both_secrets_of_a_registry_are_kept_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::default();
        let prompt = file::Always("passphrase", Arc::clone(&asked));
        let secrets = Secrets::new(folder.path(), Arc::new(prompt));
        let mut both = spec(PasswordSource::File);
        both.api_token = PasswordSource::File;
        let (password, token) = (SecretKind::Password, SecretKind::ApiToken);
        let missing = secrets.find(&both, &Typed::default()).await.unwrap_err();
        assert!(missing.to_string().contains("no password for"), "{missing}");
        let store = || Some(PasswordSource::File);
        for (kind, secret) in [(password, "for the registry"), (token, "for the API")] {
            let secret = Secret::new(secret);
            let kept = secrets.keep(kind, store(), &both, &secret);
            assert_eq!(kept.await.unwrap(), PasswordSource::File);
        }
        let found = secrets.find(&both, &Typed::default()).await.unwrap();
        let found = found.secrets();
        let exposed = found
            .credentials
            .as_ref()
            .map(|known| known.password.expose());
        assert_eq!(exposed, Some("for the registry"));
        let exposed = found.api_token.as_ref().map(Secret::expose);
        assert_eq!(exposed, Some("for the API"));
        secrets.forget(token, &both).await.unwrap();
        let missing = secrets.find(&both, &Typed::default()).await.unwrap_err();
        assert!(
            missing.to_string().contains("no API token for"),
            "{missing}"
        );
        assert!(missing.hint().contains("--api-token-stdin"));
        secrets.look_for(password, &both).await.unwrap();
    }

    #[tokio::test]
    async fn a_token_is_asked_for_by_its_own_name_and_found_without_a_user() {
        let asked = Arc::default();
        let given = secrets(file::Always("token", Arc::clone(&asked)));
        let mut spec = spec(PasswordSource::None);
        spec.username = None;
        spec.api_token = PasswordSource::Session;
        for _ in 0..2 {
            let found = given.find(&spec, &Typed::default()).await.unwrap();
            assert_eq!(found.credentials, None);
            assert_eq!(found.api_token.unwrap().expose(), "token");
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
        let typed = Typed {
            password: None,
            api_token: Some(Secret::new("typed")),
        };
        let found = secrets(Nobody).find(&spec, &typed).await.unwrap();
        assert_eq!(found.api_token.unwrap().expose(), "typed");
        let nobody = secrets(Nobody).find(&spec, &Typed::default()).await;
        let error = nobody.unwrap_err();
        assert_eq!(error, SecretError::NotTyped(SecretKind::ApiToken));
        assert!(error.hint().contains("`--api-token env:VAR`"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_token_comes_from_a_command_and_no_file_of_other_tools() {
        let mut spec = spec(PasswordSource::None);
        spec.api_token = PasswordSource::Command("echo token".to_owned());
        let found = secrets(Nobody).find(&spec, &Typed::default()).await;
        assert_eq!(found.unwrap().api_token.unwrap().expose(), "token");
        spec.api_token = PasswordSource::Command("true".to_owned());
        let error = secrets(Nobody).find(&spec, &Typed::default()).await;
        assert!(error.unwrap_err().to_string().contains("API token"));
        for place in [
            PasswordSource::None,
            PasswordSource::Docker,
            PasswordSource::Auto,
        ] {
            spec.api_token = place;
            let found = secrets(Nobody).find(&spec, &Typed::default()).await;
            assert_eq!(found.unwrap().api_token, None);
        }
    }
}
