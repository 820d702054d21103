//! When a registry is due to be crawled without being asked for.

use crate::model::{RegistryRow, Timestamp};

/// From when on a registry is due; `None` where it never is by itself.
///
/// One that was never crawled, or whose crawl was interrupted, is due at once; one whose
/// quota ended the crawl, when it can go on, and not before; every other so long after the
/// last crawl of all of it began, however that ended.
pub fn due_at(row: &RegistryRow) -> Option<Timestamp> {
    let interval = row.spec.refresh_interval.filter(|_| row.spec.active)?;
    let last = row
        .last_crawl
        .as_ref()
        .filter(|crawl| crawl.outcome.is_some() || crawl.running || crawl.retry_of.is_some());
    let Some(last) = last else {
        return Some(Timestamp::UNIX_EPOCH);
    };
    // An interval that no calendar holds is never over.
    let next = last.whole_since().checked_add(interval).ok();
    last.resume_at.or(next)
}

/// Whether a registry is due now.
pub fn is_due(row: &RegistryRow, now: Timestamp) -> bool {
    due_at(row).is_some_and(|at| at <= now)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{
        CrawlRecord, ListState, Outcome, RegistryId, RegistrySpec, Retried, Traffic,
    };

    const INTERVAL: Duration = Duration::from_hours(1);

    pub(in crate::query) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    pub(in crate::query) fn row(
        interval: Option<Duration>,
        crawl: Option<(Option<Outcome>, bool)>,
    ) -> RegistryRow {
        let address = "https://hub.example".parse().unwrap();
        let mut spec = RegistrySpec::new("hub".parse().unwrap(), address);
        spec.refresh_interval = interval;
        RegistryRow {
            id: RegistryId(1),
            spec,
            list: ListState::Listed,
            repositories: 0,
            tags: 0,
            images: 0,
            unread: 0,
            decisions: 0,
            opened: None,
            last_crawl: crawl.map(|(outcome, running)| CrawlRecord {
                number: 1,
                started: at(10_000),
                elapsed: None,
                outcome,
                running,
                new: 0,
                gone: 0,
                moved: 0,
                changes: 0,
                failures: 0,
                mismatched: 0,
                resume_at: None,
                traffic: Traffic::default(),
                retry_of: None,
                notes: Vec::new(),
            }),
        }
    }

    #[test]
    fn a_registry_is_due_an_interval_after_its_crawl_began() {
        let later = Some(at(10_000 + 3600));
        let at_once = Some(Timestamp::UNIX_EPOCH);
        for (interval, crawl, due) in [
            (None, None, None),
            (None, Some((Some(Outcome::Complete), false)), None),
            (Some(INTERVAL), None, at_once),
            (
                Some(INTERVAL),
                Some((Some(Outcome::Complete), false)),
                later,
            ),
            (Some(INTERVAL), Some((Some(Outcome::Partial), false)), later),
            (
                Some(INTERVAL),
                Some((Some(Outcome::Cancelled), false)),
                later,
            ),
            (Some(INTERVAL), Some((Some(Outcome::Failed), false)), later),
            // Interrupted; and one that runs.
            (Some(INTERVAL), Some((None, false)), at_once),
            (Some(INTERVAL), Some((None, true)), later),
        ] {
            assert_eq!(due_at(&row(interval, crawl)), due, "{crawl:?}");
        }
        let crawled = row(Some(INTERVAL), Some((Some(Outcome::Complete), false)));
        assert!(!is_due(&crawled, at(10_000 + 3599)));
        assert!(is_due(&crawled, at(10_000 + 3600)));
        for ahead in [60, 7200] {
            let mut stopped = row(Some(INTERVAL), Some((Some(Outcome::Partial), false)));
            let resume_at = Some(at(10_000 + ahead));
            stopped.last_crawl.as_mut().unwrap().resume_at = resume_at;
            assert_eq!(
                due_at(&stopped),
                resume_at,
                "when the registry lets it go on"
            );
        }
        for outcome in [None, Some(Outcome::Complete), Some(Outcome::Cancelled)] {
            let mut retried = row(Some(INTERVAL), Some((outcome, false)));
            retried.last_crawl.as_mut().unwrap().retry_of = Some(Retried {
                number: 1,
                started: at(9_000),
            });
            let due = Some(at(9_000 + 3600));
            assert_eq!(due_at(&retried), due, "as if nothing had been retried");
        }
        let mut inactive = row(Some(INTERVAL), None);
        inactive.spec.active = false;
        assert_eq!(due_at(&inactive), None);
        let never = row(Some(Duration::MAX), Some((Some(Outcome::Complete), false)));
        assert_eq!(due_at(&never), None);
    }
}
