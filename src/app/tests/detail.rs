//! The page of one image: its tabs, what they read, and when.

use super::*;
use crate::app::overlay::{Detail, DetailTab};
use crate::app::{Inspection, Work};
use crate::model::{
    BuildStep, Change, ConfigurationFacts, Digest, ImageReference, Inspected, Json, LayerFacts,
    Place, ReadFrom, Referrer, What,
};

fn detail(bench: &Bench) -> &Detail {
    match top(bench) {
        Some(Overlay::Detail(detail)) => detail,
        other => panic!("{other:?}"),
    }
}

fn shown(bench: &Bench) -> String {
    let document = detail(bench).document(&bench.app.state.world.clock, 100);
    let lines = document.lines.iter();
    let lines: Vec<String> = lines
        .map(|line| format!("{}{}", line.label, line.text))
        .collect();
    lines.join("\n")
}

/// The page of an index of three platforms.
fn of_index() -> Bench {
    let mut bench = at_nexus();
    bench.press("l/team/api<enter>l/1.10<enter><enter>");
    bench
}

/// What is read of the image whose page is open.
pub(crate) fn inspected(bench: &Bench) -> Inspected {
    let row = detail(bench).image.clone();
    let layer = |n: u8, size| LayerFacts {
        digest: Digest::sha256(&[n]),
        size,
        media_type: None,
    };
    let step = |by: &str, empty_layer| BuildStep {
        created: None,
        created_by: Some(by.to_owned()),
        comment: None,
        empty_layer,
    };
    Inspected {
        registry: "nexus-prod".parse().unwrap(),
        repository: row.repository.clone(),
        tag: None,
        digest: row.digest.clone(),
        index: None,
        kind: row.image.kind,
        media_type: row.image.media_type.clone(),
        artifact_type: None,
        subject: None,
        size: Some(4000),
        from: ReadFrom::Registry,
        manifest: Some(Json::Map(vec![
            ("schemaVersion".to_owned(), Json::Unsigned(2)),
            (
                "layers".to_owned(),
                Json::List(vec![Json::Text("a\"b".to_owned())]),
            ),
        ])),
        children: Vec::new(),
        layers: vec![layer(1, 1000), layer(2, 3000)],
        configuration: Some(ConfigurationFacts {
            env: vec!["PATH=/bin".to_owned(), "DB_PASSWORD=hunter2".to_owned()],
            ..ConfigurationFacts::default()
        }),
        history: vec![
            step("/bin/sh -c #(nop) ADD file:1 in /", false),
            step("/bin/sh -c #(nop) ENV a=b", true),
            step("COPY bin /app", false),
        ],
        referrers: Some(vec![Referrer {
            digest: Digest::sha256(b"signature"),
            artifact_type: Some("application/vnd.dev.cosign.simplesigning.v1+json".to_owned()),
            size: Some(240),
        }]),
        places: vec![Place {
            registry: "harbor".parse().unwrap(),
            repository: "mirror/api".parse().unwrap(),
            digest: row.digest,
            tags: vec!["1.10".parse().unwrap()],
            is_child: false,
        }],
        known: None,
    }
}

/// The one image that is asked for.
fn asked(effects: &[Effect]) -> (Ticket, Option<String>) {
    let [
        Effect::Do(Work::Inspect {
            ticket,
            reference,
            platform,
        }),
    ] = effects
    else {
        panic!("{effects:?}")
    };
    let ImageReference::Named { path, digest, .. } = &**reference else {
        panic!("{reference:?}")
    };
    assert_eq!(path, "nexus-prod/team/api");
    assert!(digest.is_some(), "it is read by its digest");
    (*ticket, platform.clone())
}

fn came(bench: &mut Bench, ticket: Ticket) {
    let image = inspected(bench);
    bench.send(Event::Inspected {
        ticket,
        result: Ok(Box::new(Inspection {
            image,
            remarks: Vec::new(),
        })),
    });
}

#[test]
fn what_its_tags_did_in_a_crawl_is_told_once() {
    let mut bench = of_index();
    let row = detail(&bench).image.clone();
    let change = |crawl, what| Change {
        registry: row.registry,
        crawl,
        at: fixture::ago(100),
        repository: row.repository.clone(),
        what,
    };
    let digest = row.digest.clone();
    bench.history = vec![
        change(4, What::ImageAppeared(digest.clone())),
        change(
            4,
            What::TagAppeared {
                tag: row.tags[0].clone(),
                digest: digest.clone(),
            },
        ),
        change(3, What::ImageGone(digest)),
    ];
    bench.press("[");
    assert_eq!(detail(&bench).tab, DetailTab::TagHistory);
    let said = shown(&bench);
    assert!(said.contains("appeared: this image"), "{said}");
    assert!(!said.contains("the image appeared"), "{said}");
    assert!(said.contains("the image went"), "no tag tells that: {said}");
}

#[test]
fn a_tab_is_read_when_it_is_opened_and_once() {
    let mut bench = of_index();
    assert_eq!(detail(&bench).tab, DetailTab::Overview);
    assert_eq!(bench.press("]"), [], "platforms are known");
    assert!(shown(&bench).contains("linux/arm64/v8"));
    let (ticket, platform) = asked(&bench.press("]"));
    assert_eq!(platform.as_deref(), Some("linux/amd64"));
    assert!(bench.app.animates() && shown(&bench).contains("reading"));
    came(&mut bench, ticket);
    assert!(!bench.app.animates());
    assert!(shown(&bench).contains("COPY bin /app"), "{}", shown(&bench));
    assert!(shown(&bench).contains("MADE BY"));
    // Who else has each of them comes with the next answer.
    for said in [
        "SHARED WITH",
        "412 images",
        "only here",
        "4.0 kB in 2 layers; 3.0 kB in no other image of nexus-prod",
    ] {
        assert!(shown(&bench).contains(said), "{said}: {}", shown(&bench));
    }
    // The instruction without a layer made none.
    assert!(!shown(&bench).contains("ENV"));
    for said in ["DB_PASSWORD", "ENV a=b"] {
        assert_eq!(bench.press("]"), [], "it is read already");
        assert!(shown(&bench).contains(said), "{}", shown(&bench));
    }
    let (ticket, platform) = asked(&bench.press("]"));
    assert_eq!(platform, None, "the index itself");
    came(&mut bench, ticket);
    assert!(shown(&bench).contains("  \"schemaVersion\": 2,"));
    assert!(shown(&bench).contains("    \"a\\\"b\""));
    let copied = bench.press("ym");
    assert!(
        matches!(&copied[..], [Effect::Screen(ScreenWork::Copy(text))] if text.starts_with('{')),
        "{copied:?}"
    );
    for said in ["cosign", "harbor/mirror/api"] {
        assert_eq!(bench.press("]"), []);
        assert!(shown(&bench).contains(said), "{}", shown(&bench));
    }
}

#[test]
fn what_looks_like_a_secret_is_covered_until_it_is_asked_for() {
    let mut bench = of_index();
    let (ticket, _) = asked(&bench.press("]]]"));
    came(&mut bench, ticket);
    assert!(!shown(&bench).contains("hunter2") && shown(&bench).contains("/bin"));
    bench.press("d");
    assert!(shown(&bench).contains("hunter2"));
    bench.press("d");
    assert!(!shown(&bench).contains("hunter2"));
}

#[test]
fn the_next_platform_is_read_in_its_place() {
    let mut bench = of_index();
    let (first, _) = asked(&bench.press("]]"));
    let effects = bench.press("<tab>");
    assert_eq!(
        effects[0],
        Effect::Do(Work::CancelInspect { ticket: first }),
        "nobody wants the first any more"
    );
    let (second, platform) = asked(&effects[1..]);
    assert_eq!(platform.as_deref(), Some("linux/arm/v7"));
    came(&mut bench, first);
    assert!(shown(&bench).contains("reading"), "an old answer");
    came(&mut bench, second);
    assert!(shown(&bench).contains("2 of 3"));
}

#[test]
fn reading_is_given_up_and_begun_again() {
    let mut bench = of_index();
    let (ticket, _) = asked(&bench.press("]]"));
    assert_eq!(
        bench.press("<esc>"),
        [Effect::Do(Work::CancelInspect { ticket })]
    );
    assert!(shown(&bench).contains("given up"));
    let (ticket, _) = asked(&bench.press("r"));
    bench.send(Event::Inspected {
        ticket,
        result: Err(Trouble {
            message: "the registry does not answer".to_owned(),
            hint: Some("try later".to_owned()),
        }),
    });
    assert!(shown(&bench).contains("does not answer\ntry later"));
    assert_eq!(bench.press("j"), [], "it is not asked again by itself");
    bench.press("<esc>");
    assert!(top(&bench).is_none());
}

#[test]
fn the_tag_history_tells_of_this_images_tags() {
    let mut bench = of_index();
    let own = detail(&bench).image.digest.clone();
    let change = |ago, what| Change {
        at: fixture::ago(ago),
        registry: NEXUS,
        crawl: 3,
        repository: "team/api".parse().unwrap(),
        what,
    };
    let (tag, other) = ("1.10".parse().unwrap(), Digest::sha256(b"other"));
    bench.history = vec![
        change(
            60,
            What::TagMoved {
                tag,
                from: other,
                to: own,
            },
        ),
        change(
            90,
            What::TagAppeared {
                tag: "unrelated".parse().unwrap(),
                digest: Digest::sha256(b"third"),
            },
        ),
    ];
    bench.press("[");
    let text = shown(&bench);
    assert!(
        text.contains("1.10 moved from") && text.contains("to this image"),
        "{text}"
    );
    assert!(!text.contains("unrelated"));
}
