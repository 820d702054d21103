//! One crawl, from a registry's settings to its record in the inventory.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::known::Inventory;
use super::{blocking, broken, no_secret, writer};
use crate::crawl::{self, Counters, Plan};
use crate::model::{
    CrawlRecord, Failure, Finding, Outcome, Progress, RegistryRow, Secret, Summary, Timestamp,
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
    /// A password that was typed in during this run.
    pub typed: Option<Secret>,
    /// The time that everything found is stamped with.
    pub started: Timestamp,
    /// Stops it.
    pub cancel: CancellationToken,
    /// Samples of its progress, sent when they changed. The receiver sees the latest.
    pub progress: watch::Sender<Progress>,
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
    let writer = blocking(move || store.begin_crawl(id, &name, started)).await?;
    let spec = &request.registry.spec;
    // A person may be asked, who cancels instead: the engine then ends before it begins.
    let found = tokio::select! {
        biased;
        () = request.cancel.cancelled() => Ok(Found::default()),
        found = request.secrets.credentials(spec, request.typed.as_ref()) => found,
    };
    let credentials = match found {
        Ok(found) => found.credentials,
        Err(error) => return not_begun(writer, no_secret(&error)).await,
    };
    let registry = match Registry::new(spec, credentials) {
        Ok(registry) => registry,
        Err(failure) => return not_begun(writer, failure).await,
    };
    let known = Arc::new(Inventory {
        store: request.store.clone(),
        registry: id,
    });
    let counters = Arc::new(Counters::default());
    let (batches, waiting) = mpsc::channel(WAITING);
    let engine = crawl::run(
        registry.clone(),
        Plan::new(spec),
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
    // In a task of its own: it is woken for each tag, and where a thread of its own waits
    // for it, that is a system call and two switches each time.
    let writer = async { tokio::spawn(writer).await.map_err(|error| broken(&error))? };
    let sampler = sample(&request.progress, &counters, &registry);
    let work = async { tokio::join!(engine, writer) };
    let (summary, writer) = tokio::select! {
        done = work => done,
        never = sampler => match never {},
    };
    publish(&request.progress, summary.progress);
    let writer = writer?;
    if summary.cut && spec.lists_whole {
        let store = request.store.clone();
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
    loop {
        every.tick().await;
        publish(to, counters.sample(registry.traffic()));
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
        resume_at: None,
    }
}

/// A crawl that found nothing because it could not begin is remembered all the same.
async fn not_begun(mut writer: CrawlWriter, failure: Failure) -> Result<Ended, Arc<StoreError>> {
    let summary = failed_summary(vec![failure.clone()]);
    let writer = blocking(move || {
        writer.write(&[Finding::Uncatalogued { failure }])?;
        Ok(writer)
    })
    .await?;
    finish(writer, summary).await
}

async fn finish(writer: CrawlWriter, summary: Summary) -> Result<Ended, Arc<StoreError>> {
    blocking(move || {
        let record = writer.finish(&summary)?;
        Ok(Ended { summary, record })
    })
    .await
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::model::{PasswordSource, RegistrySpec};
    use crate::secret::{Prompt, Question};
    use crate::store::Access;

    /// A person who never answers.
    struct Silent;

    impl Prompt for Silent {
        fn ask(&self, _: Question) -> BoxFuture<'_, Option<Secret>> {
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
            typed: None,
            started: Timestamp::UNIX_EPOCH,
            cancel: cancel.clone(),
            progress: watch::channel(Progress::default()).0,
        };
        let (ended, ()) = tokio::join!(crawl(request, || ()), async { cancel.cancel() });
        assert_eq!(ended.unwrap().summary.outcome, Outcome::Cancelled);
    }
}
