//! What answers, and what is no registry.

use super::*;

#[tokio::test(start_paused = true)]
async fn these_answers_are_a_registrys() {
    for reply in [
        Reply::json("{}"),
        Reply::status(200).body("true"),
        Reply::status(200),
        unauthorized(BEARER),
        Reply::status(401)
            .header("content-type", "text/html")
            .header("docker-distribution-api-version", "registry/2.0")
            .body("true"),
    ] {
        let script = Script::new();
        script.reply("GET http://reg/v2/", reply);
        registry(&script).probe().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn these_are_none_and_the_address_is_named() {
    let page = "<!DOCTYPE html><html><head><title>Log in\u{1b}[2J</title></head></html>";
    for (reply, says) in [
        (Reply::status(200).body(page), "an HTML page titled `Log in"),
        (
            Reply::status(404).body("404 page not found"),
            "404 with `404 page not found`",
        ),
        (
            Reply::status(401)
                .header("content-type", "text/html")
                .body("no"),
            "an HTML page",
        ),
        (Reply::status(405), "an empty body"),
    ] {
        let script = Script::new();
        script.reply("GET http://reg/v2/", reply);
        let failure = registry(&script).probe().await.unwrap_err();
        assert_eq!(failure.class, Class::Protocol);
        assert!(
            failure.message.contains("`http://reg/v2/` is no registry"),
            "{failure}"
        );
        assert!(failure.message.contains(says), "{failure}");
        assert!(!failure.message.contains('\u{1b}'), "{failure:?}");
        assert!(failure.hint.unwrap().contains("base path"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_a_login_page_is_said() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/",
        Reply::status(302).header("location", "https://sso.corp/login?session=abc"),
    );
    script.reply(
        "GET https://sso.corp/login",
        Reply::status(200).body("<html></html>"),
    );
    let failure = registry(&script).probe().await.unwrap_err();
    assert!(
        failure
            .message
            .contains("the redirect to `https://sso.corp/login"),
        "{failure}"
    );
    assert!(!failure.message.contains("abc"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_tls_port_that_is_asked_in_plain_is_said() {
    for body in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html>The plain HTTP request was sent to HTTPS port</html>",
    ] {
        let script = Script::new();
        script.reply("GET http://reg/v2/", Reply::status(400).body(body));
        let failure = registry(&script).probe().await.unwrap_err();
        assert_eq!(failure.class, Class::Tls);
        assert!(failure.hint.unwrap().contains("https://"));
    }
}

#[tokio::test(start_paused = true)]
async fn other_failures_keep_their_class() {
    for (reply, class) in [
        (Reply::status(403), Class::Denied),
        (Reply::status(429), Class::Throttled),
        (Reply::status(503), Class::Server),
        (Reply::refused(), Class::Connect),
    ] {
        let script = Script::new();
        script.reply("GET http://reg/v2/", reply);
        let failure = registry(&script).probe().await.unwrap_err();
        assert_eq!(failure.class, class);
        assert_eq!(failure.stage, Stage::Ping);
    }
}

#[tokio::test(start_paused = true)]
async fn the_base_path_is_kept() {
    let script = Script::new();
    script.reply("GET http://reg/repository/docker/v2/", Reply::json("{}"));
    let mut spec = spec();
    spec.endpoint = "http://reg/repository/docker".parse().unwrap();
    assert!(with(&script, &spec, None).probe().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_product_is_found_out_unless_it_is_set() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/",
        Reply::json("{}").header("server", "Nexus/3.96.3-01 (COMMUNITY)"),
    );
    let ping = registry(&script).probe().await.unwrap();
    assert_eq!(ping.product, Some(Product::Nexus));
    assert_eq!(ping.version.as_deref(), Some("3.96.3-01"));
    let mut spec = spec();
    spec.product = Some(Product::Harbor);
    let ping = with(&script, &spec, None).probe().await.unwrap();
    assert_eq!(ping.product, Some(Product::Harbor));
}

#[tokio::test(start_paused = true)]
async fn a_challenge_from_elsewhere_gets_nothing() {
    let script = Script::new();
    for target in ["http://evil/v2/", "https://reg/v2/"] {
        script.reply(
            "GET http://reg/v2/",
            Reply::status(301).header("location", target),
        );
        script.reply(
            &format!("GET {target}"),
            unauthorized(r#"Bearer realm="http://evil/token""#),
        );
        let failure = signed(&script, AuthType::Auto).ping().await.unwrap_err();
        assert_eq!(failure.class, Class::Protocol);
        assert!(failure.message.contains(target), "{failure}");
        assert!(failure.hint.unwrap().contains("own address"));
        assert_eq!(script.count(&format!("GET {target}")), 0);
    }
    assert!(
        script
            .recorded()
            .iter()
            .all(|r| r.header("authorization").is_none())
    );
    assert_eq!(script.count("GET http://evil/token"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_opening_costs_no_request_where_a_sign_in_is_asked_for() {
    const TOKEN: &str = "Bearer t";
    let script = Script::new();
    script.reply("GET /v2/", unauthorized(BEARER));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t"}"#));
    let list = Reply::json(r#"{"repositories":["a"]}"#);
    script.answer("GET /v2/_catalog", guarded(TOKEN, BEARER, list));
    let registry = signed(&script, AuthType::Auto);
    assert_eq!(registry.open().await, Ok(()));
    registry.repositories().next().await.unwrap().unwrap();
    let asked: Vec<String> = script
        .lines()
        .iter()
        .map(|line| line.split('?').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "GET http://reg/v2/",
            "GET http://auth/token",
            "GET http://reg/v2/_catalog"
        ]
    );
    let ping = &script.recorded()[0];
    assert_eq!(
        ping.header("authorization"),
        None,
        "to nobody in particular"
    );

    // With user name and password the same: what the list would have been refused for is
    // known before.
    let script = Script::new();
    let basic = r#"Basic realm="x""#;
    script.reply("GET /v2/", unauthorized(basic));
    let list = Reply::json(r#"{"repositories":["a"]}"#);
    script.answer("GET /v2/_catalog", guarded(ANN, r#"Basic realm="x""#, list));
    let registry = signed(&script, AuthType::Auto);
    assert_eq!(registry.open().await, Ok(()));
    registry.repositories().next().await.unwrap().unwrap();
    assert_eq!(script.recorded().len(), 2, "{:#?}", script.lines());
}

#[tokio::test(start_paused = true)]
async fn only_a_registry_that_is_not_reached_is_shut() {
    for (reply, class) in [
        (Reply::refused(), Some(Class::Connect)),
        (Reply::untrusted(), Some(Class::Tls)),
        // It may be another answer the next time.
        (Reply::broken(), None),
        (Reply::status(429), None),
        (Reply::status(403), None),
        (unauthorized("Negotiate"), None),
    ] {
        let script = Script::new();
        script.reply("GET /v2/", reply);
        let opened = registry(&script).open().await;
        assert_eq!(opened.err().map(|failure| failure.class), class);
        assert_eq!(script.recorded().len(), 1);
    }
}
