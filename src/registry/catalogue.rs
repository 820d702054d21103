//! The list of repositories: `GET /v2/_catalog`.

use super::Registry;
use super::list::{List, Pages};
use crate::model::RepositoryName;

impl Registry {
    /// The repositories that the registry lists, page by page.
    pub fn repositories(&self) -> Pages<RepositoryName> {
        Pages::new(self.clone(), List::Catalogue)
    }
}
