//! Images of many repositories: the first in an order, and how many there are.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::halves::{self, LARGE};
use super::selected::{self, AT_ONCE};
use crate::model::{
    Cancel, Cursor, Digest, Filter, Glob, ImageColumn, ImageRow, ImageSelection, Listing, Order,
    RegistryId, RepositoryName, Tag,
};
use crate::query::{self, Leading};
use crate::store::{Onward, Scanned, Store, StoreError};

/// Which images are wanted.
pub(super) struct Over<'q> {
    /// Of these registries, in the order of their names.
    pub(super) registries: &'q [RegistryId],
    /// In repositories whose names begin so, up to a slash.
    pub(super) below: Option<&'q str>,
    pub(super) filter: &'q Filter,
    pub(super) order: Order<ImageColumn>,
    /// No more than so many.
    pub(super) most: usize,
}

/// Where an image is: the place of its registry, its repository, its digest in its compact
/// form. Images are kept in this order.
type At = (usize, RepositoryName, Vec<u8>);

impl Over<'_> {
    /// The first of them, and how many there are.
    pub(super) fn first(
        &self,
        store: &Store,
        cancel: &Cancel,
    ) -> Result<Listing<ImageRow>, StoreError> {
        let mut selection = ImageSelection::default();
        if let Some(path) = self.below {
            // Names hold nothing that means anything in a glob.
            let Ok(glob) = format!("{path}**").parse::<Glob>() else {
                return Ok(Listing::default());
            };
            selection.repository = Some(glob);
        }
        if self.order.column == ImageColumn::Tag && self.filter.is_empty() {
            let found = self.by_tags(store, &selection, LARGE, cancel)?;
            if cancel.is_cancelled() {
                return Ok(Listing::default());
            }
            if let Some(found) = found {
                return Ok(found);
            }
        }
        self.by_rows(store, &selection, LARGE, cancel)
    }

    /// The same, by reading every image. No more are held than a page and the best, of each
    /// thread.
    fn by_rows(
        &self,
        store: &Store,
        selection: &ImageSelection,
        large: u64,
        cancel: &Cancel,
    ) -> Result<Listing<ImageRow>, StoreError> {
        let best = query::Best::new(self.order, self.registries.to_vec(), self.most);
        let mut found = Found { best, total: 0 };
        for registry in self.registries {
            let rows = Rows {
                store,
                registry: *registry,
                selection,
                filter: self.filter,
                cancel,
            };
            let middle = halves::middle(store, *registry, None, large)?;
            let Some(middle) = middle else {
                rows.part(None, None, &mut found)?;
                continue;
            };
            let mut other = Found {
                best: found.best.another(),
                total: 0,
            };
            let (first, second) = halves::both(
                || rows.part(None, Some(&middle), &mut found),
                || rows.part(Some(&middle), None, &mut other),
            );
            first.and(second)?;
            found.best.join(other.best);
            found.total += other.total;
        }
        if cancel.is_cancelled() {
            return Ok(Listing::default());
        }
        Ok(query::first_images(found.best, found.total))
    }

    /// The same in the order of their tags, by reading the tags of all images and only the
    /// first images themselves. `None` where these are too few: those without a tag follow.
    fn by_tags(
        &self,
        store: &Store,
        selection: &ImageSelection,
        large: u64,
        cancel: &Cancel,
    ) -> Result<Option<Listing<ImageRow>>, StoreError> {
        // Some tags name an image that could not be read yet: others come in its place.
        let most = self.most.saturating_mul(2);
        let mut leading = Leading::new(self.order.descending, most);
        let mut total = 0;
        for (place, registry) in self.registries.iter().enumerate() {
            let repositories = store.repositories(*registry)?;
            let wanted = repositories.iter();
            let wanted = wanted.filter(|row| selection.may_be_in(row.name.as_str()));
            total += wanted.map(|row| row.images).sum::<u64>();
            let walk = Walk {
                store,
                registry: *registry,
                place,
                selection,
                cancel,
            };
            walk.leading(&mut leading, large)?;
        }
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let wanted = self.most.min(total);
        let mut rows = Vec::new();
        for part in leading.finish().chunks(self.most.max(1)) {
            if rows.len() >= wanted || cancel.is_cancelled() {
                break;
            }
            self.read(store, part, &mut rows)?;
        }
        rows.truncate(self.most);
        Ok((rows.len() == wanted).then(|| query::leading_images(rows, total)))
    }

    /// Appends these images, in their order, as far as they are there.
    fn read(&self, store: &Store, part: &[At], rows: &mut Vec<ImageRow>) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<(usize, &RepositoryName), HashSet<Digest>> = BTreeMap::new();
        for (place, repository, digest) in part {
            let digests = wanted.entry((*place, repository)).or_default();
            digests.extend(Digest::from_bytes(digest));
        }
        let mut found = HashMap::new();
        for ((place, repository), digests) in wanted {
            let Some(registry) = self.registries.get(place) else {
                continue;
            };
            for row in store.images_among(*registry, repository, &digests)? {
                found.insert((place, repository, row.digest.to_bytes()), row);
            }
        }
        rows.extend(part.iter().filter_map(|(place, repository, digest)| {
            found.remove(&(*place, repository, digest.clone()))
        }));
        Ok(())
    }
}

/// What was found of all images.
struct Found {
    best: query::Best,
    /// How many there are before the filter.
    total: usize,
}

/// The images of one registry, row by row.
#[derive(Clone, Copy)]
struct Rows<'s> {
    store: &'s Store,
    registry: RegistryId,
    selection: &'s ImageSelection,
    filter: &'s Filter,
    cancel: &'s Cancel,
}

impl Rows<'_> {
    /// Takes those of the repositories behind one, to another with it.
    fn part(
        self,
        behind: Option<&RepositoryName>,
        to: Option<&RepositoryName>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let registry = self.registry;
        let place = |repository| Cursor {
            registry,
            repository,
        };
        let mut after = behind.cloned().map(place);
        loop {
            let page = selected::page(
                self.store,
                &[registry],
                self.selection,
                after.as_ref(),
                AT_ONCE,
                self.cancel,
            )?;
            if self.cancel.is_cancelled() {
                return Ok(());
            }
            let is_part = |repository: &RepositoryName| to.is_none_or(|to| repository <= to);
            for row in page.rows {
                if is_part(&row.repository) {
                    found.total += 1;
                    if query::lets_image_over(self.filter, &row) {
                        found.best.push(row);
                    }
                }
            }
            let goes_on = |next: &Cursor| to.is_none_or(|to| next.repository < *to);
            after = page.next.filter(goes_on);
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// A walk over the tags of one registry.
#[derive(Clone, Copy)]
struct Walk<'s> {
    store: &'s Store,
    registry: RegistryId,
    /// Its place among all that are asked.
    place: usize,
    selection: &'s ImageSelection,
    cancel: &'s Cancel,
}

impl Walk<'_> {
    /// Offers every image that has a tag; those of a large registry by two threads.
    fn leading(self, leading: &mut Leading<At>, large: u64) -> Result<(), StoreError> {
        let middle = halves::middle(self.store, self.registry, None, large)?;
        let Some(middle) = middle else {
            return self.part(None, None, leading);
        };
        let mut other = leading.another();
        let (first, second) = halves::both(
            || self.part(None, Some(&middle), leading),
            || self.part(Some(&middle), None, &mut other),
        );
        first.and(second)?;
        leading.join(other);
        Ok(())
    }

    /// The same of the repositories behind one, to another with it.
    fn part(
        self,
        behind: Option<&RepositoryName>,
        to: Option<&RepositoryName>,
        leading: &mut Leading<At>,
    ) -> Result<(), StoreError> {
        let mut repository: Option<RepositoryName> = None;
        let mut tagged = Tagged::default();
        let cancel = self.cancel.flag();
        self.store
            .scan(self.registry, behind, cancel, |row| match row {
                Scanned::Repository(name) => {
                    if let Some(repository) = repository.take() {
                        tagged.offer(self.place, &repository, leading);
                    }
                    if to.is_some_and(|to| name > to.as_str()) {
                        return Onward::Stop;
                    }
                    if !self.selection.may_be_in(name) {
                        return Onward::NextRepository;
                    }
                    repository = name.parse().ok();
                    Onward::Next
                }
                Scanned::Tag(tag, digest) => {
                    tagged.take(tag, digest);
                    Onward::Next
                }
                // Tags come first.
                Scanned::Image(_) => Onward::NextRepository,
            })?;
        if let Some(repository) = repository {
            tagged.offer(self.place, &repository, leading);
        }
        Ok(())
    }
}

/// The tags of one repository, with what they name.
#[derive(Default)]
struct Tagged(Vec<(Vec<u8>, Tag)>);

impl Tagged {
    fn take(&mut self, tag: &str, digest: &[u8]) {
        // As it was written; what is no tag names nothing.
        if let Ok(tag) = tag.parse() {
            self.0.push((digest.to_vec(), tag));
        }
    }

    /// Offers each image with its tags, and forgets them.
    fn offer(&mut self, place: usize, repository: &RepositoryName, leading: &mut Leading<At>) {
        // Stable: the tags of an image stay in the order of their names.
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut tags = Vec::new();
        let mut all = self.0.drain(..).peekable();
        while let Some((digest, tag)) = all.next() {
            tags.push(tag);
            if all.peek().is_none_or(|(next, _)| *next != digest) {
                leading.offer(&tags, || (place, repository.clone(), digest));
                tags.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{crawled, partial};
    use super::*;
    use crate::model::{Blobs, Finding, Image, Kind, MediaType, Timestamp};
    use crate::store::Access;

    /// A repository of an image with several tags, one without any, a signature, and a tag
    /// whose image could not be read.
    fn crawl_one_more(store: &Store, registry: RegistryId) {
        let repository: RepositoryName = "team/c".parse().unwrap();
        let name = "b".parse().unwrap();
        let started = Timestamp::from_second(60).unwrap();
        let mut writer = store.begin_crawl(registry, &name, started).unwrap();
        let mut findings = vec![Finding::Repository(repository.clone())];
        let signature = format!("sha256-{}.sig", "0".repeat(64));
        let tags: [(&str, &[&str]); 3] = [
            ("several", &["3", "latest"]),
            ("none", &[]),
            ("signature", &[&signature]),
        ];
        let tag = |tag: &str, digest: Digest| Finding::Tag {
            repository: repository.clone(),
            tag: tag.parse().unwrap(),
            digest,
        };
        for (seed, tags) in tags {
            let digest = Digest::sha256(seed.as_bytes());
            findings.push(Finding::Image {
                repository: repository.clone(),
                digest: digest.clone(),
                image: Box::new(Image::new(Kind::Image, MediaType::OciManifest)),
                blobs: Blobs::default(),
            });
            findings.extend(tags.iter().map(|name| tag(name, digest.clone())));
        }
        findings.push(tag("4", Digest::sha256(b"unread")));
        writer.write(&findings).unwrap();
        writer.finish(&partial()).unwrap();
    }

    /// By tags alone and by whole rows, one thread and two: the same.
    #[test]
    fn tags_alone_find_what_whole_rows_do() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Access::ReadWrite).unwrap();
        let registries = ["b", "a"].map(|name| crawled(&store, name));
        crawl_one_more(&store, registries[0]);
        let cancel = Cancel::default();
        let filter = Filter::default();
        let mut compared = 0;
        for (descending, below) in [(false, None), (true, None), (true, Some("team/"))] {
            for most in [0, 1, 2, 3, 4, 5, 8, 12, 100] {
                let over = Over {
                    registries: &registries,
                    below,
                    filter: &filter,
                    order: Order {
                        column: ImageColumn::Tag,
                        descending,
                    },
                    most,
                };
                let selection = ImageSelection {
                    repository: below.map(|path| format!("{path}**").parse().unwrap()),
                    ..ImageSelection::default()
                };
                let by_rows = |large| over.by_rows(&store, &selection, large, &cancel);
                let wanted = by_rows(u64::MAX).unwrap();
                assert_eq!(by_rows(0).unwrap(), wanted, "{most} {below:?}");
                assert_eq!(over.first(&store, &cancel).unwrap(), wanted);
                for large in [0, u64::MAX] {
                    let found = over.by_tags(&store, &selection, large, &cancel).unwrap();
                    if let Some(found) = found {
                        assert_eq!(found, wanted, "{most} {below:?}");
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 20, "{compared}");
    }
}
