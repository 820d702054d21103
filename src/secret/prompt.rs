//! Asking a person, who may not be there.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use crate::model::{RegistryName, Secret};

/// What a person is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
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
    /// The token of a registry's own API that is kept nowhere.
    ApiToken {
        /// The registry.
        registry: RegistryName,
    },
}

/// Who asks.
pub trait Prompt: Send + Sync {
    /// Asks, without echo; `None` where nobody is there or nothing is given.
    fn ask(&self, request: Request) -> BoxFuture<'_, Option<Secret>>;
}

/// Another prompt, with a mark while a person is being asked.
pub(super) struct Marked {
    prompt: Arc<dyn Prompt>,
    asking: AtomicUsize,
}

impl Marked {
    pub(super) fn new(prompt: Arc<dyn Prompt>) -> Self {
        Self {
            prompt,
            asking: AtomicUsize::new(0),
        }
    }

    pub(super) fn is_asking(&self) -> bool {
        self.asking.load(Ordering::Relaxed) > 0
    }
}

impl Prompt for Marked {
    fn ask(&self, request: Request) -> BoxFuture<'_, Option<Secret>> {
        /// Takes the mark away, also where the request is given up.
        struct Mark<'a>(&'a AtomicUsize);
        impl Drop for Mark<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        Box::pin(async move {
            self.asking.fetch_add(1, Ordering::Relaxed);
            let _mark = Mark(&self.asking);
            self.prompt.ask(request).await
        })
    }
}

/// Nobody is there.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Prompt for Nobody {
    fn ask(&self, _: Request) -> BoxFuture<'_, Option<Secret>> {
        Box::pin(async { None })
    }
}
