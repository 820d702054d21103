//! Against a real CNCF Distribution: what is made up is accepted, and read back the same.

use std::collections::BTreeSet;

use serde_json::Value;
use supercargo::model::Digest;
use supercargo::simulator::{Auth, Behaviour, Content, ImageSpec, IndexSpec, Shape, Simulator};

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
    let json = async |path: &str| -> Value {
        serde_json::from_slice(&get(path).await.bytes().await.unwrap()).unwrap()
    };
    let texts = |list: &Value| -> Vec<String> {
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

/// The parts of an answer that a client can rely on.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<(&'static str, Option<String>)>,
    /// As JSON, the order of keys being nobody's business; else as text.
    body: Value,
}

async fn seen(answer: reqwest::Response) -> Seen {
    let headers = [
        "allow",
        "content-type",
        "docker-content-digest",
        "docker-distribution-api-version",
        "etag",
        "link",
        "location",
        "www-authenticate",
    ]
    .map(|name| {
        let value = answer.headers().get(name);
        (name, value.map(|value| value.to_str().unwrap().to_owned()))
    });
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Seen {
        status,
        headers: headers.to_vec(),
        body,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_simulator_answers_as_the_real_one_does() {
    let Some(real) = Distribution::start(Access::Open).await else {
        return;
    };
    let content = Content::empty();
    let image = content.put_image("team/oci", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/oci", "1", &image);
    let docker = content.put_index(
        "team/docker",
        &IndexSpec {
            images: ["linux/arm64", "linux/amd64"]
                .map(|platform| ImageSpec::new(platform, 2))
                .to_vec(),
            attestations: false,
            docker: true,
        },
    );
    content.tag("team/docker", "1", &docker);
    let outcome = push(&real.address, None, &content).await;
    assert_eq!(outcome, Ok(()), "{}", real.log());
    let simulator = Simulator::start(content, Behaviour::default())
        .await
        .unwrap();

    let etag = format!("\"{image}\"");
    let by_digest = format!("/v2/team/oci/manifests/{image}");
    let zero = format!("sha256:{}", "0".repeat(64));
    let unknown = format!("/v2/team/oci/manifests/{zero}");
    let no_blob = format!("/v2/team/oci/blobs/{zero}");
    let docker_only = "application/vnd.docker.distribution.manifest.v2+json";
    let cases: &[(&str, &str, &str, &str)] = &[
        ("GET", "/v2/", "", ""),
        ("GET", "/v2/_catalog", "", ""),
        ("GET", "/v2/_catalog?n=1", "", ""),
        ("GET", "/v2/_catalog?n=1&last=team%2Fdocker", "", ""),
        ("GET", "/v2/_catalog?n=2&last=team%2Foci", "", ""),
        ("GET", "/v2/_catalog?n=5000", "", ""),
        ("GET", "/v2/_catalog?n=x", "", ""),
        ("GET", "/v2/_catalog?n=0", "", ""),
        ("GET", "/v2/team/oci/tags/list?n=0", "", ""),
        ("GET", "/v2/none/tags/list", "", ""),
        ("GET", "/v2/team/oci/manifests/1", ACCEPT, ""),
        ("HEAD", "/v2/team/oci/manifests/1", ACCEPT, ""),
        ("GET", "/v2/team/oci/manifests/1", ACCEPT, &etag),
        (
            "HEAD",
            "/v2/team/oci/manifests/1",
            ACCEPT,
            &image.to_string(),
        ),
        ("GET", "/v2/team/oci/manifests/1", docker_only, ""),
        ("GET", &by_digest, "*/*", ""),
        ("GET", &by_digest, ACCEPT, ""),
        ("GET", &unknown, ACCEPT, ""),
        ("GET", "/v2/team/oci/manifests/2", ACCEPT, ""),
        ("GET", "/v2/none/manifests/2", ACCEPT, ""),
        ("GET", "/v2/team/docker/manifests/1", ACCEPT, ""),
        ("GET", "/v2/team/docker/manifests/1", docker_only, ""),
        ("GET", &no_blob, "", ""),
        ("GET", "/v2/team/oci/referrers/sha256:00", "", ""),
        ("GET", "/elsewhere", "", ""),
        ("DELETE", &by_digest, "", ""),
        ("OPTIONS", &by_digest, "", ""),
        ("OPTIONS", "/v2/_catalog", "", ""),
        ("OPTIONS", "/v2/team/oci/tags/list", "", ""),
        ("OPTIONS", &no_blob, "", ""),
    ];
    let client = crate::support::client();
    for (method, path, accept, match_tag) in cases {
        let ask = async |address: &str| {
            let method = method.parse().unwrap();
            let mut request = client.request(method, format!("{address}{path}"));
            for (name, value) in [("accept", accept), ("if-none-match", match_tag)] {
                if !value.is_empty() {
                    request = request.header(name, *value);
                }
            }
            seen(request.send().await.unwrap()).await
        };
        let (made_up, wanted) = (ask(&simulator.address()).await, ask(&real.address).await);
        assert_eq!(made_up, wanted, "{method} {path} accepting `{accept}`");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_simulator_turns_strangers_away_as_the_real_one_does() {
    let Some(real) = Distribution::start(Access::Htpasswd).await else {
        return;
    };
    let behaviour = Behaviour {
        auth: Auth::Basic(real.credentials.clone().unwrap()),
        ..Behaviour::default()
    };
    let simulator = Simulator::start(Content::empty(), behaviour).await.unwrap();
    let client = crate::support::client();
    for path in [
        "/v2/",
        "/v2/_catalog",
        "/v2/team/app/tags/list",
        "/v2/team/app/manifests/1",
    ] {
        let ask = async |address: &str| {
            let answer = client.get(format!("{address}{path}")).send().await;
            seen(answer.unwrap()).await
        };
        let wanted = ask(&real.address).await;
        assert_eq!(wanted.status, 401);
        assert_eq!(ask(&simulator.address()).await, wanted, "{path}");
    }
}
