//! Which changes are wanted.

use std::time::Duration;

use crate::model::{Past, Question, RegistryId, RepositoryName, Timestamp};

/// How far back changes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// 24 hours.
    Day,
    /// Seven days.
    #[default]
    Week,
    /// Thirty days.
    Month,
    /// As far back as they are kept.
    All,
}

impl Period {
    /// The next longer one, round and round.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Day => Self::Week,
            Self::Week => Self::Month,
            Self::Month => Self::All,
            Self::All => Self::Day,
        }
    }

    /// How long it is; `None` where it has no beginning.
    fn length(self) -> Option<Duration> {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::All => return None,
        };
        Some(Duration::from_hours(24 * days))
    }

    /// When it begins; `None` where it has no beginning.
    pub fn since(self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub(self.length()?).ok()
    }

    /// The shortest that reaches back to then.
    pub(super) fn reaching(since: Timestamp, now: Timestamp) -> Self {
        let periods = [Self::Day, Self::Week, Self::Month];
        let reaches = |period: &Self| period.since(now).is_some_and(|begin| begin <= since);
        periods.into_iter().find(reaches).unwrap_or(Self::All)
    }

    /// How long it is, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::All => "all that is kept",
        }
    }
}

/// A crawl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneCrawl {
    /// Of which registry.
    pub registry: RegistryId,
    /// Its number there.
    pub number: u64,
    /// When it began.
    pub at: Timestamp,
}

/// A registry, or one repository of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// The registry.
    pub registry: RegistryId,
    /// The repository in it, which may be gone.
    pub repository: Option<RepositoryName>,
}

/// Which changes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// How far back.
    pub period: Period,
    /// Those of one crawl, whenever that was.
    pub crawl: Option<OneCrawl>,
    /// Those of one place.
    pub only: Option<Only>,
    /// The registries there are.
    pub registries: Vec<RegistryId>,
}

impl Scope {
    /// What to ask for at most so many changes, the newest crawl first.
    pub(super) fn question(&self, now: Timestamp, enough: usize) -> Question {
        let only = self.only.as_ref();
        if let (Some(only), None) = (only, self.crawl)
            && let Some(repository) = &only.repository
        {
            return Question::History {
                registry: only.registry,
                repository: repository.clone(),
                tag: None,
            };
        }
        let (registries, past) = match (self.crawl, only, self.period.since(now)) {
            (Some(crawl), ..) => (vec![crawl.registry], Past::Crawl(crawl.number)),
            (None, Some(only), None) => (vec![only.registry], Past::All),
            (None, Some(only), Some(since)) => (vec![only.registry], Past::Since(since)),
            (None, None, None) => (self.registries.clone(), Past::All),
            (None, None, Some(since)) => (self.registries.clone(), Past::Since(since)),
        };
        Question::Changes {
            registries,
            past,
            newest_first: true,
            repository: None,
            tag: None,
            after: None,
            enough,
        }
    }

    /// Whether a change is wanted: an answer may tell of more than was asked for.
    pub(super) fn takes(&self, change: &crate::model::Change, now: Timestamp) -> bool {
        let is_in_time = match (self.crawl, self.period.since(now)) {
            (Some(crawl), _) => crawl.number == change.crawl,
            (None, since) => since.is_none_or(|since| change.at >= since),
        };
        let only = self.only.as_ref().and_then(|only| only.repository.as_ref());
        is_in_time && only.is_none_or(|name| *name == change.repository)
    }
}
