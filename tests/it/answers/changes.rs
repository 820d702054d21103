//! `changes`: exactly what was done to the registry between two crawls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::depot::{Depot, Held};
use super::{crawl, lay_in, program};
use crate::support::program::Program;

/// What a crawl must find different that sees `after` where the one before saw `before`.
fn between(before: &Held, after: &Held, crawl: u64) -> BTreeSet<String> {
    let mut changes = BTreeSet::new();
    let mut change = |repository: &str, subject, change, more: Value| {
        let mut line = json!({
            "registry": "hub", "crawl": crawl, "repository": repository, "subject": subject,
            "change": change, "tag": null, "digest": null, "from": null, "tags": null,
            "images": null
        });
        let fields = more.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(fields);
        assert!(changes.insert(line.to_string()), "twice: {line}");
    };
    let images = |held: &Held, repository: &str| -> BTreeSet<String> {
        let tags = held.get(repository).into_iter().flatten();
        tags.map(|(_, digest)| digest.clone()).collect()
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (images(before, name), images(after, name));
        let counts = |held: &Held, images: &BTreeSet<String>| json!({"tags": held[name].len(), "images": images.len()});
        if !before.contains_key(name) {
            // One change, however much is in it.
            change(name, "repository", "appeared", counts(after, &new));
            continue;
        }
        if !after.contains_key(name) {
            change(name, "repository", "gone", counts(before, &old));
        }
        for digest in new.difference(&old) {
            change(name, "image", "appeared", json!({"digest": digest}));
        }
        for digest in old.difference(&new) {
            change(name, "image", "gone", json!({"from": digest}));
        }
        let empty = BTreeMap::new();
        let (old, new) = (&before[name], after.get(name).unwrap_or(&empty));
        let tags: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for tag in tags {
            match (old.get(tag), new.get(tag)) {
                (None, Some(is)) => {
                    change(name, "tag", "appeared", json!({"tag": tag, "digest": is}));
                }
                (Some(was), None) => change(name, "tag", "gone", json!({"tag": tag, "from": was})),
                (Some(was), Some(is)) if was != is => {
                    let ends = json!({"tag": tag, "from": was, "digest": is});
                    change(name, "tag", "moved", ends);
                }
                _ => {}
            }
        }
    }
    changes
}

/// What `changes` prints with these words: the times, and the lines without them.
fn told(program: &Program, words: &[&str]) -> (Vec<String>, BTreeSet<String>) {
    let ran = program.done(&[&["changes", "--format", "ndjson"], words].concat());
    let (mut times, mut lines) = (Vec::new(), BTreeSet::new());
    for mut line in ran.lines() {
        let at = line.as_object_mut().unwrap().remove("at").unwrap();
        times.push(at.as_str().unwrap().to_owned());
        assert!(lines.insert(line.to_string()), "twice: {line}");
    }
    (times, lines)
}

/// Whether a line is of a repository, and where a tag is wanted of a tag, that begins so.
fn begins(line: &str, repository: &str, tag: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap();
    let begins = |field: &str, with: &str| {
        let name = line[field].as_str();
        name.is_some_and(|name| name.starts_with(with))
    };
    begins("repository", repository) && (tag.is_empty() || begins("tag", tag))
}

/// When the last crawl of the registry began.
fn began(program: &Program) -> String {
    let list = program.done(&["registry", "list", "--format", "ndjson"]);
    let lines = list.lines();
    let line = lines.iter().find(|line| line["name"] == "hub").unwrap();
    line["last_crawl"].as_str().unwrap().to_owned()
}

/// Moves, adds and deletes tags, replaces an index, empties a repository, removes one and
/// adds one.
async fn first_round(depot: &Depot, held: &Held) {
    let (app, amd64) = ("team/app", "linux/amd64");
    let third = depot.image(app, amd64, "third", &["root", "three"]).await;
    depot.tag(app, "latest", &third).await;
    depot.tag(app, "1.2", &third).await;
    depot.tag(app, "stable", &held[app]["1.0"]).await;
    depot.delete(app, &held[app]["1.1"]).await;
    let ppc = depot
        .image(app, "linux/ppc64le", "ppc", &["ppc root", "app one"])
        .await;
    let images = [(amd64, held[app]["1.0"].as_str()), ("linux/ppc64le", &ppc)];
    let index = depot.index(app, &images).await;
    depot.tag(app, "multi", &index).await;
    for digest in held["old/emptied"].values() {
        depot.delete("old/emptied", digest).await;
    }
    depot.remove("old/removed");
    let fresh = depot
        .image("new/tool", amd64, "tool", &["root", "tool"])
        .await;
    for tag in ["a", "b"] {
        depot.tag("new/tool", tag, &fresh).await;
    }
}

/// Moves a tag back, takes one away whose image stays under another, and one that named a
/// child of an index; brings the removed and the emptied repository back.
async fn second_round(depot: &Depot, held: &Held) {
    let (app, amd64) = ("team/app", "linux/amd64");
    depot.tag(app, "latest", &held[app]["1.0"]).await;
    depot.untag(app, "stable");
    depot.untag(app, "multi-arm");
    for repository in ["old/emptied", "old/removed"] {
        let image = depot.image(repository, amd64, "back", &["root"]).await;
        depot.tag(repository, "one", &image).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_exactly_what_was_done_to_the_registry() {
    let (Some(depot), Some(other)) = (Depot::start().await, Depot::start().await) else {
        return;
    };
    lay_in(&depot).await;
    lay_in(&other).await;
    let program = program(&[("hub", &depot), ("other", &other)]);
    let mut seen = vec![Held::new()];
    let mut starts = Vec::new();
    for round in 0..4 {
        match round {
            1 => first_round(&depot, &seen[1]).await,
            // The third crawl finds nothing different.
            3 => second_round(&depot, &seen[2]).await,
            _ => {}
        }
        seen.push(depot.held().await);
        crawl(&program, "hub");
        starts.push(began(&program));
        crawl(&program, "other");
    }

    // By crawl: each finds what is between it and the one before.
    let mut found = Vec::new();
    for crawl in 1..=4 {
        let wanted = between(&seen[crawl - 1], &seen[crawl], crawl as u64);
        let (times, lines) = told(&program, &["hub", "--crawl", &crawl.to_string()]);
        assert_eq!(lines, wanted, "crawl {crawl}");
        assert!(times.iter().all(|at| *at == starts[crawl - 1]), "{times:?}");
        found.push(wanted);
    }
    assert!(found[1].len() >= 19 && found[2].is_empty(), "{found:#?}");
    let all: BTreeSet<String> = found.iter().flatten().cloned().collect();

    // In all, and by time: what crawls found that began then or later.
    let (times, lines) = told(&program, &["hub"]);
    assert_eq!(lines, all);
    assert!(times.is_sorted(), "{times:?}");
    // Crawls begin in whole seconds, and two may begin in one.
    let since = |began: &String| -> BTreeSet<String> {
        let later = found.iter().zip(&starts).filter(|(_, at)| *at >= began);
        later.flat_map(|(found, _)| found).cloned().collect()
    };
    for began in &starts {
        let (_, lines) = told(&program, &["hub", "--since", began]);
        assert_eq!(lines, since(began), "since {began}");
    }
    assert_eq!(told(&program, &["hub", "--since", "1d"]).1, all);

    // By repository and by tag, by the name and by a pattern, and all of it together.
    for (words, repository, tag) in [
        (&["--repository", "old/*"][..], "old/", ""),
        (&["--repository", "te*/**"], "team/", ""),
        (&["--repository", "team/app"], "team/app", ""),
        (&["--repository", "old/removed"], "old/removed", ""),
        (&["--tag", "latest"], "", "latest"),
        (&["--tag", "1.*"], "", "1."),
        (
            &["--repository", "team/app", "--tag", "latest"],
            "team/app",
            "latest",
        ),
        (&["--repository", "old/**", "--tag", "one"], "old/", "one"),
    ] {
        let wanted = |lines: &BTreeSet<String>| -> BTreeSet<String> {
            let lines = lines.iter().filter(|line| begins(line, repository, tag));
            lines.cloned().collect()
        };
        let (times, lines) = told(&program, &[&["hub"], words].concat());
        assert_eq!(lines, wanted(&all), "{words:?}");
        assert!(
            !lines.is_empty() && times.is_sorted(),
            "{words:?} {times:?}"
        );
        let (_, lines) = told(&program, &[&["hub", "--crawl", "2"], words].concat());
        assert_eq!(lines, wanted(&found[1]), "{words:?}");
        let (_, lines) = told(&program, &[&["hub", "--since", &starts[3]], words].concat());
        assert_eq!(lines, wanted(&since(&starts[3])), "{words:?}");
    }

    // The other registry stayed as it was, and is told beside this one.
    let of_other: Vec<String> = told(&program, &["other"]).1.into_iter().collect();
    assert_eq!(of_other.len(), seen[1].len());
    let both: BTreeSet<String> = all.into_iter().chain(of_other).collect();
    assert_eq!(told(&program, &[]).1, both);
    assert_eq!(told(&program, &["hub", "other"]).1, both);
}
