//! What the questions of an administrator cost over a million images and a million changes:
//! each beside its bar, and as a ratio to one read of the whole file. Prints; asserts
//! nothing.
//!
//! `cargo bench --bench questions [-- IMAGES]`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark talks to a person, and stops where something is wrong"
)]

mod million;

use std::time::{Duration, Instant};

use supercargo::export::{Format, ImageLine, Printer};
use supercargo::job;
use supercargo::model::{
    Answer, Cancel, Cursor, Digest, Filter, ImageColumn, ImageSelection, Order, Past, Question,
    RegistryId, RegistryName, RegistrySpec, Search, Timestamp, UsageBy,
};
use supercargo::store::{Access, Store};

/// Crawls that changed something, each as much as the others.
const CRAWLS: usize = 34;

/// An inventory to be asked.
struct Asked {
    store: Store,
    id: RegistryId,
    /// One read of the whole file.
    base: Duration,
}

impl Asked {
    fn ask(&self, question: &Question) -> Answer {
        job::answer(&self.store, question, &Cancel::default()).unwrap()
    }

    /// The best of five times, beside the bar in milliseconds.
    fn time(&self, what: &str, bar: Option<u64>, work: impl Fn() -> usize) {
        let mut best = Duration::MAX;
        let mut count = 0;
        for _ in 0..5 {
            let began = Instant::now();
            count = work();
            best = best.min(began.elapsed());
        }
        let ratio = best.as_secs_f64() / self.base.as_secs_f64();
        let bar = bar.map_or_else(String::new, |bar| format!("[{bar} ms]"));
        println!("{what:<52} {best:>10.2?} {bar:>9} {ratio:>8.3} of a read, {count} rows");
    }

    fn search(&self, text: &str, after: Option<Cursor>, enough: usize) -> (usize, Option<Cursor>) {
        let question = Question::Search {
            registries: vec![self.id],
            search: Box::new(Search::new(text).unwrap()),
            after,
            enough,
        };
        match self.ask(&question) {
            Answer::Search(page) => (page.rows.len(), page.next),
            other => panic!("{other:?}"),
        }
    }

    fn search_all(&self, text: &str) -> usize {
        let (mut count, mut after) = (0, None);
        loop {
            let (rows, next) = self.search(text, after, 5000);
            count += rows;
            after = next;
            if after.is_none() {
                return count;
            }
        }
    }

    fn changes(&self, past: Past) -> usize {
        let (mut count, mut after) = (0, None);
        loop {
            let question = Question::Changes {
                registries: vec![self.id],
                past,
                newest_first: false,
                repository: None,
                tag: None,
                after,
                enough: 5000,
            };
            let Answer::Changes(page) = self.ask(&question) else {
                panic!("no changes")
            };
            count += page.rows.len();
            after = page.next;
            if after.is_none() {
                return count;
            }
        }
    }

    /// The first images of everything, as the screen shows them.
    fn over(&self, filter: &str, column: ImageColumn) -> usize {
        let question = Question::ImagesOver {
            registries: vec![self.id],
            below: None,
            filter: Filter::new(filter),
            order: Order {
                column,
                descending: true,
            },
            most: supercargo::app::page::browse::MOST_IMAGES,
        };
        match self.ask(&question) {
            Answer::Images(listing) => listing.rows.len(),
            other => panic!("{other:?}"),
        }
    }

    /// Every image that is wanted, printed as NDJSON to nowhere.
    fn print(&self, name: &RegistryName, selection: &ImageSelection) -> usize {
        let mut printer = Printer::new(std::io::sink(), Format::Ndjson);
        let mut after = None;
        loop {
            let question = Question::Selected {
                registries: vec![self.id],
                selection: Box::new(selection.clone()),
                after,
                enough: 5000,
            };
            let Answer::Selected(page) = self.ask(&question) else {
                panic!("no images")
            };
            for row in &page.rows {
                printer.row(&ImageLine::new(name, row)).unwrap();
            }
            after = page.next;
            if after.is_none() {
                return usize::try_from(printer.finish().unwrap()).unwrap();
            }
        }
    }
}

/// Megabytes that this process has had in memory at most.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1000
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
    let took = million::fill(&store, &name, images);
    println!("{images} images written in {took:.1?}");
    let took = million::move_in_parts(&store, &name, images, CRAWLS);
    let changes: u64 = store
        .crawls(id)
        .unwrap()
        .iter()
        .map(|one| one.changes)
        .sum();
    // The library makes the file twice as long when it needs room; what it does not use of
    // that takes no room on the disk.
    let file = std::fs::metadata(store.file()).unwrap();
    let bytes = std::os::unix::fs::MetadataExt::blocks(&file) * 512;
    println!(
        "{changes} changes in {CRAWLS} crawls written in {took:.1?}; {:.0} bytes an image on disk [600], the file is {:.0} long",
        bytes as f64 / images as f64,
        file.len() as f64 / images as f64
    );
    println!("{} MB in memory at most, so far", most_memory());

    let began = Instant::now();
    // Piece by piece, so that it does not count as memory.
    let mut file = std::fs::File::open(store.file()).unwrap();
    std::io::copy(&mut file, &mut std::io::sink()).unwrap();
    let base = began.elapsed();
    println!("one read of the file: {base:.2?}");
    let asked = Asked { store, id, base };

    let last = asked.store.crawls(id).unwrap().pop().unwrap();
    let repositories = asked.store.repositories(id).unwrap();
    let moved = million::moved_last(images, CRAWLS);
    asked.time("search, all: a tag that is there once", Some(300), || {
        asked.search_all(&format!(".{}", images - 1))
    });
    asked.time("search, all: nothing has it", Some(300), || {
        asked.search_all("zzz")
    });
    asked.time(
        "search, first hits: half of all tags have it",
        Some(50),
        || asked.search(".1", None, 200).0,
    );
    asked.time("search, all: a twentieth of all tags has it", None, || {
        asked.search_all("1.7.")
    });
    asked.time("search, all: a repository", Some(300), || {
        asked.search_all("service-0000400")
    });
    let digest = Digest::sha256(&(images - 1).to_le_bytes()).short();
    asked.time("search, all: a digest's beginning", Some(300), || {
        asked.search_all(&digest)
    });
    asked.time("images of everything, by tag", None, || {
        asked.over("", ImageColumn::Tag)
    });
    asked.time("images of everything, by size", None, || {
        asked.over("", ImageColumn::Size)
    });
    asked.time("images of everything, filtered", None, || {
        asked.over("1.7.", ImageColumn::Tag)
    });
    asked.time("images --digest", Some(100), || {
        let selection = ImageSelection {
            digest: digest.parse().ok(),
            ..ImageSelection::default()
        };
        asked.print(&name, &selection)
    });
    asked.time("changes --since the last crawl", Some(100), || {
        asked.changes(Past::Since(last.started))
    });
    asked.time("changes, all", None, || asked.changes(Past::All));
    asked.time("changes since tomorrow", Some(100), || {
        asked.changes(Past::Since(Timestamp::MAX))
    });
    asked.time("history of one tag", Some(100), || {
        let question = Question::History {
            registry: id,
            repository: repositories[moved.0].name.clone(),
            tag: Some(moved.1.clone()),
        };
        match asked.ask(&question) {
            Answer::History(changes) => changes.len(),
            other => panic!("{other:?}"),
        }
    });
    for by in [UsageBy::Registry, UsageBy::Repository] {
        asked.time(&format!("usage by {by:?}"), None, || {
            match asked.ask(&Question::Usage { registry: id, by }) {
                Answer::Usage(rows) => rows.len(),
                other => panic!("{other:?}"),
            }
        });
    }
    let bar = u64::try_from(images).unwrap() / 500;
    asked.time("every image, as NDJSON", Some(bar), || {
        asked.print(&name, &ImageSelection::default())
    });
    println!("{} MB in memory at most", most_memory());
}
