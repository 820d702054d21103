//! Whether a list that came without a `Link` is whole: what its source was seen to do, and
//! the few questions that make it show.

use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;

use super::entries::{Entries, Field};
use super::link::next_link;
use super::source::{Paging, Proof, Source};
use super::{Next, Page, Pages};
use crate::http::{Request, Url};
use crate::model::{Class, Failure};
use crate::registry::Registry;
use crate::registry::error::Attempt;
use crate::registry::product::{self, Cut};

/// How a list ended.
#[derive(Clone)]
pub enum End {
    /// It is whole.
    Whole(Proof),
    /// Nothing more came, and what proves it whole may be seen with a later list.
    Open(Open),
}

/// What came of a question that may fail.
enum Asked {
    /// A page, and whether a link leads on from it.
    Page(Entries, bool),
    /// No page: a source that pages in another way refuses this one.
    Refused,
    /// Nothing, or the page of another list: another try may tell.
    Lost,
}

/// A list of a source without pages, to be judged when all lists are read.
#[derive(Clone)]
pub struct Open {
    registry: Registry,
    source: Arc<Source>,
    attempt: Attempt,
    size: Option<u16>,
    count: usize,
    /// What kind of list it is, where it is as long as the product makes those at most.
    reaches_cut: Option<Field>,
}

impl Open {
    /// What the list is worth by now.
    ///
    /// # Errors
    ///
    /// [`Class::Unproven`]: it may be cut.
    pub fn settle(&self) -> Result<Proof, Failure> {
        let (size, count) = (self.size, self.count);
        let cut = self.reaches_cut.and_then(|of| self.registry.cut_of(of));
        if let Some(cut) = cut.filter(|_| self.source.paging() != Paging::Linked) {
            return self.settle_cut(cut);
        }
        if self.source.came_longer(size, count) {
            return Ok(Proof::Longer);
        }
        match self.source.paging() {
            Paging::Linked => return Ok(Proof::Paged),
            // It pages, and this list was not seen to end.
            Paging::ByLast if count > 0 => {}
            // Whether it goes on was asked, and not answered.
            Paging::Unknown if self.source.has_lost() => {
                return Err(self
                    .attempt
                    .failure(
                        Class::Unproven,
                        &format!(
                            "the list stops at {count} entries, and whether there is more was not \
                             answered"
                        ),
                    )
                    .with_hint(
                        "crawl again; if this stays, a cache or proxy before the registry mixes \
                         answers up or drops them: look at its configuration",
                    ));
            }
            _ if !self.source.looks_cut(size, count) => return Ok(Proof::Unpaged),
            _ if self.registry.lists_whole() && !self.registry.has_cut() => {
                return Ok(Proof::Told);
            }
            _ => {}
        }
        Err(self
            .attempt
            .failure(
                Class::Unproven,
                &format!(
                    "the list stops at {count} entries, where servers are known to cut lists, and \
                     this one answers neither `n` nor `last` and sends no `Link`: there may be more"
                ),
            )
            .with_hint(
                "pages or a longer list of the same kind would prove it; if you know that lists of \
                 this length are whole here, set `lists-whole`",
            ))
    }

    /// What a list is worth that ends where the product cuts all of them. That another one came
    /// longer proves nothing: images are counted, and tags.
    fn settle_cut(&self, cut: Cut) -> Result<Proof, Failure> {
        if self.registry.lists_whole() && !self.registry.has_cut() {
            return Ok(Proof::Told);
        }
        let happened = format!(
            "the list stops at {} entries, and those of this product end with {} images or tags, \
             however many there are: there may be more",
            self.count, cut.at
        );
        let failure = self.attempt.failure(Class::Unproven, &happened);
        Err(failure.with_hint(cut.hint))
    }

    /// Whether a later list can still change what it is worth.
    pub fn is_dubious(&self) -> bool {
        self.settle().is_err() || !self.source.came_longer(self.size, self.count)
    }
}

impl<T: FromStr + Clone + Eq + Hash> Pages<T> {
    /// How the list ended; `None` before that, and after a failure.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Whether what the list lacks is gone: this crawl saw the list end, or saw that its
    /// source sends a link wherever there is more. Asks for that where it is not known.
    pub async fn shows_gone(&mut self) -> bool {
        match &self.end {
            Some(End::Whole(proof)) if proof.shows_gone() => return true,
            Some(_) => {}
            None => return false,
        }
        let source = Arc::clone(&self.source);
        let _turn = source.turn.lock().await;
        if source.paging() == Paging::Unknown && self.count > 1 && source.may_probe() {
            self.sends_links().await;
        }
        source.paging() == Paging::Linked
    }

    /// Notes that something is there that this list lacks.
    pub fn was_cut(&self) {
        self.source.was_cut(self.count);
        self.registry.saw_cut();
    }

    /// Judges a list that came in one answer. `Some` where it was cut, and more came.
    pub(super) async fn prove(&mut self) -> Option<Page<T>> {
        self.source.came(self.size, self.count);
        let source = Arc::clone(&self.source);
        let turn = source.turn.lock().await;
        match source.paging() {
            Paging::Linked => self.end_by(Proof::Paged),
            Paging::ByLast if self.count == 0 || source.came_longer(self.size, self.count) => {
                self.finish(End::Whole(Proof::Longer));
            }
            Paging::ByLast => match self.tail.last().cloned() {
                Some(last) => self.next = Next::Behind(last),
                None => self.leave_open(),
            },
            Paging::Unpaged => self.leave_open(),
            Paging::Unknown if self.reaches_cut() => self.leave_open(),
            Paging::Unknown if self.count == 0 => self.finish(End::Whole(Proof::Unpaged)),
            Paging::Unknown if self.is_whole_by_product() => {
                self.end_by(Proof::Product);
            }
            Paging::Unknown => return self.learn().await,
        }
        drop(turn);
        None
    }

    /// Ends a list that came in one answer, and is whole for a reason that a cut at a usual
    /// length would contradict.
    fn end_by(&mut self, proof: Proof) {
        let wonders = self.source.looks_cut(self.size, self.count)
            && !self.source.came_longer(self.size, self.count);
        self.end_here(proof, wonders);
    }

    /// Ends the list, after one look behind its last entry where it `wonders`.
    pub(super) fn end_here(&mut self, proof: Proof, wonders: bool) {
        let last = self.tail.last().cloned();
        match last.filter(|_| wonders && self.cursor_is_name() && self.source.may_probe()) {
            Some(last) => self.next = Next::Confirm(last, proof),
            None => self.finish(End::Whole(proof)),
        }
    }

    /// Looks behind the last entry of a list that seems whole. Nothing new is what was
    /// expected; an answer that is none proves nothing.
    pub(super) async fn confirm(&mut self, last: &str, proof: Proof) -> Option<Page<T>> {
        let url = self.url(Some(last), self.size);
        let entries = match self.ask(&url).await {
            Asked::Page(entries, _) if entries.count() > 0 && self.repeated(&entries) == 0 => {
                entries
            }
            _ => {
                self.finish(End::Whole(proof));
                return None;
            }
        };
        self.was_cut();
        self.source.breaks_links();
        let behind = entries.names.last().cloned();
        self.visited.insert(url.as_str().to_owned());
        let page = self.new_in(entries);
        self.next = match behind {
            Some(behind) => Next::Behind(behind),
            None => Next::Broken(Box::new(self.no_way_on())),
        };
        Some(page)
    }

    /// Ends a list that a link led on, with a page that is empty, or `is_full` as those
    /// before it. An empty page that may come of an entry that is gone is looked back from.
    pub(super) fn end_linked(&mut self, is_empty: bool, is_full: bool) {
        match self.tail.as_slice() {
            [before, last] if is_empty && self.loses_place() => {
                self.next = Next::Retrace(before.clone(), last.clone());
            }
            _ => self.end_here(Proof::Ended, is_full),
        }
    }

    /// Asks again behind `before` for what came empty behind `last`, which comes first now
    /// if it is still there.
    pub(super) async fn retrace(
        &mut self,
        before: &str,
        last: &str,
    ) -> Result<Option<Page<T>>, Failure> {
        let url = self.url(Some(before), self.size);
        let answer = self.get(&url).await?;
        if !answer.response.status.is_success() {
            return Err(self.refused(&answer));
        }
        let entries = self.entries(&answer)?;
        if entries.names.first().is_some_and(|first| first == last) && entries.count() == 1 {
            self.finish(End::Whole(Proof::Ended));
            return Ok(None);
        }
        if entries.count() == 0 {
            return Err(answer
                .attempt
                .failure(
                    Class::Unproven,
                    "the entries that the list is to go on behind are gone: there may be more",
                )
                .with_hint("the list changed while it was read: crawl again"));
        }
        let page = self.take(&answer, &url, entries);
        if matches!(self.next, Next::Done) {
            self.end_here(Proof::Ended, false);
        }
        Ok(Some(page))
    }

    /// What comes behind `last`, of a source that goes on there without saying so.
    pub(super) async fn go_on(&mut self, last: &str) -> Result<Option<Page<T>>, Failure> {
        let url = self.url(Some(last), self.size);
        let answer = self.get(&url).await?;
        if !answer.response.status.is_success() {
            return Err(self.refused(&answer));
        }
        let entries = self.entries(&answer)?;
        if entries.count() == 0 {
            self.finish(End::Whole(Proof::Ended));
            return Ok(None);
        }
        if let Some(failure) = self.unordered(&answer.attempt, &entries) {
            return Err(failure);
        }
        // A page of entries that are no names leads on as well.
        let came = entries.count();
        let page = self.take(&answer, &url, entries);
        if matches!(self.next, Next::Done) {
            self.source.came(self.size, came);
            match self.tail.last().filter(|next| *next != last) {
                Some(next) => self.next = Next::Behind(next.clone()),
                None => self.leave_open(),
            }
        }
        Ok(Some(page))
    }

    /// Makes the source show how it pages. Whoever is refused, or learns nothing, has lost
    /// nothing.
    async fn learn(&mut self) -> Option<Page<T>> {
        let mut takes_n = false;
        if self.count > 1 && self.source.may_probe() {
            takes_n = self.sends_links().await;
            if self.source.paging() == Paging::Linked {
                self.end_by(Proof::Paged);
                return None;
            }
        }
        let behind = match self.tail.as_slice() {
            [only] if self.count == 1 => Some(only.clone()),
            [before, _] => Some(before.clone()),
            _ => None,
        };
        if let Some(before) = behind.filter(|_| self.cursor_is_name()) {
            let url = self.url(Some(&before), self.size);
            while self.source.may_probe() {
                match self.ask(&url).await {
                    Asked::Page(entries, is_linked) => {
                        return self.learn_behind(&url, entries, is_linked, takes_n);
                    }
                    Asked::Refused => break,
                    Asked::Lost => self.source.lost(),
                }
            }
        }
        self.leave_open();
        None
    }

    /// Asks for one entry of several, once. A source that answers with a link sends one
    /// wherever there is more. Returns whether it takes `n`.
    async fn sends_links(&mut self) -> bool {
        let url = self.url(None, Some(1));
        let Asked::Page(entries, is_linked) = self.ask(&url).await else {
            return false;
        };
        if is_linked {
            self.source.pages(Paging::Linked);
        }
        entries.count() == 1
    }

    /// Reads what came behind the last entry but one.
    fn learn_behind(
        &mut self,
        url: &Url,
        entries: Entries,
        is_linked: bool,
        takes_n: bool,
    ) -> Option<Page<T>> {
        let last = self.tail.last().cloned().unwrap_or_default();
        let goes_on = if self.count == 1 {
            entries.names.first() != Some(&last)
        } else {
            entries.names.first() == Some(&last)
        };
        let known = usize::from(self.count > 1);
        let came = entries.count();
        let behind = entries.names.last().cloned();
        let has_new = entries
            .names
            .iter()
            .filter_map(|name| self.list.item::<T>(name))
            .any(|item| !self.seen.contains(&item));
        let repeats = self.repeated(&entries) > known;
        if goes_on && came == known && !is_linked {
            // Of one entry only, an empty page may be all that this server has to say.
            if known == 1 {
                self.source.pages(Paging::ByLast);
            }
            self.finish(End::Whole(Proof::Ended));
            return None;
        }
        if has_new {
            self.was_cut();
            self.visited.insert(url.as_str().to_owned());
            let page = self.new_in(entries);
            self.next = match behind {
                Some(behind) if goes_on && !repeats => {
                    self.source.pages(Paging::ByLast);
                    Next::Behind(behind)
                }
                _ => Next::Broken(Box::new(self.no_way_on())),
            };
            return Some(page);
        }
        if takes_n && self.size.is_some() {
            // It cuts at `n` and has no way on: what it gives unasked is all there is.
            self.source.set_size(None);
            self.source.pages(Paging::Unpaged);
            self.next = Next::First;
            return None;
        }
        if self.count > 1 {
            self.source.pages(Paging::Unpaged);
        }
        self.leave_open();
        None
    }

    async fn ask(&mut self, url: &Url) -> Asked {
        let Ok(answer) = self.get(url).await else {
            return Asked::Lost;
        };
        if !answer.response.status.is_success() {
            return Asked::Refused;
        }
        match Entries::read(self.list.field(), &answer.response.body) {
            Ok(entries) if self.stranger(&entries).is_some() => Asked::Lost,
            Ok(entries) => {
                let is_linked = next_link(answer.response.headers()).is_some();
                Asked::Page(entries, is_linked)
            }
            Err(_) => Asked::Refused,
        }
    }

    fn leave_open(&mut self) {
        let url = self.url(None, self.size);
        let attempt = self.attempt(&Request::get(url, 0));
        self.finish(End::Open(Open {
            registry: self.registry.clone(),
            source: Arc::clone(&self.source),
            attempt,
            size: self.size,
            count: self.count,
            reaches_cut: self.reaches_cut().then(|| self.list.field()),
        }));
    }

    /// How many entries were seen before.
    fn repeated(&self, entries: &Entries) -> usize {
        let names = entries
            .names
            .iter()
            .filter_map(|name| self.list.item::<T>(name));
        names.filter(|item| self.seen.contains(item)).count()
    }

    /// A page that repeats what came before is no page behind it: the order is not one that
    /// `last` follows.
    fn unordered(&self, attempt: &Attempt, entries: &Entries) -> Option<Failure> {
        (self.repeated(entries) > 0).then(|| {
            attempt
                .failure(
                    Class::Unproven,
                    "the page behind the last entry repeats earlier ones: the list cannot be read \
                     to its end",
                )
                .with_hint("the list may not be whole: the registry's paging is broken")
        })
    }

    fn no_way_on(&self) -> Failure {
        let url = self.url(None, self.size);
        self.attempt(&Request::get(url, 0))
            .failure(
                Class::Unproven,
                "the registry cuts the list, and gives no way to the rest",
            )
            .with_hint(
                "set another `page-size`, or ask whoever runs the registry or a proxy before it \
                 why it cuts lists",
            )
    }

    fn cursor_is_name(&self) -> bool {
        let product = self.registry.product();
        !product.is_some_and(|product| product::cursor_is_opaque(product, self.list.field()))
    }

    /// Whether an empty page may come of an entry that is gone meanwhile.
    fn loses_place(&self) -> bool {
        let product = self.registry.product();
        product.is_some_and(|product| product::loses_place(product, self.list.field()))
    }

    /// Whether the list is as long as the product makes such lists at most.
    fn reaches_cut(&self) -> bool {
        let cut = self.registry.cut_of(self.list.field());
        cut.is_some_and(|cut| {
            let most = self.size.map_or(cut.at, |size| size.min(cut.at));
            self.told >= usize::from(most)
        })
    }

    fn is_whole_by_product(&self) -> bool {
        let field = self.list.field();
        let links = |product| product::always_links(product, field);
        let is_known = self.registry.product().is_some_and(links);
        // What is shorter than the one length at which it cuts is whole as well.
        !self.source.cuts() && (is_known || self.registry.cut_of(field).is_some())
    }
}
