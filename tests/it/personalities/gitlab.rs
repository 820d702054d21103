//! GitLab, read by python-gitlab and skopeo, and its blobs by a plain client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use supercargo::simulator::{
    Authorization, Behaviour, Content, Fault, Gitlab, GitlabProject, GitlabToken, ImageSpec, On,
    Origin, Product, Quota, RouteKind, Shape, Simulator, User, What, When,
};

use super::{python, skopeo, tags, told};

/// A team with a project of several repositories and more tags than one page has, and
/// others that not everybody may read.
fn content() -> Content {
    let content = Content::generate(12, &Shape::default());
    for (name, count) in [
        ("team/shop", 3),
        ("team/shop/api", 120),
        ("team/shop/web", 1),
    ] {
        for at in 0..count {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", at));
            content.tag(name, &format!("1.{at}"), &digest);
        }
    }
    content
}

fn gitlab() -> Gitlab {
    Gitlab {
        tokens: vec![
            GitlabToken::personal(User::administrator("root", "glpat-root")),
            GitlabToken::personal(User::member("ann", "glpat-ann", &["team"])),
            GitlabToken::deploy(User::member("gitlab+deploy-token-1", "gldt-1", &["team"])),
        ],
        projects: vec![GitlabProject {
            path: "closed/off".to_owned(),
            without_registry: true,
            ..GitlabProject::default()
        }],
        ..Gitlab::default()
    }
}

async fn start(gitlab: Gitlab, faults: Vec<Fault>) -> Simulator {
    let behaviour = Behaviour {
        product: Product::Gitlab(gitlab),
        storage: true,
        faults,
        ..Behaviour::default()
    };
    Simulator::start(content(), behaviour).await.unwrap()
}

/// What there is below a path: repository, tag, digest.
fn held(simulator: &Simulator, below: &str) -> BTreeSet<(String, String, String)> {
    let shelves = simulator.content().shelves().into_iter();
    shelves
        .filter(|shelf| shelf.repository.starts_with(below))
        .flat_map(|shelf| {
            let name = shelf.repository;
            shelf
                .tags
                .into_iter()
                .map(move |(tag, digest)| (name.clone(), tag, digest.to_string()))
        })
        .collect()
}

fn listed(told: &Value) -> BTreeSet<(String, String, String)> {
    let images = told["images"].as_array().unwrap().iter();
    let text = |image: &Value, key: &str| image[key].as_str().unwrap().to_owned();
    images
        .map(|image| {
            (
                text(image, "repository"),
                text(image, "tag"),
                text(image, "digest"),
            )
        })
        .collect()
}

#[tokio::test]
async fn python_gitlab_lists_what_it_holds() {
    let Some(python) = python("gitlab").await else {
        return;
    };
    let simulator = start(gitlab(), Vec::new()).await;
    let address = simulator.api_address();
    let list = async |account| told(&python, "gitlab.py", &[&address], account).await;
    let all = list(("root", "glpat-root")).await.unwrap();
    assert_eq!(listed(&all), held(&simulator, ""));
    let some = list(("ann", "glpat-ann")).await.unwrap();
    assert_eq!(listed(&some), held(&simulator, "team/"));
    let groups: BTreeMap<String, Vec<String>> =
        serde_json::from_value(some["groups"].clone()).unwrap();
    let repositories = ["team/shop", "team/shop/api", "team/shop/web"];
    assert_eq!(groups["team"], repositories);
    let registry = simulator.address();
    let host = registry.strip_prefix("http://").unwrap();
    let place = some["images"][0]["location"].as_str().unwrap();
    assert!(place.starts_with(host), "{place}: the registry's own host");
}

#[tokio::test]
async fn python_gitlab_is_refused_what_is_not_for_the_api() {
    let Some(python) = python("gitlab").await else {
        return;
    };
    let simulator = start(gitlab(), Vec::new()).await;
    let address = simulator.api_address();
    for account in [("root", "wrong"), ("gitlab+deploy-token-1", "gldt-1")] {
        let refused = told(&python, "gitlab.py", &[&address], account).await;
        let message = refused.unwrap_err();
        assert!(
            message.contains("GitlabAuthenticationError: 401"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    let accounts = [("root", "glpat-root"), ("gitlab+deploy-token-1", "gldt-1")];
    for database in [true, false] {
        let gitlab = Gitlab {
            database,
            ..gitlab()
        };
        let simulator = start(gitlab, Vec::new()).await;
        for account in accounts {
            for name in ["team/shop", "team/shop/api"] {
                let Some(listed) = skopeo(&simulator.address(), name, Some(account)).await else {
                    return;
                };
                assert_eq!(
                    listed.unwrap(),
                    tags(simulator.content(), name),
                    "{account:?}"
                );
            }
        }
        let wrong = skopeo(&simulator.address(), "team/shop", Some(("root", "no"))).await;
        assert!(wrong.unwrap().unwrap_err().contains("Access denied"));
        let nobody = skopeo(&simulator.address(), "team/shop", None).await;
        let message = nobody.unwrap().unwrap_err();
        assert!(message.contains("403 (Forbidden)"), "{message}");
    }
}

/// A token of the token service, for a scope.
async fn token(client: &reqwest::Client, simulator: &Simulator, scope: &str) -> String {
    let url = format!(
        "{}/jwt/auth?service=container_registry&scope={scope}",
        simulator.api_address()
    );
    let answer = client
        .get(url)
        .basic_auth("ann", Some("glpat-ann"))
        .send()
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn blobs_are_elsewhere_and_credentials_are_not_wanted_there() {
    let simulator = start(gitlab(), Vec::new()).await;
    let client = crate::support::client();
    let token = token(&client, &simulator, "repository:team/shop:pull").await;
    let shelves = simulator.content().shelves();
    let shelf = shelves
        .iter()
        .find(|shelf| shelf.repository == "team/shop")
        .unwrap();
    let (digest, body) = &shelf.blobs[0];
    let url = format!("{}/v2/team/shop/blobs/{digest}", simulator.address());
    let moved = client.get(url).bearer_auth(&token).send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::TEMPORARY_REDIRECT);
    let there = moved.headers()["location"].to_str().unwrap().to_owned();
    assert!(!there.starts_with(&simulator.address()));
    assert!(!there.starts_with(&simulator.api_address()));
    let asked = client.get(&there);
    let with_token = asked.bearer_auth(&token).send().await.unwrap();
    assert_eq!(with_token.status(), StatusCode::BAD_REQUEST);
    let (unsigned, _) = there.split_once('?').unwrap();
    let unsigned = client.get(unsigned).send().await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::FORBIDDEN);
    let plain = client.get(&there).send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::OK);
    assert_eq!(plain.bytes().await.unwrap(), body);

    let seen: Vec<_> = simulator
        .requests()
        .iter()
        .map(|request| (request.origin, request.authorization))
        .collect();
    assert_eq!(
        seen,
        [
            (Origin::Api, Authorization::Basic),
            (Origin::Registry, Authorization::Bearer),
            (Origin::Storage, Authorization::Bearer),
            (Origin::Storage, Authorization::None),
            (Origin::Storage, Authorization::None),
        ]
    );
}

#[tokio::test]
async fn faults_and_limits_reach_its_own_api_too() {
    let slow_down = Fault {
        on: On {
            route: Some(RouteKind::Api),
            path: Some("/tags/list/".to_owned()),
            repository: Some("team/shop".to_owned()),
            ..On::default()
        },
        when: When::First(1),
        what: What::Status {
            code: 503,
            retry_after: Some(1),
        },
    };
    let limited = Gitlab {
        limit: Some(Quota {
            limit: 1,
            window: Duration::from_mins(1),
        }),
        ..gitlab()
    };
    let simulator = start(limited, vec![slow_down]).await;
    let client = crate::support::client();
    let token = token(&client, &simulator, "repository:team/shop:pull").await;
    let path = "/gitlab/v1/repositories/team/shop/tags/list/";
    let url = format!("{}{path}", simulator.address());
    for status in [503, 200] {
        let answer = client.get(&url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    let url = format!("{}/api/v4/projects", simulator.api_address());
    let ask = async || {
        let asked = client.get(&url).header("private-token", "glpat-ann");
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!((ask().await, ask().await), (200, 429));
    simulator.renew_quota();
    assert_eq!(ask().await, 200);
    let last = simulator.requests().pop().unwrap();
    assert_eq!(
        last.authorization,
        Authorization::Other,
        "a header of its own"
    );
}
