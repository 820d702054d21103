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

#[test]
fn a_list_of_tags_is_cut_without_a_word() {
    let few = ArtifactRegistry {
        lists_most: 3,
        leaves_out_empty: true,
        ..product()
    };
    let site = site(few).basic("oauth2accesstoken:token of ann");
    let said = site.ask("/v2/proj/repo/app/tags/list?n=10000");
    assert!(said.headers().get("link").is_none());
    let told = site.json("/v2/proj/repo/app/tags/list");
    assert_eq!(told["manifest"].as_object().unwrap().len(), 3);
    assert_eq!(told["tags"], json!(["1.0", "2.0"]));
    // What is below a name counts as well.
    let told = site.json("/v2/proj/tags/list");
    assert_eq!(told, json!({"child": ["base", "repo"], "name": "proj"}));
    assert_eq!(
        site.json("/v2/proj/tags/list?n=1")["child"],
        json!(["base"])
    );
}

#[test]
fn the_rest_api_writes_the_project_of_a_domain_with_a_colon() {
    let content = Content::empty();
    let name = "example.com/proj/repo/app";
    content.tag(
        name,
        "1",
        &content.put_image(name, &ImageSpec::new("linux/amd64", 1)),
    );
    let site = Site::new(&content, Product::ArtifactRegistry(product()));
    let site = site.at(Origin::Api).bearer("token of ann");
    let path = |project: &str| format!("/v1/projects/{project}/locations/us/repositories");
    let told = site.json(&format!("{}/repo/dockerImages", path("example.com:proj")));
    let row = &told["dockerImages"][0];
    let front = "projects/example.com:proj/locations/us/repositories/repo/dockerImages/app@";
    assert!(row["name"].as_str().unwrap().starts_with(front), "{row}");
    let uri = row["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("us-docker.pkg.dev/example.com/proj/repo/app@"),
        "{row}"
    );
    assert_eq!(site.status(&path("example.com")), 400);
}
