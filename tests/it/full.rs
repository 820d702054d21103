//! A full crawl compares what it reads with what was kept.

use std::time::Duration;

use supercargo::model::{Finding, Outcome, Progress, Summary, Timestamp};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};
use supercargo::store::{Access, Store};

use crate::crawl::assert_same;
use crate::support::program::Program;

/// Writes down of one image that it is larger than it is, as a fault of ours would.
fn falsify(program: &Program) {
    let store = Store::open(&program.state(), Access::ReadWrite).unwrap();
    let row = store.registry("hub").unwrap();
    let repository = store.repositories(row.id).unwrap().remove(0).name;
    let mut known = store.images(row.id, &repository).unwrap().remove(0);
    known.image.size = known.image.size.map(|size| size + 1);
    let name = &row.spec.name;
    let mut writer = store.begin_crawl(row.id, name, Timestamp::now()).unwrap();
    writer
        .write(&[Finding::Image {
            repository,
            digest: known.digest,
            image: Box::new(known.image),
            blobs: supercargo::model::Blobs::default(),
        }])
        .unwrap();
    let summary = Summary {
        outcome: Outcome::Cancelled,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: Duration::ZERO,
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    };
    writer.finish(&summary).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_match_is_told_and_mended() {
    let content = Content::generate(7, &Shape::plain(3, 5));
    let simulator = Simulator::start(content.clone(), Behaviour::default())
        .await
        .unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    assert_eq!(program.crawl("hub")["mismatched"], 0);
    falsify(&program);
    let line = program.crawl("hub");
    assert_eq!(line["mismatched"], 0, "what is known is not read");
    // It is no good night, so it is told of quietly, too.
    let told = program.done(&["-q", "crawl", "hub", "--full"]).stdout;
    assert!(
        told.contains("1 image did not match what was kept"),
        "{told}"
    );
    assert_same(&content, program.images("hub"));
    let again = program.done(&["-q", "crawl", "hub", "--full"]);
    assert_eq!(again.stdout, "");
}
