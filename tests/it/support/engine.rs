//! One crawl by the engine, without a store, for credentials that no flag can give.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use supercargo::crawl::{self, Counters, Handed, Known, Plan};
use supercargo::model::{
    Credentials, Digest, Finding, KnownName, KnownRepository, Memory, RegistrySpec, RepositoryName,
    Summary,
};
use supercargo::registry::Registry;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

struct Nothing;

impl Known for Nothing {
    fn repositories(&self) -> BoxFuture<'_, Vec<KnownName>> {
        async { Vec::new() }.boxed()
    }

    fn memory(&self) -> BoxFuture<'_, Memory> {
        async { Memory::default() }.boxed()
    }

    fn of(&self, repositories: Vec<RepositoryName>) -> BoxFuture<'_, Vec<KnownRepository>> {
        async move { vec![KnownRepository::default(); repositories.len()] }.boxed()
    }
}

/// The settings of a registry at this address.
pub(crate) fn spec(address: &str) -> RegistrySpec {
    RegistrySpec::new("hub".parse().unwrap(), address.parse().unwrap())
}

/// Crawls the registry of `spec` as if nothing were known of it.
pub(crate) async fn crawl(
    spec: &RegistrySpec,
    credentials: Option<Credentials>,
) -> (Summary, Vec<(RepositoryName, Digest)>) {
    // Fails where another test was first, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let registry = Registry::new(spec, credentials).unwrap();
    let (batches, mut waiting) = mpsc::channel(16);
    let collected = tokio::spawn(async move {
        let mut images = Vec::new();
        while let Some(batch) = waiting.recv().await {
            let Handed::Batch(batch) = batch else {
                continue;
            };
            for finding in batch {
                if let Finding::Image {
                    repository, digest, ..
                } = finding
                {
                    images.push((repository, digest));
                }
            }
        }
        images
    });
    let summary = crawl::run(
        registry,
        Plan::new(spec),
        Arc::new(Nothing),
        Arc::new(Counters::default()),
        batches,
        CancellationToken::new(),
    )
    .await;
    (summary, collected.await.unwrap())
}
