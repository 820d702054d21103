//! What is covered, what is left as it is, and that nothing slips through in between.

use proptest::prelude::*;

use super::*;
use crate::model::{Digest, Secret};

const PASSWORD: &str = "open-sesame-4711";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJpYXQiOjE3fQ.c2lnbmF0dXJl";

fn knowing(password: &str) -> Cover {
    let cover = Cover::default();
    cover.learn_credentials(&Credentials::new("ann", Secret::new(password)));
    cover.learn_token(TOKEN);
    cover
}

/// `text` in every encoding that is looked through, some of them one upon another.
fn encodings(secret: &str) -> Vec<String> {
    let base64 = |text: &str| {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
        [
            STANDARD.encode(text),
            URL_SAFE.encode(text),
            URL_SAFE_NO_PAD.encode(text),
        ]
    };
    let all = |format: fn(u8) -> String| secret.bytes().map(format).collect::<String>();
    let units = secret.encode_utf16();
    let json: Vec<String> = units.map(|unit| format!("\\u{unit:04x}")).collect();
    let json = json.concat();
    let escaped = serde_json::to_string(secret).unwrap();
    let percent = all(|byte| format!("%{byte:02X}"));
    let entities = secret.chars().map(|c| format!("&#{};", u32::from(c)));
    let entities: Vec<String> = entities.collect();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut found = vec![
        secret.to_owned(),
        escaped[1..escaped.len() - 1].replace('/', "\\/"),
        escaped[1..escaped.len() - 1].to_owned(),
        json.to_uppercase().replace("\\U", "\\u"),
        json,
        percent.replace('%', "%25"),
        percent.to_lowercase(),
        percent,
        entities.concat(),
        form,
    ];
    found.extend(base64(secret));
    found.extend(base64(&format!("ann:{secret}")));
    found.extend(base64(&format!("{{\"auth\":\"{secret}\"}}")));
    found.extend(base64(&format!("x{secret}!")));
    found
}

#[test]
fn every_form_of_a_secret_is_covered() {
    for secret in [
        PASSWORD,
        TOKEN,
        "p/ss \"wörd\" +%2",
        "correct horse battery",
    ] {
        let cover = knowing(secret);
        for form in encodings(secret) {
            let text = format!("you sent <{form}>, did you?");
            let shown = cover.show(&text, 2000);
            assert!(shown.as_str().contains(COVERED), "{form}: {shown}");
            assert!(cover.holds(&text), "{form}");
            let left = shown.as_str().replace(COVERED, "");
            assert!(left.len() < 90, "{form}: {shown}");
        }
    }
}

#[test]
fn hosts_and_schemes_written_small_are_covered_too() {
    let cover = knowing("Open-Sesame-4711");
    let url: Url = "https://Open-Sesame-4711.example/x?last=%4fpen-Sesame-4711#f"
        .parse()
        .unwrap();
    assert_eq!(
        cover.show_url(&url).as_str(),
        "https://(not shown).example/x?last=(not shown)"
    );
    assert_eq!(cover.show_path(&url).as_str(), "/x?last=(not shown)");
}

#[test]
fn parts_of_a_token_are_covered_from_sixteen_characters_on() {
    let cover = knowing(PASSWORD);
    for start in 0..TOKEN.len() - PART_OF_TOKEN {
        for len in [PART_OF_TOKEN, PART_OF_TOKEN + 5, TOKEN.len() - start] {
            let part = &TOKEN[start..TOKEN.len().min(start + len)];
            let shown = cover.show(&format!("<{part}>"), 100);
            assert_eq!(shown.as_str(), "<(not shown)>", "{part}");
        }
        let short = &TOKEN[start..start + PART_OF_TOKEN - 1];
        assert!(!cover.holds(short), "{short}");
    }
}

const PART_OF_TOKEN: usize = 16;

#[test]
fn a_short_secret_is_covered_where_it_is_everything() {
    let cover = knowing("hunter2");
    for text in [
        "hunter2",
        " hunter2\n",
        "\"hunter2\"",
        "\\u0068unter2",
        "%68unter2",
    ] {
        assert_eq!(cover.show(text, 100).as_str(), COVERED, "{text}");
    }
    assert_eq!(
        cover.show("hunter2 was here", 100).as_str(),
        "hunter2 was here"
    );
    assert!(!cover.holds("hunter2"));
    // With the user name it is long enough, and so is what Basic sends.
    for text in ["ann:hunter2", "x YW5uOmh1bnRlcjI= x", "YW5uOmh1bnRlcjI"] {
        assert!(cover.show(text, 100).as_str().contains(COVERED), "{text}");
    }
}

#[test]
fn no_secret_is_cut_before_it_is_covered() {
    let cover = knowing(PASSWORD);
    for blanks in [0, 60, 70_000] {
        let text = format!("a{}{PASSWORD}", " ".repeat(blanks));
        for max in 1..30 {
            let shown = cover.show(&text, max);
            assert!(!shown.as_str().contains("open"), "{blanks} {max}: {shown}");
        }
    }
    // Where the window ends within it, neither.
    for before in WINDOW - PASSWORD.len() + 1..WINDOW {
        let text = format!("a{}{PASSWORD}", " ".repeat(before - 1));
        assert_eq!(cover.show(&text, 50).as_str(), "a");
    }
    assert_eq!(
        cover
            .show(&format!("open-{}sesame", "x".repeat(9)), 100)
            .as_str(),
        "open-xxxxxxxxxsesame"
    );
    // What folding brings together was apart.
    let spaced = knowing("correct horse battery");
    assert_eq!(
        spaced.show("correct  horse\n battery", 100).as_str(),
        COVERED
    );
}

#[test]
fn what_is_no_secret_is_left_as_it_is() {
    let cover = knowing(PASSWORD);
    for text in [
        "",
        "library/debian",
        "application/vnd.oci.image.manifest.v1+json",
        "100 % & more \\ than \\u00zz &nosuch; %4",
        "ann",
        "sesame-4711",
    ] {
        assert_eq!(cover.show(text, 100).as_str(), text);
        assert!(!cover.holds(text), "{text}");
    }
    assert_eq!(
        cover.show(" a\n\u{1b}[2Jb ", 100).as_str(),
        "a \u{fffd}[2Jb"
    );
    assert_eq!(cover.show("abcdef", 4).as_str(), "abc…");
}

#[test]
fn the_oldest_tokens_are_forgotten_and_credentials_never() {
    let cover = knowing(PASSWORD);
    let digest = |n: usize| Digest::sha256(&n.to_be_bytes()).to_string();
    let token = |n: usize| format!("eyJhbGciOiJub25lIn0.{}", &digest(n)[7..]);
    for n in 0..3000 {
        cover.learn_token(&token(n));
    }
    assert!(cover.holds(PASSWORD));
    assert!(!cover.holds(&digest(5)[7..]), "it is forgotten");
    for n in [2000, 2500, 2999] {
        assert_eq!(cover.show(&token(n), 200).as_str(), COVERED);
    }
    // Hostile ones cost no more than others.
    cover.learn_token(&"a".repeat(60_000));
    assert_eq!(cover.show(&"a".repeat(60_000), 200).as_str(), COVERED);
}

#[test]
fn a_request_teaches_what_is_secret_of_it() {
    use reqwest::header::{AUTHORIZATION, HeaderName};
    let sensitive = |text: &str| {
        let mut value = HeaderValue::from_str(text).unwrap();
        value.set_sensitive(true);
        value
    };
    let url: Url = "https://h/".parse().unwrap();
    let form = "grant_type=refresh_token&service=registry.example&refresh_token=form%2dsecret";
    let request = Request::post_form(url.clone(), 1)
        .with_header(AUTHORIZATION, sensitive("Basic YW5uOmh1bnRlcjIy"))
        .with_header(
            HeaderName::from_static("x-key"),
            sensitive("key-of-its-own"),
        )
        .with_body(Zeroizing::new(form.to_owned()));
    let cover = Cover::default();
    cover.learn_request(&request);
    for secret in [
        "hunter22",
        "YW5uOmh1bnRlcjIy",
        "key-of-its-own",
        "form-secret",
    ] {
        assert!(cover.holds(secret), "{secret}");
    }
    assert!(!cover.holds("registry.example") && !cover.holds("refresh_token"));
    // What is no form has no fields: the cursor of a list is no secret.
    let json = r#"{"nextToken":"first=&second=cursor-of-a-list"}"#;
    let request = Request::post_json(url, 1, "application/json");
    cover.learn_request(&request.with_body(Zeroizing::new(json.to_owned())));
    assert!(!cover.holds("cursor-of-a-list\"}"));
}

proptest! {
    #[test]
    fn no_form_of_a_secret_is_left(
        secret in r"[ -~ä漢]{8,40}",
        before in r"[ -~\n%\\&ä]{0,40}",
        after in r"[ -~\n%\\&ä]{0,40}",
        max in 1_usize..300,
    ) {
        prop_assume!(secret.trim() == secret && !secret.contains("  "));
        let cover = Cover::default();
        cover.learn_credentials(&Credentials::new("ann", Secret::new(secret.as_str())));
        for form in encodings(&secret) {
            // What stands before may make something else of the first escape.
            let before = before.trim_end_matches(['\\', '%', '&', '#']);
            let text = format!("{before} <{form}> {after}");
            let shown = cover.show(&text, max);
            prop_assert!(!shown.as_str().contains(&form), "{form} in {shown}");
            prop_assert!(!shown.as_str().contains(&secret), "{secret} in {shown}");
            prop_assert!(cover.holds(&text));
        }
    }

    #[test]
    fn other_text_is_only_made_harmless_and_short(
        text in r"[a-m0-9 \n%\\&+äÄ\x1b]{0,200}",
        max in 1_usize..300,
    ) {
        // No secret of these letters can be in it.
        let cover = Cover::default();
        cover.learn_credentials(&Credentials::new("zz", Secret::new("ZYXWVUTSZYXWVUTS")));
        cover.learn_token("zyxwvuzyxwvuzyxwvuzyxwvuzyxwvuzyxwvu");
        let shown = cover.show(&text, max);
        prop_assert_eq!(shown.as_str(), text::quote(&text, max));
        prop_assert!(!cover.holds(&text));
    }
}

#[test]
fn a_whole_document_is_covered_wherever_the_secret_stands() {
    let cover = knowing(PASSWORD);
    let around = |before: usize, form: &str| {
        let text = format!("{}{form}{}", "ä ".repeat(before / 3), "z".repeat(VISIBLE));
        let covered = cover.cover_document(text.as_bytes());
        let covered = String::from_utf8(covered.unwrap_or_default()).unwrap();
        assert!(covered.contains(COVERED), "{before} {form}");
        assert!(!covered.contains(form), "{before} {form}");
        assert!(
            covered.ends_with(&"z".repeat(VISIBLE - 10)),
            "{before} {form}"
        );
    };
    // Around every border of the pieces that are looked at.
    for before in [0, VISIBLE - 5, VISIBLE, WINDOW - 5, WINDOW, 3 * WINDOW - 1] {
        around(before, PASSWORD);
        around(before, TOKEN);
    }
    for form in encodings(PASSWORD) {
        around(WINDOW - 9, &form);
    }
    for harmless in [
        &b""[..],
        b"{}",
        &[0xff, 0x00],
        "ä".repeat(WINDOW).as_bytes(),
    ] {
        assert_eq!(cover.cover_document(harmless), None);
    }
    let broken = [b"\xff".as_slice(), PASSWORD.as_bytes(), b"\xff"].concat();
    let covered = cover.cover_document(&broken).unwrap();
    assert_eq!(
        String::from_utf8(covered).unwrap(),
        "\u{fffd}(not shown)\u{fffd}"
    );
}

#[test]
fn blanks_stay_where_they_count() {
    let cover = knowing("two words and  more");
    assert_eq!(cover.show_spaced("a  b\n\tc", 80).as_str(), "a  b  c");
    for text in ["two words and  more", "two words\nand \tmore"] {
        let shown = cover.show_spaced(text, 80);
        assert_eq!(shown.as_str(), COVERED, "{text:?}");
    }
    assert_eq!(cover.show_spaced("a\u{1b}b", 2).as_str(), "a…");
}

#[test]
fn of_a_service_account_the_private_key_alone_is_secret_in_parts() {
    let file = include_str!("../../../tests/data/service_account.json");
    let file = file.replace("proj", "a-project-of-some-length");
    let cover = Cover::default();
    cover.learn_password("_json_key", &file);
    for open in [
        "a-project-of-some-length/repo/app",
        "projects/a-project-of-some-length/locations/us",
        "reader@a-project-of-some-length.iam.gserviceaccount.com",
    ] {
        assert!(!cover.holds(open), "{open}");
    }
    // As it is written in the file, as it is read, and as Basic sends either.
    let key = &file[file.find("MIIE").unwrap()..];
    let line = &key[..40];
    let two = &key[40..120];
    let sent = STANDARD.encode(format!("_json_key:{file}"));
    let at = sent.len() / 2;
    for secret in [
        line,
        two,
        &two.replace("\\n", "\n"),
        &STANDARD.encode(line),
        &sent,
        &sent[at..at + 400],
        &file,
    ] {
        assert!(cover.holds(secret), "{secret}");
    }
}
