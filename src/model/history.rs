//! How much of the past an inventory keeps.

use std::time::Duration;

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Changes of crawls that began longer ago than this go.
    pub age: Duration,
    /// Of more changes than these, in all registries together, the oldest crawls' go.
    pub changes: u64,
}

impl Default for History {
    /// 400 days, a million changes.
    fn default() -> Self {
        Self {
            age: Duration::from_hours(400 * 24),
            changes: 1_000_000,
        }
    }
}
