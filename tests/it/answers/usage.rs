//! `usage`: the distinct blobs that manifests name, by what the registry says of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::depot::Depot;
use super::{crawl, lay_in, program};
use crate::support::program::Program;

/// Blobs and their sizes.
type Blobs = BTreeMap<String, u64>;

/// What one image takes, by its manifest: configuration and layers, of an index those of its
/// platforms.
async fn blobs_of(depot: &Depot, repository: &str, digest: &str) -> Blobs {
    let document = depot.document(repository, digest).await;
    let mut manifests = vec![document.clone()];
    for child in document["manifests"].as_array().into_iter().flatten() {
        if child["platform"]["os"] != "unknown" {
            let digest = child["digest"].as_str().unwrap();
            manifests.push(depot.document(repository, digest).await);
        }
    }
    let mut blobs = Blobs::new();
    for manifest in manifests {
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let configuration = manifest.get("config");
        for blob in layers.chain(configuration) {
            let digest = blob["digest"].as_str().unwrap().to_owned();
            blobs.insert(digest, blob["size"].as_u64().unwrap());
        }
    }
    blobs
}

/// What a registry's repositories take, in lines as `usage` prints them. Where the children
/// of indexes are not `read`, these are unknown and take nothing.
async fn account(depot: &Depot, registry: &str, reads: bool) -> (Value, BTreeMap<String, Value>) {
    let mut each: BTreeMap<String, (Value, Blobs)> = BTreeMap::new();
    let mut all = Blobs::new();
    let (mut images, mut tags, mut unknown) = (0, 0, 0);
    for (repository, held) in depot.held().await {
        let digests: BTreeSet<&String> = held.values().collect();
        let (mut own, mut untold) = (Blobs::new(), 0);
        for digest in &digests {
            let is_index = depot.document(&repository, digest).await["manifests"].is_array();
            if is_index && !reads {
                untold += 1;
            } else {
                own.extend(blobs_of(depot, &repository, digest).await);
            }
        }
        let line = json!({
            "registry": registry, "repository": repository, "images": digests.len(),
            "tags": held.len(), "bytes": own.values().sum::<u64>(), "unknown": untold
        });
        (images, tags) = (images + digests.len(), tags + held.len());
        unknown += untold;
        all.extend(own.clone());
        each.insert(repository, (line, own));
    }
    let bytes: u64 = all.values().sum();
    let whole = json!({
        "registry": registry, "repository": null, "images": images, "tags": tags,
        "bytes": bytes, "exclusive_bytes": bytes, "unknown": unknown
    });
    let exclusive = |repository: &str, own: &Blobs| -> u64 {
        let others = each.iter().filter(|(other, _)| *other != repository);
        let others: BTreeSet<&String> = others.flat_map(|(_, (_, blobs))| blobs.keys()).collect();
        let alone = own.iter().filter(|(digest, _)| !others.contains(digest));
        alone.map(|(_, size)| size).sum()
    };
    let lines = each.iter().map(|(repository, (line, own))| {
        let mut line = line.clone();
        line["exclusive_bytes"] = json!(exclusive(repository, own));
        (repository.clone(), line)
    });
    (whole, lines.collect())
}

fn told(program: &Program, words: &[&str]) -> (Vec<Value>, String) {
    let ran = program.done(&[&["usage", "--format", "ndjson"], words].concat());
    (ran.lines(), ran.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_what_the_manifests_name_each_blob_once() {
    let Some(depot) = Depot::start().await else {
        return;
    };
    lay_in(&depot).await;
    let program = program(&[("hub", &depot), ("quick", &depot)]);
    program.done(&["registry", "edit", "quick", "--children", "none"]);
    for round in 0..2 {
        if round == 1 {
            // Two images fewer, and a layer that only one of them had.
            let held = depot.held().await;
            depot.delete("team/web", &held["team/web"]["2.0"]).await;
            depot.remove("old/removed");
            depot
                .tag("base/alpine", "edge", &held["base/alpine"]["3.20"])
                .await;
        }
        crawl(&program, "hub");
        crawl(&program, "quick");
        for (name, reads) in [("hub", true), ("quick", false)] {
            let (whole, each) = account(&depot, name, reads).await;
            let (lines, said) = told(&program, &[name]);
            assert_eq!(lines, std::slice::from_ref(&whole), "{round}");
            assert_eq!(said.contains("not all layers are known"), !reads, "{said}");

            let (lines, _) = told(&program, &[name, "--by", "repository"]);
            let sizes: Vec<u64> = lines.iter().map(|l| l["bytes"].as_u64().unwrap()).collect();
            assert!(sizes.is_sorted_by(|one, other| one >= other), "{sizes:?}");
            let named = |line: &Value| line["repository"].as_str().unwrap().to_owned();
            let count = lines.len();
            let lines: BTreeMap<_, _> = lines.into_iter().map(|l| (named(&l), l)).collect();
            assert_eq!(
                (count, &lines),
                (each.len(), &each),
                "{name} in round {round}"
            );

            // What is shared counts once, and something is.
            let sum: u64 = sizes.iter().sum();
            assert!(sum > whole["bytes"].as_u64().unwrap(), "{lines:?}");
            assert_eq!(whole["unknown"], u64::from(!reads));
        }
    }
    let (both, said) = told(&program, &[]);
    assert_eq!(both.len(), 2);
    assert!(said.contains("2 registries in all"), "{said}");
}
