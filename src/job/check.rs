//! A connection check, from settings alone.

use std::time::Duration;

use super::{misdirected, no_secret};
use crate::check;
pub use crate::check::{Audience, Watcher};
use crate::model::{CheckReport, Class, Failure, RegistrySpec, Stage, StageReport, Typed, Verdict};
use crate::secret::{Found, Secrets};

/// Checks the registry of these settings within `budget`. `typed` are secrets that
/// were typed in and are kept nowhere.
pub async fn check(
    secrets: &Secrets,
    spec: &RegistrySpec,
    typed: &Typed,
    budget: Duration,
    audience: Audience,
) -> CheckReport {
    if let Some(failure) = misdirected(spec) {
        return nothing_sent(&failure);
    }
    let look = |limit| found(secrets, spec, typed, limit);
    check::check(spec, look, budget, audience).await
}

/// The report where the settings alone stand in the way.
fn nothing_sent(failure: &Failure) -> CheckReport {
    let stage = |stage: Stage| StageReport {
        stage,
        verdict: if stage == failure.stage {
            Verdict::Failed(failure.clone())
        } else {
            Verdict::Skipped("nothing is sent with these settings".to_owned())
        },
        facts: Vec::new(),
        elapsed: Duration::ZERO,
    };
    CheckReport {
        stages: Stage::OF_A_CHECK.map(stage).to_vec(),
    }
}

/// What comes of looking for secrets within `limit`, which stands still while a person
/// is asked.
async fn found(
    secrets: &Secrets,
    spec: &RegistrySpec,
    typed: &Typed,
    limit: Duration,
) -> Result<Found, Failure> {
    let mut looking = std::pin::pin!(secrets.find(spec, typed));
    loop {
        match tokio::time::timeout(limit, &mut looking).await {
            Ok(found) => return found.map_err(|error| no_secret(&error)),
            Err(_) if secrets.is_asking() => {}
            Err(_) => {
                let message = format!("a place of its secrets did not answer within {limit:?}");
                return Err(
                    Failure::new(Stage::Token, Class::Timeout, message).with_hint(
                        "run the password command or credential helper by hand: it may wait for \
                     something; a longer `--timeout` waits for it",
                    ),
                );
            }
        }
    }
}
