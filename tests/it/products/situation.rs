//! What goes wrong at a product's API, what a check says of it, and what was asked.

use std::time::Duration;

use supercargo::check::{Audience, check};
use supercargo::model::{CheckReport, Credentials, Secret, Stage, Verdict};
use supercargo::secret::Found;
use supercargo::simulator::{Fault, On, Recorded, What, When};

use super::Scenario;

/// `what` whenever a path holds `path`.
pub(super) fn fault(path: &str, what: What) -> Fault {
    Fault {
        on: On {
            path: Some(path.to_owned()),
            ..On::default()
        },
        when: When::Always,
        what,
    }
}

/// An answer of this status and body in place of the product's.
pub(super) fn say(code: u16, kind: &str, body: &str) -> What {
    What::Say {
        code,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: body.to_owned(),
    }
}

/// What a registry's API may answer that is no list, and what the crawl is to say of it.
pub(super) fn no_lists() -> Vec<(What, &'static str)> {
    let login = "<!doctype html><html><title>Sign in</title><form></form></html>";
    vec![
        (What::Html, "an HTML page"),
        (say(200, "text/html", login), "sign-in page"),
        (
            say(200, "application/json", "[{\"name\":\"ba"),
            "half of it",
        ),
        (say(403, "application/json", "{}"), "403"),
        (say(404, "application/json", "{}"), "404"),
    ]
}

/// How many requests hold this in their path or query.
pub(super) fn asked(requests: &[Recorded], part: &str) -> usize {
    let has = |request: &&Recorded| request.path_and_query.contains(part);
    requests.iter().filter(has).count()
}

/// The requests, as assertions show them.
pub(super) fn shown(requests: &[Recorded]) -> Vec<String> {
    let line = |request: &Recorded| {
        format!(
            "{:?} {} {} {:?} {:?}",
            request.origin,
            request.method,
            request.path_and_query,
            request.authorization,
            request.status
        )
    };
    requests.iter().map(line).collect()
}

impl Scenario {
    /// Checks the connection, signed in by `account` and this token of the API.
    pub(super) async fn checked(
        &self,
        account: Option<(&str, &str)>,
        api_token: Option<&str>,
    ) -> CheckReport {
        let found = Found {
            credentials: account.map(|(name, secret)| Credentials::new(name, Secret::new(secret))),
            place: "the test".to_owned(),
            api_token: api_token.map(Secret::new),
            ..Found::default()
        };
        let spec = self.bench.registry().spec;
        let look = |_| std::future::ready(Ok(found));
        check(&spec, look, Duration::from_secs(20), Audience::default()).await
    }
}

/// What a check says of the product's API.
pub(super) fn of_api(report: &CheckReport) -> String {
    let stage = report.stages.iter().find(|stage| stage.stage == Stage::Api);
    match stage.map(|stage| &stage.verdict) {
        Some(Verdict::Passed(said)) => format!("passed: {said}"),
        Some(Verdict::Failed(failure)) => format!("failed: {failure:?}"),
        Some(Verdict::Skipped(why)) => format!("skipped: {why}"),
        other => format!("{other:?}"),
    }
}
