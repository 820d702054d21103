//! How an image in full is shown to people and to programs.

use super::sections::{LINES, WIDTH, wrapped};
use super::*;
use crate::model::{
    BuildStep, Child, ConfigurationFacts, Digest, LayerFacts, MediaType, Place, ReadFrom, Referrer,
};

fn image() -> Inspected {
    let at = |second| Timestamp::from_second(second).ok();
    let digest = |text: &str| Digest::sha256(text.as_bytes());
    let child = |text: &str, platform: Option<&str>, size| Child {
        digest: digest(text),
        platform: platform.map(|platform| platform.parse().unwrap()),
        accessory: platform.is_none(),
        is_index: false,
        size,
    };
    Inspected {
        registry: "hub".parse().unwrap(),
        repository: "team/app".parse().unwrap(),
        tag: Some("1.0".parse().unwrap()),
        digest: digest("image"),
        index: Some(digest("index")),
        kind: crate::model::Kind::Image,
        media_type: MediaType::OciManifest,
        artifact_type: None,
        subject: None,
        size: Some(123_456_789),
        from: ReadFrom::Cache,
        manifest: Some(Json::Map(vec![
            ("schemaVersion".to_owned(), Json::Unsigned(2)),
            (
                "annotations".to_owned(),
                Json::Map(vec![(
                    "org.opencontainers.image.version".to_owned(),
                    Json::Text("1.0".to_owned()),
                )]),
            ),
        ])),
        children: vec![
            child("a", Some("linux/amd64"), Some(5_000_000)),
            child("b", None, None),
        ],
        layers: vec![LayerFacts {
            digest: digest("layer"),
            size: 123_000_000,
            media_type: Some("x\u{1b}".to_owned()),
        }],
        configuration: Some(ConfigurationFacts {
            created: at(1_750_000_000),
            os: Some("linux".to_owned()),
            architecture: Some("arm64".to_owned()),
            variant: Some("v8".to_owned()),
            user: Some("10:20".to_owned()),
            env: vec!["PATH=/bin".to_owned(), format!("LONG={}", "x".repeat(600))],
            entrypoint: vec!["/bin/sh".to_owned(), "-c".to_owned()],
            cmd: vec!["run \u{202e} me".to_owned()],
            labels: vec![("title".to_owned(), "words ".repeat(30))],
            exposed_ports: vec!["80/tcp".to_owned()],
            ..ConfigurationFacts::default()
        }),
        history: vec![
            BuildStep {
                created: at(1_740_000_000),
                created_by: Some("/bin/sh -c #(nop)  ADD x /".to_owned()),
                comment: Some("base".to_owned()),
                empty_layer: false,
            },
            BuildStep {
                empty_layer: true,
                ..BuildStep::default()
            },
        ],
        referrers: Some(vec![Referrer {
            digest: digest("sbom"),
            artifact_type: Some("application/spdx+json".to_owned()),
            size: Some(700),
        }]),
        places: vec![
            Place {
                registry: "hub".parse().unwrap(),
                repository: "team/app".parse().unwrap(),
                digest: digest("image"),
                tags: vec!["1.0".parse().unwrap(), "stable".parse().unwrap()],
                is_child: false,
            },
            Place {
                registry: "hub".parse().unwrap(),
                repository: "team/app".parse().unwrap(),
                digest: digest("index"),
                tags: vec!["latest".parse().unwrap()],
                is_child: true,
            },
        ],
        known: None,
    }
}

#[test]
fn people_read_it_in_eighty_columns() {
    let image = image();
    let shown = InspectObject::new(&image).sections();
    assert!(shown.lines().all(|line| line.chars().count() <= WIDTH));
    insta::assert_snapshot!("an_image_in_full", shown);
}

#[test]
fn programs_read_the_shape_that_was_promised() {
    let image = Inspected {
        referrers: None,
        configuration: None,
        ..image()
    };
    let object = serde_json::to_value(InspectObject::new(&image)).unwrap();
    for field in [
        "registry",
        "repository",
        "tag",
        "digest",
        "media_type",
        "artifact_type",
        "size",
        "from",
        "manifest",
        "children",
        "layers",
        "configuration",
        "history",
        "referrers",
        "places",
        "first_seen",
        "last_seen",
        "stale_since",
    ] {
        assert!(object.get(field).is_some(), "{field}");
    }
    assert_eq!(object["from"], "cache");
    assert_eq!(object["manifest"]["schemaVersion"], 2);
    assert_eq!(object["children"][1]["accessory"], true);
    assert_eq!(object["places"][1]["as"], "child");
    assert!(object["referrers"].is_null() && object["configuration"].is_null());
    assert!(!object.to_string().contains("\\u001b"), "{object}");
}

#[test]
fn long_values_are_broken_and_cut() {
    assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
    assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
    assert_eq!(wrapped("", 4), [""]);
    assert_eq!(wrapped("漢字漢", 4), ["漢字", "漢"]);
    let cut = wrapped(&"x".repeat(100), 4);
    assert_eq!(cut.len(), LINES);
    assert_eq!(cut.last().map(String::as_str), Some("xxx…"));
}

#[test]
fn what_the_registrys_listing_tells_is_said_to_people_and_programs() {
    use crate::model::{ImageFacts, ImageRow, RegistryId, Vulnerabilities};
    let silent = InspectObject::new(&image()).sections();
    let mut image = image();
    let now = Timestamp::from_second(1_750_000_000).unwrap();
    image.known = Some(ImageRow {
        registry: RegistryId(1),
        repository: image.repository.clone(),
        digest: image.digest.clone(),
        image: crate::model::Image::new(image.kind, image.media_type.clone()),
        tags: Vec::new(),
        platforms: Vec::new(),
        facts: ImageFacts {
            pushed: Some(now),
            pulled: Some(now),
            pulls: Some(17),
            immutable: vec!["stable".parse().unwrap()],
            locked: Some(true),
            vulnerabilities: Some(Vulnerabilities {
                high: 3,
                ..Vulnerabilities::default()
            }),
            expires: Some(now),
        },
        first_seen: now,
        last_seen: now,
        moved: None,
        stale_since: None,
        decisions: crate::model::Decisions::default(),
        beneath: false,
    });
    let object = InspectObject::new(&image);
    let shown = object.sections();
    for (label, says) in [
        ("pushed", "2025-06-15"),
        ("pulled", "2025-06-15"),
        ("pulls", "17"),
        ("immutable", "stable"),
        ("locked", "nobody delete it"),
        ("vulnerable", "3 high"),
        ("expires", "2025-06-15"),
    ] {
        let line = |text: &str| {
            let mut lines = text.lines().map(str::trim);
            lines.any(|line| line.starts_with(label) && line.contains(says))
        };
        assert!(line(&shown) && !line(&silent), "{label}: {shown}");
    }
    let value = serde_json::to_value(&object).unwrap();
    assert_eq!(value["pulls"], 17);
    assert_eq!(value["immutable"], serde_json::json!(["stable"]));
    assert_eq!(value["locked"], true);
    assert_eq!(value["vulnerabilities"]["high"], 3);
    let unknown = serde_json::to_value(InspectObject::new(&self::image())).unwrap();
    for field in ["pulls", "immutable", "locked", "vulnerabilities"] {
        assert!(unknown[field].is_null(), "{field}");
    }
}
