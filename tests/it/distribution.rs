//! Against a real CNCF Distribution: what is made up is accepted, and read back the same.

use std::collections::BTreeSet;

use supercargo::model::Digest;
use supercargo::simulator::{Content, Shape};

use crate::support::distribution::{Access, Distribution};
use crate::support::push::{push, signed};

const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
                      application/vnd.oci.image.manifest.v1+json, \
                      application/vnd.docker.distribution.manifest.list.v2+json, \
                      application/vnd.docker.distribution.manifest.v2+json";

async fn pushed_content_is_read_back(access: Access, shape: &Shape) {
    let Some(registry) = Distribution::start(access).await else {
        return;
    };
    let content = Content::generate(11, shape);
    let credentials = registry.credentials.as_ref();
    let outcome = push(&registry.address, credentials, &content).await;
    assert_eq!(outcome, Ok(()), "{}", registry.log());

    let client = crate::support::client();
    let get = async |path: &str| {
        let request = client.get(format!("{}{path}", registry.address));
        let request = signed(request, credentials).header("accept", ACCEPT);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}: {}", registry.log());
        answer
    };
    let json = async |path: &str| -> serde_json::Value {
        serde_json::from_slice(&get(path).await.bytes().await.unwrap()).unwrap()
    };
    let texts = |list: &serde_json::Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };

    // The simulator lists in the order of the real one.
    let shelves = content.shelves();
    let wanted: Vec<_> = shelves
        .iter()
        .map(|shelf| shelf.repository.clone())
        .collect();
    let catalogue = json("/v2/_catalog?n=1000").await;
    assert_eq!(texts(&catalogue["repositories"]), wanted);

    for shelf in &shelves {
        let name = &shelf.repository;
        let tags = json(&format!("/v2/{name}/tags/list")).await;
        let wanted: BTreeSet<_> = shelf.tags.iter().map(|(tag, _)| tag.clone()).collect();
        let listed: BTreeSet<_> = texts(&tags["tags"]).into_iter().collect();
        assert_eq!(listed, wanted, "{name}");
        for (tag, digest) in &shelf.tags {
            let answer = get(&format!("/v2/{name}/manifests/{tag}")).await;
            let said = answer.headers()["docker-content-digest"].to_str().unwrap();
            assert_eq!(said, digest.to_string(), "{name}:{tag}");
            let body = answer.bytes().await.unwrap();
            assert_eq!(Digest::sha256(&body), *digest, "{name}:{tag}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_registry_takes_and_gives_back_everything() {
    let shape = Shape {
        repositories: 12,
        ..Shape::demo()
    };
    pushed_content_is_read_back(Access::Open, &shape).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_with_passwords_takes_the_right_one_only() {
    let shape = Shape {
        repositories: 2,
        tags_per_repository: 2..=3,
        ..Shape::demo()
    };
    pushed_content_is_read_back(Access::Htpasswd, &shape).await;

    let Some(registry) = Distribution::start(Access::Htpasswd).await else {
        return;
    };
    let client = crate::support::client();
    let ping = || client.get(format!("{}/v2/", registry.address));
    let stranger = ping().send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    assert_eq!(
        stranger.headers()["www-authenticate"],
        "Basic realm=\"Registry Realm\""
    );
    let wrong = ping().basic_auth("purser", Some("wrong")).send().await;
    assert_eq!(wrong.unwrap().status(), 401);
    let right = signed(ping(), registry.credentials.as_ref()).send().await;
    assert_eq!(right.unwrap().status(), 200);
}
