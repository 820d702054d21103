//! `drift`: what a mirror lacks, has too much and has otherwise.

use supercargo::simulator::{Fault, RouteKind, What};

use super::*;

const KEYS: [&str; 7] = [
    "repository",
    "tag",
    "state",
    "a",
    "b",
    "repository_in_b",
    "lacking",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_differences_are_listed() {
    let (hub, mirror) = (Content::empty(), Content::empty());
    let one = image(&hub, "library/app", 1, &["1", "2"]).to_string();
    image(&mirror, "mirror/app", 1, &["1"]);
    let three = image(&hub, "library/app", 3, &["3"]).to_string();
    let four = image(&mirror, "mirror/app", 4, &["3", "4"]).to_string();
    let both = ["linux/amd64", "linux/arm64"];
    let whole = index(&hub, "library/multi", 5, &both, "1").to_string();
    let part = index(&mirror, "mirror/multi", 5, &both[..1], "1").to_string();
    image(&hub, "tools", 6, &["1"]);
    image(&mirror, "tools", 6, &["1"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &hub).await;
    let _mirror = served(&program, "mirror", &mirror).await;
    crawled(&program, "hub");
    crawled(&program, "mirror");
    let drift = ["drift", "hub", "mirror", "--map", "library/=mirror/"];
    let ran = program.run(&drift);
    assert_eq!(ran.code, 1);
    let (app, multi) = ("library/app", "library/multi");
    assert_eq!(
        values(&ran, &KEYS),
        [
            json!([app, "2", "missing", one, null, "mirror/app", []]),
            json!([app, "3", "different", three, four, "mirror/app", []]),
            json!([app, "4", "extra", null, four, "mirror/app", []]),
            json!([
                multi,
                "1",
                "fewer platforms",
                whole,
                part,
                "mirror/multi",
                ["linux/arm64"]
            ]),
        ]
    );
    assert_eq!(
        ran.stderr,
        "2 tags are the same, 1 missing, 1 extra, 1 different, 1 fewer platforms\n"
    );
    let table = in_every_format(&program, &drift, 1);
    assert!(
        table.contains("lacks linux/arm64") && !table.contains(&one),
        "{table}"
    );
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );

    // Without the rule the names are different names.
    let ran = program.run(&["drift", "hub", "mirror", "--repository", "**/multi"]);
    assert_eq!(
        values(&ran, &KEYS[..5]),
        [
            json!([multi, "1", "missing", whole, null]),
            json!(["mirror/multi", "1", "extra", null, part]),
        ]
    );
    // What is asked for is the same.
    let same = program.done(&[&drift[..], &["--tag", "1", "--repository", "library/app"]].concat());
    assert_eq!(
        (same.stdout.as_str(), same.stderr.as_str()),
        ("", "1 tag is the same\n")
    );
    let quiet = program.done(&["-q", "drift", "hub", "mirror", "--repository", "tools"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let none = program.done(&["drift", "hub", "mirror", "--repository", "nowhere/*"]);
    assert_eq!(
        none.stderr,
        "nothing matches: none of the 10 tags of hub, mirror is wanted\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_leads_every_name_to_where_it_says() {
    let (hub, mirror) = (Content::empty(), Content::empty());
    for repository in ["a/x", "b/x", "c/x"] {
        image(&hub, repository, 1, &["1"]);
    }
    image(&mirror, "all/x", 1, &["1"]);
    image(&mirror, "b/x", 2, &["1"]);
    image(&mirror, "all/y", 2, &["1"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &hub).await;
    let _mirror = served(&program, "mirror", &mirror).await;
    crawled(&program, "hub");
    crawled(&program, "mirror");
    let rules = ["--map", "a/=all/", "--map", "b/=all/"];
    let ran = program.run(&[&["drift", "hub", "mirror"], &rules[..]].concat());
    // Both of the first are `all/x` in the second, whose own `b/x` is nobody's.
    assert_eq!(
        values(&ran, &["repository", "state", "repository_in_b"]),
        [
            json!(["a/y", "extra", "all/y"]),
            json!(["b/x", "extra", "b/x"]),
            json!(["c/x", "missing", null]),
        ]
    );
    assert_eq!(ran.stderr, "2 tags are the same, 1 missing, 2 extra\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_well_it_can_be_told_is_said() {
    let content = Content::empty();
    image(&content, "a", 1, &["1"]);
    image(&content, "b", 2, &["1"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &content).await;
    crawled(&program, "hub");
    program.done(&["registry", "add", "mirror", "http://127.0.0.1:9"]);
    let ran = program.run(&["drift", "hub", "mirror"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        "mirror: not crawled yet: `supercargo crawl mirror` fills the inventory\n\
         hub and mirror cannot be compared\n"
    );
    // A repository whose tags are refused lacks nothing that is known.
    let other = Content::empty();
    image(&other, "a", 1, &["1"]);
    image(&other, "b", 2, &["1"]);
    let refused = What::Status {
        code: 403,
        retry_after: None,
    };
    let behaviour = Behaviour {
        faults: vec![Fault::in_repository("b", RouteKind::Tags, refused)],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(other, behaviour).await.unwrap();
    program.done(&[
        "registry",
        "edit",
        "mirror",
        "--address",
        &simulator.address(),
    ]);
    assert_eq!(program.crawl("mirror")["outcome"], "partial");
    let ran = program.run(&["drift", "hub", "mirror"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:#?}");
    assert_eq!(
        ran.stderr,
        "1 tag is the same\n\
         mirror: partial; `supercargo crawl mirror` brings it up to date\n\
         mirror: 1 repository was never listed whole: what it lacks there is not told\n"
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "http://127.0.0.1:9"]);
    for (arguments, wanted) in [
        (&["hub", "hub"][..], "are the same registry"),
        (&["hub", "nowhere"], "nowhere"),
        (&["hub"], "<B>"),
        (&["hub", "mirror", "--map", "library/"], "write `FROM=TO`"),
        (&["hub", "mirror", "--tag", "["], "is no glob"),
    ] {
        let ran = program.run(&[&["drift"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:#?}");
        assert!(ran.stderr.contains(wanted), "{ran:#?}");
    }
}
