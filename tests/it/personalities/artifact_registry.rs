//! Google Artifact Registry, read by google-cloud-artifact-registry and skopeo.

use std::collections::BTreeSet;

use serde_json::json;
use supercargo::model::Secret;
use supercargo::simulator::{
    ArtifactRegistry, Behaviour, Content, GoogleAccount, ImageSpec, IndexSpec, Product, Simulator,
    User,
};

use super::{python, skopeo, tags, told};

const TOKEN: (&str, &str) = ("oauth2accesstoken", "access-token-of-ann");
const KEY: &str = include_str!("../../data/service_account.json");

async fn start() -> Simulator {
    let content = Content::empty();
    for (seed, name) in (0..).zip(["proj/repo/app", "proj/repo/team/web", "proj/base/alpine"]) {
        for tag in 0..2 {
            let image = ImageSpec::new("linux/amd64", seed * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &image));
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", seed * 10 + 7),
                ImageSpec::new("linux/arm64/v8", seed * 10 + 8),
            ],
            attestations: false,
            docker: false,
        };
        content.tag(name, "multi", &content.put_index(name, &index));
    }
    let mut reader = User::member("reader@proj.iam.gserviceaccount.com", "", &["proj"]);
    reader.secret = Secret::new(KEY);
    let product = ArtifactRegistry {
        accounts: vec![GoogleAccount {
            user: reader,
            public_key: include_bytes!("../../data/service_account.der").to_vec(),
        }],
        public: vec!["proj/base".to_owned()],
        ..ArtifactRegistry::new(vec![User::member("ann", TOKEN.1, &["proj"])])
    };
    let behaviour = Behaviour {
        product: Product::ArtifactRegistry(product),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn google_cloud_artifact_registry_lists_what_it_holds() {
    let Some(python) = python("google.cloud.artifactregistry_v1").await else {
        return;
    };
    let simulator = start().await;
    let api = simulator.api_address();
    let key = KEY.replace("http://127.0.0.1:1/token", &format!("{api}/token"));
    for account in [TOKEN, ("_json_key", key.as_str())] {
        let all = told(&python, "artifact_registry.py", &[&api, "proj"], account)
            .await
            .unwrap();
        let repositories = json!([["base", "DOCKER"], ["repo", "DOCKER"], ["wheels", "PYTHON"]]);
        assert_eq!(all["repositories"], repositories);
        let images = all["images"].as_array().unwrap();
        let mut named = BTreeSet::new();
        for image in images {
            let uri = image["uri"].as_str().unwrap();
            let (name, digest) = uri.split_once('@').unwrap();
            let name = name.strip_prefix("us-docker.pkg.dev/").unwrap();
            let facts = simulator.content().facts(name, &digest.parse().unwrap());
            assert_eq!(image["pushed"], facts.pushed.as_second());
            assert_eq!(image["same"], true, "{image}");
            assert!(image["size"].as_u64().unwrap() > 0);
            for tag in image["tags"].as_array().unwrap() {
                let tag = tag.as_str().unwrap().to_owned();
                named.insert((name.to_owned(), tag, digest.to_owned()));
            }
        }
        let mut expected = BTreeSet::new();
        for shelf in simulator.content().shelves() {
            for (tag, digest) in shelf.tags {
                expected.insert((shelf.repository.clone(), tag, digest.to_string()));
            }
        }
        assert_eq!(named, expected);
        let platforms = json!(["linux/amd64", "linux/arm64"]);
        assert!(images.iter().any(|image| image["platforms"] == platforms));
    }
    let wrong = told(
        &python,
        "artifact_registry.py",
        &[&api, "proj"],
        ("x", "wrong"),
    )
    .await;
    // Who is refused tries to refresh the token first, which nobody can who has that alone.
    let wrong = wrong.unwrap_err();
    let known = ["Unauthorized", "RefreshError"];
    assert!(known.iter().any(|word| wrong.contains(word)), "{wrong}");
    let other = told(&python, "artifact_registry.py", &[&api, "nobody"], TOKEN).await;
    assert!(other.unwrap_err().contains("Forbidden"));
    let deleted = key.replace("reader@", "deleted@");
    let deleted = told(
        &python,
        "artifact_registry.py",
        &[&api, "proj"],
        ("_json_key", &deleted),
    )
    .await;
    assert!(deleted.unwrap_err().contains("invalid_grant"));
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let simulator = start().await;
    let address = simulator.address();
    for (name, account, opens) in [
        ("proj/repo/app", Some(TOKEN), true),
        ("proj/repo/team/web", Some(("_json_key", KEY)), true),
        ("proj/base/alpine", None, true),
        ("proj/repo/app", None, false),
        ("proj/repo/app", Some((TOKEN.0, "wrong")), false),
    ] {
        let Some(listed) = skopeo(&address, name, account).await else {
            return;
        };
        match listed {
            Ok(listed) => {
                assert!(opens, "{name} {account:?}");
                assert_eq!(listed, tags(simulator.content(), name));
            }
            Err(message) => assert!(!opens, "{name} {account:?}: {message}"),
        }
    }
}
