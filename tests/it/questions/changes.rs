//! `changes`: by crawl, by time, by repository and by tag.

use super::*;

const KEYS: [&str; 9] = [
    "crawl",
    "repository",
    "subject",
    "change",
    "tag",
    "digest",
    "from",
    "tags",
    "images",
];

/// A registry crawled four times, with what its crawls changed, and the digests that went
/// through `team/app:latest`.
async fn moved() -> (Simulator, Program, [String; 2]) {
    let content = Content::empty();
    let old = image(&content, "team/app", 1, &["1.0", "latest"]);
    image(&content, "team/web", 2, &["1"]);
    let program = Program::new();
    let simulator = served(&program, "hub", &content).await;
    crawled(&program, "hub");
    let new = image(&content, "team/app", 3, &["1.1", "latest"]);
    crawled(&program, "hub");
    content.untag("team/app", "1.0");
    image(&content, "tools/x", 4, &["a", "b"]);
    crawled(&program, "hub");
    // Nothing is found by this one.
    crawled(&program, "hub");
    (simulator, program, [old.to_string(), new.to_string()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_between_crawls_is_told_by_crawl_repository_and_tag() {
    let (_simulator, program, [old, new]) = moved().await;
    let told =
        |arguments: &[&str]| values(&program.done(&[&["changes"], arguments].concat()), &KEYS);
    let first = [
        json!([
            1,
            "team/app",
            "repository",
            "appeared",
            null,
            null,
            null,
            2,
            1
        ]),
        json!([
            1,
            "team/web",
            "repository",
            "appeared",
            null,
            null,
            null,
            1,
            1
        ]),
    ];
    let app: Vec<Value> = told(&["hub", "--repository", "team/app"]);
    let tags: Vec<Value> = [
        json!([
            2, "team/app", "tag", "appeared", "1.1", new, null, null, null
        ]),
        json!([
            2, "team/app", "tag", "moved", "latest", new, old, null, null
        ]),
        json!([3, "team/app", "tag", "gone", "1.0", null, old, null, null]),
    ]
    .to_vec();
    let is_tag = |line: &&Value| line[2] == "tag";
    assert_eq!(app[0], first[0]);
    let mut of_tags: Vec<Value> = app.iter().filter(is_tag).cloned().collect();
    of_tags.sort_by_key(|line| (line[0].as_u64(), line[4].to_string()));
    assert_eq!(of_tags, tags);
    let new_image = json!([
        2, "team/app", "image", "appeared", null, new, null, null, null
    ]);
    let old_image = json!([3, "team/app", "image", "gone", null, null, old, null, null]);
    assert!(
        app.contains(&new_image) && app.contains(&old_image),
        "{app:#?}"
    );
    assert_eq!(app.len(), 6);
    // One repository is read by a way of its own, and told alike.
    assert_eq!(told(&["--repository", "team/app"]), app);
    assert_eq!(told(&["hub", "--repository", "team/ap?"]), app);

    let tools = json!([
        3,
        "tools/x",
        "repository",
        "appeared",
        null,
        null,
        null,
        2,
        1
    ]);
    let all = told(&[]);
    assert_eq!(all.len(), 8);
    assert_eq!(all[..2], first);
    let crawls: Vec<u64> = all.iter().map(|line| line[0].as_u64().unwrap()).collect();
    assert!(crawls.is_sorted(), "{crawls:?}");
    assert_eq!(told(&["hub", "--crawl", "1"]), first);
    let third = told(&["hub", "--crawl", "3", "--repository", "tools/*"]);
    assert_eq!(third, [tools]);
    assert_eq!(told(&["--since", "1h"]), all);
    for repository in [
        &["--repository", "team/app"][..],
        &["--repository", "**"],
        &[],
    ] {
        let latest = told(&[&["hub", "--tag", "lat*"], repository].concat());
        assert_eq!(latest, [tags[1].clone()]);
    }
    let lines = program.done(&["changes", "hub"]).lines();
    assert!(lines.iter().all(|line| line["registry"] == "hub"));
    let crawl = &program.done(&["registry", "list"]).lines()[0]["last_crawl"];
    assert!(
        lines
            .iter()
            .all(|line| line["at"].as_str() <= crawl.as_str())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_read_short_digests_and_local_times() {
    let (_simulator, program, [old, new]) = moved().await;
    let program = program.with("TZ", "UTC");
    let table = in_every_format(&program, &["changes", "hub", "--tag", "latest"], 0);
    let line = table.lines().nth(1).unwrap();
    let short = |digest: &str| digest["sha256:".len()..][..12].to_owned();
    let told = format!("moved {} → {}", short(&old), short(&new));
    assert!(
        line.ends_with(&told) && line.contains("team/app:latest"),
        "{table}"
    );
    assert!(line.chars().count() <= 80, "{table}");
    let at = &program.done(&["changes", "--tag", "latest"]).lines()[0]["at"];
    let at = at.as_str().unwrap()[..16].replace('T', " ");
    assert!(line.starts_with(&at), "{at}: {table}");
    in_every_format(&program, &["changes"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_printed_it_is_said_why() {
    let program = Program::new();
    assert!(
        program
            .done(&["changes"])
            .stderr
            .starts_with("no registry yet")
    );
    program.done(&["registry", "add", "nexus", "http://127.0.0.1:9"]);
    let not_crawled = "nexus: not crawled yet: `supercargo crawl nexus` fills the inventory\n";
    assert_eq!(
        program.done(&["changes", "--since", "7d"]).stderr,
        not_crawled
    );
    let content = Content::empty();
    image(&content, "team/app", 1, &["1"]);
    let _hub = served(&program, "hub", &content).await;
    crawled(&program, "hub");
    crawled(&program, "hub");
    for (arguments, wanted) in [
        (
            &["--crawl", "2"][..],
            "hub: crawl 2 found nothing different\n",
        ),
        (
            &["--tag", "2"],
            "nothing matches among the changes of hub\n",
        ),
        (
            &["--repository", "team/ap"],
            "nothing matches among the changes of hub\n",
        ),
    ] {
        let ran = program.done(&[&["changes", "hub"], arguments].concat());
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("", wanted),
            "{arguments:?}"
        );
    }
    let ran = program.done(&["changes"]);
    assert_eq!((ran.lines().len(), ran.stderr.as_str()), (1, not_crawled));
    let ran = program.done(&["changes", "hub", "--since", "0s"]);
    assert!(
        ran.stderr
            .starts_with("hub: no crawl since then: the last began 2"),
        "{ran:#?}"
    );
    for (arguments, wanted) in [
        (
            &["hub", "--crawl", "3"][..],
            "hub was crawled 2 times, counted from 1: there is no crawl 3",
        ),
        (
            &["hub", "--crawl", "0"],
            "hub was crawled 2 times, counted from 1: there is no crawl 0",
        ),
        (&["nexus", "--crawl", "1"], "nexus was not crawled yet"),
        (&["--crawl", "1"], "name the one that is meant"),
        (
            &["hub", "nexus", "--crawl", "1"],
            "name the one that is meant",
        ),
        (&["--since", "2999-01-01"], "is still to come"),
        (&["--since", "soon"], "`soon` is no time"),
        (
            &["--since", "1d", "hub", "--crawl", "1"],
            "cannot be used with",
        ),
        (&["--repository", "["], "is no glob"),
        (&["nowhere"], "nowhere"),
    ] {
        let ran = program.run(&[&["changes"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:#?}");
        assert!(ran.stderr.contains(wanted), "{ran:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_longer_kept_is_told_from_what_never_was() {
    let content = Content::empty();
    image(&content, "team/app", 1, &["1"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &content).await;
    std::fs::write(
        program.state().join("config.toml"),
        "[history]\nchanges = 2\n",
    )
    .unwrap();
    for number in 2..5 {
        crawled(&program, "hub");
        image(&content, "team/app", number, &["1"]);
    }
    crawled(&program, "hub");
    let ran = program.done(&["changes", "hub", "--crawl", "1"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "hub: what crawl 1 found is no longer kept: what crawl 4 found is kept\n"
    );
    let ran = program.done(&["changes", "hub", "--since", "1h"]);
    assert!(ran.lines().iter().all(|line| line["crawl"] == 4) && !ran.stdout.is_empty());
    assert_eq!(
        ran.stderr,
        "hub: what was found before crawl 4 is no longer kept\n"
    );
}
