//! Rows of changes. Their registry and crawl are in the key.

use serde::{Deserialize, Serialize};

use crate::model::{RepositoryName, What};

/// A change. The repository stands by its name: it may be gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct ChangeRow {
    pub(in crate::store) repository: RepositoryName,
    pub(in crate::store) what: What,
}
