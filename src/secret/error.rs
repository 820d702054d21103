//! Why a secret could not be had or kept, and which ways work instead.

use std::time::Duration;

/// A failure around a secret. Never holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the password should be in the environment variable `{0}`, which is not set")]
    NoVariable(String),
    /// The environment variable is not text.
    #[error("the environment variable `{0}` does not hold text")]
    NotText(String),
    /// There is no operating system store that works here.
    #[error("no secret store of the operating system works here: {0}")]
    NoOsStore(String),
    /// The store works and has no such entry.
    #[error("the operating system's secret store has no password for `{0}`")]
    NoEntry(String),
    /// The store did not answer.
    #[error("the operating system's secret store did not answer within {0:?}")]
    OsStoreTimeout(Duration),
    /// The command could not be started or failed.
    #[error("the password command `{program}` failed: {reason}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// What happened, with what it printed to its standard error.
        reason: String,
    },
    /// The place was found, and nothing was in it.
    #[error("the password from `{place}` is empty")]
    Empty {
        /// The place.
        place: String,
    },
    /// It was typed in an earlier run.
    #[error("the password was typed in and kept for that run only")]
    NotTyped,
}

/// The ways to give a password that need no store.
const OTHER_WAYS: &str = "use `--password-env VAR` (the variable is read at each use) or \
                              `--password-command CMD` (its first line of output)";

impl SecretError {
    /// What to do next, one line.
    pub fn hint(&self) -> String {
        match self {
            Self::NoVariable(name) => {
                format!("set it before starting supercargo: `export {name}=…`")
            }
            Self::NotText(name) => format!("give `{name}` a value in UTF-8"),
            Self::NoOsStore(_) | Self::OsStoreTimeout(_) => OTHER_WAYS.to_owned(),
            Self::NoEntry(_) => {
                "set it again with `supercargo registry edit NAME --password-stdin`".to_owned()
            }
            Self::Command { .. } => {
                "run the command by hand; its first line of output must be the password".to_owned()
            }
            Self::Empty { .. } => "put the password there".to_owned(),
            Self::NotTyped => format!("type it in again with `registry edit`, or {OTHER_WAYS}"),
        }
    }
}
