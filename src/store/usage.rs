//! What images take of a registry's storage: each blob once, and who else has it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{ReadOnlyTable, ReadTransaction, ReadableTableMetadata as _};

use super::error::InnerError;
use super::key;
use super::read::{below, each_repository};
use super::row::{self, ContentsRow, ImageRow, LayerKey, LayerRow, RegistryRow};
use super::schema::{CONTENTS, LAYERS};
use super::sum;
use super::walk::Walk;
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
            Account::open(transaction, &registry)?.settle(transaction, &registry, by, cancel)
        })?;
        Ok(usage.unwrap_or_default())
    }
}

/// A blob, and which repositories have it. There are millions of them.
#[derive(Clone, Copy, Debug)]
struct Blob {
    size: u64,
    of: Holder,
}

/// Which repositories have a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// None.
    Nobody,
    /// The one of this number.
    One(u32),
    /// More than one.
    Several,
}

/// What a blob is told from others by: the short key of a layer or of a configuration.
type BlobKey = u64;

fn layer_key(key: LayerKey) -> BlobKey {
    u64::from_be_bytes(key)
}

/// Takes keys as they are: they are hashes.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

type ByKey<T> = HashMap<BlobKey, T, BuildHasherDefault<AsIs>>;

/// Blobs that there is room made for beforehand, some hundred megabytes of them.
const MOST_AT_ONCE: usize = 8 << 20;

/// One repository on the way.
struct Repository {
    name: RepositoryName,
    number: u32,
    usage: Usage,
}

/// The blobs of one registry.
struct Account {
    id: RegistryId,
    blobs: ByKey<Blob>,
    contents: ReadOnlyTable<Bytes, Bytes>,
}

impl Account {
    fn open(transaction: &ReadTransaction, registry: &RegistryRow) -> Result<Self, InnerError> {
        let id = RegistryId(registry.id);
        let layers = transaction.open_table(LAYERS)?;
        // A map that grows holds its blobs twice meanwhile: a configuration an image is most.
        let most = layers.len()?.saturating_add(registry.images);
        let most = usize::try_from(most).unwrap_or(0).min(MOST_AT_ONCE);
        let mut blobs = ByKey::with_capacity_and_hasher(most, BuildHasherDefault::default());
        let prefix = key::of_registry(id);
        for entry in below(&layers, &prefix)? {
            let (key, value) = entry?;
            let damaged = InnerError::Damaged { what: "layers" };
            let short = *key.value()[prefix.len()..].first_chunk().ok_or(damaged)?;
            let value = sum::open("layers", key.value(), value.value())?;
            let size = row::decode::<LayerRow>("layers", value)?.size;
            let of = Holder::Nobody;
            blobs.insert(layer_key(short), Blob { size, of });
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
        let walk = Walk::open(transaction, self.id)?;
        let mut repositories = Vec::new();
        let mut alone = 0;
        each_repository(transaction, registry, None, |name, row| {
            let mut own = Own {
                number: row.id,
                blobs: HashSet::default(),
                bytes: 0,
                alone: 0,
                unknown: 0,
            };
            walk.images(&row, |image| self.image(&image, &mut own))?;
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
    fn image(&mut self, row: &ImageRow, own: &mut Own) -> Result<(), InnerError> {
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
                self.blobs(&contents.layers, contents.config, contents.size, own)?;
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
            let key = layer_key(*layer);
            let blob = self.blobs.get_mut(&key);
            let blob = blob.ok_or(InnerError::Damaged { what: "layers" })?;
            rest = rest.saturating_sub(blob.size);
            own.count(key, blob);
        }
        // What is left is the configuration.
        if let Some(config) = config {
            let fresh = Blob {
                size: rest,
                of: Holder::Nobody,
            };
            let key = config.number();
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
        let used = self.blobs.values();
        let used = used.filter(|blob| blob.of != Holder::Nobody);
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
        for blob in self.blobs.values() {
            if let Holder::One(repository) = blob.of {
                *alone.entry(repository).or_default() += blob.size;
            }
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
    blobs: HashSet<BlobKey, BuildHasherDefault<AsIs>>,
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
        blob.of = match blob.of {
            Holder::Nobody => Holder::One(self.number),
            Holder::One(other) if other == self.number => blob.of,
            Holder::One(_) | Holder::Several => Holder::Several,
        };
    }
}
