//! Artifactory, read by pyartifactory, dohq-artifactory and skopeo.

use std::collections::BTreeSet;

use serde_json::Value;
use supercargo::simulator::{
    Artifactory, ArtifactoryKey, ArtifactoryView, Behaviour, Content, ImageSpec, Product, Shape,
    Simulator, User,
};

use super::{python, skopeo, tags, told};

const ADMINISTRATOR: (&str, &str) = ("admin", "password");
const MEMBER: (&str, &str) = ("ann", "eyJ-of-ann");

fn artifactory() -> Artifactory {
    Artifactory {
        keys: vec![
            ArtifactoryKey::remote("hub", &["library/nginx"]),
            ArtifactoryKey::virtual_of("all", &["base", "hub"]),
        ],
        access_tokens: vec![User::member(MEMBER.0, MEMBER.1, &["base"])],
        ..Artifactory::new(vec![User::administrator(ADMINISTRATOR.0, ADMINISTRATOR.1)])
    }
}

async fn start(artifactory: Artifactory) -> Simulator {
    let content = Content::generate(11, &Shape::default());
    for name in ["hub/library/nginx", "hub/library/redis", "base/deep/er"] {
        let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 5));
        content.tag(name, "1", &digest);
    }
    let behaviour = Behaviour {
        product: Product::Artifactory(artifactory),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

/// Repository, tag and hash of what is kept below these keys; below all where there are none.
fn expected(content: &Content, keys: &[&str], cached: bool) -> BTreeSet<[String; 3]> {
    let mut expected = BTreeSet::new();
    for shelf in content.shelves() {
        let Some((key, image)) = shelf.repository.split_once('/') else {
            continue;
        };
        let is_remote = key == "hub";
        let hidden = is_remote && !(cached && image == "library/nginx");
        if hidden || !(keys.is_empty() || keys.contains(&key)) {
            continue;
        }
        let key = if is_remote { "hub-cache" } else { key };
        for (tag, digest) in shelf.tags {
            let hash = digest.to_string().replace("sha256:", "");
            expected.insert([format!("{key}/{image}"), tag, hash]);
        }
    }
    expected
}

fn listed(images: &Value) -> BTreeSet<[String; 3]> {
    let images = images.as_array().unwrap().iter();
    images
        .map(|image| {
            ["repository", "tag", "sha256"].map(|key| image[key].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn both_clients_list_what_it_holds() {
    let (Some(python), Some(_)) = (python("pyartifactory").await, python("artifactory").await)
    else {
        return;
    };
    let simulator = start(artifactory()).await;
    let address = simulator.address();
    let content = simulator.content();
    let all = told(&python, "jfrog.py", &[&address, "password"], ADMINISTRATOR)
        .await
        .unwrap();
    assert_eq!(all["keys"]["all"], "VIRTUAL");
    assert_eq!(all["keys"]["hub"], "REMOTE");
    assert_eq!(listed(&all["stored"]), expected(content, &[], false));
    assert_eq!(listed(&all["queried"]), expected(content, &[], true));
}

#[tokio::test]
async fn both_clients_see_what_a_token_opens_and_are_refused_with_a_wrong_one() {
    let (Some(python), Some(_)) = (python("pyartifactory").await, python("artifactory").await)
    else {
        return;
    };
    let simulator = start(artifactory()).await;
    let address = simulator.address();
    for way in ["token", "password"] {
        let some = told(&python, "jfrog.py", &[&address, way], MEMBER)
            .await
            .unwrap();
        let keys: Vec<&String> = some["keys"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["base"]);
        let wanted = expected(simulator.content(), &["base"], true);
        assert_eq!(listed(&some["stored"]), wanted, "{way}");
        assert_eq!(listed(&some["queried"]), wanted, "{way}");
        let wrong = told(&python, "jfrog.py", &[&address, way], ("ann", "no")).await;
        assert!(wrong.unwrap_err().contains("401"), "{way}");
    }
}

#[tokio::test]
async fn skopeo_lists_tags_by_path_and_by_sub_domain() {
    let sub_domain = ArtifactoryView::SubDomain("base".to_owned());
    for (view, prefix, bearer) in [
        (ArtifactoryView::RepositoryPath, "base/", false),
        (ArtifactoryView::RepositoryPath, "base/", true),
        (sub_domain.clone(), "", false),
        (sub_domain, "", true),
    ] {
        let mut artifactory = artifactory();
        artifactory.view = view;
        artifactory.bearer = bearer;
        let simulator = start(artifactory).await;
        let address = simulator.address();
        for account in [ADMINISTRATOR, MEMBER] {
            let name = format!("{prefix}deep/er");
            let Some(listed) = skopeo(&address, &name, Some(account)).await else {
                return;
            };
            assert_eq!(listed.unwrap(), tags(simulator.content(), "base/deep/er"));
        }
        let Some(Err(refused)) = skopeo(&address, &format!("{prefix}deep/er"), None).await else {
            panic!("anonymous");
        };
        let known = [
            "unauthorized",
            "uthentication is required",
            "authentication required",
        ];
        assert!(known.iter().any(|text| refused.contains(text)), "{refused}");
    }
}
