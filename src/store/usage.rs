//! What images take of a registry's storage: each blob once, and who else has it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{ReadOnlyTable, ReadTransaction};

use super::error::InnerError;
use super::key::{self, RepositoryId};
use super::read::{below, each_repository};
use super::row::{self, ContentsRow, ImageRow, LayerKey, LayerRow, RegistryRow};
use super::schema::{CONTENTS, IMAGES, LAYERS, TAGS};
use super::sum::{self, Sum};
use super::{Store, StoreError, roots};
use crate::model::{ConfigKey, Kind, Level, RegistryId, RepositoryName, Usage, UsageBy};

type Bytes = &'static [u8];

impl Store {
    /// What the images of a registry take of its storage. Nothing where it is not there, and
    /// where `cancel` says that no answer is wanted any more.
    pub fn usage(
        &self,
        id: RegistryId,
        by: UsageBy,
        cancel: &AtomicBool,
    ) -> Result<Vec<Usage>, StoreError> {
        let usage = self.lease.read(|transaction| {
            let Some(registry) = roots::read(transaction, id)? else {
                return Ok(Vec::new());
            };
            Account::open(transaction, id)?.settle(transaction, &registry, by, cancel)
        })?;
        Ok(usage.unwrap_or_default())
    }
}

/// A blob, and which repositories have it.
#[derive(Clone, Copy, Debug)]
struct Blob {
    size: u64,
    /// The number of the repository that has it, 0 for none.
    of: u32,
    /// Whether another one has it too.
    is_shared: bool,
}

/// What a blob is told from others by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum BlobKey {
    Layer(LayerKey),
    Config(ConfigKey),
}

/// One repository on the way.
struct Repository {
    name: RepositoryName,
    number: u32,
    usage: Usage,
}

/// The blobs of one registry.
struct Account {
    id: RegistryId,
    blobs: HashMap<BlobKey, Blob>,
    contents: ReadOnlyTable<Bytes, Bytes>,
}

impl Account {
    fn open(transaction: &ReadTransaction, id: RegistryId) -> Result<Self, InnerError> {
        let mut blobs = HashMap::new();
        let prefix = key::of_registry(id);
        for entry in below(&transaction.open_table(LAYERS)?, &prefix)? {
            let (key, value) = entry?;
            let damaged = InnerError::Damaged { what: "layers" };
            let short = *key.value()[prefix.len()..].first_chunk().ok_or(damaged)?;
            let value = sum::open("layers", key.value(), value.value())?;
            let size = row::decode::<LayerRow>("layers", value)?.size;
            let blob = Blob {
                size,
                of: 0,
                is_shared: false,
            };
            blobs.insert(BlobKey::Layer(short), blob);
        }
        Ok(Self {
            id,
            blobs,
            contents: transaction.open_table(CONTENTS)?,
        })
    }

    fn settle(
        mut self,
        transaction: &ReadTransaction,
        registry: &RegistryRow,
        by: UsageBy,
        cancel: &AtomicBool,
    ) -> Result<Vec<Usage>, InnerError> {
        let tags = transaction.open_table(TAGS)?;
        let images = transaction.open_table(IMAGES)?;
        let mut repositories = Vec::new();
        let mut alone = 0;
        each_repository(transaction, registry, None, |name, row| {
            let prefix = key::of_repository(self.id, RepositoryId(row.id));
            let mut seen = Sum::default();
            for entry in below(&tags, &prefix)? {
                let (key, value) = entry?;
                seen.add("tags", key.value(), value.value());
            }
            let mut own = Own {
                number: row.id,
                blobs: HashSet::new(),
                bytes: 0,
                alone: 0,
                unknown: 0,
            };
            for entry in below(&images, &prefix)? {
                let (key, value) = entry?;
                seen.add("images", key.value(), value.value());
                let image: ImageRow = row::decode("images", value.value())?;
                self.image(&images, &image, &mut own)?;
            }
            seen.matches(row.sum, "tags and images")?;
            alone += own.alone;
            repositories.push(Repository {
                number: row.id,
                usage: Usage {
                    registry: self.id,
                    repository: Some(name.clone()),
                    images: row.images,
                    tags: row.tags,
                    bytes: own.bytes,
                    exclusive: own.alone,
                    unknown: own.unknown,
                },
                name,
            });
            Ok(!cancel.load(Ordering::Relaxed))
        })?;
        if cancel.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        Ok(match by {
            UsageBy::Registry => vec![self.whole(&repositories, alone)],
            UsageBy::Repository => self.each(repositories),
        })
    }

    /// Counts the blobs of an image.
    fn image(
        &mut self,
        images: &ReadOnlyTable<Bytes, Bytes>,
        row: &ImageRow,
        own: &mut Own,
    ) -> Result<(), InnerError> {
        let size = row.image.size.unwrap_or(0);
        let mut is_known = row.image.level == Level::Whole && row.image.size.is_some();
        if row.image.kind == Kind::Index {
            for child in row.image.runnable() {
                let key = key::contents(self.id, &child.digest);
                let Some(value) = self.contents.get(key.as_slice())? else {
                    is_known = false;
                    continue;
                };
                let value = sum::open("contents", &key, value.value())?;
                let contents: ContentsRow = row::decode("contents", value)?;
                let mut config = contents.config;
                if config.is_none() {
                    // A child that a tag names was read as an image, and which its
                    // configuration is stands there.
                    let key = key::image(self.id, RepositoryId(own.number), &child.digest);
                    if let Some(value) = images.get(key.as_slice())? {
                        config = row::decode::<ImageRow>("images", value.value())?.config;
                    }
                }
                self.blobs(&contents.layers, config, contents.size, own)?;
            }
        } else {
            // An image of which the configuration alone could not be read names all its blobs.
            is_known = row.image.level >= Level::Manifest && row.image.size.is_some();
            self.blobs(&row.layers, row.config, size, own)?;
        }
        own.unknown += u64::from(!is_known);
        Ok(())
    }

    /// Counts the blobs of one manifest that has `size` bytes of them.
    fn blobs(
        &mut self,
        layers: &[LayerKey],
        config: Option<ConfigKey>,
        size: u64,
        own: &mut Own,
    ) -> Result<(), InnerError> {
        let mut rest = size;
        for layer in layers {
            let blob = self.blobs.get_mut(&BlobKey::Layer(*layer));
            let blob = blob.ok_or(InnerError::Damaged { what: "layers" })?;
            rest = rest.saturating_sub(blob.size);
            own.count(BlobKey::Layer(*layer), blob);
        }
        // What is left is the configuration.
        if let Some(config) = config {
            let fresh = Blob {
                size: rest,
                of: 0,
                is_shared: false,
            };
            let key = BlobKey::Config(config);
            own.count(key, self.blobs.entry(key).or_insert(fresh));
        } else {
            // Which it is was not kept then. Hardly two images share one.
            own.bytes += rest;
            own.alone += rest;
        }
        Ok(())
    }

    /// The whole registry.
    fn whole(&self, repositories: &[Repository], alone: u64) -> Usage {
        let used = self.blobs.values().filter(|blob| blob.of != 0);
        let bytes = used.map(|blob| blob.size).sum::<u64>() + alone;
        let sum = |of: fn(&Usage) -> u64| repositories.iter().map(|one| of(&one.usage)).sum();
        Usage {
            registry: self.id,
            repository: None,
            images: sum(|usage| usage.images),
            tags: sum(|usage| usage.tags),
            bytes,
            exclusive: bytes,
            unknown: sum(|usage| usage.unknown),
        }
    }

    /// Each repository, by name.
    fn each(&self, repositories: Vec<Repository>) -> Vec<Usage> {
        let mut alone: HashMap<u32, u64> = HashMap::new();
        for blob in self.blobs.values().filter(|blob| !blob.is_shared) {
            *alone.entry(blob.of).or_default() += blob.size;
        }
        let with_alone = |one: Repository| Usage {
            exclusive: one.usage.exclusive + alone.get(&one.number).copied().unwrap_or(0),
            repository: Some(one.name),
            ..one.usage
        };
        repositories.into_iter().map(with_alone).collect()
    }
}

/// What one repository has.
struct Own {
    number: u32,
    blobs: HashSet<BlobKey>,
    /// Bytes of its blobs, each once.
    bytes: u64,
    /// Bytes of those of which is not known what they are, so that nobody shares them.
    alone: u64,
    unknown: u64,
}

impl Own {
    fn count(&mut self, key: BlobKey, blob: &mut Blob) {
        if self.blobs.insert(key) {
            self.bytes += blob.size;
        }
        if blob.of == 0 {
            blob.of = self.number;
        } else if blob.of != self.number {
            blob.is_shared = true;
        }
    }
}
