//! News of the inventory: written by a crawl of this process or of another one.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// How often the file is looked at where the system does not tell.
const LOOK: Duration = Duration::from_secs(1);

/// A watch over the inventory's file.
pub(super) struct Watch {
    news: Arc<Notify>,
    /// Stops watching when dropped.
    _watcher: Option<RecommendedWatcher>,
    _looker: Option<tokio_util::task::AbortOnDropHandle<()>>,
}

impl Watch {
    /// Watches `file`. Where the system has no watches left, looks at it once a second.
    pub(super) fn new(file: &Path) -> Self {
        let news = Arc::new(Notify::new());
        let watcher = watcher(file, Arc::clone(&news));
        let looker = watcher.is_none().then(|| {
            let (file, news) = (file.to_owned(), Arc::clone(&news));
            tokio_util::task::AbortOnDropHandle::new(tokio::spawn(look(file, news)))
        });
        Self {
            news,
            _watcher: watcher,
            _looker: looker,
        }
    }

    /// Tells of news that are known at once.
    pub(super) fn teller(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }

    /// Returns when there is news.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}

fn watcher(file: &Path, news: Arc<Notify>) -> Option<RecommendedWatcher> {
    let directory = file.parent()?;
    let name: OsString = file.file_name()?.to_owned();
    let told = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let ours = event
            .paths
            .iter()
            .any(|path| path.file_name() == Some(&name));
        // Readers open and close the file all the time; only writers are news.
        let written = matches!(
            event.kind,
            EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any)
                | EventKind::Access(AccessKind::Close(AccessMode::Write))
        );
        if ours && written {
            news.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told).ok()?;
    watcher.watch(directory, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}

async fn look(file: std::path::PathBuf, news: Arc<Notify>) {
    let modified = || {
        std::fs::metadata(&file)
            .and_then(|file| file.modified())
            .ok()
    };
    let mut before = modified();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = modified();
        if now != before {
            before = now;
            news.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Access, Store};

    #[tokio::test]
    async fn what_another_handle_writes_is_news_and_reading_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let watch = Watch::new(store.file());
        let spec = crate::model::RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        );
        store.add_registry(&spec).unwrap();
        tokio::time::timeout(Duration::from_secs(10), watch.news())
            .await
            .unwrap();
        // What the write still had to tell.
        while tokio::time::timeout(Duration::from_millis(300), watch.news())
            .await
            .is_ok()
        {}
        store.registries().unwrap();
        let quiet = tokio::time::timeout(Duration::from_millis(300), watch.news()).await;
        assert!(quiet.is_err(), "reading is no news");
    }
}
