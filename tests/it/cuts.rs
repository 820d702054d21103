//! Lists that are cut, shuffled, mixed up and refused, by generated servers on real sockets
//! that change for the worse between crawls: what is said to be complete is, nothing known
//! goes that is still there, and what was deleted goes.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use supercargo::model::{Outcome, RegistrySpec};

use crate::support::bench::Bench;
use crate::support::random::Random;
use crate::support::world::{Behaviour, Habits, Head, Held, Links, Name, Order, World, digest};

/// Repository and tag → digest.
type Inventory = BTreeMap<(String, String), String>;

fn truth(held: &Held) -> Inventory {
    let all = held.iter().flat_map(|(name, tags)| {
        let named = |(tag, seed): (&String, &u64)| ((name.clone(), tag.clone()), digest(*seed));
        tags.iter().map(named).collect::<Vec<_>>()
    });
    all.collect()
}

fn inventory(bench: &Bench) -> Inventory {
    let id = bench.registry().id;
    let mut found = Inventory::new();
    for repository in bench.store.repositories(id).unwrap() {
        for image in bench.store.images(id, &repository.name).unwrap() {
            for tag in &image.tags {
                let key = (repository.name.to_string(), tag.to_string());
                found.insert(key, image.digest.to_string());
            }
        }
    }
    found
}

fn spec(world: &World) -> RegistrySpec {
    let mut spec = RegistrySpec::new("hub".parse().unwrap(), world.address.parse().unwrap());
    spec.password = "none".parse().unwrap();
    spec
}

fn generate(random: &mut Random) -> Held {
    let mut held = Held::new();
    for n in 0..=random.below(6) {
        let count = if random.below(25) == 0 {
            90 + random.below(70)
        } else {
            random.below(10)
        };
        let tags = (0..count).map(|t| (format!("t{t:03}"), random.next() % 1000));
        held.insert(format!("team/r{n}"), tags.collect());
    }
    held
}

/// Deletes, moves and adds.
fn change(held: &mut Held, random: &mut Random) {
    for tags in held.values_mut() {
        let rate = random.one(&[0, 3, 8]);
        tags.retain(|_, _| rate == 0 || random.below(rate) != 0);
        for seed in tags.values_mut() {
            if random.below(10) == 0 {
                *seed = random.next() % 1000;
            }
        }
        for _ in 0..random.below(4) {
            tags.insert(format!("n{:03}", random.below(1000)), random.next() % 1000);
        }
    }
    if random.below(3) == 0
        && held.len() > 1
        && let Some(name) = held.keys().nth(random.below(held.len())).cloned()
    {
        held.remove(&name);
    }
    if random.below(2) == 0 {
        let tags = [("t000".to_owned(), random.next() % 1000)];
        held.insert(format!("team/new{}", random.below(50)), tags.into());
    }
}

fn habits(random: &mut Random) -> Habits {
    let links = random.one(&[
        Links::Never,
        Links::Never,
        Links::WhereThereIsMore,
        Links::Always,
    ]);
    Habits {
        cap: random.one(&[2, 3, 5, 7, 11, 50, 73, 100, usize::MAX]),
        takes_n: random.below(2) == 0,
        takes_last: random.below(2) == 0,
        links,
        order: random.one(&[Order::Sorted, Order::Reversed, Order::Mixed]),
        repeats: random.below(5) == 0,
    }
}

fn ill(random: &mut Random) -> Behaviour {
    Behaviour {
        catalogue: habits(random),
        tags: habits(random),
        head: random.one(&[
            Head::Works,
            Head::Works,
            Head::Forbidden,
            Head::Missing,
            Head::WithoutDigest,
            Head::NotModified,
        ]),
        name: random.one(&[
            Name::Own,
            Name::Own,
            Name::Missing,
            Name::WithPrefix,
            Name::WithoutPrefix,
            Name::Mixed,
        ]),
        refuses: random.one(&[0, 0, 0, 7]),
        stumbles: random.one(&[0, 0, 0, 0, 0, 0, 0, 97]),
    }
}

fn well(random: &mut Random) -> Behaviour {
    let honest = |random: &mut Random| Habits {
        cap: random.one(&[3, 10, 100, usize::MAX]),
        takes_n: random.below(2) == 0,
        takes_last: random.below(2) == 0,
        links: random.one(&[Links::WhereThereIsMore, Links::Always]),
        order: random.one(&[Order::Sorted, Order::Mixed]),
        repeats: false,
    };
    Behaviour {
        catalogue: honest(random),
        tags: honest(random),
        name: random.one(&[Name::Own, Name::Missing, Name::WithPrefix]),
        ..Behaviour::HONEST
    }
}

/// A server's life of six crawls.
async fn live(seed: u64) {
    let mut random = Random::new(seed);
    let world = World::start(generate(&mut random)).await;
    let mut bench = Bench::new(&spec(&world));
    for step in 0..6 {
        let is_well = step == 0 || step >= 4;
        let (held, behaviour) = {
            let mut state = world.state.lock().unwrap();
            state.behaviour = if is_well {
                well(&mut random)
            } else {
                ill(&mut random)
            };
            if (1..5).contains(&step) {
                change(&mut state.held, &mut random);
            }
            (state.held.clone(), state.behaviour.clone())
        };
        let (before, there) = (inventory(&bench), truth(&held));
        let ended = bench.crawl().await;
        let after = inventory(&bench);
        let what = format!(
            "seed {seed}, crawl {step}: {:?} of {behaviour:?}\n{:#?}",
            ended.summary.outcome, ended.summary.failures
        );
        for key in before.keys().filter(|key| there.contains_key(*key)) {
            assert!(after.contains_key(key), "{key:?} went, {what}");
        }
        let cuts_unseen = [behaviour.catalogue, behaviour.tags]
            .iter()
            .any(Habits::cuts_unseen);
        if ended.summary.outcome == Outcome::Complete && !cuts_unseen {
            assert_eq!(after, there, "{what}");
        }
        // What was missing for the most part goes with the second crawl that finds it so.
        if step == 0 || step == 5 {
            assert_eq!(ended.summary.outcome, Outcome::Complete, "{what}");
            assert_eq!(after, there, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_servers_lose_nothing_and_claim_nothing() {
    let seeds = stream::iter(0..500).map(|seed| tokio::spawn(live(seed)));
    let mut lives = seeds.buffer_unordered(8);
    while let Some(life) = lives.next().await {
        life.unwrap();
    }
}
