//! Which images a selection wants.

use crate::model::{DecisionWanted, Decisions, ImageRow, ImageSelection};

/// Whether `wanted` has this image. An index is wanted for a digest that one of its
/// children has.
pub fn selects(wanted: &ImageSelection, row: &ImageRow) -> bool {
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
