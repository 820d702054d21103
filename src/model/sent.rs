//! One request that was sent and what came of it, as a log tells it: no secret is in it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::{RegistryId, Timestamp};

/// A line of the log of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When it had ended.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its address, without what could be a secret.
    pub url: String,
    /// The status of the answer; `None` where none came.
    pub status: Option<u16>,
    /// Bytes of the answer's body.
    pub bytes: usize,
    /// How long it waited for its turn.
    pub waited: Duration,
    /// How long it was under way.
    pub took: Duration,
    /// Why no answer came.
    pub trouble: Option<String>,
}

/// A line of the log, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTo {
    /// Counts the lines of this run, from 1.
    pub number: u64,
    /// Of which registry.
    pub registry: RegistryId,
    /// The line.
    pub sent: Sent,
}
