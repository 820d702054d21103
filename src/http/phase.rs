//! Whether a request still waits for its connection or already for bytes, so that the read
//! timeout counts the second wait only; the first one has a timeout of its own.
//!
//! reqwest makes connections within the future of the request that needs one. A layer around
//! its connector tells that request when the connection begins and when it stands.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    static CURRENT: Phase;
}

/// The phase of one request: since when it waits for bytes, `None` while it waits for a
/// connection.
#[derive(Clone)]
pub(super) struct Phase(Arc<Mutex<Option<Instant>>>);

impl Phase {
    /// A request that is about to be sent.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(Instant::now()))))
    }

    fn set(&self, waits_since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = waits_since;
    }

    fn waits_since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `sending` as the request whose phase this is; `None` once it waited for bytes for
    /// `limit`.
    pub(super) async fn watch<F: Future>(&self, limit: Duration, sending: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = CURRENT.scope(self.clone(), sending) => Some(output),
            () = self.silent_for(limit) => None,
        }
    }

    /// Looks when it can be over at the earliest, and looks again `limit` after the latest
    /// change, or after the latest look where a connection is still being made: nobody has
    /// to be woken by a change, and none is missed.
    async fn silent_for(&self, limit: Duration) {
        let mut over_at = Instant::now() + limit;
        loop {
            sleep_until(over_at).await;
            let now = Instant::now();
            match self.waits_since() {
                Some(since) if since + limit <= now => return,
                Some(since) => over_at = since + limit,
                None => over_at = now + limit,
            }
        }
    }
}

/// A connection that is being made for a request; over when dropped.
struct Connecting(Option<Phase>);

impl Connecting {
    fn begin() -> Self {
        let phase = CURRENT.try_with(Phase::clone).ok();
        if let Some(phase) = &phase {
            phase.set(None);
        }
        Self(phase)
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(phase) = &self.0 {
            phase.set(Some(Instant::now()));
        }
    }
}

/// The layer around the connector.
#[derive(Clone, Copy)]
pub(super) struct Connections;

impl<S> Layer<S> for Connections {
    type Service = Watched<S>;

    fn layer(&self, connector: S) -> Watched<S> {
        Watched(connector)
    }
}

/// A connector that tells of its connections.
#[derive(Clone)]
pub(super) struct Watched<S>(S);

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = futures_util::future::BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: R) -> Self::Future {
        let connecting = Connecting::begin();
        let connection = self.0.call(to);
        Box::pin(async move {
            let _until_it_stands = connecting;
            connection.await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_the_wait_for_bytes_counts() {
        let began = Instant::now();
        let limit = Duration::from_secs(5);
        let silent = Phase::new()
            .watch(limit, std::future::pending::<()>())
            .await;
        assert_eq!((silent, began.elapsed()), (None, limit));

        let began = Instant::now();
        let connects = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            let connecting = Connecting::begin();
            tokio::time::sleep(Duration::from_mins(1)).await;
            drop(connecting);
            std::future::pending::<()>().await;
        };
        assert_eq!(Phase::new().watch(limit, connects).await, None);
        assert_eq!(began.elapsed(), Duration::from_secs(4 + 60 + 5));

        let answers = tokio::time::sleep(Duration::from_secs(4));
        assert_eq!(Phase::new().watch(limit, answers).await, Some(()));
    }
}
