//! A crawl that stands still until it is let go on, against a real server.

use std::sync::Arc;
use std::time::Duration;

use supercargo::job::{self, CrawlRequest};
use supercargo::model::{Outcome, Progress, RegistrySpec, Timestamp};
use supercargo::secret::{Nobody, Secrets};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Long enough for the whole crawl, were it not paused.
const WHILE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_paused_crawl_sends_nothing_until_it_goes_on() {
    let content = Content::generate(3, &Shape::plain(2, 2));
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let address = simulator.address().parse().unwrap();
    let mut spec = RegistrySpec::new("hub".parse().unwrap(), address);
    spec.limits.pool_timeout = WHILE / 2;
    store.add_registry(&spec).unwrap();
    let (pause, paused) = watch::channel(true);
    let request = CrawlRequest {
        registry: store.registry("hub").unwrap(),
        store,
        secrets: Secrets::new(folder.path(), Arc::new(Nobody)),
        typed: supercargo::model::Typed::default(),
        full: false,
        retry: None,
        started: Timestamp::now(),
        cancel: CancellationToken::new(),
        paused,
        progress: watch::channel(Progress::default()).0,
        watcher: None,
    };
    let mut crawl = std::pin::pin!(job::crawl(request, || ()));
    let waited = tokio::time::timeout(WHILE, &mut crawl).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(simulator.requests(), []);
    pause.send_replace(false);
    let summary = crawl.await.unwrap().summary;
    assert_eq!(
        summary.outcome,
        Outcome::Complete,
        "{:#?}",
        summary.failures
    );
    assert_eq!(summary.progress.tags_done, 4);
}
