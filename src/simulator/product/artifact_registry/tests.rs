use serde_json::json;

use super::*;
use crate::model::Secret;
use crate::simulator::content::Content;
use crate::simulator::manifest::{ImageSpec, IndexSpec};
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

fn content() -> Content {
    let content = Content::empty();
    for name in [
        "proj/repo/app",
        "proj/repo/app/web",
        "proj/base/alpine",
        "other/x/y",
    ] {
        for (seed, tag) in (0..).zip(["1.0", "2.0"]) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    let index = IndexSpec {
        images: vec![ImageSpec::new("linux/arm64/v8", 70)],
        attestations: false,
        docker: false,
    };
    content.put_index("proj/repo/app", &index);
    content
}

fn product() -> ArtifactRegistry {
    let file = include_str!("../../../../tests/data/service_account.json");
    let mut account = User::member("reader@proj.iam.gserviceaccount.com", "", &["proj"]);
    account.secret = Secret::new(file);
    ArtifactRegistry {
        accounts: vec![GoogleAccount {
            user: account,
            public_key: include_bytes!("../../../../tests/data/service_account.der").to_vec(),
        }],
        disabled: vec!["other".to_owned()],
        ..ArtifactRegistry::new(vec![User::administrator("ann", "token of ann")])
    }
}

fn site(product: ArtifactRegistry) -> Site {
    Site::new(&content(), Product::ArtifactRegistry(product))
}

#[test]
fn a_list_of_tags_tells_manifests_and_what_is_below() {
    let site = site(product());
    assert_eq!(
        site.get("/v2/").header("www-authenticate"),
        "Bearer realm=\"http://registry/v2/token\""
    );
    let challenge = site.get("/v2/proj/repo/app/tags/list");
    assert!(
        challenge
            .header("www-authenticate")
            .contains("service=\"us-docker.pkg.dev\"")
    );
    let site = site.basic("oauth2accesstoken:token of ann");
    let told = site.json("/v2/proj/repo/app/tags/list");
    assert_eq!(told["child"], json!(["web"]));
    assert_eq!(told["tags"], json!(["1.0", "2.0"]));
    let rows = told["manifest"].as_object().unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.values().all(|row| row["imageSizeBytes"].is_string()));
    assert_eq!(
        site.json("/v2/proj/tags/list")["child"],
        json!(["base", "repo"])
    );
    assert_eq!(site.json("/v2/proj/tags/list")["tags"], json!([]));
    assert_eq!(site.status("/v2/nobody/x/tags/list"), 403);
    assert_eq!(site.status("/v2/_catalog"), 404);
    let wrong = Request::get("/v2/token").basic("oauth2accesstoken:x");
    assert_eq!(site.said(&wrong).status, 401);
    let key = include_str!("../../../../tests/data/service_account.json");
    let key = Request::get("/v2/proj/repo/app/tags/list").basic(&format!("_json_key:{key}"));
    assert_eq!(site.said(&key).status, 200);
}

#[test]
fn the_rest_api_lists_repositories_and_images() {
    let site = site(product()).at(Origin::Api);
    let path = "/v1/projects/proj/locations/us/repositories";
    assert_eq!(site.status(path), 401);
    let site = site.bearer("token of ann");
    let told = site.json(path);
    let formats: Vec<&str> = told["repositories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["format"].as_str().unwrap())
        .collect();
    assert_eq!(formats, ["DOCKER", "DOCKER", "PYTHON"]);
    let images = format!("{path}/repo/dockerImages");
    let page = site.json(&format!("{images}?pageSize=4"));
    assert_eq!(page["dockerImages"].as_array().unwrap().len(), 4);
    let token = page["nextPageToken"].as_str().unwrap();
    let rest = site.json(&format!("{images}?pageSize=4&pageToken={token}"));
    assert!(rest.get("nextPageToken").is_none());
    let all: Vec<_> = [&page, &rest]
        .into_iter()
        .flat_map(|page| page["dockerImages"].as_array().unwrap())
        .collect();
    assert_eq!(all.len(), 6);
    assert!(
        all.iter()
            .any(|row| row["name"].as_str().unwrap().contains("/app%2Fweb@sha256:"))
    );
    let index = all
        .iter()
        .find(|row| row.get("imageManifests").is_some())
        .unwrap();
    assert_eq!(index["imageManifests"][0]["variant"], "v8");
    assert_eq!(site.status(&format!("{images}?pageToken=x")), 400);
    assert_eq!(site.json(&format!("{path}/wheels/dockerImages")), json!({}));
    assert_eq!(
        site.status("/v1/projects/other/locations/us/repositories"),
        403
    );
    assert_eq!(
        site.status("/v1/projects/proj/locations/asia/repositories"),
        403
    );
    let wrong = Request::post("/token", "grant_type=x").at(Origin::Api);
    assert_eq!(site.said(&wrong).status, 400);
}
