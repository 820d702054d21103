//! Crawls of one registry, one after the other, into an inventory of their own.

use std::path::Path;
use std::sync::Arc;

use supercargo::job::{self, CrawlRequest, Ended};
use supercargo::model::{Progress, RegistryRow, RegistrySpec, Secret, Timestamp};
use supercargo::secret::{Prompt, Request, Secrets};
use supercargo::store::{Access, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Nobody is asked for anything.
struct Nobody;

impl Prompt for Nobody {
    fn ask(&self, _: Request) -> futures_util::future::BoxFuture<'_, Option<Secret>> {
        Box::pin(async { None })
    }
}

/// An inventory of one registry, `hub`.
pub(crate) struct Bench {
    _folder: tempfile::TempDir,
    pub(crate) store: Store,
    secrets: Secrets,
    crawls: i64,
}

impl Bench {
    pub(crate) fn new(spec: &RegistrySpec) -> Self {
        // In memory where there is such a place: hundreds of crawls write a lot.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        store.add_registry(spec).unwrap();
        let secrets = Secrets::new(Path::new("/nonexistent"), Arc::new(Nobody));
        Self {
            _folder: folder,
            store,
            secrets,
            crawls: 0,
        }
    }

    pub(crate) fn registry(&self) -> RegistryRow {
        self.store.registry("hub").unwrap()
    }

    /// When the latest crawl began, by the clock of this inventory.
    pub(crate) fn started(&self) -> Timestamp {
        Timestamp::from_second(self.crawls * 3600).unwrap()
    }

    pub(crate) async fn crawl(&mut self) -> Ended {
        self.crawl_by(false).await
    }

    /// Crawls, and reads everything again where that is `full`.
    pub(crate) async fn crawl_by(&mut self, full: bool) -> Ended {
        self.crawl_until(full, |_| false).await
    }

    /// Crawls, and stops when `enough` says so of its progress.
    pub(crate) async fn crawl_until(
        &mut self,
        full: bool,
        enough: impl Fn(&Progress) -> bool,
    ) -> Ended {
        self.crawls += 1;
        let cancel = CancellationToken::new();
        let (progress, mut samples) = watch::channel(Progress::default());
        let request = CrawlRequest {
            registry: self.registry(),
            store: self.store.clone(),
            secrets: self.secrets.clone(),
            typed: supercargo::model::Typed::default(),
            full,
            retry: None,
            started: self.started(),
            cancel: cancel.clone(),
            paused: watch::channel(false).1,
            progress,
            watcher: None,
        };
        let watched = async {
            while samples.changed().await.is_ok() {
                if enough(&samples.borrow()) {
                    cancel.cancel();
                    return;
                }
            }
        };
        let (ended, ()) = tokio::join!(Box::pin(job::crawl(request, || ())), watched);
        ended.unwrap()
    }
}
