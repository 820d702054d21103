//! The engine: a registry in, batches of findings and progress out. Knows neither the
//! database nor the screen.
//!
//! A crawl opens the registry, lists repositories and their tags and, while it lists, reads
//! the repositories listed: for each tag its manifest and, for a single-platform image, its
//! configuration. When all tags are read, it reads the children of indexes (`children`).
//! What the inventory knew before ([`Known`]) saves requests: a tag that
//! still names a known digest costs one conditional request, and no manifest or
//! configuration is read twice.
//!
//! Every failure is recorded with its place and the rest goes on. Nothing known goes but
//! what a finding names as gone (`loss`).

mod catalogue;
mod children;
mod counters;
mod listed;
mod loss;
mod lot;
mod plan;
mod quota;
mod repository;
mod stages;
mod tag;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use counters::Counters;
pub use plan::Plan;

use crate::http::Slots;
use crate::model::{
    Batch, Class, Digest, Failure, Finding, KnownName, KnownRepository, Memory, Outcome, Phase,
    RepositoryName, Stage, Summary, UnreadIndex,
};
use crate::registry::{Open, Registry};
use loss::Losses;

/// What the inventory knew before. A port: the store is on its other side.
pub trait Known: Send + Sync {
    /// The repositories it holds.
    fn repositories(&self) -> BoxFuture<'_, Vec<KnownName>>;
    /// What the crawl before left.
    fn memory(&self) -> BoxFuture<'_, Memory>;

    /// How many indexes have children that are not all read, or with `all` how many it may
    /// hold at most. None, unless it remembers what was read.
    fn unread_count(&self, _all: bool) -> BoxFuture<'_, u64> {
        std::future::ready(0).boxed()
    }

    /// Indexes whose children are not all read, in a fixed order, those behind `after`:
    /// `count` at most. With `all` every index, as if nothing were known of its children.
    fn unread(
        &self,
        _after: Option<(RepositoryName, Digest)>,
        _count: usize,
        _all: bool,
    ) -> BoxFuture<'_, Vec<UnreadIndex>> {
        std::future::ready(Vec::new()).boxed()
    }

    /// The digests that the indexes of `repository` list; `None` where that cannot be said.
    fn children(&self, _repository: RepositoryName) -> BoxFuture<'_, Option<HashSet<Digest>>> {
        std::future::ready(Some(HashSet::new())).boxed()
    }

    /// What it holds of each of these, in their order.
    fn of(&self, repositories: Vec<RepositoryName>) -> BoxFuture<'_, Vec<KnownRepository>>;
}

/// What workers hand to the writer.
#[derive(Debug)]
pub enum Handed {
    /// Findings to be written.
    Batch(Batch),
    /// To be answered when all that came before is written.
    Written(oneshot::Sender<()>),
}

/// What the parts of one crawl share.
struct Crawl {
    registry: Registry,
    plan: Plan,
    known: Arc<dyn Known>,
    counters: Arc<Counters>,
    /// From every worker to the one writer. Bounded: when it is full, workers wait, so that
    /// a slow disk slows the crawl and nothing else.
    batches: mpsc::Sender<Handed>,
    /// A place an item being read, so that items are finished one after the other and not
    /// all begun at once.
    items: Slots,
    /// The same for lists of tags, which do not queue behind all that is read.
    lists: Slots,
    configurations: tag::Configurations,
    losses: Losses,
    /// Whether it was seen, once, that the product's API and V2 agree.
    agreement: OnceCell<()>,
    /// What the next crawl is to know, once it is settled what is gone.
    memory: OnceLock<Memory>,
    /// Reads that the registry's quota withheld.
    withheld: AtomicU64,
    /// Lists whose worth shows when all lists are read.
    open: Mutex<Vec<Open>>,
    /// What it has to say beside its failures, and beside what the registry says of its lists.
    notes: Mutex<Vec<String>>,
}

impl Crawl {
    /// Hands findings to the writer. A writer that has gone away has stopped the crawl
    /// already, so nobody is left to tell.
    async fn send(&self, batch: Batch) {
        let _ = self.batches.send(Handed::Batch(batch)).await;
    }

    /// Waits until all that was handed on is written.
    async fn written(&self) {
        let (answer, answered) = oneshot::channel();
        if self.batches.send(Handed::Written(answer)).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// Records that a list was seen to be cut.
    async fn cut(&self, mut failure: Failure) {
        if self.plan.lists_whole {
            failure
                .message
                .push_str("; the setting `lists-whole` is unset again");
        }
        self.fail(failure).await;
    }

    /// Counts a failure, and gives it back to be recorded. What the registry's quota withheld
    /// is not told one by one.
    fn count(&self, failure: Failure) -> Option<Failure> {
        if failure.class == Class::Quota {
            self.withheld.fetch_add(1, Relaxed);
            return None;
        }
        self.counters.failed(&failure);
        Some(failure)
    }

    /// Says something beside the failures.
    fn note(&self, text: String) {
        lock(&self.notes).push(text);
    }

    /// Records a failure that leaves no mark of its own.
    async fn fail(&self, failure: Failure) {
        if let Some(failure) = self.count(failure) {
            self.send(vec![Finding::Failed(failure)]).await;
        }
    }
}

/// Crawls `registry` until everything is read or `cancel` is called, which is obeyed at
/// once: requests in flight are dropped. Returns when no more batches will come.
pub async fn run(
    registry: Registry,
    plan: Plan,
    known: Arc<dyn Known>,
    counters: Arc<Counters>,
    batches: mpsc::Sender<Handed>,
    cancel: CancellationToken,
) -> Summary {
    let started = Instant::now();
    let crawl = Arc::new(Crawl {
        items: Slots::new(plan.workers),
        lists: Slots::new(plan.workers),
        registry,
        plan,
        known,
        counters,
        batches,
        configurations: tag::Configurations::default(),
        losses: Losses::default(),
        agreement: OnceCell::new(),
        memory: OnceLock::new(),
        withheld: AtomicU64::new(0),
        open: Mutex::default(),
        notes: Mutex::default(),
    });
    let work = AssertUnwindSafe(read_all(&crawl)).catch_unwind();
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        ended = work => Some(ended),
    };
    let cancelled = ended.is_none();
    if let Some(Err(_)) = ended {
        // What was read by then is as good as ever.
        crawl
            .fail(broke_off("the crawl broke off inside supercargo"))
            .await;
    }
    let counters = &crawl.counters;
    // What was read of the rest is as good as before, whatever became of these.
    let is_confined = crawl.plan.only.is_some();
    if cancelled {
        counters.enter(Phase::Stopping);
    }
    let progress = counters.sample(crawl.registry.traffic());
    let outcome = if cancelled {
        Outcome::Cancelled
    } else if progress.failures == 0 {
        Outcome::Complete
    } else if counters.anything_listed() || is_confined {
        Outcome::Partial
    } else {
        Outcome::Failed
    };
    Summary {
        outcome,
        progress,
        failures: counters.failures(),
        elapsed: started.elapsed(),
        memory: crawl
            .memory
            .get()
            .filter(|_| counters.anything_listed())
            .cloned(),
        cut: crawl.registry.has_cut(),
        opened: crawl.registry.opened(),
        notes: [crawl.registry.notes(), lock(&crawl.notes).clone()].concat(),
        resume_at: crawl.registry.spent().map(|spent| spent.resume_at),
    }
}

/// The crawl itself. Dropping it stops it: every task it spawned is in a set of its own.
async fn read_all(crawl: &Arc<Crawl>) {
    let shut = crawl.registry.open().await.err();
    if shut.is_none() {
        crawl.counters.enter(Phase::Listing);
    }
    // From the catalogue to the lists of tags. Bounded: the next page is fetched while this
    // one is taken over, and no further ahead.
    let (names, found) = mpsc::channel::<Vec<RepositoryName>>(2);
    let (verdict, ()) = tokio::join!(
        catalogue::list(crawl, names, shut),
        stages::work(crawl, found)
    );
    // Only now: all that is in a catalogue was read first.
    if let Some(verdict) = verdict {
        crawl.send(vec![verdict]).await;
    }
    let open = std::mem::take(&mut *lock(&crawl.open));
    for list in open {
        if let Err(failure) = list.settle() {
            crawl.fail(failure).await;
        }
    }
    // What comes now may be stopped and gone on with by the next crawl.
    let _ = crawl.memory.set(loss::settle(crawl).await);
    if crawl.plan.children {
        children::read(crawl).await;
    }
    let withheld = crawl.withheld.swap(0, Relaxed);
    if withheld > 0 {
        let failure = quota::unread(withheld, crawl.registry.spent());
        crawl.counters.failed(&failure);
        crawl.send(vec![Finding::Failed(failure)]).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an entry that is no name stands for nothing: some registries leave `null`, empty
/// names or the digests of untagged manifests in their lists. Nothing is lost with them.
fn names_nothing(entry: &str) -> bool {
    entry.is_empty() || entry == "null" || entry.parse::<crate::model::Digest>().is_ok()
}

/// The failure of a defect of our own; the log has the panic.
fn broke_off(what: impl Into<String>) -> Failure {
    Failure::new(Stage::Tags, Class::Local, what.into()).with_hint("please report this as a defect")
}
