//! Which rows a filter lets through: those that show its words.

use crate::model::{
    Choice, Failure, Filter, Frees, ImageRow, ListState, Planned, RegistryRow, RepositoryName,
    RepositoryRow, Since, Subject, Tag, Word,
};

/// Whether a registry's name, address or product match.
pub(super) fn lets_registry(filter: &Filter, row: &RegistryRow) -> bool {
    lets(filter, |word| {
        word.is_in(row.spec.name.as_str())
            || word.is_in(&row.spec.endpoint.to_string())
            || row.spec.product.is_some_and(|p| word.is_in(p.as_str()))
    })
}

/// Whether a repository's name, the word for its state or an architecture match.
pub(super) fn lets_repository(filter: &Filter, row: &RepositoryRow) -> bool {
    lets(filter, |word| {
        word.is_in(row.name.as_str())
            || word.is_in(state_word(row))
            || row
                .summary
                .as_ref()
                .is_some_and(|it| it.architectures.iter().any(|one| word.is_in(one)))
            || (row.state.stale_since.is_some() && word.is_in("stale"))
    })
}

/// Whether an image's tags, digest, platforms, kind, artifact type, or what was decided about
/// it or its tags match.
pub(super) fn lets_image(filter: &Filter, row: &ImageRow) -> bool {
    lets(filter, |word| shows_image(word, row))
}

/// The same, or its repository does: of many repositories that tells images apart.
pub(super) fn lets_image_over(filter: &Filter, row: &ImageRow) -> bool {
    lets(filter, |word| {
        word.is_in(row.repository.as_str()) || shows_image(word, row)
    })
}

/// Whether a failure's step, place, kind, status, message or hint match.
pub fn lets_failure(filter: &Filter, failure: &Failure) -> bool {
    let status = failure.status.map(|status| status.to_string());
    lets(filter, |word| {
        let place = failure.repository.as_ref().map(RepositoryName::as_str);
        let said = [
            place,
            failure.reference.as_deref(),
            status.as_deref(),
            failure.hint.as_deref(),
        ];
        said.into_iter().flatten().any(|text| word.is_in(text))
            || word.is_in(failure.stage.as_str())
            || word.is_in(failure.class.as_str())
            || word.is_in(&failure.message)
    })
}

fn shows_image(word: &Word, row: &ImageRow) -> bool {
    row.tags.iter().any(|tag| word.is_in(tag.as_str()))
        || word.is_in(row.image.kind.as_str())
        || row
            .image
            .artifact_type
            .as_deref()
            .is_some_and(|t| word.is_in(t))
        || row.platforms.iter().any(|p| word.is_in(&p.to_string()))
        || word.is_in(&row.digest.to_string())
        || (row.stale_since.is_some() && word.is_in("stale"))
        || Choice::ALL
            .into_iter()
            .any(|choice| word.is_in(choice.as_str()) && row.decisions.has(choice))
        || row.decisions.note().is_some_and(|note| word.is_in(&note))
}

/// Whether a decision, its note, what it is about or what became of that match. `registry` is
/// the name of the registry.
pub(super) fn lets_planned(filter: &Filter, row: &Planned, registry: &str) -> bool {
    let place = &row.place;
    let (tag, digest) = match &place.subject {
        Subject::Tag(tag) => (Some(tag), row.image.as_ref().map(|image| &image.digest)),
        Subject::Image(digest) => (None, Some(digest)),
    };
    let tags = row.image.as_ref().map_or(&[][..], |image| &image.tags);
    let since = match row.since {
        Since::Same => "",
        Since::Moved { .. } | Since::Left(_) => "moved",
        Since::Gone => "gone",
    };
    lets(filter, |word| {
        word.is_in(row.decision.choice.as_str())
            || word.is_in(registry)
            || word.is_in(place.repository.as_str())
            || tag
                .into_iter()
                .chain(tags)
                .any(|tag: &Tag| word.is_in(tag.as_str()))
            || digest.is_some_and(|digest| word.is_in(&digest.to_string()))
            || word.is_in(since)
            || (row.frees == Frees::Unread && word.is_in("unread"))
            || row
                .decision
                .note
                .as_deref()
                .is_some_and(|note| word.is_in(note))
    })
}

pub(super) fn lets(filter: &Filter, shows: impl Fn(&Word) -> bool) -> bool {
    filter
        .words()
        .iter()
        .all(|word| shows(word) != word.exclude)
}

/// The state as the screen words it; a listed repository with tags has no word.
fn state_word(row: &RepositoryRow) -> &'static str {
    match row.state.list {
        ListState::NotCrawled if row.tags > 0 => "partial",
        ListState::NotCrawled => "not crawled",
        ListState::Listed if row.tags == 0 => "empty",
        ListState::Listed => "",
        ListState::Refused(_) => "refused",
        ListState::Failed(_) => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(filter: &str, text: &str) -> bool {
        lets(&Filter::new(filter), |word| word.is_in(text))
    }

    #[test]
    fn words_are_all_required_and_excluded() {
        for (filter, text, wanted) in [
            ("", "team/api", true),
            ("  ", "team/api", true),
            ("API", "team/api", true),
            ("team api", "team/api", true),
            ("team web", "team/api", false),
            ("!api", "team/api", false),
            ("team !web", "team/api", true),
            ("!", "team/api", true),
            ("api-and-more", "api", false),
        ] {
            assert_eq!(shows(filter, text), wanted, "{filter:?} {text:?}");
        }
    }

    #[test]
    fn globs_match_whole_texts() {
        for (filter, text, wanted) in [
            ("team/*", "team/api", true),
            ("team/*", "x/team/api", false),
            ("*api", "team/api", false),
            ("**/api", "team/api", true),
            ("**/api", "a/b/api", true),
            ("team/*", "team/a/b", false),
            ("team/**", "team/a/b", true),
            ("team/{api,web}", "team/web", true),
            ("v[12]", "V2", true),
            ("v[", "v1", false),
            ("v[", "rev[1", true),
            ("*/*/*", "team/api", false),
            ("1.?", "1.9", true),
            ("1.?", "1.10", false),
            ("*a*b*c", "xaybzbc", true),
            ("*a*b*c", "xaybzb", false),
            ("!*-rc*", "1.0-rc.1", false),
            ("V*", "v1", true),
            ("*", "", true),
        ] {
            assert_eq!(shows(filter, text), wanted, "{filter:?} {text:?}");
        }
    }
}
