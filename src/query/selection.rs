//! Which images a selection wants.

use std::collections::HashSet;

use crate::model::{DecisionWanted, Decisions, Digest, ImageRow, ImageSelection, RepositoryName};

/// Those of `rows` that are wanted. They are all images of their repositories: what an index
/// lists belongs to that and is never untagged, also where the registry lists it by itself.
pub fn select(wanted: &ImageSelection, mut rows: Vec<ImageRow>) -> Vec<ImageRow> {
    let belonging = if wanted.untagged {
        belonging(&rows)
    } else {
        HashSet::new()
    };
    rows.retain(|row| {
        let belongs = !belonging.is_empty()
            && row.tags.is_empty()
            && belonging.contains(&(row.repository.clone(), row.digest.clone()));
        !belongs && selects(wanted, row)
    });
    rows
}

/// The images without a tag that an index of their repository lists.
fn belonging(rows: &[ImageRow]) -> HashSet<(RepositoryName, Digest)> {
    let untagged = rows.iter().filter(|row| row.tags.is_empty());
    let untagged: HashSet<(&RepositoryName, &Digest)> =
        untagged.map(|row| (&row.repository, &row.digest)).collect();
    if untagged.is_empty() {
        return HashSet::new();
    }
    let children = rows.iter().flat_map(|row| {
        let children = row.image.children.iter();
        children.map(|child| (&row.repository, &child.digest))
    });
    children
        .filter(|child| untagged.contains(child))
        .map(|(repository, digest)| (repository.clone(), digest.clone()))
        .collect()
}

/// Whether `wanted` has this image. An index is wanted for a digest that one of its
/// children has.
pub(super) fn selects(wanted: &ImageSelection, row: &ImageRow) -> bool {
    wanted.kind.is_none_or(|kind| kind == row.image.kind)
        && wanted.may_be_in(row.repository.as_str())
        && (!wanted.untagged || row.tags.is_empty())
        && (!wanted.needs_tag()
            || row
                .tags
                .iter()
                .any(|tag| wanted.may_be_tagged(tag.as_str())))
        && wanted
            .platform
            .as_ref()
            .is_none_or(|start| row.platforms.iter().any(|p| p.answers_to(start.as_str())))
        && wanted.digest.as_ref().is_none_or(|start| {
            let mut children = row.image.children.iter();
            start.begins(&row.digest) || children.any(|child| start.begins(&child.digest))
        })
        && wanted
            .larger_than
            .is_none_or(|bytes| row.image.size.is_some_and(|size| size > bytes))
        && wanted.older_than.is_none_or(|at| row.dated() < at)
        && wanted
            .decision
            .is_none_or(|decision| is_decided(&row.decisions, decision))
}

fn is_decided(decisions: &Decisions, wanted: DecisionWanted) -> bool {
    match wanted {
        DecisionWanted::Is(choice) => decisions.has(choice),
        DecisionWanted::Some => !decisions.is_empty(),
        DecisionWanted::None => decisions.is_empty(),
    }
}
