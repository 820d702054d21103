//! Images that no tag names, kept because the registry's own listing has them: from the
//! finding to what the program prints.

use serde_json::{Value, json};
use supercargo::model::{
    Blobs, Child, Digest, Finding, Image, ImageFacts, Kind, Level, MediaType, Platform, Timestamp,
};
use supercargo::store::{Access, Store};

use crate::support::program::Program;

fn digest(n: u8) -> Digest {
    Digest::sha256(&[n])
}

fn found(repository: &str, n: u8, children: &[u8]) -> Finding {
    let mut image = if children.is_empty() {
        Image::new(Kind::Image, MediaType::OciManifest)
    } else {
        Image::new(Kind::Index, MediaType::OciIndex)
    };
    image.level = Level::Whole;
    for child in children {
        image.children.push(Child {
            digest: digest(*child),
            platform: Platform::new("linux", "arm64", None),
            accessory: false,
            is_index: false,
            size: None,
        });
    }
    Finding::Image {
        repository: repository.parse().unwrap(),
        digest: digest(n),
        image: Box::new(image),
        blobs: Blobs::default(),
    }
}

fn tag(repository: &str, tag: &str, n: u8) -> Finding {
    Finding::Tag {
        repository: repository.parse().unwrap(),
        tag: tag.parse().unwrap(),
        digest: digest(n),
    }
}

fn listed(repository: &str, tags: &[&str], images: &[u8]) -> Finding {
    Finding::Listed {
        repository: repository.parse().unwrap(),
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        images: Some(images.iter().map(|n| digest(*n)).collect()),
    }
}

/// A program whose registry `hub` was crawled, each time with these findings.
fn crawled(crawls: &[&[Finding]]) -> Program {
    let program = Program::new();
    program.done(&["registry", "add", "hub", "https://hub.example"]);
    let store = Store::open(&program.state(), Access::ReadWrite).unwrap();
    let id = store.registry("hub").unwrap().id;
    for (at, findings) in crawls.iter().enumerate() {
        let at = Timestamp::from_second(i64::try_from(at).unwrap() * 3600).unwrap();
        let mut crawl = store.begin_crawl(id, &"hub".parse().unwrap(), at).unwrap();
        crawl.write(findings).unwrap();
    }
    program
}

fn untagged(program: &Program) -> Vec<(Value, Value)> {
    let lines = program.done(&["images", "--untagged"]).lines();
    let place = |line: &Value| (line["repository"].clone(), line["digest"].clone());
    lines.iter().map(place).collect()
}

fn at(repository: &str, n: u8) -> (Value, Value) {
    (json!(repository), json!(digest(n).to_string()))
}

#[test]
fn an_untagged_image_is_shown_and_told_as_long_as_the_registry_lists_it() {
    let facts = ImageFacts {
        pulls: Some(17),
        locked: Some(true),
        ..ImageFacts::default()
    };
    let told = Finding::Facts {
        repository: "a".parse().unwrap(),
        digest: digest(2),
        facts: Box::new(facts),
    };
    let first = [
        found("a", 1, &[]),
        tag("a", "x", 1),
        listed("a", &["x"], &[1]),
    ];
    let second = [found("a", 2, &[]), told, listed("a", &["x"], &[1, 2])];
    let third = [listed("a", &["x"], &[1])];

    let program = crawled(&[&first, &second]);
    assert_eq!(untagged(&program), [at("a", 2)]);
    let line = program.done(&["images", "--untagged"]).lines().remove(0);
    assert_eq!(
        (&line["pulls"], &line["locked"]),
        (&json!(17), &json!(true))
    );
    assert_eq!(line["tags"], json!([]));

    let program = crawled(&[&first, &second, &third]);
    assert!(untagged(&program).is_empty());
    let changes = program.done(&["changes", "hub"]).lines();
    let images: Vec<(&Value, &Value)> = changes
        .iter()
        .filter(|line| line["subject"] == "image")
        .map(|line| (&line["crawl"], &line["change"]))
        .collect();
    let expected = [(&json!(2), &json!("appeared")), (&json!(3), &json!("gone"))];
    assert_eq!(images, expected);
}

/// What an index lists belongs to that, also where the registry lists it by itself: else it
/// would be offered for deletion.
#[test]
fn what_an_index_lists_is_not_untagged() {
    let first = [
        found("a", 3, &[4]),
        tag("a", "1", 3),
        found("a", 4, &[]),
        found("a", 5, &[]),
        listed("a", &["1"], &[3, 4, 5]),
        // In another repository the same image belongs to nothing.
        found("b", 4, &[]),
        listed("b", &[], &[4]),
    ];
    let program = crawled(&[&first]);
    assert_eq!(untagged(&program), [at("a", 5), at("b", 4)]);
    let deleted = program.done(&["decide", "delete", "hub", "--untagged"]);
    assert!(deleted.stderr.contains("2 images"), "{deleted:#?}");
    // The index goes, and what it listed is there by itself.
    let gone = Finding::Gone {
        repository: "a".parse().unwrap(),
        tags: vec!["1".parse().unwrap()],
    };
    let program = crawled(&[&first, &[listed("a", &[], &[4]), gone]]);
    assert_eq!(untagged(&program), [at("a", 4), at("b", 4)]);
}
