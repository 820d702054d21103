//! The format from both ends, files of others, and files that are nearly right.

use proptest::prelude::*;

use super::*;

/// Quick to open; what a passphrase is worth is not tested here.
const WORK: u8 = 1;

fn secret() -> Secret {
    Secret::new("open sesame")
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    seal(plain, &secret(), WORK).unwrap()
}

fn opened(file: &[u8]) -> Result<Vec<u8>, OpenError> {
    open(file, &secret(), WORK + 2).map(|plain| plain.to_vec())
}

/// Written by supercargo when it used the library `age`, version 0.12.
#[test]
fn a_file_of_the_library_that_was_used_before_opens() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/secrets.age");
    let file = std::fs::read(path).unwrap();
    let plain = open(&file, &secret(), 17).unwrap();
    assert_eq!(
        std::str::from_utf8(&plain).unwrap(),
        r#"{"ann@https://harbor.example":"hunter2-harbor","ann@https://hub.example":"hunter2-hub"}"#
    );
    assert_eq!(
        open(&file, &Secret::new("open sesam"), 17).unwrap_err(),
        OpenError::WrongPassphrase
    );
}

#[test]
fn what_ends_at_a_chunk_or_beside_it_comes_back() {
    let many = 2 * CHUNK + 1;
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, many - 1, many] {
        let plain: Vec<u8> = (0..=250).cycle().take(length).collect();
        let file = sealed(&plain);
        assert!(opened(&file).unwrap() == plain, "{length}");
        // Neither key nor nonce is used twice.
        assert_ne!(file, sealed(&plain), "{length}");
    }
}

#[test]
fn more_work_than_is_wanted_is_not_begun() {
    let file = seal(b"text", &secret(), 4).unwrap();
    let error = open(&file, &secret(), 3).unwrap_err();
    assert_eq!(error, OpenError::TooMuchWork(4));
    assert!(open(&file, &secret(), 4).is_ok());
    // A number that no machine could do is no reason to try.
    let text = String::from_utf8_lossy(&file[..60]).replace(" 4\n", " 255\n");
    let huge = [text.as_bytes(), &file[60..]].concat();
    assert_eq!(
        open(&huge, &secret(), 20).unwrap_err(),
        OpenError::TooMuchWork(255)
    );
}

/// Where the line begins that starts with `start`.
fn at(file: &[u8], start: &[u8]) -> usize {
    let found = file.windows(start.len()).position(|part| part == start);
    found.unwrap()
}

#[test]
fn every_flipped_bit_is_found() {
    let file = sealed(b"user and password");
    let footer = at(&file, b"---");
    let stanza = at(&file, b"-> ");
    for byte in 0..file.len() {
        for bit in 0..8 {
            let mut other = file.clone();
            other[byte] ^= 1 << bit;
            let error = opened(&other).unwrap_err();
            // What the passphrase goes into cannot be told from another passphrase.
            if byte < stanza || byte >= footer {
                assert_eq!(error, OpenError::Damaged, "bit {bit} of byte {byte}");
            }
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_found() {
    let file = sealed(&vec![7; CHUNK + 100]);
    let header = at(&file, b"---") + 60;
    let ends = (0..header).chain([file.len() - 117, file.len() - 116, file.len() - 1]);
    for end in ends {
        assert_eq!(opened(&file[..end]), Err(OpenError::Damaged), "{end}");
    }
    let longer = [&file[..], b"x"].concat();
    assert_eq!(opened(&longer), Err(OpenError::Damaged));
    let turned: Vec<u8> = file.iter().rev().copied().collect();
    assert_eq!(opened(&turned), Err(OpenError::Damaged));
}

/// Plain text, and whether it is the last.
type Chunk<'a> = (&'a [u8], bool);

const FILE_KEY: [u8; LENGTH] = *b"a key of a file.";

/// A file whose header `edit` changed before its code was computed: nothing is wrong with
/// it but what was changed.
fn written(edit: impl Fn(String) -> String, chunks: &[Chunk]) -> Vec<u8> {
    let salt = *b"salt of the test";
    let mut body = FILE_KEY.to_vec();
    wrapping_key(&secret(), &salt, WORK)
        .unwrap()
        .seal_in_place_append_tag(nonce_of_a_key(), Aad::empty(), &mut body)
        .unwrap();
    let header = edit(format!(
        "{VERSION}\n{STANZA}{} {WORK}\n{}\n---",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(body)
    ));
    let code = hmac::sign(&header_key(&FILE_KEY).unwrap(), header.as_bytes());
    let code = STANDARD_NO_PAD.encode(code.as_ref());
    let nonce = [9; LENGTH];
    let mut file = format!("{header} {code}\n").into_bytes();
    file.extend_from_slice(&nonce);
    for (number, (plain, is_last)) in chunks.iter().enumerate() {
        let mut chunk = plain.to_vec();
        payload_key(&FILE_KEY, &nonce)
            .unwrap()
            .seal_in_place_append_tag(nonce_of_chunk(number, *is_last), Aad::empty(), &mut chunk)
            .unwrap();
        file.extend_from_slice(&chunk);
    }
    file
}

/// The cases of the age project's own test files that concern a passphrase.
#[test]
fn a_header_is_written_in_one_way() {
    let text: &[Chunk] = &[(b"text", true)];
    assert_eq!(opened(&written(|header| header, text)).unwrap(), b"text");
    let salt = STANDARD_NO_PAD.encode(b"salt of the test");
    let other = STANDARD_NO_PAD.encode([3; 15]);
    let longer = STANDARD_NO_PAD.encode([3; 17]);
    let stanza = |header: &str| -> String { header.lines().nth(1).unwrap().into() };
    let body = |header: &str| -> String { header.lines().nth(2).unwrap().into() };
    let replaced = |from: &str, to: &str| written(|header| header.replacen(from, to, 1), text);
    let cases = [
        ("another version", replaced("/v1\n", "/v2\n")),
        ("a line end of two bytes", replaced("\n-> ", "\r\n-> ")),
        ("another stanza", replaced("scrypt", "X25519")),
        ("capitals", replaced("scrypt", "SCRYPT")),
        ("no arguments", replaced(&format!(" {salt} 1"), "")),
        ("no salt", replaced(&format!(" {salt}"), "")),
        ("a short salt", replaced(&salt, &other)),
        ("a long salt", replaced(&salt, &longer)),
        ("a salt with padding", replaced(&salt, &format!("{salt}=="))),
        // The same bytes, and bits that no byte has.
        (
            "a salt of loose bits",
            replaced(&format!("{} ", &salt[..22]), &format!("{}R ", &salt[..21])),
        ),
        ("no work", replaced(" 1\n", "\n")),
        ("work zero", replaced(" 1\n", " 0\n")),
        ("work with a zero before", replaced(" 1\n", " 01\n")),
        ("work with a sign", replaced(" 1\n", " +1\n")),
        ("work below zero", replaced(" 1\n", " -1\n")),
        ("work in hexadecimal", replaced(" 1\n", " 0x1\n")),
        ("work and more", replaced(" 1\n", " 1a\n")),
        (
            "work of 20 digits",
            replaced(" 1\n", " 18446744073709551617\n"),
        ),
        ("one argument more", replaced(" 1\n", " 1 2\n")),
        ("two spaces", replaced("scrypt ", "scrypt  ")),
        (
            "two passphrases",
            written(
                |header| {
                    let twice = format!("{}\n{}\n", stanza(&header), body(&header));
                    header.replacen("-> ", &format!("{twice}-> "), 1)
                },
                text,
            ),
        ),
        (
            "a stanza of another kind after it",
            written(
                |header| header.replacen("\n---", "\n-> grease\n\n---", 1),
                text,
            ),
        ),
        (
            "a body with padding",
            written(
                |header| {
                    let body = body(&header);
                    header.replacen(&body, &format!("{body}="), 1)
                },
                text,
            ),
        ),
        (
            "a body in two lines",
            written(
                |header| {
                    let body = body(&header);
                    header.replacen(&body, &format!("{}\n{}", &body[..20], &body[20..]), 1)
                },
                text,
            ),
        ),
        (
            "no body",
            written(|header| header.replacen(&body(&header), "", 1), text),
        ),
        ("a space before the code", replaced("\n---", "\n--- ")),
        ("no dashes", replaced("\n---", "\n--")),
    ];
    for (what, file) in cases {
        assert_eq!(opened(&file), Err(OpenError::Damaged), "{what}");
    }
    // Only the code over the header knows that the work was 1 when it was written.
    assert_eq!(
        opened(&replaced(" 1\n", " 2\n")),
        Err(OpenError::WrongPassphrase)
    );
    let file = written(|header| header, text);
    let end = at(&file, b"---") + 4 + 43;
    for (what, more) in [
        ("a space", &b" "[..]),
        ("padding", b"="),
        ("a line end", b"\r"),
    ] {
        let file = [&file[..end], more, &file[end..]].concat();
        assert_eq!(
            opened(&file),
            Err(OpenError::Damaged),
            "{what} after the code"
        );
    }
}

#[test]
fn a_payload_is_written_in_one_way() {
    let full = &*vec![5; CHUNK];
    let chunks = |chunks: &[Chunk]| opened(&written(|header| header, chunks));
    assert_eq!(chunks(&[(b"", true)]).unwrap(), b"");
    assert_eq!(chunks(&[(full, true)]).unwrap(), full);
    assert_eq!(
        chunks(&[(full, false), (b"x", true)]).unwrap()[CHUNK..],
        *b"x"
    );
    let cases: &[(&str, &[Chunk])] = &[
        ("no chunk", &[]),
        ("no last chunk", &[(b"x", false)]),
        ("no last chunk after a full one", &[(full, false)]),
        (
            "a full last chunk and an empty one",
            &[(full, false), (b"", true)],
        ),
        ("two last chunks", &[(full, true), (b"x", true)]),
        (
            "a short chunk in the middle",
            &[(b"x", false), (b"y", true)],
        ),
    ];
    for (what, file) in cases {
        assert_eq!(chunks(file), Err(OpenError::Damaged), "{what}");
    }
    let file = written(|header| header, &[(b"x", true)]);
    let nonce = file.len() - 17 - LENGTH;
    for end in nonce..file.len() {
        assert_eq!(opened(&file[..end]), Err(OpenError::Damaged), "{end}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(plain in ".{0,300}", passphrase in ".{0,40}") {
        let passphrase = Secret::new(passphrase);
        let file = seal(plain.as_bytes(), &passphrase, WORK).unwrap();
        prop_assert_eq!(&**open(&file, &passphrase, WORK).unwrap(), plain.as_bytes());
        let other = Secret::new(format!("{}x", passphrase.expose()));
        prop_assert_eq!(
            open(&file, &other, WORK).unwrap_err(),
            OpenError::WrongPassphrase
        );
    }

    #[test]
    fn any_changed_byte_is_refused(
        plain in proptest::collection::vec(any::<u8>(), 0..300),
        place in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let mut file = sealed(&plain);
        let place = place.index(file.len());
        file[place] ^= change;
        prop_assert!(opened(&file).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(opened(&bytes), Err(OpenError::Damaged));
        let begun = [b"age-encryption.org/v1\n-> scrypt ", &bytes[..]].concat();
        prop_assert!(opened(&begun).is_err());
    }
}
