//! What two registries differ in: tag by tag, by digest, repository after repository.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Cancel, Difference, Digest, Drift, Drifts, Glob, Image, ImageRow, NameMap, Platform,
    RegistryId, RepositoryName, Tag,
};
use crate::store::{Store, StoreError};

/// What is compared.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'q> {
    pub(super) map: &'q [NameMap],
    pub(super) repository: Option<&'q Glob>,
    pub(super) tag: Option<&'q Glob>,
}

/// A repository under its name in the first registry, and its names in both.
type Pairs = BTreeMap<RepositoryName, (Option<RepositoryName>, Option<RepositoryName>)>;

/// The tags of one repository: what they name, and whether that was confirmed lately.
type Tags<'r> = BTreeMap<&'r Tag, (&'r ImageRow, bool)>;

impl Wanted<'_> {
    pub(super) fn compare(
        self,
        store: &Store,
        a: RegistryId,
        b: RegistryId,
        cancel: &Cancel,
    ) -> Result<Drifts, StoreError> {
        let mut drifts = Drifts::default();
        for (name, (in_a, in_b)) in self.pairs(store, a, b)? {
            if cancel.is_cancelled() {
                break;
            }
            let rows = |id, name: Option<&RepositoryName>| match name {
                Some(name) => store.images(id, name),
                None => Ok(Vec::new()),
            };
            let rows_a = rows(a, in_a.as_ref())?;
            let rows_b = rows(b, in_b.as_ref())?;
            let other = in_b.filter(|in_b| *in_b != name);
            self.repository(&name, other.as_ref(), &rows_a, &rows_b, &mut drifts);
        }
        Ok(drifts)
    }

    fn pairs(self, store: &Store, a: RegistryId, b: RegistryId) -> Result<Pairs, StoreError> {
        let mut pairs = Pairs::new();
        for row in store.repositories(a)? {
            let name = row.name.clone();
            pairs.entry(row.name).or_default().0 = Some(name);
        }
        for row in store.repositories(b)? {
            let in_a = self.name_in_a(&row.name, &pairs);
            pairs.entry(in_a).or_default().1 = Some(row.name);
        }
        pairs.retain(|name, _| {
            self.repository
                .is_none_or(|glob| glob.is_match(name.as_str()))
        });
        Ok(pairs)
    }

    /// The name that a repository of the second registry has in the first. Where rules give
    /// several, the one that is there.
    fn name_in_a(self, in_b: &RepositoryName, pairs: &Pairs) -> RepositoryName {
        let mut possible = self.map.iter().filter_map(|rule| {
            let rest = in_b.as_str().strip_prefix(&rule.to)?;
            let in_a: RepositoryName = format!("{}{rest}", rule.from).parse().ok()?;
            // A longer rule may lead it elsewhere.
            (self.name_in_b(&in_a).as_str() == in_b.as_str()).then_some(in_a)
        });
        let first = possible.next();
        let there = possible.find(|name| pairs.contains_key(name));
        match (first, there) {
            (Some(first), Some(there)) if !pairs.contains_key(&first) => there,
            (Some(first), _) => first,
            (None, _) => in_b.clone(),
        }
    }

    fn name_in_b(self, in_a: &RepositoryName) -> RepositoryName {
        let rules = self.map.iter();
        let rule = rules
            .filter(|rule| in_a.as_str().starts_with(&rule.from))
            .max_by_key(|rule| rule.from.len());
        let mapped = rule.and_then(|rule| {
            let rest = in_a.as_str().strip_prefix(&rule.from)?;
            format!("{}{rest}", rule.to).parse().ok()
        });
        mapped.unwrap_or_else(|| in_a.clone())
    }

    fn repository(
        self,
        name: &RepositoryName,
        repository_in_b: Option<&RepositoryName>,
        rows_a: &[ImageRow],
        rows_b: &[ImageRow],
        drifts: &mut Drifts,
    ) {
        let (tags_a, tags_b) = (self.tags(rows_a), self.tags(rows_b));
        let stale = |tags: &Tags<'_>| tags.values().filter(|(_, stale)| *stale).count() as u64;
        drifts.stale.0 += stale(&tags_a);
        drifts.stale.1 += stale(&tags_b);
        let names: BTreeSet<&Tag> = tags_a.keys().chain(tags_b.keys()).copied().collect();
        for tag in names {
            let (a, b) = (tags_a.get(tag), tags_b.get(tag));
            let (a, b) = (a.map(|(row, _)| *row), b.map(|(row, _)| *row));
            let Some((difference, lacking)) = difference(a, b) else {
                drifts.same += 1;
                continue;
            };
            let digest = |row: Option<&ImageRow>| row.map(|row| row.digest.clone());
            drifts.rows.push(Drift {
                repository: name.clone(),
                repository_in_b: repository_in_b.cloned(),
                tag: tag.clone(),
                difference,
                a: digest(a),
                b: digest(b),
                lacking,
            });
        }
    }

    fn tags(self, rows: &[ImageRow]) -> Tags<'_> {
        let mut tags = Tags::new();
        for row in rows {
            for tag in &row.tags {
                if self.tag.is_none_or(|glob| glob.is_match(tag.as_str())) {
                    tags.insert(tag, (row, row.stale_since.is_some()));
                }
            }
        }
        tags
    }
}

/// In what two images differ that a tag names; `None` where they are one.
fn difference(a: Option<&ImageRow>, b: Option<&ImageRow>) -> Option<(Difference, Vec<Platform>)> {
    match (a, b) {
        (Some(a), Some(b)) if a.digest == b.digest => None,
        (Some(a), Some(b)) => Some(match lacking(a, b) {
            Some(platforms) => (Difference::FewerPlatforms, platforms),
            None => (Difference::Different, Vec::new()),
        }),
        (Some(_), None) => Some((Difference::Missing, Vec::new())),
        (None, Some(_)) => Some((Difference::Extra, Vec::new())),
        (None, None) => None,
    }
}

/// The platforms that `b` lacks of those of `a`, where all that it has is the same as in `a`.
fn lacking(a: &ImageRow, b: &ImageRow) -> Option<Vec<Platform>> {
    let of_b: BTreeSet<&Digest> = if b.image.children.is_empty() {
        [&b.digest].into()
    } else {
        runnable(&b.image).map(|(digest, _)| digest).collect()
    };
    let of_a: BTreeSet<&Digest> = runnable(&a.image).map(|(digest, _)| digest).collect();
    if of_b.is_empty() || of_b.len() >= of_a.len() || !of_b.is_subset(&of_a) {
        return None;
    }
    let lacking = runnable(&a.image).filter(|(digest, _)| !of_b.contains(digest));
    Some(
        lacking
            .filter_map(|(_, platform)| platform.cloned())
            .collect(),
    )
}

fn runnable(image: &Image) -> impl Iterator<Item = (&Digest, Option<&Platform>)> {
    let children = image.runnable();
    children.map(|child| (&child.digest, child.platform.as_ref()))
}
