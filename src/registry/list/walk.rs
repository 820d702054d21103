//! Drives the readers of a product's API: sends what they ask for until nothing more is
//! asked, and gives all that came, or why it is not whole.
//!
//! The guards are here, whatever the product: nothing is asked twice, nothing goes on
//! without bringing anything, a list that moved while it was read is read again once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::Ordering::Relaxed;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::ask::{Ask, Realm, Refusal, SignInRefused, Store};
use super::listed::{Entry, Listed};
use crate::http::{Request, Response};
use crate::model::{Class, Digest, Failure, RepositoryName, Tag};
use crate::registry::api::Api;
use crate::registry::error::{Attempt, Standing, html, what_came};
use crate::registry::{Registry, Scope};

/// Asks of one walk under way at once.
const AT_ONCE: usize = 16;

/// Most asks of one walk.
const MAX_ASKS: usize = 1_000_000;

/// Answers in a row that bring nothing new and go on, before a walk is given up.
const MAX_BARREN: usize = 20;

/// Most bytes read of one answer.
pub(in crate::registry) const ANSWER_CAP: usize = 64 * 1024 * 1024;

/// All that a walk brought.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) repositories: Vec<RepositoryName>,
    pub(super) stores: Vec<Store>,
    pub(super) entries: HashMap<RepositoryName, Entries>,
    pub(super) costly: Vec<String>,
    pub(super) dropped: Vec<String>,
    /// Whether entries may have been passed over.
    pub(super) is_open: bool,
    /// Repositories of which a part alone was told.
    pub(super) cut: HashSet<RepositoryName>,
}

impl Gathered {
    /// Whether there may be more in `repository` than came.
    pub(super) fn has_gaps(&self, repository: &RepositoryName) -> bool {
        !self.dropped.is_empty() || self.cut.contains(repository)
    }

    /// Whether nothing came.
    pub(super) fn is_empty(&self) -> bool {
        self.repositories.is_empty()
            && self.stores.is_empty()
            && self.entries.is_empty()
            && self.dropped.is_empty()
    }
}

/// The entries of one repository, each image once.
#[derive(Debug, Default)]
pub(super) struct Entries {
    all: Vec<Listed>,
    by_digest: HashMap<Digest, usize>,
    tags: HashMap<Tag, Digest>,
    /// Tags of which nothing but the name is told.
    named: HashSet<Tag>,
}

impl Entries {
    /// Takes an entry; `false` where it says nothing new.
    ///
    /// # Errors
    ///
    /// A tag names two images: the list moved while it was read.
    fn take(&mut self, mut entry: Listed) -> Result<bool, Refusal> {
        let mut fresh = Vec::new();
        for tag in entry.tags {
            match self.tags.get(&tag) {
                None => {
                    self.tags.insert(tag.clone(), entry.digest.clone());
                    fresh.push(tag);
                }
                Some(known) if *known == entry.digest => {}
                Some(_) => {
                    return Err(Refusal::Shifted(format!("`{tag}` came with two digests")));
                }
            }
        }
        entry.tags = fresh;
        if let Some(at) = self.by_digest.get(&entry.digest) {
            let is_new = !entry.tags.is_empty();
            let known = &mut self.all[*at];
            known.tags.append(&mut entry.tags);
            known.facts.join(entry.facts);
            return Ok(is_new);
        }
        self.by_digest.insert(entry.digest.clone(), self.all.len());
        self.all.push(entry);
        Ok(true)
    }

    /// What came, in the order in which it came; tags of which only the name is told last.
    pub(super) fn into_vec(self) -> Vec<Entry> {
        let mut named: Vec<Tag> = self.named.into_iter().collect();
        named.retain(|tag| !self.tags.contains_key(tag));
        named.sort_unstable();
        let boxed = self.all.into_iter().map(Box::new);
        let images = boxed.map(Entry::Image);
        images.chain(named.into_iter().map(Entry::Tag)).collect()
    }
}

/// Why a walk ended early.
enum Stop {
    Failed(Failure),
    Shifted(Box<Attempt>, String),
}

impl Registry {
    /// Asks `asks` of `api` and everything that their answers ask for.
    ///
    /// # Errors
    ///
    /// The first ask that failed: what came is not whole.
    pub(super) async fn walk(&self, api: &Api, asks: &[Ask]) -> Result<Gathered, Failure> {
        match self.walk_once(api, asks).await {
            Ok(gathered) => Ok(gathered),
            Err(Stop::Failed(failure)) => Err(failure),
            Err(Stop::Shifted(..)) => match self.walk_once(api, asks).await {
                Ok(gathered) => Ok(gathered),
                Err(Stop::Failed(failure)) => Err(failure),
                Err(Stop::Shifted(attempt, why)) => Err(attempt.failure(
                    Class::Unproven,
                    &format!("the list moves while it is read, and was read twice: {why}"),
                )),
            },
        }
    }

    async fn walk_once(&self, api: &Api, asks: &[Ask]) -> Result<Gathered, Stop> {
        let mut gathered = Gathered::default();
        let mut waiting: VecDeque<Ask> = asks.iter().cloned().collect();
        let mut asked: HashSet<u64> = waiting.iter().map(|ask| key(&ask.request)).collect();
        let mut seen: HashSet<RepositoryName> = HashSet::new();
        let mut barren = 0;
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some(ask) = waiting.pop_front()
            {
                under_way.push(self.ask_api(api, ask));
            }
            let Some((ask, attempt, came)) = under_way.next().await else {
                return Ok(gathered);
            };
            let (response, standing) = came.map_err(Stop::Failed)?;
            if !response.status.is_success() {
                let failure = || {
                    let failure = attempt.refused(&response, standing);
                    Stop::Failed(match ask.reader.hint(&response) {
                        Some(hint) => failure.with_hint(hint),
                        None => failure,
                    })
                };
                let instead = ask.reader.instead(&ask, &response).ok_or_else(failure)?;
                waiting.extend(instead);
                continue;
            }
            let answer = ask.reader.read(&ask, &response);
            let answer = answer.map_err(|refusal| {
                let stop = stop(&attempt, &response, refusal.clone());
                if let (Stop::Failed(failure), Refusal::NotSignedIn(_)) = (&stop, refusal) {
                    self.refuse_at_api(failure);
                }
                stop
            })?;
            let mut is_new = !answer.stores.is_empty();
            if let Some(version) = answer.version {
                // One answer tells it.
                let _ = self.inner.version.set(version);
            }
            for name in answer.repositories {
                if seen.insert(name.clone()) {
                    is_new = true;
                    gathered.repositories.push(name);
                }
            }
            if matches!(ask.realm, Realm::V2(_)) && !answer.entries.is_empty() {
                // The registry's own sign-in was shown what is there.
                self.inner.answered.store(true, Relaxed);
            }
            for (name, entry) in answer.entries {
                let entries = gathered.entries.entry(name).or_default();
                let took = entries.take(entry);
                is_new |= took.map_err(|refusal| stop(&attempt, &response, refusal))?;
            }
            for (name, tag) in answer.tags {
                is_new |= gathered.entries.entry(name).or_default().named.insert(tag);
            }
            gathered.is_open |= answer.is_open;
            gathered.cut.extend(answer.cut);
            for note in answer.notes {
                self.inner.listing.note(note);
            }
            gathered.stores.extend(answer.stores);
            gathered.costly.extend(answer.costly);
            gathered.dropped.extend(answer.dropped);
            is_new |= answer.found > 0;
            barren = if is_new || answer.next.is_empty() {
                0
            } else {
                barren + 1
            };
            for next in answer.next {
                let why = if !asked.insert(key(&next.request)) {
                    "the list leads back to what was read already"
                } else if barren >= MAX_BARREN {
                    "the pages of the list bring nothing new, and go on"
                } else if asked.len() > MAX_ASKS {
                    "the list has more pages than any that is one"
                } else {
                    waiting.push_back(next);
                    continue;
                };
                return Err(Stop::Failed(attempt.failure(Class::Protocol, why)));
            }
        }
    }

    /// Sends one ask, signed as its realm wants it.
    pub(in crate::registry) async fn ask_api(
        &self,
        api: &Api,
        ask: Ask,
    ) -> (Ask, Attempt, Result<(Response, Standing), Failure>) {
        let request = ask.request.clone();
        let mut attempt = Attempt::new(ask.stage, &request, self.cover());
        let came = match &ask.realm {
            Realm::Api => self.send_to_api(api, &attempt, request).await,
            Realm::V2(scope) => {
                if let Scope::Pull(repository) = scope {
                    attempt = attempt.in_repository(repository);
                }
                self.send(&attempt, scope, request.staying()).await
            }
        };
        (ask, attempt, came)
    }
}

/// What a request is told from others by.
fn key(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    request.method.hash(&mut hasher);
    request.url.as_str().hash(&mut hasher);
    request.body.hash(&mut hasher);
    hasher.finish()
}

fn stop(attempt: &Attempt, response: &Response, refusal: Refusal) -> Stop {
    match refusal {
        Refusal::Shifted(why) => Stop::Shifted(Box::new(attempt.clone()), why),
        refusal @ (Refusal::NoList(_) | Refusal::NotSignedIn(_)) => {
            Stop::Failed(refused(attempt, response, refusal))
        }
    }
}

/// The failure of an answer that is no list.
pub(in crate::registry) fn refused(
    attempt: &Attempt,
    response: &Response,
    refusal: Refusal,
) -> Failure {
    match refusal {
        Refusal::Shifted(why) => attempt.failure(
            Class::Unproven,
            &format!("the list moves while it is read: {why}"),
        ),
        Refusal::NotSignedIn(SignInRefused { why, hint }) => {
            let failure = attempt.failure(Class::Authentication, why);
            failure.with_hint(hint)
        }
        Refusal::NoList(why) => {
            let why = if html(response).is_some() {
                "it is a page for a browser, as a sign-in page is".to_owned()
            } else {
                why
            };
            let what = what_came(response);
            let message = format!("the answer is no list: {why}; what came is {what}");
            let failure = attempt.failure(Class::Protocol, &message);
            failure.with_status(response.status.as_u16())
        }
    }
}
