//! The requests of this run, the latest few thousand, for whoever wants to look at them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::job::Watcher;
use crate::model::{RegistryId, Sent, SentTo};

/// Lines that are kept: a few hundred bytes each.
const KEPT: usize = 4000;

/// The log. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Debug, Default)]
struct Lines {
    /// Lines that there were so far.
    count: u64,
    kept: VecDeque<SentTo>,
}

impl Requests {
    /// What is told of every request to a registry.
    pub(super) fn watcher(&self, registry: RegistryId) -> Watcher {
        let log = self.clone();
        Arc::new(move |exchange| log.add(registry, exchange.sent()))
    }

    fn add(&self, registry: RegistryId, sent: Sent) {
        let mut lines = self.lines();
        lines.count += 1;
        let number = lines.count;
        if lines.kept.len() == KEPT {
            lines.kept.pop_front();
        }
        lines.kept.push_back(SentTo {
            number,
            registry,
            sent,
        });
    }

    /// The lines behind that of this number.
    pub(super) fn behind(&self, number: u64) -> Vec<SentTo> {
        let lines = self.lines();
        let from = lines.kept.partition_point(|line| line.number <= number);
        lines.kept.range(from..).cloned().collect()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn the_latest_are_kept_and_told_from_where_one_left_off() {
        let log = Requests::default();
        for n in 0..KEPT + 10 {
            log.add(
                RegistryId(1),
                Sent {
                    at: Timestamp::UNIX_EPOCH,
                    method: "GET".to_owned(),
                    url: format!("https://hub.example/{n}"),
                    status: Some(200),
                    bytes: 2,
                    waited: Duration::ZERO,
                    took: Duration::from_millis(1),
                    trouble: None,
                },
            );
        }
        let all = log.behind(0);
        assert_eq!((all.len(), all[0].number), (KEPT, 11));
        let last = u64::try_from(KEPT).unwrap() + 10;
        assert_eq!(log.behind(last - 2).len(), 2);
        assert!(log.behind(last).is_empty());
    }
}
