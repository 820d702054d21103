//! Lists: whole, or a failure that says why not.

use super::*;

async fn all(registry: &Registry) -> Result<Vec<String>, Failure> {
    let mut pages = registry.tags(&name("a"));
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page?.items.iter().map(ToString::to_string));
    }
    assert!(pages.next().await.is_none());
    Ok(found)
}

fn page(names: impl IntoIterator<Item = impl AsRef<str>>) -> Reply {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("\"{}\"", name.as_ref()))
        .collect();
    Reply::json(format!(r#"{{"name":"a","tags":[{}]}}"#, quoted.join(",")))
}

fn linked(names: &[&str], link: &str) -> Reply {
    page(names).header("link", &format!(r#"<{link}>; rel="next""#))
}

const PATH: &str = "/v2/a/tags/list";

fn first(query: &str) -> String {
    format!("GET {PATH}?{query}")
}

#[tokio::test(start_paused = true)]
async fn links_are_followed_wherever_they_claim_to_lead_on_this_host() {
    for link in [
        "/v2/a/tags/list?last=2&n=2",
        "http://reg/v2/a/tags/list?last=2&n=2",
        "?last=2&n=2",
        // A proxy's idea of scheme, port and path.
        "https://reg:5000/repository/docker/v2/a/tags/list?last=2&n=2",
        "/v2/tags/list?last=2&n=2",
        // Another name of the same registry, or somebody else: only the query is used.
        "https://evil.example/v2/a/tags/list?last=2&n=2",
    ] {
        let script = Script::new();
        script.reply(&first("n=1000"), linked(&["1", "2"], link));
        script.reply(&first("last=2&n=2"), page(["3"]));
        assert_eq!(
            all(&registry(&script)).await.unwrap(),
            ["1", "2", "3"],
            "{link}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn links_stay_below_the_base_path() {
    let script = Script::new();
    let mut spec = spec();
    spec.endpoint = "http://reg/art/api/docker/key".parse().unwrap();
    let path = "GET /art/api/docker/key/v2/a/tags/list";
    script.reply(
        &format!("{path}?n=1000"),
        linked(&["1"], "/v2/a/tags/list?last=1&n=1"),
    );
    script.reply(&format!("{path}?last=1&n=1"), page(["2"]));
    assert_eq!(all(&with(&script, &spec, None)).await.unwrap(), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_twice_is_listed_once() {
    let script = Script::new();
    script.reply(&first("n=1000"), linked(&["1", "2", "1"], "?last=2"));
    script.reply(&first("last=2"), page(["2", "3"]));
    assert_eq!(all(&registry(&script)).await.unwrap(), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_last_page_is_an_end() {
    let script = Script::new();
    script.reply(&first("n=1000"), linked(&["1"], "?last=1"));
    script.reply(&first("last=1"), page([""; 0]));
    assert_eq!(all(&registry(&script)).await.unwrap(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn lists_that_do_not_end_are_failures() {
    let round = Script::new();
    round.reply(&first("n=1000"), linked(&["1"], "?last=1"));
    round.reply(&first("last=1"), linked(&["2"], "?n=1000"));
    let repeats = Script::new();
    repeats.reply(&format!("GET {PATH}"), linked(&["1"], "?last=3"));
    repeats.reply(&first("last=1"), linked(&["1"], "?last=2"));
    repeats.reply(&first("last=3"), linked(&["1"], "?last=1"));
    repeats.reply(&first("last=2"), linked(&["1"], "?last=4"));
    for (script, says) in [(round, "already read"), (repeats, "bring nothing new")] {
        let failure = all(&registry(&script)).await.unwrap_err();
        assert_eq!(failure.class, Class::Protocol);
        assert!(failure.message.contains(says), "{failure}");
        assert_eq!(failure.repository, Some(name("a")));
    }
}

#[tokio::test(start_paused = true)]
async fn page_sizes_that_are_refused_shrink_and_stay_so() {
    for (status, body) in [
        (400, r#"{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}"#),
        (405, r#"{"errors":[{"code":"UNSUPPORTED"}]}"#),
        (422, ""),
    ] {
        let script = Script::new();
        script.reply(&format!("GET {PATH}"), Reply::status(status).body(body));
        script.reply(&first("n=100"), page(["1"]));
        let mut spec = spec();
        spec.limits.page_size = 5000;
        let registry = with(&script, &spec, None);
        assert_eq!(all(&registry).await.unwrap(), ["1"], "{status}");
        let sizes = |script: &Script| {
            let all = script.recorded();
            let queries = all.iter().filter_map(|r| r.request.url.query());
            let first = queries.filter(|query| !query.contains("last"));
            first.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&script), ["n=5000", "n=1000", "n=100"]);
        all(&registry).await.unwrap();
        assert_eq!(sizes(&script).len(), 4);
    }
    let script = Script::new();
    script.answer(&format!("GET {PATH}"), |request: &Request| {
        if request.url.query().is_some() {
            Reply::status(422)
        } else {
            page(["1"])
        }
    });
    assert_eq!(all(&registry(&script)).await.unwrap(), ["1"]);
    // Any other 400 is a failure at once.
    let script = Script::new();
    script.reply(&format!("GET {PATH}"), Reply::status(400));
    assert!(all(&registry(&script)).await.is_err());
    assert_eq!(script.recorded().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn odd_entries_are_dropped_and_shown_harmless() {
    let script = Script::new();
    script.reply(
        &format!("GET {PATH}"),
        Reply::json(r#"{"tags":["1",null,"","sha256:9f86","a\u001b[2Jb","2",7]}"#),
    );
    let mut pages = registry(&script).tags(&name("a"));
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(
        page.dropped,
        ["null", "7", "", "sha256:9f86", "a\u{fffd}[2Jb"]
    );
}

#[tokio::test(start_paused = true)]
async fn no_tags_are_an_empty_list() {
    for body in [
        r#"{"name":"a","tags":null}"#,
        r#"{"name":"a","tags":[]}"#,
        r#"{"name":"a"}"#,
    ] {
        let script = Script::new();
        script.reply(&format!("GET {PATH}"), Reply::json(body));
        assert!(all(&registry(&script)).await.unwrap().is_empty(), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_is_a_failure_that_shows_what_came() {
    for (reply, class, says) in [
        (
            Reply::status(200).body("<html>"),
            Class::Protocol,
            "an HTML page",
        ),
        (Reply::json(r#"{"tags":["1""#), Class::Protocol, "not JSON"),
        (
            Reply::status(404).body(r#"{"errors":[{"code":"NAME_UNKNOWN","message":"gone"}]}"#),
            Class::Missing,
            "404 Not Found: `NAME_UNKNOWN: gone`",
        ),
        // A stray 404 is no reason to forget a repository.
        (
            Reply::status(404).body("<html>"),
            Class::Protocol,
            "an HTML page",
        ),
        (
            Reply::status(403).body(r#"{"errors":[{"code":"DENIED","message":"no\u001b[1m"}]}"#),
            Class::Denied,
            "`DENIED: no\u{fffd}[1m`",
        ),
        (
            Reply::status(500),
            Class::Server,
            "500 Internal Server Error",
        ),
    ] {
        let script = Script::new();
        script.reply(&format!("GET {PATH}"), reply);
        let failure = all(&registry(&script)).await.unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        assert!(
            failure.message.contains("`GET /v2/a/tags/list?n=1000`"),
            "{failure}"
        );
        assert_eq!(failure.stage, Stage::Tags);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_catalogue_is_empty_unless_it_hides_something() {
    let empty = || Reply::json(r#"{"repositories":[]}"#);
    let listed = async |registry: Registry| registry.repositories().next().await.unwrap();

    let script = Script::new();
    script.reply("GET /v2/_catalog", empty());
    assert!(listed(registry(&script)).await.unwrap().items.is_empty());

    let mut quay = spec();
    quay.product = Some(Product::Quay);
    let failure = listed(with(&script, &quay, None)).await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);

    // A token that anybody gets, and nothing to see with it.
    let script = Script::new();
    script.answer("GET /v2/_catalog", guarded("Bearer t1", BEARER, empty()));
    script.reply("GET http://auth/token", Reply::json(r#"{"token":"t1"}"#));
    let failure = listed(registry(&script)).await.unwrap_err();
    assert_eq!(failure.class, Class::Denied);
    assert!(listed(signed(&script, AuthType::Auto)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_registry_without_a_catalogue_says_what_to_do() {
    for reply in [
        Reply::status(404),
        Reply::status(404).body(r#"{"errors":[]}"#),
    ] {
        let script = Script::new();
        script.reply("GET /v2/_catalog", reply);
        let failure = registry(&script)
            .repositories()
            .next()
            .await
            .unwrap()
            .unwrap_err();
        // Never `Missing`: it is the list that is not there.
        assert_eq!(failure.class, Class::Protocol);
        assert!(failure.hint.unwrap().contains("load-full-list"));
    }
    let script = Script::new();
    script.reply("GET /v2/_catalog", Reply::json("{}"));
    let nothing = registry(&script).repositories().next().await.unwrap();
    assert!(
        nothing
            .unwrap_err()
            .message
            .contains("holds no `repositories`")
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_no_end_of_the_list() {
    use std::time::Duration;
    let script = Script::new();
    script.reply(
        &first("n=1000"),
        linked(&["1"], "?last=1").after(Duration::from_secs(5)),
    );
    script.reply(&first("last=1"), page(["2"]).after(Duration::from_secs(5)));
    let mut pages = registry(&script).tags(&name("a"));
    let mut found = Vec::new();
    loop {
        let impatient = tokio::time::timeout(Duration::from_secs(1), pages.next()).await;
        assert!(impatient.is_err() || impatient.unwrap().is_none());
        match pages.next().await {
            Some(page) => found.extend(page.unwrap().items),
            None => break,
        }
    }
    assert_eq!(found.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_kept_whose_link_leads_nowhere() {
    let script = Script::new();
    let link = format!(r#"<?last={}>; rel="next""#, "x".repeat(20_000));
    script.reply("GET /v2/a/tags/list", tag_list().header("link", &link));
    let registry = registry(&script);
    let mut pages = registry.tags(&name("a"));
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(pages.has_more());
    let failure = pages.next().await.unwrap().unwrap_err();
    assert!(failure.message.contains("too long"), "{failure}");
    assert!(pages.next().await.is_none());
    assert_eq!(script.recorded().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_is_an_end_wherever_it_leads() {
    let script = Script::new();
    script.reply(&first("n=1000"), linked(&["1"], "?last=1"));
    script.reply(&first("last=1"), linked(&[], "?last=1"));
    assert_eq!(all(&registry(&script)).await.unwrap(), ["1"]);
    // A server that filters its pages may send some that are empty, and go on.
    let script = Script::new();
    script.reply(&first("n=1000"), linked(&["1"], "?page=0"));
    for n in 0..10 {
        script.reply(
            &first(&format!("page={n}")),
            linked(&[], &format!("?page={}", n + 1)),
        );
    }
    script.reply(&first("page=10"), page(["2"]));
    assert_eq!(all(&registry(&script)).await.unwrap(), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn the_list_of_another_repository_is_not_believed() {
    for (said, is_ours) in [
        ("team/app", true),
        ("docker-local/team/app", true),
        ("app", true),
        ("team/app2", false),
        ("other", false),
        ("pp", false),
    ] {
        let script = Script::new();
        let body = format!(r#"{{"name":"{said}","tags":["1"]}}"#);
        script.reply("GET /v2/team/app/tags/list", Reply::json(body));
        let read = first_tags(&registry(&script), "team/app").await;
        assert_eq!(read.is_ok(), is_ours, "{said}");
        if let Err(failure) = read {
            assert!(failure.message.contains("another repository"), "{failure}");
        }
    }
}
