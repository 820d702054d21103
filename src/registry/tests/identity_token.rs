//! Identity tokens: a `POST` to the realm, and to nobody else.

use super::*;

const FORM: &str = "grant_type=refresh_token&service=reg&client_id=supercargo\
                    &scope=repository%3Aa%3Apull&refresh_token=kept-token";

fn identity(script: &Script) -> Registry {
    holding(script, CredentialKind::IdentityToken, AuthType::Auto)
}

/// The forms that the token server received.
fn forms(script: &Script) -> Vec<String> {
    let posted = script.recorded().into_iter();
    posted
        .filter(|recorded| recorded.request.method == "POST")
        .map(|recorded| String::from_utf8(recorded.request.body.unwrap().to_vec()).unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_posted_to_the_realm_and_its_token_is_kept() {
    for auth in [AuthType::Auto, AuthType::Bearer] {
        let script = Script::new();
        script.answer(
            "GET /v2/a/tags/list",
            guarded("Bearer t1", BEARER, tag_list()),
        );
        script.reply(
            "POST http://auth/token",
            Reply::json(r#"{"access_token":"t1","expires_in":300}"#),
        );
        let registry = holding(&script, CredentialKind::IdentityToken, auth);
        first_tags(&registry, "a").await.unwrap();
        first_tags(&registry, "a").await.unwrap();
        assert_eq!(
            script.lines(),
            [
                "GET http://reg/v2/a/tags/list?n=1000",
                "POST http://auth/token",
                "GET http://reg/v2/a/tags/list?n=1000",
                "GET http://reg/v2/a/tags/list?n=1000",
            ]
        );
        assert_eq!(forms(&script), [FORM]);
        let posted = &script.recorded()[1];
        assert_eq!(
            posted.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!(posted.header("authorization"), None);
        assert!(!format!("{:?}", posted.request).contains("kept-token"));
        let details = registry.granted(&Scope::Pull(name("a"))).await.unwrap();
        assert!(details.signed_in);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_one_that_comes_along_is_used_from_then_on() {
    let script = Script::new();
    for repository in ["a", "b", "c"] {
        script.answer(&format!("GET /v2/{repository}/tags/list"), |request| {
            if request.headers.contains_key("authorization") {
                tag_list()
            } else {
                unauthorized(BEARER)
            }
        });
    }
    // Each of them is taken once.
    for (number, next) in [(1, "second"), (2, "third"), (3, "fourth")] {
        script.once(
            "POST http://auth/token",
            Reply::json(format!(
                r#"{{"access_token":"t{number}","refresh_token":"{next}"}}"#
            ))
            .after(std::time::Duration::from_secs(1)),
        );
    }
    let registry = identity(&script);
    let all = ["a", "b", "c"].map(|repository| first_tags(&registry, repository));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap();
    }
    let sent: Vec<_> = forms(&script)
        .iter()
        .map(|form| form.rsplit('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["kept-token", "second", "third"]);
}

/// On several threads whoever waits for the turn goes on at once: what came for the one before
/// is kept by then, also where the answer takes a while to be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_next_finds_the_new_one_on_any_thread() {
    const REPOSITORIES: usize = 40;
    let script = Script::new();
    script.answer("GET /v2/*", |request| {
        if request.headers.contains_key("authorization") {
            tag_list()
        } else {
            unauthorized(BEARER)
        }
    });
    let taken = std::sync::Mutex::new((0, "kept-token".to_owned()));
    let padding = "x".repeat(50_000);
    script.answer("POST http://auth/token", move |request| {
        let (number, wanted) = &mut *taken.lock().unwrap();
        let form = String::from_utf8(request.body.clone().unwrap().to_vec()).unwrap();
        if form.rsplit('=').next() != Some(wanted.as_str()) {
            return unauthorized("");
        }
        *number += 1;
        *wanted = format!("next-{number}");
        let next = &*wanted;
        Reply::json(format!(
            r#"{{"access_token":"t","more":"{padding}","refresh_token":"{next}"}}"#
        ))
    });
    let registry = std::sync::Arc::new(identity(&script));
    let all = (0..REPOSITORIES).map(|number| {
        let registry = std::sync::Arc::clone(&registry);
        tokio::spawn(async move { first_tags(&registry, &format!("r{number}")).await })
    });
    let all: Vec<_> = all.collect();
    // One of them on this thread, whose turn the workers wait for.
    first_tags(&registry, "own").await.unwrap();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(forms(&script).len(), REPOSITORIES + 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_refused_is_one_attempt() {
    for reply in [
        unauthorized(""),
        Reply::status(400).body(r#"{"error":"invalid_grant"}"#),
    ] {
        let script = Script::new();
        for repository in ["a", "b"] {
            script.reply(
                &format!("GET /v2/{repository}/tags/list"),
                unauthorized(BEARER),
            );
        }
        script.reply("POST http://auth/token", reply);
        let registry = identity(&script);
        for repository in ["a", "b"] {
            let failure = first_tags(&registry, repository).await.unwrap_err();
            assert_eq!(failure.class, Class::Authentication);
            assert_eq!(failure.stage, Stage::Token);
            assert!(failure.message.contains("the identity token was refused"));
            assert!(!failure.message.contains("kept-token"), "{failure}");
            assert!(failure.hint.unwrap().contains("log in again"));
        }
        assert_eq!(script.count("POST http://auth/token"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_server_without_the_form_is_explained() {
    for status in [404, 405] {
        let script = Script::new();
        script.reply("GET /v2/a/tags/list", unauthorized(BEARER));
        script.reply("POST http://auth/token", Reply::status(status));
        let registry = identity(&script);
        for _ in 0..2 {
            let failure = first_tags(&registry, "a").await.unwrap_err();
            assert_eq!(failure.class, Class::Authentication);
            assert!(failure.message.contains("no identity tokens"), "{failure}");
            assert!(failure.hint.unwrap().contains("password"));
        }
        assert_eq!(script.count("POST http://auth/token"), 1);
        // Nothing of it goes out by the other form.
        assert_eq!(script.count("GET http://auth/token"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_basic_challenge_is_explained_and_gets_nothing() {
    for auth in [AuthType::Auto, AuthType::Basic] {
        let script = Script::new();
        script.reply("GET /v2/a/tags/list", unauthorized(r#"Basic realm="x""#));
        let registry = holding(&script, CredentialKind::IdentityToken, auth);
        let failure = first_tags(&registry, "a").await.unwrap_err();
        assert_eq!(failure.class, Class::Authentication);
        assert!(failure.message.contains("an identity token"), "{failure}");
        assert_eq!(script.recorded().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_registry_is_read_without_it() {
    let script = Script::new();
    script.reply("GET /v2/a/tags/list", tag_list());
    first_tags(&identity(&script), "a").await.unwrap();
    assert_eq!(script.recorded().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_realm_that_redirects_gets_no_second_form() {
    let script = Script::new();
    script.reply("GET /v2/a/tags/list", unauthorized(BEARER));
    script.reply(
        "POST http://auth/token",
        Reply::status(307).header("location", "http://evil/token"),
    );
    let failure = first_tags(&identity(&script), "a").await.unwrap_err();
    assert_eq!(failure.class, Class::Protocol);
    assert_eq!(script.count("POST http://evil/token"), 0);
    assert_eq!(script.count("GET http://evil/token"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_server_that_fails_once_is_asked_again() {
    let script = Script::new();
    script.answer(
        "GET /v2/a/tags/list",
        guarded("Bearer t1", BEARER, tag_list()),
    );
    script.once("POST http://auth/token", Reply::status(503));
    script.reply(
        "POST http://auth/token",
        Reply::json(r#"{"access_token":"t1"}"#),
    );
    first_tags(&identity(&script), "a").await.unwrap();
    assert_eq!(forms(&script), [FORM, FORM]);
}
