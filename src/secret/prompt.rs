//! Asking a person, who may not be there.

use std::path::PathBuf;

use futures_util::future::BoxFuture;

use crate::model::{RegistryName, Secret};

/// What a person is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The passphrase of the encrypted file.
    Passphrase {
        /// The file.
        file: PathBuf,
        /// Whether the file is about to be made, and the passphrase is to be chosen.
        is_new: bool,
    },
    /// The password of a registry that is kept nowhere.
    Password {
        /// The registry.
        registry: RegistryName,
        /// Whose.
        username: String,
    },
}

/// Who asks.
pub trait Prompt: Send + Sync {
    /// Asks, without echo; `None` where nobody is there or nothing is given.
    fn ask(&self, question: Question) -> BoxFuture<'_, Option<Secret>>;
}

/// Nobody is there.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Prompt for Nobody {
    fn ask(&self, _: Question) -> BoxFuture<'_, Option<Secret>> {
        Box::pin(async { None })
    }
}
