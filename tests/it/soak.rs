//! A registry that changes and fails for many crawls on end: after each of them the
//! inventory is the truth, or differs from it by what the crawl said had failed, and all
//! changes told add up.

mod account;
mod life;
#[path = "../../src/store/tests/history/past.rs"]
mod past;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use supercargo::model::{Outcome, Stage, What};

use life::Life;

/// Registries side by side, since most of their time is waiting for another try.
const AT_ONCE: usize = 8;

/// What there was in a soak, so that it is seen to be one.
#[derive(Default)]
struct Seen {
    complete: usize,
    partial: usize,
    failed: usize,
    withheld: usize,
    stages: BTreeSet<Stage>,
    changes: BTreeSet<&'static str>,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.complete += other.complete;
        self.partial += other.partial;
        self.failed += other.failed;
        self.withheld += other.withheld;
        self.stages.extend(other.stages);
        self.changes.extend(other.changes);
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::RepositoryAppeared { .. } => "repository appeared",
        What::RepositoryGone { .. } => "repository gone",
        What::TagAppeared { .. } => "tag appeared",
        What::TagMoved { .. } => "tag moved",
        What::TagGone { .. } => "tag gone",
        What::ImageAppeared(_) => "image appeared",
        What::ImageGone(_) => "image gone",
    }
}

/// One registry through so many crawls, and two more without faults.
async fn live(seed: u64, crawls: usize) -> Seen {
    let mut life = Life::new(seed);
    let mut seen = Seen::default();
    for _ in 0..crawls {
        life.change();
        let before = life.held();
        let ended = life.crawl().await;
        life.account(&before, &ended);
        match ended.summary.outcome {
            Outcome::Complete => seen.complete += 1,
            Outcome::Partial => seen.partial += 1,
            Outcome::Failed => seen.failed += 1,
            Outcome::Cancelled => panic!("{}", life.now()),
        }
        seen.withheld += usize::from(life.bench.store.memory(life.id).unwrap().withheld);
        let stages = ended.summary.failures.iter().map(|failure| failure.stage);
        seen.stages.extend(stages);
    }
    // The first lets go what was not believed before, so that the second has no doubt.
    life.be_well();
    for last in [false, true] {
        let before = life.held();
        let ended = life.crawl().await;
        life.account(&before, &ended);
        let outcome = ended.summary.outcome;
        assert!(!last || outcome == Outcome::Complete, "{}", life.now());
    }
    seen.changes = life.changes_lead_back().iter().map(kind).collect();
    seen
}

async fn soak(seeds: std::ops::Range<u64>, crawls: usize) {
    let lives = seeds.map(|seed| tokio::spawn(live(seed, crawls)));
    let mut lives = stream::iter(lives).buffer_unordered(AT_ONCE);
    let mut seen = Seen::default();
    while let Some(life) = lives.next().await {
        seen.add(life.unwrap());
    }
    let Seen {
        complete,
        partial,
        failed,
        withheld,
        stages,
        changes,
    } = seen;
    println!(
        "{complete} complete, {partial} partial, {failed} failed, {withheld} with losses withheld"
    );
    println!("failures in {stages:?}");
    assert!(complete * 4 > partial && partial * 4 > complete);
    assert!(failed > 0 && withheld > 0);
    for stage in [
        Stage::Catalogue,
        Stage::Tags,
        Stage::Manifest,
        Stage::Configuration,
    ] {
        assert!(stages.contains(&stage), "nothing failed in {stage}");
    }
    assert_eq!(changes.len(), 7, "{changes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_crawls_with_faults_hold_the_truth_or_say_what_is_not() {
    soak(0..8, 25).await;
}

/// By hand: `cargo test --test it soak -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn a_thousand_crawls_with_faults_hold_the_truth_or_say_what_is_not() {
    soak(100..108, 125).await;
}
