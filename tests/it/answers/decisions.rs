//! `decide`: what a person wants outlives what happens in the registry.

use std::collections::BTreeSet;

use serde_json::Value;

use super::depot::Depot;
use super::{crawl, lay_in, program};
use crate::support::program::{Program, fed};

const ALPINE: &str = "base/alpine";

/// The images that are decided so, by repository and digest.
fn decided(program: &Program, decision: &str) -> BTreeSet<String> {
    let words = ["images", "--decision", decision, "--format", "ndjson"];
    let lines = program.done(&words).lines();
    let name = |line: &Value| format!("{} {}", line["repository"], line["digest"]);
    lines
        .iter()
        .map(|line| name(line).replace('"', ""))
        .collect()
}

fn exported(program: &Program) -> Vec<Value> {
    program
        .done(&["decide", "export", "--format", "ndjson"])
        .lines()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_outlive_what_becomes_of_images_and_move_to_another_state() {
    let Some(depot) = Depot::start().await else {
        return;
    };
    lay_in(&depot).await;
    let first = program(&[("hub", &depot)]);
    crawl(&first, "hub");
    let held = depot.held().await;
    let image = |repository: &str, tag: &str| format!("{repository} {}", held[repository][tag]);

    let note = ["--note", "the base of all"];
    first.done(
        &[
            &["decide", "keep", "hub", "--repository", "base/*"][..],
            &note,
        ]
        .concat(),
    );
    first.done(&["decide", "delete", "hub", "--repository", "old/**"]);
    first.done(&[
        "decide",
        "look",
        "hub",
        "--repository",
        "team/app",
        "--tag",
        "1.*",
    ]);
    let keep: BTreeSet<String> = [image(ALPINE, "3.20")].into();
    let delete: BTreeSet<String> = ["old/emptied", "old/removed"]
        .into_iter()
        .flat_map(|repository| ["one", "two"].map(|tag| image(repository, tag)))
        .collect();
    let look: BTreeSet<String> = ["1.0", "1.1"].map(|tag| image("team/app", tag)).into();
    let as_decided = |program: &Program| {
        assert_eq!(decided(program, "keep"), keep);
        assert_eq!(decided(program, "delete"), delete);
        assert_eq!(decided(program, "look"), look);
    };
    as_decided(&first);
    let decisions = exported(&first);
    assert_eq!(decisions.len(), 7);

    // The tag is moved, repositories are emptied and removed: decisions about what is gone
    // are kept, and images show those about what is there.
    let digest = &held[ALPINE]["3.20"];
    depot.delete(ALPINE, digest).await;
    for digest in held["old/emptied"].values() {
        depot.delete("old/emptied", digest).await;
    }
    depot.remove("old/removed");
    crawl(&first, "hub");
    assert_eq!(exported(&first), decisions);
    assert_eq!(decided(&first, "keep"), BTreeSet::new());
    assert_eq!(decided(&first, "delete"), BTreeSet::new());
    assert_eq!(decided(&first, "look"), look);

    // They come back, and so does what was decided about them, with its note.
    let amd64 = "linux/amd64";
    assert_eq!(&depot.image(ALPINE, amd64, "base", &["root"]).await, digest);
    depot.tag(ALPINE, "back", digest).await;
    for repository in ["old/emptied", "old/removed"] {
        for tag in ["one", "two"] {
            let image = depot.image(repository, amd64, tag, &["root", tag]).await;
            depot.tag(repository, tag, &image).await;
        }
    }
    crawl(&first, "hub");
    as_decided(&first);
    let alpine = first.images("hub");
    let alpine = alpine.iter().find(|line| line["repository"] == ALPINE);
    assert_eq!(alpine.unwrap()["note"], "the base of all");

    // Another state takes them over, whether or not it was crawled.
    let second = program(&[("hub", &depot)]);
    let file: Vec<String> = decisions.iter().map(ToString::to_string).collect();
    let ran = fed(
        &mut second.command(&["decide", "import", "-"]),
        &file.join("\n"),
    );
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(exported(&second), decisions);
    crawl(&second, "hub");
    as_decided(&second);
    assert_eq!(exported(&second), decisions);
    // Nothing was deleted by any of it.
    let again = depot.held().await;
    assert_eq!(again["team/app"], held["team/app"]);
    assert_eq!(again["old/removed"], held["old/removed"]);
}
