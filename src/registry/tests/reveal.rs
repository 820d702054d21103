//! What a registry reveals: clock, quota, product, deletion, referrers, and what its
//! tokens open.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const PING: &str = "GET http://reg/v2/";

#[tokio::test(start_paused = true)]
async fn a_ping_reveals_clock_quota_and_server() {
    let script = Script::new();
    script.reply(PING, Reply::json("{}"));
    let ping = registry(&script).probe().await.unwrap();
    assert_eq!((ping.clock_skew, ping.quota), (None, None));
    assert_eq!(ping.server, None);

    script.reply(
        PING,
        unauthorized(BEARER)
            .header("date", "Thu, 01 Jan 2015 00:00:00 GMT")
            .header("server", "nginx\u{202e}/1.25")
            .header("ratelimit-limit", "100;w=21600"),
    );
    let ping = registry(&script).probe().await.unwrap();
    assert!(ping.clock_skew.unwrap().as_hours() < -50_000);
    assert_eq!(ping.quota.unwrap().limit, Some(100));
    assert!(ping.server.is_none_or(|server| server.is_ascii()));

    script.reply(PING, Reply::json("{}").header("server", "nginx/1.25"));
    let ping = registry(&script).probe().await.unwrap();
    assert_eq!(ping.server.as_deref(), Some("nginx/1.25"));
}

#[test]
fn an_api_token_is_covered_before_anything_is_sent() {
    let http = scripted(Script::new(), &spec().limits);
    let secrets = Secrets {
        credentials: None,
        api_token: Some(Secret::new("api-token-0123456789")),
        aws: None,
    };
    let registry = Registry::over(http, &spec(), secrets).unwrap();
    let shown = registry.cover().show("it was api-token-0123456789", 100);
    assert_eq!(shown.as_str(), "it was (not shown)");
    let token = registry.api_token().map(Secret::expose);
    assert_eq!(token, Some("api-token-0123456789"));
    assert_eq!(registry.sign_in_name(), "anonymous");
}

#[tokio::test(start_paused = true)]
async fn the_latest_quota_is_kept_whatever_answer_says_it() {
    let script = Script::new();
    script.reply(PING, Reply::json("{}"));
    for left in ["87", "86"] {
        script.once(
            "GET /v2/a/manifests/1",
            Reply::status(404)
                .header("ratelimit-limit", "100;w=21600")
                .header("ratelimit-remaining", left),
        );
    }
    script.reply("GET /v2/a/manifests/1", Reply::status(404));
    let registry = registry(&script);
    registry.ping().await.unwrap();
    assert_eq!(registry.quota(), None);
    let reference = Reference::Tag("1".parse().unwrap());
    for left in [87, 86, 86] {
        let manifest = registry.manifest(&name("a"), &reference).await;
        assert!(manifest.is_err());
        let quota = registry.quota().unwrap();
        assert_eq!(quota.remaining, Some(left));
        assert_eq!(quota.window, Some(Duration::from_hours(6)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_another_host_is_not_the_registrys() {
    let script = Script::new();
    script.reply(
        "GET http://reg/v2/a/manifests/1",
        Reply::status(307).header("location", "http://cdn/m"),
    );
    script.reply(
        "GET http://cdn/m",
        Reply::status(404).header("ratelimit-limit", "7"),
    );
    let registry = registry(&script);
    let reference = Reference::Tag("1".parse().unwrap());
    assert!(registry.manifest(&name("a"), &reference).await.is_err());
    assert_eq!(registry.quota(), None);
}

fn jwt(access: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"access":{access}}}"#));
    format!("e30.{payload}.c2ln")
}

#[tokio::test(start_paused = true)]
async fn tokens_say_what_they_open_and_never_what_they_are() {
    let script = Script::new();
    script.reply(PING, unauthorized(BEARER));
    let catalogue = jwt(r#"[{"type":"registry","name":"catalog","actions":["*"]}]"#);
    for (query, token) in [
        ("service=reg", jwt("[]")),
        (
            "service=reg&scope=registry%3Acatalog%3A*",
            catalogue.clone(),
        ),
        ("service=reg&scope=repository%3Aa%3Apull", "opaque".into()),
    ] {
        script.reply(
            &format!("GET http://auth/token?{query}"),
            Reply::json(format!(r#"{{"token":"{token}","expires_in":300}}"#)),
        );
    }
    let list = |what: &str, reply: Reply| {
        script.answer(what, move |request: &Request| {
            if request.headers.contains_key("authorization") {
                reply.clone()
            } else {
                unauthorized(BEARER)
            }
        });
    };
    list("GET /v2/_catalog", Reply::json(r#"{"repositories":["a"]}"#));
    list(
        "GET /v2/a/tags/list",
        Reply::json(r#"{"name":"a","tags":["1"]}"#),
    );
    let registry = signed(&script, AuthType::Auto);
    assert_eq!(registry.granted(&Scope::Ping).await, None);
    registry.ping().await.unwrap();
    let details = registry.granted(&Scope::Ping).await.unwrap();
    assert_eq!(details.realm, "http://auth/token");
    assert_eq!(details.service.as_deref(), Some("reg"));
    assert_eq!(details.asked, None);
    assert_eq!(details.lifetime, Duration::from_mins(5));
    assert!(details.signed_in);
    assert_eq!(details.grant, Grant::Scopes(Vec::new()));

    assert_eq!(registry.granted(&Scope::Catalogue).await, None);
    registry.repositories().next().await.unwrap().unwrap();
    let details = registry.granted(&Scope::Catalogue).await.unwrap();
    assert_eq!(details.asked.as_deref(), Some("registry:catalog:*"));
    assert!(!format!("{details:?}").contains(&catalogue));
    let Grant::Scopes(scopes) = details.grant else {
        panic!("it can be read");
    };
    assert_eq!(scopes[0].to_string(), "registry:catalog:*");

    first_tags(&registry, "a").await.unwrap();
    let details = registry.granted(&Scope::Pull(name("a"))).await.unwrap();
    assert_eq!(details.grant, Grant::Opaque);
}

#[tokio::test(start_paused = true)]
async fn deletion_is_told_without_deleting() {
    let allow = |methods: &str| Reply::status(200).header("allow", methods);
    let set = Some(Product::Harbor);
    for (product, reply, wanted, says) in [
        (set, allow("GET, HEAD, DELETE"), "allowed", "DELETE"),
        (set, allow("GET, HEAD"), "refused", "without `DELETE`"),
        (
            set,
            Reply::status(405).header("allow", "GET"),
            "refused",
            "without",
        ),
        (set, Reply::status(405), "unknown", "405 without `Allow`"),
        (set, Reply::status(404), "unknown", "404"),
        // Distribution's router lists what it routes, switched on or not.
        (
            Some(Product::Generic),
            allow("DELETE,GET,HEAD,PUT"),
            "unknown",
            "switched off",
        ),
        (
            None,
            allow("DELETE,GET,HEAD,PUT"),
            "unknown",
            "switched off",
        ),
        (None, allow("GET,HEAD"), "refused", "without `DELETE`"),
    ] {
        let script = Script::new();
        script.reply(
            &format!("OPTIONS /v2/a/manifests/sha256:{}", "0".repeat(64)),
            reply,
        );
        let mut spec = spec();
        spec.product = product;
        let found = with(&script, &spec, None).deletion(&name("a")).await;
        let (found, seen) = match found.unwrap() {
            Deletion::Allowed(seen) => ("allowed", seen),
            Deletion::Refused(seen) => ("refused", seen),
            Deletion::Unknown(seen) => ("unknown", seen),
        };
        assert_eq!(found, wanted, "{product:?} {seen}");
        assert!(seen.contains(says), "{seen}");
        assert_eq!(script.recorded().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn products_that_never_delete_so_are_not_even_asked() {
    for product in [Product::DockerHub, Product::Ghcr, Product::Ecr] {
        let script = Script::new();
        let mut spec = spec();
        spec.product = Some(product);
        let found = with(&script, &spec, None).deletion(&name("a")).await;
        assert!(matches!(found, Ok(Deletion::Refused(_))), "{found:?}");
        assert!(script.recorded().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_registry_says_nothing_of_deletion() {
    let script = Script::new();
    let nowhere = format!("OPTIONS /v2/a/manifests/sha256:{}", "0".repeat(64));
    script.reply(&nowhere, Reply::status(503));
    let failure = registry(&script).deletion(&name("a")).await.unwrap_err();
    assert_eq!(failure.class, Class::Server);
    // The token that is asked for is one to read with.
    let script = Script::new();
    script.answer(&nowhere, guarded("Bearer t1", BEARER, Reply::status(404)));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    registry(&script).deletion(&name("a")).await.unwrap();
    assert!(script.lines()[1].ends_with("scope=repository%3Aa%3Apull"));
    assert!(
        script
            .lines()
            .iter()
            .all(|line| !line.starts_with("DELETE"))
    );
}

#[tokio::test(start_paused = true)]
async fn referrers_are_supported_where_an_index_comes() {
    let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
    let index = "application/vnd.oci.image.index.v1+json";
    let list =
        |kind: &str, body: &'static str| Reply::status(200).header("content-type", kind).body(body);
    let supported = |count, more| Referrers::Supported { count, more };
    let unsupported = |status, seen: &str| Referrers::Unsupported {
        status,
        seen: seen.to_owned(),
    };
    for (reply, wanted) in [
        (list(index, r#"{"manifests":[]}"#), supported(0, false)),
        (list(index, r#"{"manifests":null}"#), supported(0, false)),
        (
            list(
                "Application/vnd.oci.image.index.v1+json; charset=utf-8",
                r#"{"manifests":[{},{}]}"#,
            )
            .header("link", r#"</next>; rel="next""#),
            supported(2, true),
        ),
        (
            Reply::status(404).body("404 page not found"),
            unsupported(404, "`404 page not found`"),
        ),
        (Reply::status(406), unsupported(406, "an empty body")),
        (
            list("text/html", "<html><title>Home</title></html>"),
            unsupported(200, "an HTML page titled `Home`"),
        ),
        (
            list("application/json", r#"{"manifests":[]}"#),
            unsupported(200, r#"`{"manifests":[]}`"#),
        ),
        (list(index, "[]"), unsupported(200, "`[]`")),
    ] {
        let script = Script::new();
        script.reply(&format!("GET /v2/a/referrers/{digest}"), reply);
        let found = registry(&script).referrers(&name("a"), &digest).await;
        assert_eq!(found.unwrap(), wanted);
    }
    for (status, class) in [(403, Class::Denied), (503, Class::Server)] {
        let script = Script::new();
        script.reply(
            &format!("GET /v2/a/referrers/{digest}"),
            Reply::status(status),
        );
        let found = registry(&script).referrers(&name("a"), &digest).await;
        assert_eq!(found.unwrap_err().class, class);
    }
}

#[tokio::test(start_paused = true)]
async fn products_tell_their_version_to_who_asks() {
    let gitlab = Reply::status(401).header("gitlab-container-registry-version", "4.32.0-gitlab");
    let nexus = Reply::status(200).header("server", "Nexus/3.96.3-01 (COMMUNITY)");
    let artifactory = Reply::status(200)
        .header("x-jfrog-version", "Artifactory/7.46.11 74611900")
        .body("OK");
    for (base, path, reply, known, wanted) in [
        (
            "",
            "/api/v2.0/systeminfo",
            Reply::json(r#"{"auth_mode":"db_auth","harbor_version":"v2.15.2-ab"}"#),
            Some(Product::Harbor),
            ("Harbor", Some("v2.15.2-ab")),
        ),
        (
            "",
            "/api/v2.0/systeminfo",
            Reply::json(r#"{"auth_mode":"db_auth"}"#),
            None,
            ("Harbor", None),
        ),
        (
            "/nexus/repository/docker",
            "/nexus/service/rest/v1/status",
            nexus.clone(),
            Some(Product::Nexus),
            ("Sonatype Nexus", Some("3.96.3-01")),
        ),
        (
            "/repository/docker",
            "/service/rest/v1/status",
            nexus,
            None,
            ("Sonatype Nexus", Some("3.96.3-01")),
        ),
        (
            "/artifactory/api/docker/key",
            "/artifactory/api/system/ping",
            artifactory,
            Some(Product::Artifactory),
            ("JFrog Artifactory", Some("7.46.11")),
        ),
        (
            "",
            "/gitlab/v1/",
            gitlab,
            Some(Product::Gitlab),
            ("GitLab container registry", Some("4.32.0-gitlab")),
        ),
        (
            "",
            "/v2/_zot/ext/mgmt",
            Reply::json(r#"{"distSpecVersion":"1.1.1","releaseTag":"v2.1.20"}"#),
            None,
            ("zot", Some("v2.1.20")),
        ),
        (
            "",
            "/api/v1/discovery",
            Reply::json(r#"{"info":{"version":"v1","title":"Quay Frontend"}}"#),
            Some(Product::Quay),
            ("Quay", None),
        ),
        (
            "",
            "/api/v1/version",
            Reply::json(r#"{"version":"9.0.0+gitea-1.22.0"}"#),
            Some(Product::Generic),
            ("Gitea or Forgejo", Some("9.0.0+gitea-1.22.0")),
        ),
    ] {
        let script = Script::new();
        script.reply(&format!("GET http://reg{path}"), reply);
        let mut spec = spec();
        spec.endpoint = format!("http://reg{base}").parse().unwrap();
        spec.product = known;
        let registry = with(&script, &spec, Some(ann()));
        let found = registry.identify().await.unwrap();
        assert_eq!((found.name, found.version.as_deref()), wanted, "{path}");
        assert!(!found.is_hint);
        assert!(found.seen.contains(path), "{}", found.seen);
        // Nobody is signed in for it, and what is known is asked once.
        let recorded = script.recorded();
        assert!(recorded.iter().all(|r| r.header("authorization").is_none()));
        assert!(known.is_none_or(|known| known == Product::Generic) || recorded.len() == 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_found_by_asking_is_known_from_then_on() {
    let script = Script::new();
    script.reply(PING, Reply::json("{}"));
    script.reply(
        "GET /api/v2.0/systeminfo",
        Reply::json(r#"{"auth_mode":"db_auth"}"#),
    );
    let registry = registry(&script);
    registry.probe().await.unwrap();
    assert_eq!(registry.product(), None);
    registry.identify().await.unwrap();
    assert_eq!(registry.product(), Some(Product::Harbor));
}

#[tokio::test(start_paused = true)]
async fn who_answers_nothing_to_the_point_stays_unknown() {
    // One question a product, none of them twice, whatever the answer.
    for reply in [
        Reply::status(404),
        Reply::status(503),
        Reply::json("[]"),
        Reply::status(200).body("<html>welcome</html>"),
        Reply::status(302).header("location", "http://evil/login"),
    ] {
        let script = Script::new();
        for path in [
            "/api/v2.0/systeminfo",
            "/service/rest/v1/status",
            "/artifactory/api/system/ping",
            "/gitlab/v1/",
            "/v2/_zot/ext/mgmt",
            "/api/v1/discovery",
            "/api/v1/version",
        ] {
            script.reply(&format!("GET http://reg{path}"), reply.clone());
        }
        assert_eq!(registry(&script).identify().await, None);
        let asked: std::collections::HashSet<_> = script.lines().into_iter().collect();
        assert_eq!(asked.len(), script.recorded().len());
        assert!(asked.iter().all(|line| line.contains("http://reg/")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_answer_hints_at_the_version_of_distribution() {
    for (kind, wanted) in [
        ("application/json; charset=utf-8", Some("2")),
        ("application/json", Some("3")),
        ("text/plain", None),
    ] {
        let script = Script::new();
        let reply = Reply::status(200)
            .header("content-type", kind)
            .header("docker-distribution-api-version", "registry/2.0")
            .body("{}");
        script.reply(PING, reply.clone());
        let asked = registry(&script);
        asked.probe().await.unwrap();
        let found = asked.identify().await;
        let version = found.as_ref().and_then(|found| found.version.as_deref());
        assert_eq!(version, wanted, "{kind}");
        assert!(found.is_none_or(|found| found.is_hint));

        // Who says what it is, is not Distribution.
        script.reply(PING, reply.header("server", "other/1"));
        let asked = registry(&script);
        asked.probe().await.unwrap();
        assert_eq!(asked.identify().await, None);
    }
}
