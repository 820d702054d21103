//! What the simulated registry holds: repositories, tags, manifests, blobs.
//!
//! Owns the shelves and what a right inventory of them would say; does not know HTTP.
//! Shared between a running server and the test that changes it, behind one short lock.

mod held;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

pub(super) use held::Held;

use super::facts::Facts;
use super::generate::{self, Shape};
use super::manifest::{self, ArtifactSpec, ImageSpec, IndexSpec, Made};
use super::random::Random;
use crate::model::{Child, Digest, Image, Platform, RepositoryName, Tag};

/// What a registry holds. Clones share it; it may change while it is served.
#[derive(Clone, Debug, Default)]
pub struct Content {
    shelves: Arc<RwLock<Shelves>>,
}

type Shelves = BTreeMap<Key, Repository>;

/// A repository's name in the order of a Distribution catalogue, which is that of
/// directories: `/` sorts before every other byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

impl Key {
    fn of(name: &str) -> Self {
        Self(name.replace('/', "\0"))
    }

    fn name(&self) -> String {
        self.0.replace('\0', "/")
    }
}

#[derive(Debug, Default)]
struct Repository {
    tags: BTreeMap<String, Digest>,
    manifests: HashMap<Digest, Arc<Stored>>,
    /// The manifests' digests as they came: what an index lists before the index.
    order: Vec<Digest>,
    blobs: BTreeMap<Digest, Bytes>,
    /// Facts that a test set, or that changed since they were made up.
    facts: HashMap<Digest, Facts>,
    /// Tags of which a test said whether they may be moved.
    immutable: BTreeMap<String, bool>,
    /// What [`Content::held`] gives, until something changes.
    held: OnceLock<Arc<[Held]>>,
}

/// A manifest as it is kept.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) body: Bytes,
    /// What a reader should find in it; `None` where nobody can say.
    pub(super) image: Option<Image>,
}

impl Stored {
    /// The child that Distribution 2.8 puts in the place of a Docker list.
    pub(super) fn default_child(&self) -> Option<&Digest> {
        let children = &self.image.as_ref()?.children;
        let wanted = |child: &&Child| {
            child
                .platform
                .as_ref()
                .is_some_and(|p| p.os() == "linux" && p.architecture() == "amd64")
        };
        children.iter().find(wanted).map(|child| &child.digest)
    }
}

/// One image that a right inventory of the content holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its repository.
    pub repository: RepositoryName,
    /// Its digest.
    pub digest: Digest,
    /// What there is to read of it, its children included.
    pub image: Image,
    /// The tags that name it, sorted.
    pub tags: Vec<Tag>,
    /// Its platforms, sorted.
    pub platforms: Vec<Platform>,
}

/// A tag that now names another digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// What it named.
    pub from: Digest,
    /// What it names now.
    pub to: Digest,
}

/// Everything in one repository, in an order in which it can be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The repository's name.
    pub repository: String,
    /// Blobs, by digest.
    pub blobs: Vec<(Digest, Bytes)>,
    /// Manifests with their media types; what an index lists comes before the index.
    pub manifests: Vec<(Digest, String, Bytes)>,
    /// Tags.
    pub tags: Vec<(String, Digest)>,
}

impl Content {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Content of this shape: the same bytes for the same seed.
    pub fn generate(seed: u64, shape: &Shape) -> Self {
        let content = Self::empty();
        generate::fill(&content, seed, shape);
        content
    }

    /// A repository with nothing in it, where there is none of that name.
    pub fn put_repository(&self, repository: &str) {
        self.write().entry(Key::of(repository)).or_default();
    }

    /// Keeps an image for one platform, without a tag.
    pub fn put_image(&self, repository: &str, spec: &ImageSpec) -> Digest {
        self.put_made(repository, manifest::image(spec))
    }

    /// Keeps an index and everything that it lists, without a tag.
    pub fn put_index(&self, repository: &str, spec: &IndexSpec) -> Digest {
        let (children, index) = manifest::index(spec);
        for child in children {
            self.put_made(repository, child);
        }
        self.put_made(repository, index)
    }

    /// Keeps an artifact, without a tag.
    pub fn put_artifact(&self, repository: &str, spec: &ArtifactSpec) -> Digest {
        self.put_made(repository, manifest::artifact(spec))
    }

    /// Keeps bytes as a manifest, whatever they are. Nothing is expected of it.
    pub fn put_manifest(&self, repository: &str, media_type: &str, body: Bytes) -> Digest {
        let digest = Digest::sha256(&body);
        let stored = Stored {
            digest: digest.clone(),
            media_type: media_type.to_owned(),
            body,
            image: None,
        };
        self.put_stored(repository, stored, Vec::new());
        digest
    }

    /// Keeps bytes as a blob, for manifests that were put as bytes.
    pub fn put_blob(&self, repository: &str, body: Bytes) -> Digest {
        let digest = Digest::sha256(&body);
        self.change(repository, |kept| kept.blobs.insert(digest.clone(), body));
        digest
    }

    /// Lets `tag` name `digest`, whether or not there is such a manifest.
    pub fn tag(&self, repository: &str, tag: &str, digest: &Digest) {
        self.change(repository, |kept| {
            kept.tags.insert(tag.to_owned(), digest.clone())
        });
    }

    /// Takes a tag away; its manifest stays. Whether it was there.
    pub fn untag(&self, repository: &str, tag: &str) -> bool {
        self.has(repository) && self.change(repository, |kept| kept.tags.remove(tag).is_some())
    }

    /// Removes a manifest, and with it the tags that name it. Returns whether there was one.
    pub fn remove_manifest(&self, repository: &str, digest: &Digest) -> bool {
        self.change(repository, |kept| {
            kept.tags.retain(|_, named| named != digest);
            kept.order.retain(|known| known != digest);
            kept.manifests.remove(digest).is_some()
        })
    }

    /// Takes a repository away. Whether it was there.
    pub fn remove_repository(&self, repository: &str) -> bool {
        self.write().remove(&Key::of(repository)).is_some()
    }

    /// Moves up to `count` tags, chosen by `seed`, to images that were not there before.
    /// Tags that tools make for signatures stay where they are.
    pub fn move_some_tags(&self, seed: u64, count: usize) -> Vec<Move> {
        let mut random = Random::new(seed);
        let mut all: Vec<(String, String, Digest)> = Vec::new();
        for (key, kept) in self.read().iter() {
            for (tag, digest) in &kept.tags {
                if tag.parse::<Tag>().is_ok_and(|tag| !tag.is_accessory()) {
                    all.push((key.name(), tag.clone(), digest.clone()));
                }
            }
        }
        let mut moves = Vec::with_capacity(count.min(all.len()));
        while moves.len() < count && !all.is_empty() {
            let (repository, tag, from) = all.swap_remove(random.below(all.len()));
            let to = self.put_image(&repository, &generate::image_spec(&mut random));
            self.tag(&repository, &tag, &to);
            moves.push(Move {
                repository,
                tag,
                from,
                to,
            });
        }
        moves
    }

    /// What a right inventory holds, by repository and digest.
    pub fn expected(&self) -> Vec<Expected> {
        let mut all = Vec::new();
        for (key, kept) in self.read().iter() {
            let Ok(repository) = key.name().parse::<RepositoryName>() else {
                continue;
            };
            let mut tags: BTreeMap<&Digest, Vec<Tag>> = BTreeMap::new();
            for (tag, digest) in &kept.tags {
                if let Ok(tag) = tag.parse() {
                    tags.entry(digest).or_default().push(tag);
                }
            }
            for (digest, tags) in tags {
                let stored = kept.manifests.get(digest);
                let Some(image) = stored.and_then(|stored| stored.image.as_ref()) else {
                    continue;
                };
                all.push(Expected {
                    repository: repository.clone(),
                    digest: digest.clone(),
                    tags,
                    platforms: image.platforms(),
                    image: image.clone(),
                });
            }
        }
        all.sort_by(|a, b| (&a.repository, &a.digest).cmp(&(&b.repository, &b.digest)));
        all
    }

    /// Every repository with everything in it, in the order of the catalogue.
    pub fn shelves(&self) -> Vec<Shelf> {
        let shelf = |(key, kept): (&Key, &Repository)| Shelf {
            repository: key.name(),
            blobs: kept
                .blobs
                .iter()
                .map(|(digest, body)| (digest.clone(), body.clone()))
                .collect(),
            manifests: kept
                .order
                .iter()
                .filter_map(|digest| kept.manifests.get(digest))
                .map(|stored| {
                    let media_type = stored.media_type.clone();
                    (stored.digest.clone(), media_type, stored.body.clone())
                })
                .collect(),
            tags: kept
                .tags
                .iter()
                .map(|(tag, digest)| (tag.clone(), digest.clone()))
                .collect(),
        };
        self.read().iter().map(shelf).collect()
    }

    /// The names of all repositories, as their bytes are.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.read().keys().map(Key::name).collect();
        names.sort_unstable();
        names
    }

    /// The names that have `above` as their first components, in the order of the catalogue.
    pub(super) fn below(&self, above: &str) -> Vec<String> {
        let first = format!("{above}/");
        let shelves = self.read();
        let names = shelves.range(Key::of(&first)..).map(|(key, _)| key.name());
        names.take_while(|name| name.starts_with(&first)).collect()
    }

    /// Whether there is such a repository.
    pub(super) fn has(&self, repository: &str) -> bool {
        self.read().contains_key(&Key::of(repository))
    }

    /// How many tags there are in all.
    pub fn tag_count(&self) -> usize {
        self.read().values().map(|kept| kept.tags.len()).sum()
    }

    /// Up to `limit` names after `last`, in the order of the catalogue.
    pub(super) fn catalogue(&self, last: Option<&str>, limit: usize) -> Vec<String> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = last.map_or(Unbounded, |last| Excluded(Key::of(last)));
        self.read()
            .range((from, Unbounded))
            .take(limit)
            .map(|(key, _)| key.name())
            .collect()
    }

    /// Up to `limit` tags after `last`, sorted; `None` where there is no such repository.
    pub(super) fn tags(
        &self,
        repository: &str,
        last: Option<&str>,
        limit: usize,
    ) -> Option<Vec<String>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = last.map_or(Unbounded, Excluded);
        let shelves = self.read();
        let kept = shelves.get(&Key::of(repository))?;
        let tags = kept.tags.range::<str, _>((from, Unbounded));
        Some(tags.take(limit).map(|(tag, _)| tag.clone()).collect())
    }

    /// The manifest of a tag or digest.
    pub(super) fn manifest(&self, repository: &str, reference: &str) -> Option<Arc<Stored>> {
        let shelves = self.read();
        let kept = shelves.get(&Key::of(repository))?;
        match reference.parse::<Digest>() {
            Ok(digest) => kept.manifests.get(&digest).cloned(),
            Err(_) => kept.manifests.get(kept.tags.get(reference)?).cloned(),
        }
    }

    pub(super) fn blob(&self, repository: &str, digest: &Digest) -> Option<Bytes> {
        let shelves = self.read();
        shelves
            .get(&Key::of(repository))?
            .blobs
            .get(digest)
            .cloned()
    }

    fn put_made(&self, repository: &str, made: Made) -> Digest {
        let digest = made.digest.clone();
        let stored = Stored {
            digest: digest.clone(),
            media_type: made.image.media_type.to_string(),
            body: made.body,
            image: Some(made.image),
        };
        self.put_stored(repository, stored, made.blobs);
        digest
    }

    fn put_stored(&self, repository: &str, stored: Stored, blobs: Vec<(Digest, Bytes)>) {
        self.change(repository, |kept| {
            kept.blobs.extend(blobs);
            let digest = stored.digest.clone();
            let before = kept.manifests.insert(digest.clone(), Arc::new(stored));
            if before.is_none() {
                kept.order.push(digest);
            }
        });
    }

    /// Changes a repository, which comes to be by that.
    fn change<T>(&self, repository: &str, change: impl FnOnce(&mut Repository) -> T) -> T {
        let mut shelves = self.write();
        let kept = shelves.entry(Key::of(repository)).or_default();
        kept.held.take();
        change(kept)
    }

    // A thread that panicked while it held the lock left whole entries behind: every
    // change is one insertion or removal.
    fn read(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves> {
        self.shelves.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(content: &Content, repository: &str, seed: u64) -> Digest {
        let spec = ImageSpec::new("linux/amd64", seed);
        content.put_image(repository, &spec)
    }

    #[test]
    fn the_catalogue_is_in_the_order_of_directories() {
        let content = Content::empty();
        for name in ["a-b", "a/z", "a", "b", "a/b/c"] {
            content.put_repository(name);
        }
        let names = content.catalogue(None, 10);
        assert_eq!(names, ["a", "a/b/c", "a/z", "a-b", "b"]);
        assert_eq!(content.catalogue(Some("a/b/c"), 2), ["a/z", "a-b"]);
        assert_eq!(content.catalogue(Some("a/c"), 1), ["a/z"]);
        assert_eq!(content.below("a"), ["a/b/c", "a/z"]);
    }

    #[test]
    fn tags_of_one_digest_are_one_image() {
        let content = Content::empty();
        let one = image(&content, "team/app", 1);
        image(&content, "team/app", 2);
        content.tag("team/app", "latest", &one);
        content.tag("team/app", "1.0", &one);
        content.put_repository("team/none");
        let expected = content.expected();
        assert_eq!(expected.len(), 1, "an untagged image is none of ours");
        assert_eq!(expected[0].digest, one);
        let tags: Vec<_> = expected[0].tags.iter().map(Tag::as_str).collect();
        assert_eq!(tags, ["1.0", "latest"]);
        assert_eq!(expected[0].platforms[0].to_string(), "linux/amd64");
        assert!(content.untag("team/app", "latest") && !content.untag("team/app", "latest"));
        assert_eq!(content.expected()[0].tags.len(), 1);
        assert!(content.remove_repository("team/app"));
        assert_eq!(content.expected(), []);
    }

    #[test]
    fn moved_tags_name_images_that_were_not_there() {
        let content = Content::generate(5, &Shape::default());
        let before = content.expected();
        let moves = content.move_some_tags(9, 4);
        assert_eq!(moves.len(), 4);
        for moved in &moves {
            assert!(before.iter().all(|image| image.digest != moved.to));
            let now = content.manifest(&moved.repository, &moved.tag).unwrap();
            assert_eq!(now.digest, moved.to);
            assert_ne!(moved.from, moved.to);
        }
        let again = Content::generate(5, &Shape::default()).move_some_tags(9, 4);
        assert_eq!(again, moves);
    }

    #[test]
    fn shelves_put_children_before_their_index() {
        let content = Content::empty();
        let images = ["linux/amd64", "linux/arm64"].map(|platform| ImageSpec::new(platform, 1));
        let index = content.put_index(
            "a",
            &IndexSpec {
                images: images.to_vec(),
                attestations: true,
                docker: false,
            },
        );
        let shelf = &content.shelves()[0];
        assert_eq!(shelf.manifests.len(), 5);
        assert_eq!(shelf.manifests[4].0, index);
        for (digest, body) in &shelf.blobs {
            assert_eq!(digest.matches(body), Some(true));
            assert_eq!(content.blob("a", digest).as_ref(), Some(body));
        }
        assert_eq!(
            content.expected(),
            [],
            "an index without a tag is none of ours"
        );
    }
}
