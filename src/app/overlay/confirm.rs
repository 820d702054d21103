//! A question that is answered by yes or no.

use crate::model::RegistryId;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether to quit although crawls run.
    Quit,
    /// Whether to remove a registry.
    Remove(RegistryId),
    /// Whether to leave the form below without saving.
    Discard,
}

/// A question with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What is asked.
    pub question: Question,
    /// The question in a few words.
    pub title: String,
    /// What a yes does.
    pub text: String,
}
