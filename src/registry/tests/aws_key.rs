//! Access keys of AWS: what they sign, and the password that is lent for them.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::model::{Product, Timestamp};

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
