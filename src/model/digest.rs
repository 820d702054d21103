//! Content digests: `algorithm ":" encoded` (OCI image-spec, descriptor.md, "Digests").

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256, Sha512};

/// A content digest. Registered algorithms are held as bytes, others as they were written.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// SHA-256, the algorithm every registry speaks.
    Sha256([u8; 32]),
    /// SHA-512.
    Sha512([u8; 64]),
    /// An algorithm this program cannot compute, `algorithm:encoded`.
    Other(Box<str>),
}

/// A digest algorithm that can be computed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// Why a text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no digest: {why}")]
pub struct DigestError {
    text: String,
    why: &'static str,
}

/// Hexadecimal digits, as digests have them.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Longest digest text accepted, in bytes.
const MAX_LEN: usize = 256;

impl Digest {
    /// The SHA-256 digest of `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self::Sha256(Sha256::digest(bytes).into())
    }

    /// The digest of `bytes` by `algorithm`.
    pub fn compute(algorithm: Algorithm, bytes: &[u8]) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::sha256(bytes),
            Algorithm::Sha512 => Self::Sha512(Sha512::digest(bytes).into()),
        }
    }

    /// The algorithm, where this program can compute it.
    pub fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Sha256(_) => Some(Algorithm::Sha256),
            Self::Sha512(_) => Some(Algorithm::Sha512),
            Self::Other(_) => None,
        }
    }

    /// Whether `bytes` have this digest; `None` where the algorithm is unknown here.
    pub fn matches(&self, bytes: &[u8]) -> Option<bool> {
        self.algorithm()
            .map(|algorithm| Self::compute(algorithm, bytes) == *self)
    }

    /// The first twelve characters of the encoded part, as people quote digests.
    pub fn short(&self) -> String {
        let text = self.to_string();
        let encoded = text.split_once(':').map_or(text.as_str(), |(_, e)| e);
        encoded.chars().take(12).collect()
    }

    /// What it begins with: its bytes, or its text behind the algorithm's name where that
    /// is unknown here.
    pub fn start(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
            Self::Other(text) => {
                let encoded = text.split_once(':').map_or(&**text, |(_, encoded)| encoded);
                encoded.as_bytes()
            }
        }
    }

    /// The compact form kept in keys: one byte of algorithm, then the digest.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (code, payload): (u8, &[u8]) = match self {
            Self::Sha256(bytes) => (1, bytes),
            Self::Sha512(bytes) => (2, bytes),
            Self::Other(text) => (0, text.as_bytes()),
        };
        let mut out = Vec::with_capacity(1 + payload.len());
        out.push(code);
        out.extend_from_slice(payload);
        out
    }

    /// The inverse of [`Digest::to_bytes`]; `None` for bytes it never produced.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (code, payload) = bytes.split_first()?;
        match code {
            1 => payload.try_into().ok().map(Self::Sha256),
            2 => payload.try_into().ok().map(Self::Sha512),
            0 => std::str::from_utf8(payload).ok()?.parse().ok(),
            _ => None,
        }
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let fail = |why| DigestError {
            text: super::text::shorten(&super::text::harmless(text), 80).into_owned(),
            why,
        };
        if text.len() > MAX_LEN {
            return Err(fail("it is too long"));
        }
        let (algorithm, encoded) = text
            .split_once(':')
            .ok_or_else(|| fail("it has no `algorithm:` in front"))?;
        match algorithm {
            "sha256" => decode_hex(encoded)
                .map(Self::Sha256)
                .ok_or_else(|| fail("sha256 takes 64 lower-case hexadecimal digits")),
            "sha512" => decode_hex(encoded)
                .map(Self::Sha512)
                .ok_or_else(|| fail("sha512 takes 128 lower-case hexadecimal digits")),
            _ => {
                let named = algorithm.split(['+', '.', '_', '-']).all(|part| {
                    !part.is_empty()
                        && part
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                });
                let encoded_ok = !encoded.is_empty()
                    && encoded
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"=_-".contains(&b));
                if named && encoded_ok {
                    Ok(Self::Other(text.into()))
                } else {
                    Err(fail("it is not of the form `algorithm:encoded`"))
                }
            }
        }
    }
}

fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(out)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes): (&str, &[u8]) = match self {
            Self::Sha256(bytes) => ("sha256", bytes),
            Self::Sha512(bytes) => ("sha512", bytes),
            Self::Other(text) => return f.write_str(text),
        };
        // On the stack and in one piece: an export writes millions of these.
        let mut text = [0; 128];
        for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(name)?;
        f.write_str(":")?;
        f.write_str(std::str::from_utf8(&text[..2 * bytes.len()]).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As its compact form, which is what the inventory keeps.
/// As text where a person may read it, as bytes where room counts.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return to.collect_str(self);
        }
        to.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            return text.parse().map_err(serde::de::Error::custom);
        }
        let bytes = <&[u8]>::deserialize(from)?;
        Self::from_bytes(bytes).ok_or_else(|| serde::de::Error::custom("these bytes are no digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn text_and_bytes_round_trip() {
        for text in [
            EMPTY.to_owned(),
            format!("sha512:{}", "0f".repeat(64)),
            "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8".to_owned(),
        ] {
            let digest: Digest = text.parse().unwrap();
            assert_eq!(digest.to_string(), text);
            let json = serde_json::to_string(&digest).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
            assert_eq!(Digest::from_bytes(&digest.to_bytes()), Some(digest));
        }
    }

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        assert_eq!(Digest::sha256(b"").to_string(), EMPTY);
        let digest: Digest = EMPTY.parse().unwrap();
        assert_eq!(digest.matches(b""), Some(true));
        assert_eq!(digest.matches(b"x"), Some(false));
        assert_eq!(digest.short(), "e3b0c44298fc");
    }

    #[test]
    fn odd_digests_are_refused_with_a_reason() {
        let upper = EMPTY.to_uppercase().replace("SHA256", "sha256");
        for (text, why) in [
            ("latest", "no `algorithm:`"),
            ("sha256:abc", "64 lower-case"),
            (upper.as_str(), "64 lower-case"),
            ("sha512:00", "128 lower-case"),
            ("we ird:00", "not of the form"),
            ("blake3:", "not of the form"),
        ] {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
