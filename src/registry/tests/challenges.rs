//! Challenges as they come: several, spelt anyhow, incomplete, misplaced.

use super::*;

/// What a registry with this challenge is sent for the tags of `a`, and the outcome.
async fn asked(challenges: &[&str], auth: AuthType) -> (Vec<String>, Result<(), Failure>) {
    let script = Script::new();
    let mut refusal = Reply::status(401);
    for challenge in challenges {
        refusal = refusal.header("www-authenticate", challenge);
    }
    script.answer(
        "GET /v2/a/tags/list",
        move |request: &Request| match request.headers.get("authorization") {
            Some(sent) if sent == "Bearer t1" || sent == ANN => tag_list(),
            _ => refusal.clone(),
        },
    );
    for realm in ["http://auth/token", "http://reg/service/token"] {
        script.reply(
            &format!("GET {realm}"),
            Reply::json(r#"{"token":"t1","access_token":""}"#),
        );
    }
    let outcome = first_tags(&signed(&script, auth), "a").await.map(|_| ());
    let lines = script.lines();
    (lines, outcome)
}

#[tokio::test(start_paused = true)]
async fn every_spelling_is_followed() {
    let own = "scope=repository%3Aa%3Apull";
    let plain = format!("http://auth/token?service=reg&{own}");
    for (challenges, token_url) in [
        // Over several lines, and in one, behind what nobody here speaks.
        (
            vec![
                "Negotiate",
                r#"Bearer realm="http://auth/token",service="reg""#,
                r#"Basic realm="x""#,
            ],
            Some(plain.clone()),
        ),
        (
            vec![r#"Basic realm="x", Bearer realm="http://auth/token",service="reg",scope="*""#],
            Some(plain.clone()),
        ),
        (
            vec![r#"BEARER REALM="http://auth/token",SERVICE="reg""#],
            Some(plain.clone()),
        ),
        (vec![r#"BASIC realm="Sonatype""#], None),
        (vec!["basic realm=zot local"], None),
        // A realm that is a URL makes it no Bearer.
        (
            vec![r#"Basic realm="https://h/",service="ecr.amazonaws.com""#],
            None,
        ),
        // Without a service, with an odd one, and relative.
        (
            vec![r#"Bearer realm="http://auth/token""#],
            Some(format!("http://auth/token?{own}")),
        ),
        (
            vec![r#"Bearer realm="http://auth/token",service="http://reg/v2/token""#],
            Some(format!(
                "http://auth/token?service=http%3A%2F%2Freg%2Fv2%2Ftoken&{own}"
            )),
        ),
        (
            vec![r#"Bearer realm="/service/token",service="harbor-registry""#],
            Some(format!(
                "http://reg/service/token?service=harbor-registry&{own}"
            )),
        ),
        // Scopes that are placeholders, another repository's, or too much.
        (
            vec![
                r#"Bearer realm="http://auth/token",service="reg",scope="repository:user/image:pull""#,
            ],
            Some(plain.clone()),
        ),
        (
            vec![r#"Bearer realm="http://auth/token",service="reg",scope="repository:*:pull""#],
            Some(plain.clone()),
        ),
        (
            vec![
                r#"Bearer realm="http://auth/token",service="reg",scope="repository:a:pull,push,delete""#,
            ],
            Some(plain.clone()),
        ),
        (
            vec![r#"Bearer realm="http://auth/token",service="reg",scope="""#],
            Some(plain.clone()),
        ),
    ] {
        let (lines, outcome) = asked(&challenges, AuthType::Auto).await;
        outcome.unwrap();
        let token = lines.iter().find(|line| line.contains("/token"));
        let wanted = token_url.map(|url| format!("GET {url}"));
        assert_eq!(token, wanted.as_ref(), "{challenges:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_blank_challenge_is_a_refusal() {
    for challenge in ["", " , ,"] {
        let (lines, outcome) = asked(&[challenge], AuthType::Auto).await;
        let failure = outcome.unwrap_err();
        assert_eq!(failure.class, Class::Authentication);
        assert_eq!(lines.len(), 1, "nothing is sent to who did not ask");
    }
    // Once signed in, it says that this repository is not for us (Harbor).
    let script = Script::new();
    script.answer(
        "GET /v2/a/tags/list",
        guarded("Bearer t1", BEARER, tag_list()),
    );
    script.reply("GET /v2/none/tags/list", unauthorized(""));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    let registry = signed(&script, AuthType::Auto);
    first_tags(&registry, "a").await.unwrap();
    let failure = first_tags(&registry, "none").await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    first_tags(&registry, "a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_challenge_on_an_answer_that_is_none_is_not_obeyed() {
    // zot: to everybody, and to those who are signed in.
    let script = Script::new();
    script.reply(
        "GET /v2/a/tags/list",
        tag_list().header("www-authenticate", r#"Bearer realm="http://auth/token""#),
    );
    first_tags(&registry(&script), "a").await.unwrap();
    assert_eq!(script.recorded().len(), 1);
    script.reply(
        "GET /v2/a/tags/list",
        Reply::status(403).header("www-authenticate", r#"Basic realm="x""#),
    );
    let failure = first_tags(&signed(&script, AuthType::Auto), "a").await;
    assert_eq!(failure.unwrap_err().class, Class::Denied);
    let recorded = script.recorded();
    assert!(recorded.iter().all(|r| r.header("authorization").is_none()));
}

#[tokio::test(start_paused = true)]
async fn pinned_types_hold_against_what_is_offered() {
    let both = r#"Bearer realm="http://auth/token",service="reg", Basic realm="x""#;
    let (lines, outcome) = asked(&[both], AuthType::Basic).await;
    outcome.unwrap();
    assert_eq!(lines.len(), 1, "Basic goes ahead, and no token is fetched");
    let (lines, outcome) = asked(&[both], AuthType::Bearer).await;
    outcome.unwrap();
    assert!(lines[1].starts_with("GET http://auth/token"));
    let (lines, outcome) = asked(&[r#"Basic realm="x""#], AuthType::Bearer).await;
    assert_eq!(outcome.unwrap_err().class, Class::Authentication);
    assert_eq!(lines.len(), 1);
}
