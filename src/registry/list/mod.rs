//! Any list, page by page: `Link` (RFC 8288), `n` and `last` (OCI distribution-spec 1.1,
//! "Listing Tags"), guards against lists that never end, and whether a list is whole.
//!
//! A list is whole by what its source was seen to do ([`Proof`]), never because nothing
//! more came.

mod ask;
mod bulk;
mod contents;
mod entries;
mod link;
mod listed;
mod lister;
mod named;
mod numbered;
mod proof;
mod repositories;
mod rows;
mod source;
mod state;
mod walk;

use std::collections::HashSet;
use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;

pub(super) use ask::{Answer, Ask, Otherwise, Reader, Realm, Refusal, SignInRefused, Store};
pub(super) use bulk::{Bulk, Given};
pub use contents::Contents;
pub(super) use entries::Field;
pub(super) use link::next_link;
pub use listed::{Entry, Listed, Told};
pub(super) use lister::Lister;
pub(super) use numbered::{Goes, Numbered};
pub use proof::{End, Open};
pub use repositories::Repositories;
pub(super) use rows::{
    catalogue, entry_of, is_later_page, linked, next_number, object, rows, stated_total,
    with_parameter,
};
pub use source::Proof;
pub(super) use source::{Source, paging};
pub(super) use state::Listing;
pub(super) use walk::{ANSWER_CAP, refused};

use entries::Entries;
use source::Paging;

use super::Registry;
use super::error::{Attempt, Standing, has_code, what_came};
use super::presence::is_own_form;
use super::token::Scope;
use crate::http::{Request, Response, Url};
use crate::model::{Class, Failure, RepositoryName, Stage};

/// Most bytes read of one page.
const PAGE_CAP: usize = 32 * 1024 * 1024;

/// Most pages read of one list.
const MAX_PAGES: usize = 100_000;

/// Longest query taken over from a link, in bytes.
const MAX_QUERY: usize = 16 * 1024;

/// Page sizes to fall back to where a registry refuses the one asked for.
const SMALLER: [u16; 2] = [1000, 100];

/// Pages in a row that bring nothing new before a list is given up: two that repeat what
/// is known, more where they are empty, which filters of the server's make.
const MAX_BARREN: (usize, usize) = (2, 20);

/// What to do about a list whose first pages came.
const BROKE_OFF: &str = "the list broke off: crawl again; if this stays, look at the log of the \
                         registry and of the proxies before it";

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
    /// The repositories of a registry, or of one of its stores.
    Catalogue(Option<String>),
    Tags(RepositoryName),
}

impl List {
    pub(super) fn field(&self) -> Field {
        match self {
            Self::Catalogue(_) => Field::Repositories,
            Self::Tags(_) => Field::Tags,
        }
    }

    fn stage(&self) -> Stage {
        match self {
            Self::Catalogue(_) => Stage::Catalogue,
            Self::Tags(_) => Stage::Tags,
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Catalogue(_) => Scope::Catalogue,
            Self::Tags(name) => Scope::Pull(name.clone()),
        }
    }

    /// The entry of this name, as we call it.
    fn item<T: FromStr>(&self, name: &str) -> Option<T> {
        match self {
            Self::Catalogue(Some(store)) => format!("{store}/{name}").parse().ok(),
            Self::Catalogue(None) | Self::Tags(_) => name.parse().ok(),
        }
    }

    /// Whether a list of this `name` is ours: proxies and products add and remove leading
    /// components.
    fn is_ours(&self, name: &str) -> bool {
        let Self::Tags(ours) = self else {
            return true;
        };
        let ours = ours.as_str();
        let below = |whole: &str, part: &str| {
            whole
                .strip_suffix(part)
                .is_some_and(|rest| rest.ends_with('/'))
        };
        ours == name || below(ours, name) || below(name, ours)
    }
}

/// How the next page is asked for.
#[derive(Clone, Debug)]
enum Next {
    First,
    Link(Url),
    /// The list came in one answer: is it whole?
    Prove,
    /// It goes on behind this entry, without saying so.
    Behind(String),
    /// It ended without a link at a length that makes one wonder: is there anything behind
    /// this entry?
    Confirm(String, Proof),
    /// It ended with an empty page behind the second of these entries, which may be gone: is
    /// that still listed behind the first?
    Retrace(String, String),
    /// There is more, and no way to it.
    Broken(Box<Failure>),
    Done,
}

/// The pages of one list.
pub struct Pages<T> {
    registry: Registry,
    list: List,
    source: Arc<Source>,
    next: Next,
    end: Option<End>,
    visited: HashSet<String>,
    seen: HashSet<T>,
    read: usize,
    barren: usize,
    /// What the first answer was asked with, and how many entries it held.
    size: Option<u16>,
    count: usize,
    /// How much it told, with what is listed beside its entries.
    told: usize,
    /// The last two entries of all that came so far.
    tail: Vec<String>,
    /// The entries of the longest page.
    longest: usize,
}

/// What came for one page.
struct PageAnswer {
    attempt: Attempt,
    response: Response,
    standing: Standing,
}

impl<T: FromStr + Clone + Eq + Hash> Pages<T> {
    pub(super) fn new(registry: Registry, list: List) -> Self {
        let source = registry.source(&list);
        Self {
            registry,
            list,
            source,
            next: Next::First,
            end: None,
            visited: HashSet::new(),
            seen: HashSet::new(),
            read: 0,
            barren: 0,
            size: None,
            count: 0,
            told: 0,
            tail: Vec::new(),
            longest: 0,
        }
    }

    /// The next page; `None` after the last, and after a failure.
    pub async fn next(&mut self) -> Option<Result<Page<T>, Failure>> {
        loop {
            // `self.next` moves on with the answer only, so that a call that is dropped
            // half-way is no end of the list.
            let page = match self.next.clone() {
                Next::Done => return None,
                Next::Broken(failure) => Err(*failure),
                Next::First => self.first().await.map(Some),
                Next::Link(url) => self.follow(url).await.map(Some),
                Next::Prove => Ok(self.prove().await),
                Next::Behind(last) => self.go_on(&last).await,
                Next::Confirm(last, proof) => Ok(self.confirm(&last, proof).await),
                Next::Retrace(before, last) => self.retrace(&before, &last).await,
            };
            match page {
                Ok(Some(page)) => return Some(Ok(page)),
                Ok(None) => {}
                Err(failure) => {
                    self.next = Next::Done;
                    self.end = None;
                    return Some(Err(failure));
                }
            }
        }
    }

    /// Whether the registry has said that there is more.
    pub fn has_more(&self) -> bool {
        matches!(self.next, Next::Link(_) | Next::Broken(_))
    }

    /// Whether a page was read: what answers here lists.
    fn has_begun(&self) -> bool {
        !self.visited.is_empty()
    }

    fn finish(&mut self, end: End) {
        self.end = Some(end);
        self.next = Next::Done;
        // Nothing more is compared with them, and many lists wait to be read.
        self.seen = HashSet::new();
    }

    async fn first(&mut self) -> Result<Page<T>, Failure> {
        loop {
            let size = self.source.size();
            let url = self.url(None, size);
            let answer = self.get(&url).await?;
            if answer.response.status.is_success() {
                let entries = self.entries(&answer)?;
                self.size = size;
                self.count = entries.count();
                self.told = entries.told();
                self.longest = self.count;
                let is_empty = self.count == 0;
                let page = self.take(&answer, &url, entries);
                if matches!(self.next, Next::Done) {
                    self.next = Next::Prove;
                }
                if is_empty {
                    self.registry.check_empty(
                        &self.list,
                        &answer.attempt,
                        answer.standing,
                        self.has_more(),
                    )?;
                }
                return Ok(page);
            }
            if too_many(&answer.response)
                && let Some(n) = size
            {
                let smaller = SMALLER.into_iter().find(|smaller| *smaller < n);
                self.source.set_size(smaller);
                continue;
            }
            return Err(self.refused(&answer));
        }
    }

    async fn follow(&mut self, url: Url) -> Result<Page<T>, Failure> {
        let answer = self.get(&url).await?;
        if !answer.response.status.is_success() {
            return Err(self.refused(&answer));
        }
        let entries = self.entries(&answer)?;
        let count = entries.count();
        let is_empty = count == 0;
        let page = self.take(&answer, &url, entries);
        if is_empty && matches!(self.next, Next::Broken(_)) {
            // An empty page is an end, wherever it claims to lead.
            self.next = Next::Done;
        }
        if page.items.is_empty() {
            self.barren += 1;
            let patience = if is_empty { MAX_BARREN.1 } else { MAX_BARREN.0 };
            if self.barren >= patience && !matches!(self.next, Next::Done) {
                return Err(answer
                    .attempt
                    .failure(
                        Class::Protocol,
                        "the pages of the list bring nothing new, and go on",
                    )
                    .with_hint("the list may not be whole: the registry's paging is broken"));
            }
        } else {
            self.barren = 0;
        }
        if matches!(self.next, Next::Done) {
            // A page as long as those before it may be cut as they were.
            let is_full = count > 1 && count >= self.longest;
            self.end_linked(is_empty, is_full);
        }
        self.longest = self.longest.max(count);
        Ok(page)
    }

    async fn get(&mut self, url: &Url) -> Result<PageAnswer, Failure> {
        let request = Request::get(url.clone(), PAGE_CAP).staying();
        let attempt = self.attempt(&request);
        if self.read >= MAX_PAGES {
            return Err(attempt.failure(
                Class::Protocol,
                &format!("the list has more than {MAX_PAGES} pages"),
            ));
        }
        self.read += 1;
        let scope = self.list.scope();
        let (response, standing) = self.registry.send(&attempt, &scope, request).await?;
        Ok(PageAnswer {
            attempt,
            response,
            standing,
        })
    }

    fn attempt(&self, request: &Request) -> Attempt {
        let attempt = Attempt::new(self.list.stage(), request, self.registry.cover());
        match &self.list {
            List::Catalogue(_) => attempt,
            List::Tags(name) => attempt.in_repository(name),
        }
    }

    fn refused(&self, answer: &PageAnswer) -> Failure {
        let mut failure = answer.attempt.refused(&answer.response, answer.standing);
        match (&self.list, failure.class) {
            // It has a list, and the repository is there: the rest of it is missing.
            (_, Class::Missing | Class::Protocol) if self.has_begun() => {
                failure.class = Class::Protocol;
                failure.hint = Some(BROKE_OFF.to_owned());
            }
            (List::Catalogue(_), Class::Missing | Class::Protocol) => {
                failure.class = Class::Protocol;
                failure.hint = Some(
                    "the registry does not list its repositories: name those to load, and unset \
                     `load-full-list`"
                        .to_owned(),
                );
            }
            // A stray 404 of a proxy must not pass for a repository that is gone.
            (List::Tags(_), Class::Missing) if !is_own_form(&answer.response) => {
                failure.class = Class::Protocol;
                failure.hint =
                    Some("this is no answer of a registry: a proxy may have given it".to_owned());
            }
            _ => {}
        }
        failure
    }

    /// The entries of an answer that is this list.
    fn entries(&self, answer: &PageAnswer) -> Result<Entries, Failure> {
        let PageAnswer {
            attempt, response, ..
        } = answer;
        let entries = Entries::read(self.list.field(), &response.body).map_err(|why| {
            attempt
                .failure(
                    Class::Protocol,
                    &format!(
                        "the answer is no list: {why}; what came is {}",
                        what_came(response)
                    ),
                )
                .with_status(response.status.as_u16())
                .with_hint(if self.has_begun() {
                    BROKE_OFF
                } else {
                    "check the address: this is no answer of a registry"
                })
        })?;
        if let Some(name) = self.stranger(&entries) {
            let name = self.registry.cover().show(name, 100);
            return Err(attempt
                .failure(
                    Class::Protocol,
                    &format!("the answer is the list of another repository, `{name}`"),
                )
                .with_status(response.status.as_u16())
                .with_hint(
                    "a cache or proxy before the registry mixes answers up: look at its \
                     configuration",
                ));
        }
        Ok(entries)
    }

    /// The repository whose list this is, where that is another one.
    fn stranger<'e>(&self, entries: &'e Entries) -> Option<&'e str> {
        let name = entries.name.as_deref();
        name.filter(|name| !self.list.is_ours(name))
    }

    /// Takes what is new of a page, and finds the way to the next.
    fn take(&mut self, answer: &PageAnswer, url: &Url, entries: Entries) -> Page<T> {
        self.visited.insert(url.as_str().to_owned());
        let from = entries.names.len().saturating_sub(2);
        self.tail.extend_from_slice(&entries.names[from..]);
        self.tail.drain(..self.tail.len().saturating_sub(2));
        let page = self.new_in(entries);
        self.next = match next_link(answer.response.headers()) {
            // What the page holds is good, wherever its link leads.
            Some(target) => match self.resolve(&answer.attempt, url, &target) {
                Ok(next) => {
                    self.source.pages(Paging::Linked);
                    Next::Link(next)
                }
                Err(failure) => Next::Broken(Box::new(failure)),
            },
            None => Next::Done,
        };
        page
    }

    fn new_in(&mut self, entries: Entries) -> Page<T> {
        let mut page = Page {
            items: Vec::with_capacity(entries.names.len()),
            dropped: entries.dropped,
        };
        let cover = self.registry.cover();
        for name in entries.names {
            match self.list.item::<T>(&name) {
                // A name is never altered: one that holds a secret is none.
                Some(_) if cover.holds(&name) => {
                    page.dropped.push(cover.show(&name, 80).into_string());
                }
                Some(item) => {
                    if self.seen.insert(item.clone()) {
                        page.items.push(item);
                    }
                }
                None => page.dropped.push(cover.show(&name, 80).into_string()),
            }
        }
        page
    }

    /// The URL of a page: behind `last`, of `size` entries.
    fn url(&self, last: Option<&str>, size: Option<u16>) -> Url {
        let mut url = match &self.list {
            List::Catalogue(store) => self.registry.catalogue_url(store.as_deref()),
            List::Tags(name) => self.registry.place(name).url("tags/list"),
        };
        if last.is_some() || size.is_some() {
            let mut query = url.query_pairs_mut();
            if let Some(last) = last {
                query.append_pair("last", last);
            }
            if let Some(n) = size {
                query.append_pair("n", &n.to_string());
            }
        }
        url
    }

    /// Where a `Link` leads. Behind proxies registries get their own scheme, host and path
    /// wrong, never the query: ours stay, the link's query is taken. So no link leads to
    /// another host.
    fn resolve(&self, attempt: &Attempt, from: &Url, target: &str) -> Result<Url, Failure> {
        let fail = |why: &str| {
            Err(attempt
                .failure(Class::Protocol, why)
                .with_hint("the list may not be whole: the registry's paging is broken"))
        };
        let Ok(link) = from.join(target) else {
            return fail("the link to the next page is no URL");
        };
        if link.query().is_some_and(|query| query.len() > MAX_QUERY) {
            return fail("the link to the next page is too long to be followed");
        }
        let mut next = from.clone();
        next.set_query(link.query());
        if self.visited.contains(next.as_str()) {
            return fail("the link to the next page leads back to one already read");
        }
        Ok(next)
    }
}

/// Whether the registry refuses the page size.
fn too_many(response: &Response) -> bool {
    match response.status.as_u16() {
        400 => has_code(response, "PAGINATION_NUMBER_INVALID"),
        405 | 422 => true,
        _ => false,
    }
}
