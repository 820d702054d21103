//! Numbers, times and platforms in the few characters a terminal has for them.

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::document::Tone;
use crate::model::text::harmless;
use crate::model::{Choice, Class, Failure, ImageRow, Platform, SaveError, SaveFault, Tag};

/// A count for a sentence: `1 234 567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A count for a column of six: `123456`, then `1.2M`.
pub fn short(number: u64) -> String {
    match number {
        0..1_000_000 => number.to_string(),
        1_000_000..10_000_000 => format!("{:.1}M", number as f64 / 1e6),
        _ => format!("{}M", number / 1_000_000),
    }
}

/// A count in at most four characters, for what is seen at a glance: `9999`, `48k`, `1.2M`.
pub fn scaled(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}k", number / 1000),
        _ => short(number),
    }
}

/// A count with its noun: `1 image`, `340 repositories`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Why something did not begin. The step is left out where it is this program's own
/// affair: no step of a crawl was taken.
pub fn cause(failure: &Failure) -> String {
    match failure.class {
        Class::Local => failure.message.clone(),
        _ => failure.to_string(),
    }
}

/// Why a registry was not saved, in the words of the form and as short as its two lines.
pub fn unsaved(error: &SaveError) -> String {
    match &error.fault {
        SaveFault::NoStore(gist) => {
            format!("{gist}: choose the encrypted file, memory, a variable or a command")
        }
        _ => error.trouble.sentence(),
    }
}

/// What of a message tells in one short line: without the request, which the page of
/// failures shows. What stands before that stays: the stage.
pub fn gist(message: &str) -> String {
    let mut methods = ["`GET ", "`HEAD ", "`POST "].into_iter();
    let found = methods.find_map(|method| message.split_once(method));
    match found {
        Some((before, request)) if before.is_empty() || before.ends_with(": ") => {
            match request.split_once("`: ") {
                Some((_, rest)) => format!("{before}{rest}"),
                None => message.to_owned(),
            }
        }
        _ => message.to_owned(),
    }
}

/// A duration as a person would say it: `340 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn lasted(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A decision in words.
pub fn decided(choice: Choice) -> &'static str {
    match choice {
        Choice::Keep => "keep",
        Choice::Delete => "delete",
        Choice::Look => "look again",
    }
}

/// A decision as a sign of one letter.
pub fn decision_sign(choice: Choice) -> &'static str {
    match choice {
        Choice::Keep => "k",
        Choice::Delete => "d",
        Choice::Look => "l",
    }
}

/// The tone of a decision: what stays is well, what goes is not, the rest needs a look.
pub fn decision_tone(choice: Choice) -> Tone {
    match choice {
        Choice::Keep => Tone::Good,
        Choice::Delete => Tone::Bad,
        Choice::Look => Tone::Warn,
    }
}

/// Platforms with each operating system named once: `linux/amd64,arm64/v8`. What does
/// not fit into `width` columns is counted: `linux/amd64 +3`.
pub fn platforms(platforms: &[Platform], width: usize) -> String {
    let mut shown = String::new();
    let mut os = "";
    for (i, platform) in platforms.iter().enumerate() {
        let full = platform.to_string();
        let piece = if i == 0 {
            full
        } else if platform.os() == os {
            format!(",{}", &full[os.len() + 1..])
        } else {
            format!(" {full}")
        };
        let left = platforms.len() - i;
        let rest = if left > 1 {
            tail(left - 1)
        } else {
            String::new()
        };
        if i > 0 && shown.width() + piece.width() + rest.len() > width {
            return shown + &tail(left);
        }
        shown += &piece;
        os = platform.os();
    }
    shown
}

/// The first of some words, as many as fit into `width` columns, and how many there are
/// beside them: `1.27.3 1.27 +2`.
pub fn several<'a>(words: impl ExactSizeIterator<Item = &'a str>, width: usize) -> String {
    let total = words.len();
    let mut shown = String::new();
    for (i, word) in words.enumerate() {
        let left = total - i;
        let rest = if left > 1 { tail(left - 1).len() } else { 0 };
        if i > 0 && shown.width() + 1 + word.width() + rest > width {
            let tail = tail(left);
            return shown + &tail;
        }
        if i > 0 {
            shown.push(' ');
        }
        shown += word;
        // One word too long for the column leaves room for the count all the same.
        if i == 0 && left > 1 && shown.width() + rest > width {
            let room = width.saturating_sub(rest);
            return fit(&shown, room) + &tail(left - 1);
        }
    }
    shown
}

fn tail(more: usize) -> String {
    format!(" +{more}")
}

/// What an artifact is, in a word or two, by its artifact type.
pub fn artifact(artifact_type: Option<&str>) -> String {
    let Some(full) = artifact_type else {
        return "artifact".to_owned();
    };
    for (part, word) in [
        ("helm", "helm chart"),
        ("cosign", "signature"),
        ("sigstore", "signature"),
        ("notary", "signature"),
        ("spdx", "SBOM"),
        ("cyclonedx", "SBOM"),
        ("syft", "SBOM"),
        ("in-toto", "attestation"),
        ("wasm", "wasm module"),
    ] {
        if full.contains(part) {
            return word.to_owned();
        }
    }
    let short = full
        .trim_start_matches("application/")
        .trim_start_matches("vnd.");
    let short = short.split('+').next().unwrap_or(short);
    harmless(short).into_owned()
}

/// What something is that hangs on an image, and by whose convention; that may be empty.
pub fn accessory(row: &ImageRow) -> (String, String) {
    let said = |what: &str, by: &str| (what.to_owned(), by.to_owned());
    if let Some(full) = row.image.artifact_type.as_deref() {
        for (part, what, by) in [
            ("cosign", "signature", "cosign"),
            ("sigstore", "signature", "sigstore"),
            ("notary", "signature", "notation"),
            ("spdx", "SBOM", "SPDX"),
            ("cyclonedx", "SBOM", "CycloneDX"),
            ("syft", "SBOM", "Syft"),
            ("in-toto", "attestation", "in-toto"),
        ] {
            if full.contains(part) {
                return said(what, by);
            }
        }
    }
    let by_tag = row.tags.iter().find_map(Tag::hung_on);
    match by_tag.as_ref().map(|it| it.suffix.as_str()) {
        Some("sig") => said("signature", "cosign"),
        Some("att") => said("attestation", "cosign"),
        Some("sbom") => said("SBOM", "cosign"),
        Some(_) => said("referrers", "by tag"),
        None => (artifact(row.image.artifact_type.as_deref()), String::new()),
    }
}

/// `text` in at most `width` columns, its end cut.
pub fn fit(text: &str, width: usize) -> String {
    let text = harmless(text);
    if text.width() <= width {
        return text.into_owned();
    }
    let mut out = take(text.chars(), width.saturating_sub(1));
    if width > 0 {
        out.push('…');
    }
    out
}

/// `text` in at most `width` columns, its beginning cut: for names whose end tells.
pub fn fit_end(text: &str, width: usize) -> String {
    let text = harmless(text);
    if text.width() <= width {
        return text.into_owned();
    }
    if width == 0 {
        return String::new();
    }
    let kept = take(text.chars().rev(), width - 1);
    std::iter::once('…').chain(kept.chars().rev()).collect()
}

/// `text` in at most `width` columns, cut in the middle: for names whose beginning and end
/// tell. The last component of a path stays whole where there is room for it.
pub fn fit_middle(text: &str, width: usize) -> String {
    let text = harmless(text);
    if text.width() <= width {
        return text.into_owned();
    }
    if width == 0 {
        return String::new();
    }
    let room = width - 1;
    let leaf = text.rsplit('/').next().unwrap_or_default().width() + 1;
    let end = leaf.max(room * 3 / 5).min(room * 4 / 5);
    let beginning = take(text.chars(), room - end);
    let end = take(text.chars().rev(), end);
    format!("{beginning}…{}", end.chars().rev().collect::<String>())
}

fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

/// `text` in lines of at most `width` columns, broken at blanks where there are any.
/// Never empty: no text is one empty line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let text = harmless(text);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let blank = usize::from(used > 0);
        if used > 0 && used + blank + word.width() > width {
            lines.push(String::new());
            used = 0;
        } else if blank == 1 {
            push(&mut lines, " ");
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, c.encode_utf8(&mut [0; 4]));
            used += wide;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(counted(1, "image", "images"), "1 image");
        assert_eq!(
            [short(999_999), short(1_234_567), short(12_345_678)],
            ["999999", "1.2M", "12M"]
        );
        for (ms, wanted) in [
            (340, "340 ms"),
            (12_400, "12 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(lasted(Duration::from_millis(ms)), wanted);
        }
    }

    #[test]
    fn the_gist_of_a_message_has_no_request() {
        for (message, wanted) in [
            ("`GET /v2/a/tags/list`: 403: `DENIED`", "403: `DENIED`"),
            ("`HEAD /v2/a/manifests/1`: no answer", "no answer"),
            ("`GET /v2/", "`GET /v2/"),
            (
                "catalogue: `GET /v2/_catalog`: no answer",
                "catalogue: no answer",
            ),
            (
                "a list that says `GET /`: no",
                "a list that says `GET /`: no",
            ),
            ("`hub` refused", "`hub` refused"),
            ("", ""),
        ] {
            assert_eq!(gist(message), wanted);
        }
    }

    #[test]
    fn platforms_name_an_operating_system_once_and_count_the_rest() {
        let list: Vec<Platform> = [
            "linux/amd64",
            "linux/arm/v7",
            "linux/arm64/v8",
            "windows/amd64",
        ]
        .iter()
        .map(|p| p.parse().unwrap())
        .collect();
        for (width, wanted) in [
            (80, "linux/amd64,arm/v7,arm64/v8 windows/amd64"),
            (40, "linux/amd64,arm/v7,arm64/v8 +1"),
            (22, "linux/amd64,arm/v7 +2"),
            (14, "linux/amd64 +3"),
            (5, "linux/amd64 +3"),
        ] {
            assert_eq!(platforms(&list, width), wanted);
        }
        assert_eq!(platforms(&list[..1], 11), "linux/amd64");
        assert_eq!(platforms(&[], 11), "");
    }

    #[test]
    fn words_are_shown_as_far_as_they_fit() {
        let words = ["1.27.3", "1.27", "1", "latest"];
        for (width, wanted) in [
            (40, "1.27.3 1.27 1 latest"),
            (17, "1.27.3 1.27 1 +1"),
            (14, "1.27.3 1.27 +2"),
            (9, "1.27.3 +3"),
            (7, "1.2… +3"),
        ] {
            assert_eq!(several(words.into_iter(), width), wanted);
        }
    }

    #[test]
    fn texts_are_cut_by_columns_and_made_harmless() {
        assert_eq!(fit("team/api", 8), "team/api");
        assert_eq!(fit("team/api", 5), "team…");
        assert_eq!(fit("漢漢漢", 4), "漢…");
        assert_eq!(fit("x", 0), "");
        assert_eq!(fit_end("group/team/api", 8), "…eam/api");
        assert_eq!(fit("a\u{1b}[1m", 9), "a\u{fffd}[1m");
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn artifacts_are_named_by_what_they_are() {
        for (full, wanted) in [
            (
                Some("application/vnd.cncf.helm.config.v1+json"),
                "helm chart",
            ),
            (
                Some("application/vnd.dev.sigstore.bundle.v0.3+json"),
                "signature",
            ),
            (
                Some("application/vnd.example.thing.v1+json"),
                "example.thing.v1",
            ),
            (None, "artifact"),
        ] {
            assert_eq!(artifact(full), wanted);
        }
    }
}
