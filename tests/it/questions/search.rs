//! `search`: names and digests, in all registries.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_of_names_and_beginnings_of_digests_are_found_everywhere() {
    let (hub, nexus) = (Content::empty(), Content::empty());
    let app = image(&hub, "team/app", 1, &["1.0", "latest"]);
    let multi = index(
        &hub,
        "team/multi",
        2,
        &["linux/amd64", "linux/arm64"],
        "2.0",
    );
    image(&nexus, "mirror/app", 1, &["1.0"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &hub).await;
    let _nexus = served(&program, "nexus", &nexus).await;
    crawled(&program, "hub");
    crawled(&program, "nexus");
    let found = |text: &str| {
        let keys = ["registry", "repository", "tag", "digest", "match", "child"];
        values(&program.done(&["search", text]), &keys)
    };
    let app = app.to_string();
    assert_eq!(
        found("app"),
        [
            json!(["hub", "team/app", null, null, "repository", null]),
            json!(["nexus", "mirror/app", null, null, "repository", null]),
        ]
    );
    assert_eq!(
        found("LATEST"),
        [json!(["hub", "team/app", "latest", app, "tag", null])]
    );
    assert_eq!(
        found("mirror/app:1"),
        [json!(["nexus", "mirror/app", "1.0", app, "tag", null])]
    );
    assert_eq!(
        found(&app[..16]),
        [
            json!(["hub", "team/app", "1.0", app, "digest", null]),
            json!(["nexus", "mirror/app", "1.0", app, "digest", null]),
        ]
    );
    let images = program.images("hub");
    let multi_line = images
        .iter()
        .find(|line| line["digest"] == multi.to_string());
    let child = multi_line.unwrap()["children"][1]["digest"]
        .as_str()
        .unwrap();
    assert_eq!(
        found(&child["sha256:".len()..][..12]),
        [json!([
            "hub",
            "team/multi",
            "2.0",
            multi.to_string(),
            "child",
            child
        ])]
    );
    let table = in_every_format(&program, &["search", "1.0"], 0);
    assert!(table.starts_with("REGISTRY"), "{table}");
    assert!(
        table.contains(&app["sha256:".len()..][..12]) && !table.contains(&app),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_ends_the_list_and_says_so() {
    let program = Program::new();
    let mut simulators = Vec::new();
    // More registries than a page of hits has hits, so that lists end between two of them.
    for name in ["a", "b", "c"] {
        let content = Content::empty();
        for repository in ["app/one", "app/two"] {
            image(&content, repository, 1, &["1", "2"]);
        }
        simulators.push(served(&program, name, &content).await);
        crawled(&program, name);
    }
    for (text, all) in [("app", 6), ("[12]", 12), ("app/one:2", 3)] {
        let whole = program.done(&["search", text]).lines();
        assert_eq!(whole.len(), all);
        for limit in 1..=all + 1 {
            let ran = program.done(&["search", text, "--limit", &limit.to_string()]);
            assert_eq!(ran.lines(), whole[..limit.min(all)], "{text} {limit}");
            let said =
                format!("there are more than these {limit}: `--limit` ends the list there\n");
            let wanted = if limit < all { said.as_str() } else { "" };
            assert_eq!(ran.stderr, wanted);
        }
    }
    let ran = program.run(&["search", "app", "--limit", "0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_found_is_told_and_what_cannot_be_is_refused() {
    let program = Program::new();
    let ran = program.done(&["search", "app"]);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("no registry yet"), "{ran:#?}");
    let content = Content::empty();
    image(&content, "team/app", 1, &["1"]);
    let _hub = served(&program, "hub", &content).await;
    program.done(&["registry", "add", "nexus", "http://127.0.0.1:9"]);
    crawled(&program, "hub");
    let ran = program.done(&["search", "nginx"]);
    assert_eq!(ran.stdout, "");
    let wanted = "nothing matches among the repositories, tags and digests of hub\n\
                  nexus: not crawled yet: `supercargo crawl nexus` fills the inventory\n";
    assert_eq!(ran.stderr, wanted);
    // Where something is found, too, there may be more of it.
    let ran = program.done(&["search", "app"]);
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.starts_with("nexus: not crawled yet"), "{ran:#?}");
    for text in ["", " ", "!", ":", "sha256:nothing"] {
        let ran = program.run(&["search", text]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:#?}");
    }
}
