//! Rows of changes. Their registry, crawl and repository are in the key.

use serde::{Deserialize, Serialize};

use crate::model::What;

/// Where a row of changes of one repository is: its crawl, and its number among the rows of
/// that crawl and repository.
pub(in crate::store) type Place = (u64, u32);

/// Changes of one repository in one crawl, in the order they were found. One that found
/// many has several rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct ChangesRow {
    /// The row before it of the same repository, so that its history can be gone through
    /// without a look at the others.
    pub(in crate::store) before: Option<Place>,
    pub(in crate::store) what: Vec<What>,
}
