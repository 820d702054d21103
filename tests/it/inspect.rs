//! `inspect`: one image in full, from the registry and from what is kept of it.

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use serde_json::{Value, json};
use supercargo::model::Digest;
use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{
    ArtifactSpec, Auth, Behaviour, Content, ImageSpec, IndexSpec, Simulator,
};

use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, files_below};
use crate::support::pty::Terminal;
use crate::support::push::push;

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What `skopeo inspect` prints of `image`.
fn skopeo(program: &Path, image: &str, words: &[&str]) -> String {
    let output = Command::new(program)
        .args(["inspect", "--tls-verify=false"])
        .args(words)
        .arg(format!("docker://{image}"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{image} {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// An image of which everything is stated that a configuration can state.
fn put_full(content: &Content, repository: &str) -> Digest {
    let config = json!({
        "created": "2026-08-01T10:00:00Z",
        "author": "ann",
        "architecture": "arm64",
        "variant": "v8",
        "os": "linux",
        "config": {
            "User": "10:20",
            "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
            "Env": ["PATH=/bin", "TWO=a  b"],
            "Entrypoint": ["/bin/sh", "-c"],
            "Cmd": ["run me"],
            "WorkingDir": "/srv",
            "Volumes": {"/data": {}},
            "StopSignal": "SIGQUIT",
            "Labels": {"org.opencontainers.image.title": "Full", "empty": ""}
        },
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": [
            {"created": "2026-07-01T00:00:00Z", "created_by": "/bin/sh -c #(nop)  ADD x /",
             "comment": "base"},
            {"created_by": "ENV TWO=a", "empty_layer": true}
        ]
    });
    let config = Bytes::from(config.to_string());
    let layer = Bytes::from_static(b"a layer");
    let (config_digest, size) = (content.put_blob(repository, config.clone()), config.len());
    let layer_digest = content.put_blob(repository, layer);
    // Pretty, so that nobody can print it again by parsing it.
    let manifest = serde_json::to_string_pretty(&json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config_digest.to_string(),
            "size": size
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": layer_digest.to_string(),
            "size": 7
        }],
        "annotations": {"z": "last", "a": "first"}
    }));
    content.put_manifest(repository, OCI_MANIFEST, manifest.unwrap().into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_those_of_skopeo_and_stay_when_the_registry_is_gone() {
    let (Some(tool), Some(registry)) = (
        crate::support::real("skopeo"),
        Distribution::start(Access::Open).await,
    ) else {
        return;
    };
    let content = Content::empty();
    let full = put_full(&content, "team/app");
    content.tag("team/app", "1.0", &full);
    let index = content.put_index(
        "team/app",
        &IndexSpec {
            images: ["linux/amd64", "linux/arm64/v8"]
                .map(|platform| ImageSpec::new(platform, 2))
                .to_vec(),
            attestations: true,
            docker: false,
        },
    );
    content.tag("team/app", "latest", &index);
    let outcome = push(&registry.address, None, &content).await;
    assert_eq!(outcome, Ok(()), "{}", registry.log());

    let program = Program::new();
    program.done(&["registry", "add", "hub", &registry.address]);
    program.crawl("hub");
    let host = registry.address.trim_start_matches("http://").to_owned();
    let children = program.done(&["inspect", "hub/team/app", "--format", "json"]);
    let children: Value = serde_json::from_str(&children.stdout).unwrap();
    let listed = children["children"].as_array().unwrap();
    let of_arm = listed
        .iter()
        .find(|child| child["platform"] == "linux/arm64/v8");
    let arm = of_arm.unwrap()["digest"].as_str().unwrap().to_owned();
    assert_eq!(
        listed
            .iter()
            .filter(|child| child["accessory"] == true)
            .count(),
        2
    );

    // What is asked of us, of skopeo, and with which words.
    let image = format!("{host}/team/app");
    let by_digest = format!("{image}@{arm}");
    let cases: &[(&[&str], String, &[&str])] = &[
        (
            &["hub/team/app:1.0", "--raw"],
            format!("{image}:1.0"),
            &["--raw"],
        ),
        (
            &["hub/team/app:latest", "--raw"],
            format!("{image}:latest"),
            &["--raw"],
        ),
        (
            &["hub/team/app", "--raw", "--platform", "arm64"],
            by_digest.clone(),
            &["--raw"],
        ),
        (
            &["hub/team/app:1.0", "--config"],
            format!("{image}:1.0"),
            &["--config", "--raw"],
        ),
        (
            &["hub/team/app:1.0", "--raw", "--config"],
            format!("{image}:1.0"),
            &["--config", "--raw"],
        ),
        (
            &["hub/team/app", "--config"],
            format!("{image}:latest"),
            &["--config", "--raw"],
        ),
        (
            &["hub/team/app", "--config", "--platform", "linux/arm64"],
            by_digest,
            &["--config", "--raw"],
        ),
    ];
    let mut wanted = Vec::new();
    for (words, image, tool_words) in cases {
        let printed = skopeo(&tool, image, tool_words);
        let ran = program.done(&[&["inspect"][..], words].concat());
        assert_eq!(ran.stdout, printed, "{words:?}");
        assert!(!ran.stderr.contains("from the cache"), "{}", ran.stderr);
        wanted.push(printed);
    }
    let whole = |words: &[&str]| {
        let ran = program.done(&[&["inspect"], words, &["--format", "json"]].concat());
        let object: Value = serde_json::from_str(&ran.stdout).unwrap();
        (object, ran.stderr)
    };
    let (before, _) = whole(&["hub/team/app:1.0"]);
    let (before_index, _) = whole(&["hub/team/app"]);
    assert_eq!(before["referrers"], json!([]));
    registry.end().await;

    for ((words, ..), wanted) in cases.iter().zip(&wanted) {
        let ran = program.done(&[&["inspect"][..], words].concat());
        assert_eq!(ran.stdout, *wanted, "{words:?}");
        assert!(ran.stderr.contains("from the cache"), "{}", ran.stderr);
        assert!(
            ran.stderr
                .contains("is as of the last crawl that saw it, 20"),
            "{}",
            ran.stderr
        );
    }
    for (words, mut before) in [("hub/team/app:1.0", before), ("hub/team/app", before_index)] {
        let (after, said) = whole(&[words]);
        assert!(said.contains("from the cache"), "{said}");
        before["from"] = json!("cache");
        before["referrers"] = Value::Null;
        assert_eq!(after, before);
    }
    // What was never read cannot be had.
    let ran = program.run(&["inspect", &format!("hub/team/app@{}", Digest::sha256(b"x"))]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:#?}");
    assert!(ran.stderr.contains("→"), "{}", ran.stderr);
}

fn json_of(program: &Program, words: &[&str]) -> (Value, String) {
    let ran = program.done(&[&["inspect", "--format", "json"], words].concat());
    (serde_json::from_str(&ran.stdout).unwrap(), ran.stderr)
}

async fn simulator(content: Content) -> Simulator {
    let behaviour = Behaviour {
        referrers: true,
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

/// A program that knows the registry `hub`, crawled.
fn crawled(address: &str) -> Program {
    let program = Program::new();
    program.done(&["registry", "add", "hub", address]);
    program.crawl("hub");
    program
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_told_in_full() {
    let content = Content::empty();
    let full = put_full(&content, "team/app");
    content.tag("team/app", "1.0", &full);
    content.tag("team/app", "stable", &full);
    assert_eq!(put_full(&content, "copy/app"), full);
    content.tag("copy/app", "1.0", &full);
    let sbom = content.put_artifact("team/app", &ArtifactSpec::Sbom { of: full.clone() });
    let index = content.put_manifest(
        "team/app",
        OCI_INDEX,
        json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [{
            "mediaType": OCI_MANIFEST, "digest": full.to_string(), "size": 1,
            "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}
        }]})
        .to_string()
        .into(),
    );
    content.tag("team/app", "many", &index);
    let simulator = simulator(content).await;
    let program = crawled(&simulator.address());
    program.done(&["registry", "add", "other", &simulator.address()]);
    program.crawl("other");

    let (image, said) = json_of(&program, &["hub/team/app:1.0"]);
    assert_eq!(said, "");
    let (again, _) = json_of(&program, &["hub/team/app:1.0"]);
    assert_eq!(
        (image["from"].clone(), again["from"].clone()),
        (json!("registry"), json!("cache"))
    );
    let row = program
        .images("hub")
        .into_iter()
        .find(|row| row["digest"] == full.to_string() && row["repository"] == "team/app");
    let row = row.unwrap();
    for (part, wanted) in [
        ("/registry", json!("hub")),
        ("/repository", json!("team/app")),
        ("/tag", json!("1.0")),
        ("/digest", json!(full.to_string())),
        ("/media_type", json!(OCI_MANIFEST)),
        ("/artifact_type", Value::Null),
        ("/size", row["size"].clone()),
        ("/first_seen", row["first_seen"].clone()),
        ("/last_seen", row["last_seen"].clone()),
        ("/stale_since", Value::Null),
        ("/children", json!([])),
        ("/manifest/annotations", json!({"z": "last", "a": "first"})),
        (
            "/manifest/layers/0/digest",
            image["layers"][0]["digest"].clone(),
        ),
        ("/layers/0/size", json!(7)),
        (
            "/layers/0/media_type",
            json!("application/vnd.oci.image.layer.v1.tar+gzip"),
        ),
        ("/configuration/created", json!("2026-08-01T10:00:00Z")),
        ("/configuration/author", json!("ann")),
        ("/configuration/os", json!("linux")),
        ("/configuration/architecture", json!("arm64")),
        ("/configuration/variant", json!("v8")),
        ("/configuration/user", json!("10:20")),
        ("/configuration/env", json!(["PATH=/bin", "TWO=a  b"])),
        ("/configuration/entrypoint", json!(["/bin/sh", "-c"])),
        ("/configuration/cmd", json!(["run me"])),
        ("/configuration/working_dir", json!("/srv")),
        (
            "/configuration/labels",
            json!({"org.opencontainers.image.title": "Full", "empty": ""}),
        ),
        ("/configuration/exposed_ports", json!(["443/tcp", "80/tcp"])),
        ("/configuration/volumes", json!(["/data"])),
        ("/configuration/stop_signal", json!("SIGQUIT")),
        (
            "/history",
            json!([
                {"created": "2026-07-01T00:00:00Z", "created_by": "/bin/sh -c #(nop)  ADD x /",
                 "comment": "base", "empty_layer": false},
                {"created": null, "created_by": "ENV TWO=a", "comment": null,
                 "empty_layer": true}
            ]),
        ),
        ("/referrers/0/digest", json!(sbom.to_string())),
    ] {
        assert_eq!(image.pointer(part), Some(&wanted), "{part}");
    }
    assert_eq!(image["referrers"].as_array().unwrap().len(), 1);
    let place = |registry: &str, repository: &str, digest: &Digest, tags: &[&str], role: &str| {
        json!({"registry": registry, "repository": repository, "digest": digest.to_string(),
               "tags": tags, "as": role})
    };
    let mut places = image["places"].as_array().unwrap().clone();
    places.sort_by_key(ToString::to_string);
    let mut wanted = Vec::new();
    for registry in ["hub", "other"] {
        wanted.push(place(registry, "copy/app", &full, &["1.0"], "image"));
        wanted.push(place(
            registry,
            "team/app",
            &full,
            &["1.0", "stable"],
            "image",
        ));
        wanted.push(place(registry, "team/app", &index, &["many"], "child"));
    }
    wanted.sort_by_key(ToString::to_string);
    assert_eq!(places, wanted);

    // The same image by every other name.
    let address = simulator.address();
    let host = address.trim_start_matches("http://");
    let of_other = format!("other/team/app@{full}");
    for words in [
        &[of_other.as_str()][..],
        &[&full.to_string()[..19]],
        &[&full.to_string()[7..19]],
        &["hub/team/app:many", "--platform", "linux/arm64"],
    ] {
        let (found, said) = json_of(&program, words);
        assert_eq!(found["digest"], full.to_string(), "{words:?} {said}");
        assert_eq!(found["configuration"], image["configuration"], "{words:?}");
    }
    let (chosen, _) = json_of(&program, &["hub/team/app:many", "--platform", "arm64"]);
    assert_eq!(chosen["index"], index.to_string());
    // Two registries are at this address, and both have it.
    let ran = program.run(&["inspect", &format!("{host}/team/app:1.0")]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("hub/team/app:1.0\n"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("other/team/app:1.0\n"),
        "{}",
        ran.stderr
    );
    program.done(&["registry", "remove", "other", "--yes"]);
    for name in [format!("{host}/team/app:1.0"), "team/app:1.0".to_owned()] {
        let (found, _) = json_of(&program, &[&name]);
        assert_eq!(found["digest"], full.to_string(), "{name}");
    }

    let text = program.done(&["inspect", "hub/team/app:1.0"]).stdout;
    for part in [
        "hub/team/app:1.0\n",
        "\nLayers\n",
        "\nConfiguration\n",
        "\nEnvironment\n",
        "\nLabels\n",
        "\nHistory\n",
        "\nReferrers\n",
        "\nPlaces\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

/// The fallback of a registry that lists no referrers itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn referrers_are_found_by_the_fallback_tag() {
    let Some(registry) = Distribution::start(Access::Open).await else {
        return;
    };
    let content = Content::empty();
    let image = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/app", "1.0", &image);
    let sbom = content.put_artifact("team/app", &ArtifactSpec::Sbom { of: image.clone() });
    let list = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [{
        "mediaType": OCI_MANIFEST, "digest": sbom.to_string(), "size": 321,
        "artifactType": "application/spdx+json"
    }]});
    let list = content.put_manifest("team/app", OCI_INDEX, list.to_string().into());
    content.tag("team/app", &image.to_string().replace(':', "-"), &list);
    let outcome = push(&registry.address, None, &content).await;
    assert_eq!(outcome, Ok(()), "{}", registry.log());
    let program = crawled(&registry.address);
    let (image, _) = json_of(&program, &["hub/team/app:1.0"]);
    assert_eq!(
        image["referrers"],
        json!([{"digest": sbom.to_string(), "artifact_type": "application/spdx+json",
                "size": 321}])
    );
}

/// What somebody stored to be obeyed by terminals.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_is_harmless_in_every_output_and_exact_on_a_pipe() {
    let bad = "a\u{1b}[2J\u{202e}b\u{200b}\u{9b}1m\r\nc";
    let content = Content::empty();
    let config = json!({
        "os": "linux", "architecture": "amd64", "author": bad,
        "config": {"User": bad, "Env": [bad], "Entrypoint": [bad], "Cmd": [bad],
                   "Labels": {bad: bad}, "ExposedPorts": {bad: {}}, "WorkingDir": bad},
        "history": [{"created_by": bad, "comment": bad}]
    });
    // As bytes, not as JSON escapes.
    let config = config.to_string().replace("\\u001b", "\u{7f}");
    let digest = content.put_blob("team/app", config.clone().into());
    let manifest = json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": digest.to_string(), "size": config.len()},
        "layers": [{"digest": digest.to_string(), "size": 1, "mediaType": bad}],
        "annotations": {bad: [bad, {bad: null}]}
    })
    .to_string();
    let image = content.put_manifest("team/app", OCI_MANIFEST, manifest.clone().into());
    content.tag("team/app", "bad", &image);
    let artifact = json!({
        "schemaVersion": 2, "artifactType": bad, "subject": {"digest": image.to_string()},
        "config": {"mediaType": bad, "digest": digest.to_string(), "size": 2}, "layers": []
    });
    content.put_manifest("team/app", OCI_MANIFEST, artifact.to_string().into());
    let simulator = simulator(content).await;
    let program = crawled(&simulator.address());

    let text = program.done(&["inspect", "hub/team/app:bad"]).stdout;
    let (object, _) = json_of(&program, &["hub/team/app:bad"]);
    assert!(object["referrers"][0]["artifact_type"].is_string());
    let values = walk(&object);
    assert!(values.iter().filter(|text| text.contains("[2J")).count() > 10);
    for shown in values.iter().map(String::as_str).chain(text.lines()) {
        let hostile =
            shown.contains(|c: char| c.is_control() || ['\u{202e}', '\u{200b}'].contains(&c));
        assert!(!hostile, "{shown:?}");
    }
    let raw = program.done(&["inspect", "hub/team/app:bad", "--raw"]);
    assert_eq!(raw.stdout, manifest);
    let raw = program.done(&["inspect", "hub/team/app:bad", "--config"]);
    assert_eq!(raw.stdout, config);

    // A terminal is not left to it.
    let command = program.command(&["inspect", "hub/team/app:bad", "--config"]);
    let mut on_terminal = portable_pty::CommandBuilder::new(command.get_program());
    on_terminal.args(command.get_args());
    on_terminal.env("HOME", program.home());
    tokio::task::block_in_place(|| {
        let mut terminal = Terminal::start(on_terminal, 80, 24);
        terminal.wait_for("ExposedPorts");
        assert!(terminal.wait_end().success());
        let drawn = String::from_utf8(terminal.bytes()).unwrap();
        assert!(drawn.contains("a\u{fffd}[2J\u{fffd}b\u{fffd}"), "{drawn:?}");
        assert!(
            !drawn.contains(['\u{7f}', '\u{202e}', '\u{200b}', '\u{9b}']),
            "{drawn:?}"
        );
    });
}

/// Every text in a value, keys too.
fn walk(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(walk).collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| [vec![key.clone()], walk(value)].concat())
            .collect(),
        _ => Vec::new(),
    }
}

const PASSWORD: &str = "open-sesame-4711";

/// A document that holds the registry's own password is shown without it and kept nowhere;
/// so is one that was kept before it was the password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_with_our_password_is_covered_and_not_kept() {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("purser:{PASSWORD}"));
    let content = Content::empty();
    let config = json!({
        "os": "linux", "architecture": "amd64",
        "config": {"Env": [format!("PASSWORD={PASSWORD}"), format!("AUTH={pair}")],
                   "Labels": {PASSWORD: "x"}},
        "history": [{"created_by": format!("ARG P={PASSWORD} and more")}]
    });
    let digest = content.put_blob("team/app", config.to_string().into());
    let manifest = json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": digest.to_string(), "size": 2},
        "layers": [], "annotations": {"p": PASSWORD}
    });
    let image = content.put_manifest("team/app", OCI_MANIFEST, manifest.to_string().into());
    content.tag("team/app", "1", &image);
    let harmless = content.put_image("team/app", &ImageSpec::new("linux/amd64", 5));
    content.tag("team/app", "2", &harmless);
    let behaviour = Behaviour {
        auth: Auth::Basic(Credentials::new("purser".to_owned(), Secret::new(PASSWORD))),
        ..Behaviour::default()
    };
    let guarded = Simulator::start(content.clone(), behaviour).await.unwrap();
    let open = simulator(content).await;
    let program = Program::new().with("HUB_PASSWORD", PASSWORD);
    program.done(&["registry", "add", "open", &open.address()]);
    program.done(&[
        "registry",
        "add",
        "hub",
        &guarded.address(),
        "--username",
        "purser",
        "--password-env",
        "HUB_PASSWORD",
    ]);
    let kept = || {
        let folder = program.state().join("documents");
        let files = if folder.exists() {
            files_below(&folder)
        } else {
            Vec::new()
        };
        let holds = |file: &std::path::PathBuf| {
            let bytes = std::fs::read(file).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.contains(PASSWORD) || text.contains(&pair)
        };
        (files.iter().filter(|file| holds(file)).count(), files.len())
    };
    let all = [
        &["inspect", "hub/team/app:1"][..],
        &["inspect", "hub/team/app:1", "--format", "json"],
        &["inspect", "hub/team/app:1", "--raw"],
        &["inspect", "hub/team/app:1", "--config"],
    ];
    let check = || {
        for words in all {
            let ran = program.done(words);
            let text = format!("{}{}", ran.stdout, ran.stderr);
            assert!(
                !text.contains(PASSWORD) && !text.contains(&pair),
                "{words:?}: {text}"
            );
            assert!(ran.stdout.contains("(not shown)"), "{words:?}: {text}");
            assert!(
                ran.stderr.contains("which is not shown"),
                "{words:?}: {text}"
            );
        }
    };
    check();
    assert_eq!(kept(), (0, 0));
    let (image, _) = json_of(&program, &["hub/team/app:1"]);
    assert_eq!(
        image["configuration"]["env"],
        json!(["PASSWORD=(not shown)", "AUTH=(not shown)"])
    );
    program.done(&["inspect", "hub/team/app:2"]);
    assert_eq!(kept(), (0, 3), "manifest, configuration, count");
    // Of a registry to which it is no secret, it is kept, until it becomes one.
    program.done(&["inspect", "open/team/app:1"]);
    assert_eq!(kept(), (2, 5));
    check();
    assert_eq!(kept(), (0, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_is_asked_for_where_the_registry_answers() {
    let content = Content::empty();
    let old = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/app", "1", &old);
    let registry = simulator(content).await;
    let program = crawled(&registry.address());
    program.done(&["inspect", "hub/team/app:1"]);
    let new = registry
        .content()
        .put_image("team/app", &ImageSpec::new("linux/amd64", 2));
    registry.content().tag("team/app", "1", &new);
    let (image, said) = json_of(&program, &["hub/team/app:1"]);
    assert_eq!(image["digest"], new.to_string());
    assert_eq!(image["first_seen"], Value::Null);
    assert_eq!(image["places"], json!([]));
    assert!(
        said.contains(&format!("names {new} now, and {old} in the inventory")),
        "{said}"
    );
    assert!(said.contains("the inventory does not have it"), "{said}");

    // It goes: that is no reason to show what was.
    registry.content().untag("team/app", "1");
    let ran = program.run(&["inspect", "hub/team/app:1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:#?}");
    let next = format!("supercargo inspect hub/team/app@{old}");
    assert!(ran.stderr.contains(&next), "{}", ran.stderr);
    program.done(&["inspect", &format!("hub/team/app@{old}")]);

    // Without the registry, the inventory's word counts.
    drop(registry);
    let ran = program.done(&["inspect", "-q", "hub/team/app:1", "--format", "json"]);
    let image: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(image["digest"], old.to_string());
    assert!(ran.stderr.contains("from the cache"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is as of the last crawl"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_mended_shared_and_never_written_where_nothing_may_be() {
    let content = Content::empty();
    let image = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/app", "1", &image);
    let registry = simulator(content).await;
    let program = crawled(&registry.address());
    let before = files_below(&program.state());
    let raw = program
        .done(&["--read-only", "inspect", "hub/team/app:1", "--raw"])
        .stdout;
    assert_eq!(files_below(&program.state()), before);
    // Two at once.
    let start = || {
        let mut command = program.command(&["inspect", "hub/team/app:1", "--raw"]);
        command.stdout(std::process::Stdio::piped());
        command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start(), start()];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), raw);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
    let hex = image.to_string().replace("sha256:", "");
    let path = program
        .state()
        .join("documents/sha256")
        .join(&hex[..2])
        .join(&hex);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), raw);
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(program.done(&["inspect", &hex[..12], "--raw"]).stdout, raw);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), raw);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(registry);
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(program.run(&["inspect", &hex[..12], "--raw"]).code, 1);
}

/// What the registry has lost, or will not say, is missing, and the rest is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_without_its_configuration_is_told_with_a_failure() {
    let content = Content::empty();
    let config = |digest: Digest| {
        json!({
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                       "digest": digest.to_string(), "size": 2},
            "layers": []
        })
        .to_string()
        .into()
    };
    let lost = config(Digest::sha256(b"lost"));
    let lost = content.put_manifest("team/app", OCI_MANIFEST, lost);
    content.tag("team/app", "lost", &lost);
    let list = content.put_blob("team/app", Bytes::from_static(b"[]"));
    let list = content.put_manifest("team/app", OCI_MANIFEST, config(list));
    content.tag("team/app", "list", &list);
    let registry = simulator(content).await;
    let program = crawled(&registry.address());
    for (tag, digest, says) in [
        ("lost", lost, "404"),
        ("list", list, "no image configuration"),
    ] {
        let reference = format!("hub/team/app:{tag}");
        let ran = program.run(&["-q", "inspect", &reference, "--format", "json"]);
        let image: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert_eq!(image["digest"], digest.to_string());
        assert_eq!(image["configuration"], Value::Null);
        assert_eq!(image["referrers"], json!([]));
        let said = ran.stderr;
        assert!(
            said.contains("the configuration could not be read") && said.contains(says),
            "{said}"
        );
    }
    assert_eq!(
        program
            .run(&["inspect", "hub/team/app:lost", "--config"])
            .code,
        1
    );
}

/// Every way to name no image: what is said, and with which code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_names_no_image_is_told_what_would() {
    let content = Content::empty();
    let image = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/app", "1", &image);
    let other = content.put_image("team/other", &ImageSpec::new("linux/amd64", 2));
    content.tag("team/other", "1", &other);
    let index = content.put_index(
        "team/app",
        &IndexSpec {
            images: ["linux/arm/v6", "linux/arm/v7"]
                .map(|platform| ImageSpec::new(platform, 2))
                .to_vec(),
            attestations: false,
            docker: true,
        },
    );
    content.tag("team/app", "many", &index);
    let chart = ArtifactSpec::Chart {
        name: "c".to_owned(),
        version: "1".to_owned(),
    };
    let chart = content.put_artifact("team/chart", &chart);
    content.tag("team/chart", "1", &chart);
    let behaviour = Behaviour {
        auth: Auth::Basic(Credentials::new("purser".to_owned(), Secret::new(PASSWORD))),
        ..Behaviour::default()
    };
    let guarded = Simulator::start(content.clone(), behaviour).await.unwrap();
    let registry = simulator(content).await;
    let program = crawled(&registry.address()).with("WRONG", "not the password");
    program.done(&[
        "registry",
        "add",
        "shut",
        &guarded.address(),
        "--username",
        "purser",
        "--password-env",
        "WRONG",
    ]);
    program.done(&[
        "registry",
        "add",
        "blank",
        &guarded.address(),
        "--username",
        "purser",
        "--password-env",
        "NOT_SET",
    ]);
    let nowhere = format!("hub/team/app@{}", Digest::sha256(b"nowhere"));
    let mut told = String::new();
    for (words, code, says) in [
        (&[""][..], 2, "the reference is empty"),
        (&["hub"], 2, "`hub` is a registry"),
        (&["hub/team/app:a b"], 2, "is no tag"),
        (&["hub/team/app@sha256:12"], 2, "sha256 takes 64"),
        (&["hub/team//app:1"], 2, "is no repository name"),
        (&["sha256:xyz"], 2, "is no beginning of a digest"),
        (&["sha256:abc"], 2, "too short"),
        (&["sha256:00000000"], 2, "begins with `sha256:00000000`"),
        (
            &["nowhere.example/team/app:1"],
            2,
            "registry add NAME https://nowhere.example",
        ),
        (&["app:1"], 2, "begin it with a registry"),
        (
            &["hub/team/app:1", "--platform", "a b"],
            2,
            "is no platform",
        ),
        (
            &["hub/team/app:1", "--platform", "windows/amd64"],
            2,
            "but for `linux/amd64`",
        ),
        (
            &["hub/team/app:many", "--platform", "s390x"],
            2,
            "but for `linux/arm/v6`, `linux/arm/v7`",
        ),
        (
            &["hub/team/app:many", "--platform", "arm"],
            2,
            "may be\n  linux/arm/v6\n  linux/arm/v7",
        ),
        (
            &["hub/team/app:many", "--config", "--platform", "riscv64"],
            2,
            "is not for `riscv64`",
        ),
        (
            &["hub/team/chart:1", "--platform", "linux/amd64"],
            2,
            "no other platform",
        ),
        (
            &["hub/team/app:1", "--raw", "--format", "json"],
            2,
            "cannot be used with",
        ),
        (&["hub/team/app"], 1, "neither a tag nor a digest"),
        (&["hub/team/app:2"], 1, "404"),
        (&[&nowhere], 1, "404"),
        (&["hub/none:1"], 1, "404"),
        (&["shut/team/app:1"], 3, "401"),
        (&["blank/team/app:1"], 3, "NOT_SET"),
    ] {
        let ran = program.run(&[&["inspect"], words].concat());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (code, ""),
            "{words:?}: {ran:#?}"
        );
        assert!(ran.stderr.contains(says), "{words:?}: {}", ran.stderr);
        let has_next = ran.stderr.contains("  → ") || ran.stderr.contains("Usage:");
        assert!(has_next, "{words:?}: {}", ran.stderr);
        told.push_str(&ran.stderr);
    }
    assert!(!told.contains("not the password"));
    // What the artifact does have.
    let config = program.done(&["inspect", "hub/team/chart:1", "--config"]);
    serde_json::from_str::<Value>(&config.stdout).unwrap();
}
