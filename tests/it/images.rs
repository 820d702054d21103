//! `images` by every flag that chooses, orders and cuts.

use std::cmp::Reverse;

use serde_json::Value;
use supercargo::model::Timestamp;
use supercargo::simulator::{Behaviour, Content, ImageSpec, Shape, Simulator};

use crate::support::program::{Program, Ran};

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Images of known sizes and dates, in two registries of which the second by name was added
/// first.
async fn two() -> (Vec<Simulator>, Program) {
    let program = Program::new();
    let mut simulators = Vec::new();
    for (name, seed) in [("west", 0_u64), ("east", 10)] {
        let content = Content::empty();
        for (number, (created, layer)) in [
            (at("2019-05-01T00:00:00Z"), 4_u64 << 30),
            (at("1970-01-01T00:00:00Z"), 2_000_000),
            (at("2024-05-01T00:00:00Z"), 700_000_000),
            (None, 100),
        ]
        .into_iter()
        .enumerate()
        {
            let mut spec = ImageSpec::new("linux/amd64", seed + number as u64);
            spec.created = created;
            spec.layers = vec![layer + seed * 1_000_000];
            let repository = format!("team/app{}", number % 2);
            let digest = content.put_image(&repository, &spec);
            content.tag(&repository, &format!("1.{number}"), &digest);
        }
        let simulator = Simulator::start(content, Behaviour::default()).await;
        let simulator = simulator.unwrap();
        program.done(&["registry", "add", name, &simulator.address()]);
        assert_eq!(program.crawl(name)["outcome"], "complete");
        simulators.push(simulator);
    }
    (simulators, program)
}

fn places(ran: &Ran) -> Vec<String> {
    let lines = ran.lines();
    let place = |line: &Value| {
        format!(
            "{}:{}",
            line["registry"].as_str().unwrap(),
            line["tags"][0].as_str().unwrap()
        )
    };
    lines.iter().map(place).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_are_chosen_by_size_and_age() {
    let (_simulators, program) = two().await;
    let images = |flags: &[&str]| {
        let sorted = ["images", "west", "--sort", "tag"];
        places(&program.done(&[&sorted, flags].concat()))
    };
    assert_eq!(images(&["--larger-than", "3GiB"]), ["west:1.0"]);
    assert_eq!(
        images(&["--larger-than", "600MB"]),
        ["west:1.0", "west:1.2"]
    );
    // One that hides when it was built, or does not say, is as old as its first crawl.
    assert_eq!(images(&["--older-than", "1825d"]), ["west:1.0"]);
    assert_eq!(images(&["--older-than", "1d"]), ["west:1.0", "west:1.2"]);
    assert_eq!(
        images(&["--older-than", "1d", "--larger-than", "3GiB"]),
        ["west:1.0"]
    );
    let none = program.done(&["images", "west", "--untagged"]);
    assert_eq!(none.stdout, "");
    assert!(none.stderr.contains("none of the 4 images"), "{none:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_over_all_registries_and_a_limit_says_what_it_cut() {
    let (_simulators, program) = two().await;
    let images = |flags: &[&str]| program.done(&[&["images"], flags].concat());
    let largest = images(&["--sort", "size", "--reverse", "--limit", "3"]);
    assert_eq!(places(&largest), ["east:1.0", "west:1.0", "east:1.2"]);
    assert!(largest.stderr.contains("3 of 8 images"), "{largest:#?}");
    let oldest = images(&["--sort", "built"]);
    assert_eq!(oldest.stderr, "");
    assert_eq!(
        places(&oldest)[..6],
        [
            "east:1.1", "west:1.1", "east:1.0", "west:1.0", "east:1.2", "west:1.2"
        ]
    );
    let registries = |ran: &Ran| {
        let of = |place: &String| place.split(':').next().unwrap().to_owned();
        let mut names: Vec<String> = places(ran).iter().map(of).collect();
        names.dedup();
        names
    };
    let named = images(&["west", "east", "--sort", "registry"]);
    assert_eq!(registries(&named), ["east", "west"]);
    let named = images(&["--sort", "registry", "--reverse"]);
    assert_eq!(registries(&named), ["west", "east"]);
    // Without an order the limit ends the reading.
    let first = images(&["--limit", "2"]);
    assert_eq!(first.lines(), images(&[]).lines()[..2]);
    assert!(first.stderr.contains("2 of 8 images"), "{first:#?}");
    let some = images(&["--limit", "1", "--tag", "1.1"]);
    assert_eq!(some.lines().len(), 1);
    let says = "printed 1 image, and more match among the 8 there are";
    assert!(some.stderr.contains(says), "{some:#?}");
    for limit in ["8", "100"] {
        let all = images(&["--limit", limit]);
        assert_eq!((all.lines().len(), all.stderr.as_str()), (8, ""));
        let all = images(&["--sort", "tag", "--limit", limit]);
        assert_eq!((all.lines().len(), all.stderr.as_str()), (8, ""));
    }
}

/// Every column that help names orders as its field in the output does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_of_help_orders() {
    let content = Content::generate(41, &Shape::demo());
    let simulator = Simulator::start(content, Behaviour::default()).await;
    let simulator = simulator.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &simulator.address()]);
    program.crawl("hub");
    let all = program.images("hub").len();
    let help = program.done(&["images", "--help"]).stdout;
    for (column, field) in [
        ("registry", None),
        ("repository", None),
        ("tag", None),
        ("digest", Some("digest")),
        ("platforms", None),
        ("kind", None),
        ("size", Some("size")),
        ("built", Some("created")),
        ("pushed", Some("pushed")),
        ("pulled", Some("pulled")),
        ("first-seen", Some("first_seen")),
        ("last-seen", Some("last_seen")),
        ("decision", Some("decision")),
    ] {
        assert!(help.contains(&format!("- {column}:")), "{column}: {help}");
        let up = program.done(&["images", "--sort", column]).lines();
        let down = program
            .done(&["images", "--sort", column, "--reverse"])
            .lines();
        assert_eq!((up.len(), down.len()), (all, all), "{column}");
        let Some(field) = field else { continue };
        let key = |line: &Value| {
            let text = line[field].as_str().unwrap_or_default().to_owned();
            (line[field].as_u64().unwrap_or_default(), text)
        };
        let known = |lines: &[Value]| {
            let known = lines.iter().take_while(|line| !line[field].is_null());
            let keys: Vec<_> = known.map(key).collect();
            let rest = &lines[keys.len()..];
            assert!(rest.iter().all(|line| line[field].is_null()), "{column}");
            keys
        };
        assert!(known(&up).is_sorted(), "{column}");
        assert!(
            known(&down).is_sorted_by_key(|key| Reverse(key.clone())),
            "{column}"
        );
    }
}

#[test]
fn what_can_choose_nothing_is_refused_with_what_would_be_right() {
    let program = Program::new();
    for (flags, says) in [
        (&["--platform", "linux/"][..], "`linux/arm64`"),
        (&["--platform", "lin ux"], "`linux/arm64`"),
        (&["--digest", "sha256:xyz"], "`0` to `9` and `a` to `f`"),
        (&["--tag", "a["], "`team/**`"),
        (&["--repository", "{a"], "`team/**`"),
        (&["--larger-than", "big"], "`1.5GiB`"),
        (&["--older-than", "old"], "`7d`"),
        (&["--older-than", "99999999d"], "--older-than"),
        (&["--untagged", "--tag", "a"], "--tag"),
        (&["--decision", "maybe"], "keep, delete, look, any, none"),
        (&["--sort", "colour"], "first-seen"),
        (&["--reverse"], "--sort"),
        (&["--limit", "0"], "--limit"),
    ] {
        let ran = program.run(&[&["images"], flags].concat());
        assert_eq!(ran.code, 2, "{flags:?}: {ran:#?}");
        assert!(ran.stderr.contains(says), "{flags:?}: {ran:#?}");
    }
    for platform in ["linux/arm64", "arm64", "linux", "linux/arm/v7"] {
        program.done(&["images", "--platform", platform]);
    }
    let help = program.done(&["images", "--help"]).stdout;
    let help: Vec<&str> = help.split_whitespace().collect();
    let help = help.join(" ");
    assert!(help.contains("by when they were pushed, else by when a crawl first saw them"));
}
