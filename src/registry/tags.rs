//! The tags of a repository: `GET /v2/<name>/tags/list`.

use super::Registry;
use super::list::{List, Pages};
use crate::model::{RepositoryName, Tag};

impl Registry {
    /// The tags that the registry lists for `repository`, page by page.
    pub fn tags(&self, repository: &RepositoryName) -> Pages<Tag> {
        Pages::new(self.clone(), List::Tags(repository.clone()))
    }
}
