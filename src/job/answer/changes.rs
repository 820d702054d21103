//! Changes, page by page over crawls and registries.

use crate::model::{
    Cancel, Change, Glob, Page, Past, PastCursor, RegistryId, RepositoryName, Tag, Timestamp, What,
};
use crate::store::{Store, StoreError};

/// Which changes are wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'q> {
    pub(super) past: Past,
    pub(super) newest_first: bool,
    pub(super) repository: Option<&'q Glob>,
    pub(super) tag: Option<&'q Glob>,
}

/// A crawl that may have changed something wanted.
type Crawl = (Timestamp, RegistryId, u64);

impl Wanted<'_> {
    pub(super) fn page(
        self,
        store: &Store,
        registries: &[RegistryId],
        after: Option<&PastCursor>,
        enough: usize,
        cancel: &Cancel,
    ) -> Result<Page<Change, PastCursor>, StoreError> {
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        for crawl in self.crawls(store, registries, after)? {
            let (at, registry, number) = crawl;
            let mut behind = after
                .filter(|after| (after.at, after.registry, after.crawl) == crawl)
                .and_then(|after| after.behind.clone());
            loop {
                if cancel.is_cancelled() {
                    return Ok(page);
                }
                let (rows, next) =
                    self.of_crawl(store, registry, number, behind.as_ref(), enough)?;
                page.rows.extend(rows);
                behind = next;
                if page.rows.len() >= enough {
                    page.next = Some(PastCursor {
                        at,
                        registry,
                        crawl: number,
                        behind,
                    });
                    return Ok(page);
                }
                if behind.is_none() {
                    break;
                }
            }
        }
        Ok(page)
    }

    /// The crawls that are wanted and not told yet, in order.
    fn crawls(
        self,
        store: &Store,
        registries: &[RegistryId],
        after: Option<&PastCursor>,
    ) -> Result<Vec<Crawl>, StoreError> {
        let mut crawls = Vec::new();
        for registry in registries {
            for record in store.crawls(*registry)? {
                let is_wanted = match self.past {
                    Past::All => true,
                    Past::Since(since) => record.started >= since,
                    Past::Crawl(number) => record.number == number,
                };
                let crawl = (record.started, *registry, record.number);
                let is_told = after.is_some_and(|after| {
                    let last = (after.at, after.registry, after.crawl);
                    let is_before = if self.newest_first {
                        crawl > last
                    } else {
                        crawl < last
                    };
                    is_before || (crawl == last && after.behind.is_none())
                });
                if is_wanted && record.changes > 0 && !is_told {
                    crawls.push(crawl);
                }
            }
        }
        crawls.sort_unstable();
        if self.newest_first {
            crawls.reverse();
        }
        Ok(crawls)
    }

    fn of_crawl(
        self,
        store: &Store,
        registry: RegistryId,
        crawl: u64,
        behind: Option<&crate::model::ChangesPlace>,
        enough: usize,
    ) -> Result<(Vec<Change>, Option<crate::model::ChangesPlace>), StoreError> {
        let is_in = |name: &RepositoryName| {
            let glob = self.repository;
            glob.is_none_or(|glob| glob.is_match(name.as_str()))
        };
        let (rows, next) = store.changes_page(registry, crawl, behind, enough, is_in)?;
        let mut rows = rows.unwrap_or_default();
        if let Some(glob) = self.tag {
            rows.retain(|change| {
                change
                    .what
                    .tag()
                    .is_some_and(|tag| glob.is_match(tag.as_str()))
            });
        }
        Ok((rows, next))
    }
}

/// Whether a change is about this tag, or any where there is none; the repository's own coming
/// and going is about each.
pub(super) fn is_of_tag(change: &Change, wanted: Option<&Tag>) -> bool {
    let is_of_all = matches!(
        change.what,
        What::RepositoryAppeared { .. } | What::RepositoryGone { .. }
    );
    wanted.is_none_or(|wanted| is_of_all || change.what.tag() == Some(wanted))
}
