//! Crawls and changes behind a screen, for tests.

use std::time::Duration;

use super::Event;
use super::fixture::{Bench, DAY, GITLAB, HARBOR, HOUR, MINUTE, NEXUS, ago, record};
use crate::model::{
    Answer, Change, Choice, CrawlRecord, Decided, Decision, Digest, Outcome, Page, Past as Crawls,
    Question, RegistryId, Subject, What,
};

/// What was, and what was decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The oldest crawl first.
    pub(crate) changes: Vec<Change>,
    pub(crate) crawls: Vec<(RegistryId, Vec<CrawlRecord>)>,
    pub(crate) decided: Vec<(RegistryId, Decided)>,
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::sha256(text.as_bytes())
}

fn change(seconds: i64, registry: RegistryId, crawl: u64, name: &str, what: What) -> Change {
    Change {
        at: ago(seconds),
        registry,
        crawl,
        repository: name.parse().unwrap(),
        what,
    }
}

fn appeared(tag: &str, to: &str) -> What {
    What::TagAppeared {
        tag: tag.parse().unwrap(),
        digest: digest(to),
    }
}

fn moved(tag: &str, from: &str, to: &str) -> What {
    What::TagMoved {
        tag: tag.parse().unwrap(),
        from: digest(from),
        to: digest(to),
    }
}

fn gone(tag: &str, from: &str) -> What {
    What::TagGone {
        tag: tag.parse().unwrap(),
        from: digest(from),
    }
}

/// A crawl: its number, when it began, how it ended, its changes and failures.
pub(crate) fn crawl(number: u64, seconds: i64, changes: u64, failures: u64) -> CrawlRecord {
    let outcome = if failures > 0 {
        Outcome::Partial
    } else {
        Outcome::Complete
    };
    let mut crawl = record(seconds, Some(outcome), failures);
    (crawl.number, crawl.changes) = (number, changes);
    crawl.elapsed = Some(Duration::from_secs(60 + number));
    crawl
}

/// Some days of three registries.
pub(crate) fn past() -> Past {
    let image = |text: &str| What::ImageAppeared(digest(text));
    let lost = |text: &str| What::ImageGone(digest(text));
    let long = "group/subgroup/another-subgroup/project/service-frontend";
    let first = What::RepositoryAppeared {
        tags: 12,
        images: 9,
    };
    let end = What::RepositoryGone { tags: 2, images: 1 };
    let changes = vec![
        change(20 * DAY, NEXUS, 4, "team/api", first),
        change(5 * DAY, HARBOR, 2, "tools/old-runner", end),
        change(
            5 * DAY,
            HARBOR,
            2,
            "tools/old-runner",
            gone("1.0", "runner"),
        ),
        change(
            5 * DAY,
            HARBOR,
            2,
            "tools/old-runner",
            gone("latest", "runner"),
        ),
        change(5 * DAY, HARBOR, 2, "tools/old-runner", lost("runner")),
        change(2 * DAY, NEXUS, 6, long, moved("latest", "f1", "f2")),
        change(2 * DAY, NEXUS, 6, long, image("f2")),
        change(2 * DAY, NEXUS, 6, "team/api", gone("0.9", "old")),
        change(2 * DAY, NEXUS, 6, "team/api", lost("old")),
        change(3 * MINUTE, NEXUS, 7, "team/api", image("new")),
        change(3 * MINUTE, NEXUS, 7, "team/api", image("untagged")),
        change(3 * MINUTE, NEXUS, 7, "team/api", appeared("1.10.2", "new")),
        change(
            3 * MINUTE,
            NEXUS,
            7,
            "team/api",
            moved("latest", "old", "new"),
        ),
    ];
    let kept = Decided {
        repository: "team/api".parse().unwrap(),
        subject: Subject::Tag("0.9".parse().unwrap()),
        decision: Some(Decision {
            choice: Choice::Keep,
            note: None,
            at: ago(9 * DAY),
        }),
    };
    let mut cancelled = crawl(5, 3 * DAY, 0, 0);
    cancelled.outcome = Some(Outcome::Cancelled);
    let mut refused = crawl(1, 2 * HOUR, 0, 3);
    refused.outcome = Some(Outcome::Failed);
    Past {
        changes,
        crawls: vec![
            (
                NEXUS,
                vec![
                    crawl(4, 20 * DAY, 1, 0),
                    cancelled,
                    crawl(6, 2 * DAY, 4, 0),
                    crawl(7, 3 * MINUTE, 4, 0),
                ],
            ),
            (
                HARBOR,
                vec![crawl(1, 9 * DAY, 0, 0), crawl(2, 5 * DAY, 4, 3)],
            ),
            (GITLAB, vec![refused]),
        ],
        decided: vec![(NEXUS, kept)],
    }
}

impl Past {
    /// The answer to a question about the past; `None` where it is about something else.
    pub(crate) fn answer(&self, question: &Question) -> Option<Answer> {
        Some(match question {
            Question::Changes {
                registries,
                past,
                enough,
                ..
            } => {
                let is_wanted = |change: &&Change| {
                    registries.contains(&change.registry)
                        && match past {
                            Crawls::All => true,
                            Crawls::Since(since) => change.at >= *since,
                            Crawls::Crawl(number) => change.crawl == *number,
                        }
                };
                let mut rows: Vec<Change> =
                    self.changes.iter().filter(is_wanted).cloned().collect();
                // The newest crawl first, in each as it is kept.
                rows.sort_by_key(|change| std::cmp::Reverse(change.at));
                let is_more = rows.len() > *enough;
                rows.truncate(*enough);
                let last = rows.last().filter(|_| is_more);
                let next = last.map(|change| crate::model::PastCursor {
                    at: change.at,
                    registry: change.registry,
                    crawl: change.crawl,
                    behind: None,
                });
                Answer::Changes(Page { rows, next })
            }
            Question::History {
                registry,
                repository,
                ..
            } if !self.changes.is_empty() => {
                let of = |change: &&Change| {
                    (change.registry, &change.repository) == (*registry, repository)
                };
                let mut rows: Vec<Change> = self.changes.iter().filter(of).cloned().collect();
                rows.sort_by_key(|change| std::cmp::Reverse(change.at));
                Answer::History(rows)
            }
            Question::Crawls { registry } => {
                let mut crawls = self.crawls.iter().filter(|(id, _)| id == registry);
                Answer::Crawls(crawls.next().map_or_else(Vec::new, |(_, all)| all.clone()))
            }
            Question::Decisions { registry } => {
                let decided = self.decided.iter().filter(|(id, _)| id == registry);
                Answer::Decisions(decided.map(|(_, decided)| decided.clone()).collect())
            }
            _ => return None,
        })
    }
}

/// A screen with this past behind it.
pub(crate) fn bench(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.past = past();
    bench.registries[0].decisions = 1;
    for row in &mut bench.registries {
        let crawls = bench.past.crawls.iter().find(|(id, _)| *id == row.id);
        row.last_crawl = crawls.and_then(|(_, crawls)| crawls.last().cloned());
    }
    bench.send(Event::InventoryChanged);
    bench
}
