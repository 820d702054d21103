//! Who signs in, and the namespaces of that account.

use std::sync::Arc;

use serde::Deserialize;

use super::Hub;
use super::page::{Came, Page};
use crate::http::Response;
use crate::model::{Credentials, RepositoryName};
use crate::registry::lenient::{List, Text};
use crate::registry::list::{self, Answer, Ask, Goes, Numbered, Reader, Refusal};

/// Who signs in.
#[derive(Clone)]
pub(super) struct Account {
    /// Its own namespace; `None` where the name is none, as an address of mail is.
    pub(super) namespace: Option<String>,
    /// Whether it is an organization, by an access token of its own: that may be without the
    /// right to list what is private, which shows in no answer.
    pub(super) is_organization: bool,
}

impl Account {
    pub(super) fn of(known: &Credentials) -> Self {
        let name = known.username.to_lowercase();
        Self {
            namespace: is_namespace(&name).then_some(name),
            is_organization: known.password.expose().starts_with("dckr_oat_"),
        }
    }
}

/// Whether it can be the first part of a repository's name.
pub(super) fn is_namespace(name: &str) -> bool {
    !name.contains('/') && name.parse::<RepositoryName>().is_ok()
}

/// Reads the namespaces that who signs in owns.
pub(super) struct Namespaces {
    pub(super) hub: Hub,
    pub(super) known: Came,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamespaceList {
    namespaces: List<Text>,
}

impl Reader for Namespaces {
    fn read(&self, _: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let list: NamespaceList = list::object(response)?;
        if !list.namespaces.is_there() {
            return Err(Refusal::NoList("it holds no `namespaces`".to_owned()));
        }
        let mut answer = Answer {
            found: 1,
            ..Answer::default()
        };
        for name in list.namespaces.iter() {
            self.hub
                .take(name, &self.known, &mut answer, response.cover());
        }
        Ok(answer)
    }
}

/// Reads the organizations that who signs in is a member of.
pub(super) struct Organizations {
    pub(super) hub: Hub,
    pub(super) known: Came,
    pub(super) page: Numbered,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Organization {
    orgname: Text,
}

impl Reader for Organizations {
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal> {
        let page: Page<Organization> = list::object(response)?;
        let rows = page.rows()?;
        let goes = self.hub.goes(self.page, &page, rows.len())?;
        let mut answer = Answer {
            found: 1,
            ..Answer::default()
        };
        for row in rows {
            self.hub
                .take(&row.orgname, &self.known, &mut answer, response.cover());
        }
        if let Goes::On(page) = goes {
            let reader = Self {
                hub: self.hub.clone(),
                known: self.known.clone(),
                page,
            };
            let next = list::next_number(ask, "page", 1, Arc::new(reader));
            answer.next.push(next);
        }
        Ok(answer)
    }
}
