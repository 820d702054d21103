//! Keys: fixed-width numbers in big-endian order first, so that everything of one
//! registry, and of one repository in it, lies together and is one range.

use crate::model::{Digest, RegistryId, RepositoryName, Subject, Tag};

/// The number of a repository inside its registry. Keeps the keys of tags and images
/// short where names are long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RepositoryId(pub(super) u32);

/// `registry`: the prefix of everything in it.
pub(super) fn of_registry(registry: RegistryId) -> Vec<u8> {
    registry.0.to_be_bytes().to_vec()
}

/// `registry, repository`: the prefix of its tags and images.
pub(super) fn of_repository(registry: RegistryId, repository: RepositoryId) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(&repository.0.to_be_bytes());
    key
}

/// The key of a repository's row.
pub(super) fn repository(registry: RegistryId, name: &RepositoryName) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(name.as_str().as_bytes());
    key
}

/// The key of a tag's row.
pub(super) fn tag(registry: RegistryId, repository: RepositoryId, tag: &Tag) -> Vec<u8> {
    let mut key = of_repository(registry, repository);
    key.extend_from_slice(tag.as_str().as_bytes());
    key
}

/// The key of an image's row.
pub(super) fn image(registry: RegistryId, repository: RepositoryId, digest: &Digest) -> Vec<u8> {
    let mut key = of_repository(registry, repository);
    key.extend_from_slice(&digest.to_bytes());
    key
}

/// The key of a crawl's row, and the prefix of its failures.
pub(super) fn crawl(registry: RegistryId, number: u64) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// The key of a failure's row.
pub(super) fn failure(registry: RegistryId, crawl_number: u64, index: u32) -> Vec<u8> {
    let mut key = crawl(registry, crawl_number);
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// The key of a row of changes.
pub(super) fn changes(
    registry: RegistryId,
    crawl_number: u64,
    repository: RepositoryId,
    index: u32,
) -> Vec<u8> {
    let mut key = crawl(registry, crawl_number);
    key.extend_from_slice(&repository.0.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// The repository in the key of a row of changes.
pub(super) fn repository_of_changes(key: &[u8]) -> Option<RepositoryId> {
    let number = key.get(12..16)?.first_chunk::<4>()?;
    Some(RepositoryId(u32::from_be_bytes(*number)))
}

/// The key of a row of digests' beginnings.
pub(super) fn digests(registry: RegistryId, number: u32) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

/// The key of a decision's row.
pub(super) fn decision(
    registry: RegistryId,
    repository: RepositoryId,
    subject: &Subject,
) -> Vec<u8> {
    let mut key = of_repository(registry, repository);
    match subject {
        Subject::Image(digest) => {
            key.push(IMAGE);
            key.extend_from_slice(&digest.to_bytes());
        }
        Subject::Tag(tag) => {
            key.push(TAG);
            key.extend_from_slice(tag.as_str().as_bytes());
        }
    }
    key
}

/// What the key of a decision's row says behind its registry and repository.
pub(super) fn subject(own: &[u8]) -> Option<Subject> {
    match own.split_first()? {
        (&IMAGE, digest) => Digest::from_bytes(digest).map(Subject::Image),
        (&TAG, tag) => std::str::from_utf8(tag)
            .ok()?
            .parse()
            .ok()
            .map(Subject::Tag),
        _ => None,
    }
}

const IMAGE: u8 = 0;
const TAG: u8 = 1;

/// The key of what a manifest that an index lists holds.
pub(super) fn contents(registry: RegistryId, digest: &Digest) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(&digest.to_bytes());
    key
}

/// The key of a layer's row.
pub(super) fn layer(registry: RegistryId, short: [u8; 8]) -> Vec<u8> {
    let mut key = of_registry(registry);
    key.extend_from_slice(&short);
    key
}

/// The first key behind every key that begins with `prefix`; `None` where there is none.
pub(super) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return Some(end);
        }
        end.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        assert_eq!(behind(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(behind(&[1, 255]), Some(vec![2]));
        assert_eq!(behind(&[255, 255]), None);
        let inside = tag(RegistryId(7), RepositoryId(255), &"zz".parse().unwrap());
        let prefix = of_repository(RegistryId(7), RepositoryId(255));
        assert!(inside > prefix && inside < behind(&prefix).unwrap());
    }
}
