//! From crawl to crawl of one registry: those that changed something.

use super::OneCrawl;
use crate::app::Ticket;
use crate::app::world::Outside;
use crate::model::{CrawlRecord, Question, RegistryId};

/// The crawls of one registry that changed something.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// Whose they are.
    registry: Option<RegistryId>,
    /// They, the oldest first, as far as they are known.
    crawls: Vec<OneCrawl>,
    asked: Option<Ticket>,
    is_known: bool,
}

impl Steps {
    /// Asks for the crawls of a registry, where they are not known.
    pub(super) fn follow(&mut self, registry: Option<RegistryId>, outside: &mut Outside<'_>) {
        if self.registry != registry {
            *self = Self {
                registry,
                ..Self::default()
            };
        }
        if let (Some(registry), None, false) = (registry, self.asked, self.is_known) {
            self.asked = Some(outside.ask_anew(Question::Crawls { registry }));
        }
    }

    /// There may be more by now.
    pub(super) fn forget(&mut self) {
        self.is_known = false;
    }

    pub(super) fn is_loading(&self) -> bool {
        self.asked.is_some() && self.crawls.is_empty()
    }

    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    pub(super) fn take(&mut self, records: Vec<CrawlRecord>) {
        let Some(registry) = self.registry else {
            return;
        };
        self.asked = None;
        self.is_known = true;
        let changed = records.into_iter().filter(|record| record.changes > 0);
        self.crawls = changed
            .map(|record| OneCrawl {
                registry,
                number: record.number,
                at: record.started,
            })
            .collect();
    }

    /// Takes the news that they could not be read. `true` where they were asked for so.
    pub(super) fn failed(&mut self, ticket: Ticket) -> bool {
        // Not asked again before something changes: it would fail again.
        self.is_known |= self.asked == Some(ticket);
        self.asked.take_if(|asked| *asked == ticket).is_some()
    }

    /// The crawl before this one.
    pub(super) fn earlier(&self, than: OneCrawl) -> Option<OneCrawl> {
        let crawls = self.crawls.iter().rev();
        crawls.copied().find(|crawl| crawl.number < than.number)
    }

    /// The crawl after this one.
    pub(super) fn later(&self, than: OneCrawl) -> Option<OneCrawl> {
        let mut crawls = self.crawls.iter();
        crawls.find(|crawl| crawl.number > than.number).copied()
    }
}
