//! A large inventory, made without a registry.

use std::time::{Duration, Instant};

use supercargo::model::{
    Blobs, ConfigKey, Digest, Finding, Image, Kind, Layer, Level, MediaType, Outcome, Platform,
    Progress, RegistryName, RepositoryName, Summary, Timestamp,
};
use supercargo::store::Store;

const TAGS: usize = 200;

fn image(n: usize) -> Image {
    let mut image = Image::new(Kind::Image, MediaType::OciManifest);
    let architecture = if n.is_multiple_of(3) {
        "arm64"
    } else {
        "amd64"
    };
    image.platform = Platform::new("linux", architecture, None);
    image.size = Some(50_000_000 + n as u64);
    image.created = Timestamp::from_second(1_700_000_000 + i64::try_from(n).unwrap()).ok();
    image.level = Level::Whole;
    image
}

/// Five layers: three that all images of a repository share, two of its own.
fn layers(n: usize) -> Vec<Layer> {
    let shared = (0..3).map(|layer| (n / TAGS * 10 + layer) as u64);
    let own = (0..2).map(|layer| (1 << 40) + (n * 2 + layer) as u64);
    shared
        .chain(own)
        .map(|seed| Layer {
            digest: Digest::sha256(&seed.to_le_bytes()),
            size: 1_000_000 + seed % 9_000_000,
        })
        .collect()
}

/// Puts this many images into the inventory of a registry, two hundred a repository. Returns
/// how long that took.
pub(crate) fn fill(store: &Store, name: &RegistryName, images: usize) -> Duration {
    crawl(store, name, images, |_| false)
}

/// A further crawl in which every third tag names another image than before: as many changes
/// as there are images. Returns how long that took.
#[allow(dead_code, reason = "not every benchmark has a past")]
pub(crate) fn change(store: &Store, name: &RegistryName, images: usize) -> Duration {
    crawl(store, name, images, |n| n.is_multiple_of(3))
}

/// Further crawls, an hour apart, each of which finds that all tags of its share of the
/// repositories name other images than before: three changes a tag. Returns how long they took.
#[allow(dead_code, reason = "not every benchmark has a past")]
pub(crate) fn move_in_parts(
    store: &Store,
    name: &RegistryName,
    images: usize,
    crawls: usize,
) -> Duration {
    let id = store.registry(name.as_str()).unwrap().id;
    let began = Instant::now();
    for (number, part) in parts(images, crawls).into_iter().enumerate() {
        let at = 1_790_003_600 + 3600 * i64::try_from(number).unwrap();
        let mut writer = store
            .begin_crawl(id, name, Timestamp::from_second(at).unwrap())
            .unwrap();
        let batch: Vec<Finding> = part
            .flat_map(|repository| findings(repository * TAGS, images, &|_| true))
            .collect();
        writer.write(&batch).unwrap();
        writer.finish(&summary(Duration::ZERO)).unwrap();
    }
    began.elapsed()
}

/// Which repositories each of so many crawls moves: a third of all.
fn parts(images: usize, crawls: usize) -> Vec<std::ops::Range<usize>> {
    let each = (images.div_ceil(TAGS) / 3 / crawls).max(1);
    (0..crawls).map(|n| n * each..(n + 1) * each).collect()
}

/// A repository, by its place in byte order, and a tag that the last of these crawls moved.
#[allow(dead_code, reason = "not every benchmark has a past")]
pub(crate) fn moved_last(images: usize, crawls: usize) -> (usize, supercargo::model::Tag) {
    let first = parts(images, crawls).last().unwrap().start * TAGS;
    let wanted = repository(first);
    let all = (0..images).step_by(TAGS).map(repository);
    let place = all.filter(|name| *name < wanted).count();
    (place, tag(first))
}

fn repository(first: usize) -> RepositoryName {
    let text = format!("team-{}/service-{first:07}", first % 37);
    text.parse().unwrap()
}

fn tag(n: usize) -> supercargo::model::Tag {
    format!("1.{}.{n}", n % 50).parse().unwrap()
}

/// What a crawl finds in the repository whose first image this is.
fn findings(first: usize, images: usize, moved: &dyn Fn(usize) -> bool) -> Vec<Finding> {
    let repository = repository(first);
    let mut batch = Vec::new();
    let mut tags = Vec::new();
    for n in first..images.min(first + TAGS) {
        let seed = if moved(n) { n + (1 << 50) } else { n };
        let digest = Digest::sha256(&seed.to_le_bytes());
        let config = Digest::sha256(&(seed + (1 << 51)).to_le_bytes());
        batch.push(Finding::Image {
            repository: repository.clone(),
            digest: digest.clone(),
            image: Box::new(image(n)),
            blobs: Blobs {
                config: Some(ConfigKey::of(&config)),
                layers: layers(n),
            },
        });
        batch.push(Finding::Tag {
            repository: repository.clone(),
            tag: tag(n),
            digest,
        });
        tags.push(tag(n));
    }
    batch.push(Finding::Listed {
        repository,
        tags,
        images: None,
    });
    batch
}

fn summary(elapsed: Duration) -> Summary {
    Summary {
        outcome: Outcome::Complete,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed,
        memory: None,
        cut: false,
        opened: None,
        notes: Vec::new(),
        resume_at: None,
    }
}

/// A crawl that finds these images, those that are `moved` under another digest.
fn crawl(
    store: &Store,
    name: &RegistryName,
    images: usize,
    moved: impl Fn(usize) -> bool,
) -> Duration {
    let id = store.registry(name.as_str()).unwrap().id;
    let mut writer = store
        .begin_crawl(id, name, Timestamp::from_second(1_790_000_000).unwrap())
        .unwrap();
    let began = Instant::now();
    let mut batch = Vec::new();
    for first in (0..images).step_by(TAGS) {
        batch.extend(findings(first, images, &moved));
        if batch.len() >= 8192 {
            writer.write(&std::mem::take(&mut batch)).unwrap();
        }
    }
    writer.write(&batch).unwrap();
    let took = began.elapsed();
    writer.finish(&summary(took)).unwrap();
    took
}
