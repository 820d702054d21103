//! What goes with a list, and what stays.

use super::*;

/// `count` tags of one artifact each: name and body.
fn tags(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|n| (format!("t{n:03}"), artifact(u32::try_from(n).unwrap())))
        .collect()
}

fn before(repository: &str, tags: &[(String, String)]) -> Before {
    let tags: Vec<(&str, &str)> = tags.iter().map(|(t, b)| (t.as_str(), b.as_str())).collect();
    Before::default().with(repository, &tags)
}

/// A registry with repository `a` of these tags, whose list is what `listed` says. It has no
/// pages, and answers for each tag that is there.
fn serve(script: &Script, listed: &[&str], there: &[(String, String)]) {
    lists(script, &[("a", listed)]);
    for (tag, body) in there {
        script.reply(&format!("HEAD /v2/a/manifests/{tag}"), Reply::status(304));
        script.reply(&format!("GET /v2/a/manifests/{tag}"), manifest(body));
    }
}

fn names(tags: &[(String, String)]) -> Vec<&str> {
    tags.iter().map(|(tag, _)| tag.as_str()).collect()
}

fn gone(script: &Script, tags: &[(String, String)]) {
    for (tag, _) in tags {
        script.reply(&format!("GET /v2/a/manifests/{tag}"), not_found());
    }
}

fn losses(result: &Result) -> Vec<String> {
    let words = result.words();
    words
        .into_iter()
        .filter(|w| w.starts_with("gone"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_cut_takes_nothing_away() {
    let all = tags(30);
    let script = Script::new();
    serve(&script, &names(&all[..20]), &all);
    let result = crawl(&script, before("a", &all)).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(losses(&result), [""; 0]);
    assert!(result.summary.cut);
    let failure = &result.summary.failures[0];
    assert_eq!(failure.class, Class::Unproven);
    assert!(failure.message.contains("lacks 10 known ones"), "{failure}");
    // What was asked for is there, and was confirmed.
    assert!(result.words().contains(&"listed a 30".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_goes_when_the_registry_says_so_itself() {
    let all = tags(30);
    let script = Script::new();
    serve(&script, &names(&all[..25]), &all[..25]);
    gone(&script, &all[25..]);
    let result = crawl(&script, before("a", &all)).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    assert_eq!(losses(&result), ["gone a:t025,t026,t027,t028,t029"]);
    // One question for each, and no more than that.
    let asked = all[25..]
        .iter()
        .map(|(tag, _)| format!("GET /v2/a/manifests/{tag}"));
    assert!(asked.into_iter().all(|what| script.count(&what) == 1));
}

#[tokio::test(start_paused = true)]
async fn a_stray_404_and_a_refusal_prove_nothing() {
    let all = tags(30);
    for reply in [
        Reply::status(404),
        Reply::status(404).body("<html>not here</html>"),
        Reply::status(404).body(r#"{"message":"no Route matched with those values"}"#),
        Reply::status(404).body(r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
        Reply::status(403),
        Reply::status(500),
    ] {
        let script = Script::new();
        serve(&script, &names(&all[..29]), &all[..29]);
        script.reply("GET /v2/a/manifests/t029", reply);
        let result = crawl(&script, before("a", &all)).await;
        assert_eq!(result.summary.outcome, Outcome::Partial);
        assert_eq!(losses(&result), [""; 0]);
        assert!(!result.summary.cut);
    }
}

#[tokio::test(start_paused = true)]
async fn many_missing_are_asked_for_by_sample() {
    let all = tags(300);
    let script = Script::new();
    serve(&script, &names(&all[..200]), &all[..200]);
    gone(&script, &all[200..]);
    let result = crawl(&script, before("a", &all)).await;
    // 200 is where servers are known to cut lists: nothing proves that there is no more.
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(result.summary.failures.len(), 1);
    assert_eq!(losses(&result)[0].matches(',').count(), 99, "all the same");
    let asked = script
        .lines()
        .iter()
        .filter(|l| l.starts_with("GET http://reg/v2/a/manifests/t2"))
        .count();
    assert_eq!(asked, 20);

    // One of the sample is there: the list is cut, and only what was asked for goes.
    let script = Script::new();
    serve(&script, &names(&all[..201]), &all[..202]);
    gone(&script, &all[202..]);
    let result = crawl(&script, before("a", &all)).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert!(losses(&result)[0].matches(',').count() < 20);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_seen_to_end_needs_no_questions() {
    let all = tags(30);
    let script = Script::new();
    serve(&script, &names(&all[..20]), &all[..20]);
    let link = Reply::json(r#"{"tags":["t000"]}"#).header("link", "<?last=t000&n=1>; rel=next");
    script.reply("GET /v2/a/tags/list?n=1", link);
    let result = crawl(&script, before("a", &all)).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    assert_eq!(losses(&result)[0].matches(',').count(), 9);
    assert_eq!(script.count("GET /v2/a/manifests/t029"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_empty_catalogue_empties_nothing() {
    let all = tags(3);
    for body in [r#"{"repositories":[]}"#, r#"{"repositories":null}"#] {
        let script = Script::new();
        serve(&script, &names(&all), &all);
        script.reply("GET /v2/_catalog", Reply::json(body));
        let result = crawl(&script, before("a", &all)).await;
        assert_eq!(result.summary.outcome, Outcome::Partial);
        // It is read all the same.
        assert_eq!(
            result.sorted(),
            [
                "catalogue",
                "failed catalogue unproven",
                "listed a 3",
                "repository a"
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_repository_that_is_gone_goes_and_one_that_is_hidden_stays() {
    let all = tags(2);
    let known = || {
        before("a", &all)
            .with("b", &[("x", "1")])
            .with("c", &[("x", "1")])
    };
    let script = Script::new();
    serve(&script, &names(&all), &all);
    lists(&script, &[("a", &["t000", "t001"]), ("b", &[])]);
    script.reply(
        "GET /v2/_catalog",
        Reply::json(r#"{"repositories":["a","b"]}"#),
    );
    script.reply("GET /v2/b/tags/list", Reply::json(r#"{"tags":["x"]}"#));
    script.reply("HEAD /v2/b/manifests/x", Reply::status(304));
    script.reply("GET /v2/c/tags/list", not_found());
    let result = crawl(&script, known()).await;
    assert_eq!(
        result.summary.outcome,
        Outcome::Complete,
        "{:?}",
        result.summary.failures
    );
    assert_eq!(losses(&result), ["gone c"]);
    assert!(result.words().contains(&"catalogue lacks 1".to_owned()));

    script.reply("GET /v2/c/tags/list", Reply::status(403));
    let result = crawl(&script, known()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(losses(&result), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn most_of_a_registry_goes_when_two_crawls_find_the_same() {
    let all = tags(10);
    let script = Script::new();
    serve(&script, &names(&all[..3]), &all[..3]);
    gone(&script, &all[3..]);
    let first = crawl(&script, before("a", &all)).await;
    assert_eq!(first.summary.outcome, Outcome::Partial);
    assert_eq!(losses(&first), [""; 0]);
    assert!(first.summary.memory.unwrap().withheld);
    assert!(
        first.summary.failures[0]
            .message
            .contains("7 of 10 known tags")
    );
    let second = crawl(&script, before("a", &all).withheld()).await;
    assert_eq!(second.summary.outcome, Outcome::Complete);
    assert_eq!(losses(&second)[0].matches(',').count(), 6);
    assert!(!second.summary.memory.unwrap().withheld);
    // Other things missing than the crawl before saw are not the same.
    let mut other = before("a", &all).withheld();
    other
        .repositories
        .values_mut()
        .for_each(|known| known.stale.clear());
    assert_eq!(losses(&crawl(&script, other).await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn another_sign_in_lets_nothing_go_at_first() {
    let all = tags(10);
    let script = Script::new();
    serve(&script, &names(&all[..9]), &all[..9]);
    gone(&script, &all[9..]);
    let mut known = before("a", &all);
    known.memory.sign_in = "user ann".into();
    let result = crawl(&script, known).await;
    assert_eq!(losses(&result), [""; 0]);
    let failure = &result.summary.failures[0];
    assert!(
        failure.message.contains("`user ann`, now `anonymous`"),
        "{failure}"
    );
    assert_eq!(result.summary.memory.unwrap().sign_in, "anonymous");
    // Nothing is missing: nothing is said.
    let mut known = before("a", &all[..9]);
    known.memory.sign_in = "user ann".into();
    assert_eq!(
        crawl(&script, known).await.summary.outcome,
        Outcome::Complete
    );
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_shows_nothing_to_us_takes_nothing_away() {
    // A token for anybody, with which everything is hidden.
    let challenge = r#"Bearer realm="http://reg/token",service="reg""#;
    let script = Script::new();
    script.reply("GET http://reg/token", Reply::json(r#"{"token":"t1"}"#));
    let hidden = move |request: &crate::http::Request| {
        if request.headers.contains_key("authorization") {
            not_found()
        } else {
            Reply::status(401).header("www-authenticate", challenge)
        }
    };
    for n in 0..9 {
        script.answer(&format!("GET /v2/r{n}/tags/list"), hidden);
    }
    let catalogue = r#"{"repositories":["x"]}"#;
    script.answer("GET /v2/_catalog", move |request| {
        if request.headers.contains_key("authorization") {
            Reply::json(catalogue)
        } else {
            Reply::status(401).header("www-authenticate", challenge)
        }
    });
    script.answer("GET /v2/x/tags/list", hidden);
    let mut known = Before::default();
    for n in 0..4 {
        known = known.with(&format!("r{n}"), &[("1", "x")]);
    }
    known = known.with(
        "x",
        &[("1", "x"), ("2", "x"), ("3", "x"), ("4", "x"), ("5", "x")],
    );
    let result = crawl(&script, known).await;
    assert_eq!(losses(&result), [""; 0]);
    assert!(
        result
            .summary
            .failures
            .iter()
            .any(|f| f.message.contains("shows nothing else")),
        "{:#?}",
        result.summary.failures
    );
}
