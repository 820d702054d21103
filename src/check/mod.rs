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

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::http::{Http, HttpError};
use crate::model::{
    CheckReport, Class, Credentials, Failure, RegistrySpec, Stage, StageReport, Verdict,
};
use crate::registry::Registry;

/// Checks the way to the registry of `spec`, from its name to one of its manifests, within
/// `budget`. `credentials` is what came of reading them: a failure there is one stage's.
pub async fn check(
    spec: &RegistrySpec,
    credentials: Result<Option<Credentials>, Failure>,
    budget: Duration,
) -> CheckReport {
    let mut run = Run::new(spec, budget);
    let http = Http::new(spec);
    let proxy = http.as_ref().ok().and_then(Http::proxy).map(str::to_owned);
    let connected = run.network(proxy.as_deref()).await;
    run.protocol(http, credentials, connected).await;
    run.report
}

/// A check under way.
struct Run<'a> {
    spec: &'a RegistrySpec,
    budget: Duration,
    deadline: Instant,
    report: CheckReport,
}

impl<'a> Run<'a> {
    fn new(spec: &'a RegistrySpec, budget: Duration) -> Self {
        Self {
            spec,
            budget,
            deadline: Instant::now() + budget,
            report: CheckReport::default(),
        }
    }

    /// Everything behind the connection. `connected` is the stage that failed before.
    async fn protocol(
        &mut self,
        http: Result<Http, HttpError>,
        credentials: Result<Option<Credentials>, Failure>,
        connected: Result<(), Stage>,
    ) {
        let (secret, unread) = match credentials {
            Ok(credentials) => (credentials, None),
            Err(failure) => (None, Some(failure)),
        };
        let has_credentials = secret.is_some();
        let registry = match http {
            Ok(http) => Registry::over(http.without_retries(), self.spec, secret),
            Err(error) => {
                let mut failure = Failure::new(Stage::Tls, error.class(), error.to_string());
                failure.hint = error.hint();
                Err(failure)
            }
        };
        let registry = match (registry, connected) {
            (Ok(registry), Ok(())) => registry,
            (Err(failure), _) => {
                self.add(Stage::Tls, Verdict::Failed(failure), Duration::ZERO);
                return self.skip_rest("the settings for TLS or the proxy cannot be used");
            }
            (Ok(_), Err(stage)) => {
                return self.skip_rest(&format!("there is no connection: `{stage}` failed"));
            }
        };
        let ping = match self.ping(&registry).await {
            Ok(ping) => ping,
            // Firewalls forbid the ping alone; everything else would fail the same way.
            Err(Class::Denied) => {
                self.skip(Stage::Challenge, "the ping was forbidden");
                self.skip(Stage::Token, "the ping was forbidden");
                return self.content(&registry).await;
            }
            Err(_) => return self.skip_rest("the registry did not answer the ping"),
        };
        let may_go_on = self
            .sign_in(&registry, &ping, unread, has_credentials)
            .await;
        if !may_go_on {
            return self.skip_rest("not signed in");
        }
        self.content(&registry).await;
    }

    fn add(&mut self, stage: Stage, verdict: Verdict, elapsed: Duration) {
        self.report.stages.push(StageReport {
            stage,
            verdict,
            elapsed,
        });
    }

    fn skip(&mut self, stage: Stage, why: impl Into<String>) {
        self.add(stage, Verdict::Skipped(why.into()), Duration::ZERO);
    }

    /// Skips every stage that has no verdict yet.
    fn skip_rest(&mut self, why: &str) {
        for stage in STAGES {
            let done = self.report.stages.iter().any(|done| done.stage == stage);
            if !done {
                self.skip(stage, why);
            }
        }
    }

    /// Does the work of `stage` within what is left of the time.
    async fn bounded<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> (Result<T, Failure>, Duration) {
        let began = Instant::now();
        let result = timeout_at(self.deadline, work).await.unwrap_or_else(|_| {
            Err(Failure::new(
                stage,
                Class::Timeout,
                format!("not done when the check's {:?} were over", self.budget),
            )
            .with_hint("the registry or the way to it is slow, or it asked for a pause"))
        });
        (result, began.elapsed())
    }
}

/// The stages of a check, in their order.
const STAGES: [Stage; 10] = [
    Stage::Resolve,
    Stage::Connect,
    Stage::Proxy,
    Stage::Tls,
    Stage::Ping,
    Stage::Challenge,
    Stage::Token,
    Stage::Catalogue,
    Stage::Tags,
    Stage::Manifest,
];

/// `result` as a verdict, `say` putting a success into words.
fn verdict<T>(result: &Result<T, Failure>, say: impl FnOnce(&T) -> String) -> Verdict {
    match result {
        Ok(value) => Verdict::Passed(say(value)),
        Err(failure) => Verdict::Failed(failure.clone()),
    }
}
