//! What two registries differ in: tag by tag, by digest, repository after repository.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Cancel, Difference, Digest, Drift, Drifts, Glob, Image, ImageRow, NameMap, Platform,
    RegistryId, RepositoryName, RepositoryRow, Tag,
};
use crate::store::{Store, StoreError};

/// What is compared.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'q> {
    pub(super) map: &'q [NameMap],
    pub(super) repository: Option<&'q Glob>,
    pub(super) tag: Option<&'q Glob>,
}

/// A repository as it is in both registries.
struct Pair {
    /// Its name in the first; where nothing there has it, the name that it would have.
    name: RepositoryName,
    /// Its name in the second, where that is there and is another.
    in_b: Option<RepositoryName>,
    a: Option<Side>,
    b: Option<Side>,
}

/// A repository in one of the registries.
#[derive(Clone)]
struct Side {
    /// Its name there.
    name: RepositoryName,
    /// Whether its tags were ever listed whole, so that what is not known is not there.
    is_listed: bool,
}

impl From<RepositoryRow> for Side {
    fn from(row: RepositoryRow) -> Self {
        Self {
            is_listed: row.state.listed_at.is_some(),
            name: row.name,
        }
    }
}

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
        for pair in self.pairs(store, a, b)? {
            if cancel.is_cancelled() {
                break;
            }
            let rows = |id, side: Option<&Side>| match side {
                Some(side) => store.images(id, &side.name),
                None => Ok(Vec::new()),
            };
            let rows_a = rows(a, pair.a.as_ref())?;
            let rows_b = rows(b, pair.b.as_ref())?;
            self.repository(&pair, &rows_a, &rows_b, &mut drifts);
        }
        Ok(drifts)
    }

    /// The repositories of both registries that are wanted, by name. One of the second may
    /// stand for several of the first.
    fn pairs(self, store: &Store, a: RegistryId, b: RegistryId) -> Result<Vec<Pair>, StoreError> {
        let rows_b = store.repositories(b)?.into_iter();
        let in_b: BTreeMap<RepositoryName, Side> =
            rows_b.map(|row| (row.name.clone(), row.into())).collect();
        let mut met = BTreeSet::new();
        let mut pairs = Vec::new();
        for row in store.repositories(a)? {
            let other = self.name_in_b(&row.name);
            let side = in_b.get(&other).cloned();
            met.extend(side.as_ref().map(|side| side.name.clone()));
            pairs.push(Pair {
                name: row.name.clone(),
                in_b: Some(other).filter(|other| side.is_some() && *other != row.name),
                a: Some(row.into()),
                b: side,
            });
        }
        let extra = in_b.into_values().filter(|side| !met.contains(&side.name));
        pairs.extend(extra.map(|side| {
            let name = self.name_in_a(&side.name);
            // A rule may lead what has this name in the first elsewhere.
            let is_other = name != side.name || self.name_in_b(&name) != side.name;
            Pair {
                name,
                in_b: is_other.then(|| side.name.clone()),
                a: None,
                b: Some(side),
            }
        }));
        pairs.retain(|pair| {
            let glob = self.repository;
            glob.is_none_or(|glob| glob.is_match(pair.name.as_str()))
        });
        pairs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(pairs)
    }

    /// The name that a repository of the second registry would have in the first; its own
    /// where no rule leads to it.
    fn name_in_a(self, in_b: &RepositoryName) -> RepositoryName {
        let mut possible = self.map.iter().filter_map(|rule| {
            let rest = in_b.as_str().strip_prefix(&rule.to)?;
            let in_a: RepositoryName = format!("{}{rest}", rule.from).parse().ok()?;
            // A longer rule may lead it elsewhere.
            (self.name_in_b(&in_a) == *in_b).then_some(in_a)
        });
        possible.next().unwrap_or_else(|| in_b.clone())
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
        pair: &Pair,
        rows_a: &[ImageRow],
        rows_b: &[ImageRow],
        drifts: &mut Drifts,
    ) {
        let (tags_a, tags_b) = (self.tags(rows_a), self.tags(rows_b));
        let stale = |tags: &Tags<'_>| tags.values().filter(|(_, stale)| *stale).count() as u64;
        drifts.stale.0 += stale(&tags_a);
        drifts.stale.1 += stale(&tags_b);
        let is_unlisted = |side: Option<&Side>| side.is_some_and(|side| !side.is_listed);
        let unlisted = (is_unlisted(pair.a.as_ref()), is_unlisted(pair.b.as_ref()));
        drifts.unlisted.0 += u64::from(unlisted.0);
        drifts.unlisted.1 += u64::from(unlisted.1);
        let names: BTreeSet<&Tag> = tags_a.keys().chain(tags_b.keys()).copied().collect();
        for tag in names {
            let (a, b) = (tags_a.get(tag), tags_b.get(tag));
            let (a, b) = (a.map(|(row, _)| *row), b.map(|(row, _)| *row));
            if (a.is_none() && unlisted.0) || (b.is_none() && unlisted.1) {
                continue;
            }
            let Some((difference, lacking)) = difference(a, b) else {
                drifts.same += 1;
                continue;
            };
            let digest = |row: Option<&ImageRow>| row.map(|row| row.digest.clone());
            drifts.rows.push(Drift {
                repository: pair.name.clone(),
                repository_in_b: pair.in_b.clone(),
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
