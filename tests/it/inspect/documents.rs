//! Documents by the byte, as skopeo has them, and what is kept of them.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use supercargo::model::Digest;
use supercargo::simulator::{Content, ImageSpec, IndexSpec};

use super::{crawled, put_full, simulator};
use crate::support::distribution::{Access, Distribution};
use crate::support::program::{Program, files_below};
use crate::support::push::push;

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
