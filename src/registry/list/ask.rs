//! A list of a product's own, as data: what is asked, how it is signed, and who reads the
//! answer. Nothing here sends anything.

use std::fmt;
use std::sync::Arc;

use super::listed::Listed;
use super::walk::ANSWER_CAP;
use crate::http::{Request, Response, Url};
use crate::model::{RepositoryName, Stage, Tag};
use crate::registry::api;
use crate::registry::token::Scope;

/// Whose sign-in a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Realm {
    /// That of the Registry V2 API, for this scope.
    V2(Scope),
    /// That of the product's own API.
    Api,
}

/// A request of a listing.
#[derive(Clone)]
pub(in crate::registry) struct Ask {
    pub(in crate::registry) realm: Realm,
    pub(in crate::registry) request: Request,
    pub(in crate::registry) stage: Stage,
    /// Reads its answer, and knows what it is about.
    pub(in crate::registry) reader: Arc<dyn Reader>,
}

impl Ask {
    /// A `GET` of JSON.
    pub(in crate::registry) fn get(
        realm: Realm,
        url: Url,
        stage: Stage,
        reader: Arc<dyn Reader>,
    ) -> Self {
        Self {
            realm,
            request: api::json(Request::get(url, ANSWER_CAP)),
            stage,
            reader,
        }
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.request.method, self.request.url)
    }
}

/// Reads the answer to one [`Ask`].
pub(in crate::registry) trait Reader: Send + Sync {
    /// What a successful answer to `ask` says.
    fn read(&self, ask: &Ask, response: &Response) -> Result<Answer, Refusal>;

    /// What to do about an answer that is a refusal, where this product alone tells that.
    fn hint(&self, _response: &Response) -> Option<&'static str> {
        None
    }

    /// What is asked instead where the answer is a refusal, if anything is.
    fn instead(&self, _ask: &Ask, _response: &Response) -> Option<Vec<Ask>> {
        None
    }
}

/// What an answer says.
#[derive(Debug, Default)]
pub(in crate::registry) struct Answer {
    /// Repositories whose contents are to be listed by themselves.
    pub(in crate::registry) repositories: Vec<RepositoryName>,
    /// Stores that are to be listed, each by itself.
    pub(in crate::registry) stores: Vec<Store>,
    /// Entries, by the repository that they are in.
    pub(in crate::registry) entries: Vec<(RepositoryName, Listed)>,
    /// Tags of which nothing but the name is told, by the repository that they are in.
    pub(in crate::registry) tags: Vec<(RepositoryName, Tag)>,
    /// Stores in which reading a manifest costs more than a request: it is fetched from
    /// elsewhere, or counts as a pull that somebody pays for.
    pub(in crate::registry) costly: Vec<String>,
    /// How much is new to the reader that it tells of only later, when it has read all pages.
    pub(in crate::registry) found: usize,
    /// Entries that are no names, as messages show them.
    pub(in crate::registry) dropped: Vec<String>,
    /// Whether entries may have been passed over, as in pages that are numbered and state no
    /// total: what the list lacks is asked for by itself before it is gone.
    pub(in crate::registry) is_open: bool,
    /// Repositories of which the server tells a part alone: neither a tag nor an image without
    /// one is gone because it was not told.
    pub(in crate::registry) cut: Vec<RepositoryName>,
    /// What the crawl is to say of it.
    pub(in crate::registry) notes: Vec<String>,
    /// The version of the product, where this tells it.
    pub(in crate::registry) version: Option<String>,
    /// What is to be asked besides: the next page, what this one names.
    pub(in crate::registry) next: Vec<Ask>,
}

/// A part of a registry whose repositories are listed together.
#[derive(Debug)]
pub(in crate::registry) struct Store {
    /// Its name, which is the first component of those of its repositories.
    pub(in crate::registry) name: String,
    /// What lists it.
    pub(in crate::registry) asks: Vec<Ask>,
    /// What is read where that fails.
    pub(in crate::registry) otherwise: Otherwise,
}

/// What is read of a store whose own list cannot be had.
#[derive(Debug)]
pub(in crate::registry) enum Otherwise {
    /// Its catalogue, by the Registry V2 API.
    Catalogue,
    /// These repositories, each by itself.
    Repositories(Vec<RepositoryName>),
    /// What these tell; a list of its own that is empty is believed.
    Asks(Vec<Ask>),
    /// Nothing: why its list cannot be had is told, and what is known of it stays.
    Nothing,
    /// Nothing either; but an empty list says that nothing is there.
    Empty,
}

/// Why an answer is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Refusal {
    /// It is none, in words that complete "the answer is no list: ".
    NoList(String),
    /// The list changed while it was read, so that entries may have been passed over.
    Shifted(String),
    /// It is what strangers are told, though we signed in.
    NotSignedIn(SignInRefused),
}

/// A sign-in that a product does not take, and answers all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registry) struct SignInRefused {
    /// How that showed.
    pub(in crate::registry) why: &'static str,
    /// What to do next.
    pub(in crate::registry) hint: &'static str,
}
