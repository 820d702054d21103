//! `decide`: decisions about what a selection has, how long they last, and how they travel.

use serde_json::{Value, json};
use supercargo::simulator::{Behaviour, Content, ImageSpec, Simulator};

use crate::support::program::{Program, Ran, fed};

/// Two repositories of two tags each.
async fn crawled() -> (Simulator, Program) {
    let content = Content::empty();
    for (number, repository) in ["team/api", "team/web"].into_iter().enumerate() {
        for tag in 1..=2 {
            let spec = ImageSpec::new("linux/amd64", 10 * number as u64 + tag);
            let digest = content.put_image(repository, &spec);
            content.tag(repository, &format!("{tag}.0"), &digest);
        }
    }
    let simulator = Simulator::start(content, Behaviour::default()).await;
    let simulator = simulator.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    (simulator, program)
}

fn says(ran: &Ran, text: &str) {
    assert!(ran.stderr.contains(text), "{text}: {ran:#?}");
}

/// What was decided, without the time: repository, tag or the beginning of a digest,
/// decision, note.
fn decided(program: &Program) -> Vec<(String, bool, String, Option<String>)> {
    let lines = program.done(&["decide", "export"]).lines();
    let one = |line: &Value| {
        let text = |key: &str| line[key].as_str().map(str::to_owned);
        let subject = text("tag").unwrap_or_default();
        (
            format!("{}:{subject}", text("repository").unwrap()),
            line["digest"].is_string(),
            text("decision").unwrap(),
            text("note"),
        )
    };
    lines.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_are_on_images_or_on_the_tags_asked_for() {
    let (_simulator, program) = crawled().await;
    let ran = program.done(&["decide", "delete", "--repository", "team/api"]);
    says(&ran, "decided `delete` about 2 images in 1 repository\n");
    let ran = program.done(&["decide", "keep", "--tag", "1.*", "--note", "releases stay"]);
    says(&ran, "decided `keep` about 2 tags in 2 repositories\n");
    let image = ("team/api:".to_owned(), true, "delete".to_owned(), None);
    let tag = |place: &str| {
        let note = Some("releases stay".to_owned());
        (place.to_owned(), false, "keep".to_owned(), note)
    };
    let wanted = [
        image.clone(),
        image,
        tag("team/api:1.0"),
        tag("team/web:1.0"),
    ];
    assert_eq!(decided(&program), wanted);
    let images = program.images("hub");
    assert_eq!(images.len(), 4, "nothing is deleted");
    let of = |repository: &str, tag: &str| {
        let is = |line: &&Value| line["repository"] == repository && line["tags"][0] == tag;
        images.iter().find(is).unwrap()
    };
    assert_eq!(of("team/api", "1.0")["decision"], "delete");
    assert_eq!(
        of("team/api", "1.0")["tag_decisions"],
        json!({"1.0": "keep"})
    );
    assert_eq!(of("team/api", "1.0")["note"], "releases stay");
    assert_eq!(of("team/web", "2.0")["decision"], Value::Null);
    for (wanted, count) in [
        ("keep", 2),
        ("delete", 2),
        ("look", 0),
        ("any", 3),
        ("none", 1),
    ] {
        let found = program.done(&["images", "--decision", wanted]).lines();
        assert_eq!(found.len(), count, "{wanted}");
    }
    let table = |flags: &[&str]| {
        let images = ["images", "--format", "table"];
        program.done(&[&images, flags].concat()).stdout
    };
    assert!(table(&[]).contains("DECISION") && table(&[]).contains("delete 1.0=keep"));
    assert!(!table(&["--decision", "none"]).contains("DECISION"));
    let sorted = program
        .done(&["images", "--sort", "decision", "--limit", "1"])
        .lines();
    assert_eq!(sorted[0]["tag_decisions"], json!({"1.0": "keep"}));

    // What was decided otherwise before is counted; what is so already is left as it is.
    let ran = program.done(&[
        "decide",
        "look",
        "--digest",
        of("team/api", "2.0")["digest"].as_str().unwrap(),
    ]);
    says(
        &ran,
        "about 1 image in 1 repository; it was another decision of 1\n",
    );
    let before = program.done(&["decide", "export"]).stdout;
    let ran = program.done(&["decide", "keep", "--tag", "1.*"]);
    says(&ran, "it was so already of 2");
    assert_eq!(program.done(&["decide", "export"]).stdout, before);

    let ran = program.done(&["decide", "none", "hub", "--tag", "*"]);
    says(
        &ran,
        "took back what was decided about 4 tags in 2 repositories; there was no decision of 2",
    );
    program.done(&["decide", "none", "hub"]);
    let ran = program.done(&["decide", "export"]);
    assert_eq!(ran.stdout, "");
    says(&ran, "no decisions in hub");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_meant_changes_nothing() {
    let (_simulator, program) = crawled().await;
    let long = "x".repeat(501);
    for (arguments, code, text) in [
        (
            &["decide", "delete"][..],
            2,
            "nothing says which images are meant",
        ),
        (
            &["decide", "none"],
            2,
            "nothing says which images are meant",
        ),
        (
            &["decide", "delete", "hub", "--note", &long],
            2,
            "at most 500 letters",
        ),
        (
            &["decide", "delete", "hub", "--note", "a\u{1b}[2Jb"],
            2,
            "control characters",
        ),
        (&["decide", "delete", "hub", "--tag", "["], 2, "is no glob"),
        (&["decide", "delete", "nosuch"], 2, "there is no registry"),
        (&["decide", "delete", "hub", "--limit", "1"], 2, "--limit"),
        (
            &["decide", "delete", "hub", "--untagged", "--tag", "a"],
            2,
            "--tag",
        ),
        (&["decide", "perhaps", "hub"], 2, "perhaps"),
        (
            &["--read-only", "decide", "delete", "hub"],
            2,
            "--read-only",
        ),
        (
            &["decide", "delete", "--tag", "nosuch"],
            0,
            "nothing matches",
        ),
        (
            &["decide", "delete", "hub", "--untagged"],
            0,
            "none of the 4 images",
        ),
    ] {
        let ran = program.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:#?}");
        says(&ran, text);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    assert!(decided(&program).is_empty());
    // A dry run prints what an import would decide.
    let dry = program.done(&[
        "--read-only",
        "decide",
        "delete",
        "--tag",
        "2.0",
        "--dry-run",
    ]);
    says(&dry, "would decide `delete` about 2 tags in 2 repositories");
    assert_eq!(dry.lines().len(), 2);
    assert!(decided(&program).is_empty());
    let ran = fed(
        &mut program.command(&["decide", "import", "-"]),
        &dry.stdout,
    );
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(decided(&program).len(), 2);
    let help = program.done(&["decide", "delete", "--help"]).stdout;
    assert!(help.contains("nothing is deleted by it"), "{help}");
}

/// Through crawls that find nothing new, a repository that goes and comes, and a tag that moves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_outlive_crawls_and_what_they_are_about() {
    let (simulator, program) = crawled().await;
    program.done(&[
        "decide",
        "keep",
        "--repository",
        "team/web",
        "--note",
        "mine",
    ]);
    program.done(&[
        "decide",
        "delete",
        "--repository",
        "team/web",
        "--tag",
        "1.0",
    ]);
    let before = program.done(&["decide", "export"]).stdout;
    let images = |repository: &str| {
        program
            .done(&["images", "--repository", repository])
            .lines()
    };
    let kept: Vec<Value> = images("team/web")
        .iter()
        .map(|line| line["decision"].clone())
        .collect();
    assert_eq!(kept, ["keep", "keep"]);
    program.crawl("hub");
    program.run(&["crawl", "hub", "--full"]);
    assert_eq!(program.done(&["decide", "export"]).stdout, before);

    // It is gone, as far as crawls that find the same can prove.
    simulator.content().remove_repository("team/web");
    program.crawl("hub");
    program.crawl("hub");
    assert!(images("team/web").is_empty());
    assert_eq!(program.done(&["decide", "export"]).stdout, before);
    // A selection does not reach it, and says so.
    let ran = program.done(&["decide", "none", "--repository", "team/web"]);
    says(&ran, "nothing matches");

    let digest = simulator
        .content()
        .put_image("team/web", &ImageSpec::new("linux/amd64", 11));
    let other = simulator
        .content()
        .put_image("team/web", &ImageSpec::new("linux/amd64", 99));
    simulator.content().tag("team/web", "2.0", &digest);
    simulator.content().tag("team/web", "1.0", &other);
    program.crawl("hub");
    let web = images("team/web");
    let of = |tag: &str| web.iter().find(|line| line["tags"][0] == tag).unwrap();
    assert_eq!(of("2.0")["decision"], "keep");
    assert_eq!(of("2.0")["note"], "mine");
    assert_eq!(of("1.0")["decision"], Value::Null);
    assert_eq!(of("1.0")["tag_decisions"], json!({"1.0": "delete"}));

    let ran = program.run(&["registry", "remove", "hub"]);
    assert_eq!(ran.code, 2);
    says(&ran, "and 3 decisions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_state_exports_another_imports() {
    let (simulator, program) = crawled().await;
    program.done(&["decide", "delete", "hub", "--note", "old, \"and\" large"]);
    program.done(&["decide", "keep", "--tag", "1.0"]);
    let exported = |program: &Program| program.done(&["decide", "export"]).stdout;
    let wanted = exported(&program);
    let array = program
        .done(&["decide", "export", "hub", "--format", "json"])
        .stdout;
    let csv = program
        .done(&["decide", "export", "--format", "csv"])
        .stdout;
    assert!(
        csv.starts_with("registry,repository,digest,tag,decision,note,at\n"),
        "{csv}"
    );
    assert_eq!(
        csv::Reader::from_reader(csv.as_bytes()).records().count(),
        6
    );
    let table = program
        .done(&["decide", "export", "--format", "table"])
        .stdout;
    assert_eq!(table.lines().count(), 7, "{table}");

    for (text, crawled) in [(&wanted, false), (&array, true)] {
        let other = Program::new();
        other.done(&["registry", "add", "hub", &simulator.address()]);
        if crawled {
            other.crawl("hub");
        }
        let import = |flags: &[&str], text: &str| {
            let ran = fed(
                &mut other.command(&[&["decide", "import", "-"], flags].concat()),
                text,
            );
            assert_eq!(ran.code, 0, "{ran:#?}");
            ran
        };
        says(
            &import(&["--dry-run"], text),
            "would import 6 decisions: 6 new",
        );
        assert_eq!(exported(&other), "");
        let ran = import(&[], text);
        says(
            &ran,
            "imported 6 decisions: 6 new, 0 changed, 0 taken back, 0 so already",
        );
        let says_unknown = ran
            .stderr
            .contains("6 of them are about what is not in the inventory");
        assert_eq!(says_unknown, !crawled, "{ran:#?}");
        assert_eq!(exported(&other), wanted);
        says(
            &import(&[], text),
            "0 new, 0 changed, 0 taken back, 6 so already",
        );
        // What is not there is taken back by a file alone.
        let edited = text
            .replace("\"keep\"", "\"none\"")
            .replace("\"delete\"", "\"look\"");
        says(
            &import(&[], &edited),
            "0 new, 4 changed, 2 taken back, 0 so already",
        );
        let all = other.done(&["decide", "export"]).lines();
        assert!(all.iter().all(|line| line["decision"] == "look") && all.len() == 4);
        // Once it is there, it is as was decided.
        other.crawl("hub");
        assert_eq!(
            other.done(&["images", "--decision", "look"]).lines().len(),
            4
        );
    }
}

#[test]
fn a_nonsense_file_is_refused_line_by_line_and_changes_nothing() {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    let good = r#"{"registry":"hub","repository":"a","tag":"1","decision":"keep"}"#;
    let import = |text: &str| fed(&mut program.command(&["decide", "import", "-"]), text);
    let refused = |text: &str, wanted: &[&str]| {
        let ran = import(text);
        assert_eq!(ran.code, 2, "{ran:#?}");
        for one in wanted {
            says(&ran, one);
        }
        says(&ran, "nothing is changed");
        assert_eq!(program.done(&["decide", "export"]).stdout, "");
    };
    let bad = [
        good,
        r#"{"registry":"hug","repository":"a","tag":"1","decision":"keep"}"#,
        r#"{"registry":"hub","repository":"A B","tag":"1","decision":"keep"}"#,
        r#"{"registry":"hub","repository":"a","tag":"1","digest":"sha256:00","decision":"keep"}"#,
        r#"{"registry":"hub","repository":"a","decision":"keep"}"#,
        r#"{"registry":"hub","repository":"a","digest":"sha256:00","decision":"keep"}"#,
        r#"{"registry":"hub","repository":"a","tag":"2","decision":"burn"}"#,
        r#"{"registry":"hub","repository":"a","tag":"3","decision":"keep","note":7}"#,
        r#"{"registry":"hub","repository":"a","tag":"4","decision":"keep","at":"soon"}"#,
        r#"{"registry":"hub","repository":"a","tag":"5","decision":"keep","note":"a\nb"}"#,
        good,
        "nonsense",
        r#"{"repository":"a","tag":"1","decision":"keep"}"#,
    ]
    .join("\n");
    refused(
        &bad,
        &[
            "line 2: there is no registry `hug`; `hub` is there",
            "line 3: ",
            "line 4: it is about an image or a tag: leave `digest` or `tag` null",
            "line 5: it has neither a `digest` nor a `tag`",
            "line 6: ",
            "line 7: burn is no decision: write `keep`, `delete` or `look`, or `none`",
            "line 8: `note` is not a text",
            "line 9: `soon` is no time",
            "line 10: a note is one line",
            "line 11: it is about the same as line 1",
            "line 12: it is not an object a line",
            "line 13: `registry` is missing",
        ],
    );
    refused(&vec!["x"; 50].join("\n"), &["line 20: ", "and 30 more"]);
    refused(
        "[{\"registry\":",
        &["line 1: it is not an array of objects"],
    );
    refused(
        &format!("[{good},{{}}]"),
        &["entry 2: `registry` is missing"],
    );
    let missing = program.run(&["decide", "import", "/nonexistent/file"]);
    assert_eq!(missing.code, 2);
    says(&missing, "cannot be read");
    let mut command = program.command(&["--read-only", "decide", "import", "-"]);
    assert_eq!(fed(&mut command, good).code, 2);
    assert_eq!(import(good).code, 0);
    assert_eq!(import("").code, 0, "nothing to do");
}
