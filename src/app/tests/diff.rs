//! In what two images differ.

use super::*;
use crate::app::overlay::Diff;
use crate::app::{Inspection, Work};
use crate::model::{
    BuildStep, Change, Child, ConfigurationFacts, Digest, ImageReference, Inspected, Kind,
    LayerFacts, ReadFrom, What,
};

fn page(bench: &Bench) -> &Diff {
    match top(bench) {
        Some(Overlay::Diff(diff)) => diff,
        other => panic!("{other:?}"),
    }
}

fn shown(bench: &Bench) -> String {
    let document = page(bench).document(&bench.app.state.world, 100);
    let lines = document.lines.iter();
    let lines: Vec<String> = lines
        .map(|line| format!("{}{}", line.label, line.text))
        .collect();
    lines.join("\n")
}

/// What is asked for: the digest, and the platform of an index.
fn asked(effects: &[Effect]) -> Vec<(Ticket, Digest, Option<String>)> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Do(Work::Inspect {
            ticket,
            reference,
            platform,
        }) => match &**reference {
            ImageReference::Named { digest, .. } => {
                Some((*ticket, digest.clone()?, platform.clone()))
            }
            other @ ImageReference::Digest(..) => panic!("{other:?}"),
        },
        _ => None,
    });
    asked.collect()
}

/// An image of one platform: a base layer, and one of its own.
pub(crate) fn single(digest: Digest, own: u8, env: &[&str]) -> Inspected {
    let layer = |n: u8, size| LayerFacts {
        digest: Digest::sha256(&[n]),
        size,
        media_type: None,
    };
    let step = |by: String| BuildStep {
        created_by: Some(by),
        ..BuildStep::default()
    };
    Inspected {
        registry: "nexus-prod".parse().unwrap(),
        repository: "team/api".parse().unwrap(),
        tag: None,
        digest,
        index: None,
        kind: Kind::Image,
        media_type: crate::model::MediaType::OciManifest,
        artifact_type: None,
        subject: None,
        size: None,
        from: ReadFrom::Registry,
        manifest: None,
        children: Vec::new(),
        layers: vec![layer(0, 1000), layer(own, 1000 * u64::from(own))],
        configuration: Some(ConfigurationFacts {
            user: (own > 1).then(|| "app".to_owned()),
            env: env.iter().map(|one| (*one).to_owned()).collect(),
            ..ConfigurationFacts::default()
        }),
        history: vec![
            step("ADD base".to_owned()),
            step(format!("COPY bin{own} /")),
        ],
        referrers: None,
        places: Vec::new(),
        known: None,
    }
}

/// An index that lists an image for each of these platforms.
pub(crate) fn index(digest: Digest, platforms: &[&str]) -> Inspected {
    let children = platforms.iter().map(|platform| Child {
        digest: Digest::sha256(platform.as_bytes()),
        platform: Some(platform.parse().unwrap()),
        size: None,
        is_index: false,
        accessory: false,
    });
    Inspected {
        kind: Kind::Index,
        children: children.collect(),
        layers: Vec::new(),
        configuration: None,
        ..single(digest, 1, &[])
    }
}

fn came(bench: &mut Bench, ticket: Ticket, image: Inspected) -> Vec<Effect> {
    bench.send(Event::Inspected {
        ticket,
        result: Ok(Box::new(Inspection {
            image,
            remarks: Vec::new(),
        })),
    })
}

/// Answers what is asked for of two images; the makers are told which is which, from 1.
pub(crate) fn both_came(
    bench: &mut Bench,
    effects: &[Effect],
    make: impl Fn(Digest, u8) -> Inspected,
) {
    for (number, (ticket, digest, _)) in (1..).zip(asked(effects)) {
        came(bench, ticket, make(digest, number));
    }
}

/// At the images of a repository of one registry.
fn at_images() -> Bench {
    let mut bench = at_nexus();
    bench.press("l/team/api<enter>l");
    bench
}

#[test]
fn two_marked_images_are_compared_layer_by_layer() {
    let mut bench = at_images();
    bench.press("gg");
    let marked: Vec<Digest> = bench.app.state.pages.browse.images.listing.rows[..2]
        .iter()
        .map(|row| row.digest.clone())
        .collect();
    bench.press("gg<space><space>");
    let effects = bench.press("D");
    let wanted = asked(&effects);
    assert_eq!(wanted.len(), 2, "{effects:?}");
    for (_, digest, platform) in &wanted {
        assert!(marked.contains(digest) && platform.is_none());
    }
    assert!(shown(&bench).contains("reading both"), "{}", shown(&bench));
    assert!(bench.app.animates());
    let [(first, a, _), (second, b, _)] = &wanted[..] else {
        panic!("{wanted:?}")
    };
    let env = ["PATH=/bin", "OLD=1", "DB_PASSWORD=old", "MODE=a"];
    came(&mut bench, *first, single(a.clone(), 1, &env));
    let env = ["PATH=/bin", "NEW=2", "DB_PASSWORD=new", "MODE=b"];
    came(&mut bench, *second, single(b.clone(), 2, &env));
    assert!(!bench.app.animates());
    let said = shown(&bench);
    for line in [
        "user          none → app",
        "− OLD=1",
        "+ NEW=2",
        "→ MODE: a → b",
        "→ DB_PASSWORD: covered → covered",
        "1 of 2 layers are in both, 1.0 kB",
        "COPY bin1 /",
        "COPY bin2 /",
        "2.0 kB → 3.0 kB, 1.0 kB more",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(
        !said.contains("PATH") && !said.contains("ADD base"),
        "{said}"
    );
    assert!(bench.press("q").is_empty() || top(&bench).is_none());
}

#[test]
fn indexes_are_compared_platform_by_platform() {
    let mut bench = at_images();
    bench.press("gg<space><space>");
    let wanted = asked(&bench.press("D"));
    let (first, second) = (&wanted[0], &wanted[1]);
    let all = ["linux/amd64", "linux/arm64/v8", "linux/s390x"];
    came(&mut bench, first.0, index(first.1.clone(), &all));
    let effects = came(&mut bench, second.0, index(second.1.clone(), &all[..2]));
    let parts = asked(&effects);
    let platforms: Vec<_> = parts.iter().map(|(.., it)| it.as_deref()).collect();
    assert_eq!(platforms, [Some("linux/amd64"); 2]);
    assert!(shown(&bench).contains("− linux/s390x"), "{}", shown(&bench));
    for (ticket, digest, _) in &parts {
        came(&mut bench, *ticket, single(digest.clone(), 1, &[]));
    }
    let said = shown(&bench);
    assert!(said.contains("linux/amd64 (1 of 2"), "{said}");
    assert!(
        said.contains("Their configurations say the same."),
        "{said}"
    );
    let parts = asked(&bench.press("<tab>"));
    let platforms: Vec<_> = parts.iter().map(|(.., it)| it.as_deref()).collect();
    assert_eq!(platforms, [Some("linux/arm64/v8"); 2]);
    // What is on its way is given up with the page.
    let effects = bench.press("<esc>");
    let given_up = effects
        .iter()
        .filter(|it| matches!(it, Effect::Do(Work::CancelInspect { .. })));
    assert_eq!(given_up.count(), 2, "{effects:?}");
}

#[test]
fn an_image_is_compared_with_what_its_tag_named_before() {
    let mut bench = at_images();
    let row = bench.app.state.pages.browse.image().unwrap().clone();
    let moved = |seconds, from: &[u8]| Change {
        registry: row.registry,
        crawl: 3,
        at: fixture::ago(seconds),
        repository: row.repository.clone(),
        what: What::TagMoved {
            tag: row.tags[0].clone(),
            from: Digest::sha256(from),
            to: row.digest.clone(),
        },
    };
    bench.history = vec![moved(100, b"before"), moved(9000, b"long before")];
    let wanted = asked(&bench.press("D"));
    let digests: Vec<&Digest> = wanted.iter().map(|(_, digest, _)| digest).collect();
    assert_eq!(digests, [&Digest::sha256(b"before"), &row.digest]);
    // What went cannot be read any more; that is said, and the other is told all the same.
    bench.send(Event::Inspected {
        ticket: wanted[0].0,
        result: Err(Trouble::new("the registry has it no longer")),
    });
    let said = shown(&bench);
    assert!(said.contains("cannot be read"), "{said}");
    assert!(said.contains("the registry has it no longer"), "{said}");
}

#[test]
fn an_image_that_no_tag_moved_to_has_nothing_before_it() {
    let mut bench = at_images();
    bench.history = Vec::new();
    assert_eq!(asked(&bench.press("D")), []);
    let said = shown(&bench);
    assert!(said.contains("No crawl that is remembered"), "{said}");
    assert!(said.contains("Mark two images"), "{said}");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let mut bench = at_images();
    bench.press("gg<space>gg");
    bench.press("D");
    assert!(
        said(&bench).contains("one image is marked"),
        "{}",
        said(&bench)
    );
    bench.press("gg<esc>gg<space><space><space>D");
    assert!(said(&bench).contains("two images are compared"));
    assert!(top(&bench).is_none());
}
