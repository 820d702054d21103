//! GitHub's packages, read by PyGithub and skopeo.

use std::collections::BTreeSet;

use serde_json::Value;
use supercargo::simulator::{
    Behaviour, Content, Ghcr, GhcrToken, ImageSpec, IndexSpec, Product, Simulator, User,
};

use super::{python, skopeo, tags, told};

/// Repository, digest and tags of a version.
type Version = (String, String, BTreeSet<String>);

const ANN: (&str, &str) = ("Ann", "ghp-ann");

async fn start() -> Simulator {
    let content = Content::empty();
    for (name, count) in [("acme/deep/app", 130), ("ann/own", 2), ("free/tool", 1)] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at));
            content.tag(name, &format!("1.{at}"), &digest);
        }
    }
    let index = IndexSpec {
        images: vec![
            ImageSpec::new("linux/amd64", 1),
            ImageSpec::new("linux/arm64", 1),
        ],
        attestations: true,
        docker: false,
    };
    let digest = content.put_index("ann/own", &index);
    content.tag("ann/own", "multi", &digest);
    let user = User::member(ANN.0, ANN.1, &["acme"]);
    let github = Ghcr {
        tokens: vec![GhcrToken::classic(user, &["read:packages", "read:org"])],
        organizations: vec!["Acme".to_owned()],
        public: vec!["free".to_owned()],
        ..Ghcr::default()
    };
    let behaviour = Behaviour {
        product: Product::Ghcr(github),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

#[tokio::test]
async fn pygithub_lists_what_it_holds() {
    let Some(python) = python("github").await else {
        return;
    };
    let simulator = start().await;
    let api = simulator.api_address();
    let all = told(&python, "ghcr.py", &[&api], ANN).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let listed: BTreeSet<Version> = all["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            let tags = version["tags"].as_array().unwrap().iter().map(text);
            (
                text(&version["repository"]),
                text(&version["digest"]),
                tags.collect(),
            )
        })
        .collect();
    let mut held = BTreeSet::new();
    let shelves = simulator.content().shelves().into_iter();
    for shelf in shelves.filter(|shelf| !shelf.repository.starts_with("free/")) {
        for (digest, _, _) in &shelf.manifests {
            let named = shelf.tags.iter().filter(|(_, of)| of == digest);
            let named = named.map(|(tag, _)| tag.clone()).collect();
            held.insert((shelf.repository.clone(), digest.to_string(), named));
        }
    }
    // The children of an index and its attestations among them.
    assert_eq!(listed, held);
    let wrong = told(&python, "ghcr.py", &[&api], ("Ann", "wrong")).await;
    assert!(wrong.unwrap_err().contains("BadCredentials"));
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let simulator = start().await;
    let address = simulator.address();
    for (account, name) in [
        (Some(("anybody", ANN.1)), "acme/deep/app"),
        (Some(("anybody", ANN.1)), "free/tool"),
        (None, "free/tool"),
    ] {
        let Some(listed) = skopeo(&address, name, account).await else {
            return;
        };
        let wanted = tags(simulator.content(), name);
        assert_eq!(listed.unwrap(), wanted, "{account:?} {name}");
    }
    for account in [None, Some(("ann", "wrong"))] {
        let refused = skopeo(&address, "acme/deep/app", account).await;
        let Some(Err(message)) = refused else {
            panic!("{account:?}: {refused:?}");
        };
        assert!(
            message.contains("denied") || message.contains("403"),
            "{message}"
        );
    }
}
