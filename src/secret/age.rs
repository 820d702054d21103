//! The age file format, version 1, for one passphrase: what `age -p` writes and `age -d`
//! reads (C2SP, `age.md`: "The age file encryption format", the scrypt recipient stanza).
//!
//! A header wraps a random *file key* with the passphrase and is itself authenticated by
//! that key; the payload follows in chunks, each encrypted and authenticated by itself.
//! What is not exactly as the specification has it is refused, and nothing is handed out
//! before all of it was checked. Knows nothing of files nor of what is in them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, MAX_TAG_LEN, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::model::Secret;

const VERSION: &str = "age-encryption.org/v1";
/// How the line that holds the passphrase's salt and work begins.
const STANZA: &str = "-> scrypt ";
/// How the header's last line begins; the code over the header ends with the dashes.
const FOOTER: &[u8] = b"---";
/// What stands before the salt, so that a key of age is a key for nothing else.
const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// Bytes of the passphrase's salt, of the file key, and of the payload's nonce.
const LENGTH: usize = 16;
/// Bytes of every other key, and of the code over the header.
const KEY: usize = 32;
/// Bytes of plain text in a chunk of the payload; only the last may have fewer.
const CHUNK: usize = 64 * 1024;

/// Why nothing could be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be encrypted: the system gives no random numbers")]
pub(super) struct SealError;

/// Why an encrypted file stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OpenError {
    /// The wrapped key does not open: by another passphrase, or because those few bytes
    /// were changed, which no reader can tell apart.
    #[error("does not open with this passphrase")]
    WrongPassphrase,
    /// It asks for 2 to this power rounds of scrypt, and as many KiB of memory.
    #[error("asks for more work than it should (2^{0} rounds)")]
    TooMuchWork(u8),
    /// It is not what `age -p` writes.
    #[error("is damaged: it is no file that `age` encrypted with a passphrase")]
    Damaged,
}

/// Encrypts `plain` with a passphrase that takes 2 to the power of `work` rounds of scrypt,
/// and as many KiB of memory.
pub(super) fn seal(plain: &[u8], passphrase: &Secret, work: u8) -> Result<Vec<u8>, SealError> {
    let file_key = random()?;
    let salt = random()?;
    let wrapping = wrapping_key(passphrase, &salt, work).ok_or(SealError)?;
    let mut wrapped = *file_key;
    let tag = wrapping
        .seal_in_place_separate_tag(nonce_of_a_key(), Aad::empty(), &mut wrapped)
        .map_err(|_| SealError)?;
    let body = [&wrapped[..], tag.as_ref()].concat();
    let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    let header = format!(
        "{VERSION}\n{STANZA}{} {work}\n{}\n---",
        encode(&*salt),
        encode(&body)
    );
    let code = header_key(&*file_key).ok_or(SealError)?;
    let code = hmac::sign(&code, header.as_bytes());

    let payload_nonce = random()?;
    let key = payload_key(&*file_key, &*payload_nonce).ok_or(SealError)?;
    let chunks = plain.len().div_ceil(CHUNK).max(1);
    // Reserved at once: what grows leaves copies of plain text behind.
    let mut sealed = Vec::with_capacity(200 + LENGTH + plain.len() + chunks * MAX_TAG_LEN);
    sealed.extend_from_slice(header.as_bytes());
    sealed.extend_from_slice(format!(" {}\n", encode(code.as_ref())).as_bytes());
    sealed.extend_from_slice(&*payload_nonce);
    for number in 0..chunks {
        let from = number * CHUNK;
        let to = plain.len().min(from + CHUNK);
        let start = sealed.len();
        sealed.extend_from_slice(&plain[from..to]);
        let nonce = nonce_of_chunk(number, number + 1 == chunks);
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut sealed[start..])
            .map_err(|_| SealError)?;
        sealed.extend_from_slice(tag.as_ref());
    }
    Ok(sealed)
}

/// Decrypts what [`seal`] or another program of the format wrote, doing at most 2 to the
/// power of `most_work` rounds of scrypt.
pub(super) fn open(
    sealed: &[u8],
    passphrase: &Secret,
    most_work: u8,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let header = Header::read(sealed).ok_or(OpenError::Damaged)?;
    if header.work > most_work {
        return Err(OpenError::TooMuchWork(header.work));
    }
    let wrapping = wrapping_key(passphrase, &header.salt, header.work).ok_or(OpenError::Damaged)?;
    let mut body = Zeroizing::new(header.wrapped);
    let file_key = wrapping
        .open_in_place(nonce_of_a_key(), Aad::empty(), &mut *body)
        .map_err(|_| OpenError::WrongPassphrase)?;
    let code = header_key(file_key).ok_or(OpenError::Damaged)?;
    hmac::verify(&code, header.signed, &header.code).map_err(|_| OpenError::Damaged)?;
    payload(header.payload, file_key).ok_or(OpenError::Damaged)
}

/// Decrypts what follows the header.
fn payload(payload: &[u8], file_key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, chunks) = payload.split_at_checked(LENGTH)?;
    let key = payload_key(file_key, nonce)?;
    let count = chunks.len().div_ceil(CHUNK + MAX_TAG_LEN);
    let mut plain = Zeroizing::new(Vec::with_capacity(chunks.len()));
    // Without any chunk the end was cut off: that of an empty payload is empty.
    if count == 0 {
        return None;
    }
    for (number, chunk) in chunks.chunks(CHUNK + MAX_TAG_LEN).enumerate() {
        // One way to write it: an empty chunk ends nothing but an empty payload.
        if number > 0 && chunk.len() == MAX_TAG_LEN {
            return None;
        }
        let start = plain.len();
        plain.extend_from_slice(chunk);
        let nonce = nonce_of_chunk(number, number + 1 == count);
        let opened = key.open_in_place(nonce, Aad::empty(), &mut plain[start..]);
        let end = start + opened.ok()?.len();
        plain.truncate(end);
    }
    Some(plain)
}

/// A header with one stanza, that of a passphrase.
struct Header<'a> {
    salt: [u8; LENGTH],
    /// The power of two.
    work: u8,
    /// The file key, encrypted.
    wrapped: [u8; LENGTH + MAX_TAG_LEN],
    /// What the code is over.
    signed: &'a [u8],
    code: [u8; KEY],
    /// What follows the header.
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads exactly what the specification lets a writer write.
    fn read(file: &'a [u8]) -> Option<Self> {
        let mut rest = file;
        if line(&mut rest)? != VERSION {
            return None;
        }
        let (salt, work) = line(&mut rest)?.strip_prefix(STANZA)?.split_once(' ')?;
        let wrapped = line(&mut rest)?;
        let signed = file.get(..file.len() - rest.len() + FOOTER.len())?;
        let code = line(&mut rest)?.strip_prefix("--- ")?;
        Some(Self {
            salt: decode(salt)?,
            work: power(work)?,
            wrapped: decode(wrapped)?,
            signed,
            code: decode(code)?,
            payload: rest,
        })
    }
}

/// Takes a line off, and its end.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).ok()
}

/// Base64 without padding, in the one way to write exactly so many bytes.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// A decimal number without sign or leading zero.
fn power(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

fn random() -> Result<Zeroizing<[u8; LENGTH]>, SealError> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    SystemRandom::new()
        .fill(&mut *bytes)
        .map_err(|_| SealError)?;
    Ok(bytes)
}

/// The key that a passphrase gives; none for more work than can be.
fn wrapping_key(passphrase: &Secret, salt: &[u8; LENGTH], work: u8) -> Option<LessSafeKey> {
    let params = scrypt::Params::new(work, 8, 1).ok()?;
    let salt = [SALT_LABEL, salt].concat();
    let mut key = Zeroizing::new([0; KEY]);
    scrypt::scrypt(passphrase.expose().as_bytes(), &salt, &params, &mut *key).ok()?;
    cipher(&*key)
}

fn payload_key(file_key: &[u8], nonce: &[u8]) -> Option<LessSafeKey> {
    cipher(&*derived(file_key, nonce, b"payload")?)
}

fn header_key(file_key: &[u8]) -> Option<hmac::Key> {
    let key = derived(file_key, &[], b"header")?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, &*key))
}

/// HKDF-SHA-256 (RFC 5869).
fn derived(secret: &[u8], salt: &[u8], purpose: &[u8]) -> Option<Zeroizing<[u8; KEY]>> {
    let mut key = Zeroizing::new([0; KEY]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|derived| derived.fill(&mut *key))
        .ok()?;
    Some(key)
}

fn cipher(key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key)
        .ok()
        .map(LessSafeKey::new)
}

/// All zero: what a passphrase and its salt give is used once.
fn nonce_of_a_key() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// The chunk's number in eleven bytes, and whether it is the last in one (STREAM).
fn nonce_of_chunk(number: usize, is_last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    // As 64 bits: no more chunks can be in memory.
    nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests;
