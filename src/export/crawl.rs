//! Ended crawls: `crawl --format json`, and the same in a sentence.

use std::fmt::Write as _;

use serde::Serialize;

use super::Row;
use crate::model::{CrawlRecord, Failure, RegistryName, Summary, text};

/// A line a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrawlLine {
    registry: String,
    outcome: &'static str,
    repositories: u64,
    tags: u64,
    images: u64,
    new: u64,
    gone: u64,
    moved: u64,
    requests: u64,
    bytes_received: u64,
    retries: u64,
    elapsed_ms: u64,
    failures: Vec<FailureLine>,
    #[serde(skip)]
    failures_counted: u64,
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
    /// The line of a crawl that ended; `totals` are the repositories, tags and images that
    /// the inventory holds now.
    pub fn new(
        registry: &RegistryName,
        summary: &Summary,
        record: &CrawlRecord,
        totals: (u64, u64, u64),
    ) -> Self {
        let traffic = &summary.progress.traffic;
        Self {
            registry: registry.to_string(),
            outcome: summary.outcome.as_str(),
            repositories: totals.0,
            tags: totals.1,
            images: totals.2,
            new: record.new,
            gone: record.gone,
            moved: record.moved,
            requests: traffic.requests,
            bytes_received: traffic.bytes_received,
            retries: traffic.retries,
            elapsed_ms: u64::try_from(summary.elapsed.as_millis()).unwrap_or(u64::MAX),
            failures: summary.failures.iter().map(FailureLine::new).collect(),
            failures_counted: summary.progress.failures,
        }
    }

    /// The line of a crawl that could not begin.
    pub fn not_begun(registry: &RegistryName, failure: &Failure) -> Self {
        Self {
            registry: registry.to_string(),
            outcome: "failed",
            repositories: 0,
            tags: 0,
            images: 0,
            new: 0,
            gone: 0,
            moved: 0,
            requests: 0,
            bytes_received: 0,
            retries: 0,
            elapsed_ms: 0,
            failures: vec![FailureLine::new(failure)],
            failures_counted: 1,
        }
    }

    /// The crawl in a few lines for people: what is there, what changed, what failed and
    /// what to do. At most `most` failures one by one.
    pub fn sentences(&self, most: usize) -> String {
        let mut out = format!(
            "{}: {}: {} repositories, {} tags, {} images; {} new, {} gone, {} moved; \
             {} requests, {} in {:.1} s",
            self.registry,
            self.outcome,
            self.repositories,
            self.tags,
            self.images,
            self.new,
            self.gone,
            self.moved,
            self.requests,
            text::size(self.bytes_received),
            self.elapsed_ms as f64 / 1000.0,
        );
        if self.retries > 0 {
            let _ = write!(out, ", {} sent again", self.retries);
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
            let more = self.failures_counted - shown;
            let _ = write!(
                out,
                "\n  and {more} more failures: `--format json` lists them"
            );
        }
        out
    }
}

impl Row for CrawlLine {
    const COLUMNS: &'static [&'static str] = &[
        "REGISTRY",
        "OUTCOME",
        "REPOSITORIES",
        "TAGS",
        "IMAGES",
        "NEW",
        "GONE",
        "MOVED",
        "FAILURES",
    ];
    const FIELDS: &'static [&'static str] = &[
        "registry",
        "outcome",
        "repositories",
        "tags",
        "images",
        "new",
        "gone",
        "moved",
        "requests",
        "bytes_received",
        "retries",
        "elapsed_ms",
        "failures",
    ];

    fn cells(&self) -> Vec<String> {
        let numbers = [
            self.repositories,
            self.tags,
            self.images,
            self.new,
            self.gone,
            self.moved,
            self.failures_counted,
        ];
        [self.registry.clone(), self.outcome.to_owned()]
            .into_iter()
            .chain(numbers.iter().map(u64::to_string))
            .collect()
    }

    fn fields(&self) -> Vec<String> {
        let numbers = [
            self.repositories,
            self.tags,
            self.images,
            self.new,
            self.gone,
            self.moved,
            self.requests,
            self.bytes_received,
            self.retries,
            self.elapsed_ms,
            self.failures_counted,
        ];
        [self.registry.clone(), self.outcome.to_owned()]
            .into_iter()
            .chain(numbers.iter().map(u64::to_string))
            .collect()
    }
}
