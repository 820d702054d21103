use serde_json::Value;

use super::*;
use crate::simulator::content::Content;
use crate::simulator::manifest::ImageSpec;
use crate::simulator::product::Product;
use crate::simulator::product::fixture::{Request, Site};

fn content() -> Content {
    let content = Content::empty();
    for (name, tags) in [
        ("project/Ann/Shop/Web", &["1.0", "2.0", "3.0"][..]),
        ("project/Ann/Shop/db", &["1"]),
        ("project/bob/own/app", &["1"]),
        ("company/acme/base", &["1", "2"]),
        ("ubuntu", &["24.04"]),
    ] {
        for (seed, tag) in (0..).zip(tags) {
            let digest = content.put_image(name, &ImageSpec::new("linux/amd64", seed));
            content.tag(name, tag, &digest);
        }
    }
    content.put_repository("company/empty/nothing");
    content
}

fn gitflic() -> Gitflic {
    let reads = ["project/Ann", "company/empty"];
    Gitflic::new(
        vec![
            User::administrator("root", "transport of root"),
            User::member("ann", "transport of ann", &reads),
        ],
        vec![
            User::administrator("root", "access of root"),
            User::member("ann", "access of ann", &reads),
            User::member("old", "access of old", &reads).expired(),
        ],
    )
}

fn site(gitflic: Gitflic) -> Site {
    Site::new(&content(), Product::Gitflic(gitflic))
}

const ANN: &str = "ann:transport of ann";
const ROOT: &str = "root:transport of root";

/// A token for these scopes; `None` where there is none.
fn token(site: &Site, user: Option<&str>, scopes: &[&str]) -> Option<String> {
    let mut path = "/v2/token?service=service".to_owned();
    for scope in scopes {
        path.push_str(&format!("&scope={scope}"));
    }
    let request = Request::get(&path);
    let request = match user {
        Some(user) => request.basic(user),
        None => request,
    };
    let said = site.said(&request);
    if said.status == 401 {
        return None;
    }
    let json = said.json();
    assert_eq!(json.as_object().unwrap().len(), 1, "{json}");
    Some(format!("Bearer {}", json["token"].as_str().unwrap()))
}

#[test]
fn a_token_opens_what_its_user_may_read() {
    let site = site(gitflic());
    let path = "/v2/project/Ann/Shop/Web/tags/list";
    let challenge = site.get(path);
    assert_eq!(
        challenge.header("www-authenticate"),
        "Bearer realm=\"http://registry/v2/token\",service=\"service\",\
         scope=\"repository:project/Ann/Shop/Web:pull\""
    );
    let own = "repository:project/Ann/Shop/Web:pull";
    let other = "repository:project/bob/own/app:pull";
    let ann = token(&site, Some(ANN), &[own, other]).unwrap();
    let read =
        |path: &str, token: &str| site.said(&Request::get(path).with("authorization", token));
    assert_eq!(read("/v2/", &ann).status, 200);
    assert_eq!(read(path, &ann).json()["name"], "project/Ann/Shop/Web");
    let closed = read("/v2/project/bob/own/app/tags/list", &ann);
    assert_eq!(closed.status, 401);
    assert!(
        closed
            .header("www-authenticate")
            .ends_with("error=\"insufficient_scope\"")
    );
    assert!(
        read(path, "Bearer x")
            .header("www-authenticate")
            .ends_with("error=\"invalid_token\"")
    );
    // An access token is the wrong kind, and another service is not known.
    assert_eq!(token(&site, Some("ann:access of ann"), &[own]), None);
    let service = Request::get("/v2/token?service=other").basic(ANN);
    assert_eq!(site.said(&service).status, 401);
    assert_eq!(token(&site, None, &[own]), None);
}

#[test]
fn public_images_are_open_by_a_token_of_nobody() {
    let mut gitflic = gitflic();
    gitflic.anonymous = Some(User::member("anonymous", "", &["ubuntu"]));
    let site = site(gitflic);
    let scopes = [
        "repository:ubuntu:pull",
        "repository:company/acme/base:pull",
    ];
    let token = token(&site, None, &scopes).unwrap();
    let status = |path: &str| {
        site.said(&Request::get(path).with("authorization", &token))
            .status
    };
    assert_eq!(status("/v2/ubuntu/tags/list"), 200);
    assert_eq!(status("/v2/company/acme/base/tags/list"), 401);
}

#[test]
fn who_sees_the_catalogue_is_an_option() {
    let list = |catalogue, user| {
        let mut gitflic = gitflic();
        gitflic.catalogue = catalogue;
        let site = site(gitflic);
        let token = token(&site, Some(user), &["registry:catalog:*"]).unwrap();
        let said = site.said(&Request::get("/v2/_catalog").with("authorization", &token));
        (said.status == 200).then(|| said.texts("repositories").len())
    };
    assert_eq!(list(GitflicCatalogue::Administrators, ROOT), Some(6));
    assert_eq!(list(GitflicCatalogue::Administrators, ANN), None);
    assert_eq!(list(GitflicCatalogue::Filtered, ANN), Some(3));
    assert_eq!(list(GitflicCatalogue::Nobody, ROOT), None);
}

#[test]
fn basic_head_and_the_scope_of_a_challenge_are_options() {
    let mut gitflic = gitflic();
    let path = "/v2/project/Ann/Shop/db/tags/list";
    let basic = |gitflic: &Gitflic, path: &str| {
        site(gitflic.clone())
            .said(&Request::get(path).basic(ANN))
            .status
            .as_u16()
    };
    assert_eq!(basic(&gitflic, path), 401);
    gitflic.basic = true;
    assert_eq!(basic(&gitflic, path), 200);
    assert_eq!(basic(&gitflic, "/v2/ubuntu/tags/list"), 401);
    assert_eq!(basic(&gitflic, "/v2/"), 200);
    gitflic.challenges_scope = false;
    let bare = "Bearer realm=\"http://registry/v2/token\",service=\"service\"";
    assert_eq!(
        site(gitflic.clone()).get(path).header("www-authenticate"),
        bare
    );
    let head = |gitflic: &Gitflic| {
        let site = site(gitflic.clone()).method(Method::HEAD).basic(ANN);
        let site = site.with("accept", "application/vnd.oci.image.manifest.v1+json");
        site.status("/v2/project/Ann/Shop/db/manifests/1")
    };
    assert_eq!(head(&gitflic), 200);
    gitflic.heads = false;
    assert_eq!(head(&gitflic), 405);
}

fn by(token: &str, path: &str) -> Request {
    let token = format!("token {token}");
    Request::get(path)
        .at(Origin::Api)
        .with("authorization", &token)
}

#[test]
fn pages_are_counted_from_zero_and_empty_ones_embed_nothing() {
    let site = site(gitflic());
    let path = "/registry/project/Ann/Shop/package";
    let page = |number: usize| {
        site.said(&by(
            "access of ann",
            &format!("{path}?size=1&page={number}"),
        ))
        .json()
    };
    let names: Vec<Value> = (0..2)
        .map(|number| page(number)["_embedded"]["simplePackageInfoModelList"][0]["name"].clone())
        .collect();
    assert_eq!(names, ["Web", "db"]);
    let behind = page(2);
    assert_eq!(behind["_embedded"], Value::Null);
    assert_eq!(behind["page"]["totalElements"], 2);
    assert_eq!(
        (&behind["page"]["totalPages"], &behind["page"]["number"]),
        (&2.into(), &2.into())
    );
    let all = site.said(&by("access of root", "/registry/package")).json();
    assert_eq!(all["page"]["size"], 10);
    assert_eq!(all["page"]["totalElements"], 6);
    let kinds = &all["_embedded"]["simplePackageInfoModelList"];
    assert_eq!(
        (&kinds[0]["ownerType"], &kinds[5]["ownerType"]),
        (&"COMPANY".into(), &"GLOBAL".into())
    );
}

#[test]
fn versions_are_tags_with_their_files() {
    let site = site(gitflic());
    let path = "/registry/project/Ann/Shop/package";
    let packages = site.said(&by("access of ann", path)).json();
    let web = &packages["_embedded"]["simplePackageInfoModelList"][0];
    assert_eq!(
        (&web["type"], &web["artifactId"]),
        (&"container".into(), &"Web".into())
    );
    let id = web["id"].as_str().unwrap();
    let one = site
        .said(&by("access of ann", &format!("{path}/{id}")))
        .json();
    assert_eq!(&one, web);
    let list = site
        .said(&by("access of ann", &format!("{path}/{id}/version-list")))
        .json();
    let list = &list["_embedded"]["packageVersionModelList"];
    assert_eq!(list[2]["version"], "3.0");
    let digest = site
        .registry
        .content()
        .manifest("project/Ann/Shop/Web", "3.0")
        .unwrap()
        .digest
        .to_string();
    let hash = list[2]["packageFiles"][0]["hashSha256"].as_str().unwrap();
    assert_eq!(format!("sha256:{hash}"), digest);
}

#[test]
fn the_api_wants_its_own_kind_of_token() {
    let site = site(gitflic());
    for (token, path, status) in [
        ("access of ann", "/registry/project/Ann/Shop/package", 200),
        ("access of ann", "/registry/package", 403),
        ("access of ann", "/registry/project/bob/own/package", 403),
        ("access of ann", "/registry/company/acme/package", 403),
        ("access of root", "/registry/company/acme/package", 200),
        ("access of root", "/registry/company/nobody/package", 404),
        ("access of root", "/registry/package/no-such", 404),
        ("access of root", "/nothing", 404),
        ("transport of ann", "/project/my", 403),
        ("access of old", "/project/my", 401),
        ("made up", "/project/my", 401),
    ] {
        assert_eq!(site.said(&by(token, path)).status, status, "{token} {path}");
    }
    let projects = site.said(&by("access of ann", "/project/my")).json();
    let projects = projects["_embedded"]["projectList"].as_array().unwrap();
    assert_eq!(projects.len(), 1);
    assert_eq!(
        (&projects[0]["ownerAlias"], &projects[0]["alias"]),
        (&"Ann".into(), &"Shop".into())
    );
    // Neither Bearer nor Basic.
    let basic = Request::get("/project/my")
        .at(Origin::Api)
        .basic("ann:access of ann");
    assert_eq!(site.said(&basic).status, 401);
    assert_eq!(site.get("/registry/package").status, 401);
}

#[test]
fn an_own_server_has_its_api_below_a_path() {
    let mut gitflic = gitflic();
    gitflic.api_elsewhere = false;
    gitflic.embeds_empty = true;
    gitflic.most_on_page = 2;
    gitflic.claims_besides = 3;
    assert!(!gitflic.has_api_origin());
    let path = "/rest-api/registry/package?size=100&page=9";
    assert_eq!(gitflic.route(Origin::Registry, path), Route::Api(None));
    let site = site(gitflic);
    let said = site
        .said(&by("access of root", path).at(Origin::Registry))
        .json();
    assert_eq!(
        said["_embedded"]["simplePackageInfoModelList"],
        Value::Array(Vec::new())
    );
    assert_eq!(said["page"]["size"], 2);
    assert_eq!(said["page"]["totalElements"], 6 + 3);
    let welcome = site.get("/");
    assert_eq!(
        (welcome.status.as_u16(), welcome.header("location")),
        (302, "/auth/login")
    );
}
