//! Which repositories a registry has: by the product's API, by the V2 catalogue, or by one
//! where the other is refused.

use std::collections::{HashSet, VecDeque};

use super::ask::{Ask, Otherwise, Store};
use super::state::Held;
use super::walk::Gathered;
use super::{End, List, Page, Pages, Proof};
use crate::model::{Class, Failure, RepositoryName, Stage};
use crate::registry::Registry;
use crate::registry::api::Api;
use crate::registry::error::Attempt;

/// The repositories of a registry, page by page.
pub struct Repositories {
    registry: Registry,
    state: State,
    /// What is to be asked for behind the catalogue.
    beside: Vec<Ask>,
    /// Stores that are still to be listed.
    stores: VecDeque<Store>,
    /// The catalogue of one store that is being read in place of its own list.
    of_store: Option<Pages<RepositoryName>>,
    seen: HashSet<RepositoryName>,
    /// Whether nothing shows that what a part of the list lacks is gone.
    is_open: bool,
    /// Why a part of it could not be had: told when all others are.
    failure: Option<Failure>,
    end: Option<End>,
}

enum State {
    Untried,
    /// By the API, or store by store.
    ByApi,
    V2(Box<Pages<RepositoryName>>),
    /// By V2, and by the API where that fails.
    V2First(Box<Pages<RepositoryName>>),
    Done,
}

type Came = Result<Page<RepositoryName>, Failure>;

impl Registry {
    /// The catalogue of the Registry V2 API (`GET /v2/_catalog`), page by page.
    pub fn catalogue(&self) -> Pages<RepositoryName> {
        Pages::new(self.clone(), List::Catalogue(None))
    }

    /// The repositories that the registry lists, page by page: by the product's own API
    /// where that lists more, or for less.
    pub fn repositories(&self) -> Repositories {
        Repositories {
            registry: self.clone(),
            state: State::Untried,
            beside: Vec::new(),
            stores: VecDeque::new(),
            of_store: None,
            seen: HashSet::new(),
            is_open: false,
            failure: None,
            end: None,
        }
    }
}

impl Repositories {
    /// The next page; `None` after the last, and after a failure.
    pub async fn next(&mut self) -> Option<Came> {
        let came = self.advance().await;
        if let Some(Ok(page)) = &came {
            self.saw_rights(page);
        }
        came
    }

    async fn advance(&mut self) -> Option<Came> {
        loop {
            match &mut self.state {
                State::Done => return None,
                State::Untried => {
                    if let Some(page) = self.begin().await {
                        return Some(page);
                    }
                }
                State::V2(pages) => {
                    let page = pages.next().await;
                    if page.as_ref().is_none_or(Result::is_err) {
                        self.end = pages.end().cloned();
                        if page.is_some() {
                            self.state = State::Done;
                        }
                    }
                    return page.map(|page| page.map_err(|failure| self.advised(failure)));
                }
                State::V2First(pages) => match pages.next().await {
                    None => {
                        self.end = pages.end().cloned();
                        return self.beside().await.map(Ok);
                    }
                    Some(Ok(page)) => return Some(Ok(page)),
                    Some(Err(failure)) => return Some(self.by_api_instead(failure).await),
                },
                State::ByApi => {
                    if let Some(page) = self.next_store().await {
                        return Some(page);
                    }
                }
            }
        }
    }

    async fn begin(&mut self) -> Option<Came> {
        let registry = self.registry.clone();
        let listing = &registry.inner.listing;
        let pages = || Box::new(registry.catalogue());
        // What has no list of its own is listed store by store.
        let stores =
            crate::registry::product::stores(registry.product(), &registry.inner.spec.repositories);
        let by_store = |name: String| Store {
            name,
            asks: Vec::new(),
            otherwise: Otherwise::Catalogue,
        };
        let stores: VecDeque<Store> = stores.into_iter().map(by_store).collect();
        let by_v2 = |this: &mut Self| {
            listing.by_v2();
            this.state = if stores.is_empty() {
                State::V2(pages())
            } else {
                State::ByApi
            };
            this.stores = stores;
        };
        let Some(api) = registry.api() else {
            by_v2(self);
            return None;
        };
        let asks = api.lister.repositories();
        self.stores = api.lister.stores().into();
        if !self.stores.is_empty() && asks.is_empty() {
            self.state = State::ByApi;
            return None;
        }
        if api.lister.is_behind_catalogue() {
            listing.by_v2();
            self.beside = api.lister.beside_catalogue();
            self.state = State::V2First(pages());
            return None;
        }
        if asks.is_empty() {
            by_v2(self);
            return None;
        }
        match self.by_api(api).await {
            Ok(page) => Some(Ok(page)),
            // V2 would be signed in to by the same, and a server of many registries has no
            // catalogue of its own to ask instead.
            Err(failure) if registry.is_sign_in_refused() || registry.holds_stores() => {
                self.state = State::Done;
                Some(Err(failure))
            }
            Err(failure) => {
                listing.note_refusal(api.lister.name(), &failure);
                by_v2(self);
                None
            }
        }
    }

    /// What the API tells beside the catalogue, once.
    async fn beside(&mut self) -> Option<Page<RepositoryName>> {
        let asks = std::mem::take(&mut self.beside);
        let registry = self.registry.clone();
        let api = registry.api().filter(|_| !asks.is_empty())?;
        match registry.walk(api, &asks).await {
            Ok(gathered) => {
                registry.inner.listing.by_api();
                Some(self.gathered(gathered))
            }
            Err(failure) => {
                let listing = &registry.inner.listing;
                listing.note_refusal(api.lister.name(), &failure);
                None
            }
        }
    }

    /// What the API lists, where V2 refused.
    async fn by_api_instead(&mut self, failure: Failure) -> Came {
        let registry = self.registry.clone();
        // A list that broke off is told as such: what came of it stands already. Whose sign-in
        // is refused reads nothing of what another way might list.
        // Who signs in nowhere is refused as nobody, and may be somebody at the API.
        let is_refused = self.seen.is_empty()
            && match failure.class {
                Class::Denied | Class::Protocol | Class::Missing => true,
                Class::Authentication => !registry.inner.auth.has_credentials(),
                _ => false,
            };
        self.state = State::Done;
        // What was refused there is not tried at the API.
        let is_tried = is_refused && !registry.is_sign_in_refused();
        let Some(api) = registry.api().filter(|_| is_tried) else {
            return Err(failure);
        };
        if api.lister.repositories().is_empty() {
            return Err(self.advised(failure));
        }
        match self.by_api(api).await {
            Ok(page) => Ok(page),
            Err(other) => {
                let mut failure = failure;
                failure.message = format!(
                    "{}; and by {}: {}",
                    failure.message,
                    api.lister.name(),
                    other.message
                );
                // A token of the API alone says nothing of the registry's own sign-in.
                if other.class == Class::Authentication && registry.is_sign_in_refused() {
                    failure.class = other.class;
                }
                failure.hint = other.hint.or(failure.hint);
                Err(failure)
            }
        }
    }

    /// The failure of a catalogue that V2 refuses, with what to do about it at this product.
    fn advised(&self, failure: Failure) -> Failure {
        if self.registry.is_sign_in_refused() {
            return failure;
        }
        let is_refused = matches!(failure.class, Class::Denied | Class::Authentication);
        // Where its lists need names to begin with, no other answer helps either.
        let api = self.registry.api().filter(|api| {
            let lister = &api.lister;
            is_refused || lister.stores().is_empty() && lister.repositories().is_empty()
        });
        match api.and_then(|api| api.lister.instead_of_catalogue()) {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }

    /// The first page of the API's list: all that it names beside its stores.
    async fn by_api(&mut self, api: &Api) -> Came {
        let asks = api.lister.repositories();
        let mut gathered = self.registry.walk(api, &asks).await?;
        let listing = &self.registry.inner.listing;
        if gathered.is_empty() {
            // Who may not see anything is told the same, and so is who asks an API that does
            // not know this kind of repository.
            return Err(nothing_shown(&self.registry, &asks));
        }
        listing.by_api();
        self.stores.extend(std::mem::take(&mut gathered.stores));
        self.state = State::ByApi;
        Ok(self.gathered(gathered))
    }

    /// What the next store has; `None` where another is to be looked at, or none is left.
    async fn next_store(&mut self) -> Option<Came> {
        if let Some(pages) = &mut self.of_store {
            match pages.next().await {
                Some(Ok(page)) => return Some(Ok(self.page(page.items, page.dropped))),
                Some(Err(failure)) => {
                    self.of_store = None;
                    self.failure.get_or_insert(failure);
                }
                None => {
                    let is_whole = pages.shows_gone().await;
                    self.is_open |= !is_whole;
                    self.of_store = None;
                }
            }
        }
        let Some(store) = self.stores.pop_front() else {
            self.state = State::Done;
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            self.end = Some(End::Whole(if self.is_open {
                Proof::Paged
            } else {
                Proof::Ended
            }));
            return None;
        };
        let registry = self.registry.clone();
        let listing = &registry.inner.listing;
        let walked = match registry.api().filter(|_| !store.asks.is_empty()) {
            Some(api) => registry.walk(api, &store.asks).await.map_err(|failure| {
                let name = format!("{}, `{}`", api.lister.name(), store.name);
                listing.note_refusal(&name, &failure);
                Some(failure)
            }),
            None => Err(None),
        };
        match walked {
            Ok(mut gathered) if !gathered.is_empty() => {
                listing.by_api();
                self.stores.extend(std::mem::take(&mut gathered.stores));
                Some(Ok(self.gathered(gathered)))
            }
            walked => match store.otherwise {
                Otherwise::Asks(asks) => {
                    if walked.is_err() {
                        self.stores.push_front(Store {
                            name: store.name,
                            asks,
                            otherwise: Otherwise::Nothing,
                        });
                    }
                    None
                }
                Otherwise::Nothing | Otherwise::Empty => {
                    // A list that is empty may be so for those who may not see it.
                    let is_proof = matches!(store.otherwise, Otherwise::Empty);
                    let is_whole = walked.as_ref().is_ok_and(|gathered| !gathered.is_open);
                    self.is_open |= !(is_proof && is_whole);
                    match walked {
                        Ok(_) => listing.by_api(),
                        Err(failure) => {
                            let failure = failure.unwrap_or_else(|| not_asked(&store.name));
                            self.failure.get_or_insert(failure);
                        }
                    }
                    None
                }
                Otherwise::Repositories(names) => Some(Ok(self.page(names, Vec::new()))),
                Otherwise::Catalogue => {
                    listing.by_v2();
                    let list = List::Catalogue(Some(store.name));
                    self.of_store = Some(Pages::new(registry.clone(), list));
                    None
                }
            },
        }
    }

    /// All names that a walk brought; the contents that came with them are kept for who asks
    /// for them.
    fn gathered(&mut self, mut gathered: Gathered) -> Page<RepositoryName> {
        let listing = &self.registry.inner.listing;
        listing.costs(std::mem::take(&mut gathered.costly));
        self.is_open |= gathered.is_open;
        let mut names = std::mem::take(&mut gathered.repositories);
        for (name, entries) in std::mem::take(&mut gathered.entries) {
            let held = Held {
                entries: entries.into_vec(),
                dropped: Vec::new(),
                has_gaps: gathered.has_gaps(&name),
                is_open: gathered.is_open,
            };
            listing.keep(name.clone(), held);
            names.push(name);
        }
        self.page(names, gathered.dropped)
    }

    fn page(
        &mut self,
        mut items: Vec<RepositoryName>,
        dropped: Vec<String>,
    ) -> Page<RepositoryName> {
        items.retain(|name| self.seen.insert(name.clone()));
        items.sort_unstable();
        Page { items, dropped }
    }

    /// Whether the registry has said that there is more.
    pub fn has_more(&self) -> bool {
        match &self.state {
            State::V2(pages) | State::V2First(pages) => pages.has_more(),
            State::ByApi => !self.stores.is_empty() || self.of_store.is_some(),
            State::Untried | State::Done => false,
        }
    }

    /// How the list ended; `None` before that, and after a failure.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Takes names of a catalogue that has only that to which the sign-in was given a right:
    /// they show that it was taken.
    fn saw_rights(&self, page: &Page<RepositoryName>) {
        if self.may_lack() && !page.items.is_empty() {
            self.registry.was_answered();
        }
    }

    /// Whether what the list lacks is gone.
    pub async fn shows_gone(&mut self) -> bool {
        if self.may_lack() {
            return false;
        }
        match &mut self.state {
            State::V2(pages) | State::V2First(pages) => pages.shows_gone().await,
            State::Done => self.end.is_some() && !self.is_open,
            State::Untried | State::ByApi => false,
        }
    }

    /// Whether it is no fault of the list that something is there which it lacks: it has only
    /// that to which the sign-in was given a right, and more may be read.
    pub fn may_lack(&self) -> bool {
        let product = self.registry.product();
        matches!(self.state, State::V2(_) | State::V2First(_))
            && product.is_some_and(crate::registry::product::catalogues_rights)
    }

    /// Notes that something is there that this list lacks.
    pub fn was_cut(&self) {
        match &self.state {
            State::V2(pages) | State::V2First(pages) => pages.was_cut(),
            _ => self.registry.saw_cut(),
        }
    }
}

/// What is not listed because its API is not asked any more.
fn not_asked(store: &str) -> Failure {
    let store = crate::model::text::harmless(store);
    Failure::new(
        Stage::Catalogue,
        Class::Unproven,
        format!(
            "the repositories of `{store}` were not listed: the API was given up before their turn"
        ),
    )
    .with_hint("the crawl's notes say why it was given up; crawl again when that is over")
}

/// An API that lists nothing to nobody says so to those who may not see anything.
fn nothing_shown(registry: &Registry, asks: &[Ask]) -> Failure {
    let what = "the list is empty, which this product says to those who may not see anything";
    match asks.first() {
        Some(ask) => Attempt::new(Stage::Catalogue, &ask.request, registry.cover())
            .failure(Class::Denied, what),
        None => Failure::new(Stage::Catalogue, Class::Denied, what.to_owned()),
    }
    .with_hint("sign in as somebody who may list repositories, or name those to load")
}
