//! `drift` between two real registries: exactly the tags that differ, and in what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::depot::Depot;
use super::{crawl, lay_in, program};
use crate::support::program::Program;

const AMD64: &str = "linux/amd64";

/// The lines of a run that must end with this code, and what was said besides.
fn told(program: &Program, code: i32, words: &[&str]) -> (BTreeSet<String>, String) {
    let ran = program.run(&[&["drift", "--format", "ndjson"], words].concat());
    assert_eq!(ran.code, code, "{words:?}: {ran:#?}");
    let mut lines = BTreeSet::new();
    for line in ran.lines() {
        assert!(lines.insert(line.to_string()), "twice: {line}");
    }
    (lines, ran.stderr)
}

fn line(repository: &str, tag: &str, state: &str, a: Option<&str>, b: Option<&str>) -> Value {
    json!({
        "repository": repository, "tag": tag, "state": state, "a": a, "b": b,
        "repository_in_b": null, "lacking": []
    })
}

/// Pushes the index `multi` of `team/app` with one platform only, and returns it.
async fn with_fewer_platforms(depot: &Depot) -> String {
    let image = depot.held().await["team/app"]["1.0"].clone();
    depot.index("team/app", &[(AMD64, &image)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_exactly_what_differs() {
    let (Some(a), Some(b)) = (Depot::start().await, Depot::start().await) else {
        return;
    };
    lay_in(&a).await;
    lay_in(&b).await;
    let program = program(&[("a", &a), ("b", &b)]);
    crawl(&program, "a");
    crawl(&program, "b");
    let (lines, said) = told(&program, 0, &["a", "b"]);
    let count: usize = a.held().await.values().map(BTreeMap::len).sum();
    assert_eq!(lines, BTreeSet::new());
    assert!(
        said.contains(&format!("{count} tags are the same")),
        "{said}"
    );

    // Missing, extra, different, and with fewer platforms: an index and an image alone.
    let web = "team/web";
    let held = b.held().await;
    b.delete(web, &held[web]["2.0"]).await;
    let extra = b.image("only/here", AMD64, "extra", &["extra"]).await;
    b.tag("only/here", "1", &extra).await;
    b.tag(web, "next", &held[web]["1.0"]).await;
    b.tag("team/app", "latest", &held["team/app"]["1.0"]).await;
    let fewer = with_fewer_platforms(&b).await;
    b.tag("team/app", "multi", &fewer).await;
    a.tag("team/app", "single", &held["team/app"]["multi"])
        .await;
    b.tag("team/app", "single", &held["team/app"]["1.0"]).await;
    b.remove("old/removed");
    crawl(&program, "a");
    crawl(&program, "b");
    let (in_a, in_b) = (a.held().await, b.held().await);

    // By what the two registries say themselves.
    let mut wanted = BTreeSet::new();
    let names: BTreeSet<&String> = in_a.keys().chain(in_b.keys()).collect();
    let mut same = 0;
    for name in names {
        let of = |tag: &String| {
            let a = in_a.get(name).and_then(|tags| tags.get(tag));
            let b = in_b.get(name).and_then(|tags| tags.get(tag));
            (a.map(String::as_str), b.map(String::as_str))
        };
        let tags = [&in_a, &in_b].into_iter().filter_map(|held| held.get(name));
        for tag in tags.flat_map(|tags| tags.keys()).collect::<BTreeSet<_>>() {
            let (a, b) = of(tag);
            let state = match (a, b) {
                _ if a == b => {
                    same += 1;
                    continue;
                }
                (_, None) => "missing",
                (None, _) => "extra",
                _ if tag == "multi" || tag == "single" => "fewer platforms",
                _ => "different",
            };
            let mut line = line(name, tag, state, a, b);
            if state == "fewer platforms" {
                line["lacking"] = json!(["linux/arm64"]);
            }
            wanted.insert(line.to_string());
        }
    }
    assert_eq!(wanted.len(), 8, "{wanted:#?}");
    let (lines, said) = told(&program, 1, &["a", "b"]);
    assert_eq!(lines, wanted);
    let counts =
        format!("{same} tags are the same, 3 missing, 2 extra, 1 different, 2 fewer platforms\n");
    assert_eq!(said, counts);

    // The other way round nothing has fewer platforms: it has others.
    let (lines, _) = told(&program, 1, &["b", "a"]);
    let turned = wanted.iter().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let (a, b) = (line["a"].clone(), line["b"].clone());
        (line["a"], line["b"], line["lacking"]) = (b, a, json!([]));
        line["state"] = match line["state"].as_str().unwrap() {
            "missing" => json!("extra"),
            "extra" => json!("missing"),
            _ => json!("different"),
        };
        line.to_string()
    });
    assert_eq!(lines, turned.collect());

    // A part of it, and a part where all is well.
    let in_web = |line: &&String| line.contains("\"team/web\"");
    let (lines, _) = told(&program, 1, &["a", "b", "--repository", "team/w*"]);
    assert_eq!(lines, wanted.iter().filter(in_web).cloned().collect());
    let (lines, _) = told(&program, 0, &["a", "b", "--tag", "1.*"]);
    assert_eq!(lines, BTreeSet::new());
    // Crawled again, nothing of it is different.
    crawl(&program, "b");
    assert_eq!(told(&program, 1, &["a", "b"]).0, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_is_compared_under_its_own_names() {
    let (Some(a), Some(b)) = (Depot::start().await, Depot::start().await) else {
        return;
    };
    for (repository, mirrored) in [
        ("base/alpine", "mirror/base/alpine"),
        ("team/app", "apps/app"),
        ("team/web", "apps/web"),
    ] {
        let layers = ["root", repository];
        let image = a.image(repository, AMD64, "same", &layers).await;
        a.tag(repository, "1.0", &image).await;
        assert_eq!(b.image(mirrored, AMD64, "same", &layers).await, image);
        b.tag(mirrored, "1.0", &image).await;
    }
    let other = b.image("apps/web", AMD64, "other", &["root"]).await;
    b.tag("apps/web", "2.0", &other).await;
    let program = program(&[("a", &a), ("b", &b)]);
    crawl(&program, "a");
    crawl(&program, "b");
    let (in_a, in_b) = (a.held().await, b.held().await);

    // By their names, nothing of the one is in the other.
    let lines_of = |held: &super::depot::Held, is_a: bool| -> Vec<String> {
        let mut lines = Vec::new();
        for (repository, tags) in held {
            for (tag, digest) in tags {
                let digest = Some(digest.as_str());
                let line = if is_a {
                    line(repository, tag, "missing", digest, None)
                } else {
                    line(repository, tag, "extra", None, digest)
                };
                lines.push(line.to_string());
            }
        }
        lines
    };
    let (missing, extra) = (lines_of(&in_a, true), lines_of(&in_b, false));
    let wanted: BTreeSet<String> = missing.into_iter().chain(extra).collect();
    assert_eq!(told(&program, 1, &["a", "b"]).0, wanted);

    // With the names mapped, only what was put there differs, under the names of the first.
    let maps = ["--map", "base/=mirror/base/", "--map", "team/=apps/"];
    let (lines, said) = told(&program, 1, &[&["a", "b"][..], &maps].concat());
    let mut wanted = line("team/web", "2.0", "extra", None, Some(&other));
    wanted["repository_in_b"] = json!("apps/web");
    assert_eq!(lines, [wanted.to_string()].into());
    assert_eq!(said, "3 tags are the same, 1 extra\n");
    b.delete("apps/web", &other).await;
    crawl(&program, "b");
    let (lines, said) = told(&program, 0, &[&["a", "b"][..], &maps].concat());
    assert_eq!(
        (lines, said.as_str()),
        (BTreeSet::new(), "3 tags are the same\n")
    );
}
