//! A connection check, from settings alone.

use std::time::Duration;

use super::no_secret;
use crate::check;
pub use crate::check::Watcher;
use crate::model::{CheckReport, RegistrySpec, Secret};
use crate::secret::Secrets;

/// Checks the registry of these settings within `budget`. `typed` is a password that was
/// typed in and is kept nowhere.
pub async fn check(
    secrets: &Secrets,
    spec: &RegistrySpec,
    typed: Option<&Secret>,
    budget: Duration,
    watcher: Option<Watcher>,
) -> CheckReport {
    let found = secrets.credentials(spec, typed).await;
    check::check(
        spec,
        found.map_err(|error| no_secret(&error)),
        budget,
        watcher,
    )
    .await
}
