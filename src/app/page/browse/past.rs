//! The crawls of the selected registry, and how many images each left behind.

use crate::app::pane::{Pane, Wanted};
use crate::app::world::Outside;
use crate::app::{Ticket, Work};
use crate::model::{CrawlRecord, Listing, Order, Question, RegistryId, RegistryRow, Trouble};

/// The crawls of one registry, the oldest first.
#[derive(Clone, Debug)]
pub struct Past {
    records: Pane<CrawlRecord, RegistryId, ()>,
    /// The latest crawl when they were asked for, and whether it had ended.
    latest: Option<(u64, bool)>,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            records: Pane::new(Wanted::Nothing, Order::default()),
            latest: None,
        }
    }
}

impl Past {
    /// Asks for the crawls of this registry where they are not known, and again once
    /// another one has begun or ended.
    pub(super) fn follow(&mut self, row: Option<&RegistryRow>, outside: &mut Outside<'_>) {
        let crawled = row.and_then(|row| Some((row.id, row.last_crawl.as_ref()?)));
        let latest = crawled.map(|(_, crawl)| (crawl.number, crawl.outcome.is_some()));
        let wanted = crawled.map_or(Wanted::Nothing, |(id, _)| Wanted::Of(id));
        let is_another = self.records.want(wanted);
        let is_later = std::mem::replace(&mut self.latest, latest) != latest;
        if (is_another || is_later || self.records.must_ask_again())
            && let Some((ticket, view)) = self.records.ask(&mut outside.world.last)
        {
            let registry = view.scope;
            outside.ask(ticket, Question::Crawls { registry });
        }
        if let Some(ticket) = self.records.withdraw() {
            outside.work(Work::Withdraw { ticket });
        }
    }

    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.records.awaits(ticket)
    }

    /// Shows these crawls, where they are still wanted.
    pub(super) fn take(&mut self, ticket: Ticket, records: Vec<CrawlRecord>) -> bool {
        let total = records.len();
        self.records.answer(ticket, Listing::whole(records, total))
    }

    pub(super) fn failed(&mut self, ticket: Ticket, trouble: &Trouble) -> bool {
        self.records.failed(ticket, trouble)
    }

    /// Whether the crawls could not be read.
    pub fn is_unread(&self) -> bool {
        self.records.broken.is_some()
    }

    /// How many images the registry had after each crawl, the oldest first; empty as long as
    /// its crawls are not known.
    pub fn images(&self, row: &RegistryRow) -> Vec<u64> {
        let Some(latest) = row.last_crawl.as_ref() else {
            return Vec::new();
        };
        if !self.records.is_current() || *self.records.wanted() != Wanted::Of(row.id) {
            return Vec::new();
        }
        // The row's own record counts what the row counts, also while it runs.
        let records = self.records.listing.rows.iter();
        let records = records.filter(|crawl| crawl.number < latest.number);
        let mut images = row.images;
        let mut after: Vec<u64> = std::iter::once(latest)
            .chain(records.rev())
            .map(|crawl| {
                let then = images;
                images = images.saturating_add(crawl.gone).saturating_sub(crawl.new);
                then
            })
            .collect();
        after.reverse();
        after
    }
}
