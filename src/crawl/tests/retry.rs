//! Crawls that are confined to the repositories in which something failed.

use super::*;

async fn only(script: &Script, known: Before, only: &[&str]) -> Result {
    let spec = spec();
    let plan = Plan {
        only: Some(only.iter().map(|name| name.parse().unwrap()).collect()),
        ..Plan::new(&spec)
    };
    crawl_by(script, &spec, plan, known, CancellationToken::new()).await
}

#[tokio::test(start_paused = true)]
async fn only_these_are_asked_for_and_nothing_is_said_of_others() {
    let script = Script::new();
    lists(&script, &[("a", &["1"]), ("b", &["1"]), ("gone", &[])]);
    script.reply("GET /v2/a/manifests/1", manifest(&artifact(1)));
    let mut known = Before::default().with("b", &[("1", &artifact(2))]);
    known = known.with("other", &[("1", &artifact(3))]);
    known.memory = Memory {
        sign_in: "basic ann".into(),
        withheld: true,
    };
    let result = only(&script, known, &["a"]).await;
    assert_eq!(
        result.sorted(),
        ["image a -", "listed a 1", "repository a", "tag a:1"]
    );
    assert_eq!(result.summary.outcome, Outcome::Complete);
    let asked = script.lines();
    assert!(
        asked
            .iter()
            .all(|line| line.contains("/v2/a/") || line.ends_with("/v2/")),
        "{asked:#?}"
    );
    // What the last look at the whole left is for the next one to compare itself with.
    let memory = result.summary.memory.unwrap();
    assert_eq!(
        (memory.sign_in.as_str(), memory.withheld),
        ("basic ann", true)
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_again_or_vanished_stays_and_the_crawl_is_partial() {
    let script = Script::new();
    script.reply("GET /v2/a/tags/list", not_found());
    let known = Before::default().with("a", &[("1", &artifact(1))]);
    let result = only(&script, known, &["a"]).await;
    assert_eq!(
        result.sorted(),
        ["repository a", "unlisted a missing"],
        "only a list of all repositories lets one go"
    );
    assert_eq!(result.summary.outcome, Outcome::Partial);
}

#[tokio::test(start_paused = true)]
async fn of_unread_indexes_only_theirs_are_read() {
    let script = Script::new();
    lists(&script, &[("a", &[])]);
    let child = artifact(9);
    let digest = Digest::sha256(child.as_bytes());
    for name in ["a", "b"] {
        script.reply(
            &format!("GET /v2/{name}/manifests/{digest}"),
            manifest(&child),
        );
    }
    let unread = |name: &str, index: &str| UnreadIndex {
        repository: name.parse().unwrap(),
        digest: Digest::sha256(index.as_bytes()),
        children: vec![(digest.clone(), None)],
    };
    let known = Before {
        unread: vec![unread("a", "one"), unread("b", "other")],
        ..Before::default()
    };
    let result = only(&script, known, &["a"]).await;
    let words = result.sorted();
    assert!(
        words.iter().any(|word| word.starts_with("children a")),
        "{words:?}"
    );
    assert!(
        !words.iter().any(|word| word.contains("children b")),
        "{words:?}"
    );
    let progress = result.summary.progress;
    assert_eq!((progress.indexes_found, progress.indexes_done), (1, 1));
}
