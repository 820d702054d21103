//! Access keys of AWS: what they sign, and the password that is lent for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::model::{AwsAccess, AwsKeys, AwsRole, AwsSource, Product, Secrets, Timestamp};

/// `AWS:lent-password`, as Basic sends it.
const LENT: &str = "Basic QVdTOmxlbnQtcGFzc3dvcmQ=";

fn keyed(script: &Script) -> Registry {
    let mut spec = spec();
    spec.product = Some(Product::Ecr);
    let key = Credentials::new("AKIAIOSFODNN7EXAMPLE", Secret::new("the-secret-key"));
    with(script, &spec, Some(key))
}

/// A password that is good for so long from now on.
fn lends(lives: Duration) -> Reply {
    let ends = Timestamp::now().as_second() + i64::try_from(lives.as_secs()).unwrap();
    Reply::json(format!(
        r#"{{"authorizationData":[{{"authorizationToken":"QVdTOmxlbnQtcGFzc3dvcmQ=",
            "expiresAt":{ends}.5}}]}}"#
    ))
}

fn tags_of(script: &Script, repository: &str) {
    let path = format!("GET /v2/{repository}/tags/list");
    let challenge = "Basic realm=\"http://reg/\",service=\"ecr.amazonaws.com\"";
    script.answer(&path, guarded(LENT, challenge, tag_list()));
}

#[tokio::test(start_paused = true)]
async fn a_password_is_lent_once_for_all_and_anew_before_it_ends() {
    let script = Script::new();
    script.reply("POST /", lends(Duration::from_hours(1)));
    let names = ["a", "b", "c", "d"];
    for name in names {
        tags_of(&script, name);
    }
    let registry = keyed(&script);
    let all = join_all(names.map(|name| first_tags(&registry, name))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(script.count("POST /"), 1);
    tokio::time::advance(Duration::from_mins(54)).await;
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(script.count("POST /"), 1);
    tokio::time::advance(Duration::from_mins(2)).await;
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(script.count("POST /"), 2, "{:?}", script.lines());
    // Signed is what asks for it, and nothing is asked for without a sign-in first.
    for recorded in script.recorded() {
        let sent = recorded.header("authorization").unwrap();
        let is_signed = sent.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/");
        assert_eq!(is_signed, recorded.line().starts_with("POST"), "{sent}");
        assert!(!sent.contains("the-secret-key"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_one_attempt_however_many_ask() {
    let script = Script::new();
    let wrong = r#"{"__type":"UnrecognizedClientException","message":"it is invalid"}"#;
    script.reply("POST /", Reply::status(400).body(wrong));
    let registry = keyed(&script);
    let names = ["a", "b", "c", "d"];
    let all = join_all(names.map(|name| first_tags(&registry, name))).await;
    for failure in all.into_iter().map(Result::unwrap_err) {
        assert_eq!(failure.class, Class::Authentication);
        assert!(
            failure.message.contains("the AWS key was refused"),
            "{failure:?}"
        );
    }
    assert_eq!(script.lines(), ["POST http://reg/"]);
}

#[tokio::test(start_paused = true)]
async fn who_lends_too_much_at_once_is_waited_for() {
    let script = Script::new();
    let slow = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    script.once("POST /", Reply::status(400).body(slow));
    script.reply("POST /", lends(Duration::from_hours(12)));
    tags_of(&script, "a");
    first_tags(&keyed(&script), "a").await.unwrap();
    assert_eq!(script.count("POST /"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_good_outlives_a_refusal_and_that_no_other_is_lent() {
    let script = Script::new();
    script.once("POST /", lends(Duration::from_hours(12)));
    let denied = r#"{"__type":"AccessDeniedException","message":"not authorized"}"#;
    script.reply("POST /", Reply::status(400).body(denied));
    tags_of(&script, "a");
    let policy = r#"{"errors":[{"code":"DENIED","message":"by the policy of the repository"}]}"#;
    script.reply("GET /v2/closed/tags/list", Reply::status(403).body(policy));
    let registry = keyed(&script);
    first_tags(&registry, "a").await.unwrap();
    for asked in [2, 2, 3] {
        let failure = first_tags(&registry, "closed").await.unwrap_err();
        assert_eq!(failure.class, Class::Denied);
        let is_own = failure.message.contains("by the policy of the repository");
        assert!(is_own, "{failure:?}");
        first_tags(&registry, "a").await.unwrap();
        assert_eq!(script.count("POST /"), asked, "{:?}", script.lines());
        tokio::time::advance(Duration::from_mins(6)).await;
    }
}

/// A registry whose key a role lends, by an STS that answers with `sts` while it is down.
fn lent_by_a_role(script: &Script, sts: Reply) -> (Registry, Arc<AtomicBool>) {
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    script.answer("POST /", move |request: &Request| {
        if request.url.host_str() != Some("sts") {
            lends(Duration::from_hours(12))
        } else if up.load(Ordering::Relaxed) {
            Reply::status(200).body(
                "<AccessKeyId>ASIALENT</AccessKeyId><SecretAccessKey>lent-secret</SecretAccessKey>\
                 <SessionToken>lent-session</SessionToken>",
            )
        } else {
            sts.clone()
        }
    });
    let mut spec = spec();
    spec.product = Some(Product::Ecr);
    let base = AwsKeys {
        id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: Secret::new("the-secret-key"),
        session: None,
        ends: None,
    };
    let role = AwsRole {
        role: "arn:aws:iam::1:role/reader".to_owned(),
        session: "supercargo".to_owned(),
        external_id: None,
        base: AwsSource::Keys(base),
    };
    let secrets = Secrets {
        credentials: Some(Credentials {
            username: "of the profile x".to_owned(),
            password: Secret::new(""),
            kind: CredentialKind::AwsKeys,
        }),
        api_token: None,
        aws: Some(AwsAccess {
            source: AwsSource::Role(Box::new(role)),
            region: None,
            sts: Some("http://sts/".to_owned()),
        }),
    };
    let http = scripted(script.clone(), &spec.limits);
    (Registry::over(http, &spec, secrets).unwrap(), is_up)
}

fn asked_of_sts(script: &Script) -> usize {
    let lines = script.lines();
    lines.iter().filter(|line| line.contains("//sts/")).count()
}

#[tokio::test(start_paused = true)]
async fn who_lends_keys_and_is_down_for_a_while_is_asked_again_later() {
    let throttled = "<Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>";
    for (down, class) in [
        (Reply::status(503), Class::Server),
        (Reply::status(400).body(throttled), Class::Throttled),
    ] {
        let script = Script::new();
        let names = ["a", "b", "c", "d"];
        for name in names {
            tags_of(&script, name);
        }
        let (registry, is_up) = lent_by_a_role(&script, down);
        let all = join_all(names.map(|name| first_tags(&registry, name))).await;
        for failure in all.into_iter().map(Result::unwrap_err) {
            assert_eq!(failure.class, class, "{failure:?}");
        }
        let asked = asked_of_sts(&script);
        is_up.store(true, Ordering::Relaxed);
        first_tags(&registry, "a").await.unwrap_err();
        assert_eq!(asked_of_sts(&script), asked, "{:?}", script.lines());
        tokio::time::advance(Duration::from_mins(2)).await;
        first_tags(&registry, "a").await.unwrap();
        assert_eq!(asked_of_sts(&script), asked + 1, "{:?}", script.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_keys_asks_once() {
    let script = Script::new();
    let denied = "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>";
    let (registry, _) = lent_by_a_role(&script, Reply::status(403).body(denied));
    for _ in 0..3 {
        let failure = first_tags(&registry, "a").await.unwrap_err();
        assert_eq!(failure.class, Class::Authentication, "{failure:?}");
        tokio::time::advance(Duration::from_mins(2)).await;
    }
    assert_eq!(asked_of_sts(&script), 1, "{:?}", script.lines());
}
