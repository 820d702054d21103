//! The check's logic on a scripted transport, and its first stages on real sockets.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::http::scripted;
use crate::http::scripted::{Reply, Script};
use crate::model::{Credentials, ProxyChoice, RepositoryScope, Secret};

const BEARER: &str = r#"Bearer realm="http://auth/token",service="reg""#;

fn spec(address: &str) -> RegistrySpec {
    let mut spec = RegistrySpec::new("test".parse().unwrap(), address.parse().unwrap());
    spec.proxy = ProxyChoice::Off;
    spec.limits.read_timeout = Duration::from_millis(300);
    spec
}

fn ann() -> Credentials {
    Credentials::new("ann", Secret::new("hunter2"))
}

/// A check to which a connection is granted.
fn connected(spec: &RegistrySpec) -> Run<'_> {
    let mut run = Run::new(spec, Duration::from_mins(1), None, Cover::default());
    for stage in [Stage::Resolve, Stage::Connect, Stage::Proxy, Stage::Tls] {
        run.skip(stage, "scripted");
    }
    run
}

/// The protocol stages over `script`, the connection taken for granted.
async fn scripted_check(
    script: &Script,
    spec: &RegistrySpec,
    credentials: Result<Option<Credentials>, Failure>,
) -> CheckReport {
    let mut run = connected(spec);
    let http = scripted(script.clone(), &spec.limits);
    let found = credentials.map(|credentials| Found {
        credentials,
        place: "the test".to_owned(),
        ..Found::default()
    });
    run.protocol(Ok(http), |_| std::future::ready(found), Ok(()))
        .await;
    run.report
}

/// `stage: passed|failed|skipped text`, for every stage.
fn brief(report: &CheckReport) -> Vec<String> {
    let stages: Vec<Stage> = report.stages.iter().map(|report| report.stage).collect();
    assert_eq!(stages, Stage::OF_A_CHECK, "every stage once, in order");
    report
        .stages
        .iter()
        .map(|report| match &report.verdict {
            Verdict::Passed(said) => format!("{}: passed {said}", report.stage),
            Verdict::Failed(failure) => {
                assert_eq!(failure.stage, report.stage);
                format!("{}: failed {}", report.stage, failure.message)
            }
            Verdict::Skipped(why) => format!("{}: skipped {why}", report.stage),
        })
        .collect()
}

fn line<'a>(lines: &'a [String], stage: &str) -> &'a str {
    let prefix = format!("{stage}: ");
    lines
        .iter()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap()
}

fn content(script: &Script) {
    script.reply(
        "GET /v2/_catalog",
        Reply::json(r#"{"repositories":["empty","team/app"]}"#)
            .header("link", r#"</v2/_catalog?last=x>; rel="next""#),
    );
    script.reply(
        "GET /v2/empty/tags/list",
        Reply::json(r#"{"name":"empty","tags":null}"#),
    );
    script.reply(
        "GET /v2/team/app/tags/list",
        Reply::json(r#"{"name":"team/app","tags":["1.0","latest"]}"#),
    );
    script.reply(
        "GET /v2/team/app/manifests/latest",
        Reply::json(r#"{"manifests":[]}"#),
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_registry_passes() {
    let script = Script::new();
    script.reply("GET /v2/", Reply::json("{}"));
    content(&script);
    let report = scripted_check(&script, &spec("http://reg"), Ok(None)).await;
    assert!(report.ok());
    let lines = brief(&report);
    assert!(line(&lines, "ping").starts_with("passed 200"));
    assert!(line(&lines, "challenge").contains("no sign-in"));
    assert!(line(&lines, "token").starts_with("skipped"));
    assert_eq!(
        line(&lines, "catalogue"),
        "passed 2 repositories on the first page, more follow"
    );
    assert_eq!(line(&lines, "tags"), "passed `team/app`: 2 tags");
    assert!(line(&lines, "manifest").starts_with("passed `team/app:latest`: an index"));
    for path in [
        "GET /v2/",
        "GET /v2/_catalog",
        "GET /v2/empty/tags/list",
        "GET /v2/team/app/tags/list",
        "GET /v2/team/app/manifests/latest",
    ] {
        assert_eq!(script.count(path), 1, "{path}");
    }
    let facts = report.stages.iter().flat_map(|stage| &stage.facts);
    let facts = facts.cloned().collect::<Vec<_>>().join("\n");
    assert!(
        facts.contains("pages of 1000 were asked for; this one holds 2"),
        "{facts}"
    );
    assert!(
        facts.contains("whether deletion is on, is not said"),
        "{facts}"
    );
    assert!(
        facts.contains("there is no referrers API: it answers 404"),
        "{facts}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_shown_with_its_lifetime() {
    let script = Script::new();
    content(&script);
    let challenge = Reply::status(401).header("www-authenticate", BEARER);
    script.reply("GET /v2/", challenge);
    script.reply(
        "GET http://auth/token",
        Reply::json(r#"{"token":"t1","expires_in":300}"#),
    );
    let report = scripted_check(&script, &spec("http://reg"), Ok(Some(ann()))).await;
    assert!(report.ok(), "{report:?}");
    let lines = brief(&report);
    assert_eq!(
        line(&lines, "challenge"),
        r#"passed bearer realm="http://auth/token" service="reg""#
    );
    assert!(line(&lines, "token").contains("good for 300s"));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_exactly_one_attempt() {
    for challenge in [BEARER, r#"Basic realm="reg""#] {
        let script = Script::new();
        let refused = Reply::status(401).header("www-authenticate", challenge);
        script.reply("GET /v2/", refused.clone());
        script.reply("GET http://auth/token", refused.clone());
        content(&script);
        let report = scripted_check(&script, &spec("http://reg"), Ok(Some(ann()))).await;
        let failure = report.first_failure().unwrap();
        assert_eq!(
            (failure.stage, failure.class),
            (Stage::Token, Class::Authentication)
        );
        let sent = script
            .recorded()
            .iter()
            .filter(|recorded| recorded.header("authorization").is_some())
            .count();
        assert_eq!(sent, 1);
        // What anybody may see is still looked at.
        let lines = brief(&report);
        assert!(line(&lines, "catalogue").starts_with("passed open to anybody: 2 rep"));
        assert!(line(&lines, "manifest").starts_with("passed open to anybody"));
        script.reply("GET /v2/_catalog", refused);
        let report = scripted_check(&script, &spec("http://reg"), Ok(Some(ann()))).await;
        assert_eq!(
            line(&brief(&report), "catalogue"),
            "skipped not signed in, and it is not open to anybody"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_tried_twice() {
    let script = Script::new();
    script.reply("GET /v2/", Reply::status(503));
    let report = scripted_check(&script, &spec("http://reg"), Ok(None)).await;
    assert_eq!(script.recorded().len(), 1);
    let lines = brief(&report);
    assert!(line(&lines, "ping").starts_with("failed"));
    assert!(line(&lines, "manifest").contains("did not answer the ping"));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_read_fails_the_token_alone() {
    let unread = || {
        Err(Failure::new(
            Stage::Token,
            Class::Local,
            "`REG_PASSWORD` is not set",
        ))
    };
    let open = Script::new();
    open.reply("GET /v2/", Reply::json("{}"));
    content(&open);
    let report = scripted_check(&open, &spec("http://reg"), unread()).await;
    let lines = brief(&report);
    assert!(line(&lines, "token").contains("REG_PASSWORD"));
    assert!(line(&lines, "manifest").starts_with("passed"));

    let closed = Script::new();
    for path in ["GET /v2/", "GET /v2/_catalog"] {
        let challenge = Reply::status(401).header("www-authenticate", BEARER);
        closed.reply(path, challenge);
    }
    closed.reply("GET http://auth/token", Reply::status(401));
    let report = scripted_check(&closed, &spec("http://reg"), unread()).await;
    let lines = brief(&report);
    assert!(line(&lines, "token").contains("REG_PASSWORD"));
    assert!(line(&lines, "catalogue").starts_with("skipped not signed in"));
    let sent = closed.recorded();
    assert!(
        sent.iter()
            .all(|sent| sent.header("authorization").is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn later_stages_run_where_they_can() {
    // No catalogue, but a repository that is named.
    let script = Script::new();
    script.reply("GET /v2/", Reply::json("{}"));
    content(&script);
    script.reply("GET /v2/_catalog", Reply::status(404));
    let mut named = spec("http://reg");
    named.repositories = RepositoryScope::new(vec!["team/app".into()]).unwrap();
    let lines = brief(&scripted_check(&script, &named, Ok(None)).await);
    assert!(line(&lines, "catalogue").starts_with("failed"));
    assert!(line(&lines, "manifest").starts_with("passed"));

    named.load_full_list = false;
    let before = script.count("GET /v2/_catalog");
    let report = scripted_check(&script, &named, Ok(None)).await;
    assert!(report.ok());
    assert_eq!(script.count("GET /v2/_catalog"), before);

    // The ping alone is forbidden.
    script.reply("GET /v2/", Reply::status(403));
    let lines = brief(&scripted_check(&script, &named, Ok(None)).await);
    assert!(line(&lines, "ping").starts_with("failed"));
    assert!(line(&lines, "manifest").starts_with("passed"));
}

#[tokio::test(start_paused = true)]
async fn what_shows_only_at_the_ping_fails_its_own_stage() {
    // TLS 1.3 refuses a missing client certificate after the handshake.
    let script = Script::new();
    script.reply("GET /v2/", Reply::untrusted());
    let report = scripted_check(&script, &spec("https://reg"), Ok(None)).await;
    let failure = report.first_failure().unwrap();
    assert_eq!((failure.stage, failure.class), (Stage::Tls, Class::Tls));
    assert!(failure.hint.as_ref().unwrap().contains("ca-file"));
    assert!(line(&brief(&report), "ping").starts_with("skipped"));

    // A proxy that is handed each request refuses the first.
    script.reply("GET /v2/", Reply::status(407));
    let report = scripted_check(&script, &spec("http://reg"), Ok(None)).await;
    let failure = report.first_failure().unwrap();
    assert_eq!((failure.stage, failure.class), (Stage::Proxy, Class::Proxy));
    assert!(line(&brief(&report), "ping").starts_with("skipped"));
}

/// A registry whose catalogue does not come.
fn hanging() -> Script {
    let script = Script::new();
    script.reply("GET /v2/", Reply::json("{}"));
    content(&script);
    script.reply(
        "GET /v2/_catalog",
        Reply::json("{}").after(Duration::from_hours(1)),
    );
    script
}

#[tokio::test(start_paused = true)]
async fn the_budget_ends_it() {
    let script = hanging();
    let began = Instant::now();
    let report = scripted_check(&script, &spec("http://reg"), Ok(None)).await;
    // One slow stage does not take the time of all.
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    let failure = report.first_failure().unwrap();
    assert_eq!(
        (failure.stage, failure.class),
        (Stage::Catalogue, Class::Timeout)
    );
    assert!(failure.message.contains("30s, half"), "{failure}");
    assert!(failure.hint.as_ref().unwrap().contains("--timeout"));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_person_who_is_asked_does_not_count() {
    let script = hanging();
    let spec = spec("http://reg");
    let mut run = connected(&spec);
    let http = scripted(script, &spec.limits);
    let began = Instant::now();
    let look = async |limit| {
        assert_eq!(limit, Duration::from_secs(30));
        tokio::time::sleep(Duration::from_hours(2)).await;
        Ok(Found::default())
    };
    run.protocol(Ok(http), look, Ok(())).await;
    // Half a minute of looking counts, and so half a minute is left for what hangs.
    let spent = began.elapsed().saturating_sub(Duration::from_hours(2));
    assert_eq!(spent, Duration::from_secs(30));
    assert!(line(&brief(&run.report), "catalogue").contains("60s were over"));
}

#[tokio::test(start_paused = true)]
async fn each_stage_is_told_of_when_it_is_done() {
    let script = Script::new();
    script.reply("GET /v2/", Reply::json("{}").after(Duration::from_secs(2)));
    content(&script);
    let page = Reply::json(r#"{"repositories":["team/app"]}"#);
    script.reply("GET /v2/_catalog", page.after(Duration::from_secs(2)));
    let spec = spec("http://reg");
    let (stages, mut told) = watch::channel(CheckReport::default());
    let mut run = Run::new(
        &spec,
        Duration::from_mins(1),
        Some(stages),
        Cover::default(),
    );
    run.skip(Stage::Tls, "scripted");
    let http = scripted(script, &spec.limits);
    let look = |_| std::future::ready(Ok(Found::default()));
    let seen = async {
        let mut seen = Vec::new();
        while told.changed().await.is_ok() {
            let report = told.borrow_and_update();
            seen.push(report.stages.last().map(|stage| stage.stage));
        }
        seen
    };
    let check = async move { run.protocol(Ok(http), look, Ok(())).await };
    let ((), seen) = tokio::join!(check, seen);
    assert_eq!(seen.first(), Some(&Some(Stage::Tls)), "{seen:?}");
    assert_eq!(seen.last(), Some(&Some(Stage::Manifest)), "{seen:?}");
    // What is skipped at once is told with what comes next.
    assert!(seen.contains(&Some(Stage::Api)), "{seen:?}");
}

mod sockets {
    use super::*;

    #[tokio::test]
    async fn nobody_is_asked_for_a_password_where_there_is_no_connection() {
        let spec = spec("http://nosuch.invalid");
        let look = async |_| panic!("there is nothing to sign in to");
        let report = check(&spec, look, Duration::from_secs(20), Audience::default()).await;
        assert_eq!(report.first_failure().unwrap().stage, Stage::Resolve);
    }

    async fn nobody(_: Duration) -> Result<Found, Failure> {
        Ok(Found::default())
    }

    async fn run(spec: &RegistrySpec) -> (CheckReport, Vec<String>) {
        let report = check(spec, nobody, Duration::from_secs(20), Audience::default()).await;
        let lines = brief(&report);
        (report, lines)
    }

    async fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    let _ = socket.read(&mut buffer).await;
                    let _ = socket.write_all(answer.as_bytes()).await;
                });
            }
        });
        address.to_string()
    }

    #[tokio::test]
    async fn a_name_without_address() {
        let (report, lines) = run(&spec("http://nosuch.invalid")).await;
        assert_eq!(report.first_failure().unwrap().class, Class::Resolve);
        assert!(line(&lines, "connect").starts_with("skipped"));
        assert!(line(&lines, "ping").contains("`resolve` failed"));
    }

    #[tokio::test]
    async fn a_closed_port() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let (report, lines) = run(&spec(&format!("http://{address}"))).await;
        let failure = report.first_failure().unwrap();
        assert_eq!(
            (failure.stage, failure.class),
            (Stage::Connect, Class::Connect)
        );
        assert!(failure.message.contains("refused"), "{failure}");
        assert!(line(&lines, "resolve").contains("is an address"));
    }

    #[tokio::test]
    async fn a_web_server_that_is_no_registry() {
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 33\r\n\r\n<html><title>Shop</title></html>\n";
        let mut spec = spec(&format!("http://{}", server(page).await));
        spec.endpoint = spec
            .endpoint
            .to_string()
            .replace("127.0.0.1", "localhost")
            .parse()
            .unwrap();
        spec.resolve = vec![crate::model::AddressOverride {
            host: "localhost".into(),
            address: [127, 0, 0, 1].into(),
        }];
        let (report, lines) = run(&spec).await;
        let failure = report.first_failure().unwrap();
        assert_eq!(
            (failure.stage, failure.class),
            (Stage::Ping, Class::Protocol)
        );
        assert!(failure.message.contains("titled `Shop`"), "{failure}");
        assert_eq!(
            line(&lines, "resolve"),
            "passed `localhost` is 127.0.0.1, as `resolve` says"
        );
    }

    #[tokio::test]
    async fn a_plain_server_asked_for_tls() {
        let address = server("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let (report, _) = run(&spec(&format!("https://{address}"))).await;
        let failure = report.first_failure().unwrap();
        assert_eq!((failure.stage, failure.class), (Stage::Tls, Class::Tls));
        assert!(failure.hint.as_ref().unwrap().contains("http://"));
    }

    #[tokio::test]
    async fn a_proxy_is_looked_at_in_place_of_the_registry() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut spec = spec("http://nosuch.invalid");
        spec.proxy = ProxyChoice::Url(format!("http://{address}"));
        let (report, lines) = run(&spec).await;
        assert_eq!(report.first_failure().unwrap().stage, Stage::Proxy);
        assert!(line(&lines, "resolve").contains("the proxy"));
        assert!(line(&lines, "proxy").contains("does not answer"));
    }

    #[tokio::test]
    async fn a_ca_file_that_is_not_there() {
        let mut spec = spec(&format!("https://{}", server("").await));
        spec.tls.ca_file = Some("/nosuch/ca.pem".into());
        let (report, lines) = run(&spec).await;
        let failure = report.first_failure().unwrap();
        assert_eq!((failure.stage, failure.class), (Stage::Tls, Class::Local));
        assert!(failure.message.contains("/nosuch/ca.pem"), "{failure}");
        assert!(line(&lines, "connect").starts_with("passed"));
    }
}
