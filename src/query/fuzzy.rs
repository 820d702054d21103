//! Names from what somebody remembers of them.

/// How far a name is from what was typed of it: 0 is the name itself; then names that begin
/// so, that have a word that does, that contain it, and that have its letters in this order,
/// the closer together the better. `None` for any other. Small letters are expected.
pub fn distance(name: &str, typed: &str) -> Option<usize> {
    if name == typed || typed.is_empty() {
        return Some(0);
    }
    if name.starts_with(typed) {
        return Some(1);
    }
    if name.split('-').any(|word| word.starts_with(typed)) {
        return Some(2);
    }
    if name.contains(typed) {
        return Some(3);
    }
    let mut letters = name.char_indices();
    let (mut first, mut last) = (None, 0);
    for wanted in typed.chars() {
        let (at, _) = letters.find(|(_, letter)| *letter == wanted)?;
        first.get_or_insert(at);
        last = at;
    }
    Some(4 + last - first.unwrap_or(0))
}

/// The name that takes the fewest letters to be made of what was typed.
pub fn nearest<'a>(names: impl Iterator<Item = &'a str>, typed: &str) -> Option<&'a str> {
    names.min_by_key(|name| edits(name, typed))
}

/// Letters to put in, take out or replace (Levenshtein).
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (n, a) in one.chars().enumerate() {
        let mut corner = n;
        row[0] = n + 1;
        for (m, b) in other.chars().enumerate() {
            let replaced = corner + usize::from(a != b);
            corner = row[m + 1];
            row[m + 1] = replaced.min(corner + 1).min(row[m] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_comes_first() {
        for (typed, names) in [
            ("crawl", &["crawl", "crawl-all", "x-crawl", "xcrawl"][..]),
            ("cd", &["cd", "cdx", "copy-cd", "xcd", "copy-digest"]),
            ("od", &["order-by-decision"]),
        ] {
            let mut before = None;
            for name in names {
                let now = distance(name, typed);
                assert!(now.is_some() && now > before, "{typed}: {name}");
                before = now;
            }
        }
        assert_eq!(distance("crawl", "lc"), None);
        assert_eq!(distance("crawl", ""), Some(0));
        assert!(distance("a-bc", "ac") < distance("a-b-c", "ac"));
    }

    #[test]
    fn the_nearest_name_needs_the_fewest_letters() {
        let names = || ["quit", "reload", "crawl"].into_iter();
        assert_eq!(nearest(names(), "crwal"), Some("crawl"));
        assert_eq!(nearest(names(), "quti"), Some("quit"));
        assert_eq!(nearest(std::iter::empty(), "x"), None);
        for (one, other, wanted) in [("", "ab", 2), ("ab", "", 2), ("kitten", "sitting", 3)] {
            assert_eq!(edits(one, other), wanted);
        }
    }
}
