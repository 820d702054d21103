//! The connection check: one registry, stage by stage, each bounded, each with a verdict.
//!
//! Owns the order of the stages and what each says. Sends no more than it must: nothing
//! is tried twice, and a wrong password is one attempt. Knows nothing of crawls or stores.

mod content;
mod network;
mod ping;
mod sign_in;
#[cfg(test)]
mod tests;
mod tls;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

pub use crate::http::Watcher;
use crate::http::{Cover, Http, HttpError};
use crate::model::{
    AuthType, CheckReport, Class, Failure, RegistrySpec, Stage, StageReport, Verdict,
};
use crate::registry::Registry;
use crate::secret::Found;

/// Checks the way to the registry of `spec`, from its name to one of its manifests, within
/// `budget`. `look` looks for credentials within the time it is given, once there is a
/// connection that could need them: a failure there is one stage's. What it takes beyond
/// that time does not count, because then a person was asked.
pub async fn check<L: Future<Output = Result<Found, Failure>>>(
    spec: &RegistrySpec,
    look: impl FnOnce(Duration) -> L,
    budget: Duration,
    audience: Audience,
) -> CheckReport {
    let http = Http::watched(spec, audience.exchanges);
    let cover = http.as_ref().map(Http::cover).cloned().unwrap_or_default();
    let mut run = Run::new(spec, budget, audience.stages, cover);
    let connected = match run.network(http.as_ref().ok()).await {
        Ok(line) => run.tls(http.as_ref().ok(), line).await,
        Err(stage) => Err(stage),
    };
    run.protocol(http, look, connected).await;
    run.report
}

/// Who is told of a check while it goes on.
#[derive(Clone, Default)]
pub struct Audience {
    /// Told of every request and its answer.
    pub exchanges: Option<Watcher>,
    /// Has the report so far, anew after each stage. From the check to whoever shows it;
    /// only the latest counts.
    pub stages: Option<watch::Sender<CheckReport>>,
}

/// Longest text of a report, in characters.
const SHOWN: usize = 2000;

/// A check under way.
struct Run<'a> {
    spec: &'a RegistrySpec,
    budget: Duration,
    deadline: Instant,
    report: CheckReport,
    stages: Option<watch::Sender<CheckReport>>,
    /// Everything that comes into the report is covered by it.
    cover: Cover,
}

impl<'a> Run<'a> {
    fn new(
        spec: &'a RegistrySpec,
        budget: Duration,
        stages: Option<watch::Sender<CheckReport>>,
        cover: Cover,
    ) -> Self {
        Self {
            cover,
            spec,
            budget,
            deadline: Instant::now() + budget,
            report: CheckReport::default(),
            stages,
        }
    }

    /// Everything behind the connection. `connected` is the stage that failed before.
    async fn protocol<L: Future<Output = Result<Found, Failure>>>(
        &mut self,
        http: Result<Http, HttpError>,
        look: impl FnOnce(Duration) -> L,
        connected: Result<(), Stage>,
    ) {
        let http = match (http, connected) {
            (Ok(http), Ok(())) => http.without_retries(),
            (Err(error), _) => {
                let failure = unanswered(Stage::Tls, &error);
                self.settle(Stage::Tls, Verdict::Failed(failure));
                return self.skip_rest("the settings for TLS or the proxy cannot be used");
            }
            (Ok(_), Err(Stage::Tls)) => {
                return self.skip_rest("it is not known who answers: `tls` failed");
            }
            (Ok(_), Err(stage)) => {
                return self.skip_rest(&format!("there is no connection: `{stage}` failed"));
            }
        };
        let (found, unread) = match self.credentials(look).await {
            Ok(found) => (found, None),
            Err(failure) => (Found::default(), Some(failure)),
        };
        let registry = match Registry::over(http.clone(), self.spec, found.secrets()) {
            Ok(registry) => registry,
            Err(failure) => {
                self.settle(failure.stage, Verdict::Failed(failure));
                return self.skip_rest("the settings cannot be used");
            }
        };
        let ping = match self.ping(&registry).await {
            Ok(ping) => ping,
            // Firewalls forbid the ping alone; everything else would fail the same way.
            Err(Class::Denied) => {
                self.skip(Stage::Challenge, "the ping was forbidden");
                self.skip(Stage::Token, "the ping was forbidden");
                return self.content(&registry, Standing::AsSet).await;
            }
            Err(_) => return self.skip_rest("the registry did not answer the ping"),
        };
        let signed_in = self.sign_in(&registry, &ping, &found, unread).await;
        if signed_in {
            return self.content(&registry, Standing::AsSet).await;
        }
        // What anybody may read can still be looked at, and no password is refused again.
        let mut nobody = self.spec.clone();
        nobody.auth = AuthType::Anonymous;
        match Registry::over(http, &nobody, None) {
            Ok(registry) => self.content(&registry, Standing::AsNobody).await,
            Err(_) => self.skip_rest("not signed in"),
        }
    }

    async fn credentials<L: Future<Output = Result<Found, Failure>>>(
        &mut self,
        look: impl FnOnce(Duration) -> L,
    ) -> Result<Found, Failure> {
        let began = Instant::now();
        let left = self.deadline.saturating_duration_since(began);
        let limit = left.min(self.budget / 2);
        let found = look(limit).await;
        self.deadline += began.elapsed().saturating_sub(limit);
        found
    }

    fn add(&mut self, stage: Stage, verdict: Verdict, elapsed: Duration) {
        self.add_seen(stage, verdict, elapsed, Vec::new());
    }

    fn add_seen(&mut self, stage: Stage, verdict: Verdict, elapsed: Duration, facts: Vec<String>) {
        let verdict = self.covered(verdict);
        let facts = facts.into_iter().map(|fact| self.text(&fact)).collect();
        self.report.stages.push(StageReport {
            stage,
            verdict,
            facts,
            elapsed,
        });
        self.tell();
    }

    fn covered(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Passed(said) => Verdict::Passed(self.text(&said)),
            Verdict::Skipped(why) => Verdict::Skipped(self.text(&why)),
            Verdict::Failed(mut failure) => {
                failure.message = self.text(&failure.message);
                Verdict::Failed(failure)
            }
        }
    }

    fn text(&self, text: &str) -> String {
        self.cover.show(text, SHOWN).into_string()
    }

    fn tell(&self) {
        if let Some(stages) = &self.stages {
            stages.send_replace(self.report.clone());
        }
    }

    fn skip(&mut self, stage: Stage, why: impl Into<String>) {
        self.add(stage, Verdict::Skipped(why.into()), Duration::ZERO);
    }

    /// Gives `stage` this verdict, also where it had another: some things come to light
    /// only afterwards.
    fn settle(&mut self, stage: Stage, verdict: Verdict) {
        let verdict = self.covered(verdict);
        let mut done = self.report.stages.iter_mut();
        match done.find(|done| done.stage == stage) {
            Some(done) => {
                done.verdict = verdict;
                self.tell();
            }
            None => self.add(stage, verdict, Duration::ZERO),
        }
    }

    /// Skips every stage that has no verdict yet.
    fn skip_rest(&mut self, why: &str) {
        for stage in Stage::OF_A_CHECK {
            let done = self.report.stages.iter().any(|done| done.stage == stage);
            if !done {
                self.skip(stage, why);
            }
        }
        self.report.stages.sort_by_key(|report| report.stage);
    }

    /// Does the work of `stage` within what is left of the time, and within half of all of
    /// it: one slow stage must not hide the others.
    async fn bounded<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> (Result<T, Failure>, Duration) {
        let began = Instant::now();
        let limit = self.deadline.min(began + self.budget / 2);
        let result = timeout_at(limit, work).await.unwrap_or_else(|_| {
            let given = limit.saturating_duration_since(began);
            let given = Duration::from_millis(u64::try_from(given.as_millis()).unwrap_or(0));
            let message = if limit == self.deadline {
                format!("not done when the check's {:?} were over", self.budget)
            } else {
                format!("not done after {given:?}, half of the time of this check")
            };
            Err(Failure::new(stage, Class::Timeout, message).with_hint(
                "the registry or the way to it is slow, or it asked for a pause: a longer \
                 `--timeout` waits for it",
            ))
        });
        (result, began.elapsed())
    }
}

/// As whom the content is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// As the settings say.
    AsSet,
    /// As anybody, because signing in failed.
    AsNobody,
}

/// What kept the transport from answering, as a failure of `stage`.
fn unanswered(stage: Stage, error: &HttpError) -> Failure {
    let mut failure = Failure::new(stage, error.class(), error.to_string());
    failure.hint = error.hint();
    failure
}

/// `result` as a verdict, `say` putting a success into words.
fn verdict<T>(result: &Result<T, Failure>, say: impl FnOnce(&T) -> String) -> Verdict {
    match result {
        Ok(value) => Verdict::Passed(say(value)),
        Err(failure) => Verdict::Failed(failure.clone()),
    }
}
