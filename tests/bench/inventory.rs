//! What an inventory of a million images costs: bytes an image on disk, and how long the
//! reads take that the interface and the headless commands make, as ratios to one read of
//! the whole file. Prints; asserts nothing.
//!
//! `cargo bench --bench inventory [IMAGES]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

mod million;

use std::time::{Duration, Instant};

use million::{change, fill};
use supercargo::model::{RegistryName, RegistrySpec, RepositoryName};
use supercargo::store::{Access, Store};

fn timed<T>(what: &str, base: Duration, work: impl Fn() -> T) -> T {
    let mut best = Duration::MAX;
    let mut value = None;
    for _ in 0..5 {
        let began = Instant::now();
        value = Some(work());
        best = best.min(began.elapsed());
    }
    println!(
        "{what:<42} {best:>12.2?}  {:>8.4} of a whole read",
        best.as_secs_f64() / base.as_secs_f64()
    );
    value.unwrap()
}

/// Megabytes that this process has had in memory at most.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1000
}

fn main() {
    let images = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
    let name: RegistryName = "bench".parse().unwrap();
    let spec = RegistrySpec::new(name.clone(), "https://bench.example".parse().unwrap());
    let id = store.add_registry(&spec).unwrap();
    let took = fill(&store, &name, images);
    let bytes = std::fs::metadata(store.file()).unwrap().len();
    println!(
        "{images} images written in {took:.1?}, {:.0} bytes an image on disk",
        bytes as f64 / images as f64
    );

    let began = Instant::now();
    let whole = std::fs::read(store.file()).unwrap();
    let base = began.elapsed();
    println!(
        "{:<42} {base:>12.2?}  {:>8.4}",
        format!("one read of the file, {} MB", whole.len() / 1_000_000),
        1.0
    );
    drop(whole);
    timed("open, registries with their totals", base, || {
        Store::open(folder.path(), Access::ReadWrite)
            .unwrap()
            .registries()
            .unwrap()
    });
    let repositories = timed("all repositories of the registry", base, || {
        store.repositories(id).unwrap()
    });
    let middle = &repositories[repositories.len() / 2].name;
    timed("images of one repository", base, || {
        store.images(id, middle).unwrap().len()
    });
    let names: Vec<RepositoryName> = repositories
        .iter()
        .take(64)
        .map(|row| row.name.clone())
        .collect();
    timed("what a crawl wants to know of 64", base, || {
        store.known(id, &names).unwrap().len()
    });
    timed(
        "everything of a registry compared with its sums",
        base,
        || {
            assert_eq!(store.damages().unwrap(), []);
        },
    );
    timed("every image, page by page", base, || {
        let (mut after, mut count) = (None, 0);
        loop {
            let (rows, next) = store.images_page(id, after.as_ref(), 5000).unwrap();
            count += rows.len();
            match next {
                Some(next) => after = Some(next),
                None => return count,
            }
        }
    });
    let took = change(&store, &name, images);
    let bytes = std::fs::metadata(store.file()).unwrap().len();
    let changes = store.registry("bench").unwrap().last_crawl.unwrap().changes;
    println!(
        "{changes} changes written in {took:.1?}, {:.0} bytes an image on disk with them",
        bytes as f64 / images as f64
    );
    timed("all changes of that crawl", base, || {
        store.changes_of(id, 2).unwrap().unwrap().len()
    });
    timed("images of one repository", base, || {
        store.images(id, middle).unwrap().len()
    });
    println!("{} MB in memory at most", most_memory());
}
