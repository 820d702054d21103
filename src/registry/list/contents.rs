//! What one repository holds: by the product's API where that lists it, otherwise by the
//! tags that the Registry V2 API lists; by both where the API leaves out tags.

use super::listed::Entry;
use super::named::Named;
use super::state::Held;
use super::{End, List, Lister, Page, Pages, Proof};
use crate::model::{Class, Failure, RepositoryName, Tag};
use crate::registry::Registry;

/// The listing of one repository, page by page.
pub struct Contents {
    registry: Registry,
    repository: RepositoryName,
    state: State,
}

enum State {
    Untried,
    /// By the API, all at once.
    ByApi {
        page: Option<Page<Entry>>,
        end: Box<End>,
        has_gaps: bool,
        is_open: bool,
    },
    /// By the API, with the names of all tags by V2.
    Named(Box<Named>),
    V2(Box<Pages<Tag>>),
}

impl Registry {
    /// The tags that the Registry V2 API lists for `repository`, page by page
    /// (`GET /v2/<name>/tags/list`).
    pub fn tags(&self, repository: &RepositoryName) -> Pages<Tag> {
        Pages::new(self.clone(), List::Tags(repository.clone()))
    }

    /// What `repository` holds, page by page: by the product's own API where that tells
    /// more, or for less.
    pub fn contents(&self, repository: &RepositoryName) -> Contents {
        Contents {
            registry: self.clone(),
            repository: repository.clone(),
            state: State::Untried,
        }
    }

    /// Whether reading a manifest of `repository` costs more than a request.
    pub fn is_costly(&self, repository: &RepositoryName) -> bool {
        self.inner.listing.is_costly(repository)
    }

    /// Whether the product's API lists, for all that is known by now.
    pub fn uses_api(&self) -> bool {
        self.api().is_some()
    }

    /// Whether the product's API was used, and is not believed any more.
    pub fn gave_up_api(&self) -> bool {
        self.inner.listing.has_given_up()
    }

    /// The product's API is not believed any more: what it has listed and nobody has read
    /// yet is listed again by the Registry V2 API.
    pub fn give_up_api(&self, why: &str) {
        if !self.inner.listing.has_given_up() {
            self.inner.listing.note(why.to_owned());
            self.inner.listing.give_up();
        }
    }

    /// What the API lists of one repository; `None` where V2 is to.
    async fn listed_by_api(&self, repository: &RepositoryName) -> Option<Held> {
        let api = self.api()?;
        let listing = &self.inner.listing;
        if let Some(held) = listing.take(repository) {
            return Some(held);
        }
        let ask = api.lister.contents(repository)?;
        let turn = if listing.lists_one() {
            None
        } else {
            Some(listing.turn.lock().await)
        };
        if listing.never_lists_one() || listing.has_given_up() {
            return None;
        }
        // Whoever waited for the first goes on beside the others.
        let turn = turn.filter(|_| !listing.lists_one());
        let walked = self.walk(api, std::slice::from_ref(&ask)).await;
        listing.listed_one(walked.is_ok());
        // Who goes on asking a server that counts is shut out by some.
        if walked
            .as_ref()
            .is_err_and(|failure| failure.class == Class::Throttled)
        {
            listing.give_up();
        }
        drop(turn);
        match walked {
            Ok(mut gathered) => {
                listing.by_api();
                // Nothing may be all that there is, or all that we are shown: V2 tells.
                let entries = match gathered.entries.remove(repository) {
                    Some(entries) => entries.into_vec(),
                    None if api.lister.tells_empty() => Vec::new(),
                    None => return None,
                };
                Some(Held {
                    entries,
                    has_gaps: gathered.has_gaps(repository),
                    is_open: gathered.is_open,
                    dropped: gathered.dropped,
                })
            }
            Err(failure) => {
                // What is missing may be so by V2 as well, which then says it.
                let is_everywhere = !matches!(failure.class, Class::Missing);
                if is_everywhere {
                    listing.note_refusal(api.lister.name(), &failure);
                }
                None
            }
        }
    }
}

impl Contents {
    /// The next page; `None` after the last, and after a failure.
    pub async fn next(&mut self) -> Option<Result<Page<Entry>, Failure>> {
        if let State::Untried = self.state {
            self.state = match self.registry.listed_by_api(&self.repository).await {
                Some(held) => self.by_api(held),
                None => self.by_v2(),
            };
        }
        match &mut self.state {
            State::Untried => None,
            State::ByApi { page, .. } => page.take().map(Ok),
            State::Named(named) => named.next().await,
            State::V2(pages) => {
                let page = pages.next().await?;
                Some(page.map(|page| Page {
                    items: page.items.into_iter().map(Entry::Tag).collect(),
                    dropped: page.dropped,
                }))
            }
        }
    }

    fn by_api(&self, held: Held) -> State {
        let lister = self.registry.api().map(|api| api.lister.as_ref());
        if let Some(lister) = lister.filter(|lister| lister.leaves_out_tags()) {
            let tags = self.registry.tags(&self.repository);
            let named = Named::new(held, tags, lister.hides_accessories());
            return State::Named(Box::new(named));
        }
        State::ByApi {
            page: Some(Page {
                items: held.entries,
                dropped: held.dropped,
            }),
            end: Box::new(End::Whole(Proof::Ended)),
            has_gaps: held.has_gaps,
            is_open: held.is_open,
        }
    }

    fn by_v2(&self) -> State {
        self.registry.inner.listing.by_v2();
        State::V2(Box::new(self.registry.tags(&self.repository)))
    }

    /// Begins again, by V2: what the API listed is not right.
    pub fn restart_by_v2(&mut self) {
        self.state = self.by_v2();
    }

    /// Whether the API listed it.
    pub fn is_by_api(&self) -> bool {
        matches!(self.state, State::ByApi { .. } | State::Named(_))
    }

    /// What the API says of its lists, where it listed this.
    fn api_says(&self, what: impl FnOnce(&dyn Lister) -> bool) -> bool {
        let api = self.registry.api().filter(|_| self.is_by_api());
        api.is_some_and(|api| what(api.lister.as_ref()))
    }

    /// Whether images without a tag are listed as well, all of them.
    pub fn tells_untagged(&self) -> bool {
        let has_gaps = match &self.state {
            State::ByApi { has_gaps, .. } => *has_gaps,
            State::Named(named) => named.has_gaps,
            State::Untried | State::V2(_) => false,
        };
        !has_gaps && self.api_says(|lister| lister.lists_untagged())
    }

    /// Whether the children of indexes are among the images without a tag.
    pub fn tells_children(&self) -> bool {
        self.api_says(|lister| lister.lists_children())
    }

    /// Whether it is told which entries are indexes.
    pub fn tells_indexes(&self) -> bool {
        self.api_says(|lister| lister.tells_indexes())
    }

    /// Whether the listing leaves out what hangs on other images, with the tags that name it
    /// (`sha256-….sig`).
    pub fn hides_accessories(&self) -> bool {
        self.api_says(|lister| lister.hides_accessories())
    }

    /// How the listing ended; `None` before that, and after a failure.
    pub fn end(&self) -> Option<&End> {
        match &self.state {
            State::Untried => None,
            State::ByApi { end, .. } => Some(end),
            State::Named(named) => named.end(),
            State::V2(pages) => pages.end(),
        }
    }

    /// Whether what the listing lacks is gone.
    pub async fn shows_gone(&mut self) -> bool {
        match &mut self.state {
            State::Untried => false,
            State::ByApi {
                has_gaps, is_open, ..
            } => !*has_gaps && !*is_open,
            State::Named(named) => named.shows_gone().await,
            State::V2(pages) => pages.shows_gone().await,
        }
    }

    /// Notes that something is there that this listing lacks.
    pub fn was_cut(&self) {
        match &self.state {
            State::Named(named) => named.was_cut(),
            State::V2(pages) => pages.was_cut(),
            State::Untried | State::ByApi { .. } => self.registry.saw_cut(),
        }
    }
}
