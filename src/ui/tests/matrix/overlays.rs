//! What is about one thing and lies over a page: an image, a check, a form, a question.

use super::making::{TO_IMAGES, failed, pressed, ticket, trouble};
use super::{Cell, Row};
use crate::app::fixture::{self, Bench};
use crate::app::tests::detail::inspected;
use crate::app::tests::diff;
use crate::app::{Event, Inspection, SecretRequest, Ticket};
use crate::model::{
    CheckReport, Digest, Inspected, Json, LayerFacts, SaveError, SaveFault, Trouble, Verdict,
};
use Cell::{Drawn, Never};

const NO_LIST: &str = "it is no list that could be longer or be filtered";
const AT_HAND: &str = "what it shows is at hand: nothing is waited for, and nothing can fail";

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row {
            page: "detail-overview",
            cells: [
                Never("an image always has facts"),
                Never(AT_HAND),
                Drawn(|width, height| opened(width, height, "1.9.3", "")),
                Drawn(|width, height| opened(width, height, "1.10", "")),
                Never(AT_HAND),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "detail-layers",
            cells: [
                Drawn(|width, height| read(width, height, "]]", |image| image.layers.clear())),
                Drawn(|width, height| opened(width, height, "1.10", "]]")),
                Drawn(|width, height| read(width, height, "]]", |_| {})),
                Drawn(|width, height| read(width, height, "]]", many_layers)),
                Drawn(|width, height| unread(width, height, "]]")),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "detail-manifest",
            cells: [
                Drawn(|width, height| read(width, height, TO_MANIFEST, |it| it.manifest = None)),
                Drawn(|width, height| opened(width, height, "1.10", TO_MANIFEST)),
                Drawn(|width, height| read(width, height, TO_MANIFEST, |_| {})),
                Drawn(|width, height| read(width, height, TO_MANIFEST, long_manifest)),
                Drawn(|width, height| unread(width, height, TO_MANIFEST)),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "diff",
            cells: [
                Drawn(|width, height| pressed(width, height, &format!("{TO_IMAGES}D"))),
                Drawn(|width, height| pressed(width, height, TO_DIFF)),
                Drawn(compared),
                Never("it tells no more than what differs"),
                Drawn(|width, height| failed(pressed(width, height, TO_IMAGES), "D")),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "check",
            cells: [
                Never("before the first stage is done it says that it is at work"),
                Drawn(|width, height| pressed(width, height, "/harbor<enter><esc>t")),
                Drawn(|width, height| checked(width, height, well())),
                Never("a check has ten stages, and no more"),
                Drawn(|width, height| checked(width, height, fixture::report())),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "form",
            cells: [
                Drawn(|width, height| pressed(width, height, "a")),
                Drawn(|width, height| pressed(width, height, "/harbor<enter>e<c-s>")),
                Drawn(|width, height| pressed(width, height, "/harbor<enter>e")),
                Drawn(|width, height| pressed(width, height, "/harbor<enter>e<c-n><c-n><c-n>")),
                Drawn(unsaved),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "help",
            cells: [
                Never("there are always keys"),
                Never(AT_HAND),
                Drawn(|width, height| pressed(width, height, "?")),
                Drawn(|width, height| pressed(width, height, "?<c-f><c-f>")),
                Never(AT_HAND),
                Never("it has no filter: the keys of this page stand first"),
            ],
        },
        Row {
            page: "palette",
            cells: [
                Drawn(|width, height| pressed(width, height, ":crwal!")),
                Never(AT_HAND),
                Drawn(|width, height| pressed(width, height, ":undo")),
                Drawn(|width, height| pressed(width, height, ":<c-n><c-n>")),
                Never(AT_HAND),
                Drawn(|width, height| pressed(width, height, ":crawl<down>")),
            ],
        },
        Row {
            page: "confirm",
            cells: [
                Never("a question always asks something"),
                Never(AT_HAND),
                Drawn(|width, height| pressed(width, height, "/nexus<enter><c-x>")),
                Never(NO_LIST),
                Never(AT_HAND),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "ask",
            cells: [
                Drawn(|width, height| asked(width, height, "")),
                Never("what waits for the secret does so behind the screen"),
                Drawn(|width, height| asked(width, height, "hunter2")),
                Never(NO_LIST),
                Drawn(|width, height| asked(width, height, "hunter2<enter>hunt<enter>")),
                Never(NO_LIST),
            ],
        },
        Row {
            page: "line",
            cells: [
                Drawn(|width, height| pressed(width, height, "i")),
                Never("what it asks for is done before the next key, or is refused"),
                Drawn(|width, height| pressed(width, height, "ietc/registries.toml")),
                Never(NO_LIST),
                Drawn(|width, height| pressed(width, height, "i<enter>")),
                Never(NO_LIST),
            ],
        },
    ]
}

/// The keys from the first tab of an image to its manifest.
const TO_MANIFEST: &str = "]]]]]";

/// The keys to what two marked images differ in.
const TO_DIFF: &str = "/nexus<enter>l/team/api<enter>lgg<space><space>D";

fn compared(width: u16, height: u16) -> Bench {
    let mut bench = Bench::loaded(width, height);
    let effects = bench.press(TO_DIFF);
    diff::both_came(&mut bench, &effects, |digest, number| {
        diff::single(
            digest,
            number,
            &["PATH=/bin", ["A=1", "A=2"][usize::from(number) - 1]],
        )
    });
    bench
}

/// The page of the image of a tag, after these keys.
fn opened(width: u16, height: u16, tag: &str, keys: &str) -> Bench {
    pressed(
        width,
        height,
        &format!("{TO_IMAGES}/{tag}<enter><enter>{keys}"),
    )
}

/// The same, and what the last key asked for is answered.
fn answered(
    width: u16,
    height: u16,
    keys: &str,
    make: impl FnOnce(&Bench) -> Result<Inspected, Trouble>,
) -> Bench {
    let mut bench = opened(width, height, "1.10", "");
    let effects = bench.press(keys);
    let image = make(&bench);
    let result = image.map(|image| {
        Box::new(Inspection {
            image,
            remarks: Vec::new(),
        })
    });
    let ticket = ticket(&effects);
    bench.send(Event::Inspected { ticket, result });
    bench
}

fn read(width: u16, height: u16, keys: &str, change: fn(&mut Inspected)) -> Bench {
    answered(width, height, keys, |bench| {
        let mut image = inspected(bench);
        change(&mut image);
        Ok(image)
    })
}

fn unread(width: u16, height: u16, keys: &str) -> Bench {
    answered(width, height, keys, |_| {
        Err(Trouble {
            message: "the manifest of `team/api` was asked for: no answer within 30 s".into(),
            hint: Some("`t` in the registries checks the connection".into()),
        })
    })
}

fn many_layers(image: &mut Inspected) {
    let layer = |n: u8| LayerFacts {
        digest: Digest::sha256(&[n]),
        size: 90_000_000 / (u64::from(n) + 1),
        media_type: None,
    };
    image.layers = (0..80).map(layer).collect();
}

fn long_manifest(image: &mut Inspected) {
    let entry = |n: u64| {
        (
            format!("org.example.annotation-{n}"),
            Json::Text("a value".to_owned()),
        )
    };
    image.manifest = Some(Json::Map((0..120).map(entry).collect()));
}

fn checked(width: u16, height: u16, report: CheckReport) -> Bench {
    let mut bench = pressed(width, height, "/harbor<enter><esc>");
    let ticket = ticket(&bench.press("t"));
    bench.send(Event::Checked {
        ticket,
        report,
        done: true,
    });
    bench
}

/// A check in which every stage passed.
fn well() -> CheckReport {
    let mut report = fixture::report();
    for stage in &mut report.stages {
        if matches!(stage.verdict, Verdict::Failed(_)) {
            stage.verdict = Verdict::Passed("a token for `registry:catalog:*`".to_owned());
        }
    }
    report
}

/// A form that could not be saved.
fn unsaved(width: u16, height: u16) -> Bench {
    let mut bench = pressed(width, height, "/harbor<enter>e");
    let ticket = ticket(&bench.press("<c-s>"));
    let result = Err(SaveError {
        fault: SaveFault::Inventory,
        trouble: trouble(),
    });
    bench.send(Event::Saved { ticket, result });
    bench
}

fn asked(width: u16, height: u16, keys: &str) -> Bench {
    let mut bench = Bench::loaded(width, height);
    bench.send(Event::SecretWanted {
        ticket: Ticket(1),
        request: SecretRequest {
            title: "A new encrypted file".into(),
            text: "Passwords are kept in a file that this passphrase encrypts.".into(),
            is_new: true,
        },
    });
    bench.press(keys);
    bench
}
