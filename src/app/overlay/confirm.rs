//! A question that is answered by yes or no.

use crate::model::RegistryId;

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnYes {
    /// Quits although crawls run.
    Quit,
    /// Removes a registry.
    Remove(RegistryId),
    /// Leaves the form below without saving.
    Discard,
}

/// The page that asks for a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What a yes does.
    pub on_yes: OnYes,
    /// The question in a few words.
    pub title: String,
    /// What a yes does, in words.
    pub text: String,
}
