//! `inspect`: one image in full, from the registry and from what is kept of it.

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use serde_json::{Value, json};
use supercargo::model::Digest;
use supercargo::simulator::{ArtifactSpec, Behaviour, Content, ImageSpec, IndexSpec, Simulator};

use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, files_below};
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
