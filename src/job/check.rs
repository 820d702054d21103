//! A connection check, from settings alone.

use std::time::Duration;

use super::no_secret;
pub use crate::check::Watcher;
use crate::model::{CheckReport, RegistrySpec, Secret};
use crate::{check, secret};

/// Checks the registry of these settings within `budget`. `typed` is a password that was
/// typed in and is kept nowhere.
pub async fn check(
    spec: &RegistrySpec,
    typed: Option<&Secret>,
    budget: Duration,
    watcher: Option<Watcher>,
) -> CheckReport {
    let credentials = secret::credentials(spec, typed)
        .await
        .map_err(|error| no_secret(&error));
    check::check(spec, credentials, budget, watcher).await
}
