//! One crawl, one check, one saved registry, one answer: the joints between secret,
//! registry, crawl and store that the TUI and the headless commands both need. Shows
//! nothing to anyone.

mod answer;
mod check;
mod crawl;
mod decide;
mod import;
mod inspect;
mod known;
mod save;
mod thread;
mod writer;

use std::sync::Arc;

pub use answer::answer;
pub use check::{Audience, Watcher, check};
pub use crawl::{CrawlRequest, Ended, crawl};
pub use decide::{DecideRequest, Decider, DecisionsImport, Tally, import_decisions};
pub use import::{Action, Import, Step, import};
pub use inspect::{InspectError, InspectRequest, Part, inspect, part};
pub use save::{Saved, remove, save};

use crate::model::{Class, Failure, RegistrySpec, Stage, Trouble};
use crate::secret::SecretError;
use crate::store::StoreError;

/// Runs blocking work on the store away from the runtime's own threads.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Arc<StoreError>> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Arc::new),
        Err(error) => Err(broken(&error)),
    }
}

/// Work on the store that broke off inside.
fn broken(error: &dyn std::error::Error) -> Arc<StoreError> {
    Arc::new(StoreError::Transaction {
        path: crate::store::FILE_NAME.into(),
        verb: "used",
        reason: error.to_string(),
    })
}

/// What the store says, for the screen.
pub fn trouble(error: &StoreError) -> Trouble {
    Trouble {
        message: error.to_string(),
        hint: error.hint(),
    }
}

/// Settings with which nothing is sent, as a failure before the first request.
fn misdirected(spec: &RegistrySpec) -> Option<Failure> {
    let (key, why) = spec.misdirected()?;
    let failure = Failure::new(Stage::Token, Class::Local, why);
    Some(failure.with_hint(format!("nothing was sent; mend the setting `{key}`")))
}

/// A secret that could not be had, as a failure to sign in.
fn no_secret(error: &SecretError) -> Failure {
    Failure::new(Stage::Token, Class::Authentication, error.to_string()).with_hint(error.hint())
}
