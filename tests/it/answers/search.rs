//! `search`: names, tags, digests and children, wherever they are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::depot::Depot;
use super::{crawl, lay_in, program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_is_found_by_any_part_of_what_names_it() {
    let (Some(hub), Some(nexus)) = (Depot::start().await, Depot::start().await) else {
        return;
    };
    lay_in(&hub).await;
    lay_in(&nexus).await;
    let more = nexus
        .image("team/shop", "linux/amd64", "app", &["shop"])
        .await;
    nexus.tag("team/shop", "1.0", &more).await;
    let program = program(&[("hub", &hub), ("nexus", &nexus)]);
    crawl(&program, "hub");
    crawl(&program, "nexus");
    let (in_hub, in_nexus) = (hub.held().await, nexus.held().await);
    let all = [("hub", &in_hub), ("nexus", &in_nexus)];

    let found = |text: &str| -> BTreeSet<String> {
        let ran = program.done(&["search", text, "--format", "ndjson"]);
        let mut hits = BTreeSet::new();
        for hit in ran.lines() {
            assert!(hits.insert(hit.to_string()), "twice: {hit}");
        }
        hits
    };
    let hit = |registry: &str, repository: &str, tag: Value, digest: Value, by: &str| {
        json!({"registry": registry, "repository": repository, "tag": tag, "digest": digest,
               "match": by, "child": null})
    };
    // Repositories and tags that have this in their names.
    let named = |text: &str| -> BTreeSet<String> {
        let mut wanted = BTreeSet::new();
        for (registry, held) in all {
            for (repository, tags) in held {
                if repository.contains(text) {
                    let line = hit(registry, repository, Value::Null, Value::Null, "repository");
                    wanted.insert(line.to_string());
                }
                for (tag, digest) in tags.iter().filter(|(tag, _)| tag.contains(text)) {
                    let line = hit(registry, repository, json!(tag), json!(digest), "tag");
                    wanted.insert(line.to_string());
                }
            }
        }
        wanted
    };
    for text in [
        "team", "eam/a", "app", "shop", "1.0", "multi", "lates", "alpine", "one",
    ] {
        let wanted = named(text);
        assert!(!wanted.is_empty(), "{text}");
        assert_eq!(found(text), wanted, "{text}");
    }

    // An image by its digest: once a repository that has it, by the tag that is foremost.
    let first = &in_hub["team/app"]["1.0"];
    let hex = first.strip_prefix("sha256:").unwrap();
    let index = &in_hub["team/app"]["multi"];
    let mut wanted = BTreeSet::new();
    for (registry, held) in all {
        for (repository, tags) in held {
            let tags: Vec<&String> = tags
                .iter()
                .filter(|(_, digest)| *digest == first)
                .map(|(tag, _)| tag)
                .collect();
            if let [tag] = tags[..] {
                let line = hit(registry, repository, json!(tag), json!(first), "digest");
                wanted.insert(line.to_string());
            }
        }
        // The index lists it too.
        let mut line = hit(registry, "team/app", json!("multi"), json!(index), "child");
        line["child"] = json!(first);
        wanted.insert(line.to_string());
    }
    assert_eq!(wanted.len(), 6);
    for text in [
        first.as_str(),
        hex,
        &first[..19],
        &hex[..12],
        &hex[..10].to_uppercase(),
    ] {
        assert_eq!(found(text), wanted, "{text}");
    }

    // What an index lists and no tag names: its attestation.
    let listed = hub.document("team/app", index).await;
    let attestation = listed["manifests"][2]["digest"].as_str().unwrap();
    let wanted: BTreeSet<String> = all
        .map(|(registry, _)| {
            let mut line = hit(registry, "team/app", json!("multi"), json!(index), "child");
            line["child"] = json!(attestation);
            line.to_string()
        })
        .into();
    for text in [attestation, &attestation[7..], &attestation[..20]] {
        assert_eq!(found(text), wanted, "{text}");
    }

    let nothing = program.done(&["search", "nowhere", "--format", "ndjson"]);
    assert_eq!(nothing.stdout, "");
    assert!(nothing.stderr.contains("nothing matches"), "{nothing:?}");
}
