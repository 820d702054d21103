//! Where the words of a search stand: in the names of repositories and of tags.

use std::ops::Range;

use crate::model::{Search, Word};

/// What of a search the name of a repository shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InName {
    /// A bit for each word, by its number; words behind these are taken for shown.
    words: u64,
    pairs: u64,
}

/// What the name of a repository shows of a search; `None` where it shows a word that it must
/// not, so that nothing in it is wanted.
pub fn in_repository(search: &Search, name: &str) -> Option<InName> {
    let pairs = search.pairs.iter().enumerate();
    let fits = |(n, (end, _)): (usize, &(Option<Word>, Option<Word>))| {
        let fits = end.as_ref().is_none_or(|end| end.ends(name));
        bit(n, fits)
    };
    Some(InName {
        words: shown(search, name)?,
        pairs: pairs.map(fits).fold(0, |all, one| all | one),
    })
}

/// Whether no name can show all words: in a digest with its algorithm is a colon.
pub fn is_in_no_name(search: &Search) -> bool {
    search.words.text().contains(':')
}

/// Whether a repository is wanted for its name alone.
pub fn is_repository(search: &Search, name: InName) -> bool {
    search.pairs.is_empty() && name.words == all(required(search))
}

/// Whether a tag may be wanted in a repository of which the name shows this.
pub fn may_have_tags(search: &Search, name: InName) -> bool {
    name.pairs == all(search.pairs.len())
}

/// Whether a tag is wanted in a repository of which the name shows this: the two show all
/// words, and the tag some of them itself.
pub fn is_tag(search: &Search, name: InName, tag: &str) -> bool {
    let Some(in_tag) = shown(search, tag) else {
        return false;
    };
    let mut pairs = search.pairs.iter().map(|(_, start)| start.as_ref());
    (in_tag != 0 || !search.pairs.is_empty())
        && name.words | in_tag == all(required(search))
        && may_have_tags(search, name)
        && pairs.all(|start| start.is_none_or(|start| start.begins(tag)))
}

/// Which of two names a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// A repository's.
    Repository,
    /// A tag's.
    Tag,
}

/// Where words of a search stand in a name: parts of it, in order, none over another.
pub fn places(search: &Search, of: NameOf, name: &str) -> Vec<Range<usize>> {
    let words = search.words.words().iter();
    let words = words.filter(|word| !word.exclude);
    let pairs = search.pairs.iter().filter_map(|(end, start)| match of {
        NameOf::Repository => {
            let end = end.as_ref().filter(|end| end.ends(name))?;
            Some(name.len().saturating_sub(end.length())..name.len())
        }
        NameOf::Tag => {
            let start = start.as_ref().filter(|start| start.begins(name))?;
            Some(0..start.length().min(name.len()))
        }
    });
    let mut places: Vec<Range<usize>> = words.filter_map(|word| word.place(name)).collect();
    places.extend(pairs);
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for place in places {
        match apart.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => apart.push(place),
        }
    }
    // A glob's length is not that of what it stands for.
    apart.retain(|place| name.get(place.clone()).is_some());
    apart
}

/// How many words must be shown.
fn required(search: &Search) -> usize {
    let words = search.words.words().iter();
    words.filter(|word| !word.exclude).count()
}

/// Which of the words that must be shown a name shows; `None` where it shows one that it must
/// not.
fn shown(search: &Search, name: &str) -> Option<u64> {
    let mut shown = 0;
    let mut number = 0;
    for word in search.words.words() {
        let is_shown = word.is_in(name);
        if !word.exclude {
            shown |= bit(number, is_shown);
            number += 1;
        } else if is_shown {
            return None;
        }
    }
    Some(shown)
}

fn bit(number: usize, is_set: bool) -> u64 {
    let shift = u32::try_from(number).unwrap_or(u32::MAX);
    u64::from(is_set).checked_shl(shift).unwrap_or(0)
}

fn all(count: usize) -> u64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    1_u64.checked_shl(count).map_or(u64::MAX, |bit| bit - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the repository is a hit, and the tag is one in it.
    fn hits(text: &str, name: &str, tag: &str) -> (bool, bool) {
        let search = Search::new(text).unwrap();
        match in_repository(&search, name) {
            Some(shown) => (is_repository(&search, shown), is_tag(&search, shown, tag)),
            None => (false, false),
        }
    }

    #[test]
    fn repositories_and_tags_are_found_by_parts_of_their_names() {
        for (text, wanted) in [
            ("api", (true, false)),
            ("API", (true, false)),
            ("1.2", (false, true)),
            ("api 1.2", (false, true)),
            ("team api", (true, false)),
            ("web", (false, false)),
            ("api !rc", (true, false)),
            ("1.2 !rc", (false, false)),
            ("1.2 !team", (false, false)),
            ("team/*", (true, false)),
            ("1.*", (false, true)),
            ("api:1.2", (false, true)),
            ("i:", (false, true)),
            (":1", (false, true)),
            ("pi:2", (false, false)),
            ("a*:1*", (false, false)),
            ("**/api:1*", (false, true)),
            ("team api:1", (false, true)),
        ] {
            assert_eq!(hits(text, "team/api", "1.2-rc"), wanted, "{text}");
        }
    }

    #[test]
    fn digests_are_told_from_names() {
        let digest = |text: &str| Search::new(text).unwrap().digest.map(|d| d.to_string());
        assert_eq!(digest("abc"), None, "too short to be one");
        assert_eq!(digest("abcd").as_deref(), Some("abcd"));
        assert_eq!(digest("sha256:a").as_deref(), Some("sha256:a"));
        assert_eq!(digest("abcd efgh"), None);
        assert_eq!(digest("team/api:abcd"), None);
        assert!(Search::new("sha256:a").unwrap().pairs.is_empty());
        assert!(Search::new(" ").is_none() && Search::new("!").is_none());
    }

    #[test]
    fn words_are_shown_where_they_stand_and_none_twice() {
        use NameOf::{Repository, Tag};
        let shown = |text: &str, of, name: &str| {
            let places = places(&Search::new(text).unwrap(), of, name);
            let shown = places.into_iter().map(|place| name[place].to_owned());
            shown.collect::<Vec<_>>().join("|")
        };
        for (text, of, name, wanted) in [
            ("API team", Repository, "team/api", "team|api"),
            ("tea eam am/a", Repository, "team/api", "team/a"),
            ("rc !api", Repository, "team/api", ""),
            ("team/*", Repository, "team/api", "team/api"),
            ("pi:1.2", Repository, "team/api", "pi"),
            ("pi:1.2", Tag, "1.2-rc", "1.2"),
            ("pi:2", Tag, "1.2-rc", ""),
            ("*:1*", Tag, "1.2-rc", "1."),
            ("ä", Repository, "bär", "ä"),
        ] {
            assert_eq!(shown(text, of, name), wanted, "{text} in {name}");
        }
    }

    #[test]
    fn many_words_are_all_required() {
        let text: Vec<String> = (0..70).map(|n| format!("w{n}")).collect();
        let name = text.join("/");
        assert_eq!(hits(&text.join(" "), &name, "1"), (true, false));
        assert_eq!(hits(&text.join(" "), &name[1..], "1"), (false, false));
    }
}
