//! Amazon ECR, read by boto3 and skopeo; and moto's server as another API of that kind, which
//! nobody here wrote, read by this program.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use serde_json::{Value, json};
use supercargo::model::Stage;
use supercargo::model::setting;
use supercargo::simulator::{
    Behaviour, Content, Ecr, EcrKey, ImageSpec, IndexSpec, Product, Shape, Simulator, User,
};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::{Account, PATIENCE, python, skopeo, tags, told};
use crate::support::bench::Bench;
use crate::support::engine;

const KEY: Account<'static> = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/EXAMPLEKEY");

async fn start() -> Simulator {
    let content = Content::generate(11, &Shape::default());
    content.put_image("base/alone", &ImageSpec::new("linux/amd64", 77));
    let behaviour = Behaviour {
        product: Product::Ecr(Ecr::new(vec![EcrKey::new(User::administrator(
            KEY.0, KEY.1,
        ))])),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn boto3_reads_what_it_holds_and_skopeo_what_its_password_opens() {
    let Some(python) = python("boto3").await else {
        return;
    };
    let simulator = start().await;
    let address = simulator.address();
    let content = simulator.content();
    let all = told(&python, "ecr.py", &[&address], KEY).await.unwrap();
    assert_eq!(all["user"], "AWS");
    assert_eq!(all["ends"], 2100);
    assert_eq!(all["unknown"], "RepositoryNotFoundException");
    let shelves = content.shelves();
    let held: BTreeMap<(String, String), String> = shelves
        .iter()
        .flat_map(|shelf| {
            let manifests = shelf.manifests.iter();
            manifests.map(|(digest, _, body)| {
                let body = String::from_utf8(body.to_vec()).unwrap();
                ((shelf.repository.clone(), digest.to_string()), body)
            })
        })
        .collect();
    let images = all["images"].as_array().unwrap();
    let read: BTreeMap<(String, String), String> = images
        .iter()
        .map(|image| {
            let key = (text(&image["repository"]), text(&image["digest"]));
            (key, text(&image["manifest"]))
        })
        .collect();
    assert_eq!(read, held);
    for image in images {
        let digest = text(&image["digest"]).parse().unwrap();
        let facts = content.facts(&text(&image["repository"]), &digest);
        assert_eq!(image["pushed"], facts.pushed.as_second(), "{image}");
    }
    let password = text(&all["password"]);
    for name in all["repositories"].as_array().unwrap().iter().map(text) {
        let Some(listed) = skopeo(&address, &name, Some(("AWS", &password))).await else {
            return;
        };
        assert_eq!(listed.unwrap(), tags(content, &name), "{name}");
    }
    let refused = skopeo(&address, "base/alone", Some(("AWS", "wrong"))).await;
    assert!(refused.unwrap().is_err());
}

#[tokio::test]
async fn boto3_is_refused_with_a_wrong_key() {
    let Some(python) = python("boto3").await else {
        return;
    };
    let simulator = start().await;
    let address = simulator.address();
    for (account, says) in [
        ((KEY.0, "wrong"), "InvalidSignatureException"),
        (
            ("AKIAUNKNOWN000000000", KEY.1),
            "UnrecognizedClientException",
        ),
    ] {
        let refused = told(&python, "ecr.py", &[&address], account).await;
        let error = refused.unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

/// A server of moto's on a port of the system's choice, ended when it is dropped.
async fn moto(python: &std::path::Path) -> (tokio::process::Child, String) {
    let mut command = Command::new(python);
    command
        .env_clear()
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = async {
        loop {
            let line = log.next_line().await.unwrap().unwrap();
            if let Some((_, address)) = line.split_once("Running on ") {
                return address.trim().to_owned();
            }
        }
    };
    let address = timeout(PATIENCE, address).await.unwrap();
    // It goes on to write there.
    tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    (child, address)
}

/// What `content` holds, pushed to the server by boto3.
async fn push(python: &std::path::Path, address: &str, content: &Content) {
    let shelves = content.shelves();
    let shelves: Vec<Value> = shelves
        .iter()
        .map(|shelf| {
            let manifests: Vec<Value> = shelf
                .manifests
                .iter()
                .map(|(digest, media_type, body)| {
                    let tags = shelf.tags.iter().filter(|(_, named)| named == digest);
                    let tags: Vec<&String> = tags.map(|(tag, _)| tag).collect();
                    let body = std::str::from_utf8(body).unwrap();
                    json!([digest.to_string(), media_type, body, tags])
                })
                .collect();
            json!([shelf.repository, manifests])
        })
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/personalities");
    let mut command = Command::new(python);
    command
        .env_clear()
        .env("SUPERCARGO_TEST_PASSWORD", KEY.1)
        .arg(folder.join("moto_ecr.py"))
        .args([address, KEY.0])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(json!(shelves).to_string().as_bytes())
        .await
        .unwrap();
    drop(input);
    let ended = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(ended.success());
}

#[tokio::test]
async fn motos_ecr_is_listed_and_what_only_v2_tells_is_said_to_be_unread() {
    let Some(python) = python("moto.server").await else {
        return;
    };
    let content = Content::empty();
    for tag in 0..3_u64 {
        let digest = content.put_image("team/app", &ImageSpec::new("linux/amd64", tag));
        content.tag("team/app", &format!("1.{tag}"), &digest);
    }
    let index = IndexSpec {
        images: ["linux/amd64", "linux/arm64/v8"]
            .map(|platform| ImageSpec::new(platform, 9))
            .to_vec(),
        attestations: false,
        docker: false,
    };
    content.tag(
        "team/multi",
        "1.0",
        &content.put_index("team/multi", &index),
    );
    let (server, address) = moto(&python).await;
    push(&python, &address, &content).await;
    let mut spec = engine::spec(&address);
    for (key, value) in [
        ("type", "ecr"),
        ("api", &address),
        ("username", KEY.0),
        ("children", "none"),
    ] {
        let setting = setting::find(key).unwrap();
        (setting.set)(&mut spec, value).unwrap();
    }
    spec.password = format!("command:echo {}", KEY.1).parse().unwrap();
    let mut bench = Bench::new(&spec);
    let ended = bench.crawl().await;
    let registry = bench.registry();
    let listed_by = registry
        .opened
        .as_ref()
        .map(|opened| opened.listed_by.clone());
    assert_eq!(listed_by.as_deref(), Some("ecr-api"), "{:?}", ended.summary);
    // Everything with its digest and its tags; of an image alone the platform lacks, which
    // its configuration tells, and only V2 has that.
    let mut rows = Vec::new();
    for name in ["team/app", "team/multi"] {
        let name = name.parse().unwrap();
        rows.extend(bench.store.images(registry.id, &name).unwrap());
    }
    let seen: BTreeSet<(String, String)> = rows
        .iter()
        .flat_map(|row| {
            row.tags
                .iter()
                .map(|tag| (tag.to_string(), row.digest.to_string()))
        })
        .collect();
    let shelves = content.shelves();
    let wanted: BTreeSet<(String, String)> = shelves
        .iter()
        .flat_map(|shelf| shelf.tags.iter())
        .map(|(tag, digest)| (tag.clone(), digest.to_string()))
        .collect();
    assert_eq!(seen, wanted);
    assert_eq!(ended.summary.outcome.as_str(), "partial");
    let stages: BTreeSet<Stage> = ended.summary.failures.iter().map(|f| f.stage).collect();
    assert_eq!(
        stages,
        BTreeSet::from([Stage::Configuration]),
        "{:?}",
        ended.summary
    );
    let platforms: Vec<String> = rows
        .iter()
        .flat_map(|row| row.platforms.iter().map(ToString::to_string))
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64/v8"]);
    drop(server);
}
