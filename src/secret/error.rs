//! Why a secret could not be had or kept, and which ways work instead.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{PasswordSource, PasswordSupply, SecretKind, Trouble};

/// A failure around a secret. Never holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the {} should be in the environment variable `{name}`, which is not set", kind.as_str())]
    NoVariable {
        /// Which secret.
        kind: SecretKind,
        /// The variable.
        name: String,
    },
    /// The environment variable is not text.
    #[error("the environment variable `{0}` does not hold text")]
    NotText(String),
    /// There is no operating system store that works here.
    #[error("no secret store of the operating system works here: {0}")]
    NoOsStore(String),
    /// The kernel's keyrings cannot be used.
    #[error("the kernel's keyrings cannot be used here: {0}")]
    NoKeyutils(String),
    /// No store takes a secret without being chosen.
    #[error("the {} is not kept: {why}", kind.as_str())]
    NoStore {
        /// Which secret.
        kind: SecretKind,
        /// Why the usual ones do not.
        why: String,
        /// Those that work and are chosen by name, with their lifetimes.
        others: String,
    },
    /// The place works and has no such entry.
    #[error("{} has no {} for `{account}`", place.place().name, kind.as_str())]
    NoEntry {
        /// Which secret.
        kind: SecretKind,
        /// The place.
        place: PasswordSource,
        /// User and address, or the address.
        account: String,
    },
    /// The store did not answer.
    #[error("the operating system's secret store did not answer within {0:?}")]
    OsStoreTimeout(Duration),
    /// The command could not be started or failed.
    #[error("the {} command `{program}` failed: {reason}", kind.as_str())]
    Command {
        /// Which secret.
        kind: SecretKind,
        /// The program, without its arguments.
        program: String,
        /// What happened, with what it printed to its standard error.
        reason: String,
    },
    /// A credential helper could not be started or failed.
    #[error("the credential helper `docker-credential-{name}` failed: {reason}")]
    Helper {
        /// Its name, as the file says it.
        name: String,
        /// What happened, with what it printed.
        reason: String,
        /// Whether the file says that it has something for this very registry.
        is_own: bool,
    },
    /// A file of another tool cannot be used.
    #[error("`{path}` {reason}")]
    OtherFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There are no keys of AWS.
    #[error("no access key of AWS: {why}")]
    Aws {
        /// Why.
        why: String,
        /// What to do next.
        hint: String,
    },
    /// A file of another tool holds the password of somebody else.
    #[error("{place} holds the password of `{theirs}`, and the user name set here is `{ours}`")]
    OtherUser {
        /// The place.
        place: String,
        /// Whose it is.
        theirs: String,
        /// Who is asked for.
        ours: String,
    },
    /// The encrypted file cannot be used.
    #[error("the encrypted file `{path}` {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nobody gave the passphrase.
    #[error("the encrypted file `{0}` needs its passphrase, and nobody gave it")]
    NoPassphrase(PathBuf),
    /// The passphrase is wrong.
    #[error("the passphrase does not open the encrypted file `{0}`")]
    WrongPassphrase(PathBuf),
    /// The file that should hold the passphrase cannot be read.
    #[error("`SUPERCARGO_PASSPHRASE_FILE` is `{path}`, which cannot be read: {reason}")]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Others than its owner may read the file that holds the passphrase.
    #[error("`SUPERCARGO_PASSPHRASE_FILE` is `{0}`, which others than its owner may read")]
    OpenPassphraseFile(PathBuf),
    /// A password without a user name.
    #[error("{0} holds a password, and no user name is set for the registry")]
    NoUser(String),
    /// The secret was found, and nothing was in it.
    #[error("the {} from `{place}` is empty", kind.as_str())]
    Empty {
        /// Which secret.
        kind: SecretKind,
        /// The place.
        place: String,
    },
    /// It is kept nowhere, and nobody was there to give it.
    #[error("the {} is kept nowhere, and nobody gave it", .0.as_str())]
    NotTyped(SecretKind),
}

/// The ways to give a password that need no store.
const OTHER_WAYS: &str = "use `--password-store file` (an encrypted file), `--password-env VAR` \
                          (read at each use) or `--password-command CMD` (its first line)";

/// The same of an API token.
const OTHER_WAYS_OF_TOKENS: &str = "use `--api-token file --api-token-stdin` (an encrypted file), \
                                    `--api-token env:VAR` (read at each use) or `--api-token \
                                    command:CMD` (its first line)";

impl SecretError {
    /// What happened and what to do next, for the screen.
    pub fn trouble(&self) -> Trouble {
        Trouble {
            message: self.to_string(),
            hint: Some(self.hint()),
        }
    }

    /// What to do next, one line.
    pub fn hint(&self) -> String {
        match self {
            Self::NoVariable { name, .. } => {
                format!("set it before starting supercargo: `export {name}=…`")
            }
            Self::NotText(name) => format!("give `{name}` a value in UTF-8"),
            Self::NoOsStore(_) | Self::OsStoreTimeout(_) | Self::NoKeyutils(_) => {
                OTHER_WAYS.to_owned()
            }
            Self::NoStore {
                kind: SecretKind::ApiToken,
                others,
                ..
            } => format!(
                "choose with `--api-token` one that works here: {others}; the file's passphrase is \
                 asked for, or comes from `SUPERCARGO_PASSPHRASE_FILE`; or use `--api-token \
                 env:VAR` or `--api-token command:CMD`"
            ),
            Self::NoStore { others, .. } => format!(
                "choose with `--password-store` one that works here: {others}; the file's \
                 passphrase is asked for, or comes from `SUPERCARGO_PASSPHRASE_FILE`; or use \
                 `--password-env VAR` or `--password-command CMD`"
            ),
            Self::NoEntry {
                kind: SecretKind::ApiToken,
                ..
            } => "set it again with `supercargo registry edit NAME --api-token-stdin`".to_owned(),
            Self::NoEntry { place, .. } => match place.place().supply {
                PasswordSupply::Borrowed { sign_in } => {
                    format!("sign in with `{sign_in}`, or say where else the password is")
                }
                _ => {
                    "set it again with `supercargo registry edit NAME --password-stdin`".to_owned()
                }
            },
            Self::Command { kind, .. } => format!(
                "run the command by hand; its first line of output must be the {}",
                kind.as_str()
            ),
            Self::Helper { name, .. } => format!(
                "run `docker-credential-{name} get` by hand, with the registry's host on its \
                 input; or mend `credHelpers` and `credsStore`"
            ),
            Self::OtherFile { .. } => {
                "mend the file, sign in again with the tool it belongs to, or say where else the \
                 password is (`--password-from none` for nowhere)"
                    .to_owned()
            }
            Self::Aws { hint, .. } => hint.clone(),
            Self::OtherUser { .. } => {
                "set `username` to that user, or say where else the password is".to_owned()
            }
            Self::File { .. } => {
                "check its permissions and the disk; a damaged file is moved away, and the \
                 passwords are set again"
                    .to_owned()
            }
            Self::NoPassphrase(_) => {
                "run it in a terminal, which asks, or put the passphrase into a file of your own \
                 and its path into `SUPERCARGO_PASSPHRASE_FILE`"
                    .to_owned()
            }
            Self::WrongPassphrase(_) => {
                "try again with the right one; without it the passwords in the file are lost, and \
                 are set again after the file is moved away"
                    .to_owned()
            }
            Self::PassphraseFile { .. } => "check the path and its permissions".to_owned(),
            Self::OpenPassphraseFile(path) => format!("`chmod 600 {}`", path.display()),
            Self::NoUser(_) => "set `username`".to_owned(),
            Self::Empty { kind, .. } => format!("put the {} there", kind.as_str()),
            Self::NotTyped(kind) => {
                let ways = match kind {
                    SecretKind::Password => OTHER_WAYS,
                    SecretKind::ApiToken => OTHER_WAYS_OF_TOKENS,
                };
                format!("run it in a terminal, which asks for it, or {ways}")
            }
        }
    }
}
