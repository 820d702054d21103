//! A text as its readers would decode it: JSON escapes (RFC 8259 §7), percent-encoding
//! (RFC 3986 §2.1), forms, character references of HTML, and two of these one upon
//! another. Every decoded byte knows where it came from.

use std::ops::Range;

/// How often a text is decoded anew.
const DEPTH: usize = 2;

/// Bytes that stand for something else in one of the encodings; the last in forms alone,
/// for a blank.
const MARKERS: [u8; 4] = *b"\\%&+";

/// One decoding of a text.
pub(super) struct View {
    bytes: Vec<u8>,
    /// Where each byte begins in the text, and at last where the text ends.
    origins: Vec<usize>,
}

/// One to four bytes that an encoded character stands for, and how many it takes up.
struct Decoded {
    bytes: [u8; 4],
    len: usize,
    taken: usize,
}

/// Reads the encoded character at the beginning of a text that begins with a marker.
type Decoder = fn(&[u8]) -> Option<Decoded>;

impl View {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where `range` of the view came from.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        self.origins[range.start]..self.origins[range.end]
    }

    fn plain(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            origins: (0..=text.len()).collect(),
        }
    }

    /// This view decoded once more; `None` where there is nothing to decode.
    fn decoded(&self, decoder: Decoder) -> Option<Self> {
        let mut view: Option<Self> = None;
        let mut at = 0;
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            let found = if MARKERS.contains(&byte) {
                decoder(&self.bytes[at..])
            } else {
                None
            };
            if let Some(found) = found {
                let view = view.get_or_insert_with(|| Self {
                    bytes: self.bytes[..at].to_vec(),
                    origins: self.origins[..at].to_vec(),
                });
                view.bytes.extend_from_slice(&found.bytes[..found.len]);
                let origin = self.origins[at];
                view.origins.extend(std::iter::repeat_n(origin, found.len));
                at += found.taken;
            } else {
                if let Some(view) = &mut view {
                    view.bytes.push(byte);
                    view.origins.push(self.origins[at]);
                }
                at += 1;
            }
        }
        let mut view = view?;
        view.origins.extend(self.origins.last());
        Some(view)
    }
}

/// Whether anything in `text` could be decoded, blanks being of interest or not.
pub(super) fn is_encoded(text: &str, with_blanks: bool) -> bool {
    let markers = if with_blanks {
        &MARKERS[..]
    } else {
        &MARKERS[..3]
    };
    text.bytes().any(|byte| markers.contains(&byte))
}

/// Every decoding of `text` that differs from it.
pub(super) fn decoded(text: &str) -> Vec<View> {
    let mut all: Vec<View> = Vec::new();
    let mut last = vec![View::plain(text)];
    for _ in 0..DEPTH {
        let next: Vec<View> = last
            .iter()
            .flat_map(|view| [json, percent, form, entity].map(|decoder| view.decoded(decoder)))
            .flatten()
            .collect();
        all.extend(std::mem::replace(&mut last, next));
    }
    all.extend(last);
    // The first is the text itself.
    all.remove(0);
    all
}

fn byte(byte: u8, taken: usize) -> Decoded {
    Decoded {
        bytes: [byte, 0, 0, 0],
        len: 1,
        taken,
    }
}

fn character(code: u32, taken: usize) -> Decoded {
    let mut bytes = [0; 4];
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let len = character.encode_utf8(&mut bytes).len();
    Decoded { bytes, len, taken }
}

/// The number that these digits are.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || digits[0] == b'+' {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

/// `\u0068`, `\/`, `\n`; every other character behind `\` is itself, as in quoted strings
/// of headers (RFC 9110 §5.6.4).
fn json(text: &[u8]) -> Option<Decoded> {
    let (b'\\', next) = (text[0], *text.get(1)?) else {
        return None;
    };
    Some(match next {
        b'u' => {
            let unit = |at: usize| number(text.get(at..at + 4)?, 16);
            let Some(first) = unit(2) else {
                return Some(byte(next, 2));
            };
            let second = (text.get(6..8) == Some(b"\\u")).then(|| unit(8)).flatten();
            match (first, second) {
                (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) => {
                    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    character(code, 12)
                }
                _ => character(first, 6),
            }
        }
        b'b' => byte(8, 2),
        b'f' => byte(12, 2),
        b'n' => byte(b'\n', 2),
        b'r' => byte(b'\r', 2),
        b't' => byte(b'\t', 2),
        other => byte(other, 2),
    })
}

/// `%68`.
fn percent(text: &[u8]) -> Option<Decoded> {
    if text[0] != b'%' {
        return None;
    }
    let code = number(text.get(1..3)?, 16)?;
    Some(byte(u8::try_from(code).ok()?, 3))
}

/// As `percent`, with `+` for a blank.
fn form(text: &[u8]) -> Option<Decoded> {
    match text[0] {
        b'+' => Some(byte(b' ', 1)),
        _ => percent(text),
    }
}

/// `&amp;`, `&#104;`, `&#x68;`.
fn entity(text: &[u8]) -> Option<Decoded> {
    if text[0] != b'&' {
        return None;
    }
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let taken = end + 1;
    Some(match &text[1..end] {
        b"amp" => byte(b'&', taken),
        b"lt" => byte(b'<', taken),
        b"gt" => byte(b'>', taken),
        b"quot" => byte(b'"', taken),
        b"apos" => byte(b'\'', taken),
        [b'#', b'x' | b'X', digits @ ..] => character(number(digits, 16)?, taken),
        [b'#', digits @ ..] => character(number(digits, 10)?, taken),
        _ => return None,
    })
}
