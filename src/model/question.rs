//! What the inventory can be asked, as plain data: from the screen and from the command
//! line alike.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    Change, ChangesPlace, CrawlRecord, Decided, Digest, Drifts, Failure, Filter, Glob, Hit,
    ImageColumn, ImageRow, ImageSelection, Layer, Listing, NameMap, Order, PlanColumn, Planned,
    RegistryId, RegistryRow, RepositoryColumn, RepositoryName, RepositoryRow, Search, Tag,
    Timestamp, Usage,
};

/// A question to the inventory.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Which registries there are.
    Registries,
    /// Which repositories there are.
    Repositories {
        /// In these registries, in the order of their names.
        registries: Vec<RegistryId>,
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<RepositoryColumn>,
    },
    /// Which images a repository has.
    Images {
        /// The registry.
        registry: RegistryId,
        /// Whose.
        repository: RepositoryName,
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<ImageColumn>,
    },
    /// Which images many repositories have: the first in an order.
    ImagesOver {
        /// The registries, in the order of their names.
        registries: Vec<RegistryId>,
        /// In repositories whose names begin so, up to a slash.
        below: Option<String>,
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<ImageColumn>,
        /// No more than so many.
        most: usize,
    },
    /// What failed in a crawl.
    Failures {
        /// Of which registry.
        registry: RegistryId,
        /// The crawl's number.
        crawl: u64,
    },
    /// Which crawls of a registry are remembered.
    Crawls {
        /// Of which registry.
        registry: RegistryId,
    },
    /// Which images are wanted, page by page: by registry in the order given, then by
    /// repository.
    Selected {
        /// Of these registries.
        registries: Vec<RegistryId>,
        /// Which.
        selection: Box<ImageSelection>,
        /// Behind there; from the beginning where it is `None`.
        after: Option<Cursor>,
        /// As many whole repositories as it takes to have so many images.
        enough: usize,
    },
    /// Which images are wanted, and are the first in an order over all registries.
    Ranked {
        /// Of these registries, in the order of their names.
        registries: Vec<RegistryId>,
        /// Which.
        selection: Box<ImageSelection>,
        /// How ordered.
        order: Order<ImageColumn>,
        /// No more than so many.
        most: usize,
    },
    /// Where something is, page by page: by registry in the order given, what was found by
    /// digest first, then by repository.
    Search {
        /// In these registries.
        registries: Vec<RegistryId>,
        /// What.
        search: Box<Search>,
        /// Behind there; from the beginning where it is `None`.
        after: Option<Cursor>,
        /// As many whole repositories as it takes to have so many hits.
        enough: usize,
    },
    /// When images were built.
    Built {
        /// Which images.
        images: Vec<ImagePlace>,
    },
    /// What crawls found different, page by page: crawl by crawl, in each by repository.
    Changes {
        /// Of these registries.
        registries: Vec<RegistryId>,
        /// Which crawls.
        past: Past,
        /// Whether the newest crawl comes first; else the oldest does.
        newest_first: bool,
        /// Of repositories of these names.
        repository: Option<Glob>,
        /// Of tags of these names; changes of images and repositories are not wanted then.
        tag: Option<Glob>,
        /// Behind there; from the beginning where it is `None`.
        after: Option<PastCursor>,
        /// About so many.
        enough: usize,
    },
    /// What crawls changed in one repository, the newest crawl first.
    History {
        /// The registry.
        registry: RegistryId,
        /// The repository, which may be gone.
        repository: RepositoryName,
        /// Of this tag alone.
        tag: Option<Tag>,
    },
    /// What images take of a registry's storage.
    Usage {
        /// Of which registry.
        registry: RegistryId,
        /// In how many rows.
        by: UsageBy,
    },
    /// How many images of a registry have a layer.
    Holders {
        /// Of which registry.
        registry: RegistryId,
        /// The layers.
        layers: Vec<Layer>,
    },
    /// In what two registries differ.
    Drift {
        /// The first, as it ought to be.
        a: RegistryId,
        /// The second.
        b: RegistryId,
        /// How names of the first become those of the second: the longest beginning counts.
        map: Vec<NameMap>,
        /// Repositories of these names in the first registry.
        repository: Option<Glob>,
        /// Tags of these names.
        tag: Option<Glob>,
    },
    /// Every decision, with what it is about now.
    Plan {
        /// Which.
        filter: Filter,
        /// How ordered.
        order: Order<PlanColumn>,
    },
    /// What was decided about a registry's images and tags.
    Decisions {
        /// Of which registry.
        registry: RegistryId,
    },
}

/// An image in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImagePlace {
    /// The registry.
    pub registry: RegistryId,
    /// The repository.
    pub repository: RepositoryName,
    /// The image.
    pub digest: Digest,
}

/// Which crawls are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// All whose changes are kept.
    All,
    /// Those that began then or later.
    Since(Timestamp),
    /// The one of this number, counted from 1 in each registry.
    Crawl(u64),
}

/// How usage is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageBy {
    /// A row for the registry.
    Registry,
    /// A row for each of its repositories, by name.
    Repository,
}

/// Where a list over registries goes on: behind a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The registry.
    pub registry: RegistryId,
    /// The last repository of it that was told.
    pub repository: RepositoryName,
}

/// Where a list over crawls goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCursor {
    /// When the crawl began.
    pub at: Timestamp,
    /// Its registry.
    pub registry: RegistryId,
    /// Its number.
    pub crawl: u64,
    /// Behind there in it; behind all of it where it is `None`.
    pub behind: Option<ChangesPlace>,
}

/// A part of a list, and where it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T, P = Cursor> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<P>,
}

/// The answer to a [`Question`] of the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// All of them, by name.
    Registries(Vec<RegistryRow>),
    /// Those that the filter let through, in order.
    Repositories(Listing<RepositoryRow>),
    /// Those that the filter let through, in order. Of [`Question::ImagesOver`], too.
    Images(Listing<ImageRow>),
    /// In the order they happened.
    Failures(Vec<Failure>),
    /// The oldest first.
    Crawls(Vec<CrawlRecord>),
    /// A page of images.
    Selected(Page<ImageRow>),
    /// The first in order, and how many there are in all.
    Ranked {
        /// In order.
        rows: Vec<ImageRow>,
        /// How many are wanted.
        total: u64,
    },
    /// A page of hits.
    Search(Page<Hit>),
    /// In the order of the images; `None` of one that is not there, whose configuration does
    /// not say, or was not read.
    Built(Vec<Option<Timestamp>>),
    /// A page of changes.
    Changes(Page<Change, PastCursor>),
    /// All of them.
    History(Vec<Change>),
    /// All rows.
    Usage(Vec<Usage>),
    /// In the order of the layers.
    Holders(Vec<u64>),
    /// All differences.
    Drift(Drifts),
    /// Those that the filter let through, in order.
    Plan(Listing<Planned>),
    /// By repository, images before tags.
    Decisions(Vec<Decided>),
}

impl Answer {
    /// The registries of an answer to [`Question::Registries`]; none of another's.
    pub fn into_registries(self) -> Vec<RegistryRow> {
        match self {
            Self::Registries(rows) => rows,
            _ => Vec::new(),
        }
    }
}

/// Says that an answer is no longer wanted. Clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Wants no answer any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether no answer is wanted any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag behind it, for a walk that looks at it row by row.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
}
