//! Token servers as they are: down, slow, refusing, forgetful, sparing with lifetimes.

use std::time::Duration;

use super::*;

const TOKEN: &str = "GET http://auth/token";

/// A registry of these repositories that takes `Bearer t1`.
fn behind_tokens(script: &Script, repositories: &[String]) {
    for repository in repositories {
        script.answer(
            &format!("GET /v2/{repository}/tags/list"),
            guarded("Bearer t1", BEARER, tag_list()),
        );
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("r{number}")).collect()
}

#[tokio::test(start_paused = true)]
async fn one_that_is_down_is_not_asked_once_a_repository() {
    for (reply, class) in [
        (Reply::status(503), Class::Server),
        (Reply::refused(), Class::Connect),
        (Reply::status(429), Class::Throttled),
        (Reply::untrusted(), Class::Tls),
    ] {
        for credentials in [None, Some(ann())] {
            let script = Script::new();
            let repositories = names(40);
            behind_tokens(&script, &repositories);
            script.reply(TOKEN, reply.clone());
            let registry = with(&script, &spec(), credentials);
            let all = repositories.iter().map(|name| first_tags(&registry, name));
            let answers = futures_util::future::join_all(all).await;
            for (answer, repository) in answers.into_iter().zip(&repositories) {
                let failure = answer.unwrap_err();
                assert_eq!(failure.class, class, "{failure}");
                assert_eq!(failure.stage, Stage::Token);
                assert_eq!(failure.repository, Some(name(repository)));
                assert!(
                    failure.message.contains("the token server `http://auth/`"),
                    "{failure}"
                );
            }
            // As often as one request is tried, and no more.
            assert!(script.count(TOKEN) <= 5, "{}", script.count(TOKEN));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_comes_back_is_asked_again_after_a_while() {
    let script = Script::new();
    behind_tokens(&script, &names(2));
    script.reply(TOKEN, Reply::status(503));
    let registry = registry(&script);
    assert!(first_tags(&registry, "r0").await.is_err());
    script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
    assert!(first_tags(&registry, "r1").await.is_err());
    tokio::time::sleep(Duration::from_secs(31)).await;
    first_tags(&registry, "r1").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_at_first_is_tried_again() {
    for reply in [Reply::status(500), Reply::status(429), Reply::broken()] {
        let script = Script::new();
        behind_tokens(&script, &names(1));
        script.once(TOKEN, reply);
        script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
        first_tags(&signed(&script, AuthType::Auto), "r0")
            .await
            .unwrap();
        assert_eq!(script.count(TOKEN), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_one_repository_is_none_for_the_next() {
    // GitLab says 403 where others give a token that opens nothing.
    let script = Script::new();
    behind_tokens(&script, &names(2));
    let denied = Reply::status(403).body(r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    script.once(TOKEN, denied);
    script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
    let registry = signed(&script, AuthType::Auto);
    let failure = first_tags(&registry, "r0").await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    assert_eq!(failure.stage, Stage::Token);
    first_tags(&registry, "r1").await.unwrap();
    // The right was given meanwhile.
    first_tags(&registry, "r0").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_for_one_repository_is_not_used_for_another() {
    let script = Script::new();
    for (repository, token) in [("a", "ta"), ("b", "tb")] {
        script.reply(
            &format!("{TOKEN}?service=reg&scope=repository%3A{repository}%3Apull"),
            Reply::json(format!(r#"{{"token":"{token}"}}"#)),
        );
        script.answer(&format!("GET /v2/{repository}/tags/list"), {
            move |request: &Request| match request.headers.get("authorization") {
                Some(sent) if *sent == format!("Bearer {token}") => tag_list(),
                _ => unauthorized(BEARER),
            }
        });
    }
    let registry = registry(&script);
    for repository in ["a", "b", "a", "b"] {
        first_tags(&registry, repository).await.unwrap();
    }
    assert_eq!(script.count(TOKEN), 2);
    let refused = script.recorded().into_iter().filter(|recorded| {
        let sent = recorded.header("authorization").unwrap_or_default();
        let path = recorded.request.url.path();
        path.starts_with("/v2/a") && sent == "Bearer tb"
            || path.starts_with("/v2/b") && sent == "Bearer ta"
    });
    assert_eq!(refused.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_without_lifetime_counts_for_a_minute() {
    let script = Script::new();
    behind_tokens(&script, &names(1));
    script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
    let registry = registry(&script);
    for (wait, fetched) in [(0, 1), (49, 1), (2, 2)] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        first_tags(&registry, "r0").await.unwrap();
        assert_eq!(script.count(TOKEN), fetched);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_early_is_renewed_once_for_all_who_use_it() {
    let script = Script::new();
    let valid = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(1));
    let (served, given) = (valid.clone(), valid.clone());
    script.answer("GET /v2/a/tags/list", move |request: &Request| {
        let now = format!("Bearer t{}", served.load(Ordering::Relaxed));
        match request.headers.get("authorization") {
            Some(sent) if *sent == now => tag_list(),
            Some(_) => unauthorized(
                r#"Bearer realm="http://auth/token",service="reg",error="invalid_token""#,
            ),
            None => unauthorized(BEARER),
        }
    });
    script.answer(TOKEN, move |_| {
        let now = given.load(Ordering::Relaxed);
        Reply::json(format!(r#"{{"token":"t{now}","expires_in":3600}}"#))
    });
    let registry = signed(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    valid.store(2, Ordering::Relaxed);
    let all = (0..20).map(|_| first_tags(&registry, "a"));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap();
    }
    assert_eq!(script.count(TOKEN), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_too_weak_is_fetched_once() {
    let script = Script::new();
    let weak = r#"Bearer realm="http://auth/token",service="reg",scope="repository:a:pull",error="insufficient_scope""#;
    script.reply("GET /v2/a/tags/list", unauthorized(weak));
    script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
    let registry = signed(&script, AuthType::Auto);
    let failure = first_tags(&registry, "a").await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    assert_eq!(script.count(TOKEN), 1);
    assert_eq!(script.count("GET /v2/a/tags/list"), 2);
}

#[tokio::test(start_paused = true)]
async fn reading_may_take_an_action_more() {
    // Azure: `pull` does not open the lists; once known, it is asked for from the start.
    let script = Script::new();
    for repository in ["a", "b"] {
        let challenge = format!(
            r#"Bearer realm="http://auth/token",service="reg",error="insufficient_scope",scope="repository:{repository}:metadata_read""#
        );
        script.answer(
            &format!("GET /v2/{repository}/tags/list"),
            move |request: &Request| match request.headers.get("authorization") {
                Some(sent) if sent == "Bearer wide" => tag_list(),
                Some(_) => unauthorized(&challenge),
                None => unauthorized(BEARER),
            },
        );
    }
    script.answer(TOKEN, |request: &Request| {
        let wide = request.url.as_str().contains("metadata_read");
        let token = if wide { "wide" } else { "narrow" };
        Reply::json(format!(r#"{{"access_token":"{token}"}}"#))
    });
    let registry = signed(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    first_tags(&registry, "b").await.unwrap();
    let asked: Vec<_> = script
        .lines()
        .into_iter()
        .filter_map(|line| Some(line.split_once("&scope=")?.1.to_owned()))
        .collect();
    assert_eq!(
        asked,
        [
            "repository%3Aa%3Apull",
            "repository%3Aa%3Apull%2Cmetadata_read",
            "repository%3Ab%3Apull%2Cmetadata_read",
        ]
    );
    // Rights to change anything are never asked for.
    let script = Script::new();
    let greedy = r#"Bearer realm="http://auth/token",service="reg",error="insufficient_scope",scope="repository:a:pull,push,delete""#;
    script.reply("GET /v2/a/tags/list", unauthorized(greedy));
    script.reply(TOKEN, Reply::json(r#"{"token":"t1"}"#));
    let registry = signed(&script, AuthType::Auto);
    assert!(first_tags(&registry, "a").await.is_err());
    assert!(script.lines().iter().all(|line| !line.contains("push")));
}

#[tokio::test(start_paused = true)]
async fn a_realm_named_by_plain_http_and_asked_by_tls_says_both() {
    let challenge = r#"Bearer realm="http://reg/token?key=1",service="reg""#;
    for (reply, named) in [
        (Reply::refused(), true),
        (Reply::untrusted(), true),
        (Reply::status(404), true),
        (Reply::json("[]"), true),
        // Whoever answers as a token server was found.
        (Reply::status(503), false),
        (Reply::status(401), false),
    ] {
        let script = Script::new();
        script.reply("GET https://reg/v2/a/tags/list", unauthorized(challenge));
        script.reply("GET https://reg/token", reply);
        let mut spec = spec();
        spec.endpoint = "https://reg".parse().unwrap();
        let registry = with(&script, &spec, Some(ann()));
        // Also for whoever asks a server that is known already.
        for _ in 0..2 {
            let failure = first_tags(&registry, "a").await.unwrap_err();
            let words = "the challenge names `http://reg/token`, which was tried as \
                         `https://reg/token`";
            assert_eq!(failure.message.contains(words), named, "{failure}");
            let hint = failure.hint.unwrap_or_default();
            assert_eq!(hint.contains("X-Forwarded-Proto"), named, "{hint}");
            assert!(!failure.message.contains("key=1"), "{}", failure.message);
        }
    }
}
