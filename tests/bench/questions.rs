#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "x")]
mod million;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use supercargo::model::{RegistryName, RegistrySpec};
use supercargo::store::{Access, Onward, Scanned, Store};
fn main() {
    let folder = std::path::PathBuf::from("/tmp/million");
    let fresh = !folder.exists();
    std::fs::create_dir_all(&folder).unwrap();
    let store = Store::open(&folder, Access::ReadWrite).unwrap();
    let name: RegistryName = "bench".parse().unwrap();
    if fresh {
        let spec = RegistrySpec::new(name.clone(), "https://bench.example".parse().unwrap());
        store.add_registry(&spec).unwrap();
        million::fill(&store, &name, 1_000_000);
        million::change(&store, &name, 1_000_000);
    }
    let id = store.registry("bench").unwrap().id;
    for _ in 0..3 {
        let began = Instant::now();
        let mut n = [0u64; 3];
        store
            .scan(id, &AtomicBool::new(false), |row| {
                match row {
                    Scanned::Repository(_) => n[0] += 1,
                    Scanned::Tag(..) => n[1] += 1,
                    Scanned::Image(_) => n[2] += 1,
                }
                Onward::Next
            })
            .unwrap();
        println!("all {:?} {n:?}", began.elapsed());
        let began = Instant::now();
        let mut hits = 0;
        let mut at = 0;
        store
            .scan(id, &AtomicBool::new(false), |row| match row {
                Scanned::Tag(t, _) => {
                    hits += usize::from(t.contains("999999"));
                    Onward::Next
                }
                Scanned::Repository(_) => {
                    at += 1;
                    Onward::Next
                }
                Scanned::Image(_) => Onward::NextRepository,
            })
            .unwrap();
        println!("tags {:?} {hits} {at}", began.elapsed());
    }
}
