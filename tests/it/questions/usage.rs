//! `usage`: what images take, each blob once.

use std::collections::BTreeMap;

use super::*;

/// Every blob that the images of a repository name, with its bytes, as the manifests say it.
fn blobs(content: &Content, repository: &str) -> BTreeMap<String, u64> {
    let shelves = content.shelves();
    let shelf = shelves.iter().find(|shelf| shelf.repository == repository);
    let mut blobs = BTreeMap::new();
    for (_, _, body) in &shelf.unwrap().manifests {
        let manifest: Value = serde_json::from_slice(body).unwrap();
        let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
        let config = manifest.get("config").cloned();
        for blob in layers.iter().chain(&config) {
            let digest = blob["digest"].as_str().unwrap().to_owned();
            blobs.insert(digest, blob["size"].as_u64().unwrap());
        }
    }
    blobs
}

const KEYS: [&str; 7] = [
    "registry",
    "repository",
    "images",
    "tags",
    "bytes",
    "exclusive_bytes",
    "unknown",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_blob_counts_once_and_the_largest_stand_first() {
    let content = Content::empty();
    // One of the small repository's images is in the large one, too.
    image(&content, "a/small", 1, &["1", "latest"]);
    image(&content, "a/small", 2, &["2"]);
    image(&content, "b/large", 1, &["1"]);
    index(&content, "b/large", 3, &["linux/amd64", "linux/arm64"], "3");
    image(&content, "b/large", 4, &["4"]);
    let program = Program::new();
    let _hub = served(&program, "hub", &content).await;
    crawled(&program, "hub");
    let (small, large) = (blobs(&content, "a/small"), blobs(&content, "b/large"));
    let sum = |blobs: &BTreeMap<String, u64>| blobs.values().sum::<u64>();
    let without = |of: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>| {
        let own = of.iter().filter(|(digest, _)| !other.contains_key(*digest));
        own.map(|(_, size)| size).sum::<u64>()
    };
    let mut all = small.clone();
    all.extend(large.clone());
    let ran = program.done(&["usage"]);
    assert_eq!(
        values(&ran, &KEYS),
        [json!(["hub", null, 5, 6, sum(&all), sum(&all), 0])]
    );
    assert_eq!(ran.stderr, "");
    let ran = program.done(&["usage", "hub", "--by", "repository"]);
    let own = (without(&small, &large), without(&large, &small));
    assert!(own.0 < sum(&small) && own.0 > 0);
    assert_eq!(
        values(&ran, &KEYS),
        [
            json!(["hub", "b/large", 3, 3, sum(&large), own.1, 0]),
            json!(["hub", "a/small", 2, 3, sum(&small), own.0, 0]),
        ]
    );
    let total = format!(
        "2 repositories in all: 5 images, 6 tags, {}: what they share counts once\n",
        supercargo::model::text::size(sum(&all))
    );
    assert_eq!(ran.stderr, total);
    assert_eq!(
        program.done(&["-q", "usage", "--by", "repository"]).stderr,
        ""
    );
    let table = in_every_format(&program, &["usage", "--by", "repository"], 0);
    assert!(
        table.contains("hub/b/large") && table.contains("MB"),
        "{table}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_known_is_said_with_what_would_tell() {
    let content = Content::empty();
    image(&content, "a", 1, &["1"]);
    index(&content, "a", 2, &["linux/amd64", "linux/arm64"], "2");
    let program = Program::new();
    assert!(
        program
            .done(&["usage"])
            .stderr
            .starts_with("no registry yet")
    );
    let _hub = served(&program, "hub", &content).await;
    program.done(&["registry", "edit", "hub", "--children", "none"]);
    let not_crawled = "hub: not crawled yet: `supercargo crawl hub` fills the inventory\n";
    let ran = program.done(&["usage"]);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("", not_crawled)
    );
    crawled(&program, "hub");
    let ran = program.done(&["usage"]);
    assert_eq!(ran.lines()[0]["unknown"], 1);
    assert_eq!(
        ran.stderr,
        "hub: of 1 of 2 images not all layers are known; what indexes list is not read \
         (`children none`): `supercargo registry edit hub --children platforms` and a crawl \
         tell it\n"
    );
    program.done(&["registry", "edit", "hub", "--children", "platforms"]);
    let ran = program.done(&["usage"]);
    let wanted = "hub: of 1 of 2 images not all layers are known; they were not read in full \
                  so far: `supercargo crawl hub` reads them\n";
    assert_eq!(ran.stderr, wanted);
    crawled(&program, "hub");
    let ran = program.done(&["usage"]);
    assert_eq!(
        (&ran.lines()[0]["unknown"], ran.stderr.as_str()),
        (&json!(0), "")
    );

    // What was not crawled takes no known room, and is no row of nothing.
    program.done(&["registry", "add", "nexus", "http://127.0.0.1:9"]);
    let ran = program.done(&["usage"]);
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.starts_with("nexus: not crawled yet"), "{ran:#?}");
    let empty = served(&program, "empty", &Content::empty()).await;
    crawled(&program, "empty");
    drop(empty);
    assert_eq!(program.done(&["usage", "empty"]).lines()[0]["bytes"], 0);
    let ran = program.done(&["usage", "empty", "--by", "repository"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "empty: empty: its last crawl found no repository\n"
    );
    assert_eq!(program.run(&["usage", "--by", "tag"]).code, 2);
}
