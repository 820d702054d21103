//! The repositories of a namespace.

use std::sync::Arc;

use serde::Deserialize;

use super::Hub;
use super::account::Account;
use super::page::{Came, Page};
use crate::http::Response;
use crate::registry::lenient::{Flag, Text};
use crate::registry::list::{self, Answer, Ask, Goes, Numbered, Reader, Refusal};

/// What there is to say of a list of an organization that has nothing private.
const NO_PRIVATE: &str = "Docker Hub lists no private repository to this organization's access \
                          token: where there are some, give it the right to list repositories";

/// Reads the repositories of a namespace.
pub(super) struct Repositories {
    pub(super) hub: Hub,
    pub(super) namespace: String,
    pub(super) page: Numbered,
    /// Those of the pages before; `None` of the first.
    pub(super) came: Option<Came>,
    /// Whether a private one came on a page before.
    pub(super) has_private: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RepositoryRow {
    name: Text,
    repository_type: Text,
    is_private: Flag,
}

impl Reader for Repositories {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<RepositoryRow> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let came = self.came.clone().unwrap_or_default();
        let is_organization = |account: &Account| account.is_organization;
        let is_organization = self.hub.account.as_ref().is_some_and(is_organization);
        let has_private = self.has_private || rows.iter().any(|row| row.is_private.is_set());
        let mut answer = Answer {
            found: rows.len(),
            is_open: is_organization,
            ..Answer::default()
        };
        if is_organization && !has_private && goes == Goes::Whole {
            answer.notes.push(NO_PRIVATE.to_owned());
        }
        let cover = response.cover();
        for row in rows {
            came.take(&row.name, "repository")?;
            // Plugins are no images.
            if row.repository_type.is("plugin") {
                continue;
            }
            let name = row.name.uncovered().unwrap_or_default();
            match format!("{}/{name}", self.namespace).parse() {
                Ok(name) if !row.name.holds_secret(cover) => answer.repositories.push(name),
                _ => answer.dropped.push(cover.show(name, 80).into_string()),
            }
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                namespace: self.namespace.clone(),
                page,
                came: Some(came),
                has_private,
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}
