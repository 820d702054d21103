//! Who is sent what, and what a refusal means.

use std::time::Duration;

use super::*;
use crate::registry::ping::SignedIn;

fn tags() -> Reply {
    Reply::json(r#"{"name":"a","tags":["1"]}"#)
}

fn tokens(script: &Script, lifetime: u32) {
    script.reply(
        "GET http://auth/token",
        Reply::json(format!(r#"{{"token":"t1","expires_in":{lifetime}}}"#)),
    );
    script.answer("GET /v2/a/tags/list", guarded("Bearer t1", BEARER, tags()));
}

#[tokio::test(start_paused = true)]
async fn an_open_registry_is_asked_again_by_those_who_have_an_account() {
    // It shows two tags to everybody and a third to Ann, and never asks who comes.
    let script = Script::new();
    script.answer("GET /v2/a/tags/list", |request| {
        let known = request
            .headers
            .get("authorization")
            .is_some_and(|sent| sent == ANN);
        let all = if known {
            r#"["1","2","3"]"#
        } else {
            r#"["1","2"]"#
        };
        Reply::json(format!(r#"{{"name":"a","tags":{all}}}"#))
    });
    let nobody = registry(&script);
    assert_eq!(first_tags(&nobody, "a").await.unwrap(), ["1", "2"]);
    assert_eq!(script.recorded().len(), 1);
    let registry = signed(&script, AuthType::Auto);
    assert_eq!(first_tags(&registry, "a").await.unwrap(), ["1", "2", "3"]);
    assert_eq!(first_tags(&registry, "a").await.unwrap(), ["1", "2", "3"]);
    assert_eq!(script.recorded().len(), 4, "one question more, once");
    // Wrong credentials are told, not passed over.
    script.answer("GET /v2/a/tags/list", |request| {
        if request.headers.contains_key("authorization") {
            unauthorized(r#"Basic realm="x""#)
        } else {
            tags()
        }
    });
    let failure = first_tags(&signed(&script, AuthType::Auto), "a")
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Authentication);
    let open = signed(&script, AuthType::Anonymous);
    assert!(first_tags(&open, "a").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_challenge_is_followed_with_the_scope_of_the_request() {
    let script = Script::new();
    tokens(&script, 300);
    let registry = signed(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(
        script.lines(),
        [
            "GET http://reg/v2/a/tags/list?n=1000",
            "GET http://auth/token?service=reg&scope=repository%3Aa%3Apull",
            "GET http://reg/v2/a/tags/list?n=1000",
            "GET http://reg/v2/a/tags/list?n=1000",
        ]
    );
    let recorded = script.recorded();
    assert_eq!(recorded[1].header("authorization"), Some(ANN));
    assert_eq!(recorded[3].header("authorization"), Some("Bearer t1"));
}

#[tokio::test(start_paused = true)]
async fn fifty_callers_fetch_one_token() {
    let script = Script::new();
    script.reply(
        "GET http://auth/token",
        Reply::json(r#"{"token":"t1","expires_in":300}"#).after(Duration::from_secs(1)),
    );
    script.answer("GET /v2/a/tags/list", guarded("Bearer t1", BEARER, tags()));
    for registry in [registry(&script), signed(&script, AuthType::Auto)] {
        let before = script.count("GET http://auth/token");
        let all = (0..50).map(|_| first_tags(&registry, "a"));
        let answers = futures_util::future::join_all(all).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(script.count("GET http://auth/token") - before, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_fetched_anew_shortly_before_their_end() {
    let script = Script::new();
    tokens(&script, 300);
    let registry = registry(&script);
    let fetched = || script.count("GET http://auth/token");
    first_tags(&registry, "a").await.unwrap();
    tokio::time::sleep(Duration::from_secs(289)).await;
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(fetched(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn token_replies_are_read_as_they_are_sent() {
    for (body, lifetime) in [
        (r#"{"token":"t1"}"#, 60),
        (r#"{"access_token":"t1","expires_in":5}"#, 60),
        (
            r#"{"token":"t1","access_token":"","expires_in":1800}"#,
            1800,
        ),
        (r#"{"token":"","access_token":"t1","expires_in":"90"}"#, 90),
        (
            r#"{"token":"t1","expires_in":-1,"issued_at":"2026-08-21T10:00:00Z"}"#,
            60,
        ),
        (r#"{"token":"t1","expires_in":1e300}"#, 60),
        (
            r#"{"token":null,"access_token":"t1","expires_in":null}"#,
            60,
        ),
    ] {
        let reply = token::parse_reply(body.as_bytes(), &Cover::default()).unwrap();
        let token = reply.into_token(None, false, &Cover::default()).unwrap();
        assert_eq!(token.header, "Bearer t1", "{body}");
        assert!(token.header.is_sensitive());
        assert_eq!(token.lifetime, Duration::from_secs(lifetime), "{body}");
    }
    for body in ["", "<html>", "{}", r#"{"token":""}"#, r#"{"token":"a\nb"}"#] {
        let token = token::parse_reply(body.as_bytes(), &Cover::default())
            .and_then(|r| r.into_token(None, false, &Cover::default()));
        assert!(token.is_err(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_not_named_is_not_sent() {
    let script = Script::new();
    let challenge = r#"Bearer realm="http://auth/token?keep=1""#;
    script.answer(
        "GET /v2/a/tags/list",
        guarded("Bearer t1", challenge, tags()),
    );
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    first_tags(&registry(&script), "a").await.unwrap();
    assert_eq!(
        script.lines()[1],
        "GET http://auth/token?keep=1&scope=repository%3Aa%3Apull"
    );
}

#[tokio::test(start_paused = true)]
async fn an_old_token_that_is_refused_is_fetched_once_more() {
    let script = Script::new();
    tokens(&script, 300);
    let registry = registry(&script);
    first_tags(&registry, "a").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // The registry forgot its keys: another token is valid now.
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t2"}"#));
    script.answer("GET /v2/a/tags/list", guarded("Bearer t2", BEARER, tags()));
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(script.count("GET http://auth/token"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_is_refused_is_final() {
    for (registry_of, class) in [(false, Class::Authentication), (true, Class::Denied)] {
        let script = Script::new();
        script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
        script.reply("GET /v2/a/tags/list", unauthorized(BEARER));
        let registry = if registry_of {
            signed(&script, AuthType::Auto)
        } else {
            registry(&script)
        };
        let failure = first_tags(&registry, "a").await.unwrap_err();
        assert_eq!(failure.class, class);
        assert_eq!(failure.status, Some(401));
        assert_eq!(failure.stage, Stage::Tags);
        assert_eq!(failure.repository, Some(name("a")));
        assert_eq!(script.count("GET http://auth/token"), 1);
        assert_eq!(script.count("GET /v2/a/tags/list"), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_protects_is_no_matter_of_the_sign_in() {
    for code in ["PROTECTED_TAG", "IMMUTABLE_TAG", "PROTECTED_MANIFEST"] {
        let body = format!(r#"{{"errors":[{{"code":"{code}","message":"protected"}}]}}"#);
        let refusal = Reply::status(401)
            .header("www-authenticate", BEARER)
            .body(body);
        let script = Script::new();
        tokens(&script, 300);
        script.answer(
            "GET /v2/b/tags/list",
            guarded("Bearer t1", BEARER, refusal.clone()),
        );
        let registry = signed(&script, AuthType::Auto);
        first_tags(&registry, "a").await.unwrap();
        let before = script.lines().len();
        let failure = first_tags(&registry, "b").await.unwrap_err();
        assert_eq!(failure.class, Class::Denied);
        assert!(failure.hint.unwrap().contains("a rule of the project"));
        // One token for its scope and one try: nothing is fetched anew or sent again.
        assert_eq!(script.lines().len(), before + 2);
        first_tags(&registry, "a").await.unwrap();
        // A password that is sent along is not refused by it either.
        let script = Script::new();
        script.reply("GET /v2/a/tags/list", tags());
        script.reply("GET /v2/b/tags/list", refusal);
        let registry = signed(&script, AuthType::Basic);
        let failure = first_tags(&registry, "b").await.unwrap_err();
        assert_eq!(failure.class, Class::Denied);
        first_tags(&registry, "a").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_at_the_realm_is_one_attempt() {
    let script = Script::new();
    script.reply(
        "GET http://auth/token",
        unauthorized(r#"Basic realm="auth""#).after(Duration::from_secs(1)),
    );
    script.answer("GET /v2/a/tags/list", guarded("Bearer t1", BEARER, tags()));
    script.answer("GET /v2/b/tags/list", guarded("Bearer t1", BEARER, tags()));
    let registry = signed(&script, AuthType::Auto);
    let all = (0..20).map(|i| first_tags(&registry, if i % 2 == 0 { "a" } else { "b" }));
    let mut failures = futures_util::future::join_all(all).await;
    failures.push(first_tags(&registry, "c").await);
    for failure in failures {
        let failure = failure.unwrap_err();
        assert_eq!(failure.class, Class::Authentication);
        assert_eq!(failure.stage, Stage::Token);
        assert!(failure.message.contains("was refused"), "{failure}");
        assert!(failure.hint.unwrap().contains("password"));
    }
    assert_eq!(script.count("GET http://auth/token"), 1);
    // Once refused, nothing is asked at all.
    assert_eq!(script.count("GET /v2/c/tags/list"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_at_the_registry_is_one_attempt() {
    for auth in [AuthType::Auto, AuthType::Basic] {
        let script = Script::new();
        let challenge = r#"Basic realm="Registry Realm""#;
        script.reply("GET /v2/a/tags/list", unauthorized(challenge));
        let registry = signed(&script, auth);
        let all = (0..20).map(|_| first_tags(&registry, "a"));
        for failure in futures_util::future::join_all(all).await {
            assert_eq!(failure.unwrap_err().class, Class::Authentication);
        }
        let sent = script
            .recorded()
            .iter()
            .filter(|recorded| recorded.header("authorization").is_some())
            .count();
        assert_eq!(sent, 1, "{auth:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn basic_is_sent_ahead_once_it_is_known() {
    let script = Script::new();
    let challenge = r#"Basic realm="Registry Realm""#;
    script.answer("GET /v2/a/tags/list", guarded(ANN, challenge, tags()));
    let registry = signed(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(script.recorded().len(), 3);
    // Refused after it was taken: a matter of rights, not of the password.
    script.reply("GET /v2/b/tags/list", unauthorized(challenge));
    let failure = first_tags(&registry, "b").await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    assert!(first_tags(&registry, "a").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_list_from_another_host_is_not_even_asked_for() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/a/tags/list",
        Reply::status(307).header("location", "http://evil/v2/a/tags/list"),
    );
    for auth in [AuthType::Auto, AuthType::Basic] {
        let failure = first_tags(&signed(&script, auth), "a").await.unwrap_err();
        assert!(failure.message.contains("http://evil/"), "{failure}");
    }
    let asked =
        |host| move |r: &&crate::http::scripted::Recorded| r.request.url.host_str() == Some(host);
    assert_eq!(script.recorded().iter().filter(asked("evil")).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn credentials_stay_away_from_other_hosts() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/a/manifests/1",
        Reply::status(307).header("location", "http://evil/v2/a/manifests/1"),
    );
    script.reply(
        "GET http://evil/v2/a/manifests/1",
        unauthorized(r#"Basic realm="give me""#),
    );
    let reference = crate::registry::Reference::Tag("1".parse().unwrap());
    for auth in [AuthType::Auto, AuthType::Basic] {
        let registry = signed(&script, auth);
        let manifest = registry.manifest(&"a".parse().unwrap(), &reference).await;
        assert_eq!(manifest.unwrap_err().status, Some(401));
    }
    let mut reached = 0;
    for recorded in script.recorded() {
        if recorded.request.url.host_str() == Some("evil") {
            reached += 1;
            assert_eq!(recorded.header("authorization"), None);
        }
    }
    assert!(reached > 0);
    // What a stranger says of the password it never saw is nothing.
    for auth in [AuthType::Auto, AuthType::Basic] {
        script.answer(
            "GET /v2/a/tags/list",
            guarded(ANN, r#"Basic realm="x""#, tags()),
        );
        let registry = signed(&script, auth);
        let manifest = registry.manifest(&"a".parse().unwrap(), &reference).await;
        assert!(manifest.is_err());
        first_tags(&registry, "a").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_realm_that_is_not_trusted_gets_nothing() {
    let script = Script::new();
    script.reply(
        "GET /v2/a/tags/list",
        unauthorized(r#"Bearer realm="http://169.254.169.254/latest""#),
    );
    let failure = first_tags(&signed(&script, AuthType::Auto), "a")
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Protocol);
    assert!(failure.message.contains("link-local"), "{failure}");
    assert_eq!(script.recorded().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn bearer_comes_before_basic_where_both_are_offered() {
    let both = r#"Bearer realm="http://auth/token",service="reg",Basic realm="reg""#;
    let script = Script::new();
    script.answer("GET /v2/a/tags/list", guarded("Bearer t1", both, tags()));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    first_tags(&signed(&script, AuthType::Auto), "a")
        .await
        .unwrap();

    // The token does not help; user name and password do.
    let script = Script::new();
    script.answer("GET /v2/a/tags/list", guarded(ANN, both, tags()));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    first_tags(&signed(&script, AuthType::Auto), "a")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pinned_type_that_is_not_offered_is_explained() {
    let script = Script::new();
    script.reply("GET /v2/a/tags/list", unauthorized(BEARER));
    let failure = first_tags(&signed(&script, AuthType::Basic), "a")
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Authentication);
    assert!(failure.message.contains("takes tokens only"), "{failure}");

    let script = Script::new();
    script.reply("GET /v2/a/tags/list", unauthorized(r#"Basic realm="x""#));
    let failure = first_tags(&signed(&script, AuthType::Bearer), "a")
        .await
        .unwrap_err();
    assert!(failure.message.contains("`auth` is `bearer`"), "{failure}");
    assert!(script.recorded()[0].header("authorization").is_none());
}

#[tokio::test(start_paused = true)]
async fn anonymous_never_sends_credentials() {
    let script = Script::new();
    tokens(&script, 300);
    let registry = signed(&script, AuthType::Anonymous);
    first_tags(&registry, "a").await.unwrap();
    let leaked = script
        .recorded()
        .iter()
        .any(|recorded| recorded.header("authorization") == Some(ANN));
    assert!(!leaked);
}

#[tokio::test(start_paused = true)]
async fn a_catalogue_that_takes_basic_only_gets_it() {
    let script = Script::new();
    tokens(&script, 300);
    let refused = unauthorized(r#"Basic realm="harbor""#);
    let list = Reply::json(r#"{"repositories":["a"]}"#);
    script.answer("GET /v2/_catalog", move |request: &Request| {
        match request.headers.get("authorization") {
            None => unauthorized(BEARER),
            Some(sent) if sent == ANN => list.clone(),
            Some(_) => refused.clone(),
        }
    });
    let registry = signed(&script, AuthType::Auto);
    let page = registry.repositories().next().await.unwrap().unwrap();
    assert_eq!(page.items, [name("a")]);
    assert_eq!(script.count("GET /v2/_catalog"), 3);
    registry.repositories().next().await.unwrap().unwrap();
    assert_eq!(script.count("GET /v2/_catalog"), 4);
    // Everything else goes on with tokens.
    first_tags(&registry, "a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_realm_that_knows_no_catalogue_scope_gives_a_token_without() {
    let script = Script::new();
    script.answer(
        "GET /v2/_catalog",
        guarded(
            "Bearer t1",
            BEARER,
            Reply::json(r#"{"repositories":["a"]}"#),
        ),
    );
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    script.reply(
        "GET http://auth/token?service=reg&scope=registry%3Acatalog%3A*",
        Reply::status(400).body(r#"{"errors":[{"code":"INVALID_REQUEST"}]}"#),
    );
    let registry = signed(&script, AuthType::Auto);
    assert!(registry.repositories().next().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_realm_that_is_broken_is_no_missing_repository() {
    for (reply, class) in [
        (Reply::status(404), Class::Protocol),
        (Reply::json("<html>"), Class::Protocol),
        (Reply::status(403), Class::Denied),
        (Reply::status(500), Class::Server),
        (Reply::status(429), Class::Throttled),
    ] {
        let script = Script::new();
        tokens(&script, 300);
        script.reply("GET http://auth/token", reply);
        let failure = first_tags(&signed(&script, AuthType::Auto), "a")
            .await
            .unwrap_err();
        assert_eq!(failure.stage, Stage::Token);
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.hint.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn signing_in_says_how() {
    let script = Script::new();
    script.answer("GET /v2/", guarded("Bearer t1", BEARER, Reply::json("{}")));
    script.reply(
        "GET http://auth/token",
        Reply::json(r#"{"token":"t1","expires_in":300}"#),
    );
    let lifetime = Duration::from_mins(5);
    let ping = signed(&script, AuthType::Auto).ping().await.unwrap();
    assert_eq!(ping.signed_in, SignedIn::Bearer(lifetime));
    let ping = registry(&script).ping().await.unwrap();
    assert_eq!(ping.signed_in, SignedIn::Anonymous(lifetime));

    let script = Script::new();
    script.answer(
        "GET /v2/",
        guarded(ANN, r#"Basic realm="x""#, Reply::json("{}")),
    );
    let ping = signed(&script, AuthType::Auto).ping().await.unwrap();
    assert_eq!(ping.signed_in, SignedIn::Basic);
    let ping = registry(&script).ping().await.unwrap();
    assert_eq!(ping.signed_in, SignedIn::Nobody);
}
