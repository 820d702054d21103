//! What strangers write into images, and our own password in one.

use serde_json::{Value, json};
use supercargo::model::{Credentials, Secret};
use supercargo::simulator::{Auth, Behaviour, Content, ImageSpec, Simulator};

use super::{OCI_MANIFEST, PASSWORD, crawled, json_of, simulator};
use crate::support::program::{Program, files_below};
use crate::support::pty::Terminal;

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
