//! What a reference names, now and by the inventory, and what names nothing.

use serde_json::{Value, json};
use supercargo::model::{Credentials, Digest, Secret};
use supercargo::simulator::{
    ArtifactSpec, Auth, Behaviour, Content, ImageSpec, IndexSpec, Simulator,
};

use super::{PASSWORD, crawled, json_of, simulator};

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
    // What is `--config` elsewhere is named otherwise here, and before the command it is not.
    let image = "hub/team/app:1";
    for words in [
        ["inspect", image, "--config", "--config-file", "/nowhere"],
        ["--config", "/nowhere", "inspect", image, "--config"],
    ] {
        let ran = program.run(&words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ran.stderr.contains("`/nowhere`"), "{words:?}: {ran:#?}");
    }
    // What the artifact does have.
    let config = program.done(&["inspect", "hub/team/chart:1", "--config"]);
    serde_json::from_str::<Value>(&config.stdout).unwrap();
}
