//! JSON lists of product APIs, and the way to their next page.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ask::{Ask, Reader, Refusal};
use super::link::next_link;
use crate::http::{Response, Url};
use crate::model::RepositoryName;
use crate::registry::lenient::{List, Object, Text};

/// The rows of an answer that is a JSON list of objects.
pub(in crate::registry) fn rows<T: DeserializeOwned>(
    response: &Response,
) -> Result<Vec<T>, Refusal> {
    let list: List<Object<T>> = serde_json::from_slice(&response.body)
        .map_err(|_| Refusal::NoList("it is not JSON, or only half of it".to_owned()))?;
    let Some(list) = list.into_inner() else {
        return Err(Refusal::NoList("it is JSON, and no list".to_owned()));
    };
    let rows: Option<Vec<T>> = list.into_iter().map(Object::into_inner).collect();
    rows.ok_or_else(|| Refusal::NoList("it holds what is no object".to_owned()))
}

/// An answer that is a JSON object.
pub(in crate::registry) fn object<T: DeserializeOwned>(response: &Response) -> Result<T, Refusal> {
    let object: Object<T> = serde_json::from_slice(&response.body)
        .map_err(|_| Refusal::NoList("it is not JSON, or only half of it".to_owned()))?;
    object
        .into_inner()
        .ok_or_else(|| Refusal::NoList("it is JSON, and no object".to_owned()))
}

/// A page in the form of the V2 catalogue (`{"repositories":[…]}`).
#[derive(Debug, Default)]
pub(in crate::registry) struct CataloguePage {
    /// Its names.
    pub(in crate::registry) repositories: Vec<RepositoryName>,
    /// Entries that are no names, as messages show them.
    pub(in crate::registry) dropped: Vec<String>,
    /// How many entries it has.
    pub(in crate::registry) count: usize,
    /// The last of them, as it came.
    pub(in crate::registry) last: Text,
}

/// An answer that is such a page.
pub(in crate::registry) fn catalogue(response: &Response) -> Result<CataloguePage, Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Said {
        repositories: List<Text>,
    }
    let said: Said = object(response)?;
    let Some(names) = said.repositories.into_inner() else {
        return Err(Refusal::NoList("it holds no `repositories`".to_owned()));
    };
    let cover = response.cover();
    let mut page = CataloguePage {
        count: names.len(),
        last: names.last().cloned().unwrap_or_default(),
        ..CataloguePage::default()
    };
    for name in names {
        match name.parse().filter(|_| !name.holds_secret(cover)) {
            Some(parsed) => page.repositories.push(parsed),
            None => page.dropped.push(
                name.show(cover, 80)
                    .unwrap_or_else(|| "an entry without a name".to_owned()),
            ),
        }
    }
    Ok(page)
}

/// An entry that cannot be taken, as messages show it: its digest alone would count as a name
/// that stands for nothing.
pub(in crate::registry) fn entry_of(digest: impl std::fmt::Display) -> String {
    format!("an entry of {digest}")
}

/// How many entries the list has, as this header states.
pub(in crate::registry) fn stated_total(response: &Response, header: &'static str) -> Option<u64> {
    response.header(header)?.parse()
}

/// The next page by `Link`: ours, with the query of the link. Behind proxies products get
/// their own host and path wrong, and no link leads to another host.
pub(in crate::registry) fn linked(ask: &Ask, response: &Response) -> Option<Ask> {
    let target = next_link(response.headers())?;
    let link = ask.request.url.join(&target).ok()?;
    let mut next = ask.clone();
    next.request.url.set_query(link.query());
    Some(next)
}

/// The page behind `ask`'s, of a list whose pages are numbered by the parameter `name`,
/// from `first` on.
pub(in crate::registry) fn next_number(
    ask: &Ask,
    name: &str,
    first: u64,
    reader: Arc<dyn Reader>,
) -> Ask {
    let mut parameters = ask.request.url.query_pairs();
    let page = parameters.find(|(key, _)| key == name);
    let number = page.and_then(|(_, page)| page.parse::<u64>().ok());
    let behind = number.unwrap_or(first).saturating_add(1).to_string();
    let mut next = ask.clone();
    next.request.url = with_parameter(&ask.request.url, name, &behind);
    next.reader = reader;
    next
}

/// Whether `ask` is for a page behind the first of those that the parameter `page` numbers.
pub(in crate::registry) fn is_later_page(ask: &Ask) -> bool {
    let mut parameters = ask.request.url.query_pairs();
    parameters.any(|(key, value)| key == "page" && value != "1")
}

/// The same URL with this parameter set in place of any other of its name.
pub(in crate::registry) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair(name, value);
    url
}
