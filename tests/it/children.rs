//! The children of indexes: read once each, after everything else, and gone on with by the
//! next crawl.

use std::collections::{HashMap, HashSet};

use supercargo::model::{Children, Digest, Level, Outcome, Phase, Progress};
use supercargo::simulator::{
    Behaviour, Content, Fault, On, RouteKind, Shape, Simulator, What, When,
};

use crate::crawl::assert_same;
use crate::support::bench::Bench;
use crate::support::engine::spec;
use crate::support::program::Program;

/// How often each manifest was read by its digest, and each blob.
fn reads(simulator: &Simulator) -> (HashMap<String, u32>, HashMap<String, u32>) {
    let mut manifests = HashMap::new();
    let mut blobs = HashMap::new();
    for request in simulator.requests() {
        let path = request.path_and_query;
        if let Some((_, digest)) = path.split_once("/manifests/sha256:") {
            *manifests.entry(format!("sha256:{digest}")).or_default() += 1;
        } else if let Some((_, digest)) = path.split_once("/blobs/") {
            *blobs.entry(digest.to_owned()).or_default() += 1;
        }
    }
    (manifests, blobs)
}

/// The children that are platforms, but those that are images with a tag beside their index.
fn wanted(content: &Content) -> HashSet<String> {
    let expected = content.expected();
    let tagged: HashSet<_> = expected
        .iter()
        .map(|image| (image.repository.clone(), image.digest.clone()))
        .collect();
    let children = expected.iter().flat_map(|image| {
        image
            .image
            .runnable()
            .map(|child| (image.repository.clone(), child.digest.clone()))
    });
    children
        .filter(|child| !tagged.contains(child))
        .map(|(_, digest)| digest.to_string())
        .collect()
}

fn indexes(content: &Content) -> usize {
    let expected = content.expected();
    let has_children = expected
        .iter()
        .filter(|image| image.image.runnable().next().is_some());
    has_children.count()
}

fn content() -> Content {
    let shape = Shape {
        repositories: 12,
        tags_per_repository: 4..=9,
        indexes: 700,
        ..Shape::default()
    };
    Content::generate(77, &shape)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_child_is_read_once_and_a_configuration_an_index() {
    let content = content();
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "complete", "{line:#}");
    let (manifests, blobs) = reads(&simulator);
    assert!(
        manifests
            .values()
            .chain(blobs.values())
            .all(|reads| *reads == 1)
    );
    assert_eq!(
        manifests.keys().cloned().collect::<HashSet<_>>(),
        wanted(&content)
    );
    let expected = content.expected();
    let single = expected
        .iter()
        .filter(|image| image.image.children.is_empty() && !image.platforms.is_empty());
    assert!(blobs.len() <= single.count() + indexes(&content));
    assert_same(&content, program.images("hub"));

    // Nothing of that is asked for again.
    let again = program.crawl("hub");
    assert_eq!(again["outcome"], "complete");
    assert_eq!(reads(&simulator), (manifests, blobs));
    assert_same(&content, program.images("hub"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_children_an_index_has_no_size_and_costs_nothing() {
    let content = content();
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let mut spec = spec(&simulator.address());
    spec.children = Children::None;
    let mut stand = Bench::new(&spec);
    assert_eq!(stand.crawl().await.summary.outcome, Outcome::Complete);
    assert_eq!(reads(&simulator).0, HashMap::new());
    let row = stand.store.registry("hub").unwrap();
    assert_eq!(row.unread, indexes(&content) as u64);
    // Wanted later, they are read, and nothing else.
    spec.children = Children::Platforms;
    stand.store.update_registry(row.id, &spec).unwrap();
    let ended = stand.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Complete);
    assert_eq!(ended.record.changes, 0, "sizes are no change");
    let read: HashSet<_> = reads(&simulator).0.into_keys().collect();
    assert_eq!(read, wanted(&content));
    assert_eq!(stand.store.registry("hub").unwrap().unread, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_that_ends_among_the_children_is_whole_and_the_next_goes_on() {
    let content = content();
    let last: Digest = wanted(&content).into_iter().max().unwrap().parse().unwrap();
    let hangs = Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            reference: Some(last.to_string()),
            ..On::default()
        },
        when: When::First(1),
        what: What::Hang,
    };
    let behaviour = Behaviour {
        faults: vec![hangs],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let mut stand = Bench::new(&spec(&simulator.address()));
    let stuck = |progress: &Progress| {
        progress.phase == Phase::Children && progress.indexes_done + 1 >= progress.indexes_found
    };
    let ended = stand.crawl_until(false, stuck).await;
    assert_eq!(ended.summary.outcome, Outcome::Cancelled);
    let row = stand.store.registry("hub").unwrap();
    let whole = content.expected();
    assert_eq!(row.images, whole.len() as u64);
    assert!(row.unread > 0, "{row:?}");
    for repository in stand.store.repositories(row.id).unwrap() {
        for image in stand.store.images(row.id, &repository.name).unwrap() {
            let wanted = whole.iter().find(|wanted| {
                wanted.digest == image.digest && wanted.repository == repository.name
            });
            assert_eq!(wanted.unwrap().tags, image.tags);
        }
    }
    let (before, _) = reads(&simulator);
    let ended = stand.crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Complete);
    let (after, _) = reads(&simulator);
    let again = after.iter().filter(|(digest, reads)| {
        **reads > 1 && before.contains_key(*digest) && **digest != last.to_string()
    });
    assert_eq!(again.count(), 0, "what was read is not read again");
    let row = stand.store.registry("hub").unwrap();
    assert_eq!(row.unread, 0);
    for wanted in &whole {
        let images = stand.store.images(row.id, &wanted.repository).unwrap();
        let image = images.iter().find(|image| image.digest == wanted.digest);
        assert_eq!(image.unwrap().image.size, wanted.image.size);
        assert_eq!(image.unwrap().image.level, Level::Whole);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_cannot_be_read_is_said_and_asked_for_again_alone() {
    let content = content();
    let expected = content.expected();
    let broken = expected
        .iter()
        .find(|image| image.image.runnable().count() > 1)
        .unwrap();
    let child = broken.image.runnable().last().unwrap().digest.clone();
    let missing = Fault {
        on: On {
            route: Some(RouteKind::Manifest),
            reference: Some(child.to_string()),
            ..On::default()
        },
        when: When::First(1),
        what: What::Status {
            code: 404,
            retry_after: None,
        },
    };
    let behaviour = Behaviour {
        faults: vec![missing],
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "partial", "{line:#}");
    let failures = line["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{line:#}");
    assert_eq!(failures[0]["reference"], child.to_string());
    assert_eq!(failures[0]["repository"], broken.repository.as_str());
    let images = program.images("hub");
    let image = images
        .iter()
        .find(|image| image["digest"] == broken.digest.to_string())
        .unwrap();
    assert!(image["size"].is_null());
    let sizes = image["children"].as_array().unwrap();
    assert!(
        sizes.iter().any(|child| child["size"].is_u64()),
        "{image:#}"
    );
    let (before, _) = reads(&simulator);
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    let (after, _) = reads(&simulator);
    let more: Vec<&String> = after
        .iter()
        .filter(|(digest, reads)| before.get(*digest) != Some(reads))
        .map(|(digest, _)| digest)
        .collect();
    assert_eq!(more, [&child.to_string()]);
    assert_same(&content, program.images("hub"));
}
