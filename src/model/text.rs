//! Text from outside, made harmless before it reaches a terminal, a table cell or a log.

use std::borrow::Cow;

/// `text` with every character that could move the cursor, change the reading
/// direction or hide itself replaced by U+FFFD.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hostile) {
        Cow::Owned(
            text.chars()
                .map(|c| if is_hostile(c) { '\u{fffd}' } else { c })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

/// `text` cut to at most `max` characters, an ellipsis taking the place of the rest.
pub fn shorten(text: &str, max: usize) -> Cow<'_, str> {
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    Cow::Owned(cut)
}

/// `text` on one line, each run of blanks as one.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// `text` on one line, each line break and tab as one blank.
pub fn space(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect()
}

/// `text` with its lines and tabs as they are, and everything else in it harmless.
pub fn harmless_lines(text: &str) -> String {
    text.chars()
        .map(|c| {
            if is_hostile(c) && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// One harmless line of at most `max` characters, of text that holds no secret: what a
/// registry sent goes through the cover of `http` instead.
pub fn quote(text: &str, max: usize) -> String {
    shorten(&harmless(&fold(text)), max).into_owned()
}

/// The known word that `typed` is a slip of, if it is one: at most every third letter is
/// another, missing, too many or in the wrong place.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    // Longer than any word of ours, and the comparison takes the square of it.
    if typed.len() > 64 {
        return None;
    }
    known
        .into_iter()
        .map(|word| (strsim::osa_distance(&typed, word), word))
        .filter(|(distance, word)| distance * 3 <= word.len().max(typed.len()).max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A number of bytes for people, in decimal units as container tools write them, in at
/// most seven characters: `512 B`, `12.3 MB`, `123 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = 0;
    // What would be shown as 1000 is one of the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 99.95 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_a_slip_away() {
        let known = ["rename", "remove", "max-rps", "active"];
        for (typed, wanted) in [
            ("renam", Some("rename")),
            ("Remove", Some("remove")),
            ("max_rps", Some("max-rps")),
            ("acitve", Some("active")),
            ("retire", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), wanted, "{typed}");
        }
    }

    #[test]
    fn escapes_and_overrides_do_not_survive() {
        assert_eq!(harmless("plain ä 漢"), "plain ä 漢");
        assert_eq!(
            harmless("a\u{1b}[31mb\r\n"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}"
        );
        assert_eq!(
            harmless("\u{202e}x\u{2066}\u{200b}\u{9b}"),
            "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn sizes_are_in_decimal_units_and_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1024, "1.0 kB"),
            (12_345_678, "12.3 MB"),
            (99_949_999, "99.9 MB"),
            (99_950_000, "100 MB"),
            (123_456_789, "123 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.0 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(quote("  a\n\n b\tc ", 10), "a b c");
    }
}
