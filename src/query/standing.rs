//! How a registry stands, in one of the words that screen and outputs share.

use super::schedule;
use crate::model::{ListState, Outcome, RegistryRow, Timestamp};

/// How what is known of a registry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No crawl has told anything yet.
    NotCrawled,
    /// Everything was listed and read.
    Complete,
    /// Everything was listed, and there is nothing.
    Empty,
    /// Something is missing: it failed, or the crawl did not come to its end.
    Partial,
    /// The user stopped the crawl.
    Cancelled,
    /// Nothing could be listed.
    Failed,
    /// The registry said no.
    Refused,
    /// It was complete, and its refresh interval is over.
    Stale,
}

impl Standing {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCrawled => "not crawled",
            Self::Complete => "complete",
            Self::Empty => "empty",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Stale => "stale",
        }
    }
}

/// How a registry stands now, by its list of repositories and by how its last crawl ended;
/// the two never say different things.
pub fn standing(row: &RegistryRow, now: Timestamp) -> Standing {
    let crawl = row.last_crawl.as_ref();
    let outcome = crawl.and_then(|crawl| crawl.outcome);
    match (&row.list, outcome) {
        // Repositories that are known or named are read without a list, too.
        (_, Some(Outcome::Partial)) => Standing::Partial,
        (_, Some(Outcome::Cancelled)) => Standing::Cancelled,
        (ListState::Refused(_), _) => Standing::Refused,
        (ListState::Failed(_), _) | (_, Some(Outcome::Failed)) => Standing::Failed,
        (_, Some(Outcome::Complete)) if schedule::is_due(row, now) => Standing::Stale,
        (_, Some(Outcome::Complete)) if row.repositories == 0 => Standing::Empty,
        (_, Some(Outcome::Complete)) => Standing::Complete,
        (_, None) if crawl.is_none() => Standing::NotCrawled,
        (ListState::NotCrawled, None) if row.repositories == 0 => Standing::NotCrawled,
        // Running, or killed, after something had been read.
        (ListState::NotCrawled | ListState::Listed, None) => Standing::Partial,
    }
}

/// Why it stands so, where that is known.
pub fn reason(row: &RegistryRow) -> Option<String> {
    let crawl = row.last_crawl.as_ref();
    match &row.list {
        ListState::Refused(why) | ListState::Failed(why) => Some(why.clone()),
        ListState::NotCrawled | ListState::Listed => match crawl? {
            crawl if crawl.outcome.is_some() => None,
            crawl if crawl.running => Some(format!("a crawl runs since {}", crawl.started)),
            crawl => Some(format!(
                "the crawl begun {} was interrupted; what it read is kept",
                crawl.started
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::schedule::tests::{at, row};
    use super::*;

    #[test]
    fn list_and_outcome_are_one_word() {
        let failed = || ListState::Failed("away".into());
        let refused = || ListState::Refused("no".into());
        let listed = || ListState::Listed;
        let none = || ListState::NotCrawled;
        for (list, outcome, repositories, wanted) in [
            (none(), None, 0, "not crawled"),
            (none(), Some(None), 0, "not crawled"),
            (none(), Some(None), 3, "partial"),
            (listed(), Some(None), 3, "partial"),
            (listed(), Some(Some(Outcome::Complete)), 3, "complete"),
            (listed(), Some(Some(Outcome::Complete)), 0, "empty"),
            (listed(), Some(Some(Outcome::Partial)), 3, "partial"),
            (listed(), Some(Some(Outcome::Cancelled)), 3, "cancelled"),
            (failed(), Some(Some(Outcome::Failed)), 3, "failed"),
            (failed(), Some(Some(Outcome::Partial)), 3, "partial"),
            (refused(), Some(Some(Outcome::Partial)), 3, "partial"),
            (refused(), Some(Some(Outcome::Failed)), 0, "refused"),
            (failed(), Some(Some(Outcome::Cancelled)), 0, "cancelled"),
        ] {
            let mut row = row(None, outcome.map(|outcome| (outcome, false)));
            row.list = list.clone();
            row.repositories = repositories;
            let word = standing(&row, at(0)).as_str();
            assert_eq!(word, wanted, "{list:?} {outcome:?} {repositories}");
        }
        let hour = Duration::from_hours(1);
        let mut row = row(Some(hour), Some((Some(Outcome::Complete), false)));
        row.repositories = 1;
        assert_eq!(standing(&row, at(10_000)), Standing::Complete);
        assert_eq!(standing(&row, at(13_600)), Standing::Stale);
    }

    #[test]
    fn a_reason_is_told_where_there_is_one() {
        let told = |list: ListState, outcome, running| {
            let mut row = row(None, Some((outcome, running)));
            row.list = list;
            reason(&row).unwrap_or_default()
        };
        let failed = ListState::Failed("away".into());
        assert_eq!(told(failed, Some(Outcome::Partial), false), "away");
        assert_eq!(told(ListState::Listed, Some(Outcome::Partial), false), "");
        assert!(told(ListState::Listed, None, true).starts_with("a crawl runs since 1970"));
        assert!(told(ListState::Listed, None, false).contains("was interrupted"));
    }
}
