//! Which rows a filter lets through: those that show its words.

use crate::model::{Filter, ImageRow, ListState, RegistryRow, RepositoryRow, Word};

/// Whether a registry's name, address or product match.
pub(super) fn lets_registry(filter: &Filter, row: &RegistryRow) -> bool {
    lets(filter, |word| {
        is_in(word, row.spec.name.as_str())
            || is_in(word, &row.spec.endpoint.to_string())
            || row.spec.product.is_some_and(|p| is_in(word, p.as_str()))
    })
}

/// Whether a repository's name or the word for its state match.
pub(super) fn lets_repository(filter: &Filter, row: &RepositoryRow) -> bool {
    lets(filter, |word| {
        is_in(word, row.name.as_str())
            || is_in(word, state_word(row))
            || (row.state.stale_since.is_some() && is_in(word, "stale"))
    })
}

/// Whether an image's tags, digest, platforms, kind or artifact type match.
pub(super) fn lets_image(filter: &Filter, row: &ImageRow) -> bool {
    lets(filter, |word| {
        row.tags.iter().any(|tag| is_in(word, tag.as_str()))
            || is_in(word, row.image.kind.as_str())
            || row
                .image
                .artifact_type
                .as_deref()
                .is_some_and(|t| is_in(word, t))
            || row.platforms.iter().any(|p| is_in(word, &p.to_string()))
            || is_in(word, &row.digest.to_string())
            || (row.stale_since.is_some() && is_in(word, "stale"))
    })
}

fn lets(filter: &Filter, shows: impl Fn(&Word) -> bool) -> bool {
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

pub(super) fn is_in(word: &Word, text: &str) -> bool {
    if let Some(glob) = &word.glob {
        return glob.is_match(text);
    }
    text.as_bytes()
        .windows(word.text.len())
        .any(|part| part.eq_ignore_ascii_case(&word.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(filter: &str, text: &str) -> bool {
        lets(&Filter::new(filter), |word| is_in(word, text))
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
            ("*/{api,web}", "team/api", true),
            ("te[", "te[", true),
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
