//! What is to be read again of a crawl in which something failed.

use std::collections::BTreeSet;

use crate::model::{CrawlRecord, Failure, Outcome, RepositoryName, Retry};

/// What a retry reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToRetry {
    /// Nothing: nothing failed.
    Nothing,
    /// The whole registry: what failed cannot be told by repositories.
    Whole,
    /// These repositories.
    Only(Vec<RepositoryName>),
}

/// Whether there is something to be read again of a crawl: it is not complete.
pub fn failed(crawl: &CrawlRecord) -> bool {
    crawl.outcome != Some(Outcome::Complete)
}

/// What is to be read again of this crawl, with its failures as far as they are kept.
///
/// It is the whole registry where a failure is of no one repository (its list of them), where
/// not every failure was kept, and where a crawl of it did not come to its end: that leaves
/// more unread than what failed.
pub fn to_retry(crawl: &CrawlRecord, failures: &[Failure], retry: &Retry) -> ToRetry {
    let was_cut_short = crawl.retry_of.is_none()
        && matches!(
            crawl.outcome,
            None | Some(Outcome::Cancelled | Outcome::Failed)
        );
    if !failed(crawl) {
        return ToRetry::Nothing;
    }
    if was_cut_short || crawl.failures == 0 {
        return ToRetry::Whole;
    }
    let in_these: BTreeSet<&RepositoryName> = failures
        .iter()
        .filter_map(|failure| failure.repository.as_ref())
        .collect();
    let only: Vec<RepositoryName> = match retry {
        Retry::Of(chosen) => {
            let chosen = chosen.iter().filter(|name| in_these.contains(name));
            chosen.cloned().collect()
        }
        Retry::All => {
            let is_all_kept = failures.len() as u64 == crawl.failures;
            let is_of_repositories = failures.iter().all(|failure| failure.repository.is_some());
            if !is_all_kept || !is_of_repositories {
                return ToRetry::Whole;
            }
            in_these.into_iter().cloned().collect()
        }
    };
    if only.is_empty() {
        ToRetry::Nothing
    } else {
        ToRetry::Only(only)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::tests::{at, row};
    use super::*;
    use crate::model::{Class, Retried, Stage};

    fn crawl(outcome: Option<Outcome>, failures: u64) -> CrawlRecord {
        let mut crawl = row(None, Some((outcome, false))).last_crawl.unwrap();
        crawl.failures = failures;
        crawl
    }

    fn failures(repositories: &[&str]) -> Vec<Failure> {
        let failed = repositories.iter().map(|name| {
            let mut failure = Failure::new(Stage::Manifest, Class::Server, "500");
            failure.repository = name.parse().ok();
            failure
        });
        failed.collect()
    }

    fn only(names: &[&str]) -> ToRetry {
        ToRetry::Only(names.iter().map(|name| name.parse().unwrap()).collect())
    }

    #[test]
    fn what_failed_is_read_again_and_the_rest_only_where_it_must() {
        let partial = Some(Outcome::Partial);
        let all = |outcome, count, failed: &[&str]| {
            to_retry(&crawl(outcome, count), &failures(failed), &Retry::All)
        };
        assert_eq!(
            all(partial, 3, &["b/c", "a", "b/c"]),
            only(&["a", "b/c"]),
            "each repository once"
        );
        assert_eq!(all(Some(Outcome::Complete), 0, &[]), ToRetry::Nothing);
        // Of no repository, or not all kept.
        assert_eq!(all(partial, 2, &["a", ""]), ToRetry::Whole);
        assert_eq!(all(partial, 3, &["a", "b"]), ToRetry::Whole);
        for outcome in [None, Some(Outcome::Cancelled), Some(Outcome::Failed)] {
            assert_eq!(all(outcome, 1, &["a"]), ToRetry::Whole);
        }
    }

    #[test]
    fn a_retry_that_was_stopped_goes_on_with_what_it_left() {
        for outcome in [None, Some(Outcome::Cancelled)] {
            let mut crawl = crawl(outcome, 1);
            crawl.retry_of = Some(Retried {
                number: 1,
                started: at(1000),
            });
            let left = to_retry(&crawl, &failures(&["a"]), &Retry::All);
            assert_eq!(left, only(&["a"]));
            crawl.failures = 0;
            let none_left = to_retry(&crawl, &[], &Retry::All);
            assert_eq!(none_left, ToRetry::Whole, "it did not see its own end");
        }
    }

    #[test]
    fn of_those_chosen_only_what_failed_is_read() {
        let crawl = crawl(Some(Outcome::Partial), 3);
        let chosen =
            |names: &[&str]| Retry::Of(names.iter().map(|name| name.parse().unwrap()).collect());
        let failures = failures(&["a", "b", ""]);
        let retry = |names| to_retry(&crawl, &failures, &chosen(names));
        assert_eq!(retry(&["b", "other"]), only(&["b"]));
        assert_eq!(retry(&["other"]), ToRetry::Nothing);
    }
}
