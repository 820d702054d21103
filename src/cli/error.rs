//! What ends a command early: a message, a next step, an exit code.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

use crate::model::{SaveError, SaveFault};
use crate::secret::SecretError;
use crate::store::StoreError;

/// How a command ended. The numbers are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Finished with failures, or differences found.
    Failures = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Authentication.
    Authentication = 3,
    /// The state is held or unreadable.
    State = 4,
    /// Interrupted.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what was asked.
#[derive(Clone, Debug)]
pub struct CliError {
    message: String,
    hint: Option<String>,
    exit: Exit,
}

impl CliError {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit,
        }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&StoreError> for CliError {
    fn from(error: &StoreError) -> Self {
        let exit = if error.is_state() {
            Exit::State
        } else {
            Exit::Usage
        };
        Self {
            message: error.to_string(),
            hint: error.hint(),
            exit,
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<Arc<StoreError>> for CliError {
    fn from(error: Arc<StoreError>) -> Self {
        Self::from(&*error)
    }
}

impl From<SecretError> for CliError {
    fn from(error: SecretError) -> Self {
        Self::new(Exit::Authentication, error.to_string()).with_hint(error.hint())
    }
}

impl From<SaveError> for CliError {
    fn from(error: SaveError) -> Self {
        let trouble = error.trouble;
        let (exit, message) = match error.fault {
            SaveFault::Setting(key) => (Exit::Usage, format!("--{key}: {}", trouble.message)),
            SaveFault::NoStore(_) | SaveFault::Secret => (Exit::Authentication, trouble.message),
            SaveFault::Request => (Exit::Usage, trouble.message),
            SaveFault::Inventory => (Exit::State, trouble.message),
        };
        Self {
            message,
            hint: trouble.hint,
            exit,
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        // Whoever reads our output has read enough: `supercargo images | head`.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Done, String::new());
        }
        Self::new(
            Exit::Failures,
            format!("the output could not be written: {error}"),
        )
    }
}
