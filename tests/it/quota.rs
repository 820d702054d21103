//! A registry that counts the manifests that are read, as Docker Hub does.

use std::time::Duration;

use supercargo::query::schedule;
use supercargo::simulator::{Behaviour, Content, Quota, Shape, Simulator};
use supercargo::store::{Access, Store};

use crate::crawl::assert_same;
use crate::support::program::Program;

async fn limited(limit: u64) -> (Content, Simulator, Program) {
    let content = Content::generate(15, &Shape::plain(15, 10));
    assert_eq!(content.expected().len(), 150);
    let behaviour = Behaviour {
        quota: Some(Quota {
            limit,
            window: Duration::from_hours(6),
        }),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(content.clone(), behaviour).await.unwrap();
    let program = Program::new();
    let address = simulator.address();
    program.done(&[
        "registry",
        "add",
        "hub",
        &address,
        "--refresh-interval",
        "1m",
    ]);
    (content, simulator, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawl_stops_short_of_the_quota_and_the_next_goes_on() {
    let (content, simulator, program) = limited(100).await;
    let first = program.crawl("hub");
    assert_eq!(first["outcome"], "partial", "{first:#}");
    assert_eq!(simulator.quota_used(), 95, "a twentieth is left to others");
    let failures = first["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "one for all: {first:#}");
    assert_eq!(failures[0]["class"], "quota");
    let message = failures[0]["message"].as_str().unwrap();
    assert!(message.starts_with("55 manifests are unread"), "{message}");
    assert!(message.contains("it can go on at 20"), "{message}");
    assert_eq!(first["images"], 95);

    // The schedule waits for that, whatever the interval says.
    let store = Store::open(&program.state(), Access::ReadOnly).unwrap();
    let row = store.registry("hub").unwrap();
    drop(store);
    let crawl = row.last_crawl.as_ref().unwrap();
    let resume_at = crawl.resume_at.unwrap();
    let ahead = resume_at.duration_since(crawl.started).as_hours();
    assert!((5..=6).contains(&ahead), "{crawl:?}");
    assert_eq!(schedule::due_at(&row), Some(resume_at));
    assert_eq!(program.done(&["crawl", "--due"]).stdout, "");
    assert_eq!(simulator.quota_used(), 95);

    simulator.renew_quota();
    let second = program.crawl("hub");
    assert_eq!(second["outcome"], "complete", "{second:#}");
    assert_eq!(
        simulator.quota_used(),
        55,
        "what was read is not read again"
    );
    assert_same(&content, program.images("hub"));

    let third = program.crawl("hub");
    assert_eq!(third["outcome"], "complete");
    assert_eq!(
        simulator.quota_used(),
        55,
        "an unchanged crawl costs nothing"
    );

    // What cannot be read stays as it was known, and is told to be stale.
    assert_eq!(content.move_some_tags(1, 60).len(), 60);
    let fourth = program.crawl("hub");
    assert_eq!(fourth["outcome"], "partial", "{fourth:#}");
    assert_eq!(simulator.quota_used(), 95);
    assert_eq!(fourth["moved"], 40, "{fourth:#}");
    assert_eq!(fourth["failures"].as_array().unwrap().len(), 1);
    let images = program.images("hub");
    let stale = images
        .iter()
        .filter(|image| !image["stale_since"].is_null());
    assert_eq!((images.len(), stale.count()), (150, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_others_used_up_is_told_and_not_hammered() {
    let (_, simulator, program) = limited(4).await;
    let line = program.crawl("hub");
    assert_eq!(line["outcome"], "partial", "{line:#}");
    let failures = line["failures"].as_array().unwrap();
    let classes: Vec<_> = failures.iter().map(|failure| &failure["class"]).collect();
    assert_eq!(classes, ["quota"], "{line:#}");
    let refused = simulator.requests();
    let refused = refused
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert!(refused <= 16, "those under way together: {refused}");
}
