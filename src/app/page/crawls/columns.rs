//! What stands in a row of crawls.

use super::{CrawlRow, Crawls};
use crate::app::table::Column;
use crate::app::world::World;

/// What a column of crawls shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlColumn {
    /// The registry.
    Registry,
    /// When it began.
    Started,
    /// How long it took.
    Took,
    /// How it ended, or how far it is.
    Outcome,
    /// Images that were not there before.
    New,
    /// Tags that name another image.
    Moved,
    /// Images that are there no more.
    Gone,
    /// What failed.
    Failures,
    /// Requests that were sent.
    Requests,
    /// How long everything stood still.
    Held,
}

/// The columns, in order.
pub const COLUMNS: [Column<CrawlColumn>; 10] = [
    Column::text(CrawlColumn::Registry, "REGISTRY", 10).at_most(50),
    Column::text(CrawlColumn::Started, "STARTED", 7).at_most(10),
    Column::text(CrawlColumn::Took, "TOOK", 10).at_most(14),
    Column::text(CrawlColumn::Outcome, "OUTCOME", 16).at_most(RUNNING),
    Column::fixed(CrawlColumn::New, "NEW", 6)
        .at_right()
        .ranked(2),
    Column::fixed(CrawlColumn::Moved, "MOVED", 7)
        .at_right()
        .ranked(3),
    Column::fixed(CrawlColumn::Gone, "GONE", 6)
        .at_right()
        .ranked(4),
    Column::fixed(CrawlColumn::Failures, "FAILURES", 10)
        .at_right()
        .ranked(1),
    Column::fixed(CrawlColumn::Requests, "REQUESTS", 10)
        .at_right()
        .ranked(5),
    Column::fixed(CrawlColumn::Held, "HELD", 12)
        .at_right()
        .ranked(6),
];

/// Cells of a running crawl's percentage, bar, rate and time left.
const RUNNING: u16 = 46;
/// Cells of how a crawl ended: sign and word.
const ENDED: u16 = 18;

impl Crawls {
    /// Cells of the widest text of a column.
    pub fn need(&self, column: CrawlColumn, world: &World) -> u16 {
        let rows = &self.pane.listing.rows;
        let runs = |row: &CrawlRow| row.record.running;
        match column {
            CrawlColumn::Registry => world
                .all
                .iter()
                .filter(|row| row.last_crawl.is_some())
                .map(|row| u16::try_from(row.spec.name.as_str().len()).unwrap_or(u16::MAX))
                .max()
                .unwrap_or(0),
            CrawlColumn::Started => 10,
            CrawlColumn::Took => 14,
            // Running crawls stand first.
            CrawlColumn::Outcome if rows.first().is_some_and(runs) => RUNNING,
            CrawlColumn::Outcome => ENDED,
            _ => 0,
        }
    }
}
