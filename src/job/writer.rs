//! The one writer of a crawl: collects batches for a moment, writes them in one
//! transaction, collects again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::blocking;
use crate::model::Batch;
use crate::store::{CrawlWriter, StoreError};

/// How long findings may wait for others to be written with them: what a kill can lose.
const GATHER: Duration = Duration::from_millis(250);
/// Findings in one transaction at most.
const MOST: usize = 8192;

/// Writes until no more batches come. `written` is called after each transaction.
pub(super) async fn write_all(
    mut writer: CrawlWriter,
    mut batches: mpsc::Receiver<Batch>,
    written: impl Fn(),
) -> Result<CrawlWriter, Arc<StoreError>> {
    while let Some(mut batch) = batches.recv().await {
        let until = Instant::now() + GATHER;
        while batch.len() < MOST {
            tokio::select! {
                biased;
                more = batches.recv() => match more {
                    Some(more) => batch.extend(more),
                    None => break,
                },
                () = sleep_until(until) => break,
            }
        }
        writer = blocking(move || {
            writer.write(&batch)?;
            Ok(writer)
        })
        .await?;
        written();
    }
    Ok(writer)
}
