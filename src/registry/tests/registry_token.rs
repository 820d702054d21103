//! Registry tokens: sent as they are, to the registry and to nobody else.

use super::*;
use crate::registry::ping::SignedIn;

fn given(script: &Script, auth: AuthType) -> Registry {
    holding(script, CredentialKind::RegistryToken, auth)
}

#[tokio::test(start_paused = true)]
async fn it_is_sent_as_it_is() {
    for auth in [AuthType::Auto, AuthType::Bearer] {
        let script = Script::new();
        for path in ["GET /v2/", "GET /v2/a/tags/list"] {
            script.answer(path, guarded("Bearer kept-token", BEARER, tag_list()));
        }
        let registry = given(&script, auth);
        let ping = registry.ping().await.unwrap();
        assert_eq!(ping.signed_in, SignedIn::Given);
        first_tags(&registry, "a").await.unwrap();
        // Without a question before; the first ping alone is nobody's.
        let sent: Vec<_> = script
            .recorded()
            .iter()
            .map(|recorded| recorded.header("authorization").map(str::to_owned))
            .collect();
        let token = Some("Bearer kept-token".to_owned());
        assert_eq!(sent, [None, token.clone(), token]);
        assert_eq!(registry.granted(&Scope::Ping).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_is_one_attempt_and_goes_nowhere_else() {
    let script = Script::new();
    let invalid =
        r#"Bearer realm="http://auth/token",service="reg",error="invalid_token",Basic realm="x""#;
    for repository in ["a", "b"] {
        script.reply(
            &format!("GET /v2/{repository}/tags/list"),
            unauthorized(invalid),
        );
    }
    let registry = given(&script, AuthType::Auto);
    for repository in ["a", "b", "a"] {
        let failure = first_tags(&registry, repository).await.unwrap_err();
        assert_eq!(failure.class, Class::Authentication);
        assert!(failure.message.contains("the registry token was refused"));
    }
    assert_eq!(script.lines(), ["GET http://reg/v2/a/tags/list?n=1000"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_ends_on_the_way_is_said_and_not_sent_again() {
    let script = Script::new();
    script.once("GET /v2/a/tags/list", tag_list());
    script.reply("GET /v2/a/tags/list", unauthorized(BEARER));
    let registry = given(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    for _ in 0..3 {
        let failure = first_tags(&registry, "a").await.unwrap_err();
        assert_eq!(failure.class, Class::Authentication);
    }
    assert_eq!(script.recorded().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_it_does_not_open_is_denied_there_and_nowhere_else() {
    let script = Script::new();
    let weak = r#"Bearer realm="http://auth/token",service="reg",error="insufficient_scope""#;
    script.reply("GET /v2/b/tags/list", unauthorized(weak));
    script.reply("GET /v2/a/tags/list", tag_list());
    let registry = given(&script, AuthType::Auto);
    let failure = first_tags(&registry, "b").await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    first_tags(&registry, "a").await.unwrap();
    assert_eq!(script.recorded().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn other_hosts_do_not_see_it() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/a/manifests/1",
        Reply::status(307).header("location", "http://cdn/m"),
    );
    script.reply("GET http://cdn/m", unauthorized(BEARER));
    let reference = Reference::Tag("1".parse().unwrap());
    let registry = given(&script, AuthType::Auto);
    let failure = registry.manifest(&name("a"), &reference).await.unwrap_err();
    assert_eq!(failure.status, Some(401));
    let recorded = script.recorded();
    assert_eq!(
        recorded[0].header("authorization"),
        Some("Bearer kept-token")
    );
    assert_eq!(recorded[1].header("authorization"), None);
    assert_eq!(recorded.len(), 2);
    // Neither is it refused by what a stranger says of it.
    script.reply("GET /v2/a/tags/list", tag_list());
    first_tags(&registry, "a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn pinned_basic_is_explained_and_anonymous_keeps_it_back() {
    let script = Script::new();
    script.reply("GET /v2/a/tags/list", unauthorized(r#"Basic realm="x""#));
    let failure = first_tags(&given(&script, AuthType::Basic), "a")
        .await
        .unwrap_err();
    assert!(failure.message.contains("a registry token"), "{failure}");
    let nobody = given(&script, AuthType::Anonymous);
    assert!(first_tags(&nobody, "a").await.is_err());
    let recorded = script.recorded();
    assert!(recorded.iter().all(|r| r.header("authorization").is_none()));
}
