//! The beginning of a digest, as people quote digests.

use std::fmt;
use std::str::FromStr;

use super::{Digest, text};

/// The beginning of a digest: `sha256:ab12`, or `ab12` for one of any algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestStart {
    algorithm: Option<Box<str>>,
    /// In lower case where it is hexadecimal.
    encoded: Box<str>,
    is_hexadecimal: bool,
}

impl DigestStart {
    /// Whether a digest begins so.
    pub fn begins(&self, digest: &Digest) -> bool {
        let named = self.algorithm.as_deref();
        match digest {
            Digest::Sha256(bytes) => named.is_none_or(|name| name == "sha256") && self.fits(bytes),
            Digest::Sha512(bytes) => named.is_none_or(|name| name == "sha512") && self.fits(bytes),
            Digest::Other(text) => text.split_once(':').is_some_and(|(algorithm, encoded)| {
                named.is_none_or(|name| name == algorithm) && encoded.starts_with(&*self.encoded)
            }),
        }
    }

    /// Whether bytes begin with these hexadecimal digits.
    fn fits(&self, bytes: &[u8]) -> bool {
        let digits = self.encoded.as_bytes();
        self.is_hexadecimal
            && digits.len() <= bytes.len() * 2
            && digits.iter().enumerate().all(|(n, digit)| {
                let shift = if n % 2 == 0 { 4 } else { 0 };
                nibble(*digit) == Some(bytes[n / 2] >> shift & 15)
            })
    }

    /// How many characters of the encoded part are known.
    pub fn length(&self) -> usize {
        self.encoded.len()
    }

    /// Between which values the first `N` bytes of [`Digest::start`] lie, both included, of
    /// every digest that begins so.
    pub fn ranges<const N: usize>(&self) -> Vec<([u8; N], [u8; N])> {
        let mut ranges = Vec::new();
        let is_sha = |name: &str| name == "sha256" || name == "sha512";
        let named = self.algorithm.as_deref();
        if self.is_hexadecimal && named.is_none_or(is_sha) {
            let (mut low, mut high) = ([0; N], [0xFF; N]);
            for (n, digit) in self.encoded.bytes().enumerate().take(2 * N) {
                let (shift, other) = if n % 2 == 0 { (4, 0x0F) } else { (0, 0xF0) };
                let value = nibble(digit).unwrap_or_default() << shift;
                low[n / 2] = low[n / 2] & other | value;
                high[n / 2] = high[n / 2] & other | value;
            }
            ranges.push((low, high));
        }
        if !named.is_some_and(is_sha) {
            let (mut low, mut high) = ([0; N], [0xFF; N]);
            for (n, byte) in self.encoded.bytes().enumerate().take(N) {
                low[n] = byte;
                high[n] = byte;
            }
            ranges.push((low, high));
        }
        ranges
    }
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

impl fmt::Display for DigestStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(algorithm) = &self.algorithm {
            write!(f, "{algorithm}:")?;
        }
        f.write_str(&self.encoded)
    }
}

impl FromStr for DigestStart {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            Err(format!(
                "`{}` is no beginning of a digest: {why}",
                text::quote(typed, 80)
            ))
        };
        let (algorithm, encoded) = match typed.split_once(':') {
            Some((algorithm, encoded)) => (Some(algorithm), encoded),
            None => (None, typed),
        };
        let is_hexadecimal = encoded.bytes().all(|byte| byte.is_ascii_hexdigit());
        let longest = match algorithm {
            Some("sha256") => 64,
            None | Some("sha512") => 128,
            Some(algorithm) => {
                // Whether there can be such a digest at all.
                if format!("{algorithm}:{encoded}0").parse::<Digest>().is_err() {
                    return wrong("it is not of the form `algorithm:encoded`");
                }
                256
            }
        };
        let is_sha = matches!(algorithm, None | Some("sha256" | "sha512"));
        if encoded.is_empty() {
            return wrong("write `sha256:` and some of its digits, or these alone");
        }
        if is_sha && !is_hexadecimal {
            return wrong("its digits are `0` to `9` and `a` to `f`");
        }
        if encoded.len() > longest {
            return wrong("it is longer than a digest");
        }
        Ok(Self {
            algorithm: algorithm.map(Into::into),
            encoded: if is_sha {
                encoded.to_ascii_lowercase().into()
            } else {
                encoded.into()
            },
            is_hexadecimal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &str) -> DigestStart {
        text.parse().unwrap()
    }

    #[test]
    fn a_digest_is_found_by_every_beginning_of_it() {
        let other = "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8";
        for digest in [
            Digest::sha256(b"a"),
            Digest::compute(super::super::Algorithm::Sha512, b"a"),
            other.parse().unwrap(),
        ] {
            let text = digest.to_string();
            let (algorithm, encoded) = text.split_once(':').unwrap();
            for length in 1..=encoded.len() {
                let named = start(&format!("{algorithm}:{}", &encoded[..length]));
                assert!(named.begins(&digest), "{named}");
                let starts = digest.start();
                let head: [u8; 6] = starts[..6].try_into().unwrap();
                let in_range = |start: &DigestStart| {
                    let ranges = start.ranges::<6>();
                    ranges
                        .iter()
                        .any(|(low, high)| *low <= head && head <= *high)
                };
                assert!(in_range(&named), "{named}");
                if algorithm.starts_with("sha") {
                    let bare = start(&encoded[..length].to_uppercase());
                    assert!(bare.begins(&digest) && in_range(&bare), "{bare}");
                }
            }
        }
        let digest = Digest::sha256(b"a");
        assert!(!start("sha512:ca97").begins(&digest));
        assert!(start("ca97").begins(&digest) && !start("ca98").begins(&digest));
        let (low, high) = start("ca9").ranges::<2>()[0];
        assert_eq!((low, high), ([0xCA, 0x90], [0xCA, 0x9F]));
    }

    #[test]
    fn what_can_begin_no_digest_is_refused_with_what_would_be_right() {
        for (text, why) in [
            ("", "write `sha256:`"),
            ("sha256:", "write `sha256:`"),
            ("latest", "`0` to `9`"),
            ("sha256:xyz", "`0` to `9`"),
            (&"a".repeat(129), "longer"),
            (&format!("sha256:{}", "a".repeat(65)), "longer"),
            ("SHA:zz", "algorithm:encoded"),
        ] {
            let error = text.parse::<DigestStart>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
