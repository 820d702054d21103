//! One crawl, from a registry's settings to its record in the inventory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::check::Watcher;
use super::known::Inventory;
use super::thread::Thread;
use super::{blocking, broken, misdirected, no_secret, writer};
use crate::crawl::{self, Counters, Plan};
use crate::model::{
    self, Class, CrawlRecord, Failure, Finding, HostTrouble, Outcome, Phase, Progress, Rate,
    RegistryRow, RepositoryName, Retry, Stage, Summary, Timestamp, Typed,
};
use crate::registry::Registry;
use crate::secret::{Found, Secrets};
use crate::store::{CrawlWriter, Store, StoreError};

/// How often progress is sampled.
const SAMPLE: Duration = Duration::from_millis(100);
/// Messages between workers and writer.
const WAITING: usize = 1024;

/// What a crawl needs.
pub struct CrawlRequest {
    /// The inventory.
    pub store: Store,
    /// Where passwords are.
    pub secrets: Secrets,
    /// The registry to crawl.
    pub registry: RegistryRow,
    /// Secrets that were typed in during this run.
    pub typed: Typed,
    /// Whether everything is read and verified again, whatever is known of it.
    pub full: bool,
    /// Whether only what failed in the last crawl is read again, and what of it.
    pub retry: Option<Retry>,
    /// The time that everything found is stamped with.
    pub started: Timestamp,
    /// Stops it.
    pub cancel: CancellationToken,
    /// While it holds `true`, nothing is sent, and what is in flight is finished. The
    /// latest value counts.
    pub paused: watch::Receiver<bool>,
    /// Samples of its progress, sent when they changed. The receiver sees the latest.
    pub progress: watch::Sender<Progress>,
    /// Is told of every request.
    pub watcher: Option<Watcher>,
}

/// A crawl that ended and was recorded.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As the engine saw it.
    pub summary: Summary,
    /// As it is remembered.
    pub record: CrawlRecord,
}

/// Crawls. `written` is called each time something new is in the inventory.
///
/// # Errors
///
/// Only what keeps the inventory from being written; everything that happens on the way to
/// the registry is in the summary.
pub async fn crawl(
    request: CrawlRequest,
    written: impl Fn() + Send + 'static,
) -> Result<Ended, Arc<StoreError>> {
    let store = request.store.clone();
    let (id, started) = (request.registry.id, request.started);
    let name = request.registry.spec.name.clone();
    let retry = request.retry.clone();
    let writer = blocking(move || match &retry {
        Some(retry) => store.begin_retry(id, &name, started, retry),
        None => store.begin_crawl(id, &name, started),
    })
    .await?;
    let spec = &request.registry.spec;
    if let Some(failure) = misdirected(spec) {
        return not_begun(writer, failure).await;
    }
    // A person may be asked, who cancels instead: the engine then ends before it begins.
    let found = tokio::select! {
        biased;
        () = request.cancel.cancelled() => Ok(Found::default()),
        found = request.secrets.find(spec, &request.typed) => found,
    };
    let secrets = match found {
        Ok(found) => found.secrets(),
        Err(error) => return not_begun(writer, no_secret(&error)).await,
    };
    let name = format!("crawl of {}", request.registry.spec.name);
    let thread = match Thread::start(name).await {
        Ok(thread) => thread,
        Err(error) => return not_begun(writer, no_thread(&error)).await,
    };
    thread
        .run(move || work(request, secrets, writer, written))
        .await
        .map_err(|error| broken(&error))?
}

fn no_thread(error: &std::io::Error) -> Failure {
    let message = format!("this host gives the crawl no thread of its own: {error}");
    Failure::new(Stage::Connect, Class::Local, message).with_hint(HostTrouble::of(error).hint())
}

/// What a crawl does on its own thread. Connections are made here, so that they are driven
/// here.
async fn work(
    request: CrawlRequest,
    secrets: model::Secrets,
    writer: CrawlWriter,
    written: impl Fn() + Send + 'static,
) -> Result<Ended, Arc<StoreError>> {
    let spec = &request.registry.spec;
    let registry = match Registry::watched(spec, secrets, request.watcher.clone()) {
        Ok(registry) => registry,
        Err(failure) => return not_begun(writer, failure).await,
    };
    let known = Arc::new(Inventory {
        store: request.store.clone(),
        registry: request.registry.id,
    });
    let counters = Arc::new(Counters::default());
    let (batches, waiting) = mpsc::channel(WAITING);
    let engine = crawl::run(
        registry.clone(),
        Plan {
            full: request.full,
            only: writer.only().map(<[RepositoryName]>::to_vec),
            ..Plan::new(spec)
        },
        known,
        Arc::clone(&counters),
        batches,
        request.cancel.clone(),
    );
    // A disk that takes nothing more ends the crawl: what it would find could not be kept.
    let stop = request.cancel.clone().drop_guard();
    let writer = async move {
        let result = writer::write_all(writer, waiting, written).await;
        if result.is_ok() {
            stop.disarm();
        }
        result
    };
    // In a task of its own: one that panics does not take the crawl's record with it.
    let writer = async { tokio::spawn(writer).await.map_err(|error| broken(&error))? };
    let sampler = sample(&request.progress, &counters, &registry);
    let pauses = obey(request.paused.clone(), &registry);
    let work = async { tokio::join!(engine, writer) };
    let (summary, writer) = tokio::select! {
        biased;
        never = pauses => match never {},
        done = work => done,
        never = sampler => match never {},
    };
    publish(&request.progress, summary.progress);
    let writer = writer?;
    if summary.cut && spec.lists_whole {
        let (store, id) = (request.store.clone(), request.registry.id);
        if blocking(move || store.distrust_lists(id)).await? {
            tracing::info!(registry = %spec.name, "`lists-whole` was unset: a list was cut");
        }
    }
    finish(writer, summary).await
}

/// Publishes progress until it is dropped.
async fn sample(
    to: &watch::Sender<Progress>,
    counters: &Counters,
    registry: &Registry,
) -> std::convert::Infallible {
    let mut every = tokio::time::interval(SAMPLE);
    let mut rate = Rate::default();
    let mut phase = Phase::default();
    let began = Instant::now();
    loop {
        every.tick().await;
        let mut progress = counters.sample(registry.traffic());
        if progress.phase != phase {
            // Other items than before.
            rate.clear();
            phase = progress.phase;
        }
        match progress.items() {
            Some((done, _)) if !registry.is_paused() => rate.sample(began.elapsed(), done),
            _ => rate.clear(),
        }
        progress.per_minute = rate.per_minute();
        publish(to, progress);
    }
}

/// Pauses and goes on as `paused` says, until it is dropped. Where nobody can say so any
/// more, it goes on.
async fn obey(mut paused: watch::Receiver<bool>, registry: &Registry) -> std::convert::Infallible {
    loop {
        if *paused.borrow_and_update() {
            registry.pause();
        } else {
            registry.resume();
        }
        if paused.changed().await.is_err() {
            registry.resume();
            return std::future::pending().await;
        }
    }
}

fn publish(to: &watch::Sender<Progress>, progress: Progress) {
    to.send_if_modified(|latest| {
        let changed = *latest != progress;
        *latest = progress;
        changed
    });
}

fn failed_summary(failures: Vec<Failure>) -> Summary {
    Summary {
        outcome: Outcome::Failed,
        progress: Progress {
            failures: failures.len() as u64,
            ..Progress::default()
        },
        failures,
        elapsed: Duration::ZERO,
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

/// A crawl that found nothing because it could not begin is remembered all the same.
async fn not_begun(mut writer: CrawlWriter, failure: Failure) -> Result<Ended, Arc<StoreError>> {
    let mut summary = failed_summary(vec![failure.clone()]);
    if writer.only().is_some() {
        // What was read before it is as good as ever.
        summary.outcome = Outcome::Partial;
    }
    let writer = blocking(move || {
        let finding = if writer.only().is_some() {
            // It would not have asked for the list of repositories either.
            Finding::Failed(failure)
        } else {
            Finding::Uncatalogued { failure }
        };
        writer.write(&[finding])?;
        Ok(writer)
    })
    .await?;
    finish(writer, summary).await
}

async fn finish(writer: CrawlWriter, mut summary: Summary) -> Result<Ended, Arc<StoreError>> {
    blocking(move || {
        let record = writer.finish(&summary)?;
        // Failures may be left of the crawl before that were not for this one to mend.
        summary.outcome = record.outcome.unwrap_or(summary.outcome);
        Ok(Ended { summary, record })
    })
    .await
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::model::{PasswordSource, RegistrySpec, Secret};
    use crate::secret::{Prompt, Request};
    use crate::store::Access;

    /// A person who never answers.
    struct Silent;

    impl Prompt for Silent {
        fn ask(&self, _: Request) -> BoxFuture<'_, Option<Secret>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_crawl_that_waits_for_a_password_can_be_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let address = "http://127.0.0.1:9".parse().unwrap();
        let mut spec = RegistrySpec::new("hub".parse().unwrap(), address);
        spec.username = Some("ann".into());
        spec.password = PasswordSource::Session;
        store.add_registry(&spec).unwrap();
        let cancel = CancellationToken::new();
        let request = CrawlRequest {
            registry: store.registry("hub").unwrap(),
            store,
            secrets: Secrets::new(folder.path(), Arc::new(Silent)),
            typed: Typed::default(),
            full: false,
            retry: None,
            started: Timestamp::UNIX_EPOCH,
            cancel: cancel.clone(),
            paused: watch::channel(false).1,
            progress: watch::channel(Progress::default()).0,
            watcher: None,
        };
        let (ended, ()) = tokio::join!(crawl(request, || ()), async { cancel.cancel() });
        assert_eq!(ended.unwrap().summary.outcome, Outcome::Cancelled);
    }
}
