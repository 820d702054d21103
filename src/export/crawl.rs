//! Ended crawls: `crawl --format json`, and the same in a sentence.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::model::{CrawlRecord, Failure, Held, Outcome, RegistryName, Summary, Timestamp, text};

/// A line a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrawlLine {
    registry: String,
    outcome: &'static str,
    product: Option<String>,
    listed_by: Option<String>,
    /// What the inventory holds, where this crawl had anything to say of it: a failed one
    /// found nothing, and what the inventory holds is of the crawls before.
    repositories: Option<u64>,
    tags: Option<u64>,
    images: Option<u64>,
    new: u64,
    gone: u64,
    moved: u64,
    mismatched: u64,
    requests: u64,
    bytes_received: u64,
    retries: u64,
    /// How long everybody stood still.
    held_ms: u64,
    elapsed_ms: u64,
    failures: Vec<FailureLine>,
    /// What there is to say of how it listed: an API that refused, what was done instead.
    notes: Vec<String>,
    /// The crawl of the whole registry whose failures this one read again.
    retry_of: Option<u64>,
    #[serde(skip)]
    failures_counted: u64,
    #[serde(skip)]
    kept: Option<Kept>,
    #[serde(skip)]
    held: Held,
    /// Indexes whose children were not come to.
    #[serde(skip)]
    unread: u64,
}

/// What the inventory holds of a registry when a crawl of it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its repositories.
    pub repositories: u64,
    /// Its tags.
    pub tags: u64,
    /// Its images.
    pub images: u64,
    /// When the latest crawl before this one began that read anything.
    pub read_before: Option<Timestamp>,
}

/// A failure, with the fields of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct FailureLine {
    stage: &'static str,
    repository: Option<String>,
    reference: Option<String>,
    class: &'static str,
    status: Option<u16>,
    message: String,
    hint: Option<String>,
}

impl FailureLine {
    fn new(failure: &Failure) -> Self {
        Self {
            stage: failure.stage.as_str(),
            repository: failure.repository.as_ref().map(ToString::to_string),
            reference: failure
                .reference
                .as_deref()
                .map(|r| text::harmless(r).into_owned()),
            class: failure.class.as_str(),
            status: failure.status,
            message: text::harmless(&failure.message).into_owned(),
            hint: failure
                .hint
                .as_deref()
                .map(|hint| text::harmless(hint).into_owned()),
        }
    }
}

impl CrawlLine {
    /// The line of a crawl that ended; `kept` is what the inventory holds now.
    pub fn new(
        registry: &RegistryName,
        summary: &Summary,
        record: &CrawlRecord,
        kept: Kept,
    ) -> Self {
        let traffic = &summary.progress.traffic;
        let has_failed = summary.outcome == Outcome::Failed;
        let said = |count: u64| (!has_failed).then_some(count);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            registry: registry.to_string(),
            outcome: summary.outcome.as_str(),
            product: summary
                .opened
                .as_ref()
                .and_then(|seen| seen.product.clone()),
            listed_by: summary.opened.as_ref().map(|seen| seen.listed_by.clone()),
            repositories: said(kept.repositories),
            tags: said(kept.tags),
            images: said(kept.images),
            kept: has_failed.then_some(kept),
            new: record.new,
            gone: record.gone,
            moved: record.moved,
            mismatched: record.mismatched,
            requests: traffic.requests,
            bytes_received: traffic.bytes_received,
            retries: traffic.retries,
            held_ms: millis(traffic.held.total()),
            elapsed_ms: millis(summary.elapsed),
            failures: summary.failures.iter().map(FailureLine::new).collect(),
            notes: (summary.notes.iter())
                .map(|note| text::harmless(note).into_owned())
                .collect(),
            retry_of: record.retry_of.map(|whole| whole.number),
            failures_counted: summary.progress.failures,
            held: traffic.held,
            unread: (summary.progress.indexes_found).saturating_sub(summary.progress.indexes_done),
        }
    }

    /// The crawl in a few lines for people: what is there, what changed, what failed and
    /// what to do. At most `most` failures one by one.
    pub fn sentences(&self, most: usize) -> String {
        let found = match (self.kept, self.repositories, self.tags, self.images) {
            (None, Some(repositories), Some(tags), Some(images)) => format!(
                "{}; {} new, {} gone, {} moved",
                contents(repositories, tags, images),
                self.new,
                self.gone,
                self.moved
            ),
            (Some(kept), ..) => kept.sentence(),
            _ => "nothing was read".to_owned(),
        };
        let mut out = format!(
            "{}: {}: {found}; {}, {} in {:.1} s",
            self.registry,
            self.outcome,
            counted(self.requests, "request", "requests"),
            text::size(self.bytes_received),
            self.elapsed_ms as f64 / 1000.0,
        );
        if self.retries > 0 {
            let _ = write!(out, ", {} sent again", self.retries);
        }
        if let Some(crawl) = self.retry_of {
            let _ = write!(out, "; only what failed since crawl {crawl} was read again");
        }
        if self.mismatched > 0 {
            let images = counted(self.mismatched, "image", "images");
            let _ = write!(
                out,
                "; {images} did not match what was kept, and were kept anew"
            );
        }
        if self.unread > 0 {
            let indexes = counted(self.unread, "index is", "indexes are");
            let _ = write!(
                out,
                "; the images of {indexes} unread, the next crawl goes on there"
            );
        }
        if let Some(held) = held(&self.held) {
            let _ = write!(out, "; {held}");
        }
        if let Some(by) = self.listed_by.as_ref().filter(|by| *by != "v2") {
            let _ = write!(out, "; listed by {by}");
        }
        for note in self.notes.iter().take(most) {
            let _ = write!(out, "\n  note: {note}");
        }
        let mut last_hint = None;
        for failure in self.failures.iter().take(most) {
            let place = match (&failure.repository, &failure.reference) {
                (Some(repository), Some(reference)) => {
                    let between = if reference.contains(':') { '@' } else { ':' };
                    format!("{repository}{between}{reference}: ")
                }
                (Some(repository), None) => format!("{repository}: "),
                _ => String::new(),
            };
            let _ = write!(out, "\n  {}: {place}{}", failure.stage, failure.message);
            if failure.hint != last_hint {
                if let Some(hint) = &failure.hint {
                    let _ = write!(out, "\n    → {hint}");
                }
                last_hint.clone_from(&failure.hint);
            }
        }
        let shown = self.failures.len().min(most) as u64;
        if self.failures_counted > shown {
            let more = counted(
                self.failures_counted - shown,
                "more failure",
                "more failures",
            );
            let _ = write!(out, "\n  and {more}: `--format json` lists them");
        }
        out
    }
}

impl Kept {
    /// What there is after a crawl that read nothing.
    fn sentence(&self) -> String {
        match self.read_before {
            None => "nothing was read".to_owned(),
            Some(at) => format!(
                "nothing was read; kept from the crawl of {}: {}",
                at.strftime("%Y-%m-%d %H:%M UTC"),
                contents(self.repositories, self.tags, self.images)
            ),
        }
    }
}

fn contents(repositories: u64, tags: u64, images: u64) -> String {
    [
        counted(repositories, "repository", "repositories"),
        counted(tags, "tag", "tags"),
        counted(images, "image", "images"),
    ]
    .join(", ")
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How long a crawl stood still, and for what; `None` where that is not worth a word.
fn held(held: &Held) -> Option<String> {
    const WORTH: Duration = Duration::from_millis(50);
    let seconds = |time: Duration| {
        let (whole, tenths) = (time.as_secs(), time.subsec_millis() / 100);
        match (whole, tenths) {
            (_, 0) | (10.., _) => format!("{whole} s"),
            _ => format!("{whole}.{tenths} s"),
        }
    };
    let away = format!("the registry was away {}", seconds(held.away));
    let status = held.refused_with.unwrap_or(429);
    let refused = format!("refused with {status} for {}", seconds(held.refused));
    let why = match (held.away > WORTH, held.refused > WORTH) {
        (true, true) => format!("{away}, {refused}"),
        (true, false) => away,
        (false, true) => refused,
        (false, false) => return None,
    };
    Some(format!("held {}: {why}", seconds(held.total())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_held_is_told_with_what_it_was_for() {
        for (away, refused, wanted) in [
            (0, 0, None),
            (10, 20, None),
            (
                6000,
                2000,
                Some("held 8 s: the registry was away 6 s, refused with 429 for 2 s"),
            ),
            (3250, 0, Some("held 3.2 s: the registry was away 3.2 s")),
            (0, 64_900, Some("held 64 s: refused with 429 for 64 s")),
        ] {
            let spent = Held {
                away: Duration::from_millis(away),
                refused: Duration::from_millis(refused),
                refused_with: Some(429),
            };
            assert_eq!(held(&spent).as_deref(), wanted);
        }
    }
    use crate::model::{Class, Progress, Stage, Traffic};

    fn line(failures: usize) -> CrawlLine {
        of(Outcome::Partial, failures, None)
    }

    fn of(outcome: Outcome, failures: usize, read_before: Option<Timestamp>) -> CrawlLine {
        let failure = Failure::new(Stage::Manifest, Class::Digest, "the bytes differ")
            .in_repository(&"team/app".parse().unwrap())
            .at_reference("1.0")
            .with_hint("compare with another client");
        let summary = Summary {
            outcome,
            progress: Progress {
                failures: failures as u64,
                traffic: Traffic {
                    requests: 1,
                    bytes_received: 512,
                    ..Traffic::default()
                },
                ..Progress::default()
            },
            failures: vec![failure; failures],
            elapsed: std::time::Duration::from_millis(1234),
            memory: None,
            cut: false,
            opened: None,
            notes: Vec::new(),
            resume_at: None,
        };
        let record = CrawlRecord {
            number: 1,
            started: crate::model::Timestamp::UNIX_EPOCH,
            elapsed: None,
            outcome: None,
            running: false,
            new: 1,
            gone: 0,
            moved: 0,
            changes: 0,
            failures: failures as u64,
            mismatched: 0,
            resume_at: None,
            traffic: Traffic::default(),
            retry_of: None,
            notes: Vec::new(),
        };
        let kept = Kept {
            repositories: 1,
            tags: 2,
            images: 3,
            read_before,
        };
        CrawlLine::new(&"hub".parse().unwrap(), &summary, &record, kept)
    }

    #[test]
    fn a_failed_crawl_does_not_count_what_it_did_not_read() {
        let begun = |line: &CrawlLine| {
            let told = line.sentences(0);
            told.split_once("; 1 request").unwrap().0.to_owned()
        };
        let first = of(Outcome::Failed, 1, None);
        assert_eq!(begun(&first), "hub: failed: nothing was read");
        let later = of(Outcome::Failed, 1, Some(Timestamp::UNIX_EPOCH));
        assert_eq!(
            begun(&later),
            "hub: failed: nothing was read; kept from the crawl of 1970-01-01 00:00 UTC: \
             1 repository, 2 tags, 3 images"
        );
        assert_eq!(
            (later.repositories, later.tags, later.images),
            (None, None, None)
        );
    }

    #[test]
    fn a_retry_says_of_which_crawl_it_is() {
        let mut retry = line(0);
        retry.retry_of = Some(7);
        let told = retry.sentences(2);
        assert!(
            told.ends_with("; only what failed since crawl 7 was read again"),
            "{told}"
        );
    }

    #[test]
    fn what_a_crawl_did_not_come_to_is_said() {
        let mut stopped = line(0);
        assert!(!stopped.sentences(2).contains("unread"));
        stopped.unread = 3;
        let told = stopped.sentences(2);
        let wanted = "; the images of 3 indexes are unread, the next crawl goes on there";
        assert!(told.ends_with(wanted), "{told}");
    }

    #[test]
    fn a_crawl_is_told_with_its_failures_and_what_to_do() {
        assert_eq!(
            line(3).sentences(2),
            "hub: partial: 1 repository, 2 tags, 3 images; 1 new, 0 gone, 0 moved; 1 request, \
             512 B in 1.2 s\n  manifest: team/app:1.0: the bytes differ\n    \
             → compare with another client\n  manifest: team/app:1.0: the bytes differ\n  \
             and 1 more failure: `--format json` lists them"
        );
    }
}
