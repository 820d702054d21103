//! The children of indexes: size, layers and date of what most images of today are.
//!
//! They are read when all tags of all repositories are, so that the inventory is whole
//! early. What the inventory says is unread is read, from this crawl or from one that was
//! stopped before it came to it. A child that several indexes list, or that is a tagged
//! image beside its index, is read once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::OnceCell;

use super::lot::Lots;
use super::{Crawl, lock, tag};
use crate::model::{
    Contents, Digest, Failure, Finding, IndexFacts, Kind, Phase, RepositoryName, UnreadIndex,
};
use crate::registry::Descriptor;

/// Indexes asked for at once from what the inventory knows.
const PAGE: usize = 512;

/// Children remembered at most, for other indexes that list them; what is beyond is asked
/// of the inventory again, or read again where that is not written yet.
const REMEMBERED: usize = 200_000;

/// A child that was read.
#[derive(Clone)]
struct Child {
    contents: Contents,
    /// Its configuration, where that was not read: only the first of an index tells when
    /// that was built.
    config: Option<Descriptor>,
    /// Whether it is an image or an artifact, and no index, whose children stand beside it.
    is_image: bool,
}

/// The children read in this crawl, by digest.
#[derive(Default)]
struct Children(Mutex<HashMap<Digest, Arc<OnceCell<Child>>>>);

/// Reads the children of all indexes that the inventory says are unread.
pub(super) async fn read(crawl: &Crawl) {
    crawl.written().await;
    let all = crawl.plan.full;
    let indexes = crawl.known.unread_count(all).await;
    if indexes == 0 {
        return;
    }
    let only: Option<HashSet<&RepositoryName>> =
        crawl.plan.only.as_ref().map(|only| only.iter().collect());
    if only.is_none() {
        crawl.counters.found_indexes(indexes);
        crawl.counters.enter(Phase::Children);
    }
    let children = Children::default();
    let mut at_work = FuturesUnordered::new();
    let mut after = None;
    loop {
        let page = crawl.known.unread(after, PAGE, all).await;
        let Some(last) = page.last() else { break };
        after = Some((last.repository.clone(), last.digest.clone()));
        let lots = Arc::new(unread(crawl, &children, &page));
        for index in page {
            if let Some(only) = &only {
                if !only.contains(&index.repository) {
                    continue;
                }
                // How many there are in these nobody has counted.
                crawl.counters.found_indexes(1);
                crawl.counters.enter(Phase::Children);
            }
            if crawl.registry.is_costly(&index.repository) {
                // Nothing is fetched from elsewhere for what only adds to what is known.
                crawl.counters.index_done();
                continue;
            }
            if at_work.len() >= crawl.plan.tags {
                at_work.next().await;
            }
            at_work.push(one(crawl, &children, Arc::clone(&lots), index));
        }
    }
    while at_work.next().await.is_some() {}
}

/// The manifests that are to be read for the children of these.
fn unread(crawl: &Crawl, children: &Children, indexes: &[UnreadIndex]) -> Lots {
    let read = lock(&children.0);
    let all = indexes.iter().flat_map(|index| {
        let unknown = index.children.iter().filter(|(_, known)| known.is_none());
        unknown.map(|(digest, _)| (&index.repository, digest))
    });
    Lots::of(crawl, all.filter(|(_, digest)| !read.contains_key(*digest)))
}

/// Reads the children of one index and hands on what it is by them.
async fn one(crawl: &Crawl, children: &Children, lots: Arc<Lots>, index: UnreadIndex) {
    let mut read: Vec<(Digest, Contents)> = Vec::new();
    let mut is_whole = true;
    let mut is_first = true;
    for (digest, known) in index.children {
        let asked = Asked {
            repository: &index.repository,
            digest: &digest,
            known,
            is_first,
        };
        // Boxed before it is handed on: it is large, and each hand would copy it.
        let read_it = Box::pin(child(crawl, children, &lots, asked));
        let found = crawl.items.run(read_it).await;
        match found {
            Ok(Some(contents)) => {
                is_first = false;
                read.push((digest, contents));
            }
            Ok(None) => {}
            Err(failure) => {
                is_whole = false;
                is_first = false;
                let failure = failure.in_repository(&index.repository);
                crawl.fail(failure.at_reference(&digest)).await;
            }
        }
    }
    let finding = Finding::Children {
        repository: index.repository,
        digest: index.digest,
        index: is_whole.then(|| facts(&read)),
        sizes: read
            .iter()
            .map(|(digest, contents)| (digest.clone(), contents.size))
            .collect(),
    };
    // With what they hold, which another index may have read and not handed on yet: an index
    // is never written without it.
    let contents = read.into_iter();
    let mut batch: Vec<Finding> = contents
        .map(|(digest, contents)| Finding::Contents { digest, contents })
        .collect();
    batch.push(finding);
    crawl.send(batch).await;
    crawl.counters.index_done();
}

/// A child as its index asks for it.
struct Asked<'a> {
    repository: &'a RepositoryName,
    digest: &'a Digest,
    known: Option<Contents>,
    /// Whether it tells when the index was built.
    is_first: bool,
}

/// What a child holds; `None` where it is an index itself.
async fn child(
    crawl: &Crawl,
    children: &Children,
    lots: &Lots,
    asked: Asked<'_>,
) -> Result<Option<Contents>, Failure> {
    if let Some(known) = asked.known
        && (known.is_dated || !asked.is_first)
    {
        return Ok(Some(known));
    }
    let mut is_new = false;
    let mut manifest = || {
        is_new = true;
        manifest(crawl, lots, asked.repository, asked.digest)
    };
    let Child {
        mut contents,
        config,
        is_image,
    } = match children.of(asked.digest) {
        Some(cell) => cell.get_or_try_init(manifest).await?.clone(),
        None => manifest().await?,
    };
    if !is_image {
        return Ok(None);
    }
    if asked.is_first {
        if let Some(config) = &config {
            let read = tag::configuration(crawl, asked.repository, config).await?;
            contents.created = read.created;
            is_new = true;
        }
        contents.is_dated = true;
    }
    if is_new {
        // At once, so that it is not read again where this crawl is stopped.
        let finding = Finding::Contents {
            digest: asked.digest.clone(),
            contents: contents.clone(),
        };
        crawl.send(vec![finding]).await;
    }
    Ok(Some(contents))
}

impl Children {
    /// The place of a child; `None` where no more are remembered.
    fn of(&self, digest: &Digest) -> Option<Arc<OnceCell<Child>>> {
        let mut read = lock(&self.0);
        if read.len() >= REMEMBERED && !read.contains_key(digest) {
            return None;
        }
        Some(Arc::clone(read.entry(digest.clone()).or_default()))
    }
}

async fn manifest(
    crawl: &Crawl,
    lots: &Lots,
    repository: &RepositoryName,
    digest: &Digest,
) -> Result<Child, Failure> {
    let manifest = lots.manifest(crawl, repository, digest).await?;
    Ok(Child {
        is_image: manifest.image.kind != Kind::Index,
        contents: Contents {
            size: manifest.image.size.unwrap_or(0),
            created: manifest.image.created,
            is_dated: manifest.config.is_none(),
            blobs: manifest.blobs,
        },
        config: manifest.config,
    })
}

/// What an index is by its children.
fn facts(children: &[(Digest, Contents)]) -> IndexFacts {
    let mut images = HashSet::new();
    let mut layers = HashSet::new();
    let mut size: u64 = 0;
    for (digest, contents) in children {
        if !images.insert(digest) {
            continue;
        }
        let in_layers: u64 = contents.blobs.layers.iter().map(|layer| layer.size).sum();
        size = size.saturating_add(contents.size.saturating_sub(in_layers));
        for layer in &contents.blobs.layers {
            if layers.insert(&layer.digest) {
                size = size.saturating_add(layer.size);
            }
        }
    }
    let first = children.first();
    IndexFacts {
        size,
        created: first.and_then(|(_, contents)| contents.created),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Layer, Timestamp};

    fn contents(config: u64, layers: &[(u8, u64)], created: i64) -> Contents {
        let layers: Vec<Layer> = layers
            .iter()
            .map(|(n, size)| Layer {
                digest: Digest::sha256(&[*n]),
                size: *size,
            })
            .collect();
        Contents {
            size: config + layers.iter().map(|layer| layer.size).sum::<u64>(),
            created: Timestamp::from_second(created).ok(),
            is_dated: true,
            blobs: layers.into(),
        }
    }

    #[test]
    fn an_index_counts_each_image_and_each_layer_once() {
        let (a, b) = (Digest::sha256(b"a"), Digest::sha256(b"b"));
        let one = contents(10, &[(1, 100), (2, 50)], 7);
        let two = contents(20, &[(1, 100), (3, 5)], 8);
        let read = [(a.clone(), one.clone()), (b, two), (a, one)];
        let facts = facts(&read);
        assert_eq!(facts.size, 10 + 20 + 100 + 50 + 5);
        assert_eq!(facts.created.unwrap().as_second(), 7);
        assert_eq!(super::facts(&[]), IndexFacts::default());
    }
}
