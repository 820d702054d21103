//! What the inventory can be asked, as plain data: from the screen and from the command
//! line alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    Failure, Filter, ImageColumn, ImageRow, Listing, Order, RegistryId, RegistryRow,
    RepositoryColumn, RepositoryName, RepositoryRow,
};

/// A question to the inventory.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Which registries there are.
    Registries,
    /// Which repositories a registry has.
    Repositories {
        /// Whose.
        registry: RegistryId,
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<RepositoryColumn>,
    },
    /// Which images a repository has.
    Images {
        /// The registry.
        registry: RegistryId,
        /// Whose.
        repository: RepositoryName,
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<ImageColumn>,
    },
    /// What failed in a crawl.
    Failures {
        /// Of which registry.
        registry: RegistryId,
        /// The crawl's number.
        crawl: u64,
    },
}

/// The answer to a [`Question`] of the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// All of them, by name.
    Registries(Vec<RegistryRow>),
    /// Those that the filter let through, in order.
    Repositories(Listing<RepositoryRow>),
    /// Those that the filter let through, in order.
    Images(Listing<ImageRow>),
    /// In the order they happened.
    Failures(Vec<Failure>),
}

impl Answer {
    /// The registries of an answer to [`Question::Registries`]; none of another's.
    pub fn into_registries(self) -> Vec<RegistryRow> {
        match self {
            Self::Registries(rows) => rows,
            _ => Vec::new(),
        }
    }
}

/// Says that an answer is no longer wanted. Clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Wants no answer any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether no answer is wanted any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag behind it, for a walk that looks at it row by row.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
}
