//! Secrets in the forms in which they may come back, found in a text in one pass.
//!
//! Each form is known by grams of eight bytes. A text is read gram by gram; where one is
//! known, the bytes around it are compared. Letters are compared without regard to case,
//! because hosts and schemes are written small by whoever parses them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// Bytes of a gram; a secret of fewer characters is one only where it is the whole text.
const GRAM: usize = 8;

/// Characters from which a part of a token is secret: however such a part lies, a gram
/// that begins at a multiple of eight is in it.
const PART: usize = 16;

/// Bytes between the grams of the encoded forms of a token.
const STRIDE: usize = 64;

/// Characters from which a password is taken for a token that is used as one.
const LONG: usize = 32;

/// Most tokens known at once, and most bytes of them; the oldest go first.
const MAX_TOKENS: usize = 1024;
const MAX_BYTES: usize = 512 * 1024;

/// Most places kept of one gram: tokens of one issuer begin alike.
const MAX_SITES: usize = 64;

/// A secret in one form.
struct Form {
    bytes: Zeroizing<Vec<u8>>,
    is_base64: bool,
    /// Characters right before and right behind that hold bits of the secret beside those
    /// of its neighbours.
    shared: (usize, usize),
    /// The fewest bytes in a row that are secret.
    least: usize,
    /// Bytes from one gram to the next; 0 where there is but the first.
    stride: usize,
}

/// Where a gram stands.
#[derive(Clone, Copy)]
struct Site {
    form: u32,
    at: u32,
}

/// A token that is forgotten when it is the oldest.
struct Token {
    mark: u64,
    forms: Range<u32>,
    len: usize,
}

/// A secret in base64, and how many characters before and behind it hold some of its bits.
type Encoded = (Zeroizing<Vec<u8>>, (usize, usize));

#[derive(Default)]
pub(super) struct Forms {
    all: HashMap<u32, Form>,
    next: u32,
    grams: HashMap<u64, Vec<Site>, Spread>,
    /// Whether there is a blank in any of them.
    pub(super) has_blank: bool,
    /// Secrets too short to be looked for within a text.
    short: Vec<Zeroizing<String>>,
    tokens: VecDeque<Token>,
    token_bytes: usize,
    /// Marks of what is known.
    known: HashSet<u64>,
    marker: RandomState,
}

impl Forms {
    fn mark(&self, is_token: bool, text: &str) -> u64 {
        self.marker.hash_one((is_token, text))
    }

    pub(super) fn has_token(&self, token: &str) -> bool {
        self.known.contains(&self.mark(true, token))
    }

    pub(super) fn has_secret(&self, secret: &str) -> bool {
        self.known.contains(&self.mark(false, secret))
    }

    /// Adds a secret that is never forgotten.
    pub(super) fn add_secret(&mut self, secret: &str) {
        let mark = self.mark(false, secret);
        if !secret.is_empty() && self.known.insert(mark) {
            self.add(secret, secret.chars().count() >= LONG);
        }
    }

    /// Adds a text that is covered as a whole alone: what is secret in it is added by itself.
    pub(super) fn add_whole(&mut self, text: &str) {
        let mark = self.mark(false, text);
        if !text.is_empty() && self.known.insert(mark) {
            self.add(text, false);
        }
    }

    /// Adds a token, and forgets the oldest where there are too many.
    pub(super) fn add_token(&mut self, token: &str) {
        let mark = self.mark(true, token);
        if !self.known.insert(mark) {
            return;
        }
        let first = self.next;
        self.add(token, true);
        self.token_bytes += token.len();
        self.tokens.push_back(Token {
            mark,
            forms: first..self.next,
            len: token.len(),
        });
        while self.tokens.len() > 1
            && (self.tokens.len() > MAX_TOKENS || self.token_bytes > MAX_BYTES)
        {
            let Some(oldest) = self.tokens.pop_front() else {
                break;
            };
            self.token_bytes -= oldest.len;
            self.known.remove(&oldest.mark);
            for form in oldest.forms {
                self.remove(form);
            }
        }
    }

    fn add(&mut self, secret: &str, by_parts: bool) {
        self.has_blank |= secret.contains(' ');
        if secret.chars().count() < GRAM {
            self.short.push(Zeroizing::new(secret.to_owned()));
        } else {
            let plain = Zeroizing::new(secret.as_bytes().to_vec());
            let least = if by_parts {
                plain.len().min(PART)
            } else {
                plain.len()
            };
            self.insert(Form {
                bytes: plain,
                is_base64: false,
                shared: (0, 0),
                least,
                stride: if by_parts { GRAM } else { 0 },
            });
        }
        for (bytes, shared) in encoded(secret.as_bytes()) {
            // The short ones stand for a secret that is short itself.
            if bytes.len() < GRAM {
                continue;
            }
            self.insert(Form {
                least: if by_parts {
                    bytes.len().min(PART)
                } else {
                    bytes.len()
                },
                bytes,
                is_base64: true,
                shared,
                stride: if by_parts { STRIDE } else { 0 },
            });
        }
    }

    fn insert(&mut self, form: Form) {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        for at in form.places() {
            let sites = self.grams.entry(gram(&form.bytes[at..])).or_default();
            if let (true, Ok(at)) = (sites.len() < MAX_SITES, u32::try_from(at)) {
                sites.push(Site { form: id, at });
            }
        }
        self.all.insert(id, form);
    }

    fn remove(&mut self, id: u32) {
        let Some(form) = self.all.remove(&id) else {
            return;
        };
        for at in form.places() {
            let gram = gram(&form.bytes[at..]);
            if let Some(sites) = self.grams.get_mut(&gram) {
                sites.retain(|site| site.form != id);
                if sites.is_empty() {
                    self.grams.remove(&gram);
                }
            }
        }
    }

    /// Whether all of `text`, but for blanks and quotation marks, is a short secret.
    pub(super) fn is_short_secret(&self, text: &[u8]) -> bool {
        if self.short.is_empty() {
            return false;
        }
        let trim = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
        let start = text.iter().position(|byte| !trim(byte)).unwrap_or(0);
        let end = text
            .iter()
            .rposition(|byte| !trim(byte))
            .map_or(0, |at| at + 1);
        let inner = text.get(start..end).unwrap_or_default();
        self.short.iter().any(|secret| {
            let secret = secret.as_bytes();
            [inner, text].contains(&secret) || inner.eq_ignore_ascii_case(secret)
        })
    }

    /// Whether anything secret is in `text`.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        let mut found = false;
        self.find(text, |_| found = true);
        found
    }

    /// Says where secrets stand in `text`, in order.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        if self.grams.is_empty() {
            return;
        }
        let (mut gram, mut done) = (0_u64, 0);
        for (at, byte) in text.iter().enumerate() {
            gram = gram << 8 | u64::from(NORMAL[usize::from(*byte)]);
            if at + 1 < GRAM {
                continue;
            }
            let Some(sites) = self.grams.get(&gram) else {
                continue;
            };
            let is_covered = at < done;
            let longest = sites
                .iter()
                .filter_map(|site| self.around(text, at + 1 - GRAM, *site, is_covered))
                .reduce(|one, other| one.start.min(other.start)..one.end.max(other.end));
            if let Some(range) = longest {
                done = done.max(range.end);
                found(range);
            }
        }
    }

    /// The secret around the gram at `at`, if it is the one of `site`. Where the gram is
    /// covered already, no more parts of tokens are looked for: what goes on behind it is
    /// found by another gram.
    fn around(&self, text: &[u8], at: usize, site: Site, is_covered: bool) -> Option<Range<usize>> {
        let form = self.all.get(&site.form)?;
        if is_covered && form.stride != 0 {
            return None;
        }
        let own = site.at as usize;
        let before = text[..at].iter().rev();
        let before = before.zip(form.bytes[..own].iter().rev());
        let before = before.take_while(|(a, b)| form.same(**a, **b)).count();
        let behind = text[at..].iter().zip(&form.bytes[own..]);
        let behind = behind.take_while(|(a, b)| form.same(**a, **b)).count();
        if before + behind < form.least {
            return None;
        }
        let (mut start, mut end) = (at - before, at + behind);
        if form.is_base64 {
            let (left, right) = form.shared;
            let more = text[..start].iter().rev().take(left);
            start -= more.take_while(|byte| is_base64(**byte)).count();
            let more = text[end..].iter().take(right);
            end += more.take_while(|byte| is_base64(**byte)).count();
            let more = text[end..].iter().take(2);
            end += more.take_while(|byte| **byte == b'=').count();
        }
        Some(start..end)
    }
}

impl Form {
    /// Where its grams begin.
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let last = self.bytes.len() - GRAM;
        let step = if self.stride == 0 {
            last + 1
        } else {
            self.stride
        };
        (0..=last).step_by(step)
    }

    fn same(&self, a: u8, b: u8) -> bool {
        if self.is_base64 {
            // Both alphabets (RFC 4648 §4 and §5).
            NORMAL[usize::from(a)] == NORMAL[usize::from(b)]
        } else {
            a.eq_ignore_ascii_case(&b)
        }
    }
}

/// What base64 makes of `secret` wherever it lies in the text that is encoded: three
/// forms, without the characters that hold bits of its neighbours, and how many of those
/// there are before and behind that hold bits of the secret, too.
fn encoded(secret: &[u8]) -> [Encoded; 3] {
    [(0, 0), (1, 2), (2, 3)].map(|(before, left_out)| {
        let mut text = Zeroizing::new(vec![0; before]);
        text.extend_from_slice(secret);
        let mut bytes = Zeroizing::new(STANDARD_NO_PAD.encode(&text).into_bytes());
        bytes.truncate(text.len() * 8 / 6);
        let left_out = left_out.min(bytes.len());
        bytes.drain(..left_out);
        let behind = usize::from(!(text.len() * 8).is_multiple_of(6));
        (bytes, (before.min(1), behind))
    })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Bytes as grams have them: letters small, and the alphabets of base64 as one.
const NORMAL: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0_u8;
    loop {
        table[at as usize] = match at {
            b'-' => b'+',
            b'_' => b'/',
            other => other.to_ascii_lowercase(),
        };
        if at == u8::MAX {
            break;
        }
        at += 1;
    }
    table
};

fn gram(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().take(GRAM);
    bytes.fold(0, |gram, byte| {
        gram << 8 | u64::from(NORMAL[usize::from(*byte)])
    })
}

/// Hashes grams by one multiplication, by a number that no server knows.
#[derive(Clone)]
struct Spread(u64);

impl Default for Spread {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u8) | 1)
    }
}

impl BuildHasher for Spread {
    type Hasher = Product;

    fn build_hasher(&self) -> Product {
        Product(self.0)
    }
}

struct Product(u64);

impl Hasher for Product {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, gram: u64) {
        let wide = u128::from(gram ^ self.0) * u128::from(self.0);
        #[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
        let folded = (wide >> 64) as u64 ^ wide as u64;
        self.0 = folded;
    }
}
