//! What went wrong behind the screen, in words for it.

use super::Failure;
use serde::{Deserialize, Serialize};

/// What went wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What was attempted and what happened, one line.
    pub message: String,
    /// What to do next, one line.
    pub hint: Option<String>,
}

impl Trouble {
    /// Trouble without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Both in one sentence.
    pub fn sentence(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}: {hint}", self.message),
            None => self.message.clone(),
        }
    }
}

impl From<&Failure> for Trouble {
    fn from(failure: &Failure) -> Self {
        Self {
            message: failure.to_string(),
            hint: failure.hint.clone(),
        }
    }
}
