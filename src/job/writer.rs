//! The one writer of a crawl: collects batches for a moment, writes them in one
//! transaction, collects again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::blocking;
use crate::crawl::Handed;
use crate::store::{CrawlWriter, StoreError};

/// How long findings may wait for others to be written with them: what a kill can lose.
const GATHER: Duration = Duration::from_millis(250);
/// Findings in one transaction at most.
const MOST: usize = 8192;

/// Writes until no more batches come. `written` is called after each transaction.
pub(super) async fn write_all(
    mut writer: CrawlWriter,
    mut handed: mpsc::Receiver<Handed>,
    written: impl Fn(),
) -> Result<CrawlWriter, Arc<StoreError>> {
    while let Some(first) = handed.recv().await {
        let until = Instant::now() + GATHER;
        let mut batch = Vec::new();
        let mut waiting = None;
        match first {
            Handed::Batch(findings) => batch = findings,
            Handed::Written(answer) => waiting = Some(answer),
        }
        while batch.len() < MOST && waiting.is_none() {
            tokio::select! {
                biased;
                more = handed.recv() => match more {
                    Some(Handed::Batch(more)) => batch.extend(more),
                    Some(Handed::Written(answer)) => waiting = Some(answer),
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
        if let Some(waiting) = waiting {
            // Whoever asked may have been stopped meanwhile.
            let _ = waiting.send(());
        }
    }
    Ok(writer)
}
