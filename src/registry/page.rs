//! Lists in pages: `Link` (RFC 8288), `n` and `last`, and guards against lists that never
//! end or end too early (OCI distribution-spec 1.1, "Listing Tags").

use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

use super::Registry;
use super::entries::{Entries, Field};
use super::error::{Attempt, Standing, has_code, what_came};
use super::link::next_link;
use super::token::Scope;
use crate::http::{Request, Response, Url};
use crate::model::{Class, Failure, RepositoryName, Stage};

/// Most bytes read of one page.
const PAGE_CAP: usize = 32 * 1024 * 1024;

/// Most pages read of one list.
const MAX_PAGES: usize = 100_000;

/// Page sizes to fall back to where a registry refuses the one asked for.
const SMALLER: [u16; 2] = [1000, 100];

/// Counts at which registries are known to cut a page without saying so.
const KNOWN_CAPS: [usize; 7] = [25, 50, 100, 200, 250, 500, 1000];

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its entries that were on no earlier page, in the registry's order.
    pub items: Vec<T>,
    /// Entries that are no names, as messages show them.
    pub dropped: Vec<String>,
}

/// Which list is read.
#[derive(Clone, Debug)]
pub(super) enum List {
    Catalogue,
    Tags(RepositoryName),
}

impl List {
    fn path(&self) -> String {
        match self {
            Self::Catalogue => "v2/_catalog".to_owned(),
            Self::Tags(name) => format!("v2/{name}/tags/list"),
        }
    }

    fn field(&self) -> Field {
        match self {
            Self::Catalogue => Field::Repositories,
            Self::Tags(_) => Field::Tags,
        }
    }

    fn stage(&self) -> Stage {
        match self {
            Self::Catalogue => Stage::Catalogue,
            Self::Tags(_) => Stage::Tags,
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Catalogue => Scope::Catalogue,
            Self::Tags(name) => Scope::Pull(name.clone()),
        }
    }
}

/// How the next page is asked for.
#[derive(Clone, Debug)]
enum Next {
    First,
    Link(Url),
    /// The page looked cut: is there anything behind its last entry?
    Probe(Url),
    /// There is more, and no way to it.
    Broken(Box<Failure>),
    Done,
}

/// The pages of one list.
pub struct Pages<T> {
    registry: Registry,
    list: List,
    next: Next,
    visited: HashSet<String>,
    seen: HashSet<T>,
    read: usize,
    barren: usize,
    marker: PhantomData<fn() -> T>,
}

impl<T: FromStr + Clone + Eq + Hash + AsRef<str>> Pages<T> {
    pub(super) fn new(registry: Registry, list: List) -> Self {
        Self {
            registry,
            list,
            next: Next::First,
            visited: HashSet::new(),
            seen: HashSet::new(),
            read: 0,
            barren: 0,
            marker: PhantomData,
        }
    }

    /// The next page; `None` after the last, and after a failure.
    pub async fn next(&mut self) -> Option<Result<Page<T>, Failure>> {
        // `self.next` moves on with the answer only, so that a call that is dropped half-way
        // is no end of the list.
        let result = match self.next.clone() {
            Next::Done => return None,
            Next::Broken(failure) => Err(*failure),
            Next::First => self.first().await,
            Next::Link(url) => self.follow(url).await,
            Next::Probe(url) => match self.probe(url).await {
                Ok(Some(page)) => Ok(page),
                Ok(None) => {
                    self.next = Next::Done;
                    return None;
                }
                Err(failure) => Err(failure),
            },
        };
        if result.is_err() {
            self.next = Next::Done;
        }
        Some(result)
    }

    /// Whether the registry has said that there is more.
    pub fn has_more(&self) -> bool {
        matches!(self.next, Next::Link(_) | Next::Broken(_))
    }

    async fn first(&mut self) -> Result<Page<T>, Failure> {
        loop {
            let size = self.registry.page_size(&self.list);
            let mut url = self.registry.url(&self.list.path());
            if let Some(n) = size {
                url.set_query(Some(&format!("n={n}")));
            }
            let (response, attempt, standing) = self.get(&url).await?;
            if response.status.is_success() {
                let page = self.take(&attempt, &response, &url, size, true)?;
                if page.items.is_empty() && page.dropped.is_empty() {
                    self.registry
                        .check_empty(&self.list, &attempt, standing, self.has_more())?;
                }
                return Ok(page);
            }
            if too_many(&response)
                && let Some(n) = size
            {
                let smaller = SMALLER.into_iter().find(|smaller| *smaller < n);
                self.registry.set_page_size(&self.list, smaller);
                continue;
            }
            return Err(self.refused(&attempt, &response, standing));
        }
    }

    async fn follow(&mut self, url: Url) -> Result<Page<T>, Failure> {
        let (response, attempt, standing) = self.get(&url).await?;
        if !response.status.is_success() {
            return Err(self.refused(&attempt, &response, standing));
        }
        let size = self.registry.page_size(&self.list);
        let page = self.take(&attempt, &response, &url, size, false)?;
        if page.items.is_empty() {
            self.barren += 1;
            if self.barren >= 2 && !matches!(self.next, Next::Done) {
                return Err(attempt
                    .failure(
                        Class::Protocol,
                        "the pages of the list bring nothing new, and go on",
                    )
                    .with_hint("the list may not be whole: the registry's paging is broken"));
            }
        } else {
            self.barren = 0;
        }
        Ok(page)
    }

    /// `None` where nothing new comes: the list was whole.
    async fn probe(&mut self, url: Url) -> Result<Option<Page<T>>, Failure> {
        let (response, attempt, standing) = self.get(&url).await?;
        if matches!(response.status.as_u16(), 400 | 404 | 405 | 422) {
            return Err(attempt
                .failure(
                    Class::Protocol,
                    "the list looks cut at a page's length, and the registry gives no way on",
                )
                .with_status(response.status.as_u16())
                .with_hint("set another `page-size`, or name the repositories to load"));
        }
        if !response.status.is_success() {
            return Err(self.refused(&attempt, &response, standing));
        }
        let size = self.registry.page_size(&self.list);
        let page = self.take(&attempt, &response, &url, size, false)?;
        if page.items.is_empty() {
            return match std::mem::replace(&mut self.next, Next::Done) {
                Next::Broken(failure) => Err(*failure),
                _ => Ok(None),
            };
        }
        // It pages by `last`, and says nothing of it: go on until nothing new comes.
        if matches!(self.next, Next::Done)
            && let Some(last) = page.items.last()
        {
            self.next = Next::Probe(self.behind(last.as_ref(), size));
        }
        Ok(Some(page))
    }

    async fn get(&mut self, url: &Url) -> Result<(Response, Attempt, Standing), Failure> {
        let request = Request::get(url.clone(), PAGE_CAP).staying();
        let mut attempt = Attempt::new(self.list.stage(), &request, self.registry.cover());
        if let List::Tags(name) = &self.list {
            attempt = attempt.in_repository(name);
        }
        if self.read >= MAX_PAGES {
            return Err(attempt.failure(
                Class::Protocol,
                &format!("the list has more than {MAX_PAGES} pages"),
            ));
        }
        self.read += 1;
        let scope = self.list.scope();
        let (response, standing) = self.registry.send(&attempt, &scope, request).await?;
        Ok((response, attempt, standing))
    }

    fn refused(&self, attempt: &Attempt, response: &Response, standing: Standing) -> Failure {
        let mut failure = attempt.refused(response, standing);
        match (&self.list, failure.class) {
            (List::Catalogue, Class::Missing | Class::Protocol) => {
                failure.class = Class::Protocol;
                failure.hint = Some(
                    "the registry does not list its repositories: name those to load, and unset \
                     `load-full-list`"
                        .to_owned(),
                );
            }
            // A stray 404 of a proxy must not pass for a repository that is gone.
            (List::Tags(_), Class::Missing) if !is_envelope(response) => {
                failure.class = Class::Protocol;
                failure.hint =
                    Some("this is no answer of a registry: a proxy may have given it".to_owned());
            }
            _ => {}
        }
        failure
    }

    /// Reads one page and finds the way to the next; a first page that looks cut is worth
    /// a question.
    fn take(
        &mut self,
        attempt: &Attempt,
        response: &Response,
        url: &Url,
        size: Option<u16>,
        is_first: bool,
    ) -> Result<Page<T>, Failure> {
        let field = self.list.field();
        let entries = Entries::read(field, &response.body).map_err(|why| {
            attempt
                .failure(
                    Class::Protocol,
                    &format!(
                        "the answer is no list: {why}; what came is {}",
                        what_came(response)
                    ),
                )
                .with_status(response.status.as_u16())
                .with_hint("check the address: this is no answer of a registry")
        })?;
        self.visited.insert(url.as_str().to_owned());
        let count = entries.names.len() + entries.dropped.len();
        let last = entries.names.last().cloned();
        let mut page = Page {
            items: Vec::with_capacity(entries.names.len()),
            dropped: entries.dropped,
        };
        let cover = self.registry.cover();
        for name in entries.names {
            match name.parse::<T>() {
                // A name is never altered: one that holds a secret is none.
                Ok(_) if cover.holds(&name) => {
                    page.dropped.push(cover.show(&name, 80).into_string());
                }
                Ok(item) => {
                    if self.seen.insert(item.clone()) {
                        page.items.push(item);
                    }
                }
                Err(_) => page.dropped.push(cover.show(&name, 80).into_string()),
            }
        }
        self.next = match next_link(response.headers()) {
            // What the page holds is good, wherever its link leads.
            Some(target) => match self.resolve(attempt, url, &target) {
                Ok(next) => Next::Link(next),
                Err(failure) => Next::Broken(Box::new(failure)),
            },
            None => match last {
                Some(last) if is_first && looks_cut(count, size) => {
                    Next::Probe(self.behind(&last, size))
                }
                _ => Next::Done,
            },
        };
        Ok(page)
    }

    /// The page behind `last`.
    fn behind(&self, last: &str, size: Option<u16>) -> Url {
        let mut url = self.registry.url(&self.list.path());
        let mut query = url.query_pairs_mut();
        query.append_pair("last", last);
        if let Some(n) = size {
            query.append_pair("n", &n.to_string());
        }
        drop(query);
        url
    }

    /// Where a `Link` leads. Behind proxies registries get their own host, port and path
    /// wrong, never the query: ours stay, the link's query is taken.
    fn resolve(&self, attempt: &Attempt, from: &Url, target: &str) -> Result<Url, Failure> {
        let fail = |why: &str| {
            Err(attempt
                .failure(Class::Protocol, why)
                .with_hint("the list may not be whole: the registry's paging is broken"))
        };
        let Ok(link) = from.join(target) else {
            return fail("the link to the next page is no URL");
        };
        if link.host() != from.host() {
            return fail("the link to the next page leads to another host, and is not followed");
        }
        let mut next = from.clone();
        next.set_query(link.query());
        if self.visited.contains(next.as_str()) {
            return fail("the link to the next page leads back to one already read");
        }
        Ok(next)
    }
}

fn looks_cut(count: usize, size: Option<u16>) -> bool {
    size.is_some_and(|n| count >= usize::from(n)) || KNOWN_CAPS.contains(&count)
}

/// Whether the registry refuses the page size.
fn too_many(response: &Response) -> bool {
    match response.status.as_u16() {
        400 => has_code(response, "PAGINATION_NUMBER_INVALID"),
        405 | 422 => true,
        _ => false,
    }
}

fn is_envelope(response: &Response) -> bool {
    serde_json::from_slice::<serde_json::Value>(&response.body).is_ok_and(|value| value.is_object())
}
