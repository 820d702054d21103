//! What goes wrong at a product's API, what a check says of it, and what was asked.

use std::time::Duration;

use supercargo::check::{Audience, check};
use supercargo::job::Ended;
use supercargo::model::{
    CheckReport, Class, Credentials, Outcome, RegistrySpec, Secret, Stage, Verdict,
};
use supercargo::secret::Found;
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, ImageSpec, IndexSpec, Method, On, Recorded,
    Simulator, What, When,
};

use super::{Scenario, images, spec};

/// Ten images in a repository, each with a tag; none of another seed's.
pub(super) fn put_ten_tags(content: &Content, name: &str, seed: u64) {
    for tag in 0..10 {
        let image = ImageSpec::new("linux/amd64", seed * 100 + tag);
        let digest = content.put_image(name, &image);
        content.tag(name, &format!("1.{tag}"), &digest);
    }
}

/// An index of one image that is none of those.
pub(super) fn put_index_of_one(content: &Content, name: &str, seed: u64) {
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/amd64", seed * 100 + 50)],
        attestations: false,
        docker: false,
    };
    content.tag(name, "multi", &content.put_index(name, &index));
}

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

/// This document in place of the product's answer.
pub(super) fn json(body: &str) -> What {
    say(200, "application/json", body)
}

/// A refusal that is worth another try at once.
pub(super) fn wait(code: u16) -> What {
    What::Status {
        code,
        retry_after: Some(0),
    }
}

/// A redirect to the same path at another server.
pub(super) fn leads_on(path: &str, there: &str) -> Fault {
    fault(path, What::RedirectTo(format!("{there}{path}")))
}

/// A server that is none of the registry's.
pub(super) async fn a_stranger() -> Simulator {
    let started = Simulator::start(Content::empty(), Behaviour::default()).await;
    started.unwrap()
}

pub(super) fn heard_nothing(stranger: &Simulator) {
    let requests = stranger.requests();
    assert!(requests.is_empty(), "{:#?}", shown(&requests));
}

/// What a registry's API may answer that is no list, and what the crawl is to say of it.
pub(super) fn no_lists() -> Vec<(What, &'static str)> {
    let login = "<!doctype html><html><title>Sign in</title><form></form></html>";
    vec![
        (What::Html, "an HTML page"),
        (say(200, "text/html", login), "sign-in page"),
        (json("[{\"name\":\"ba"), "half of it"),
        (say(403, "application/json", "{}"), "403"),
        (say(404, "application/json", "{}"), "404"),
    ]
}

/// How many requests hold this in their path or query.
pub(super) fn asked(requests: &[Recorded], part: &str) -> usize {
    let has = |request: &&Recorded| request.path_and_query.contains(part);
    requests.iter().filter(has).count()
}

/// What a crawl says beside its failures.
pub(super) fn notes(ended: &Ended) -> String {
    ended.summary.notes.join("; ")
}

/// How often a sign-in was refused: at the registry, at its API, or where one asks for a
/// token by `POST`, with the secret in the body.
pub(super) fn refused(requests: &[Recorded]) -> usize {
    let is_sign_in = |request: &&Recorded| {
        request.authorization != Authorization::None || request.method == Method::POST
    };
    let refused = requests.iter().filter(is_sign_in);
    refused
        .filter(|request| request.status == Some(401))
        .count()
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
    /// Crawls where the sign-in with this secret is refused: it is tried once, it is told
    /// what to do, and all that was known stays.
    pub(super) async fn crawl_refused(&mut self, secret: &str) -> (Ended, Vec<Recorded>) {
        let before = images(&self.rows());
        let (ended, requests) = self.crawl().await;
        assert_eq!(ended.summary.outcome, Outcome::Failed);
        let failure = &ended.summary.failures[0];
        assert_eq!(failure.class, Class::Authentication, "{failure:?}");
        assert!(failure.hint.is_some(), "{failure:?}");
        assert_eq!(refused(&requests), 1, "{:#?}", shown(&requests));
        assert_eq!(ended.record.gone, 0);
        assert_eq!(before, images(&self.rows()));
        self.is_harmless(&ended, secret);
        (ended, requests)
    }

    /// That neither what a crawl says nor what it leaves holds this secret, or anything that
    /// a terminal obeys.
    pub(super) fn is_harmless(&self, ended: &Ended, secret: &str) {
        // As it is, and as `Debug` writes it.
        let told = format!("{:#?}\n{:#?}", ended.summary, self.rows());
        for harm in [secret, "\u{1b}", "\\u{1b}", "\u{202e}", "\\u{202e}"] {
            assert!(!told.contains(harm), "{harm:?}: {told}");
        }
    }

    /// Checks the connection, signed in by `account` and this token of the API.
    pub(super) async fn checked(
        &self,
        account: Option<(&str, &str)>,
        api_token: Option<&str>,
    ) -> CheckReport {
        checked(&self.bench.registry().spec, account, api_token).await
    }
}

/// Checks the connection to a registry of which there is no inventory.
pub(super) async fn checked_at(
    address: &str,
    account: Option<(&str, &str)>,
    settings: &[(&str, &str)],
) -> CheckReport {
    checked(&spec(address, account, settings), account, None).await
}

async fn checked(
    spec: &RegistrySpec,
    account: Option<(&str, &str)>,
    api_token: Option<&str>,
) -> CheckReport {
    let found = Found {
        credentials: account.map(|(name, secret)| Credentials::new(name, Secret::new(secret))),
        place: "the test".to_owned(),
        api_token: api_token.map(Secret::new),
        ..Found::default()
    };
    let look = |_| std::future::ready(Ok(found));
    // Boxed: it is large, and is on the stack of whoever asks for it.
    Box::pin(check(
        spec,
        look,
        Duration::from_secs(20),
        Audience::default(),
    ))
    .await
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
