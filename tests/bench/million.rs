//! A large inventory, made without a registry.

use std::time::{Duration, Instant};

use supercargo::model::{
    Digest, Finding, Image, Kind, Outcome, Platform, Progress, RegistryName, RepositoryName,
    Summary, Timestamp,
};
use supercargo::store::Store;

const TAGS: usize = 200;

fn image(n: usize) -> Image {
    Image {
        digest: Digest::sha256(&n.to_le_bytes()),
        kind: Kind::Image,
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        artifact_type: None,
        platform: Platform::new(
            "linux",
            if n.is_multiple_of(3) {
                "arm64"
            } else {
                "amd64"
            },
            None,
        ),
        children: Vec::new(),
        size: Some(50_000_000 + n as u64),
        created: Timestamp::from_second(1_700_000_000 + i64::try_from(n).unwrap()).ok(),
    }
}

/// Puts this many images into the inventory of a registry, two hundred a repository. Returns
/// how long that took.
pub(crate) fn fill(store: &Store, name: &RegistryName, images: usize) -> Duration {
    let id = store.registry(name.as_str()).unwrap().id;
    let mut writer = store
        .begin_crawl(id, name, Timestamp::from_second(1_790_000_000).unwrap())
        .unwrap();
    let began = Instant::now();
    let mut batch = Vec::new();
    for first in (0..images).step_by(TAGS) {
        let repository: RepositoryName = format!("team-{}/service-{first:07}", first % 37)
            .parse()
            .unwrap();
        let mut tags = Vec::new();
        for n in first..images.min(first + TAGS) {
            let image = image(n);
            let tag: supercargo::model::Tag = format!("1.{}.{n}", n % 50).parse().unwrap();
            let digest = image.digest.clone();
            batch.push(Finding::Image {
                repository: repository.clone(),
                image: Box::new(image),
            });
            batch.push(Finding::Tag {
                repository: repository.clone(),
                tag: tag.clone(),
                digest,
            });
            tags.push(tag);
        }
        batch.push(Finding::Listed { repository, tags });
        if batch.len() >= 8192 {
            writer.write(&std::mem::take(&mut batch)).unwrap();
        }
    }
    writer.write(&batch).unwrap();
    let took = began.elapsed();
    let summary = Summary {
        outcome: Outcome::Complete,
        progress: Progress::default(),
        failures: Vec::new(),
        elapsed: took,
        memory: None,
        cut: false,
        opened: None,
    };
    writer.finish(&summary).unwrap();
    took
}
