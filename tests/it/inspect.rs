//! `inspect`: one image in full, from the registry and from what is kept of it.

mod documents;
mod hostile;
mod references;

use bytes::Bytes;
use serde_json::{Value, json};
use supercargo::model::Digest;
use supercargo::simulator::{ArtifactSpec, Behaviour, Content, ImageSpec, Simulator};

use crate::support::distribution::{Access, Distribution};
use crate::support::program::Program;
use crate::support::push::push;

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const PASSWORD: &str = "open-sesame-4711";

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
